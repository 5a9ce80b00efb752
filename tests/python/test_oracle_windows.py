"""The rules about messaging windows, by examples worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from oracle import Policy
from oracle.cells import suffix_of
from oracle_cases import (
    C1,
    C2,
    C3,
    DAY,
    MS,
    U1,
    U2,
    WEEK,
    Rows,
    ago,
    messaged,
    records,
    times,
    verdicts,
)


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
