"""The rulebook as a whole: what is silent on nothing, and what proves itself."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import sendworthy as sw
from sendworthy import _core

from tables import AS_OF, sf_id

RULES = Path(__file__).parents[2] / "src" / "rules"
#: The rules about what is missing or not known; nothing else may speak about a record of nulls.
ABOUT_NULLS = {"C102", "C103", "C105", "U201", "S201", "P201"}
FIELDS = {
    "channels": "Id MessageType PlatformType Surface IsActive MessagingPlatformKey MasterLabel ConsentType "
    "CapacityModel IsoCountryCode",
    "users": "Id MessagingChannelId AccountId ContactId LeadId OwnerId MessageType MessagingConsentStatus CreatedDate "
    "LastInboundMessageTime MessagingPlatformKey Name IsoCountryCode Locale ProfilePictureUrl MessagingExternalUserKey",
    "sessions": "Id MessagingEndUserId MessagingChannelId OwnerId CaseId LeadId OpportunityId ConversationId Status "
    "Origin AgentType EndedByType StartTime AcceptTime EndTime SessionKey ChannelGroup ChannelIntent ChannelLocale",
    "sends": "MessagingEndUserId MessagingChannelId OwnerId SourceRecordId MessageKind SendTime TemplateApproved "
    "HasDynamicContent ConsentConfirmed Phone",
}


def blank(table: str, cell: str | None) -> pl.DataFrame:
    """Two records in which every cell is the same."""
    return pl.DataFrame([dict.fromkeys(FIELDS[table].split(), cell)] * 2).cast(pl.String)


@pytest.mark.parametrize("cell", [None, "", "  ", "#N/A"])
def test_what_is_missing_is_told_by_the_rules_about_it_alone(cell: str | None) -> None:
    tables = {table: blank(table, cell) for table in FIELDS}
    report = sw.check(**tables, existing_users=tables["users"], as_of=AS_OF, select=["C", "U", "W", "S", "P"])
    found = set(report.findings["code"])
    assert found <= ABOUT_NULLS
    assert {"U201", "S201", "P201"} <= found


@pytest.mark.parametrize("table", sorted(FIELDS))
def test_an_empty_table_is_no_clean_one(table: str) -> None:
    tables = {name: blank(name, None) for name in FIELDS} | {table: blank(table, None).clear()}
    with pytest.raises(sw.InputError, match=f"^{table}: .*holds no records: nothing was examined"):
        sw.check(**tables, as_of=AS_OF)


@pytest.mark.parametrize("code", sw.rules()["code"].to_list())
def test_every_rule_is_tested_in_its_own_file(code: str) -> None:
    (path,) = RULES.glob(f"{code.lower()}_*.rs")
    tests = path.read_text(encoding="utf-8").split("#[cfg(test)]", 1)[1]
    assert "#[test]" in tests
    assert "assert" in tests


def test_a_bad_user_does_not_make_its_sessions_fail() -> None:
    good = {"Id": sf_id("0PA", 1), "MessagingPlatformKey": "+14155550123", "MessageType": "Text"}
    good |= {"MessagingChannelId": sf_id("0Mj", 1), "MessagingConsentStatus": "ExplicitlyOptedIn", "Name": "A"}
    session = {
        "Id": sf_id("0Mw", 1),
        "MessagingEndUserId": sf_id("0PA", 1),
        "MessagingChannelId": sf_id("0Mj", 1),
        "Status": "Ended",
        "StartTime": "2026-11-20T10:00:00Z",
        "EndTime": "2026-11-20T11:00:00Z",
    }
    damages = [
        {"MessagingPlatformKey": "x"},
        {"MessageType": "text"},
        {"MessagingConsentStatus": "maybe"},
        {"Name": None},
    ]
    damages += [{"Id": sf_id("0PA", 1).lower()}, {"MessagingChannelId": "0Mj"}, {"CreatedDate": "soon"}]
    for damage in damages:
        user = good | damage
        users = pl.DataFrame([{name: user.get(name) for name in [*good, "CreatedDate"]}]).cast(pl.String)
        report = sw.check(
            users=users, sessions=pl.DataFrame([session]), as_of=AS_OF, ignore=["F", "H"], operation="insert"
        )
        assert set(report.findings["table"]) == {"users"}, damage


def test_whoever_parts_the_data_learns_what_each_rule_compares() -> None:
    scopes = {(rule["table"], rule["scope"]) for rule in _core.rules()}
    assert {scope for _, scope in scopes} == {"record", "id", "address", "customer", "channel", "send", "source"}
    assert {table for table, scope in scopes if scope == "id"} == {"channels", "users", "sessions"}
    assert {table for table, scope in scopes if scope in {"address", "channel"}} == {"users"}
    assert {table for table, scope in scopes if scope == "source"} == {"all"}
    scope = {rule["code"]: rule["scope"] for rule in _core.rules()}
    assert scope["U404"] == scope["U206"] == scope["U207"] == "address"
