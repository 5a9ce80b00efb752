"""Everything that sendworthy raises on purpose. Findings are data; only ``raise_for_findings`` turns them into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendworthy._core import ColumnError, ConfigError, InputError, SendworthyError

if TYPE_CHECKING:
    from sendworthy.report import Report
    from sendworthy.spark import SparkReport

__all__ = ["ColumnError", "ConfigError", "FindingsError", "InputError", "SendworthyError"]


class FindingsError(SendworthyError):
    """The data has findings at or above the level asked for.

    Attributes:
        report: The report that has them.
    """

    def __init__(self, message: str, report: Report | SparkReport) -> None:
        super().__init__(message)
        self.report = report
