"""Every ready file is one that Bulk API 2.0 takes, and holds the values that came in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import bulk_csv
import polars as pl
import pytest
import sendworthy as sw
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tables import AS_OF, session_rows, user_rows

HOSTILE = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.text(st.sampled_from('",\n\r\t ;=+-@|#N/A\u202e\u00e9\U0001f600\x00\x1f\ufeff'), max_size=30),
    st.sampled_from(["#N/A", '""', '"', " x ", "=cmd()", "\r\n", "\r", "x" * 10_000, "\u2028", "'", "\\", "NULL"]),
)
NAMES = ["Plan__c", "Note__c"]


def _written(rows: list[dict[str, Any]], kind: str, folder: Path, table: str = "users", **options: Any) -> list[Path]:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    source: Any = frame
    if kind == "lazy":
        source = frame.lazy()
    elif kind == "arrow":
        source = frame.to_arrow()
    elif kind == "dicts":
        source = rows
    elif kind == "csv":
        source = folder / "in.csv"
        frame.write_csv(source, quote_style="always")
    report = sw.check(**{table: source}, as_of=AS_OF, select=["U1", "S1"])
    report.write(folder / "out", **options)
    return sorted((folder / "out").glob(f"{table}.ready*.csv"))


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(st.tuples(HOSTILE | st.none(), HOSTILE | st.none()), min_size=1, max_size=15),
    kind=st.sampled_from(["frame", "lazy", "arrow", "dicts", "csv"]),
    bad=st.integers(0, 20),
)
@example(cells=[(None, ""), ("", None), ("#N/A", "\r")], kind="frame", bad=9)
def test_hostile_values_make_files_that_load(cells: list[tuple[str | None, str | None]], kind: str, bad: int) -> None:
    rows = [row | dict(zip(NAMES, cell, strict=True)) for row, cell in zip(user_rows(len(cells)), cells, strict=True)]
    if bad < len(rows) - 1:
        rows[bad] |= {"MessagingPlatformKey": "7"}
        wanted = rows[:bad] + rows[bad + 1 :]
    else:
        wanted = rows
    with tempfile.TemporaryDirectory() as folder:
        (file,) = _written(rows, kind, Path(folder))
        header, found = bulk_csv.parse(file.read_bytes())
    assert header == list(rows[0])
    assert found == [[value or "" for value in row.values()] for row in wanted]


def test_sessions_make_files_that_load(tmp_path: Path) -> None:
    rows = [row | {"Note__c": 'a "b",\r\nc'} for row in session_rows(50)]
    (file,) = _written(rows, "frame", tmp_path, "sessions")
    header, found = bulk_csv.parse(file.read_bytes())
    assert [dict(zip(header, record, strict=True)) for record in found] == rows


@pytest.mark.parametrize("kind", ["frame", "lazy", "arrow", "dicts", "csv"])
@pytest.mark.parametrize(
    "large", [{"Note__c": "x" * 131_073}, {f"N{at}__c": "x" * 100_001 for at in range(4)}], ids=["field", "record"]
)
def test_what_is_too_large_for_bulk_api_is_in_no_ready_file(kind: str, large: dict[str, str], tmp_path: Path) -> None:
    rows = [row | dict.fromkeys(large, "") for row in user_rows(4)]
    rows[2] |= large
    with pytest.raises(sw.InputError, match=r": record 2 has [0-9,]+ characters, .*Bulk API takes 400,000"):
        _written(rows, kind, tmp_path)
    assert not (tmp_path / "out").exists()
    rows[2] |= {name: value[:100_000] for name, value in large.items()}
    rows[2] |= dict.fromkeys(list(large)[3:], "")
    (file,) = _written(rows, kind, tmp_path)
    assert len(bulk_csv.parse(file.read_bytes())[1]) == len(rows)


@pytest.mark.parametrize("kind", ["frame", "lazy", "arrow", "dicts", "csv"])
def test_more_columns_than_bulk_api_takes_are_refused(kind: str, tmp_path: Path) -> None:
    rows = [row | {f"N{at}__c": "" for at in range(5_000)} for row in user_rows(2)]
    with pytest.raises(sw.InputError, match=r"a header of 5,005 columns and .*Bulk API takes 5,000"):
        _written(rows, kind, tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not end"),
        (b"\n", "no header"),
        (b"\xef\xbb\xbfa\n", "byte order"),
        (b"a\nb", "does not end"),
        (b"a,\n,", "does not end"),
        (b"a\n\xff\n", "can't decode"),
        (b'a\nb"c\n', "unescaped"),
        (b'a\n"b"c\n', "after an end quote"),
        (b'a\n"b\n', "never closed"),
        (b"a\r\nb\r\n", "carriage return"),
        (b"a,b\n1\n", "1 fields, the header 2"),
        (b"a\n" + b"x" * 131_073 + b"\n", "field of"),
        (b"a,b,c,d\n" + b",".join([b"x" * 100_001] * 4) + b"\n", "400004 characters"),
        (b"a" * 32_001 + b"\n", "header is too long"),
        (b"," * 5_000 + b"\n", "5000 columns"),
    ],
)
def test_the_reader_is_strict(data: bytes, why: str) -> None:
    with pytest.raises(bulk_csv.Refused, match=why):
        bulk_csv.parse(data)
