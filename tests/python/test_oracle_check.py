"""The oracle as a whole: skipped rules, order and counts."""

from __future__ import annotations

from collections import Counter

from oracle import check
from oracle.random_data import random_tables
from oracle_cases import (
    AS_OF,
    C1,
    U1,
    U2,
    Rows,
    ago,
    messaged,
    records,
    table,
)


def skipped(**tables: Rows) -> set[str]:
    """The rules that are skipped for the given tables, but for the tables that are not given."""
    result = check({name: table(rows) for name, rows in tables.items()}, as_of=AS_OF, select_off={"W104", "S106"})
    return {code for name, code in result.skipped if name in tables}


def test_skipped_for_users_alone() -> None:
    rows = records("MessagingPlatformKey MessagingChannelId MessageType", ("+12", C1, "Text"))
    expected = {"U104", "U205", "U208", "U209", "U210", "U302", "U303", "U304", "U307", "W101", "W102", "W104"}
    expected |= {"U401", "U402", "U403", "U404"}
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
