"""A report is exact, complete, ordered and the same every time; its texts fit and hide nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.outputs import FORMATS, Options, renderer

from tables import AS_OF, channel_rows, damaged_users, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {
    "table": pl.Enum(["channels", "users", "sessions", "sends", "existing_users"]),
    "row": pl.UInt64,
    "record_id": pl.String,
    "code": pl.String,
    "name": pl.String,
    "severity": pl.Enum(["error", "warning", "info"]),
    "column": pl.String,
    "value": pl.String,
    "related_row": pl.UInt64,
    "related_id": pl.String,
    "message": pl.String,
    "fix": pl.String,
    "fix_safety": pl.Enum(["safe", "unsafe"]),
}


def everything(count: int = 40) -> sw.Report:
    """A report on all tables, with findings in users and sessions."""
    sessions = session_rows(count)
    sessions[5]["MessagingEndUserId"] = sf_id("0PA", 999_999)
    return sw.check(
        users=pl.DataFrame(damaged_users(count)),
        sessions=pl.DataFrame(sessions),
        channels=pl.DataFrame(channel_rows()),
        as_of=AS_OF,
        select=["U101", "U205", "S301", "S102"],
    )


@pytest.fixture
def report() -> sw.Report:
    return everything()


def test_findings_have_the_promised_types(report: sw.Report) -> None:
    assert dict(report.findings.schema) == SCHEMA


def test_findings_without_any_have_the_promised_types() -> None:
    assert dict(sw.check(users=user_rows(2), select="U101").findings.schema) == SCHEMA


def test_findings_are_complete_and_ordered(report: sw.Report) -> None:
    found = report.findings.select("table", "row", "code", "related_row", "related_id").rows()
    assert found == [
        ("users", 3, "U101", None, None),
        ("users", 7, "U205", 2, sf_id("0PA", 3)),
        ("sessions", 5, "S301", None, None),
        ("sessions", 7, "S301", None, None),  # its user's Id is given twice under another number
    ]
    assert report.findings is report.findings


def test_counts_are_the_findings_grouped(report: sw.Report) -> None:
    counts = report.counts
    assert dict(counts.schema) == {key: SCHEMA[key] for key in ("code", "name", "severity", "table")} | {
        "rows": pl.UInt64, "checked": pl.UInt64,
    }  # fmt: skip
    grouped = report.findings.group_by("code", "table").len()
    for code, table, rows in counts.select("code", "table", "rows").rows():
        assert rows == grouped.filter((pl.col("code") == code) & (pl.col("table") == table))["len"].sum()
    assert counts.filter(pl.col("code") == "U101")["checked"].item() == 40


def test_skipped_rules_have_a_reason(report: sw.Report) -> None:
    skipped = report.skipped
    assert skipped["code"].to_list() == ["S102"]
    assert "OwnerId" in skipped["reason"].item()
    assert "S102" not in report.counts["code"].to_list()


def test_findings_are_the_same_whatever_the_batches_and_threads(tmp_path: Path) -> None:
    rows = damaged_users(30_000)
    for at in range(0, 30_000, 7):
        rows[at]["MessagingPlatformKey"] = f"{at}"
    for at in range(11, 30_000, 101):
        rows[at]["Id"] = rows[at - 9]["Id"]
    frame = pl.DataFrame(rows)
    path = write_csv(tmp_path / "u.csv", rows)
    frame.write_parquet(tmp_path / "u.parquet", row_group_size=777)
    sources: list[Any] = [
        frame,
        path,
        tmp_path / "u.parquet",
        frame.lazy(),
        pl.concat([frame[:5_001], frame[5_001:]], rechunk=False),
    ]
    texts = [
        sw.check(users=source, as_of=AS_OF, select=["U101", "U205"], threads=threads).to_jsonl()
        for source in sources
        for threads in (1, 2, 5)
    ]
    assert len(set(texts)) == 1
    assert texts[0].count("\n") > 4_000


_RETAINED = """
import resource, sys
import sendworthy as sw
report = sw.check(users=sys.argv[1], select="U101")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert report.users.rejected["MessagingPlatformKey"].to_list() == ["1"] * 40, report.users.rejected
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sizes of processes are told in kilobytes on Linux")
def test_a_few_rejected_records_hold_no_memory_of_all(tmp_path: Path) -> None:
    row = {**user_rows(1)[0], "Name": "n" * 2_000, "Other": None}
    good = write_csv(tmp_path / "u.csv", [row]).read_bytes().split(b"\n", 1)
    bad = good[1].replace(b"+14155550000", b"1")
    with (tmp_path / "u.csv").open("wb") as file:
        file.write(good[0] + b"\n")
        for _ in range(40):
            file.write(good[1] * 1_999 + bad)
    assert (tmp_path / "u.csv").stat().st_size > 150_000_000
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _RETAINED, str(tmp_path / "u.csv")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 60


def test_ready_and_rejected_are_the_input(report: sw.Report) -> None:
    frame = pl.DataFrame(damaged_users(40))
    users = report.users
    assert users is not None
    assert users.mask.dtype == pl.Boolean
    assert users.mask.arg_true().len() == users.ready.height == 38
    assert users.ready.equals(frame.filter(users.mask))
    assert users.rejected.equals(frame.filter(~users.mask))
    assert repr(users) == "<users: 38 ready, 2 rejected>"


def test_a_table_that_was_not_given_has_no_split() -> None:
    report = sw.check(users=user_rows(2), select="U101")
    assert report.sessions is None


def test_warnings_stay_ready() -> None:
    report = sw.check(users=damaged_users(), as_of=AS_OF, select=["U101", "U205"], severity={"U": "warning"})
    assert report.ok
    assert report.users is not None
    assert report.users.ready.height == 20
    assert report.findings["severity"].unique().to_list() == ["warning"]


def test_samples_are_the_first_findings_of_a_rule() -> None:
    rows = user_rows(50)
    for at in (4, 9, 30, 31, 49):
        rows[at]["MessagingPlatformKey"] = "1"
    report = sw.check(users=rows, as_of=AS_OF, select=["U101", "U205"])
    assert report.samples("U101")["row"].to_list() == [4, 9, 30]
    assert report.samples("phone-not-e164", 99)["row"].to_list() == [4, 9, 30, 31, 49]
    assert report.samples("U205").height == 0
    assert report.samples("U101").equals(report.findings.head(3))
    with pytest.raises(sw.ConfigError, match="no rule 'U999'"):
        report.samples("U999")


def test_reading_for_samples_stops_at_the_last_one(tmp_path: Path) -> None:
    rows = user_rows(20_000)
    rows[5]["MessagingPlatformKey"] = "1"
    report = sw.check(users=write_csv(tmp_path / "u.csv", rows), as_of=AS_OF, select="U101")
    source = report.describer.tables["users"].source
    read: list[int | None] = []
    original = source._records  # noqa: SLF001

    def spy(columns: list[str], limit: int | None, scans: list[Any] | None) -> Any:
        read.append(limit)
        return original(columns, limit, scans)

    source._records = spy  # type: ignore[method-assign]  # noqa: SLF001
    assert report.samples("U101").height == 1
    assert read == [6]


def test_raise_for_findings_carries_the_report(report: sw.Report) -> None:
    with pytest.raises(sw.FindingsError, match="Not ready: 3 blocking rules") as caught:
        report.raise_for_findings()
    assert caught.value.report is report
    good = sw.check(users=user_rows(2), as_of=AS_OF, select="U101")
    good.raise_for_findings("info")
    with pytest.raises(sw.ConfigError, match="level must be one of"):
        good.raise_for_findings("fatal")


def test_raise_for_findings_looks_at_the_level() -> None:
    report = sw.check(users=damaged_users(), as_of=AS_OF, select="U101", severity={"U101": "warning"})
    report.raise_for_findings("error")
    with pytest.raises(sw.FindingsError, match="1 finding of severity warning or above"):
        report.raise_for_findings("warning")


def test_the_report_knows_how_it_was_made(report: sw.Report) -> None:
    assert report.as_of == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert report.version == sw.__version__
    assert report.policy == sw.Policy()
    assert 0 < report.duration < 60
    assert report.inputs == [
        {"table": "channels", "source": "polars DataFrame", "rows": 1},
        {"table": "users", "source": "polars DataFrame", "rows": 40},
        {"table": "sessions", "source": "polars DataFrame", "rows": 40},
    ]
    assert repr(report).startswith("<sendworthy.Report: Not ready: 3 blocking rules")


def test_json_has_everything(report: sw.Report) -> None:
    data = json.loads(report.to_json())
    assert list(data) == [
        "version",
        "ruleset",
        "as_of",
        "inputs",
        "ok",
        "counts",
        "skipped",
        "pardoned",
        "findings",
        "truncated",
    ]
    assert data["as_of"] == AS_OF
    assert (data["ok"], data["truncated"]) == (False, False)
    assert data["counts"] == report.counts.to_dicts()
    assert data["skipped"] == report.skipped.to_dicts()
    assert data["findings"] == report.findings.to_dicts()


@pytest.mark.parametrize(("cap", "listed", "truncated"), [(0, 0, True), (2, 2, True), (4, 4, False), (9, 4, False)])
def test_json_findings_can_be_capped_and_counts_stay_exact(
    cap: int, listed: int, truncated: bool, report: sw.Report
) -> None:
    data = json.loads(report.to_json(max_findings=cap))
    assert (len(data["findings"]), data["truncated"]) == (listed, truncated)
    assert data["counts"] == report.counts.to_dicts()


def test_jsonl_is_the_findings_and_the_same_bytes_every_time(report: sw.Report) -> None:
    text = report.to_jsonl()
    assert [json.loads(line) for line in text.splitlines()] == report.findings.to_dicts()
    assert list(json.loads(text.splitlines()[0])) == list(SCHEMA)
    assert everything().to_jsonl() == text
    assert everything().to_json() == report.to_json()


def test_the_verdict_counts_records() -> None:
    rows = damaged_users(1_000)
    report = sw.check(users=rows, as_of=AS_OF, select=["U101", "U205"])
    assert report.to_text().splitlines()[0] == "Not ready: 2 blocking rules, 2 of 1,000 users would be rejected."
    report = sw.check(
        users=rows, sessions=session_rows(3), as_of=AS_OF, select=["U101", "U205", "S301"], ignore=["U101", "U205"]
    )
    assert report.to_text().splitlines()[0] == "Ready: no errors in 1,000 users and 3 sessions; 0 warnings."


def test_text_fits_a_screen_and_full_text_names_every_rule() -> None:
    report = sw.check(users=pl.DataFrame(damaged_users(500)), sessions=session_rows(3), as_of=AS_OF)
    text, full = report.to_text(), report.to_text(full=True)
    assert len(text.splitlines()) <= 45
    assert max(map(len, text.splitlines())) <= 100
    codes = set(report.counts["code"]) | set(report.skipped["code"])
    assert codes <= set(re.findall(r"[A-Z]\d{3}", full))
    assert {"U101", "U205"} <= set(re.findall(r"[A-Z]\d{3}", text))
    for reason in report.skipped["reason"]:
        assert reason in full
    assert "Skipped" in text


def test_text_fits_a_screen_when_many_rules_find_something() -> None:
    made = sw.generate(5_000, 8_000, seed=2, defect_rate=0.2)
    report = sw.check(users=made.users, sessions=made.sessions, channels=made.channels, as_of=made.as_of)
    lines = report.to_text().splitlines()
    found = report.counts.filter(pl.col("rows") > 0)
    assert found.height > 30
    assert len(lines) <= 45
    assert max(map(len, lines[1:])) <= 100  # the verdict is one sentence, however long
    shown = [line for line in lines if line.startswith(("error ", "warning ", "info "))]
    assert f"and {found.height - len(shown)} rules more (" in "\n".join(lines)
    full = report.to_text(full=True)
    assert all(f"{code} " in full for code in found["code"])


def test_values_in_text_are_cut_and_cannot_steer_a_terminal() -> None:
    rows = user_rows(3)
    rows[1]["MessagingPlatformKey"] = "\x1b[31m[bold]" + "9" * 500
    report = sw.check(users=rows, as_of=AS_OF, select="U101")
    for text in (report.to_text(), report.to_text(full=True)):
        assert "\x1b" not in text
        assert r"\x1b[31m[bold]999" in text
        assert "9" * 41 not in text


def test_every_format_can_be_rendered(report: sw.Report, tmp_path: Path) -> None:
    for name in FORMATS:
        path = tmp_path / name
        with path.open("wb") as file:
            renderer(name)(report, file, Options())
        assert path.stat().st_size > 100
    assert dict(pl.read_parquet(tmp_path / "parquet").schema) == SCHEMA
    assert pl.read_parquet(tmp_path / "parquet").equals(report.findings)
    text = dict.fromkeys(SCHEMA, pl.String)
    assert pl.read_csv(tmp_path / "csv", schema=text).to_dicts() == report.findings.cast(pl.String).to_dicts()


def test_a_report_has_no_truth_value_of_its_own(report: sw.Report) -> None:
    assert "__bool__" not in dir(type(report))
    assert "__len__" not in dir(type(report))
