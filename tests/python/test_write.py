"""Written files hold every record once, byte for byte, appear only when complete, and load again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
import sendworthy.write as writing_of_reports
from hypothesis import given, settings
from hypothesis import strategies as st
from sendworthy.writing import csv_records

from tables import AS_OF, Row, damaged_users, read_csv, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable

SELECT = ["U101", "U205", "S301"]


def check(users: Any, **options: Any) -> sw.Report:
    """Check with the rules that these tests rely on."""
    return sw.check(users=users, as_of=AS_OF, select=SELECT, **options)


def test_ready_and_rejected_together_are_the_input(tmp_path: Path) -> None:
    rows = damaged_users()
    rows[0]["Name"] = 'a "b", c\nd'
    rows[4]["Name"] = " x;\ty "
    written = check(write_csv(tmp_path / "u.csv", rows)).write(tmp_path / "out")
    assert [path.name for path in written] == ["users.ready.csv", "users.rejected.csv", "summary.json"]
    header, *ready = read_csv(tmp_path / "out/users.ready.csv")
    rejected_header, *rejected = read_csv(tmp_path / "out/users.rejected.csv")
    assert header == list(rows[0])
    assert rejected_header == ["sf__Id", "sf__Error", *rows[0]]
    values = [list(row.values()) for row in rows]
    assert ready == [row for at, row in enumerate(values) if at not in {3, 7}]
    assert [row[2:] for row in rejected] == [values[3], values[7]]
    assert [row[0] for row in rejected] == [rows[3]["Id"], rows[7]["Id"]]
    assert rejected[0][1].startswith("U101 phone-not-e164: ")
    assert rejected[1][1].startswith("U205 duplicate-id: ")


def test_a_ready_file_of_sound_records_is_the_input_byte_for_byte(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", user_rows(50))
    check(path).write(tmp_path / "out")
    assert (tmp_path / "out/users.ready.csv").read_bytes() == path.read_bytes()
    assert len(read_csv(tmp_path / "out/users.rejected.csv")) == 1


def test_marks_and_line_ends_are_those_that_bulk_api_takes(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", user_rows(5))
    plain = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    check(path).write(tmp_path / "out")
    assert (tmp_path / "out/users.ready.csv").read_bytes() == plain


@pytest.mark.parametrize("name", ["a\rb", "\r", "a\r", "\rb"])
def test_a_lone_carriage_return_is_quoted(name: str, tmp_path: Path) -> None:
    rows = user_rows(3)
    rows[1]["Name"] = name
    check(rows).write(tmp_path / "out")
    data = (tmp_path / "out/users.ready.csv").read_bytes()
    assert f'"{name}"'.encode() in data
    assert read_csv(tmp_path / "out/users.ready.csv")[2][-1] == name


def test_several_errors_are_joined(tmp_path: Path) -> None:
    rows = damaged_users()
    rows[7]["MessagingPlatformKey"] = "12"
    check(rows).write(tmp_path / "out")
    error = read_csv(tmp_path / "out/users.rejected.csv")[2][1]
    first, second = error.split("; U205 ")
    assert first.startswith("U101 phone-not-e164: ")
    assert second.startswith("duplicate-id: ")


def test_warnings_are_no_errors(tmp_path: Path) -> None:
    rows = damaged_users()
    rows[7]["MessagingPlatformKey"] = "12"
    check(rows, severity={"U101": "warning"}).write(tmp_path / "out")
    _, only = read_csv(tmp_path / "out/users.rejected.csv")
    assert "U101" not in only[1]


def test_data_loader_style_has_the_error_last(tmp_path: Path) -> None:
    rows = damaged_users()
    check(rows).write(tmp_path / "out", style="dataloader")
    header, first, _ = read_csv(tmp_path / "out/users.rejected.csv")
    assert header == [*rows[0], "ERROR"]
    assert first[:-1] == list(rows[3].values())
    assert first[-1].startswith("U101 ")
    with pytest.raises(sw.ConfigError, match="style must be one of bulk, dataloader"):
        check(rows).write(tmp_path / "other", style="excel")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("style", ["bulk", "dataloader"])
def test_a_rejected_file_can_be_checked_again(style: str, tmp_path: Path) -> None:
    check(damaged_users()).write(tmp_path / "1", style=style)
    again = check(tmp_path / "1/users.rejected.csv")
    again.write(tmp_path / "2", style=style)
    first, second = read_csv(tmp_path / "1/users.rejected.csv"), read_csv(tmp_path / "2/users.rejected.csv")
    assert second == [first[0], first[1]]  # the duplicate stands alone now, and is none


def test_without_an_id_column_the_id_stays_empty(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "Id"} for row in damaged_users()]
    check(rows).write(tmp_path / "out")
    assert read_csv(tmp_path / "out/users.rejected.csv")[1][0] == ""


def test_users_and_sessions_are_both_written(tmp_path: Path) -> None:
    sessions = session_rows(4)
    sessions[2]["MessagingEndUserId"] = sf_id("0PA", 999)
    written = check(user_rows(4), sessions=sessions).write(tmp_path / "out")
    assert [path.name for path in written] == [
        "users.ready.csv", "users.rejected.csv", "sessions.ready.csv", "sessions.rejected.csv", "summary.json",
    ]  # fmt: skip
    assert read_csv(tmp_path / "out/sessions.rejected.csv")[1][2:] == list(sessions[2].values())


def test_the_summary_describes_every_file(tmp_path: Path) -> None:
    report = check(damaged_users())
    report.write(tmp_path / "out")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["counts"] == report.counts.to_dicts()
    assert [(file["name"], file["rows"]) for file in summary["files"]] == [
        ("users.ready.csv", 18),
        ("users.rejected.csv", 2),
    ]
    for file in summary["files"]:
        data = (tmp_path / "out" / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_parquet_in_is_parquet_out(tmp_path: Path) -> None:
    frame = pl.DataFrame(damaged_users()).with_columns(
        pl.lit(1.5).alias("n"), pl.lit([1, 2]).alias("list"), pl.col("Name").cast(pl.Categorical)
    )
    frame.write_parquet(tmp_path / "u.parquet")
    report = check(tmp_path / "u.parquet")
    written = report.write(tmp_path / "out")
    assert [path.name for path in written] == ["users.ready.parquet", "users.rejected.parquet", "summary.json"]
    rows = pl.int_range(20, eager=True)
    assert pl.read_parquet(tmp_path / "out/users.ready.parquet").equals(frame.filter(~rows.is_in([3, 7])))
    rejected = pl.read_parquet(tmp_path / "out/users.rejected.parquet")
    assert rejected.columns == ["sf__Id", "sf__Error", *frame.columns]
    assert rejected.drop("sf__Id", "sf__Error").equals(frame.filter(rows.is_in([3, 7])))
    files = json.loads((tmp_path / "out/summary.json").read_text())["files"]
    assert [file["rows"] for file in files] == [18, 2]
    assert files[0]["sha256"] == hashlib.sha256((tmp_path / "out/users.ready.parquet").read_bytes()).hexdigest()


def test_typed_frames_are_written_in_the_forms_of_bulk_api(tmp_path: Path) -> None:
    frame = pl.DataFrame(user_rows(1)).with_columns(
        CreatedDate=pl.lit("2026-11-01T10:00:00.123+02:00").str.to_datetime(time_zone="Europe/Berlin"),
        Flag=pl.lit(value=True),
    )
    check(frame).write(tmp_path / "out")
    header, row = read_csv(tmp_path / "out/users.ready.csv")
    values = dict(zip(header, row, strict=True))
    assert (values["CreatedDate"], values["Flag"]) == ("2026-11-01T08:00:00.123Z", "true")


def test_a_column_that_csv_cannot_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    frame = pl.DataFrame(user_rows(1)).with_columns(extra=pl.lit([1, 2]))
    with pytest.raises(sw.InputError, match="column 'extra' is of type List"):
        check(frame).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_large_results_are_cut_into_parts_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_of_reports, "PART_BYTES", 1_000)
    rows = damaged_users(100)
    written = check(write_csv(tmp_path / "u.csv", rows)).write(tmp_path / "out")
    parts = sorted(path for path in written if ".ready-" in path.name)
    assert [path.name for path in parts] == [f"users.ready-{at:03}.csv" for at in range(1, len(parts) + 1)]
    assert len(parts) > 5
    assert all(path.stat().st_size <= 1_000 for path in parts)
    assert all(path.stat().st_size > 900 for path in parts[:-1])
    records = []
    for part in parts:
        header, *some = read_csv(part)
        assert header == list(rows[0])
        records += some
    assert records == [list(row.values()) for at, row in enumerate(rows) if at not in {3, 7}]
    files = json.loads((tmp_path / "out/summary.json").read_text())["files"]
    assert [file["name"] for file in files if file["part"] == "ready"] == [path.name for path in parts]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in parts] == [
        file["sha256"] for file in files if file["part"] == "ready"
    ]
    assert sum(file["rows"] for file in files) == 100


def test_a_record_larger_than_a_part_has_a_part_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_of_reports, "PART_BYTES", 300)
    rows = user_rows(3)
    rows[1]["Name"] = "x" * 1_000
    parts = [path for path in check(rows).write(tmp_path / "out") if ".ready-" in path.name]
    assert [len(read_csv(part)) - 1 for part in parts] == [1, 1, 1]


def test_writing_again_replaces_the_same_files(tmp_path: Path) -> None:
    check(damaged_users()).write(tmp_path / "out")
    check(user_rows(3)).write(tmp_path / "out")
    assert len(read_csv(tmp_path / "out/users.ready.csv")) == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "summary.json",
        "users.ready.csv",
        "users.rejected.csv",
    ]


@pytest.mark.parametrize("left", ["users.ready-002.csv", "users.ready.parquet", "sessions.rejected.csv"])
def test_files_of_another_run_are_not_mixed_in(left: str, tmp_path: Path) -> None:
    (tmp_path / left).write_text("old")
    with pytest.raises(FileExistsError, match=f"{left}: is of an earlier run"):
        check(user_rows(3)).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [left]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    check(user_rows(3)).write(tmp_path)
    assert (tmp_path / "users.csv").read_text() == (tmp_path / "notes.txt").read_text() == "mine"


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "users.ready.csv", damaged_users())
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="is an input of this check"):
        check(path).write(tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _breaking(error: BaseException) -> Callable[..., bytes]:
    calls = 0

    def csv_records(frame: pl.DataFrame, keep: pl.Series | None = None) -> bytes:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise error
        return (frame if keep is None else frame.filter(keep)).write_csv(include_header=False).encode()

    return csv_records


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_whatever_goes_wrong_nothing_half_remains(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "out"
    report = check(damaged_users())
    monkeypatch.setattr(writing_of_reports, "csv_records", _breaking(error))
    with pytest.raises(type(error)):
        report.write(out)
    assert list(tmp_path.iterdir()) == []
    out.mkdir(parents=True)
    (out / "users.ready.csv").write_text("old")
    monkeypatch.setattr(writing_of_reports, "csv_records", _breaking(error))
    with pytest.raises(type(error)):
        report.write(out)
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("users.ready.csv", "old")]


def test_a_move_that_fails_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    check(user_rows(3)).write(out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    report = check(damaged_users())
    replace = Path.replace

    def fail_late(self: Path, target: Path) -> Path:
        if Path(target) == out / "summary.json" and self.parent.name != "replaced":
            raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_late)
    with pytest.raises(OSError, match="Input/output error"):
        report.write(out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_source_that_changes_while_it_is_written_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"u.{suffix}"
    save = (
        (lambda rows: write_csv(path, rows))
        if suffix == "csv"
        else (lambda rows: pl.DataFrame(rows).write_parquet(path))
    )
    save(damaged_users())
    report = check(path)
    save(damaged_users(30))
    with pytest.raises(sw.InputError, match="changed since it was checked"):
        report.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lazy_frame_that_changes_is_not_written(tmp_path: Path) -> None:
    rows = damaged_users()
    report = check(pl.DataFrame(rows).lazy())
    report.describer.tables["users"].source.query = pl.DataFrame(user_rows(19)).lazy()  # type: ignore[attr-defined]
    with pytest.raises(sw.InputError):
        report.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_totals_that_do_not_add_up_are_not_written(tmp_path: Path) -> None:
    report = check(damaged_users())
    outcome = report.describer.outcome

    class Lying:
        def __getattr__(self, name: str) -> Any:
            return (lambda _: 3) if name == "rejected" else getattr(outcome, name)

    report.describer._outcome = Lying()  # type: ignore[assignment]  # noqa: SLF001
    with pytest.raises(sw.InputError, match="18 ready and 2 rejected records do not add up"):
        report.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(TEXT, min_size=1, max_size=12), bad=st.integers(0, 11))
def test_any_text_survives_the_way_through_a_csv(names: list[str], bad: int) -> None:
    rows: list[Row] = [row | {"Name": name} for row, name in zip(user_rows(len(names)), names, strict=True)]
    if bad < len(rows):
        rows[bad]["MessagingPlatformKey"] = "7"
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "u.csv", rows, quoting=1)
        report = check(path)
        report.write(Path(folder) / "out")
        ready = read_csv(Path(folder) / "out/users.ready.csv")[1:]
        rejected = [row[2:] for row in read_csv(Path(folder) / "out/users.rejected.csv")[1:]]
    values = [list(row.values()) for row in rows]
    assert rejected == ([values.pop(bad)] if bad < len(values) else [])
    assert ready == values


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.none() | st.text(st.sampled_from('ab ,"\n\r;\té-+'), max_size=20), min_size=3, max_size=3)
    ),
    kept=st.integers(),
)
def test_the_core_writes_text_as_polars_does(rows: list[list[str | None]], kept: int) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    keep = pl.Series("ready", [kept >> at & 1 == 1 for at in range(len(rows))], dtype=pl.Boolean)
    assert csv_records(frame) == frame.write_csv(include_header=False).encode()
    assert csv_records(frame, keep) == frame.filter(keep).write_csv(include_header=False).encode()
    parts = pl.concat([frame, frame], rechunk=False)
    assert csv_records(parts, pl.concat([keep, keep], rechunk=False)) == csv_records(frame, keep) * 2
    assert (
        csv_records(frame.with_columns(n=1), keep)
        == frame.with_columns(n=1).filter(keep).write_csv(include_header=False).encode()
    )
