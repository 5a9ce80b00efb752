"""Rules about headers: on every kind of source, under the names that columns are mapped to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw

from tables import AS_OF, channel_rows, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path


def found(report: sw.Report) -> list[tuple[str, str, str | None]]:
    """Table, code and column of each finding, which are about no record."""
    assert report.findings["row"].null_count() == report.findings.height
    return [tuple(row) for row in report.findings.select("table", "code", "column").rows()]


def frame(**columns: str) -> pl.DataFrame:
    """Two users with more columns."""
    return pl.DataFrame(user_rows(2)).with_columns(**{name: pl.lit(value) for name, value in columns.items()})


def test_unknown_columns_are_all_listed_and_weigh_more_before_a_load() -> None:
    users = frame(PhoneNumber="x", Score__c="1", Colour="red")
    channels = pl.DataFrame(channel_rows()).with_columns(Paint=pl.lit("x"), Surface=pl.lit("web"))
    options: dict[str, Any] = {"users": users, "channels": channels, "as_of": AS_OF, "select": "H101"}
    for operation, severity in (("audit", "warning"), ("insert", "error")):
        report = sw.check(**options, operation=operation)
        assert found(report) == [
            ("channels", "H101", "Paint"), ("users", "H101", "PhoneNumber"), ("users", "H101", "Colour"),
        ]  # fmt: skip
        assert set(report.findings["severity"]) == set(report.counts["severity"]) == {severity}
        assert report.ok is (severity == "warning")
        assert report.users is not None
        assert report.users.rejected.is_empty()
    assert sw.check(**options, operation="insert", severity={"H101": "info"}).ok


@pytest.mark.parametrize(
    ("operation", "columns"),
    [
        ("insert", ["Id", "CreatedDate"]),
        ("update", ["MessagingPlatformKey", "MessagingChannelId", "MessageType", "CreatedDate"]),
        ("upsert", ["CreatedDate"]),
    ],
)
def test_what_may_be_written_depends_on_the_operation(operation: str, columns: list[str]) -> None:
    report = sw.check(users=frame(CreatedDate="2026-01-01T00:00:00Z"), as_of=AS_OF, select="H", operation=operation)
    assert found(report) == [("users", "H102", column) for column in columns]


def test_rules_about_loads_are_skipped_without_one() -> None:
    report = sw.check(users=frame(), as_of=AS_OF, select=["H"])
    assert report.counts["code"].to_list() == ["H101", "H105"]
    assert set(report.skipped.filter(table="users")["code"]) == {"H102", "H103", "H104", "H107"}
    assert set(report.skipped["reason"]) == {"they run only with operation insert, update or upsert"}


def test_required_columns_sessions_and_relationships() -> None:
    sessions = pl.DataFrame(session_rows(2)).drop("Id", "MessagingChannelId").rename({"MessagingEndUserId": "X"})
    sessions = sessions.with_columns(pl.lit("x").alias("MessagingEndUser.Name"), pl.lit("y").alias("Owner.Username"))
    users = frame().drop("Id", "Name").rename({"MessagingChannelId": "MessagingChannel.DeveloperName"})
    report = sw.check(users=users, sessions=sessions, as_of=AS_OF, select="H", operation="insert")
    assert found(report) == [
        ("users", "H103", "Name"),
        ("users", "H107", "MessagingChannel.DeveloperName"),
        ("sessions", "H101", "X"),
        ("sessions", "H103", "MessagingChannelId"),
        ("sessions", "H104", "Owner.Username"),
        ("sessions", "H106", None),
        ("sessions", "H107", "MessagingEndUser.Name"),
    ]
    counts = {(table, code): (rows, checked) for code, _, _, table, rows, checked in report.counts.rows()}
    assert counts["users", "H103"] == (1, 4)
    assert counts["sessions", "H103"] == (1, 3)


def test_headers_that_are_alike_or_empty_are_told(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    text = write_csv(path, user_rows(2)).read_text().splitlines()
    path.write_text(
        "\n".join([text[0] + ",Extra__c,extra__C,,Extra__c", *(f"{line},1,2,3,4" for line in text[1:]), ""])
    )
    report = sw.check(users=path, as_of=AS_OF, select=["H", "F"])
    assert found(report) == [("users", "H105", "extra__C"), ("users", "H105", ""), ("users", "H105", "Extra__c")]
    assert report.counts.filter(code="H105").select("rows", "checked").rows() == [(3, 9)]


def test_mapped_columns_count_as_their_fields(tmp_path: Path) -> None:
    users = frame(Colour="red").rename({"MessagingPlatformKey": "phone"})
    report = sw.check(
        users=users, as_of=AS_OF, select="H", operation="insert",
        columns={"users": {"MessagingPlatformKey": "phone", "Colour__c": "Colour"}},
    )  # fmt: skip
    assert found(report) == [("users", "H102", "Id")]
    sdl = tmp_path / "m.sdl"
    names = ["phone=MessagingPlatformKey", "MessagingChannelId=MessagingChannelId", "MessageType=MessageType"]
    sdl.write_text("\n".join([*names, "Colour=Paint", '"Somebody"=Name']))
    report = sw.check(users=users, as_of=AS_OF, select="H", operation="insert", columns={"users": sdl})
    assert found(report) == [("users", "H101", "Colour")]  # Id is not mapped, so not loaded; Name is a constant
    assert "mapped to 'Paint'" in report.findings["message"].item()


def test_a_mapping_to_no_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(sw.ColumnError, match=r"'MessagingPlatfromKey', which is no field of MessagingEndUser; .*Key"):
        sw.check(users=frame(phone="x"), columns={"users": {"MessagingPlatfromKey": "phone"}})


def test_columns_of_result_files_and_of_simple_salesforce_are_no_unknown_ones() -> None:
    users = frame(sf__Id="", sf__Error="x", ERROR="y", STATUS="z", sf__Created="true")
    assert sw.check(users=users, as_of=AS_OF, select="H").findings.is_empty()
    records = [{"attributes": {"type": "MessagingEndUser"}, **row} for row in user_rows(2)]
    assert sw.check(users=records, as_of=AS_OF, select="H").findings.is_empty()


def test_generated_data_has_only_columns_that_a_load_must_drop() -> None:
    data = sw.generate(users=50, sessions=50, seed=1, defect_rate=0.0, as_of=AS_OF)
    tables = {"users": data.users, "sessions": data.sessions, "channels": data.channels}
    assert sw.check(**tables, as_of=AS_OF, select=["F", "H"]).findings.is_empty()
    report = sw.check(**tables, as_of=AS_OF, select=["F", "H"], operation="insert")
    assert set(report.findings["code"]) == {"H102", "H106"}
