"""Every combination of what decides a planned send, on every kind of channel: the product against the oracle."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from oracle import Policy, Table
from oracle.cells import suffix_of
from oracle.decisions import plan
from oracle.random_data import Case
from test_sends_against_oracle import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SENT = AS_OF + timedelta(minutes=2)
LOCAL = "2026-11-22T08:02:00-04:00"
"""The moment of sending as a clock in New York would show it if summer time lasted."""
TYPES = {
    "sms": ("Text", None),
    "whatsapp": ("WhatsApp", None),
    "messenger": ("Facebook", None),
    "apple": ("AppleBusinessChat", None),
    "line": ("Line", None),
    "in-app": ("EmbeddedMessaging", "in-app"),
    "web": ("EmbeddedMessaging", "web"),
    "custom": ("Custom", None),
}
"""MessageType and Surface by kind."""
PLATFORMS = dict.fromkeys(TYPES, ("Enhanced", None)) | dict.fromkeys(
    ("sms", "whatsapp", "messenger"), ("Enhanced", "Standard", None)
)
"""Only these three kinds were ever Standard."""
USERS = ("none", "linked", "other channel", "by phone")
MESSAGES = ("freeform", "notification")
TEMPLATES = {
    "approved": ("true", "false"),
    "refused": ("false", "false"),
    "dynamic": ("true", "true"),
    "unknown": (None, None),
}
CONSENTS = ("OptedOut", "ExplicitlyOptedIn", None)
LIVE = ("none", "same rep", "other rep")
AGES = (timedelta(minutes=9, seconds=59), timedelta(minutes=10), None)
LASTS = ("inside", "at the limit", "beyond", "unknown")
CAPACITIES = ("StatusBased", "TabBased", None)
WINDOWS = {"whatsapp": timedelta(hours=24), "messenger": timedelta(days=7)}
ANN, BOB = "005000000000001", "005000000000002"
ELSEWHERE = "0Mj000000000099"
EXPECTED = {
    "sms": 11_880,
    "whatsapp": 23_544,
    "messenger": 5_886,
    "apple": 1_980,
    "line": 1_980,
    "in-app": 1_980,
    "web": 1_980,
    "custom": 1_980,
}
"""How many sends are compared: the product of the dimensions that can matter for the kind."""


class Situation(NamedTuple):
    """One combination."""

    platform: str | None
    capacity: str | None
    user: str
    message: str
    template: str
    consent: str | None
    live: str
    age: timedelta | None
    last: str
    confirmed: str
    source: str


def situations(kind: str) -> Iterator[Situation]:
    """Every combination for a kind, without the dimensions that cannot matter.

    Templates matter on WhatsApp, the limit of a window on WhatsApp and Messenger, the consent box and the source of a
    message on SMS. Somebody without a record has no consent, age or last message.
    """
    written = (
        [("freeform", name) for name in TEMPLATES] + [("notification", name) for name in TEMPLATES]
        if kind == "whatsapp"
        else [("freeform", "approved"), ("notification", "refused")]
    )
    lasts = LASTS if kind in WINDOWS else ("inside", "unknown")
    boxes = (
        tuple(product(("true", "false"), ("003000000000001", "500000000000001"))) if kind == "sms" else (("true", ""),)
    )
    for platform, capacity, user, (message, template), live, (confirmed, source) in product(
        PLATFORMS[kind], CAPACITIES, USERS, written, LIVE, boxes
    ):
        records = product(CONSENTS, AGES, lasts) if user != "none" else [(None, None, "unknown")]
        for consent, age, last in records:
            yield Situation(platform, capacity, user, message, template, consent, live, age, last, confirmed, source)


def time_of(age: timedelta | None) -> str | None:
    """A moment so long before the message is sent."""
    return None if age is None else (SENT - age).strftime("%Y-%m-%dT%H:%M:%SZ")


def case_of(kind: str, rows: list[Situation]) -> Case:
    """Tables in which every situation has a customer of its own."""
    message_type, surface = TYPES[kind]
    channels = [
        {
            "Id": f"0Mj{number:012}",
            "MessageType": message_type,
            "PlatformType": platform,
            "Surface": surface,
            "CapacityModel": capacity,
        }
        for number, (platform, capacity) in enumerate(product(PLATFORMS[kind], CAPACITIES))
    ]
    keys = {(row["PlatformType"], row["CapacityModel"]): row["Id"] for row in channels}
    window = WINDOWS.get(kind, timedelta(hours=24))
    lasts = {
        "inside": timedelta(hours=1),
        "at the limit": window,
        "beyond": window + timedelta(seconds=1),
        "unknown": None,
    }
    users: list[dict[str, str | None]] = []
    sessions: list[dict[str, str | None]] = []
    sends: list[dict[str, str | None]] = []
    for number, row in enumerate(rows):
        key, phone = f"0PA{number:012}", f"+1415{number:07}"
        channel = keys[row.platform, row.capacity]
        if row.user != "none":
            users.append(
                {
                    "Id": key + suffix_of(key),
                    "MessagingChannelId": ELSEWHERE if row.user == "other channel" else channel,
                    "MessagingPlatformKey": phone,
                    "MessageType": message_type,
                    "MessagingConsentStatus": row.consent,
                    "CreatedDate": time_of(row.age),
                    "LastInboundMessageTime": time_of(lasts[row.last]),
                }
            )
        if row.live != "none":
            sessions.append(
                {
                    "Id": f"0Mw{number:012}",
                    "MessagingEndUserId": key,
                    "Status": ("New", "Active", "Inactive")[number % 3],
                    "OwnerId": ANN if row.live == "same rep" else BOB,
                    "Origin": "AgentInitiated",
                    "StartTime": time_of(timedelta(hours=3)),
                }
            )
        approved, dynamic = TEMPLATES[row.template]
        sends.append(
            {
                "MessagingEndUserId": None if row.user == "by phone" else key,
                "Phone": phone if row.user in ("none", "by phone") else None,
                "MessagingChannelId": channel,
                "OwnerId": ANN,
                "SendTime": LOCAL,
                "MessageKind": row.message,
                "TemplateApproved": approved,
                "HasDynamicContent": dynamic,
                "ConsentConfirmed": row.confirmed,
                "SourceRecordId": row.source,
            }
        )
    made = {"channels": channels, "users": users, "sessions": sessions, "sends": sends}
    tables = {name: Table(list(given[0]), given) for name, given in made.items()}
    return Case(tables, AS_OF, "audit", Policy(), frozenset())


@pytest.mark.parametrize("kind", TYPES)
def test_every_combination(kind: str) -> None:
    rows = list(situations(kind))
    assert len(rows) == EXPECTED[kind]
    assert len({*rows}) == len(rows)
    complaint = compare(case_of(kind, rows))
    assert not complaint, complaint


def test_rows_in_all() -> None:
    assert sum(EXPECTED.values()) == 51_210


@pytest.mark.parametrize("kind", TYPES)
def test_combinations_come_to_every_outcome(kind: str) -> None:
    """By thinking: what makes a send allowed holds in a number of combinations that can be worked out."""
    rows = list(situations(kind))[:: 1 if kind in ("apple", "web", "messenger") else 7]
    case = case_of(kind, rows)
    decisions = plan(case.tables, as_of=case.as_of, policy=case.policy).decisions
    seen = Counter(decision.outcome for decision in decisions)
    assert seen["allowed"] == sum(allowed(kind, row) for row in rows)
    assert {*seen} == ({"blocked"} if kind == "web" else {"allowed", "blocked", "unknown"})


def allowed(kind: str, row: Situation) -> bool:
    """The article in one expression: whether a send surely goes out."""
    covered = kind != "web" and row.platform != "Standard"
    free = row.live != "other rep"
    confirmed = row.confirmed == "true" and row.source.startswith("003")
    found = row.user == "linked" or (row.user == "by phone" and kind in ("sms", "whatsapp"))
    grown = row.age is not None and row.age >= timedelta(minutes=10)
    consents = row.consent == "ExplicitlyOptedIn"
    within = row.last in ("inside", "at the limit")
    if not (covered and free):
        return False
    if kind == "sms" and row.user == "none":
        return confirmed
    if kind == "sms" and row.user == "other channel":
        return confirmed and consents  # the record of the other channel still says what the customer wants
    ready = found and grown and consents
    if kind == "messenger":
        return ready and within
    if kind == "whatsapp":
        return ready and (within if row.message == "freeform" else row.template == "approved")
    return ready
