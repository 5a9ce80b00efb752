"""The rules about users, by examples worked out by hand."""

# ruff: noqa: RUF001 (look-alike characters are among the wrong cells)

from __future__ import annotations

from oracle.cells import is_e164, suffix_of, two_forms
from oracle_cases import (
    BOB,
    C1,
    C2,
    C3,
    C4,
    C5,
    CHANNELS,
    U1,
    U2,
    U3,
    U4,
    ago,
    one,
    records,
    related,
    verdicts,
)


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


KEYS = "MessagingPlatformKey MessagingChannelId MessageType"


def test_u105() -> None:
    good = ("+12", "12", "+123456789012345", "123456789012345", "14155550123")
    bad = ("1", "+1", "1234567890123456", "0123", "+0123", "1 415", "+1-415", "whatsapp:+1415", "12.0", "１２", "12\n")
    rows = records(KEYS, *((key, C1, "WhatsApp") for key in (*good, *bad, None, " ")))
    assert verdicts("U105", "users", users=rows) == "PPPPP" + "F" * len(bad) + "--"
    rows = records(KEYS, ("x", C1, "Text"), ("x", C1, None), ("x", None, "whatsapp"))
    assert verdicts("U105", "users", users=rows) == "--F"


def test_u106() -> None:
    rows = records(
        KEYS,
        *(("+12", C1, "WhatsApp"), ("13", C1, "WhatsApp"), ("14", C1 + suffix_of(C1), "WhatsApp")),
        *(("+12", C2, "WhatsApp"), ("13", C2, "WhatsApp"), ("+12", C3, "WhatsApp"), ("13", C4, "Text")),
        *(("1 3", C3, "WhatsApp"), ("13", None, "WhatsApp"), ("13", "bad", "WhatsApp"), (None, C3, "WhatsApp")),
    )
    existing = records(KEYS, ("13", C3, "WhatsApp"), ("13", C3, "WhatsApp"))
    assert verdicts("U106", "users", users=rows, existing_users=existing) == "FPPPFP-----"


def test_u107() -> None:
    line = "4af4980629f0a1b2c3d4e5f60718293a"
    embedded = "v2/iamessage/"
    keys = (
        *(("0123", "Facebook"), ("+12", "Facebook"), ("１２", "Facebook"), (None, "Facebook")),
        *(("U" + line, "Line"), ("u" + line, "Line"), ("U" + line.upper(), "Line"), ("+12", "Line"), ("12", "Line")),
        *((embedded + "AUTH/x", "EmbeddedMessaging"), (embedded + "ANON/", "EmbeddedMessaging")),
        *((embedded + "UNAUTH/\n", "EmbeddedMessaging"), (embedded + "auth/x", "EmbeddedMessaging")),
        *(("urn:mbid:AQ", "AppleBusinessChat"), ("\u00a0\u200b", "AppleBusinessChat"), ("\x01", "AppleBusinessChat")),
        *(("\u200bx", "AppleBusinessChat"), (" ", "AppleBusinessChat"), ("x", "Custom"), ("x", "Text"), ("x", "Voice")),
    )
    rows = records(KEYS, *((key, C1, kind) for key, kind in keys))
    assert verdicts("U107", "users", users=rows) == "PFF-" + "PFFPP" + "PFPF" + "PFFP-" + "---"


def test_two_forms() -> None:
    for short, long in (("551187654321", "5511987654321"), ("525512345678", "5215512345678")):
        assert two_forms(short) == two_forms(long) == (short, long)
    assert two_forms("541123456789") == two_forms("5491123456789") == ("541123456789", "5491123456789")
    for digits in ("14155550123", "55118765432", "5511887654321", "5225512345678", "5411234567890", "54", ""):
        assert two_forms(digits) is None


def test_u207() -> None:
    columns = f"Id {KEYS}"
    rows = records(
        columns,
        *((None, "5511987654321", C1, "WhatsApp"), (None, "5511987654321", C1, "WhatsApp")),
        *((None, "+55 11 8765-4321", C1, "WhatsApp"), (None, "551187654321", C2, "WhatsApp")),
        *((U1, "541123456789", C1, "WhatsApp"), (U1, "5491123456789", C1, "WhatsApp")),
        *((U2, "5491123456789", C1, "WhatsApp"), (None, "551187654321", C1, "Text"), (None, "1", C1, "WhatsApp")),
        *((None, "551187654321", None, "WhatsApp"), (None, "5511987654321", C1, "WhatsApp")),
    )
    assert verdicts("U207", "users", users=rows) == "PPFPPPF---F"
    assert related("U207", users=rows) == [(2, 0, None), (6, 4, U1), (10, 2, None)]


def test_u207_against_existing() -> None:
    columns = f"Id {KEYS}"
    existing = records(
        columns,
        *((None, "551187654321", C1, "WhatsApp"), (U1, "551187654321", C1, "WhatsApp")),
        (U2, "551187654321", C1, "WhatsApp"),
    )
    rows = records(
        columns,
        *((U1, "5511987654321", C1, "WhatsApp"), (U3, "5511987654321", C1, "WhatsApp")),
        *((None, "5511987654321", C1, "WhatsApp"), (U4, "551187654321", C1, "WhatsApp")),
    )
    found = related("U207", users=rows, existing_users=existing)
    assert found == [(0, None, U2), (1, None, U1), (2, None, U1), (3, 0, U1)]


def test_u305() -> None:
    channels = records(
        "Id MessageType PlatformType Surface",
        *((C1, "Text", "Enhanced", None), (C2, "Text", "standard", None), (C3, "EmbeddedMessaging", None, "web")),
        *((C4, "EmbeddedMessaging", None, None), (C5, "Texts", "Standard", None)),
    )
    rows = records("MessagingChannelId MessageType", *((key, "Text") for key in (C1, C2, C3, C4, C5)), (None, "Voice"))
    assert verdicts("U305", "users", users=rows, channels=channels) == "PFF-PF"
    assert verdicts("U305", "users", users=rows) == "PPPPPF"


STATUSES = (*("ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn", "OptedOut", "optedout", None, "Yes"),)


def test_u401_u402() -> None:
    rows = [{"MessagingChannelId": C1, "MessagingConsentStatus": status} for status in STATUSES]
    assert verdicts("U401", "users", users=rows) == "PPPFF--"
    for asked, expected in (
        *(("ImplicitOptIn", "PPP----"), ("ExplicitOptIn", "FPP----"), ("doubleoptin", "FFP----")),
        *((None, "-------"), ("Double", "-------")),
    ):
        channels = records("Id ConsentType", (C1, asked), (C1, "DoubleOptIn"))
        assert verdicts("U402", "users", users=rows, channels=channels) == expected


def test_u403() -> None:
    channels = records("Id MessageType PlatformType", (C1, "Text", None), (C2, "Text", "Standard"))
    columns = "MessagingChannelId MessageType MessagingConsentStatus"
    rows = records(
        columns,
        *((C1, "Text", None), (C1, "Text", "#N/A"), (C1, "Text", "Yes"), (C1, "Text", "OptedOut")),
        *((C2, "Text", None), (C3, "EmbeddedMessaging", None), (C3, "Line", "")),
    )
    assert verdicts("U403", "users", users=rows, channels=channels) == "FFPP--F"


def test_u404() -> None:
    columns = f"Id {KEYS} MessagingConsentStatus"
    existing = records(
        columns,
        *((U1, "+12", C1, "Text", "DoublyOptedIn"), ("bad", "+1 2", C1, "Text", "optedout")),
        *((U2, "+12", C1, "Text", "OptedOut"), (U3, "+13", C1, "Text", None)),
    )
    statuses = records(columns, *((U2, "+12", C1, "Text", status) for status in STATUSES))
    assert verdicts("U404", "users", users=statuses, existing_users=existing) == "FFFPP--"
    rows = records(
        columns,
        *((U4, "12", C1, "Text", "ImplicitlyOptedIn"), (U4, "+12", C2, "Text", "ImplicitlyOptedIn")),
        *((U4, "+13", C1, "Text", "ImplicitlyOptedIn"), (U4, None, C1, "Text", "ImplicitlyOptedIn")),
    )
    assert verdicts("U404", "users", users=rows, existing_users=existing) == "FPP-"
    assert related("U404", users=rows, existing_users=existing) == [(0, None, "bad")]
