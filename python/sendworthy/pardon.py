"""Findings that do not stand in the way: accepted in a baseline, or no more than a limit tolerates.

They are findings all the same: counts are exact, and Salesforce still refuses a rejected record.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from sendworthy.errors import ConfigError
from sendworthy.names import REPORT_ORDER
from sendworthy.rulebook import find_codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from sendworthy.baseline import Baseline
    from sendworthy.custom import Rule
    from sendworthy.report import Report

_SHARE = re.compile(r"(100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]+)?)%")


def pardoned_schema() -> pl.Schema:
    """Columns of ``report.pardoned``."""
    import polars as pl

    return pl.Schema(
        {
            "code": pl.String(),
            "table": pl.Enum(REPORT_ORDER),
            "accepted": pl.UInt64(),
            "tolerated": pl.UInt64(),
            "limit": pl.UInt64(),
        }
    )


@dataclass(frozen=True)
class Pardon:
    """What is set aside when a check decides whether the data is ready.

    Attributes:
        limits: By code, the most findings that are tolerated: a number, or a share of the records such as "0.5%".
        baseline: Findings accepted earlier.
    """

    limits: Mapping[str, int | str] = field(default_factory=dict)
    baseline: Baseline | None = None

    def lines(self, report: Report) -> list[tuple[str, str, int, int, int | None]]:
        """Of every rule with a limit or accepted findings: code, table, accepted, tolerated, limit.

        A limit holds for each table of a rule by itself; accepted findings do not use it up.
        """
        accepted = self.baseline.accepted(report) if self.baseline else {}
        rows = {table.name: table.rows for table in report.describer.tables.values()}
        lines = []
        for code, table, found in report.counts.select("code", "table", "rows").rows():
            known = accepted.get((code, table), 0)
            limit = _limit(self.limits[code], rows[table]) if code in self.limits else None
            if known or limit is not None:
                left = found - known
                lines.append((code, table, known, left if limit is not None and left <= limit else 0, limit))
        return lines

    def notices(self, report: Report) -> list[str]:
        """What there is to say about the baseline."""
        return self.baseline.notices(report) if self.baseline else []


def read_limits(given: Mapping[str, int | str] | None, own: Sequence[Rule] = ()) -> dict[str, int | str]:
    """Limits by code.

    Args:
        given: By code or name of a rule, a whole number or a percentage as text.
        own: Rules of the user's own.

    Raises:
        ConfigError: For an unknown rule, or what is no limit.
    """
    limits: dict[str, int | str] = {}
    for selector, limit in (given or {}).items():
        number = isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0
        if not number and not (isinstance(limit, str) and _SHARE.fullmatch(limit)):
            message = f"max: {selector} = {limit!r}: expected a whole number of at least 0, or a share such as '0.5%'"
            raise ConfigError(message)
        limits |= dict.fromkeys(find_codes(selector, own), limit)
    return limits


def _limit(limit: int | str, records: int) -> int:
    """A share is rounded down, exactly: 0.5% of 199 records tolerates none."""
    return limit if isinstance(limit, int) else math.floor(Decimal(limit[:-1]) * records / 100)
