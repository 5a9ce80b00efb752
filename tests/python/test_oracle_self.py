"""The oracle itself: examples worked out by hand from the rulebook, and the reach of the random data."""

# ruff: noqa: RUF001 (look-alike characters are among the wrong cells)

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from oracle import CODES, Policy, Table, check
from oracle.cells import address_of, is_e164, is_missing, read_boolean, read_id, suffix_of, utf16_units
from oracle.judge import RULES
from oracle.random_data import random_tables
from oracle.times import instant_of, read_time
from oracle.world import World

AS_OF = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
C1, C2, C3, C4, C5 = (f"0Mj00000000000{n}" for n in "12345")
U1, U2, U3, U4 = (f"0PA00000000000{n}" for n in "1234")
S1, S2, S3, S4, S5 = (f"0Mw00000000000{n}" for n in "12345")
ANN, BOB = "005000000000001", "00G000000000002"
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


# Cells


@pytest.mark.parametrize("text", [None, "", " ", "\t\r\n ", "#N/A"])
def test_missing(text: str | None) -> None:
    assert is_missing(text)


@pytest.mark.parametrize("text", ["#n/a", " #N/A", "0", "null", "\u00a0", "\u200b", "\v"])
def test_not_missing(text: str) -> None:
    assert not is_missing(text)


@pytest.mark.parametrize(
    "text", ["0MjHo000000PCQzKAO", "0MwgK00000DZhtpSAD", "006x0000001YZ8YAAW", "006x0000001YnVNAA0"]
)
def test_suffixes_of_published_ids(text: str) -> None:
    assert suffix_of(text[:15]) == text[15:]


@pytest.mark.parametrize(
    ("text", "state", "key"),
    [
        ("0MjHo000000PCQz", "valid", "0MjHo000000PCQz"),
        ("0MjHo000000PCQzKAO", "valid", "0MjHo000000PCQz"),
        ("0MjHo000000PCQzkao", "repairable", "0MjHo000000PCQz"),
        ("0mjho000000pcqzKAO", "repairable", "0MjHo000000PCQz"),
        ("0mjho000000pcqzkao", "repairable", "0MjHo000000PCQz"),
        ("0MJHO000000PCQZKAO", "repairable", "0MjHo000000PCQz"),
        ("0MjHo000000pcqzKAO", "malformed", None),
        ("0mjho000000pcqz", "malformed", None),
        ("0mjho000000pcqzAAA", "malformed", None),
        ("0mjho000000pcqzBAA", "malformed", None),
        ("0MjHo000000PCQzKA6", "malformed", None),
        ("0MjHo000000PCQzKA", "malformed", None),
        ("0MjHo000000PCQ", "malformed", None),
        ("0MjHo000000PCQé", "malformed", None),
        ("0MjHo000000PCQz\n", "malformed", None),
        ("0PAHo000000PCQz", "malformed", None),
        ("000000000000000", "missing", None),
        ("000000000000000AAA", "missing", None),
        ("000000000000000aaa", "malformed", None),
        ("000000000000000AAB", "malformed", None),
        ("#N/A", "missing", None),
    ],
)
def test_ids(text: str, state: str, key: str | None) -> None:
    cell = read_id(text, ("0Mj",))
    assert (cell.state, cell.key) == (state, key)


def test_suffix_may_set_bits_on_letters_only() -> None:
    assert (
        read_id("0mj00000000000aGAQ", ("0Mj",)).state == "malformed"
    )  # Q sets the last bit of a group: 16, the a; G is 6
    assert read_id("0mj00000000000aCAQ", ("0Mj",)).key == "0Mj00000000000A"
    assert read_id("0mj00000000000aCAB", ("0Mj",)).state == "malformed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T12:00:00Z", 0),
        ("2026-11-22 12:00:00Z", 0),
        ("2026-11-22T12:00:00.1Z", 100),
        ("2026-11-22T12:00:00.001999999Z", 1),
        ("2026-11-22T13:30:00+01:30", 0),
        ("2026-11-22T04:00:00-0800", 0),
        ("2026-11-23T06:00:00+18:00", 0),
        ("20261122T12:00:00.5Z", 500),
        ("11/22/2026 12:00:00Z", 0),
        ("22/11/2026 12:00:00Z", 0),
        ("11/22/2026 13:00:00+0100", 0),
    ],
)
def test_times_with_a_zone(text: str, expected: int) -> None:
    cell = read_time(text, False)
    assert cell.instant == instant_of(AS_OF) + expected
    assert not cell.naive
    assert not cell.ambiguous


@pytest.mark.parametrize(
    ("text", "day_first", "moment", "ambiguous"),
    [
        ("2026-11-22", False, (2026, 11, 22), False),
        ("20261122", False, (2026, 11, 22), False),
        ("2026-11-22T12:00:00.25", False, (2026, 11, 22, 12, 0, 0, 250_000), False),
        ("3/4/2026", False, (2026, 3, 4), True),
        ("3/4/2026", True, (2026, 4, 3), True),
        ("4/4/2026", False, (2026, 4, 4), False),
        ("13/4/2026", False, (2026, 4, 13), False),
        ("4/13/2026", True, (2026, 4, 13), False),
        ("5/12/2026", True, (2026, 12, 5), True),
        ("12/5/2026", False, (2026, 12, 5), True),
        ("12/13/2026", False, (2026, 12, 13), False),
        ("13/12/2026", False, (2026, 12, 13), False),
        ("02/29/2024 23:59:59", False, (2024, 2, 29, 23, 59, 59), False),
        ("1700-01-01", False, (1700, 1, 1), False),
    ],
)
def test_times_without_a_zone(text: str, day_first: bool, moment: tuple[Any, ...], ambiguous: bool) -> None:
    cell = read_time(text, day_first)
    assert (cell.instant, cell.naive, cell.ambiguous) == (instant_of(datetime(*moment, tzinfo=UTC)), True, ambiguous)


def test_zoned_slash_date_stays_ambiguous() -> None:
    cell = read_time("3/4/2026 10:00:00Z", False)
    assert (cell.naive, cell.ambiguous) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-02-30",
            "2023-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T12:00:60Z",
            "1699-12-31",
            "4001-01-01",
        ),
        *("2026-11-22T12:00:00+18:01", "2026-11-22T12:00:00+05:60", "2026-11-22T12:00:00+05", "2026-11-22t12:00:00Z"),
        *("2026-11-22T12:00:00z", " 2026-11-22", "2026-11-22\n", "2026-11-22T12:00Z", "2026-11-22T12:00:00.Z"),
        *("2026-11-22T12:00:00.1234567890Z", "20261122 12:00:00Z", "20261122T120000Z", "2026-11-22Z", "13/13/2026"),
        *("1/2/26", "01/02/2026 10:00:00.5Z", "01/02/2026T10:00:00Z", "١١/22/2026", "0/1/2026", "2026-11-22  12:00:00"),
    ],
)
def test_unreadable_times(text: str) -> None:
    assert read_time(text, False).state == "unreadable"
    assert read_time(text, True).state == "unreadable"


def test_booleans() -> None:
    assert [read_boolean(text) for text in ("true", "1", "YES", "y", "On", "T")] == [True] * 6
    assert [read_boolean(text) for text in ("false", "0", "no", "N", "OFF", "f")] == [False] * 6
    assert [read_boolean(text) for text in (None, "", " true", "2", "maybe")] == [None] * 5


def test_addresses() -> None:
    assert (
        address_of("+1 (415) 555-0123", "SMS") == address_of("1.415/5550123", "WhatsApp") == ("digits", "14155550123")
    )
    assert address_of("+1415x", "SMS") == ("text", "+1415x")
    assert address_of(" +1415", "SMS") == ("text", " +1415")
    assert address_of("+-()", "SMS") == ("text", "+-()")
    assert address_of("1415", "Facebook") == ("text", "1415")
    assert address_of("1\u00a0415", "SMS")[0] == address_of("١", "SMS")[0] == address_of("1415\n", "SMS")[0] == "text"


def test_lengths_are_utf16_units() -> None:
    assert [utf16_units(text) for text in ("", "é", "\uffff", "😀", "e\u0301")] == [0, 1, 1, 2, 2]


# Channels

CHANNELS = records(
    "Id MessageType PlatformType Surface IsActive MessagingPlatformKey MasterLabel",
    (C1, "Text", "Enhanced", None, "true", "+1800", "Main"),
    (C2, "WhatsApp", "Enhanced", None, "false", "+1800", "Main"),
    (C3, "Facebook", "Enhanced", None, "maybe", "page", "Page"),
    (C4, "EmbeddedMessaging", "enhanced", "In-App", None, "app", "App"),
    (C5, "Text", "STANDARD", None, "1", "+1900", "Old"),
)


def test_c101() -> None:
    rows = one("Id", C1, C2, C1 + suffix_of(C1), "bad", None, "0Mj00000000000a", "0Mj00000000000A")
    assert verdicts("C101", "channels", channels=rows) == "PPF--PP"
    assert related("C101", channels=rows) == [(2, 0, C1)]


def test_c102() -> None:
    rows = one("Id", C1, C1 + suffix_of(C1), "0PA000000000001", "0mjho000000pcqzKAO", "", "0" * 15)
    assert verdicts("C102", "channels", channels=rows) == "PPFF--"


def test_c103() -> None:
    rows = one("MessageType", "Text", "PSTNVoice", "PstnVoice", "text", "pstnvoice", "SMS", " Text", "#N/A")
    assert verdicts("C103", "channels", channels=rows) == "PPPFFFF-"


def test_c104() -> None:
    rows = records(
        "MessageType PlatformType Surface",
        *[(kind, "Enhanced", None) for kind in ["Text", "WhatsApp", "Facebook", "Line", "AppleBusinessChat", "Custom"]],
        *(("Text", "Standard", None), ("text", "standard", None), ("Custom", "Old", None), ("Line", None, None)),
        *(("EmbeddedMessaging", None, "in-app"), ("EmbeddedMessaging", "Standard", "IN-APP")),
        *(("EmbeddedMessaging", "Enhanced", "Web"), ("EmbeddedMessaging", "Standard", None)),
        *(("Voice", "Enhanced", None), ("Rcs", None, None), ("SMS", "Standard", None), (None, "Standard", None)),
    )
    assert verdicts("C104", "channels", channels=rows) == "PPPPPP" + "FFPP" + "PFF-" + "FF--"


def test_c105() -> None:
    rows = one("PlatformType", "Standard", "ENHANCED", "Other", None, " Enhanced")
    assert verdicts("C105", "channels", channels=rows) == "PPFFF"
    assert verdicts("C105", "channels", channels=one("Id", C1)) == "F"


# Users


def test_u101() -> None:
    good = ("+12345678900", "+12", "+123456789012345")
    bad = (
        "12345678900",
        "+1",
        "+1234567890123456",
        "+0123",
        "+1 234",
        "+123x",
        "1.23E+10",
        "+123\n",
        "+１２３",
        "'+123",
        "+",
    )
    rows = [{"MessagingPlatformKey": key, "MessageType": "Text"} for key in (*good, *bad, None, "")]
    assert verdicts("U101", "users", users=rows) == "PPP" + "F" * len(bad) + "--"
    rows = [{"MessagingPlatformKey": "bad", "MessageType": kind} for kind in ("text", "WhatsApp", "SMS", None)]
    assert verdicts("U101", "users", users=rows) == "F---"
    assert [is_e164(key) for key in ("+10", "+1")] == [True, False]


def test_u101_kind_comes_from_the_channel() -> None:
    rows = records(
        "MessagingPlatformKey MessageType MessagingChannelId",
        *(("bad", "WhatsApp", C1), ("bad", "Text", C2), ("bad", "Text", "0Mj000000000009"), ("bad", None, C1)),
    )
    assert verdicts("U101", "users", users=rows, channels=CHANNELS) == "F-FF"


def test_u201() -> None:
    columns = "MessagingPlatformKey MessageType Name MessagingChannelId"
    rows = records(
        columns,
        *(("+12", "Text", "A", C1), ("#N/A", "Text", "A", C1), ("+12", " ", "A", C1), ("+12", "Text", "", C1)),
        *(("+12", "Text", "A", "0" * 15), ("+12", "Line", "A", None), ("+12", "odd", "A", None)),
    )
    assert verdicts("U201", "users", users=rows) == "PFFPFPP"
    assert verdicts("U201", "users", users=rows, operation="insert") == "PFFFFPP"
    assert verdicts("U201", "users", users=rows, operation="upsert") == "PFFFFPP"
    assert verdicts("U201", "users", users=rows, operation="update") == "PFFPFPP"
    no_type = records("MessagingPlatformKey MessagingChannelId", ("+12", C1), ("+12", None))
    assert verdicts("U201", "users", users=no_type, channels=CHANNELS, operation="insert") == "PP"


def test_u202() -> None:
    rows = records(
        "MessageType MessagingConsentStatus",
        *(("Text", "OptedOut"), ("Text", None), (None, "optedout"), ("TEXT", "OptedOut"), ("Text", "x"), (None, " ")),
    )
    assert verdicts("U202", "users", users=rows) == "PPFFF-"
    assert verdicts("U202", "existing_users", existing_users=rows) == "PPFFF-"


def test_u203() -> None:
    rows = records(
        "MessagingPlatformKey Name IsoCountryCode Locale ProfilePictureUrl MessagingExternalUserKey",
        ("x" * 255, "😀" * 127, "😀", "x" * 20, "é" * 255, "x" * 255),
        *(["x" * 256, *[None] * 5], [None, "😀" * 128, *[None] * 4], [None, None, "😀x", None, None, None]),
        *([*[None] * 3, "x" * 21, None, None], [*[None] * 4, "x" * 256, None], [*[None] * 5, "x" * 256]),
        *([None, " " * 256, "", "#N/A", None, None], ["a", *[None] * 5]),
    )
    assert verdicts("U203", "users", users=rows) == "P" + "F" * 6 + "-P"


def test_u204() -> None:
    columns = "Id MessagingChannelId AccountId ContactId LeadId OwnerId"
    good = [U1, C1, "001000000000001", "003000000000001", "00Q000000000001", BOB]
    wrong = [[*good[:n], "bad", *good[n + 1 :]] for n in range(6)]
    rows = records(columns, good, *wrong, [None] * 6, [None, "0mjho000000pcqzKAO", *[None] * 4], [*[None] * 5, U1])
    assert verdicts("U204", "users", users=rows) == "P" + "F" * 6 + "-FF"
    assert verdicts("U204", "existing_users", existing_users=rows) == "P" + "F" * 6 + "-FF"
    linked = records("Id MessagingChannel.MasterLabel", (U1, "not an Id"), (None, "not an Id"), ("bad", "Main"))
    assert verdicts("U204", "users", users=linked) == "P-F"


def test_u205() -> None:
    rows = one("Id", U1, U2, U1 + suffix_of(U1), "bad", None, U1, "bad")
    assert verdicts("U205", "users", users=rows) == "PPF--F-"
    assert related("U205", users=rows) == [(2, 0, U1), (5, 0, U1)]


def test_u206_in_the_file() -> None:
    rows = records(
        "Id MessagingChannelId MessagingPlatformKey MessageType",
        (None, C1, "+1 415", "Text"),
        (U2, C1, "1415", "Text"),  # the same digits
        (U3, C2, "1415", "Text"),  # another channel
        (U4, C1, "+1415x", "Text"),
        (None, C1, "+1415x", "Text"),  # the same text
        (U4, C1, "+1415x", "Text"),  # the same record again: U205 says so
        (U1, None, "+1415", "Text"),
        (U1, C1, None, "Text"),
        (U1, C3, "1415", "Facebook"),
        (None, C3, "+1415", "Facebook"),  # texts that differ
        (None, C1, "1415", "Facebook"),  # a text, not digits
    )
    assert verdicts("U206", "users", users=rows) == "PFPPFP--PPP"
    assert related("U206", users=rows) == [(1, 0, None), (4, 3, U4)]


def test_u206_against_existing() -> None:
    columns = "Id MessagingChannelId MessagingPlatformKey MessageType"
    existing = records(
        columns,
        (None, C1, "+1415", "Text"),
        (U1, C1, "1-415", "Text"),
        (U2, C1, "1415", "Text"),
        (U3, C1, "99", "Text"),
    )
    rows = records(
        columns,
        *((U1, C1, "+1415", "Text"), (U4, C1, "+1415", "Text"), (None, C1, "+1415", "Text"), (U3, C1, "+99", "Text")),
        (None, C1, "+98", "Text"),
    )
    assert verdicts("U206", "users", users=rows, existing_users=existing) == "FFFPP"
    assert related("U206", users=rows, existing_users=existing) == [(0, None, U2), (1, None, U1), (2, None, U1)]


def test_u208_u209() -> None:
    rows = records(
        "CreatedDate LastInboundMessageTime",
        *((ago(days=1), None), (None, "soon"), ("2026-11-22", "soon"), (None, " "), ("1/2/2026 10:00:00Z", None)),
        *((ago(days=1), "2026-11-22T10:00:00"), (ago(days=1), "13/2/2026 10:00:00Z")),
    )
    assert verdicts("U208", "users", users=rows) == "PFF-PPP"
    assert verdicts("U208", "existing_users", existing_users=rows) == "PFF-PPP"
    assert verdicts("U209", "users", users=rows) == "P-F-FFP"


def test_u210() -> None:
    rows = one("LastInboundMessageTime", ago(minutes=-5), ago(minutes=-5, milliseconds=-1), ago(days=9), "x", None)
    assert verdicts("U210", "users", users=rows) == "PFP--"


def test_u301() -> None:
    rows = records(
        "MessageType MessagingChannelId",
        *(("WhatsApp", C2), ("WhatsApp", None), ("EmbeddedMessaging", ""), ("Voice", "0" * 15), ("Text", None)),
        *(("odd", None), ("WhatsApp", "bad")),
    )
    assert verdicts("U301", "users", users=rows) == "PFFF--P"


def test_u302() -> None:
    rows = one("MessagingChannelId", C1, C1 + suffix_of(C1), "0Mj000000000009", "bad", None)
    assert verdicts("U302", "users", users=rows, channels=CHANNELS) == "PPF--"
    rows = one("MessagingChannel.MasterLabel", "Main", "main", "", " Main")
    assert verdicts("U302", "users", users=rows, channels=CHANNELS) == "PF-F"


def test_u303() -> None:
    rows = one("MessagingChannelId", C1, C2, C3, C4, C5, "0Mj000000000009", None)
    assert verdicts("U303", "users", users=rows, channels=CHANNELS) == "PF--P--"


def test_u304() -> None:
    rows = records(
        "MessagingChannelId MessageType",
        (C1, "Text"),
        (C1, "text"),
        (C1, "WhatsApp"),
        (C1, "x"),
        (C1, None),
        (None, "Text"),
    )
    assert verdicts("U304", "users", users=rows, channels=CHANNELS) == "PPF---"
    channels = records("Id MessageType", (C1, "PSTNVoice"))
    rows = records("MessagingChannelId MessageType", (C1, "PstnVoice"), (C1, "Voice"))
    assert verdicts("U304", "users", users=rows, channels=channels) == "PF"


def test_u306() -> None:
    channels = [{"Id": C1, "MessageType": "EmbeddedMessaging", "Surface": s} for s in ("web", "in-app", "phone", None)]
    for row, key in zip(channels, (C1, C2, C3, C4), strict=True):
        row["Id"] = key
    rows = [{"MessagingChannelId": key, "MessageType": "EmbeddedMessaging"} for key in (C1, C2, C3, C4, C5)]
    rows.append({"MessagingChannelId": None, "MessageType": "Text"})
    assert verdicts("U306", "users", users=rows, channels=channels) == "PPFFF-"


def test_u307() -> None:
    rows = one(
        "CreatedDate", ago(minutes=10), ago(minutes=10, milliseconds=-1), ago(minutes=-60), ago(days=1), "x", None
    )
    assert verdicts("U307", "users", users=rows) == "PFFP--"


def test_relationship_columns() -> None:
    rows = records(
        "MessagingPlatformKey MessageType MessagingChannel.MasterLabel",
        *(
            ("a", "WhatsApp", "Main"),
            ("a", "Text", "Main"),
            ("a", "Line", "Main"),
            ("a", None, "Main"),
            ("a", "Text", "Page"),
        ),
    )
    assert verdicts("U303", "users", users=rows, channels=CHANNELS) == "FPPP-"  # the second Main, then the first
    assert verdicts("U304", "users", users=rows, channels=CHANNELS) == "PPF-F"
    assert verdicts("U206", "users", users=rows, channels=CHANNELS) == "PPFFP"
    nameless = records("Id MessageType MasterLabel IsActive", ("bad", "Text", "Main", "no"))
    assert verdicts("U302", "users", users=rows[:1], channels=nameless) == "P"
    assert verdicts("U303", "users", users=rows[:1], channels=nameless) == "F"
    assert verdicts("U206", "users", users=rows[:1], channels=nameless) == "-"
    assert verdicts("U206", "users", users=rows) == "PFFFP"  # without channels the text is the key


# Windows

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
MS = timedelta(milliseconds=1)


def times(*ages: timedelta) -> list[str]:
    """Timestamps so long before as-of."""
    return [ago(microseconds=age // timedelta(microseconds=1)) for age in ages]


def messaged(kind: str, *cells: str | None) -> Rows:
    """Users of one type with their last message."""
    return [{"MessageType": kind, "LastInboundMessageTime": cell} for cell in cells]


@pytest.mark.parametrize(
    ("code", "other", "kind", "window"), [("W101", "W102", "WhatsApp", DAY), ("W102", "W101", "Facebook", WEEK)]
)
def test_w101_w102(code: str, other: str, kind: str, window: timedelta) -> None:
    future = timedelta(minutes=-5)
    rows = messaged(kind, *times(window, window + MS, timedelta(0), future, future - MS), "soon", None)
    assert verdicts(code, "users", users=rows) == "PFPP---"
    assert verdicts("W103", "users", users=rows) == "PPPP--F"
    assert verdicts(other, "users", users=rows) == "-------"
    assert verdicts(code, "users", users=messaged("Text", ago(days=99))) == "-"


def test_w104() -> None:
    edge = DAY - timedelta(hours=2)
    rows = messaged("WhatsApp", *times(edge, edge - MS, DAY, DAY + MS), None, "x")
    assert verdicts("W104", "users", users=rows) == "FPF---"
    edge = WEEK - timedelta(hours=2)
    assert verdicts("W104", "users", users=messaged("Facebook", *times(edge, edge - MS, WEEK, WEEK + MS))) == "FPF-"


def test_windows_of_covered_channels_only() -> None:
    channels = records(
        "Id MessageType PlatformType",
        (C1, "WhatsApp", "Standard"),
        (C2, "WhatsApp", None),
        (C3, "Facebook", "Standard"),
    )
    rows = [{"MessagingChannelId": key, "LastInboundMessageTime": ago(days=9)} for key in (C1, C2, C3)]
    assert verdicts("W101", "users", users=rows, channels=channels) == "-F-"
    assert verdicts("W102", "users", users=rows, channels=channels) == "---"
    assert verdicts("W103", "users", users=rows, channels=channels) == "-P-"


def by_sessions(rows: Rows, *, complete: bool = True) -> str:
    """What W101 and W103 say about a WhatsApp user of whom only sessions are known."""
    users = [{"Id": U1, "MessageType": "WhatsApp"}]
    sessions = [{"MessagingEndUserId": U1, **row} for row in rows]
    tables = {"users": users, "sessions": sessions}
    policy = Policy(sessions_complete=complete)
    return "".join(verdicts(code, "users", policy=policy, **tables) for code in ("W101", "W103"))


def test_windows_shown_open_by_sessions() -> None:
    columns = "Status Origin StartTime EndTime"
    start, late = times(DAY, DAY + MS)
    assert by_sessions(records(columns, ("Active", "InboundInitiated", start, None))) == "PP"
    assert by_sessions(records(columns, ("Active", "inboundinitiated", start, None))) == "PP"
    assert by_sessions(records(columns, ("Active", "InboundInitiated", late, None))) == "-F"
    assert by_sessions(records(columns, ("Active", "AgentInitiated", start, None))) == "-F"
    assert by_sessions(records(columns, ("Active", "InboundInitiated", ago(minutes=-6), None))) == "-F"
    assert by_sessions(records(columns, ("Active", "InboundInitiated", ago(minutes=-5), None))) == "PP"
    assert by_sessions(records("Status StartTime EndTime", ("Ended", late, late))) == "-F"  # no Origin, no evidence


def test_windows_shown_closed_by_sessions() -> None:
    columns = "Status Origin StartTime EndTime"
    edge, late = times(DAY, DAY + MS)
    older = ago(days=3)
    over = ("Ended", "InboundInitiated", older, late)
    assert by_sessions(records(columns, over)) == "FP"
    assert by_sessions(records(columns, over), complete=False) == "-F"
    assert by_sessions(records(columns, over, ("Error", None, None, edge))) == "-F"
    assert by_sessions(records(columns, over, ("Active", None, None, late))) == "-F"
    assert by_sessions(records(columns, over, ("odd", None, None, late))) == "-F"
    assert by_sessions(records(columns, over, (None, None, None, late))) == "-F"
    assert by_sessions(records(columns, over, ("Ended", None, None, None))) == "-F"
    assert by_sessions(records(columns, over, ("Ended", None, None, "x"))) == "-F"
    assert by_sessions(records(columns, over, ("Ended", "InboundInitiated", edge, late))) == "PP"  # open wins


def test_windows_later_duplicates_have_no_evidence() -> None:
    users = [{"Id": key, "MessageType": "WhatsApp"} for key in (U1, U1, None, U2)]
    sessions = records(
        "MessagingEndUserId Status Origin StartTime", (U1 + suffix_of(U1), "Active", "InboundInitiated", ago(hours=1))
    )
    assert verdicts("W103", "users", users=users, sessions=sessions) == "PFFF"


# Sessions


@pytest.mark.parametrize(("code", "status", "limit"), [("S101", "New", 48), ("S104", "Inactive", 30)])
def test_stale(code: str, status: str, limit: int) -> None:
    age = timedelta(hours=limit)
    cells = [*times(age, age + MS, timedelta(hours=-1)), None, "x"]
    rows = [{"Status": status, "StartTime": cell} for cell in cells]
    rows += [{"Status": other, "StartTime": ago(days=99)} for other in ("Active", "Ended", None, status.lower())]
    assert verdicts(code, "sessions", sessions=rows) == "PFP--" + "---F"


LIVE = "Id MessagingEndUserId Status OwnerId StartTime"


def test_s102() -> None:
    rows = records(
        LIVE,
        (S1, U1, "Active", ANN, ago(hours=2)),
        (S2, U1, "New", BOB, ago(hours=3)),  # the earliest
        (S3, U1, "Waiting", None, ago(hours=1)),
        (S4, U1, "Paused", BOB, None),
        (S5, U1, "Ended", ANN, ago(hours=9)),
        (S1, U1, "Active", BOB, ago(hours=8)),  # an Id seen before
        (None, None, "Active", ANN, ago(hours=2)),
        (None, U2, "Active", ANN, ago(hours=2)),
        (None, U1, "odd", ANN, ago(hours=2)),
    )
    assert verdicts("S102", "sessions", sessions=rows) == "FPFF---P-"
    assert verdicts("S103", "sessions", sessions=rows) == "PPPP---P-"
    assert related("S102", sessions=rows) == [(0, 1, S2), (2, 1, S2), (3, 0, S1)]


def test_s102_earliest_without_owner() -> None:
    rows = records(
        LIVE, (S1, U1, "Active", None, ago(hours=3)), (S2, U1, "Active", ANN, None), (S3, U1, "Active", BOB, None)
    )
    assert related("S102", sessions=rows) == [(1, 2, S3), (2, 1, S2)]


def test_s103() -> None:
    start = ago(hours=1)
    rows = records(
        LIVE,
        *((S1, U1, "Active", ANN, start), (S2, U1, "Active", ANN, start), (S3, U1, "Error", BOB, start)),
        *(
            (S4, U1, "Active", "bad", start),
            (S5, U2, "Active", None, start),
            (None, U2, "Inactive", None, ago(hours=2)),
        ),
        (None, U3, "Ended", ANN, start),
    )
    assert verdicts("S103", "sessions", sessions=rows) == "PF-FFP-"
    assert verdicts("S102", "sessions", sessions=rows) == "PP-PPP-"
    assert related("S103", sessions=rows) == [(1, 0, S1), (3, 0, S1), (4, 5, None)]
    kept = Policy(ended_statuses=("Ended", "Error", "Inactive"))
    assert verdicts("S103", "sessions", sessions=rows, policy=kept) == "PF-FP--"


def test_s105() -> None:
    users = records(
        "Id MessagingConsentStatus", (U1, "OptedOut"), (U2, "ExplicitlyOptedIn"), (U3, None), (U1, "DoublyOptedIn")
    )
    existing = records("Id MessagingConsentStatus", (U4, "optedout"), (U2, "OptedOut"))
    rows = [{"MessagingEndUserId": key, "Status": "Active"} for key in (U1, U2, U3, U4, "0PA000000000009", "bad")]
    rows.append({"MessagingEndUserId": U1, "Status": "Ended"})
    assert verdicts("S105", "sessions", sessions=rows, users=users, existing_users=existing) == "FP-F---"


def test_s106() -> None:
    columns = "Id MessagingEndUserId Status OwnerId StartTime EndTime"
    rows = records(
        columns,
        (S1, U1, "Ended", ANN, ago(hours=5), ago(hours=3)),
        (S2, U1, "Ended", BOB, ago(hours=4), ago(hours=2)),
        (S3, U1, "Ended", BOB, ago(hours=3), ago(hours=2)),  # begins as the first ends
        (S4, U1, "Ended", ANN, ago(hours=4), ago(hours=1)),  # overlaps the second, as early but below it
        (S5, U1, "Active", ANN, ago(hours=2), None),  # begins as the second and the third end
        (None, U1, "Active", BOB, ago(hours=1), None),
        (None, U1, "Ended", BOB, ago(hours=1), None),  # no end
        (None, U1, "Active", BOB, ago(hours=1), "x"),
        (None, U1, "Ended", BOB, ago(hours=1), ago(hours=2)),  # ends before it begins
        (None, U1, "Ended", None, ago(hours=4), ago(hours=2)),
        (None, None, "Ended", BOB, ago(hours=4), ago(hours=2)),
        (S1, U1, "Ended", BOB, ago(hours=4), ago(hours=2)),
    )
    assert verdicts("S106", "sessions", sessions=rows) == "PFFFPF------"
    assert related("S106", sessions=rows) == [(1, 0, S1), (2, 3, S4), (3, 1, S2), (5, 4, S5)]


def test_s201() -> None:
    rows = records(
        "MessagingEndUserId MessagingChannelId Status",
        *(
            (U1, C1, "New"),
            (None, C1, "New"),
            (U1, "", "New"),
            (U1, C1, "#N/A"),
            ("0" * 15, C1, "New"),
            ("bad", "bad", "bad"),
        ),
    )
    assert verdicts("S201", "sessions", sessions=rows) == "PFFFFP"
    assert verdicts("S201", "sessions", sessions=records("MessagingEndUserId Status", (U1, "New"))) == "P"


def test_s202() -> None:
    rows = records(
        "Status Origin AgentType EndedByType",
        *(("New", "OptIn", "Bot", "EndUser"), ("new", None, None, None), (None, "Inbound", None, None)),
        *((None, None, "bot", None), ("New", None, None, "Nobody"), ("", None, "#N/A", " ")),
    )
    assert verdicts("S202", "sessions", sessions=rows) == "PFFFF-"


def test_s203() -> None:
    rows = records(
        "SessionKey ChannelGroup ChannelIntent ChannelLocale",
        *(("x" * 36, "x" * 255, "😀" * 127, None), ("x" * 37, None, None, None), (None, "x" * 256, None, None)),
        *((None, None, "😀" * 128, None), (None, None, None, "x" * 256), (None, "", " ", None)),
    )
    assert verdicts("S203", "sessions", sessions=rows) == "PFFFF-"


def test_s204() -> None:
    columns = "Id MessagingEndUserId MessagingChannelId OwnerId CaseId LeadId OpportunityId ConversationId"
    good = [S1, U1, C1, ANN, "500000000000001", "00Q000000000001", "006x0000001YZ8YAAW", "0dw000000000001"]
    wrong = [[*good[:n], "bad", *good[n + 1 :]] for n in range(8)]
    rows = records(columns, good, *wrong, [None] * 8, [*[None] * 6, "006X0000001YZ8YAAW", None])
    assert verdicts("S204", "sessions", sessions=rows) == "P" + "F" * 8 + "-F"


def test_s205() -> None:
    rows = one("Id", S1, S1, None, "bad", S2)
    assert verdicts("S205", "sessions", sessions=rows) == "PF--P"
    assert related("S205", sessions=rows) == [(1, 0, S1)]


def test_s301() -> None:
    rows = one("MessagingEndUserId", U1, U2, U3, "bad", None)
    assert verdicts("S301", "sessions", sessions=rows, users=one("Id", U1), existing_users=one("Id", U2)) == "PPF--"


def test_s302() -> None:
    rows = one("MessagingChannelId", C1, "0Mj000000000009", "bad", None)
    assert verdicts("S302", "sessions", sessions=rows, channels=CHANNELS) == "PF--"
    rows = one("MessagingChannel.MessagingPlatformKey", "+1900", "+1901", None)
    assert verdicts("S302", "sessions", sessions=rows, channels=CHANNELS) == "PF-"


def test_s303() -> None:
    columns = "MessagingEndUserId MessagingChannelId"
    users = records("Id MessagingChannelId", (U1, C1), (U2, None))
    existing = records("Id MessagingChannelId", (U3, C3), (U1, C3))
    rows = records(
        columns, (U1, C1 + suffix_of(C1)), (U1, C2), (U2, C1), (U3, C3), (U3, C1), (U4, C1), (U1, None), (U1, "bad")
    )
    assert verdicts("S303", "sessions", sessions=rows, users=users, existing_users=existing) == "PF-PF---"
    linked = records("MessagingEndUserId MessagingChannel.MasterLabel", (U1, "Main"), (U1, "Page"), (U1, "none"))
    assert verdicts("S303", "sessions", sessions=linked, users=users, channels=CHANNELS) == "PF-"
    assert verdicts("S303", "sessions", sessions=linked, users=users) == "---"  # a label and an Id cannot be compared


TIMES = "StartTime AcceptTime EndTime"


def test_s401_s402() -> None:
    rows = records(
        TIMES,
        *((ago(days=1), None, None), (ago(days=1), "x", None), (None, None, "x"), (None, None, None)),
        *((ago(days=1), None, "2026-11-22"), (None, "2/3/2026 10:00:00Z", "x")),
    )
    assert verdicts("S401", "sessions", sessions=rows) == "PFF-PF"
    assert verdicts("S402", "sessions", sessions=rows) == "PP--FF"


def test_s403() -> None:
    a, b = times(timedelta(hours=1) + MS, timedelta(hours=1))
    rows = records(
        TIMES,
        *(
            (a, a, a),
            (a, b, b),
            (b, a, None),
            (a, b, a),
            (b, None, a),
            (None, b, a),
            (a, "x", b),
            (a, None, "x"),
            (b, None, None),
        ),
    )
    assert verdicts("S403", "sessions", sessions=rows) == "PPFFFFP--"


def test_s404() -> None:
    edge, late = times(timedelta(minutes=-5), timedelta(minutes=-5) - MS)
    rows = records(
        TIMES, (edge, edge, edge), (late, None, None), (None, late, "x"), (None, None, late), (None, "x", None)
    )
    assert verdicts("S404", "sessions", sessions=rows) == "PFFF-"


def test_s405() -> None:
    end = ago(hours=1)
    rows = records(
        "Status EndTime EndedByType",
        *(
            ("Ended", end, "Agent"),
            ("Ended", None, None),
            ("Ended", "x", None),
            ("Active", None, None),
            ("Active", end, None),
        ),
        *(
            ("Active", "x", None),
            ("Active", None, "odd"),
            ("Error", None, "Bot"),
            ("Error", end, None),
            ("odd", end, "Bot"),
        ),
        (None, end, None),
    )
    assert verdicts("S405", "sessions", sessions=rows) == "PFPPFPFPP--"
    assert verdicts("S405", "sessions", sessions=records("Status EndedByType", ("Ended", None), ("New", "Bot"))) == "PF"


def test_s406() -> None:
    channels = records(
        "Id MessageType PlatformType", (C1, "Text", "Standard"), (C2, "Text", "Enhanced"), (C3, "Text", None)
    )
    statuses = ("New", "Active", "Consent", "Waiting", "Paused", "Inactive", "Ended", "Error")
    standard = [{"MessagingChannelId": C1, "Status": status, "Origin": None} for status in statuses]
    assert verdicts("S406", "sessions", sessions=standard, channels=channels) == "PPFPFFPF"
    columns = "MessagingChannelId Status Origin"
    rows = records(
        columns,
        *((C2, "New", None), (C2, "New", "AgentInitiated"), (C2, "New", "InboundInitiated"), (C3, "New", "OptIn")),
        *((C2, "New", "odd"), (C2, "Paused", "odd"), (C2, "odd", None), (C4, "New", "OptIn"), (None, "New", "OptIn")),
        (C1, "New", "odd"),
    )
    assert verdicts("S406", "sessions", sessions=rows, channels=channels) == "PPFF-P----"


# The check as a whole


def skipped(**tables: Rows) -> set[str]:
    """The rules that are skipped for the given tables, but for the tables that are not given."""
    result = check({name: table(rows) for name, rows in tables.items()}, as_of=AS_OF, select_off={"W104", "S106"})
    return {code for name, code in result.skipped if name in tables}


def test_skipped_for_users_alone() -> None:
    rows = records("MessagingPlatformKey MessagingChannelId MessageType", ("+12", C1, "Text"))
    expected = {"U104", "U205", "U208", "U209", "U210", "U302", "U303", "U304", "U307", "W101", "W102", "W104"}
    assert skipped(users=rows) == expected
    assert skipped(users=rows, channels=records("Id MessageType", (C1, "Text"))) == expected - {"U302", "U304"}


def test_skipped_for_sessions_alone() -> None:
    rows = records("MessagingEndUserId Status", (U1, "New"))
    expected = {"S101", "S102", "S103", "S104", "S105", "S106", "S203", "S205", "S301", "S302", "S303"}
    assert skipped(sessions=rows) == expected | {"S401", "S402", "S403", "S404", "S405", "S406"}


def test_skipped_s301_needs_a_known_id() -> None:
    sessions = records("MessagingEndUserId Status", (U1, "New"))
    columns = "Id MessagingPlatformKey MessagingChannelId MessageType"
    assert "S301" in skipped(sessions=sessions, users=records(columns, ("bad", "1", C1, "Text")))
    assert "S301" not in skipped(sessions=sessions, users=records(columns, (U2, "1", C1, "Text")))


def test_skipped_windows() -> None:
    users = records("Id MessagingPlatformKey MessagingChannelId MessageType", (U1, "1", C1, "WhatsApp"))
    sessions = records("MessagingEndUserId Status StartTime Origin", (U1, "New", None, None))
    assert skipped(users=users, sessions=sessions) >= {"W104"}
    assert not skipped(users=users, sessions=sessions) & {"W101", "W102", "W103"}
    no_origin = records("MessagingEndUserId Status StartTime", (U1, "New", None))
    assert skipped(users=users, sessions=no_origin) >= {"W101", "W102"}


def test_off_rules_do_not_run_unless_selected() -> None:
    rows = messaged("WhatsApp", ago(hours=23))
    quiet = check({"users": table(rows)}, as_of=AS_OF)
    assert not {code for _, code in {*quiet.counts, *quiet.skipped}} & {"W104", "S106"}
    loud = check({"users": table(rows)}, as_of=AS_OF, select_off={"W104"})
    assert loud.counts["users", "W104"] == (1, 1)


def test_column_names_in_any_case_and_order_of_findings() -> None:
    tables = {
        "existing_users": table([{"ID": "bad"}]),
        "users": table(
            [{"id": "bad", "messagingplatformkey": None, "MESSAGINGCHANNELID": "bad", "messageType": "text"}]
        ),
        "channels": table([{"iD": "bad", "MESSAGETYPE": "text"}]),
    }
    found = [(f.table, f.row, f.code) for f in check(tables, as_of=AS_OF).findings]
    assert found == [
        *(("channels", 0, "C102"), ("channels", 0, "C103"), ("channels", 0, "C105")),
        *(("users", 0, "U201"), ("users", 0, "U202"), ("users", 0, "U204"), ("existing_users", 0, "U204")),
    ]


def test_counts_are_the_findings_grouped() -> None:
    case = random_tables(7)
    result = check(case.tables, as_of=case.as_of, operation=case.operation, policy=case.policy)
    found = Counter((f.table, f.code) for f in result.findings)
    assert {key: rows for key, (rows, _) in result.counts.items() if rows} == found


# The random data


def test_random_data_is_the_same_for_the_same_seed() -> None:
    assert random_tables(3) == random_tables(3)
    assert random_tables(3) != random_tables(4)


def test_random_data_reaches_every_rule() -> None:
    failed: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for seed in range(60):
        case = random_tables(seed)
        result = check(
            case.tables, as_of=case.as_of, operation=case.operation, policy=case.policy, select_off=case.select_off
        )
        for (_, code), (rows, checked) in result.counts.items():
            failed[code] += rows
            passed[code] += checked - rows
    enough = {code: 5 if code.startswith("C") else 20 for code in CODES}
    assert {code: failed[code] for code in CODES if failed[code] < enough[code]} == {}
    assert {code: passed[code] for code in CODES if passed[code] < enough[code]} == {}


def test_random_data_varies() -> None:
    cases = [random_tables(seed, users=5, sessions=5) for seed in range(200)]
    assert {case.operation for case in cases} == {"audit", "insert", "update", "upsert"}
    assert {len(case.policy.ended_statuses) for case in cases} == {1, 2, 3}
    assert (
        {case.policy.day_first for case in cases} == {case.policy.sessions_complete for case in cases} == {True, False}
    )
    assert {case.select_off for case in cases} == {frozenset(), frozenset({"W104", "S106"})}
    for name in ("channels", "users", "sessions", "existing_users"):
        assert {name in case.tables for case in cases} == {True, False}
    assert all("users" in case.tables or "sessions" in case.tables for case in cases)


def test_two_thousand_rows_take_less_than_two_seconds() -> None:
    case = random_tables(1, users=2000, sessions=2000)
    start = time.perf_counter()
    check(
        case.tables, as_of=case.as_of, policy=replace(case.policy, sessions_complete=True), select_off={"W104", "S106"}
    )
    assert time.perf_counter() - start < 2
