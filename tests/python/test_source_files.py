"""Files as sources: no record of them is lost, repeated or read from what has changed."""

from __future__ import annotations

import gzip
import json
import os
from threading import Thread
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.sources import open_source
from sendworthy.sources.files import CSV, FileSource

from tables import user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sendworthy.sources.base import Source

ROWS = user_rows(9)
WRITERS = {
    "csv": write_csv,
    "tsv": lambda path, rows: write_csv(path, rows, delimiter="\t"),
    "csv.gz": lambda path, rows: path.write_bytes(gzip.compress(write_csv(path, rows).read_bytes())),
    "parquet": lambda path, rows: pl.DataFrame(rows).write_parquet(path),
    "pq": lambda path, rows: pl.DataFrame(rows).write_parquet(path),
    "ndjson": lambda path, rows: path.write_text("\n".join(map(json.dumps, rows))),
    "jsonl": lambda path, rows: path.write_text("\n".join(map(json.dumps, rows))),
    "arrow": lambda path, rows: pl.DataFrame(rows).write_ipc(path),
    "feather": lambda path, rows: pl.DataFrame(rows).write_ipc(path),
}
KINDS = {"tsv": "csv", "csv.gz": "csv", "pq": "parquet", "jsonl": "ndjson", "arrow": "ipc", "feather": "ipc"}


def _files(folder: Path, suffix: str, cuts: tuple[int, ...] = (3, 5)) -> list[Path]:
    """The rows in several files."""
    ends = [0, *cuts, len(ROWS)]
    paths = [folder / f"{at}.{suffix}" for at in range(len(ends) - 1)]
    for path, start, end in zip(paths, ends, ends[1:], strict=False):
        WRITERS[suffix](path, ROWS[start:end])
    return paths


def _ids(source: Source, **options: Any) -> list[str]:
    return [row for frame in source.batches(["Id"], **options) for row in frame["Id"]]


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_are_read_one_after_the_other_as_far_as_asked(suffix: str, tmp_path: Path) -> None:
    paths = _files(tmp_path, suffix)
    source = open_source("users", paths)
    assert (source.kind, source.separator) == (KINDS.get(suffix, suffix), "\t" if suffix == "tsv" else ",")
    assert source.label == ", ".join(map(str, paths))
    assert (list(source.paths), source.files) == (paths, list(map(str, paths)))
    ids = [row["Id"] for row in ROWS]
    for limit in range(len(ROWS) + 2):
        assert _ids(source, limit=limit) == ids[:limit]
    assert _ids(source) == ids
    assert source.expected_rows() == len(ROWS)


def test_a_suffix_may_be_written_in_capitals_and_an_unknown_one_lists_those_known(tmp_path: Path) -> None:
    source = open_source("users", write_csv(tmp_path / "U.CSV", ROWS))
    assert (source.kind, len(_ids(source))) == ("csv", 9)
    (tmp_path / "u.txt").write_text("Id\n1\n")
    with pytest.raises(sw.InputError, match=r"u\.txt: the name does not end in a known format; known are \.csv \.csv"):
        open_source("users", tmp_path / "u.txt")
    with pytest.raises(FileNotFoundError):
        open_source("users", tmp_path / "absent.txt")
    (tmp_path / "folder").mkdir()
    with pytest.raises(sw.InputError, match=r"folder: is a directory; give its files, for example .*/folder/\*\.csv"):
        open_source("users", tmp_path / "folder")


def test_a_limit_that_the_first_file_reaches_leaves_the_next_one_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    source = open_source("users", _files(tmp_path, "ndjson"))
    streamed = FileSource._streamed  # noqa: SLF001

    def noted(self: FileSource, part: Any, columns: list[str], limit: int | None) -> Iterator[pl.DataFrame]:
        read.append((part.name, limit))
        return streamed(self, part, columns, limit)

    monkeypatch.setattr(FileSource, "_streamed", noted)
    assert len(_ids(source, limit=3)) == 3
    assert read == [(str(tmp_path / "0.ndjson"), 3)]
    assert len(_ids(source, limit=4)) == 4
    assert read[1:] == [(str(tmp_path / "0.ndjson"), 4), (str(tmp_path / "1.ndjson"), 1)]


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_more_is_read_than_a_limit_needs(suffix: str, tmp_path: Path) -> None:
    source = open_source("users", _files(tmp_path, suffix))
    whole = source.kind == "csv"  # the core gives the records that it has found
    for limit, files in ((2, 3), (4, 5)):
        read = sum(records.height for records in source.records(["Id"], limit=limit))
        assert read == (files if whole else limit)
    assert sum(records.height for records in source.records(["Id"])) == 9


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_copied_before_it_is_read(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "u.csv", ROWS).read_bytes()
    os.mkfifo(tmp_path / "pipe")  # no suffix: it is CSV
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writer.start()
    source = open_source("users", tmp_path / "pipe")
    writer.join()
    assert (source.kind, source.label, source.files) == ("csv", str(tmp_path / "pipe"), [])
    assert _ids(source) == _ids(source) == [row["Id"] for row in ROWS]


@pytest.mark.parametrize("change", ["size", "time"])
@pytest.mark.parametrize("at", [0, 2])
def test_a_change_of_any_of_the_files_is_noticed(change: str, at: int, tmp_path: Path) -> None:
    paths = _files(tmp_path, "csv")
    source = open_source("users", paths)
    source.check_unchanged()
    seen = paths[at].stat()
    if change == "size":
        paths[at].write_bytes(paths[at].read_bytes() + b"\n")
        os.utime(paths[at], ns=(seen.st_atime_ns, seen.st_mtime_ns))
    else:
        os.utime(paths[at], ns=(seen.st_atime_ns, seen.st_mtime_ns + 1_000))
    for ask in (source.check_unchanged, lambda: _ids(source)):
        with pytest.raises(sw.InputError, match=rf"{at}\.csv: changed since it was checked; run the check again"):
            ask()


def test_a_file_that_changes_while_it_is_read_is_noticed_at_the_end(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", ROWS)
    batches = open_source("users", path).batches(["Id"], chunk_size=2)
    assert next(batches).height == 2
    os.utime(path, ns=(0, 0))
    with pytest.raises(sw.InputError, match="changed since"):
        list(batches)


def test_records_expected_are_those_of_all_files_or_unknown(tmp_path: Path) -> None:
    paths = _files(tmp_path, "parquet")
    assert open_source("users", paths).expected_rows() == 9
    lines = open_source("users", _files(tmp_path, "csv")).expected_rows()
    assert lines is not None
    assert 9 <= lines <= 13  # headers are lines, too
    packed = _files(tmp_path, "csv.gz")
    assert open_source("users", packed).expected_rows() is None
    write_csv(packed[0], ROWS[:3])  # whatever it is called, it is plain
    assert open_source("users", packed).expected_rows() is None


def test_why_nobody_looks_at_bytes(tmp_path: Path) -> None:
    assert open_source("users", _files(tmp_path, "csv")).bytes_unseen() is None
    assert open_source("users", _files(tmp_path, "csv.gz")).bytes_unseen() is None
    assert open_source("users", _files(tmp_path, "parquet")).bytes_unseen() == "the data was not read from CSV files"


def test_a_file_without_a_name_of_the_users_is_called_by_another(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", ROWS)
    source = FileSource([path], CSV, "label", name="standard input")
    assert (source.label, source.files, source.paths) == ("label", [], [path])
    path.unlink()
    write_csv(path, ROWS[:2])
    with pytest.raises(sw.InputError, match=r"^standard input: changed since"):
        source.check_unchanged()


def test_headers_that_repeat_are_told_apart_and_keep_their_spelling(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("Id,Id,Id_duplicated_0,Name,Id\na,b,c,d,e\n")
    source = open_source("users", tmp_path / "u.csv")
    assert source.schema.columns == ["Id", "Id_duplicated_0", "Id_duplicated_0_duplicated_0", "Name", "Id_duplicated_1"]
    assert source.headers == ["Id", "Id", "Id_duplicated_0", "Name", "Id"]
    (frame,) = source.batches(source.schema.columns)
    assert frame.row(0) == ("a", "b", "c", "d", "e")
    assert source.duplicated(["Id", "Name"]) == ["Id"]
    (tmp_path / "u.csv").write_text("Id,Id_duplicated_0\na,b\n")
    source = open_source("users", tmp_path / "u.csv")
    assert source.schema.columns == source.headers == ["Id", "Id_duplicated_0"]
    assert source.duplicated(["Id", "Id_duplicated_0"]) == []


def test_columns_that_differ_between_files_are_named(tmp_path: Path) -> None:
    first, *others = (tmp_path / f"{name}.csv" for name in ("first", "less", "more", "turned"))
    for path, header in zip((first, *others), ("Id,Name", "Id", "Id,Name,City", "Name,Id"), strict=True):
        path.write_text(f"{header}\n{','.join(name.lower() for name in header.split(','))}\n")
    for other, told in zip(others, ("lacks the column 'Name'", "has the column 'City' too many"), strict=False):
        with pytest.raises(sw.InputError) as caught:
            open_source("users", [first, other])
        assert str(caught.value) == (
            f"{other}: {told}, compared with {first}; files of one table must have the same columns"
        )
    source = open_source("users", [first, others[2]])
    assert pl.concat(source.batches(["Id", "Name"])).rows() == [("id", "name")] * 2


def test_types_that_differ_between_files_are_named(tmp_path: Path) -> None:
    pl.DataFrame({"Id": ["a"], "n": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"Id": ["a"], "n": ["1"]}).write_parquet(tmp_path / "2.parquet")
    with pytest.raises(sw.InputError, match=r"2\.parquet: column 'n' is String here and Int64 in .*1\.parquet; files"):
        open_source("users", [tmp_path / "1.parquet", tmp_path / "2.parquet"])


def test_keys_that_some_json_files_lack_are_null_there(tmp_path: Path) -> None:
    (tmp_path / "1.ndjson").write_text('{"Id": "a", "Owner": {"attributes": {"x": 1}, "Name": "n"}}\n')
    (tmp_path / "2.ndjson").write_text('{"Id": 5, "City": "c"}\n{"attributes": {"type": "t"}}\n')
    source = open_source("users", [tmp_path / "1.ndjson", tmp_path / "2.ndjson"])
    assert source.schema.columns == ["Id", "Owner.Name", "City"]
    frame = pl.concat(source.batches(source.schema.columns))
    assert frame.rows() == [("a", "n", None), ("5", None, "c"), (None, None, None)]


def test_files_that_match_are_sorted_also_in_folders_below(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    paths = [write_csv(path, ROWS[:1]) for path in (tmp_path / "b.csv", tmp_path / "a.csv", tmp_path / "below/c.csv")]
    assert list(open_source("users", tmp_path / "*.csv").paths) == sorted(paths[:2])
    assert list(open_source("users", tmp_path / "**" / "*.csv").paths) == sorted(paths)
    named = write_csv(tmp_path / "a[b].csv", ROWS[:1])
    assert list(open_source("users", named).paths) == [named]


def test_one_source_of_formats_that_differ_is_refused(tmp_path: Path) -> None:
    paths = [*_files(tmp_path, "csv")[:1], *_files(tmp_path, "tsv")[:1]]
    with pytest.raises(sw.InputError) as caught:
        open_source("existing_users", paths)
    assert str(caught.value) == (
        f"existing_users: files of different formats cannot be one table: {paths[0]} and {paths[1]}"
    )
    assert len(_ids(open_source("users", [paths[0], *_files(tmp_path, "csv.gz")[1:]]))) == 9


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_without_a_byte_or_that_is_not_there_is_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"u.{suffix}"
    with pytest.raises(FileNotFoundError):
        open_source("users", path)
    path.touch()
    with pytest.raises(sw.InputError, match=rf"u\.{suffix}: is empty: it has no header and no records$"):
        open_source("users", path)
    path.write_bytes(b"\n")
    with pytest.raises(sw.InputError) as caught:
        open_source("users", path)
    assert "is empty" not in str(caught.value)
