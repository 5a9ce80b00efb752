"""No value of a cell gets where it does not belong: masked outputs, errors, progress, crashes, temporary files.

Secrets are planted in every column of every table. What may show them is listed once, in ``MAY_SHOW``.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import stat
import string
import subprocess
import sys
import traceback
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
import sendworthy as sw
from sendworthy import private
from sendworthy.cli import run
from sendworthy.outputs import FORMATS, Options, renderer

from tables import AS_OF, channel_rows, damaged_users, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What the contract lets show values, unless --redact says otherwise: the owner's own reports and files.
MAY_SHOW = frozenset({"text", "full", "json", "jsonl", "csv", "parquet"})
PUBLISHED = frozenset(FORMATS) - MAY_SHOW
TABLES = ("users", "sessions", "channels", "sends", "existing_users")


class Secrets:
    """Values that nobody else has: a word, a number and an address each."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.all: list[str] = []

    def make(self) -> str:
        """Another one, in one of the forms that cells have."""
        word = "Zq" + "".join(self._random.choices(string.ascii_lowercase, k=10))
        number = "".join(self._random.choices("23456789", k=11))
        text = self._random.choice(
            (f"+{number}", number, word, f"{word}@example.org", f"+1 {number}", f"{word} {word}")
        )
        self.all += [part for part in (word, number) if part in text]
        return text

    def leaked(self, text: str) -> list[str]:
        """Those that stand in a text, whatever their case."""
        text = text.lower()
        return [secret for secret in self.all if secret.lower() in text]


def planted(seed: int) -> tuple[dict[str, list[dict[str, Any]]], Secrets]:
    """All tables, with secrets in a share of the cells of every column, among them columns of the user's own."""
    secrets = Secrets(seed)
    users = [
        row
        | {"IsoCountryCode": "US", "MessagingConsentStatus": "ImplicitlyOptedIn", "OwnerId": sf_id("005", at)}
        | {"CreatedDate": "2026-11-20T10:00:00Z", "MessagingExternalUserKey": "k", "AccountId": None, "Own": "x"}
        for at, row in enumerate(user_rows(24))
    ]
    sessions = [
        row | {"OwnerId": sf_id("005", at), "Origin": "AgentInitiated"} for at, row in enumerate(session_rows(18))
    ]
    sends = [
        {
            "MessagingChannelId": sf_id("0Mj", 1),
            "MessagingEndUserId": row["Id"],
            "Phone": None,
            "OwnerId": sf_id("005", 1),
            "SendTime": AS_OF,
            "MessageKind": "freeform",
        }
        for row in users
    ]
    channels = [
        channel_rows()[0] | {"MasterLabel": "Service", "MessagingPlatformKey": "+14155550100"} for _ in range(6)
    ]
    tables: dict[str, list[dict[str, Any]]] = {
        "users": users,
        "sessions": sessions,
        "sends": sends,
        "channels": channels,
        "existing_users": [dict(row) for row in users[:8]],
    }
    for rows in tables.values():
        for at, name in enumerate(rows[0]):  # so that every column has one, whatever chance does
            rows[1 + at % (len(rows) - 1)][name] = secrets.make()
    for name in ("users", "sends", "sessions"):
        for row in tables[name][10:]:
            row[random.Random(seed + len(secrets.all)).choice([*row])] = secrets.make()
    users[3]["Id"] = users[2]["Id"]
    users[5]["MessagingPlatformKey"] = users[4]["MessagingPlatformKey"]
    return tables, secrets


def stored(tables: dict[str, list[dict[str, Any]]], folder: Path) -> dict[str, Path]:
    """The tables as CSV files."""
    return {name: write_csv(folder / f"{name}.csv", rows) for name, rows in tables.items()}


def text_of(data: bytes, name: str) -> str:
    """An output as text; Parquet as the text of its cells."""
    return repr(pl.read_parquet(data).to_dicts()) if name == "parquet" else data.decode()


@pytest.mark.parametrize("seed", range(4))
def test_masked_outputs_have_no_secret(seed: int) -> None:
    tables, secrets = planted(seed)
    report = sw.check(**tables, as_of=AS_OF, operation=("audit", "insert", "update", "upsert")[seed])
    shown = secrets.leaked(text_of(report.to_jsonl().encode(), "jsonl"))
    assert len(set(shown)) > 20  # there is something to hide
    compared = 0
    for name in FORMATS:
        modes = ("last2", "hash", None) if name in PUBLISHED else ("last2", "hash")
        for redact in modes:
            out = io.BytesIO()
            renderer(name)(report, out, Options(redact=redact))
            assert secrets.leaked(text_of(out.getvalue(), name)) == [], (name, redact)
            compared += 1
    assert secrets.leaked(report._repr_html_() + repr(report) + repr(report.users) + report.sends.__repr__()) == []
    assert compared == 2 * len(FORMATS) + len(PUBLISHED)


@pytest.mark.parametrize("command", ["sends", "eligibility"])
@pytest.mark.parametrize("redact", ["last2", "hash"])
def test_tables_of_planned_sends_and_eligibility_are_masked(command: str, redact: str, tmp_path: Path) -> None:
    tables, secrets = planted(7)
    owners = [secrets.make() for _ in range(3)]  # in a load by relationship, owners are user names
    for at, row in enumerate(tables["sends"]):
        del row["OwnerId"]
        row["User:Owner.Username"] = owners[at % 3]
    files = stored(tables, tmp_path)
    given = [word for name, path in files.items() for word in (f"--{name.replace('_', '-')}", str(path))]
    shown = []
    for name in ("text", "json", "jsonl", "csv", "parquet"):
        for flags in ([], ["--redact", redact]):
            out = tmp_path / f"out.{name}"
            arguments = [command, *given, "--as-of", AS_OF, "--format", name, "--output", str(out), *flags]
            assert run(arguments) == 0
            leaked = secrets.leaked(text_of(out.read_bytes(), name))
            if flags:
                assert leaked == [], name
            else:
                shown += leaked
    assert shown, "nothing was there to be masked"


def test_the_redaction_of_a_file_holds_for_them_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tables, secrets = planted(3)
    files = stored(tables, tmp_path)
    (tmp_path / "c.toml").write_text('redact = "hash"\n')
    arguments = ["eligibility", "--users", str(files["users"]), "--sessions", str(files["sessions"]), "--format", "csv"]
    arguments += ["--as-of", AS_OF, "--no-progress"]
    assert run(arguments) == 0
    assert secrets.leaked(capfd.readouterr().out)
    assert run([*arguments, "--config", str(tmp_path / "c.toml")]) == 0
    out, err = capfd.readouterr()
    assert secrets.leaked(out + err) == []
    assert "#" in out
    assert run([*arguments, "--config", str(tmp_path / "c.toml"), "--redact", "none"]) == 0
    assert secrets.leaked(capfd.readouterr().out)


def test_one_value_has_one_token_in_all_outputs_of_a_run_and_another_one_in_the_next(tmp_path: Path) -> None:
    rows = user_rows(6)
    rows[1]["Id"] = rows[2]["Id"] = "ann-4155550001"
    for row in rows[3:]:
        row["Id"] = "bob-4155550002"
    users = write_csv(tmp_path / "users.csv", rows)
    seen: list[list[set[str]]] = []
    for _ in range(2):
        names = ("json", "jsonl", "csv", "markdown", "html", "junit", "sarif", "full")
        code = (
            "import sys\nfrom sendworthy.cli import run\n"
            f"targets = [w for n in {names!r} for w in ('--format', n, '--output', sys.argv[2] + '/out.' + n)]\n"
            "common = ['--users', sys.argv[1], '--as-of', sys.argv[3], '--redact', 'hash', '--no-progress']\n"
            "assert run(['check', *common, '--select', 'U204,U205', *targets]) == 1\n"
            "assert run(['eligibility', *common, '--format', 'csv', '--output', sys.argv[2] + '/out.who']) == 0\n"
        )
        environment = {key: value for key, value in os.environ.items() if key != "SENDWORTHY_REDACT_KEY"}
        subprocess.run([sys.executable, "-c", code, users, tmp_path, AS_OF], check=True, env=environment)  # noqa: S603
        outputs = [(tmp_path / f"out.{name}").read_text().replace("&#35;", "#") for name in (*names, "who")]
        seen.append([set(re.findall(r"#[bcdfghjklmnpqrst]{16}", text)) for text in outputs])
    for outputs in seen:
        assert all(tokens and tokens <= outputs[0] for tokens in outputs), [len(tokens) for tokens in outputs]
        assert len(outputs[0]) == 2
        assert outputs[-1] == outputs[0]
    assert not seen[0][0] & seen[1][0]


def _raised(work: Callable[[], object]) -> str:
    """All that an exception says when somebody logs it, chain included."""
    with pytest.raises(sw.SendworthyError) as caught:
        work()
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def _ndjson(folder: Path, last: str) -> Path:
    path = folder / "users.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in user_rows(3)) + last + "\n")
    return path


def _headerless(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = write_csv(folder / "none.csv", rows)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    return path


def failures(  # noqa: PLR0915  (one after the other)
    folder: Path, secrets: Secrets
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that goes wrong with a value in hand."""
    rows = user_rows(40)
    for row in rows:
        row["Name"], row["MessagingPlatformKey"] = secrets.make(), secrets.make()
    frame = pl.DataFrame(rows)
    cast = pl.col("Name").cast(pl.Int64) > 0
    rule = sw.Rule("X001", table="users", name="is-number", check=cast, message="It is no number.")
    yield "a rule of one's own", lambda: sw.check(users=frame, rules=[rule], as_of=AS_OF)
    yield (
        "a rule of one's own, later",
        lambda: sw.check(
            users=pl.concat([pl.DataFrame([{**row, "Name": "1"} for row in user_rows(3000)]), frame]),
            rules=[rule],
            as_of=AS_OF,
        ),
    )
    lazy = frame.lazy().with_columns(Name=pl.col("Name").cast(pl.Int64))
    yield "a query", lambda: sw.check(users=lazy, as_of=AS_OF, select="U2", ignore="U201")
    when = frame.lazy().with_columns(CreatedDate=pl.col("Name").str.to_datetime("%Y", strict=True))
    yield "a query of times", lambda: sw.check(users=when, as_of=AS_OF)
    relation = duckdb.sql("SELECT * REPLACE (CAST(Name AS INT) AS Name) FROM frame")
    yield "a DuckDB relation", lambda: sw.check(users=relation, as_of=AS_OF)

    def broken() -> Iterator[pa.RecordBatch]:
        table = frame.to_arrow().cast(pa.schema([(name, pa.string()) for name in frame.columns]))
        yield from table.to_batches()
        table["Name"].cast(pa.int64())

    schema = pa.schema([(name, pa.string()) for name in frame.columns])
    yield "an Arrow reader", lambda: sw.check(users=pa.RecordBatchReader.from_batches(schema, broken()), as_of=AS_OF)
    for last in (f'"{secrets.make()}"', f'["{secrets.make()}"]', f'{{"Name": "{secrets.make()}', secrets.make(), "3"):
        path = _ndjson(folder, last)
        yield f"JSON lines: {last[:1]}", lambda path=path: sw.check(users=path, as_of=AS_OF)
    yield "a missing header", lambda: sw.check(users=_headerless(folder, rows), as_of=AS_OF)
    long = write_csv(folder / "long.csv", [{secrets.make() * 20: "x"}])
    yield "a header that is none", lambda: sw.check(users=long, as_of=AS_OF)
    wrong = folder / "users.parquet"
    wrong.write_text(f"{secrets.make()},{secrets.make()}\n")
    yield "a CSV file called Parquet", lambda: sw.check(users=wrong, as_of=AS_OF)
    arrow = folder / "users.arrow"
    arrow.write_text(f"{secrets.make()},{secrets.make()}\n")
    yield "a CSV file called Arrow", lambda: sw.check(users=arrow, as_of=AS_OF)
    quote = folder / "quote.csv"
    quote.write_text(
        f'Id,MessagingPlatformKey,MessagingChannelId,MessageType\n"{secrets.make()},{secrets.make()}\n' * 3
    )
    yield "an open quotation mark", lambda: sw.check(users=quote, as_of=AS_OF)
    ragged = folder / "ragged.csv"
    ragged.write_text(f"Id,MessagingPlatformKey\n{secrets.make()},{secrets.make()},{secrets.make()}\n")
    yield "a ragged record", lambda: sw.check(users=ragged, as_of=AS_OF)
    latin = folder / "latin.csv"
    latin.write_bytes(f"Id,MessagingPlatformKey\n{secrets.make()},J\xfcrgen {secrets.make()}\n".encode("latin-1"))
    yield "no UTF-8", lambda: sw.check(users=latin, as_of=AS_OF)
    changed = write_csv(folder / "changed.csv", rows)
    report = sw.check(users=changed, as_of=AS_OF)
    for row in rows:
        row["MessagingPlatformKey"] = secrets.make()
    write_csv(changed, rows)
    yield "a file that changed", lambda: report.findings
    turns = iter([frame, frame.reverse(), frame.reverse(), frame.reverse(), frame.reverse(), frame.reverse()])
    moody = pl.LazyFrame(frame.clear()).map_batches(lambda _: next(turns))
    yield "a query of moods", lambda: sw.check(users=moody, as_of=AS_OF).findings
    structured = frame.with_columns(MessagingPlatformKey=pl.struct("Name", "Id"))
    yield "a column of structures", lambda: sw.check(users=structured, as_of=AS_OF)
    found = sw.check(users=frame, as_of=AS_OF)
    yield "findings", lambda: found.raise_for_findings("info")
    baseline = folder / "baseline.json"
    baseline.write_text(json.dumps({"accepted": secrets.make()}))
    yield "a baseline that is none", lambda: sw.check(users=frame, as_of=AS_OF, baseline=baseline)


FAILURES = 23


def test_errors_quote_no_value(tmp_path: Path) -> None:
    secrets = Secrets(5)
    tried = []
    for what, work in failures(tmp_path, secrets):
        told = _raised(work)
        assert secrets.leaked(told) == [], (what, told)
        tried.append(what)
    assert len(tried) == FAILURES, tried
    assert len(set(tried)) > FAILURES - 3


#: What may stand where another thing is expected: text, a number, and either of them within.
_ELSEWHERE: tuple[Callable[[str], Any], ...] = (str, int, float, lambda text: [text], lambda text: {text: text})


def test_a_damaged_report_or_baseline_is_refused_without_its_values(tmp_path: Path) -> None:
    number = "14155559876"
    report = sw.check(users=damaged_users(), as_of=AS_OF)
    baseline, path = tmp_path / "baseline.json", tmp_path / "damaged.json"
    report.write_baseline(baseline)
    tried = refused = 0
    for good, lists, read in (
        (report.to_json(), ("findings", "counts"), lambda: sw.diff(path, path)),
        (baseline.read_text(), ("accepted",), lambda: sw.check(users=damaged_users(), as_of=AS_OF, baseline=path)),
    ):
        whole = json.loads(good)
        places = [(None, name) for name in whole] + [(one, name) for one in lists for name in whole[one][0]]
        for (within, name), form in product(places, _ELSEWHERE):
            damaged = json.loads(good)
            (damaged if within is None else damaged[within][0])[name] = form(number)
            path.write_text(json.dumps(damaged))
            tried += 1
            try:
                read()
            except sw.SendworthyError as error:
                refused += 1
                told = "".join(traceback.format_exception(error))
                assert number[1:] not in told, (within, name, told)
    assert tried == 190, tried
    assert refused == 86, refused


def test_the_command_quotes_no_value_when_it_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secrets = Secrets(6)
    rows = [{**row, "Name": secrets.make(), "MessagingPlatformKey": secrets.make()} for row in user_rows(30)]
    (tmp_path / "rules.py").write_text(
        "import polars as pl, sendworthy as sw\n"
        "RULES = [sw.Rule('X001', table='users', name='n', check=pl.col('Name').cast(pl.Int64) > 0, message='No.')]\n"
    )
    good = write_csv(tmp_path / "users.csv", rows)
    cases = [
        ["check", "--users", str(_headerless(tmp_path, rows))],
        ["check", "--users", str(good), "--rules-module", str(tmp_path / "rules.py")],
        ["check", "--users", str(_ndjson(tmp_path, f'"{secrets.make()}"'))],
        ["sends", "--sends", str(_headerless(tmp_path, rows))],
    ]
    for arguments in cases:
        assert run([*arguments, "--as-of", AS_OF, "--redact", "hash"]) == 2
        out, err = capfd.readouterr()
        assert err
        assert secrets.leaked(out + err) == [], err


def test_progress_and_notices_tell_no_value(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tables, secrets = planted(11)
    told: list[str] = []
    report = sw.check(**tables, as_of=AS_OF, progress=lambda progress: told.append(repr(progress)))
    report.write(tmp_path / "out")
    report.fix(tmp_path / "fixed")
    assert told
    assert secrets.leaked("".join(told) + repr(report) + "".join(report.notices)) == []
    files = stored(tables, tmp_path)
    given = [word for name, path in files.items() for word in (f"--{name.replace('_', '-')}", str(path))]
    for flags in (["--write", str(tmp_path / "w"), "--fix"], ["--write-baseline", str(tmp_path / "b")], ["--quiet"]):
        run(["check", *given, *flags, "--as-of", AS_OF, "--format", "json", "--output", str(tmp_path / "r.json")])
        out, err = capfd.readouterr()
        assert secrets.leaked(out + err) == []


def test_a_crash_of_ours_tells_no_value(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "Zqann 4915112345678"  # noqa: S105  (a name and a number)

    def fail(*_: object, **__: object) -> None:
        {"Name": 1}[secret]

    monkeypatch.setattr("sendworthy.api.check", fail)
    monkeypatch.delenv("SENDWORTHY_DEBUG", raising=False)
    assert run(["check", "--users", "x.csv"]) == 2
    err = capfd.readouterr().err
    assert "this is a fault in sendworthy" in err
    assert "KeyError" in err
    assert "Zqann" not in err
    assert "491511" not in err


#: Run in a process of its own: whatever asks for a socket ends it, and so does a temporary file that others may read.
WATCHED = """
import os, stat, sys, tempfile
opened = set()
def watch(event, arguments):
    if event.startswith("socket.") and event not in {"socket.gethostname", "socket.__new__"}:
        os.write(2, f"network: {event} {arguments}".encode()); os._exit(9)
    if event == "socket.__new__":
        os.write(2, f"network: {event} {arguments}".encode()); os._exit(9)
    if event in {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}:
        os.write(2, f"process: {event} {arguments}".encode()); os._exit(9)
sys.addaudithook(watch)
import sendworthy as sw
from sendworthy.cli import run
folder, as_of = sys.argv[1:3]
tables = [w for name in ("users", "sessions", "channels", "sends", "existing_users")
          for w in ("--" + name.replace("_", "-"), f"{folder}/{name}.csv")]
formats = sys.argv[3].split(",")
targets = [w for name in formats for w in ("--format", name, "--output", f"{folder}/out.{name}")]
assert run(["check", *tables, "--as-of", as_of, "--write", f"{folder}/w", "--fix", "--unsafe-fixes", *targets]) == 1
for command in ("sends", "eligibility"):
    for name in ("text", "json", "jsonl", "csv", "parquet"):
        out = f"{folder}/made.{command}.{name}"
        assert run([command, *tables, "--as-of", as_of, "--format", name, "--output", out]) == 0
assert run(["diff", f"{folder}/out.json", f"{folder}/out.json"]) == 0
assert run(["rules"]) == run(["rule", "U101"]) == run(["config", "show"]) == run(["schema"]) == 0
assert run(["generate", f"{folder}/g", "--users", "50", "--sessions", "50"]) == 0
report = sw.check(users=f"{folder}/users.csv", as_of=as_of)
report.to_html(f"{folder}/page.html"), report._repr_html_()
try:
    import socket; socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError:
    pass
"""


@pytest.mark.parametrize("how", ["watched", "cut off", "traced"])
def test_nothing_asks_for_the_network(how: str, tmp_path: Path) -> None:
    tables, _ = planted(1)
    stored(tables, tmp_path)
    command = [sys.executable, "-c", WATCHED, str(tmp_path), AS_OF, ",".join(FORMATS)]
    # The second has no interface at all; the third also sees what polars and the core ask the system for.
    around = {
        "cut off": ["unshare", "--user", "--map-root-user", "--net"],
        "traced": ["strace", "-f", "-qq", "-e", "trace=%network", "-o", str(tmp_path / "trace")],
    }.get(how, [])
    if around:
        probe = shutil.which(around[0]) and subprocess.run([*around, "true"], capture_output=True, check=False)  # noqa: S603
        if not probe or probe.returncode:
            pytest.skip(f"{around[0]} is not there or not allowed")
    command = [*around, *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)  # noqa: S603
    # The last line of the script asks on purpose, so that the watch is seen to work.
    assert done.returncode == 9, done.stderr
    assert done.stderr.splitlines()[-1].startswith("network: socket."), done.stderr
    if how == "traced":
        assert (tmp_path / "trace").read_text() == ""
        asking = [sys.executable, "-c", "import socket; socket.socket()"]
        subprocess.run([*around, *asking], check=True)  # noqa: S603
        assert "socket(" in (tmp_path / "trace").read_text()  # the trace would have shown it
    for name in FORMATS:
        assert (tmp_path / f"out.{name}").stat().st_size
    assert (tmp_path / "page.html").stat().st_size
    assert (tmp_path / "made.sends.csv").stat().st_size
    page = (tmp_path / "page.html").read_text()
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def _modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_temporary_files_are_private_and_gone(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    seen: dict[str, int] = {}
    rows = user_rows(50)
    before = os.umask(umask)
    try:
        reader = pa.Table.from_pylist(rows).to_reader()
        report = sw.check(users=reader, as_of=AS_OF)
        seen |= _modes(temporary)
        out = tmp_path / "out"

        def look(_: sw.Progress) -> None:
            seen.update({f"out/{name}": mode for name, mode in _modes(out).items()})
            seen.update(_modes(temporary))

        report.describer.progress = look
        report.write(out)
        report.fix(tmp_path / "fixed")
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pl.DataFrame(rows).write_csv().encode())))
            from sendworthy.sources.spool import spool_csv

            source = spool_csv(sys.stdin.buffer, "standard input")
            seen |= _modes(temporary)
            del source
        del report
    finally:
        os.umask(before)
    assert {"stream.arrow", "stream.csv"} <= {Path(name).name for name in seen}
    folders = {name: mode for name, mode in seen.items() if "/" not in name and name.startswith("sendworthy-")}
    assert len(folders) >= 2
    assert {*folders.values()} == {0o700}
    open_to_others = {
        name: oct(mode) for name, mode in seen.items() if Path(name).name.startswith("stream") and mode & 0o077
    }
    assert open_to_others == {}
    private.discard_all()
    assert list(temporary.iterdir()) == []
