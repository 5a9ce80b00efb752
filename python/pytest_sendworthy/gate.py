"""What the fixture ``sendworthy`` offers."""

from __future__ import annotations

import hashlib
import os
import re
from inspect import signature
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from sendworthy import ConfigError, SendworthyError, check
from sendworthy.outputs import Options
from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import samples
from sendworthy.outputs.text import verdict
from sendworthy.texts import plural, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sendworthy import Report

_RULES = 11  # with three lines each, and the verdict, what is left out, the place and the page around them: at most 40
_WIDTH = 160
_VALUE_WIDTH = 60
_NAME_WIDTH = 100


class Gate:
    """Fails tests whose data is not ready.

    Args:
        directory: Where ``save`` writes the HTML report of a failure; None when none is wanted.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._page: str | None = None
        self._raised: BaseException | None = None

    def assert_ready(
        self,
        users: Any = None,
        sessions: Any = None,
        *,
        allow: Mapping[str, int | str] | None = None,
        fail_on: str = "error",
        **options: Any,
    ) -> Report:
        """Fail the test when there are findings that nobody allowed.

        Args:
            users: As ``sendworthy.check`` takes them.
            sessions: The same.
            allow: Rule (code or name) to the most findings that pass: a number, or a share of the table's records such
                as "0.5%". More of them fail the test whatever the rule's severity.
            fail_on: The severity that fails the test, with those above it: error, warning or info.
            options: Further arguments of ``sendworthy.check``, such as channels, as_of or ignore.

        Returns:
            The report.

        Raises:
            OSError: A file is not there.
            SendworthyError: The data cannot be understood, or an argument makes no sense.
        """
        __tracebackhide__ = True
        try:
            if "max" in options:
                raise ConfigError("assert_ready calls it allow, not max")
            _require_arguments(users, sessions, **options)
            report = check(users, sessions, max=allow, **options)
            lines = _failing(report, fail_on)
            if not lines:
                return report
            told = _told(report, lines)
            if self._directory:  # now: the data may be gone when the test is over
                self._page = report.to_html()
            self._raised = pytest.fail.Exception(told)
        except (OSError, SendworthyError) as error:  # its way here tells a test's author nothing
            self._raised = error.with_traceback(None)
        raise self._raised from None

    def told(self, failure: pytest.ExceptionInfo[BaseException]) -> Any:
        """How pytest shows a failure that is this gate's; None when it is another.

        Without the test's lines and arguments: these hold values as they are, and what pytest prints is kept in logs
        that more people read than may read the data.
        """
        if failure.value is not self._raised:
            return None
        shown = failure.getrepr(style="value", chain=False)
        if (crash := shown.reprcrash) is not None:
            shown.addsection(f"{_near(crash.path)}:{crash.lineno}", type(failure.value).__name__, "-")
        return shown

    def save(self, test: str) -> str:
        """Write the page of the last failure, if there is one, under a name made from the test's; say where it is."""
        page, self._page = self._page, None
        if page is None or self._directory is None:
            return ""
        safe = re.sub(r"[^A-Za-z0-9_.]+", "-", test).strip("-.")[:_NAME_WIDTH]
        digest = hashlib.sha256(test.encode("utf-8", "surrogatepass")).hexdigest()[:8]  # cut names may be alike
        path = self._directory / f"{safe}-{digest}.html"
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:  # it must not hide why the test failed, nor end the other tests
            return f"not written: {path}: {error.strerror or error}"
        return str(path)


def _failing(report: Report, fail_on: str) -> list[Line]:
    """The counts that fail the test, the worst first: those of the severity, and those over their limit."""
    limited = report.pardoned.filter(pl.col("limit").is_not_null()).select("code", "table")
    over = report.blocking("info").join(limited, on=["code", "table"], how="semi")
    failing = {*report.blocking(fail_on)["code", "table"].rows(), *over["code", "table"].rows()}
    return [line for line in by_weight(report) if (line.code, line.table) in failing]


def _require_arguments(*tables: Any, **options: Any) -> None:
    try:
        signature(check).bind(*tables, **options)
    except TypeError as error:
        message = f"assert_ready {error}"
        raise ConfigError(message) from None


def _near(path: str) -> str:
    """The path as seen from here; as it is on another drive."""
    try:
        return os.path.relpath(path)
    except ValueError:
        return path


def _told(report: Report, lines: list[Line]) -> str:
    """What a reader of the failed test sees."""
    head = verdict(report)
    if report.ok:
        head = f"Not as the test wants it: findings of {plural(len(lines), 'rule')} that are not allowed."
    shown = lines[:_RULES]
    limits = {(code, table): limit for code, table, limit in report.pardoned["code", "table", "limit"].rows()}
    found = samples(report, shown, 1, Options(), published=True)
    told = [head]
    for line in shown:
        limit = limits.get((line.code, line.table))
        allowed = "" if limit is None else f"; allowed: {limit:,}"
        told.append(f"  {line.title} ({line.severity}), {line.sentence}{allowed}")
        for one in found[line.code, line.table]:
            where = "" if one["row"] is None else f"row {one['row']}, "
            value = "" if one["value"] is None else f" {shorten(one['value'], _VALUE_WIDTH)!r}"
            told.append(f"    {shorten(where + (one['column'] or 'file'), _WIDTH)}{value}")
            told.append(f"    {shorten(one['message'], _WIDTH)}")
    if rest := lines[_RULES:]:
        told.append(
            f"  and {plural(sum(line.counted for line in rest), 'finding')} of {plural(len(rest), 'rule')} more"
        )
    return "\n".join(printable(line) for line in told)
