"""The arguments of check: what they accept, what they refuse, and what they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.sdl import read_sdl

from tables import AS_OF, channel_rows, damaged_users, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "as_of",
    [
        AS_OF,
        "2026-11-22T14:00:00+02:00",
        "2026-11-22 12:00:00.0004Z",
        datetime(2026, 11, 22, 12, tzinfo=UTC),
        datetime(2026, 11, 22, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_as_of_is_kept_in_utc(as_of: datetime | str) -> None:
    report = sw.check(users=user_rows(1), as_of=as_of, select="U101")
    assert report.as_of == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert report.as_of.tzinfo is UTC


def test_as_of_is_now_when_not_given() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    report = sw.check(users=user_rows(1), select="U101")
    assert before <= report.as_of <= datetime.now(UTC)
    assert report.as_of.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2026-11-22T12:00:00", "has no time zone"),
        ("2026-11-22", "has no time zone"),
        (datetime(2026, 11, 22, 12), "has no time zone"),  # noqa: DTZ001
        ("noon", "is not an ISO 8601 time"),
        ("", "is not an ISO 8601 time"),
        (7, "is not an ISO 8601 time"),
    ],
)
def test_as_of_needs_a_zone(as_of: Any, said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.check(users=user_rows(1), as_of=as_of)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "nothing to check"),
        ({"channels": channel_rows(), "existing_users": user_rows(1)}, "nothing to check"),
        ({"users": user_rows(1), "operation": "delete"}, "operation must be one of audit, insert, update, upsert"),
        ({"users": user_rows(1), "threads": 0}, "threads must be from 1 to 1024, not 0"),
        ({"users": user_rows(1), "select": "X"}, "'X'"),
        ({"users": user_rows(1), "ignore": ["phone-not-e146"]}, "phone-not-e164"),
        ({"users": user_rows(1), "severity": {"U101": "fatal"}}, "fatal"),
        ({"users": user_rows(1), "severity": {"X101": "error"}}, "X101"),
        ({"users": user_rows(1), "columns": {"people": {}}}, "is no table; known are channels"),
        ({"users": user_rows(1), "columns": {"sessions": {}}}, "which is not given"),
        ({"users": user_rows(1), "select": "S301"}, "none of the selected rules could run"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.check(**options)


def test_a_missing_column_is_named_with_those_seen() -> None:
    with pytest.raises(sw.ColumnError, match=r"(?s)MessagingPlatformKey.*'Telephone'"):
        sw.check(users=[{"Id": "x", "Telephone": "y"}])


def test_all_columns_are_looked_at_before_any_record_is_read() -> None:
    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError

    channels = pl.DataFrame(channel_rows()).lazy().map_batches(fail, schema=pl.DataFrame(channel_rows()).schema)
    with pytest.raises(sw.ColumnError):
        sw.check(channels=channels, users=[{"Id": "x"}])


@pytest.mark.parametrize("mapped", ["phone", "PHONE"])
def test_columns_can_have_other_names(mapped: str) -> None:
    rows = [{"phone": row.pop("MessagingPlatformKey"), **row} for row in damaged_users()]
    report = sw.check(users=rows, columns={"users": {"MessagingPlatformKey": mapped}}, as_of=AS_OF, select="U101")
    assert report.findings.select("row", "column").rows() == [(3, "MessagingPlatformKey")]


def test_columns_can_come_from_a_mapping_file(tmp_path: Path) -> None:
    rows = [{"phone": row.pop("MessagingPlatformKey"), **row} for row in damaged_users()]
    (tmp_path / "m.sdl").write_text("phone=MessagingPlatformKey\n")
    for path in (tmp_path / "m.sdl", str(tmp_path / "m.sdl")):
        report = sw.check(users=rows, columns={"users": path}, as_of=AS_OF, select="U101")
        assert report.findings["row"].to_list() == [3]


def test_column_names_are_matched_without_regard_to_case(tmp_path: Path) -> None:
    rows = [{key.upper(): value for key, value in row.items()} for row in damaged_users()]
    report = sw.check(users=write_csv(tmp_path / "u.csv", rows), as_of=AS_OF, select="U101")
    assert report.findings["row"].to_list() == [3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# comment\n! comment\n\nphone=MessagingPlatformKey\n", {"MessagingPlatformKey": "phone"}),
        ("phone : Name", {"Name": "phone"}),
        ("phone Name\r\nid=Id\r\n", {"Name": "phone", "Id": "id"}),
        (r"Mobile\ Phone\:\==Name", {"Name": "Mobile Phone:="}),
        ("Stra\\u00dfe=Name", {"Name": "Straße"}),
        ("Straße=Name", {"Name": "Straße"}),
        ("a=Name, LastName", {"Name": "a", "LastName": "a"}),
        ("long=\\\n   Name", {"Name": "long"}),
        ('"California"=BillingState\na=Id', {"Id": "a"}),
        ("unused=\na=Id", {"Id": "a"}),
        (r"c=MessagingChannel\:MessagingChannel-MasterLabel", {"MessagingChannel.MasterLabel": "c"}),
        ("c=MessagingChannel:MasterLabel", {"MessagingChannel.MasterLabel": "c"}),
    ],
)
def test_mapping_files_are_java_properties(text: str, expected: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "m.sdl"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_sdl(path) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no line of the form"),
        ("=Id", "names no source column"),
        ("a=Id\nb=Id", "line 2: Id is fed from two columns"),
    ],
)
def test_mapping_files_that_make_no_sense_are_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "m.sdl").write_text(text)
    with pytest.raises(sw.ConfigError, match=said):
        read_sdl(tmp_path / "m.sdl")


def test_a_mapping_file_in_latin_1_is_read_as_java_does(tmp_path: Path) -> None:
    (tmp_path / "m.sdl").write_bytes("Straße=Name".encode("latin-1"))
    assert read_sdl(tmp_path / "m.sdl") == {"Name": "Straße"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"whatsapp_window": timedelta(0)}, "whatsapp_window must be a positive length of time"),
        ({"stale_new_after": timedelta(hours=-1)}, "stale_new_after must be a positive"),
        ({"messenger_window": 7}, r"messenger_window must be a datetime\.timedelta"),
        ({"ended_statuses": ["Done"]}, "'Done' is no session status"),
        ({"ended_statuses": "Ended"}, "must be a list of statuses"),
        ({"sessions_complete": "yes"}, "sessions_complete must be True or False"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.Policy(**options)


def test_a_policy_reaches_the_core_whole() -> None:
    assert sw.Policy().to_core() == {
        "whatsapp_window": 86_400_000,
        "messenger_window": 604_800_000,
        "stale_new_after": 172_800_000,
        "stale_inactive_after": 108_000_000,
        "user_available_after": 600_000,
        "window_closing_within": 7_200_000,
        "clock_tolerance": 300_000,
        "ended_statuses": ["Ended", "Error"],
        "sessions_complete": False,
        "day_first": False,
        "capacity_model": None,
    }


def test_the_policy_is_obeyed() -> None:
    row = user_rows(1)[0] | {"MessageType": "WhatsApp", "LastInboundMessageTime": "2026-11-22T10:00:00Z"}
    options: dict[str, Any] = {"as_of": AS_OF, "select": "W101"}
    assert sw.check(users=[row], **options).findings.height == 0
    assert sw.check(users=[row], policy=sw.Policy(whatsapp_window=timedelta(hours=1)), **options).findings.height == 1
    exact = sw.Policy(whatsapp_window=timedelta(hours=2))
    assert sw.check(users=[row], policy=exact, **options).findings.height == 0


def test_selectors_are_codes_names_and_prefixes() -> None:
    users = damaged_users()
    for select in ("U101", ["phone-not-e164"], ("U10",)):
        report = sw.check(users=users, as_of=AS_OF, select=select)
        assert "U101" in report.counts["code"].to_list()
        assert "U205" not in report.counts["code"].to_list()
    report = sw.check(users=users, as_of=AS_OF, select=["U101", "U205"], ignore="U101")
    assert report.counts["code"].to_list() == ["U205"]


def test_the_rulebook_is_a_frame_and_rules_are_explained() -> None:
    rules = sw.rules()
    assert rules.columns == ["code", "name", "severity", "table", "enabled", "summary"]
    assert rules["code"].is_unique().all()
    text = sw.explain("duplicate-address")
    assert text == sw.explain("u206")
    assert text.startswith("U206 duplicate-address (error, users)\n")
    shared = sw.explain("phone-not-e164")  # a name of two rules
    assert shared == f"{sw.explain('U101')}\n{sw.explain('P103')}"
    with pytest.raises(sw.ConfigError, match=r"no rule 'U1O1'.*U101"):
        sw.explain("U1O1")


def test_public_names_are_all_there() -> None:
    for name in sw.__all__:
        assert getattr(sw, name) is not None
    assert set(sw.__all__) <= set(dir(sw))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        sw.nonsense  # noqa: B018


def test_generated_data_are_the_same_for_the_same_seed() -> None:
    one, two, other = sw.generate(200, 300, seed=3), sw.generate(200, 300, seed=3), sw.generate(200, 300, seed=4)
    assert one.users.equals(two.users)
    assert one.sessions.equals(two.sessions)
    assert not one.users.equals(other.users)
    assert (one.users.height, one.sessions.height) == (200, 300)
    report = sw.check(users=one.users, sessions=one.sessions, channels=one.channels, as_of=one.as_of)
    found = report.findings.select(pl.col("table").cast(pl.String), "row", "code")
    truth = one.truth.select(pl.col("table").cast(pl.String), pl.col("row").cast(pl.UInt64), "code")
    assert truth.height > 0
    assert truth.join(found, on=["table", "row", "code"], how="anti").height == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"users": 0}, "at least one user"),
        ({"sessions": 0}, "at least one session"),
        ({"defect_rate": 2}, "between 0 and 1"),
    ],
)
def test_impossible_generation_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.generate(**options)
