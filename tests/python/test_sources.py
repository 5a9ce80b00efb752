"""Whatever holds a table gives the same records, in order, as often as asked."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.names import MOST_COLUMNS
from sendworthy.sources import open_source
from sendworthy.sources.memory import LazySource, from_polars

from tables import AS_OF, Row, damaged_users, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS = list(user_rows(1)[0])


def _csv(folder: Path, rows: list[Row]) -> Path:
    return write_csv(folder / "users.csv", rows)


def _tsv(folder: Path, rows: list[Row]) -> Path:
    return write_csv(folder / "users.tsv", rows, delimiter="\t")


def _gzip(folder: Path, rows: list[Row]) -> Path:
    path = folder / "users.csv.gz"
    path.write_bytes(gzip.compress(_csv(folder, rows).read_bytes()))
    return path


def _zstd(folder: Path, rows: list[Row]) -> Path:
    path = folder / "users.csv.zst"
    pl.DataFrame(rows).write_csv(path, compression="zstd")
    return path


def _bom_crlf(folder: Path, rows: list[Row]) -> Path:
    path = folder / "users.CSV"
    path.write_bytes(b"\xef\xbb\xbf" + _csv(folder, rows).read_bytes().replace(b"\n", b"\r\n"))
    return path


def _parquet(folder: Path, rows: list[Row]) -> Path:
    pl.DataFrame(rows).write_parquet(folder / "users.parquet")
    return folder / "users.parquet"


def _arrow(folder: Path, rows: list[Row]) -> Path:
    pl.DataFrame(rows).write_ipc(folder / "users.arrow")
    return folder / "users.arrow"


def _ndjson(folder: Path, rows: list[Row]) -> Path:
    path = folder / "users.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _text_path(folder: Path, rows: list[Row]) -> str:
    return str(_csv(folder, rows))


def _list(folder: Path, rows: list[Row]) -> list[Path]:
    return [write_csv(folder / "b.csv", rows[:5]), write_csv(folder / "a.csv", rows[5:])]


def _glob(folder: Path, rows: list[Row]) -> str:
    write_csv(folder / "part-10.csv", rows[12:])
    write_csv(folder / "part-1.csv", rows[:12])
    return str(folder / "part-*.csv")


def _frame(_: Path, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows)


def _lazy(_: Path, rows: list[Row]) -> pl.LazyFrame:
    return pl.DataFrame(rows).lazy()


def _categorical(_: Path, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(pl.col("MessageType").cast(pl.Categorical))


def _pandas(_: Path, rows: list[Row]) -> Any:
    return pytest.importorskip("pandas").DataFrame(rows, index=range(100, 100 + len(rows)))


def _arrow_table(_: Path, rows: list[Row]) -> Any:
    return pytest.importorskip("pyarrow").Table.from_pylist(rows)


def _arrow_reader(_: Path, rows: list[Row]) -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.Table.from_pylist(rows)
    return pyarrow.RecordBatchReader.from_batches(table.schema, iter(table.to_batches(max_chunksize=3)))


def _duckdb(folder: Path, rows: list[Row]) -> Any:
    path = _parquet(folder, rows)
    return pytest.importorskip("duckdb").read_parquet(str(path))


def _dicts(_: Path, rows: list[Row]) -> list[Row]:
    attributes = {"type": "MessagingEndUser", "url": "/services/data/v65.0/sobjects/MessagingEndUser/x"}
    return [{"attributes": attributes, **row} for row in rows]


FORMS = [
    _csv, _tsv, _gzip, _zstd, _bom_crlf, _parquet, _arrow, _ndjson, _text_path, _list, _glob, _frame, _lazy,
    _categorical, _pandas, _arrow_table, _arrow_reader, _duckdb, _dicts,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__.strip("_"))
def test_every_form_of_a_table_gives_the_same_findings(form: Callable[[Path, list[Row]], Any], tmp_path: Path) -> None:
    report = sw.check(users=form(tmp_path, damaged_users()), as_of=AS_OF, select=["U101", "U205"])
    found = report.findings.select("row", "code", "value", "related_row").rows()
    assert found == [(3, "U101", "4155550003", None), (7, "U205", sf_id("0PA", 3), 2)]
    assert report.users is not None
    assert report.users.rejected["Name"].to_list() == ["User 3", "User 7"]
    assert report.users.ready.height == 18


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__.strip("_"))
def test_batches_can_be_read_again_projected_and_limited(
    form: Callable[[Path, list[Row]], Any], tmp_path: Path
) -> None:
    rows = user_rows(20)
    source = open_source("users", form(tmp_path, rows))
    assert source.schema.columns == COLUMNS
    for _ in range(2):
        frames = list(source.batches(["Name", "Id"]))
        assert pl.concat(frames).rows() == [(row["Name"], row["Id"]) for row in rows]
    assert sum(frame.height for frame in source.batches(["Id"], limit=13)) == 13
    assert next(source.batches(["Id"], chunk_size=8)).height in {5, 8}


def test_csv_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_text("Id,n,d,b\n007,+14155550123,2026-01-01,true\n,1E+10, x ,\n")
    frame = next(open_source("users", path).batches(["Id", "n", "d", "b"]))
    assert frame.rows() == [("007", "+14155550123", "2026-01-01", "true"), (None, "1E+10", " x ", None)]


def test_simple_salesforce_records_are_flattened() -> None:
    records = [
        {"attributes": {"type": "X"}, "Id": "a", "MessagingChannel": {"attributes": {"type": "Y"}, "MasterLabel": "m"}},
        {"attributes": {"type": "X"}, "Id": "b", "MessagingChannel": None, "Late": 1},
    ]
    source = open_source("users", records)
    frame = next(source.batches(source.schema.columns))
    assert frame.to_dict(as_series=False) == {
        "Id": ["a", "b"], "MessagingChannel.MasterLabel": ["m", None], "Late": [None, 1],
    }  # fmt: skip


def test_nested_json_lines_are_flattened(tmp_path: Path) -> None:
    path = tmp_path / "u.ndjson"
    path.write_text(
        '{"attributes":{"type":"X"},"Id":"a","MessagingChannel":{"MasterLabel":"m","attributes":{"t":1}}}\n'
    )
    source = open_source("users", path)
    assert next(source.batches(source.schema.columns)).to_dicts() == [{"Id": "a", "MessagingChannel.MasterLabel": "m"}]


def test_mixed_values_of_dicts_lose_nothing() -> None:
    cells = ["+1", 14155550123, 1.5, True, None, 2**70]
    frame = next(open_source("users", [{"x": cell} for cell in cells]).batches(["x"]))
    assert frame["x"].to_list() == ["+1", "14155550123", "1.5", "true", None, str(2**70)]


def test_mixed_values_of_pandas_lose_nothing() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"x": pandas.Series(["+1", 14155550123, None, float("nan")], dtype=object), "y": [1, 2, 3, 4]}
    )
    got = next(open_source("users", frame).batches(["x", "y"]))
    assert got["x"].to_list() == ["+1", "14155550123", None, None]
    assert got["y"].to_list() == [1, 2, 3, 4]


def test_pandas_without_pyarrow_is_read_value_by_value(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    (tmp_path / "pyarrow.py").write_text("raise ImportError('hidden')")
    code = (
        "import pandas, polars; from sendworthy.sources import open_source; "
        "f = pandas.DataFrame({'Id': ['a', None], 'n': [1, 2], 't': pandas.to_datetime(['2026-01-01', None])}); "
        "print(next(open_source('users', f).batches(['Id', 'n', 't'])).rows())"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[('a', 1, ")
    assert "(None, 2, None)" in done.stdout


def test_a_spooled_stream_is_private_and_goes_with_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = open_source("users", _arrow_reader(tmp_path, user_rows(4)))
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    del source
    assert list(tmp_path.iterdir()) == []


def test_a_report_keeps_a_stream_as_long_as_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    report = sw.check(users=_arrow_reader(tmp_path, damaged_users()), as_of=AS_OF, select="U101")
    assert report.findings.height == 1
    assert report.samples("U101").height == 1
    del report
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path, damaged_users())
    report = sw.check(users=path, as_of=AS_OF, select="U101")
    write_csv(path, damaged_users(21))
    with pytest.raises(sw.InputError, match=r"users\.csv: changed since it was checked"):
        report.findings  # noqa: B018
    assert report.users is not None
    with pytest.raises(sw.InputError, match="changed since"):
        report.users.ready  # noqa: B018


def test_a_lazy_frame_that_gives_another_number_of_records_is_refused(tmp_path: Path) -> None:
    path = _parquet(tmp_path, damaged_users())
    report = sw.check(users=pl.scan_parquet(path), as_of=AS_OF, select="U101")
    pl.DataFrame(damaged_users(25)).write_parquet(path)
    with pytest.raises(sw.InputError):
        report.findings  # noqa: B018


def test_an_org_without_users_is_no_empty_check() -> None:
    existing = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    report = sw.check(users=pl.DataFrame(user_rows(2)), existing_users=existing, as_of=AS_OF, select="U")
    assert report.inputs[0] == {"table": "users", "source": "polars DataFrame", "rows": 2}
    assert report.counts.filter(code="U206")["checked"].item() == 2


def test_a_lazy_frame_that_gives_its_records_in_another_order_is_refused() -> None:
    turns = []

    def turned(frame: pl.DataFrame) -> pl.DataFrame:
        turns.append(frame.height)
        return frame.reverse() if len(turns) > 1 else frame

    # Duplicate Ids only: no rule about single records would notice that they changed places.
    query = pl.DataFrame(damaged_users()).lazy().map_batches(turned, schema=dict.fromkeys(COLUMNS, pl.String))
    report = sw.check(users=query, as_of=AS_OF, select="U205")
    assert turns
    assert report.users is not None
    with pytest.raises(sw.InputError, match="another order"):
        report.users.ready  # noqa: B018


@pytest.mark.parametrize("count", [19, 21])
def test_a_source_notices_another_number_of_records(count: int) -> None:
    source = from_polars(pl.DataFrame(user_rows(20)).lazy())
    assert isinstance(source, LazySource)
    assert sum(frame.height for frame in source.batches(["Id"])) == 20
    source.query = pl.DataFrame(user_rows(count)).lazy()
    with pytest.raises(sw.InputError, match=f"gave 20 records when it was checked and {count} now"):
        list(source.batches(["Id"]))


def test_a_failing_query_is_an_input_error() -> None:
    frame = pl.DataFrame(user_rows(2)).lazy().with_columns(pl.col("Name").str.to_integer().alias("Extra"))
    report = sw.check(users=frame, as_of=AS_OF, select="U101")  # the column that fails is not read
    assert report.users is not None
    with pytest.raises(sw.InputError, match="LazyFrame: the query failed"):
        report.users.ready  # noqa: B018


def test_a_glob_without_a_match_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no file matches.*x\*\.csv"):
        sw.check(users=str(tmp_path / "x*.csv"))


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "users[1].csv", user_rows(2))
    assert open_source("users", str(path)).schema.columns == COLUMNS


def test_files_of_one_table_need_the_same_columns_in_any_order(tmp_path: Path) -> None:
    rows = user_rows(4)
    first = write_csv(tmp_path / "1.csv", rows[:2])
    second = write_csv(tmp_path / "2.csv", [dict(reversed(row.items())) for row in rows[2:]])
    source = open_source("users", [first, second])
    assert pl.concat(source.batches(COLUMNS)).to_dicts() == rows
    third = write_csv(tmp_path / "3.csv", [{"Id": "x"}])
    with pytest.raises(sw.InputError, match=r"3\.csv: lacks the column"):
        open_source("users", [first, third])


def test_json_lines_files_may_lack_keys(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"Id":"a"}\n')
    (tmp_path / "2.jsonl").write_text('{"Id":"b","Name":"n"}\n')
    source = open_source("users", [tmp_path / "1.jsonl", tmp_path / "2.jsonl"])
    assert pl.concat(source.batches(["Id", "Name"])).rows() == [("a", None), ("b", "n")]


def test_files_of_different_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sw.InputError, match="different formats"):
        open_source("users", [_csv(tmp_path, user_rows(1)), _parquet(tmp_path, user_rows(1))])


def test_a_needed_header_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_text("Id,MessagingPlatformKey,MessagingChannelId,MessageType,Id\n1,2,3,4,5\n")
    with pytest.raises(sw.ColumnError, match="'Id' occurs more than once"):
        sw.check(users=path)


def test_another_header_that_occurs_twice_is_kept(tmp_path: Path) -> None:
    rows = [[*row.values(), "x", "y"] for row in damaged_users()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[*COLUMNS, "Extra", "Extra"], *rows])
    path = tmp_path / "u.csv"
    path.write_text(text.getvalue())
    report = sw.check(users=path, as_of=AS_OF, select="U101")
    report.write(tmp_path / "out")
    assert (tmp_path / "out/users.ready.csv").read_text().splitlines()[0] == ",".join([*COLUMNS, "Extra", "Extra"])


@pytest.mark.parametrize(
    ("data", "said"),
    [(7, "a int"), ([], "an empty list"), ([1, 2], "a list of int"), ({"records": []}, r"give its \['records'\]")],
)
def test_what_holds_no_table_is_refused(data: object, said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.check(users=data)


def test_a_series_is_no_table() -> None:
    with pytest.raises(sw.InputError, match="cannot be read as a table"):
        sw.check(users=pl.Series([1, 2]))


@pytest.mark.parametrize(
    "empty",
    [pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), pl.LazyFrame(schema=dict.fromkeys(COLUMNS, pl.String))],
)
@pytest.mark.parametrize("table", ["users", "sessions", "channels"])
def test_a_table_without_records_is_refused(table: str, empty: Any) -> None:
    tables: dict[str, Any] = {"users": pl.DataFrame(user_rows(1)), table: empty}
    if table in {"sessions", "channels"}:
        tables[table] = empty.with_columns(
            pl.lit(None, pl.String).alias(name) for name in ("MessagingEndUserId", "Status")
        )
    with pytest.raises(sw.InputError, match=f"^{table}: .*holds no records: nothing was examined"):
        sw.check(**tables)


@pytest.mark.skipif(os.name == "nt", reason="named pipes are POSIX")
def test_a_named_pipe_is_spooled(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = _csv(tmp_path, damaged_users()).read_bytes()
    with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'wb').write({data!r})"]):  # noqa: S603
        report = sw.check(users=pipe, as_of=AS_OF, select="U101")
    assert report.findings["row"].to_list() == [3]


class _Files(SimpleHTTPRequestHandler):
    """Serves files in ranges, as object stores do."""

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        """Give the range that is asked for."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        first, last = 0, len(data) - 1
        if wanted := self.headers.get("Range"):
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(start or 0), int(end or last)
        part = data[first : last + 1]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the test's directory."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(tmp_path))) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("form", [_csv, _parquet], ids=["csv", "parquet"])
def test_a_url_is_read_and_its_secrets_are_not_repeated(form: Callable[..., Path], server: str, tmp_path: Path) -> None:
    path = form(tmp_path, damaged_users())
    report = sw.check(users=f"http://me:secret@{server}/{path.name}?key=secret", as_of=AS_OF, select="U101")
    assert report.findings["row"].to_list() == [3]
    assert report.inputs[0]["source"] == f"http://{server}/{path.name}"
    with pytest.raises(FileNotFoundError) as caught:
        sw.check(users=f"http://me:secret@{server}/absent{path.suffix}?key=secret")
    assert "secret" not in str(caught.value)


def test_headers_that_repeat_behind_a_url_keep_their_spelling(server: str, tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("Id,Name,Name,City_duplicated_0\na,b,c,d\n")
    source = open_source("users", f"http://{server}/u.csv")
    assert source.headers == ["Id", "Name", "Name", "City_duplicated_0"]
    assert pl.concat(source.batches(source.schema.columns)).rows() == [("a", "b", "c", "d")]
    assert source.bytes_unseen() == "the bytes behind a URL are not looked at; download the file and check that"
    assert (list(source.paths), source.expected_rows()) == ([], 1)
    source.check_unchanged()


@pytest.mark.parametrize("suffix", ["ndjson", "parquet", "frame"])
def test_a_column_without_any_value_has_no_type_and_does_no_harm(suffix: str, tmp_path: Path) -> None:
    frame = pl.DataFrame([row | {"Locale": None, "ContactId": None} for row in damaged_users()])
    path = tmp_path / f"u.{suffix}"
    if suffix != "frame":
        getattr(frame, f"write_{suffix}")(path)
    report = sw.check(frame if suffix == "frame" else path, as_of=AS_OF, select=["U101", "U204", "U205"])
    assert report.findings["code"].to_list() == ["U101", "U205"]
    assert report.users is not None
    assert report.users.ready.height == 18
    report.write(tmp_path / "out")


def test_a_frame_of_far_more_columns_than_salesforce_takes_is_refused() -> None:
    more = [pl.lit("").alias(f"c{at}") for at in range(MOST_COLUMNS - len(COLUMNS))]
    frame = pl.DataFrame(user_rows(1)).with_columns(more)
    assert sw.check(users=frame, as_of=AS_OF, select="U101").ok
    with pytest.raises(
        sw.ColumnError, match=rf"^users: polars DataFrame: has {MOST_COLUMNS + 1:,} columns; Salesforce"
    ):
        sw.check(users=frame.with_columns(one=pl.lit("more")), as_of=AS_OF, select="U101")


def test_two_columns_of_pandas_with_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.concat([pandas.DataFrame(user_rows(2))] * 2, axis=1)
    with pytest.raises(sw.InputError, match=r"^users: the pandas DataFrame has more than one column named 'Id'"):
        sw.check(users=frame)


def test_a_query_without_a_schema_is_an_input_error() -> None:
    with pytest.raises(sw.InputError, match="LazyFrame: the query failed"):
        sw.check(users=pl.DataFrame(user_rows(2)).lazy().select("Absent"))
