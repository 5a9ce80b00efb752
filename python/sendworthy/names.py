"""Names and column types that several modules share. Nothing here needs polars until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: The order in which the core takes tables: what others are looked up by or looked up for comes first.
CHECK_ORDER = ("channels", "sends", "existing_users", "users", "sessions")
#: The order of tables in findings and reports; fixed for all releases.
REPORT_ORDER = ("channels", "users", "sessions", "sends", "existing_users")
#: Tables of which at least one must be given.
SUBJECTS = ("users", "sessions", "sends")
#: Tables that are split into ready and rejected records.
SPLIT_TABLES = ("users", "sessions", "sends")
#: Severities, worst first.
SEVERITIES = ("error", "warning", "info")
#: Whether a fix adds nothing to what a cell says.
FIX_SAFETIES = ("safe", "unsafe")
#: How values are masked.
REDACTIONS = ("last2", "hash", "none")
OPERATIONS = ("audit", "insert", "update", "upsert")

#: The most columns that a table may have: ten times what Salesforce takes.
MOST_COLUMNS = 50_000


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


def decisions_schema() -> pl.Schema:
    """Columns of ``report.sends.decisions``."""
    import polars as pl

    return pl.Schema(
        {
            "row": pl.UInt64(),
            "outcome": pl.Enum(("allowed", "blocked", "unknown")),
            "because": pl.List(pl.String()),
            "creates_user": pl.Boolean(),
            "consent_after": pl.String(),
            "session_status": pl.String(),
            "ends_if_silent_at": pl.Datetime("ms", "UTC"),
            "capacity_now": pl.UInt8(),
            "on_reply": pl.Enum(("same-rep", "new-session-any-rep", "unknown")),
        }
    )


def by_rep_schema() -> pl.Schema:
    """Columns of ``report.sends.by_rep``."""
    import polars as pl

    counts = (
        "planned",
        "blocked",
        "unknown",
        "live_sessions",
        "load_now",
        "load_if_all_answer",
        "to_shared_pool",
        "reply_unknown",
    )
    return pl.Schema({"owner_id": pl.String(), **dict.fromkeys(counts, pl.UInt64())})


def eligibility_schema() -> pl.Schema:
    """Columns of ``report.eligibility``."""
    import polars as pl

    return pl.Schema(
        {
            "row": pl.UInt64(),
            "record_id": pl.String(),
            "channel_id": pl.String(),
            "kind": pl.String(),
            "can_send": pl.Enum(("freeform", "template-only", "no", "unknown")),
            "because": pl.List(pl.String()),
            "window_closes_at": pl.Datetime("ms", "UTC"),
            "live_session_id": pl.String(),
            "live_owner_id": pl.String(),
            "available_at": pl.Datetime("ms", "UTC"),
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
