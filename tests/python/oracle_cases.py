"""Small cases for the tests of the oracle, and what its rules say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from oracle import Policy, Table, check
from oracle.judge import RULES
from oracle.world import World

AS_OF = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
C1, C2, C3, C4, C5 = (f"0Mj00000000000{n}" for n in "12345")
U1, U2, U3, U4 = (f"0PA00000000000{n}" for n in "1234")
S1, S2, S3, S4, S5 = (f"0Mw00000000000{n}" for n in "12345")
ANN, BOB = "005000000000001", "00G000000000002"
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
MS = timedelta(milliseconds=1)
Rows = Sequence[Mapping[str, str | None]]


def table(rows: Rows) -> Table:
    """A table with every column that one of the rows has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return Table(columns, [{column: row.get(column) for column in columns} for row in rows])


def one(column: str, *cells: str | None) -> Rows:
    """Rows of one column."""
    return [{column: cell} for cell in cells]


def records(columns: str, *rows: Sequence[str | None]) -> Rows:
    """Rows of several columns."""
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


def ago(**span: float) -> str:
    """A timestamp so long before as-of."""
    return (AS_OF - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def verdicts(code: str, name: str, *, policy: Policy = Policy(), operation: str = "audit", **tables: Rows) -> str:  # noqa: B008
    """What a rule says about each row of a table: P passes, F fails, - is not decided."""
    world = World({key: table(rows) for key, rows in tables.items()}, AS_OF, operation, policy)
    rule = next(rule for rule in RULES[name] if rule.code == code)
    judged = [rule.judge(world, row) for row in world.sheets[name].rows]
    return "".join("F" if v.failed else "P" if v.decided else "-" for v in judged)


def related(code: str, **tables: Rows) -> list[tuple[int, int | None, str | None]]:
    """The findings of a rule: row, related row, related Id."""
    result = check({key: table(rows) for key, rows in tables.items()}, as_of=AS_OF, select_off={"W104", "S106"})
    return [(f.row, f.related_row, f.related_id) for f in result.findings if f.code == code]


def times(*ages: timedelta) -> list[str]:
    """Timestamps so long before as-of."""
    return [ago(microseconds=age // timedelta(microseconds=1)) for age in ages]


def messaged(kind: str, *cells: str | None) -> Rows:
    """Users of one type with their last message."""
    return [{"MessageType": kind, "LastInboundMessageTime": cell} for cell in cells]


CHANNELS = records(
    "Id MessageType PlatformType Surface IsActive MessagingPlatformKey MasterLabel",
    (C1, "Text", "Enhanced", None, "true", "+1800", "Main"),
    (C2, "WhatsApp", "Enhanced", None, "false", "+1800", "Main"),
    (C3, "Facebook", "Enhanced", None, "maybe", "page", "Page"),
    (C4, "EmbeddedMessaging", "enhanced", "In-App", None, "app", "App"),
    (C5, "Text", "STANDARD", None, "1", "+1900", "Old"),
)
