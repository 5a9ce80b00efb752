"""The counts as outputs list them: one line for each rule and table, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sendworthy.texts import plural

if TYPE_CHECKING:
    from sendworthy.report import Report

_ONE_IN_A_THOUSAND = 0.001


class Line(NamedTuple):
    """A rule on a table.

    Attributes:
        rows: Findings.
        checked: Records that it could decide.
        counted: Findings without those that a baseline accepts or a limit tolerates.
    """

    code: str
    name: str
    severity: str
    table: str
    rows: int
    checked: int
    counted: int

    @property
    def title(self) -> str:
        """How the rule is called."""
        return f"{self.code} {self.name}"

    @property
    def share(self) -> str:
        """Findings among the records that were decided."""
        if not self.rows or not self.checked:
            return "0%" if self.checked else "-"
        share = self.rows / self.checked
        if share < _ONE_IN_A_THOUSAND:
            return "<0.1%"
        return "100%" if self.rows == self.checked else f"{min(share, 0.999):.1%}"

    @property
    def sentence(self) -> str:
        """How much was found, in words."""
        if not self.checked:
            return f"{self.table}: {plural(self.rows, 'finding')}"
        spared = f", {self.rows - self.counted:,} of them accepted or tolerated" if self.rows > self.counted else ""
        return f"{self.table}: {self.rows:,} of {self.checked:,} checked{spared}"


def by_weight(report: Report) -> list[Line]:
    """The worst first: what makes Salesforce refuse a whole file stands before what only some of its records have."""
    counted = {(code, table): rows for code, table, rows in report.blocking("info")["code", "table", "rows"].rows()}
    of_records = ~pl.col("code").str.contains("^[FH]")
    order = report.counts.sort("severity", of_records, "rows", descending=[False, False, True], maintain_order=True)
    return [
        Line(code, name, severity, table, rows, checked, counted.get((code, table), 0))
        for code, name, severity, table, rows, checked in order.rows()
    ]
