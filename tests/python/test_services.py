"""Data where they really are: databases, object stores, web servers, the Salesforce API and its result files."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from services import PASSWORD, needs_postgres, postgres

from tables import AS_OF, Row, channel_rows, damaged_users, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services import Postgres

EXPECTED = [(3, "U101", "4155550003"), (7, "U205", sf_id("0PA", 3))]
NAMES = ", ".join(f'"{name}"' for name in user_rows(1)[0])


def found(users: Any, **options: Any) -> list[tuple[Any, ...]]:
    """What U101 and U205 find."""
    report = sw.check(users=users, as_of=AS_OF, select=["U101", "U205"], **options)
    return report.findings.select("row", "code", "value").rows()


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    line = [sys.executable, "-m", "sendworthy", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603


# PostgreSQL ----------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.xdist_group("services")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A cluster with a staging table of users."""
    import adbc_driver_postgresql.dbapi as adbc

    with postgres() as running:
        with adbc.connect(running.uri) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("users", pl.DataFrame(damaged_users()), mode="create")
            cursor.execute("create table odd (like users)")
            cursor.execute(
                'create table typed as select *, now() as "CreatedDate", now()::timestamp as "LastInboundMessageTime", '
                "1.5::numeric as score__c, true as flag__c, '{\"a\": 1}'::jsonb as json__c, current_date as day__c, "
                "'x'::char(3) as char__c from users"
            )
            connection.commit()
        yield running


@pytest.fixture
def cursor(server: Postgres) -> Iterator[Any]:
    """A cursor of the staging database."""
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(server.uri) as connection, connection.cursor() as opened:
        yield opened


@needs_postgres
@pytest.mark.parametrize("fetch", ["fetch_arrow", "fetch_record_batch", "fetch_arrow_table", "fetch_polars"])
def test_a_staging_table_is_checked_where_it_is(cursor: Any, fetch: str) -> None:
    cursor.execute("select * from users order by ctid")
    assert found(getattr(cursor, fetch)()) == EXPECTED


@needs_postgres
def test_a_staging_table_needs_neither_pandas_nor_pyarrow(server: Postgres, tmp_path: Path) -> None:
    for name in ("pandas", "pyarrow"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('hidden')")
    code = (
        "import sys, sendworthy as sw, adbc_driver_postgresql.dbapi as adbc\n"
        "with adbc.connect(sys.argv[1]) as connection, connection.cursor() as cursor:\n"
        "    cursor.execute('select * from users order by ctid')\n"
        "    report = sw.check(users=cursor.fetch_arrow(), as_of=sys.argv[2], select=['U101', 'U205'])\n"
        "    print(report.findings['row'].to_list(), report.users.ready.height)\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    line = [sys.executable, "-c", code, server.uri, AS_OF]
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(line, capture_output=True, text=True, env=env, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "[3, 7] 18\n"), done.stderr


@needs_postgres
@pytest.mark.parametrize("fetch", ["fetch_arrow", "fetch_arrow_table"])
def test_types_of_a_database_are_decoded_and_its_rows_become_files_to_load(
    cursor: Any, fetch: str, tmp_path: Path
) -> None:
    cursor.execute("select * from typed order by ctid")
    report = sw.check(users=getattr(cursor, fetch)(), as_of="2100-01-01T00:00:00Z", select=["U1", "U2"])
    counts = {code: (rows, checked) for code, rows, checked in report.counts.select("code", "rows", "checked").rows()}
    assert (counts["U101"][0], counts["U205"][0]) == (1, 1)
    assert counts["U208"] == (0, 20), "native timestamps are read"
    assert counts["U209"] == (20, 20), "and those without a zone are told"
    report.write(tmp_path)
    with (tmp_path / "users.ready.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["MessagingPlatformKey"], row["score__c"], row["flag__c"]) == ("+14155550000", "1.5", "true")
    assert row["json__c"] == '{"a": 1}'


@needs_postgres
def test_a_type_that_no_column_can_be_is_told(cursor: Any) -> None:
    cursor.execute("select *, interval '1 day' as wait__c from users")
    told = r"column 'wait__c' is of type Interval.*; cast unusual columns in the query, or leave them out"
    with pytest.raises(sw.InputError, match=told):
        sw.check(users=cursor.fetch_arrow())


@needs_postgres
def test_a_wrong_password_and_a_missing_table_are_the_drivers_errors(server: Postgres, cursor: Any) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    with pytest.raises(adbc.OperationalError, match="password authentication failed") as caught:
        adbc.connect(server.uri.replace(PASSWORD, "guess"))
    assert "guess" not in str(caught.value)
    with pytest.raises(adbc.ProgrammingError, match='relation "absent" does not exist'):
        cursor.execute("select * from absent")


@needs_postgres
def test_a_cursor_is_no_table_and_an_empty_one_is_told(cursor: Any) -> None:
    with pytest.raises(sw.ConfigError, match=r"users: got a Cursor: give its fetch_arrow\(\) after execute\(\)"):
        sw.check(users=cursor)
    cursor.execute("select * from odd")
    with pytest.raises(sw.InputError, match="holds no records: nothing was examined"):
        sw.check(users=cursor.fetch_arrow())


@needs_postgres
def test_a_server_that_goes_away_meanwhile_leaves_no_half_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    with postgres() as own, adbc.connect(own.uri) as connection, connection.cursor() as cursor:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        cursor.execute(
            'select generate_series(1, 1000000000) as "Id", \'+1\' as "MessagingPlatformKey", '
            "'c' as \"MessagingChannelId\", 'Text' as \"MessageType\""
        )
        stop = Timer(0.5, own.control, ["-m", "immediate", "stop"])
        stop.start()
        with pytest.raises(sw.InputError, match=r"broke off while it was read: .*closed.*; run the query again"):
            sw.check(users=cursor.fetch_arrow(), as_of=AS_OF)
        stop.join()
    assert list(tmp_path.glob("sendworthy-*")) == [], "the part that was read is gone"


# DuckDB --------------------------------------------------------------------------------------------------------------


def test_a_duckdb_file_is_checked_through_its_relations(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "warehouse.duckdb"
    frame = pl.DataFrame(damaged_users())
    with duckdb.connect(path) as connection:
        connection.register("given", frame)
        connection.execute("create table users as select * from given")
    with duckdb.connect(path, read_only=True) as connection:
        assert found(connection.table("users")) == EXPECTED
        assert found(connection.sql("select * from users order by rowid")) == EXPECTED
        with pytest.raises(sw.ConfigError, match=r"DuckDBPyConnection: give its sql\(query\) or"):
            sw.check(users=connection)
        failing = connection.sql('select * replace ("Name"::int as "Name") from users')
        with pytest.raises(sw.InputError, match="Conversion Error"):
            sw.check(users=failing)


# Object stores -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3-compatible server with a bucket `staging`."""
    import boto3
    from moto import server as moto

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "any"}
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="staging")
    frame = pl.DataFrame(damaged_users())
    for name, body in {
        "users.parquet": _bytes(frame, "parquet"),
        "users.csv": frame.write_csv().encode(),
        "users.jsonl": frame.write_ndjson().encode(),
        "part-1.parquet": _bytes(frame[:5], "parquet"),
        "part-2.parquet": _bytes(frame[5:], "parquet"),
    }.items():
        client.put_object(Bucket="staging", Key=name, Body=body)
    yield address
    server.stop()


def _bytes(frame: pl.DataFrame, kind: str) -> bytes:
    import io

    buffer = io.BytesIO()
    getattr(frame, f"write_{kind}")(buffer)
    return buffer.getvalue()


@pytest.fixture
def credentials(store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What polars takes from the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": store, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "very-secret",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return store


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", ["users.parquet", "users.csv", "users.jsonl", "part-*.parquet"])
def test_files_of_an_object_store_are_scanned_where_they_are(name: str) -> None:
    assert found(f"s3://staging/{name}") == EXPECTED


@pytest.mark.usefixtures("credentials")
def test_files_of_an_object_store_may_be_listed_and_split(tmp_path: Path) -> None:
    report = sw.check(
        users=["s3://staging/part-1.parquet", "s3://staging/part-2.parquet"], as_of=AS_OF, select=["U101", "U205"]
    )
    report.write(tmp_path)
    assert pl.read_parquet(tmp_path / "users.ready.parquet").height == 18


def test_options_of_an_object_store_go_in_with_a_lazy_frame(store: str) -> None:
    options = {
        "aws_endpoint_url": store, "aws_allow_http": "true", "aws_region": "us-east-1", "aws_access_key_id": "k",
        "aws_secret_access_key": "s",
    }  # fmt: skip
    query = pl.scan_parquet("s3://staging/users.parquet", storage_options=options, credential_provider=None)
    assert found(query) == EXPECTED


def test_the_command_line_reads_an_object_store_and_names_what_is_missing(
    credentials: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command("check", "--users", "s3://staging/users.parquet", "--select", "U101", "--format", "json")
    assert done.returncode == 1, done.stderr
    assert '"source": "s3://staging/users.parquet"' in done.stdout
    absent = command("check", "--users", "s3://staging/absent.parquet")
    assert absent.returncode == 2
    assert "s3://staging/absent.parquet" in absent.stderr
    assert "very-secret" not in absent.stderr
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", credentials)  # where machines of Amazon's get theirs: moto gives some
    assert command("check", "--users", "s3://staging/users.parquet", "--select", "U101").returncode == 1
    with serving(partial(_Without, directory=str(tmp_path))) as elsewhere:
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", elsewhere)
        without = command("check", "--users", "s3://staging/users.parquet")
    assert without.returncode == 2
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set" in without.stderr, without.stderr


# URLs ----------------------------------------------------------------------------------------------------------------


def test_a_file_url_is_the_path_that_it_stands_for(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "users of today.csv", damaged_users())
    assert "%20" in path.as_uri()
    report = sw.check(users=path.as_uri(), as_of=AS_OF, select=["U101", "F"])
    assert report.findings["code"].to_list() == ["U101"]
    assert "F103" in report.counts["code"], "its bytes are looked at as those of any file"
    with pytest.raises(FileNotFoundError):
        sw.check(users=(tmp_path / "absent.csv").as_uri())
    with pytest.raises(sw.InputError, match="names the machine 'elsewhere'"):
        sw.check(users="file://elsewhere/users.csv")


def test_a_url_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(sw.InputError, match=r"^ftp://host/users\.csv: a URL of this kind .*known are http://"):
        sw.check(users="ftp://me:secret@host/users.csv")


class _Quiet(SimpleHTTPRequestHandler):
    """Python's own server, which knows no ranges."""

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def serving(handler: Any) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl", "arrow"])
def test_a_file_of_a_plain_web_server_is_copied_and_checked(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    write = {"csv": "csv", "parquet": "parquet", "jsonl": "ndjson", "arrow": "ipc"}[suffix]
    getattr(pl.DataFrame(damaged_users()), f"write_{write}")(tmp_path / "served" / f"users.{suffix}")
    with serving(partial(_Quiet, directory=str(tmp_path / "served"))) as address:
        url = f"{address.replace('//', '//me:secret@')}/users.{suffix}?key=secret"
        report = sw.check(users=url, as_of=AS_OF, select=["U101", "F103"])
        assert report.findings["code"].to_list() == ["U101"]
        assert report.inputs[0]["source"] == f"{address}/users.{suffix}"
        done = command("check", "--users", f"{address}/absent.{suffix}")
    assert done.returncode == 2
    assert done.stderr == f"sendworthy: error: {address}/absent.{suffix}: is not there or may not be read\n"
    del report
    assert list((tmp_path / "temporary").iterdir()) == []


class _Breaking(_Quiet):
    """Promises more than it gives."""

    def do_GET(self) -> None:
        """Give half a file."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"Id,Name\n" * 10)
        self.close_connection = True


def test_a_web_server_that_breaks_off_is_told() -> None:
    with serving(_Breaking) as address:
        done = command("check", "--users", f"{address}/users.csv")
    assert done.returncode == 2
    assert done.stderr.startswith(f"sendworthy: error: {address}/users.csv: broke off after 80 of 1,000,000 bytes")


class _Without(_Quiet):
    """Knows nothing and says so at once."""

    def do_PUT(self) -> None:
        """Find nothing."""
        self.send_error(404)


# Salesforce ----------------------------------------------------------------------------------------------------------


def test_records_of_simple_salesforce_are_checked_as_they_come() -> None:
    """Its real client against recorded answers: two pages, parents as nested records, nulls."""
    import responses
    import simple_salesforce as simple

    channel = {"attributes": {"type": "MessagingChannel", "url": "x"}, "MessagingPlatformKey": "+14155550100"}
    records = []
    for row in damaged_users():
        del row["MessagingChannelId"]
        attributes = {"type": "MessagingEndUser", "url": "/services/data/v65.0/sobjects/MessagingEndUser/x"}
        parents = {"MessagingChannel": channel, "Contact": None}
        records.append({"attributes": attributes, **row, "IsFullyOptedIn": False, **parents})
    records[-1]["MessagingChannel"] = None
    base = "https://org.example.com/services/data/v65.0/query/"
    with responses.RequestsMock() as mocked:
        page = {"totalSize": 20, "done": False, "nextRecordsUrl": "/services/data/v65.0/query/01g-2000"}
        mocked.get(base, json={**page, "records": records[:12]})
        mocked.get(f"{base}01g-2000", json={"totalSize": 20, "done": True, "records": records[12:]})
        client = simple.Salesforce(instance="org.example.com", session_id="x", version="65.0")
        answer = client.query_all("SELECT Id FROM MessagingEndUser")
    channels = [{**channel_rows()[0], "MessagingPlatformKey": "+14155550100"}]
    options: dict[str, Any] = {"channels": channels, "as_of": AS_OF}
    report = sw.check(users=answer["records"], select=["U101", "U205", "U201", "H"], **options)
    assert "MessagingChannel.MessagingPlatformKey" in report.users.rejected.columns  # type: ignore[union-attr]
    assert [(row, code) for row, code in report.findings.select("row", "code").rows() if code != "H101"] == [
        (3, "U101"), (7, "U205"), (19, "U201"),
    ]  # fmt: skip
    with pytest.raises(sw.ConfigError, match=r"give its \['records'\]"):
        sw.check(users=answer, **options)
    with pytest.raises(sw.ConfigError, match=r"generator: give list\(\) of it"):
        sw.check(users=(record for record in records), **options)


def bulk_pages(folder: Path, rows: list[Row], end: str) -> list[Path]:
    """Query results as Bulk API 2.0 gives them, page by page: everything quoted, the header in each."""
    paths = []
    for at, name in ((0, "page-1.csv"), (9, "page-2.csv"), (18, "page-3.csv")):
        paths.append(folder / name)
        with paths[-1].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator=end)
            writer.writeheader()
            writer.writerows(rows[at : at + 9])
    return paths


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_pages_of_a_bulk_query_are_one_table(tmp_path: Path, end: str) -> None:
    rows = damaged_users()
    rows[0]["Name"], rows[1]["Name"] = 'Zoë "Z" O\'Neil, Łódź', ""
    paths = bulk_pages(tmp_path, rows, end)
    empty = tmp_path / "page-4.csv"
    empty.write_bytes(paths[0].read_bytes().split(end.encode())[0] + end.encode())
    for given in (paths, [*paths, empty], str(tmp_path / "page-[123].csv")):
        report = sw.check(users=given, as_of=AS_OF, select=["U101", "U205", "F", "H"])
        assert report.findings.select("row", "code", "value").rows() == EXPECTED
    assert report.users is not None
    assert report.users.ready["Name"].to_list()[:2] == [rows[0]["Name"], ""]


def data_loader_file(path: Path, rows: list[Row], *, success: bool) -> Path:
    """The files that Data Loader writes: ID first and STATUS last, or ERROR last."""
    if success:
        rows = [
            {"ID": row["Id"], **{k: v for k, v in row.items() if k != "Id"}, "STATUS": "Item Updated"} for row in rows
        ]
    else:
        rows = [{**row, "ERROR": "DUPLICATE_VALUE:duplicate value found:MessagingPlatformKey --"} for row in rows]
    return write_csv(path, rows, quoting=csv.QUOTE_ALL)


@pytest.mark.parametrize("success", [True, False], ids=["success", "error"])
@pytest.mark.parametrize("operation", ["audit", "upsert"])
def test_result_files_of_data_loader_are_input_again(tmp_path: Path, success: bool, operation: str) -> None:
    users = data_loader_file(tmp_path / "users.csv", damaged_users(), success=success)
    sessions = data_loader_file(tmp_path / "sessions.csv", session_rows(20), success=success)
    report = sw.check(
        users=users, sessions=sessions, as_of=AS_OF, operation=operation,
        select=["U101", "U205", "H101", "H103", "H105", "S201", "S202"],
    )  # fmt: skip
    assert report.findings.select("table", "row", "code").rows() == [("users", 3, "U101"), ("users", 7, "U205")]
    assert report.sessions is not None
    assert report.sessions.ready["Status"].to_list() == ["Ended"] * 20


def test_a_success_file_with_id_twice_is_cured_as_the_message_says(tmp_path: Path) -> None:
    """An update leaves Data Loader's ID beside the source's Id."""
    rows = [{"ID": row["Id"], **row, "STATUS": "Item Updated"} for row in user_rows(3)]
    path = write_csv(tmp_path / "success.csv", rows)
    done = command("check", "--users", path, "--as-of", AS_OF, "--select", "U101")
    assert done.returncode == 2
    assert "--map users.Id=" in done.stderr
    cured = command("check", "--users", path, "--as-of", AS_OF, "--select", "U101", "--map", "users.Id=Id")
    assert cured.returncode == 0, cured.stderr


@pytest.mark.parametrize("kind", ["sf__Created", "sf__Error"])
def test_result_files_of_bulk_api_are_input_again(tmp_path: Path, kind: str) -> None:
    rows = [{"sf__Id": "", kind: "CODE:text:--" if kind == "sf__Error" else "true", **row} for row in damaged_users()]
    report = sw.check(
        users=write_csv(tmp_path / "results.csv", rows), as_of=AS_OF, operation="upsert", select=["U101", "U205", "H"]
    )
    assert [code for code in report.findings["code"] if code not in {"U101", "U205"}] == []


def test_rejected_files_go_round(tmp_path: Path) -> None:
    """What one run rejects is mended in place and is clean in the next one, in both styles."""
    source = write_csv(tmp_path / "users.csv", damaged_users())
    for style in ("bulk", "dataloader"):
        sw.check(users=source, as_of=AS_OF, select=["U101"]).write(tmp_path / style, style=style)
        rejected = tmp_path / style / "users.rejected.csv"
        rejected.write_text(rejected.read_text().replace("4155550003,", "+14155550003,"))
        again = sw.check(users=rejected, as_of=AS_OF, select=["U101", "H"], operation="upsert")
        assert again.ok
        assert again.findings.is_empty()


def test_a_data_loader_mapping_and_its_error_file(tmp_path: Path) -> None:
    """The error file has the source's own headers: the same mapping reads it."""
    rows = [{"Phone": row["MessagingPlatformKey"], "Kanal": row["MessagingChannelId"], "Art": row["MessageType"],
             "Kunde": row["Name"], "Notiz": "x"} for row in damaged_users()]  # fmt: skip
    mapping = tmp_path / "users.sdl"
    mapping.write_text(
        "#Mapping values\nPhone=MessagingPlatformKey\nKanal=MessagingChannelId\nArt=MessageType\nKunde=Name\n"
    )
    for path in (
        write_csv(tmp_path / "source.csv", rows),
        data_loader_file(tmp_path / "error.csv", rows, success=False),
    ):
        done = command(
            "check", "--users", path, "--sdl", f"users={mapping}", "--operation", "insert", "--as-of", AS_OF,
            "--select", "U101,H", "--format", "csv",
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert [line.split(",")[3] for line in done.stdout.splitlines()[1:]] == ["U101"]
