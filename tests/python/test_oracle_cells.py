"""Single cells, worked out by hand from the rulebook."""

# ruff: noqa: RUF001 (look-alike characters are among the wrong cells)

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from oracle.cells import address_of, is_missing, read_boolean, read_id, suffix_of, utf16_units
from oracle.times import instant_of, read_time
from oracle_cases import (
    AS_OF,
)


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
