"""What goes into a check and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

TABLES = ("channels", "users", "sessions", "sends", "existing_users")
"""The tables in the order in which findings are listed."""


@dataclass
class Table:
    """A table as given: its columns, and its rows as text or null."""

    columns: list[str]
    rows: list[dict[str, str | None]]


@dataclass(frozen=True)
class Policy:
    """The numbers and switches that the rules use."""

    whatsapp_window: timedelta = timedelta(hours=24)
    messenger_window: timedelta = timedelta(days=7)
    stale_new_after: timedelta = timedelta(hours=48)
    stale_inactive_after: timedelta = timedelta(hours=30)
    user_available_after: timedelta = timedelta(minutes=10)
    window_closing_within: timedelta = timedelta(hours=2)
    clock_tolerance: timedelta = timedelta(minutes=5)
    ended_statuses: tuple[str, ...] = ("Ended", "Error")
    sessions_complete: bool = False
    day_first: bool = False
    capacity_model: str | None = None


class Finding(NamedTuple):
    """One rule failed by one record."""

    table: str
    row: int
    code: str
    related_row: int | None = None
    related_id: str | None = None


@dataclass
class Result:
    """The outcome of a check.

    Attributes:
        findings: Every finding, by table, row and code.
        counts: For every rule that ran: (rows that fail, rows that it could decide).
        skipped: Why a rule did not run.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    skipped: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a rule says about one row."""

    decided: bool
    failed: bool = False
    related_row: int | None = None
    related_id: str | None = None


UNDECIDED = Verdict(decided=False)
PASS = Verdict(decided=True)
FAIL = Verdict(decided=True, failed=True)


def fail_if(wrong: bool) -> Verdict:
    """The verdict of a rule that could decide."""
    return FAIL if wrong else PASS
