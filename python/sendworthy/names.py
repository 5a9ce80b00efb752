"""Names and column types that several modules share. Nothing here needs polars until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: The order in which the core takes tables: each is checked against those before it.
CHECK_ORDER = ("channels", "existing_users", "users", "sessions")
#: The order of tables in findings and reports; fixed for all releases.
REPORT_ORDER = ("channels", "users", "sessions", "sends", "existing_users")
#: Tables of which at least one must be given.
SUBJECTS = ("users", "sessions")
#: Tables that are split into ready and rejected records.
SPLIT_TABLES = ("users", "sessions")
#: Severities, worst first.
SEVERITIES = ("error", "warning", "info")
#: Whether a fix adds nothing to what a cell says.
FIX_SAFETIES = ("safe", "unsafe")
OPERATIONS = ("audit", "insert", "update", "upsert")


def counts_schema() -> pl.Schema:
    """Columns of ``report.counts``."""
    import polars as pl

    return pl.Schema(
        {
            "code": pl.String(),
            "name": pl.String(),
            "severity": pl.Enum(SEVERITIES),
            "table": pl.Enum(REPORT_ORDER),
            "rows": pl.UInt64(),
            "checked": pl.UInt64(),
        }
    )


def skipped_schema() -> pl.Schema:
    """Columns of ``report.skipped``."""
    import polars as pl

    return pl.Schema({"code": pl.String(), "name": pl.String(), "table": pl.Enum(REPORT_ORDER), "reason": pl.String()})


def findings_schema() -> pl.Schema:
    """Columns of ``report.findings``, the same in every output."""
    import polars as pl

    return pl.Schema(
        {
            "table": pl.Enum(REPORT_ORDER),
            "row": pl.UInt64(),
            "record_id": pl.String(),
            "code": pl.String(),
            "name": pl.String(),
            "severity": pl.Enum(SEVERITIES),
            "column": pl.String(),
            "value": pl.String(),
            "related_row": pl.UInt64(),
            "related_id": pl.String(),
            "message": pl.String(),
            "fix": pl.String(),
            "fix_safety": pl.Enum(FIX_SAFETIES),
        }
    )
