"""The command: exit statuses, messages, and what goes where."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.cli import run

from tables import AS_OF, channel_rows, damaged_users, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable

ONLY = ["--as-of", AS_OF, "--select", "U101", "--select", "U205"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with good.csv, whose records are sound, and bad.csv, of which two are not."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "good.csv", user_rows(20))
    write_csv(tmp_path / "bad.csv", damaged_users())
    return tmp_path


def sendworthy(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "sendworthy", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        **options,
    )


def _environment() -> dict[str, str]:
    path = os.pathsep.join(part for part in sys.path if part)
    return {key: value for key, value in os.environ.items() if key != "SENDWORTHY_DEBUG"} | {"PYTHONPATH": path}


@pytest.mark.usefixtures("folder")
def test_nothing_found_is_status_0(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "good.csv", *ONLY]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("Ready: no errors in 20 users; 0 warnings.\n")
    assert err == ""


@pytest.mark.usefixtures("folder")
def test_findings_are_status_1(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "bad.csv", *ONLY]) == 1
    out, err = capfd.readouterr()
    assert out.startswith("Not ready: 2 blocking rules, 2 of 20 users would be rejected.\n")
    assert "4155550003" in out
    assert err == ""


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 1),
        (["--exit-zero"], 0),
        (["--severity", "U101=warning", "--severity", "U205=info"], 0),
        (["--severity", "U101=warning", "--severity", "U205=info", "--fail-on", "warning"], 1),
        (["--severity", "U101=info", "--severity", "U205=info", "--fail-on", "warning"], 0),
        (["--severity", "U101=info", "--severity", "U205=info", "--fail-on", "info"], 1),
        (["--ignore", "U101", "--ignore", "duplicate-id"], 2),  # no rule is left: never silently green
        (["--select", "S301", "--ignore", "U"], 2),  # a rule is left that cannot run
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_status_follows_the_options(options: list[str], status: int) -> None:
    assert run(["check", "--users", "bad.csv", *ONLY, *options]) == status


def _truncated(path: Path) -> str:
    pl.DataFrame({"Id": [f"{at}" for at in range(50_000)]}).write_parquet(path / "x.parquet")
    whole = (path / "x.parquet").read_bytes()
    (path / "x.parquet").write_bytes(whole[: len(whole) // 2])
    return "x.parquet"


def _bytes(name: str, data: bytes) -> Callable[[Path], str]:
    def make(path: Path) -> str:
        (path / name).write_bytes(data)
        return name

    return make


def _wrong_type(path: Path) -> str:
    pl.DataFrame(user_rows(3)).with_columns(Id=pl.lit([1, 2])).write_parquet(path / "x.parquet")
    return "x.parquet"


def _no_rows(path: Path) -> str:
    pl.DataFrame(user_rows(1)).clear().write_parquet(path / "x.parquet")
    return "x.parquet"


_MANY_COLUMNS = b",".join(b"column%d" % at for at in range(5_000))
BAD_INPUTS: dict[str, tuple[Callable[[Path], str], str]] = {
    "missing": (lambda _: "absent.csv", "absent.csv: No such file"),
    "glob without a match": (lambda _: "absent-*.csv", "absent-*.csv: no file matches"),
    "empty": (_bytes("x.csv", b""), "x.csv: is empty"),
    "header only": (
        _bytes("x.csv", (",".join(user_rows(1)[0]) + "\n").encode()),
        "holds no records: nothing was examined",
    ),
    "truncated Parquet": (_truncated, "x.parquet: is cut off"),
    "binary": (_bytes("x.csv", bytes(range(256)) * 99), "x.csv: "),
    "wrong encoding": (
        _bytes("x.csv", "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n1,ü,2,3\n".encode("latin-1")),
        "x.csv: F101 not-utf8: record 0, column 'MessagingPlatformKey' (line 2, byte 57): byte FC is not UTF-8",
    ),
    "utf-16": (_bytes("x.csv", "Id,Name\n1,2\n".encode("utf-16")), "is UTF-16 text"),
    "zero rows": (_no_rows, "holds no records"),
    "missing column": (_bytes("x.csv", b"Id,Telephone\n1,2\n"), "MessagingPlatformKey"),
    "wrong type": (_wrong_type, "'Id'"),
    "5,000 columns": (_bytes("x.csv", _MANY_COLUMNS + b"\n" + b"," * 4_999 + b"\n"), "and 4980 more"),
    "a 100 MB line": (_bytes("x.csv", b"x" * 100_000_000), "x.csv: F107"),
    "directory": (str, "is a directory"),
}


@pytest.mark.parametrize("fault", BAD_INPUTS)
def test_an_input_that_cannot_be_read_is_status_2(fault: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make, said = BAD_INPUTS[fault]
    given = make(folder)
    before = sorted(folder.rglob("*"))
    assert run(["check", "--users", given, "--write", "out", "--format", "json", "--output", "r.json"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert "fault in sendworthy" not in err
    assert "nothing was written" in err
    assert err.count("\n") == 1
    assert len(err) < 1_500
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to check"),
        (["--users", "good.csv", "--nonsense"], "No such option"),
        (["--channels", "good.csv"], "nothing to check"),
        (["--users", "good.csv", "--as-of", "yesterday"], "'yesterday' is not an ISO 8601 time"),
        (["--users", "good.csv", "--as-of", "2026-11-22T12:00:00"], "no time zone"),
        (["--users", "good.csv", "--select", "X999"], "X999"),
        (["--users", "good.csv", "--severity", "U101=fatal"], "fatal"),
        (["--users", "good.csv", "--severity", "U101"], "expected NAME=VALUE"),
        (["--users", "good.csv", "--map", "phone"], "expected NAME=VALUE"),
        (["--users", "good.csv", "--map", "phone=x"], "expected TABLE.FIELD=COLUMN"),
        (["--users", "good.csv", "--map", "people.Name=x"], "'people' is no table"),
        (["--users", "good.csv", "--map", "sessions.Status=x"], "which is not given"),
        (["--users", "good.csv", "--map", "users.MessagingPlatformKey=absent"], "absent"),
        (["--users", "good.csv", "--sdl", "users=absent.sdl"], "absent.sdl: No such file"),
        (["--users", "-", "--sessions", "-"], "standard input can be one table only"),
        (["--users", "-", "--users", "good.csv"], "cannot be joined"),
        (["--users", "good.csv", "--threads", "0"], "--threads"),
        (["--users", "good.csv", "--format", "xml"], "xml"),
        (["--users", "good.csv", "--format", "json", "--format", "csv"], "only one format fits on standard output"),
        (["--users", "good.csv", "--output", "r.json", "--format", "json"], "put one just before it"),
        (["--users", "good.csv", "--format", "json", "--output", "a", "--output", "b"], "put one just before it"),
        (["--users", "good.csv", "--format", "csv", "--output", "good.csv"], "is an input of this check"),
        (
            ["--users", "good.csv", "--format", "csv", "--output", "absent/r.csv"],
            "the directory for --output is not there",
        ),
        (["--users", "good.csv", "--format", "csv", "--output", "."], "is a directory"),
        (["--users", "good.csv", *["--format", "csv", "--output", "a"] * 2], "--output a is given twice"),
        (["--users", "good.csv", "--max-findings", "3"], "--max-findings is for --format json"),
    ],
)
def test_arguments_that_make_no_sense_are_status_2(
    arguments: list[str], said: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert run(["check", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert sorted(folder.rglob("*")) == before


def test_the_version_is_told_without_any_import() -> None:
    code = (
        "import sys; sys.argv = ['sendworthy', '--version']; from sendworthy.__main__ import main; main(); "
        "print(sorted({'polars', 'click', 'rich', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())  # noqa: S603
    assert done.stdout == f"sendworthy {sw.__version__}\n[]\n"


def test_import_costs_nothing() -> None:
    code = "import sys, sendworthy; print([name for name in sys.modules if name.startswith(('sendworthy.', 'polars'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())  # noqa: S603
    assert done.stdout == "['sendworthy.forks', 'sendworthy.hook']\n"


@pytest.mark.parametrize("command", [[], ["check"], ["rules"], ["rule"], ["generate"]])
def test_every_command_has_help(command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    assert "Usage: sendworthy" in capfd.readouterr().out


def test_the_help_of_check_has_the_statuses(capfd: pytest.CaptureFixture[str]) -> None:
    run(["check", "--help"])
    out = capfd.readouterr().out
    assert [status in out for status in ("  0    ", "  1    ", "  2    ", "  130  ")] == [True] * 4


def test_formats_and_outputs_pair_up(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    formats = ["--format", "json", "--output", "r.json", "--format", "full", "--format", "csv", "--output", "f.csv"]
    assert run(["check", "--users", "bad.csv", *ONLY, *formats, "--format", "parquet", "--output", "f.parquet"]) == 1
    out, err = capfd.readouterr()
    assert "U101 phone-not-e164, users: 1" in out
    assert err == ""
    report = json.loads((folder / "r.json").read_text())
    assert report["ok"] is False
    assert pl.read_csv("f.csv")["row"].to_list() == pl.read_parquet("f.parquet")["row"].to_list() == [3, 7]
    assert [finding["row"] for finding in report["findings"]] == [3, 7]


@pytest.mark.usefixtures("folder")
def test_results_go_to_stdout_and_notices_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "bad.csv", *ONLY, "--format", "jsonl"]) == 1
    out, err = capfd.readouterr()
    assert [json.loads(line)["code"] for line in out.splitlines()] == ["U101", "U205"]
    assert err == "Not ready: 2 blocking rules, 2 of 20 users would be rejected.\n"
    assert run(["check", "--users", "bad.csv", *ONLY, "--format", "jsonl", "--quiet"]) == 1
    assert capfd.readouterr().err == ""


def test_standard_input_is_a_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((folder / "bad.csv").read_bytes())))
    assert run(["check", "--users", "-", *ONLY, "--format", "json", "--output", "-"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert report["inputs"] == [{"table": "users", "source": "standard input", "rows": 20}]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert run(["check", "--users", "-"]) == 2
    assert "standard input: is empty" in capfd.readouterr().err


def test_maps_and_mapping_files_name_columns(folder: Path) -> None:
    rows = [{"Phone Number": row.pop("MessagingPlatformKey"), "K": row.pop("Id"), **row} for row in damaged_users()]
    write_csv(folder / "x.csv", rows)
    assert run(["check", "--users", "x.csv", *ONLY]) == 2
    assert (
        run(
            [
                "check",
                "--users",
                "x.csv",
                *ONLY,
                "--map",
                "users.MessagingPlatformKey=Phone Number",
                "--map",
                "users.Id=K",
            ]
        )
        == 1
    )
    (folder / "m.sdl").write_text("# mapping\nPhone\\ Number=MessagingPlatformKey\nK=Id\n")
    assert run(["check", "--users", "x.csv", *ONLY, "--sdl", "users=m.sdl"]) == 1


def test_written_files_are_announced(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "bad.csv", *ONLY, "--write", "out", "--style", "dataloader"]) == 1
    assert capfd.readouterr().err == "wrote 3 files to out\n"
    assert (folder / "out/users.rejected.csv").read_text().splitlines()[0].endswith(",ERROR")


@pytest.mark.usefixtures("folder")
def test_parquet_is_refused_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["check", "--users", "bad.csv", *ONLY, "--format", "parquet"]) == 2
    assert "parquet is not for a terminal" in capfd.readouterr().err


@pytest.mark.parametrize(("setting", "colored"), [("", True), ("1", False)])
@pytest.mark.usefixtures("folder")
def test_colour_is_for_terminals_and_no_color_is_honoured(
    setting: str, colored: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", setting)
    monkeypatch.setenv("TERM", "xterm")
    run(["check", "--users", "bad.csv", *ONLY])
    assert ("\x1b[" in capfd.readouterr().out) is colored


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv", "parquet"])
@pytest.mark.usefixtures("folder")
def test_a_full_disk_is_status_2(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "bad.csv", *ONLY, "--format", form, "--output", "/dev/full"]) == 2
    err = capfd.readouterr().err
    assert "No space left on device" in err
    assert "Traceback" not in err
    assert "fault in sendworthy" not in err


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(folder: Path) -> None:
    write_csv(folder / "many.csv", [row | {"MessagingPlatformKey": "1"} for row in user_rows(9_999)])
    command = [
        sys.executable,
        "-m",
        "sendworthy",
        "check",
        "--users",
        "many.csv",
        *ONLY,
        "--format",
        "jsonl",
        "--quiet",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(
    ("number", "status", "said"), [(signal.SIGINT, 130, "Stopped; nothing was written.\n"), (signal.SIGTERM, 143, "")]
)
def test_a_stopped_command_leaves_nothing_behind(number: int, status: int, said: str, folder: Path) -> None:
    os.mkfifo(folder / "slow.csv")
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "sendworthy", "check", "--users", "slow.csv", *ONLY, "--write", "out"]
    environment = _environment() | {"TMPDIR": str(folder / "tmp")}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process,  # noqa: S603
        (folder / "slow.csv").open("wb") as pipe,  # the reader waits for more
    ):
        pipe.write((folder / "bad.csv").read_bytes())
        pipe.flush()
        while not list((folder / "tmp").glob("*/stream.csv")):
            time.sleep(0.05)  # until the copy has begun
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.decode()) == (status, b"", said)
    assert list((folder / "tmp").iterdir()) == []
    assert not (folder / "out").exists()


@pytest.mark.usefixtures("folder")
def test_a_fault_of_ours_says_so(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("sendworthy.api.check", fail)
    monkeypatch.delenv("SENDWORTHY_DEBUG", raising=False)
    assert run(["check", "--users", "bad.csv"]) == 2
    err = capfd.readouterr().err
    assert "this is a fault in sendworthy, not in your data: ZeroDivisionError: oops" in err
    assert "Traceback" not in err
    monkeypatch.setenv("SENDWORTHY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["check", "--users", "bad.csv"])


def test_the_rulebook_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    codes = sw.rules()["code"].to_list()
    assert run(["rules"]) == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == codes
    assert run(["rules", "--format", "json"]) == 0
    assert [rule["code"] for rule in json.loads(capfd.readouterr().out)] == codes
    assert run(["rules", "--format", "markdown"]) == 0
    assert capfd.readouterr().out.count("\n| [") == len(codes)
    assert run(["rule", "duplicate-address"]) == 0
    assert capfd.readouterr().out == sw.explain("U206")
    assert run(["rule", "u101", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["name"] == "phone-not-e164"
    assert run(["rule", "phone-not-e146"]) == 2
    assert "the nearest" in (err := capfd.readouterr().err)
    assert "phone-not-e164" in err


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_generated_files_are_checked_by_the_command_that_is_printed(
    form: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", "made", "--users", "500", "--sessions", "700", "--format", form]) == 0
    command = capfd.readouterr().out.split()
    assert command[0] == "sendworthy"
    assert sorted(path.name for path in (folder / "made").iterdir()) == sorted(
        ["truth.parquet", *(f"{table}.{form}" for table in ("channels", "users", "sessions"))]
    )
    assert run([*command[1:], "--format", "json"]) == 1
    rows = {one["table"]: one["rows"] for one in json.loads(capfd.readouterr().out)["inputs"]}
    assert (rows["users"], rows["sessions"]) == (500, 700)


def test_all_tables_are_taken(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_csv(folder / "sessions.csv", session_rows(5))
    write_csv(folder / "channels.csv", channel_rows())
    tables = [
        "--users",
        "good.csv",
        "--sessions",
        "sessions.csv",
        "--channels",
        "channels.csv",
        "--existing-users",
        "good.csv",
    ]
    assert run(["check", *tables, "--format", "json", *ONLY]) == 0
    inputs = json.loads(capfd.readouterr().out)["inputs"]
    assert [one["table"] for one in inputs] == ["channels", "users", "sessions", "existing_users"]


def test_the_command_is_a_module(folder: Path) -> None:
    done = sendworthy("check", "--users", "good.csv", *ONLY, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_asked_of_the_command_itself_is_no_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr() == (f"sendworthy {sw.__version__}\n", "")
    assert run(["--help"]) == run(["check", "-h"]) == 0
    assert "Usage: sendworthy" in capfd.readouterr().out


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "sendworthy: error: not enough memory\n"),
        (OSError(28, "No space left on device", "/a/b"), "sendworthy: error: /a/b: No space left on device\n"),
        (OSError(28, "No space left on device"), "sendworthy: error: No space left on device\n"),
        (OSError("it is gone"), "sendworthy: error: it is gone\n"),
        (KeyError("+14155550005"), "sendworthy: this is a fault in sendworthy, not in your data: KeyError: "),
    ],
)
def test_whatever_ends_a_check_is_status_2_and_one_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.delenv("SENDWORTHY_DEBUG", raising=False)
    monkeypatch.setattr("sendworthy.api.check", fail)
    assert run(["check", "--users", "good.csv", *ONLY]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(told)
    assert err.count("\n") == 1
    assert "14155550005" not in err
    monkeypatch.setenv("SENDWORTHY_DEBUG", "1")
    with pytest.raises(type(error)):
        run(["check", "--users", "good.csv", *ONLY])
