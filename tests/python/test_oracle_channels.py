"""The rules about channels, by examples worked out by hand."""

from __future__ import annotations

from oracle.cells import suffix_of
from oracle_cases import (
    C1,
    C2,
    one,
    records,
    related,
    verdicts,
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
