"""The rules about sessions, by examples worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from oracle import Policy
from oracle.cells import suffix_of
from oracle_cases import (
    ANN,
    BOB,
    C1,
    C2,
    C3,
    C4,
    CHANNELS,
    MS,
    S1,
    S2,
    S3,
    S4,
    S5,
    U1,
    U2,
    U3,
    U4,
    ago,
    one,
    records,
    related,
    times,
    verdicts,
)


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
