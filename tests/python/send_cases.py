"""A small org, and planned sends to its customers, for examples worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from oracle import Policy, Table
from oracle.judge import RULES
from oracle.planned import plan_of
from oracle.sends import lacks
from oracle.world import World

AS_OF = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
SMS, WA, FB, APPLE, LINE, BYOC, APP, WEB, OLD, VOICE, CHAT, ODD = (f"0Mj0000000000{n:02}" for n in range(1, 13))
ELSEWHERE = "0Mj000000000099"
U1, U2, U3, U4, U5, U6, U7 = (f"0PA00000000000{n}" for n in range(1, 8))
NOBODY = "0PA000000000099"
S1, S2, S3, S4 = (f"0Mw00000000000{n}" for n in range(1, 5))
ANN, BOB, QUEUE = "005000000000001", "005000000000002", "00G000000000003"
CONTACT, ACCOUNT, LEAD, CASE = "003000000000001", "001000000000001", "00Q000000000001", "500000000000001"
Rows = Sequence[Mapping[str, str | None]]
SHORT = {
    "user": "MessagingEndUserId",
    "channel": "MessagingChannelId",
    "phone": "Phone",
    "owner": "OwnerId",
    "at": "SendTime",
    "kind": "MessageKind",
    "approved": "TemplateApproved",
    "dynamic": "HasDynamicContent",
    "confirmed": "ConsentConfirmed",
    "source": "SourceRecordId",
}
CHANNELS: Rows = [
    {"Id": key, "MessageType": kind, "PlatformType": platform, "Surface": surface}
    for key, kind, platform, surface in (
        (SMS, "Text", "Enhanced", None),
        (WA, "WhatsApp", "Enhanced", None),
        (FB, "Facebook", None, None),
        (APPLE, "AppleBusinessChat", "Enhanced", None),
        (LINE, "Line", "Enhanced", None),
        (BYOC, "Custom", "Enhanced", None),
        (APP, "EmbeddedMessaging", "Enhanced", "in-app"),
        (WEB, "EmbeddedMessaging", "Enhanced", "web"),
        (OLD, "Text", "Standard", None),
        (VOICE, "Voice", "Enhanced", None),
        (CHAT, "EmbeddedMessaging", "Enhanced", None),
        (ODD, "Telex", "Enhanced", None),
    )
]


def at(age: timedelta = timedelta(0)) -> str:
    """A timestamp so long before as-of."""
    return (AS_OF - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def user(key: str | None, channel: str | None, kind: str, **cells: str | None) -> dict[str, str | None]:
    """A customer whom nothing keeps from being written to."""
    number = key[-1] if key else "0"
    return {
        "Id": key,
        "MessagingChannelId": channel,
        "MessageType": kind,
        "MessagingPlatformKey": f"+1415555000{number}",
        "MessagingConsentStatus": "ExplicitlyOptedIn",
        "CreatedDate": at(timedelta(days=9)),
        "LastInboundMessageTime": at(HOUR),
    } | cells


USERS: Rows = [
    user(U1, SMS, "Text"),
    user(U2, WA, "WhatsApp"),
    user(U3, FB, "Facebook"),
    user(U4, APPLE, "AppleBusinessChat"),
    user(U5, LINE, "Line"),
    user(U6, BYOC, "Custom"),
    user(U7, APP, "EmbeddedMessaging"),
]
"""One customer on each kind of channel."""


def send(**cells: str | None) -> dict[str, str | None]:
    """A send that nothing is wrong with, to the SMS customer unless told otherwise; all columns are there."""
    usual = {
        "user": U1,
        "channel": SMS,
        "phone": None,
        "owner": ANN,
        "at": None,
        "kind": None,
        "approved": "true",
        "dynamic": "false",
        "confirmed": "true",
        "source": CONTACT,
    }
    return {SHORT.get(name, name): cell for name, cell in (usual | cells).items()}


def without(field: str, *sends: Mapping[str, str | None]) -> Rows:
    """Sends that lack a column."""
    return [{name: cell for name, cell in row.items() if name != SHORT.get(field, field)} for row in sends]


def session(key: str | None, customer: str, status: str, owner: str | None, **cells: str | None) -> dict[str, Any]:
    """A session that began an hour ago."""
    return {
        "Id": key,
        "MessagingEndUserId": customer,
        "Status": status,
        "OwnerId": owner,
        "Origin": "AgentInitiated",
        "StartTime": at(HOUR),
        "EndTime": None,
    } | cells


def table(rows: Rows) -> Table:
    """A table with every column that one of the rows has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return Table(columns, [{column: row.get(column) for column in columns} for row in rows])


def tables(sends: Rows, **others: Rows | None) -> dict[str, Table]:
    """The sends to the small org; None leaves a table out."""
    rows = {"channels": CHANNELS, "users": USERS, **others, "sends": sends}
    return {name: table(given) for name, given in rows.items() if given is not None}


def world(sends: Rows, *, policy: Policy = Policy(), operation: str = "audit", **others: Rows | None) -> World:  # noqa: B008
    """Everything that a check of the sends sees."""
    return World(tables(sends, **others), AS_OF, operation, policy)


def verdicts(code: str, sends: Rows, **circumstances: Any) -> str:
    """What a rule says about each send: P passes, F fails, - is not decided."""
    given = world(sends, **circumstances)
    rule = next(rule for rule in RULES["sends"] if rule.code == code)
    judged = [rule.judge(given, row) for row in given.sheets["sends"].rows]
    return "".join("F" if verdict.failed else "P" if verdict.decided else "-" for verdict in judged)


def unknowns(*sends: Mapping[str, str | None], **circumstances: Any) -> list[str]:
    """What each send lacks to be decided, joined by commas."""
    return [", ".join(lacks(planned)) for planned in plan_of(world(sends, **circumstances)).sends]
