"""Ctrl-C ends the command at once at any moment, and leaves nothing behind."""

from __future__ import annotations

import _thread
import ctypes
import itertools
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.private import PrivateFolder, discard_all
from sendworthy.staging import Staging
from sendworthy.stopping import attend, current
from slow_source import SlowUsers

from tables import AS_OF, user_rows

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

#: Seconds after the start of a command at which it is stopped.
MOMENTS = (0.5, 1.1, 1.9)
SECONDS = 0.2
COMPLETE = (0, 1)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million users, all of them bad, with numbers that can be mended."""
    folder = tmp_path_factory.mktemp("many")
    rows = pl.DataFrame(user_rows(10_000))
    index = pl.int_range(1_000_000, eager=True).cast(pl.String).str.zfill(7)
    frame = pl.concat([rows] * 100).with_columns(MessagingPlatformKey="+1 (415) " + index)
    frame.write_csv(folder / "u.csv")
    frame.write_parquet(folder / "u.parquet")
    subprocess.run(["gzip", "-1", "-k", "u.csv"], cwd=folder, check=True)  # noqa: S607
    return folder


CHECK = ["check", "--as-of", AS_OF, "--select", "U101,U102,U205,U206,F", "--users"]
COMMANDS = {
    "csv": [*CHECK, "u.csv"],
    "gz": [*CHECK, "u.csv.gz"],
    "parquet": [*CHECK, "u.parquet"],
    "write-csv": [*CHECK, "u.csv", "--write", "OUT/new"],
    "write-parquet": [*CHECK, "u.parquet", "--write", "OUT/new"],
    "fix": [*CHECK, "u.parquet", "--write", "OUT/new", "--fix"],
    "jsonl": [*CHECK, "u.parquet", "--format", "jsonl", "--output", "OUT/f.jsonl"],
    "json-to-stdout": [*CHECK, "u.parquet", "--format", "json"],
    "parquet-to-stdout": [*CHECK, "u.parquet", "--format", "parquet"],
    "eligibility": [
        "eligibility",
        "--as-of",
        AS_OF,
        "--users",
        "u.parquet",
        "--format",
        "csv",
        "--output",
        "OUT/e.csv",
    ],
    "generate": ["generate", "OUT/new", "--users", "3000000", "--sessions", "3000000"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_ends_a_command_at_once_and_leaves_nothing(name: str, many: Path, tmp_path: Path) -> None:
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    out.mkdir()
    temporary.mkdir()
    arguments = [argument.replace("OUT", str(out)) for argument in COMMANDS[name]]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    late = []
    for moment in MOMENTS:
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "sendworthy", *arguments],
            cwd=many, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            outputs = _reading(process)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                began = time.monotonic()
                process.send_signal(signal.SIGINT)
                process.wait(20)
                late.append(time.monotonic() - began)
            else:  # a fast machine: nothing to stop
                break
            stdout, stderr = outputs()
        if process.returncode in COMPLETE:  # the signal came too late; whether it was heeded is told by the time
            break
        assert process.returncode == 130
        assert list(temporary.iterdir()) == []
        if left := sorted(path for path in out.rglob("*") if path.is_file()):  # complete before the signal was heeded
            kept = stderr.decode().removeprefix("Stopped; complete and kept: ").removesuffix(".\n").split(", ")
            assert sorted(map(Path, kept)) == left, stderr
            break
        assert list(out.iterdir()) == []
        assert stderr in {b"", b"Stopped; nothing was written.\n"}
        if stdout:  # it was too late for the report, which then is whole
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "sendworthy", *arguments], cwd=many, capture_output=True, check=False
            )
            assert stdout == done.stdout
            break
    assert late, "the command ended before the first moment"
    assert statistics.median(late) <= SECONDS + _ending(), late


def _reading(process: subprocess.Popen[bytes]) -> Callable[[], list[bytes]]:
    """Read both outputs meanwhile, so that the process never waits for us."""
    assert process.stdout is not None
    assert process.stderr is not None
    parts = [b"", b""]

    def read(at: int, stream: IO[bytes]) -> None:
        parts[at] = stream.read()

    threads = [
        threading.Thread(target=read, args=(at, stream)) for at, stream in enumerate((process.stdout, process.stderr))
    ]
    for thread in threads:
        thread.start()

    def outputs() -> list[bytes]:
        for thread in threads:
            thread.join()
        return parts

    return outputs


def _ending() -> float:
    """How long this machine needs now to end a process of that size, which nothing keeps from ending."""
    code = "import signal, time; signal.signal(2, signal.SIG_DFL); x = bytearray(400 << 20); x[::4096] = x[::4096]; "
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code + "print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait()
        return time.monotonic() - began


def test_ctrl_c_while_a_large_report_is_compared(tmp_path: Path) -> None:
    users = pl.concat([pl.DataFrame(user_rows(9_000))] * 15).with_columns(MessagingPlatformKey=pl.lit("12"))
    report = sw.check(users=users, as_of=AS_OF, select="U101,U205")
    (tmp_path / "a.json").write_text(report.to_json())
    command = [sys.executable, "-m", "sendworthy", "diff", "a.json", "a.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        time.sleep(1.0)
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate()
        late = time.monotonic() - began
    assert (process.returncode, stdout) == (130, b"")
    assert late <= SECONDS + 0.2 + _ending()


def test_ctrl_c_stops_a_check_in_the_main_thread() -> None:
    users = SlowUsers(1_000)
    threading.Timer(0.5, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        sw.check(users=users.query, as_of=AS_OF, select="U101")
    _require_standstill(users)


def test_ctrl_c_stops_a_check_in_any_thread() -> None:
    users, raised = SlowUsers(1_000), threading.Event()

    def work() -> None:
        with pytest.raises(KeyboardInterrupt):
            sw.check(users=users.query, as_of=AS_OF, select="U101")
        raised.set()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.5)
    assert thread.ident is not None
    began = time.monotonic()
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt))
    assert raised.wait(5)
    assert time.monotonic() - began < SECONDS + 0.3
    thread.join()
    _require_standstill(users)


def _require_standstill(users: SlowUsers) -> None:
    """The reading must have ended, too, a few batches that were on their way apart."""
    assert 0 < users.given < 500
    for _ in itertools.repeat(None, 50):
        before = users.given
        time.sleep(0.2)
        if users.given == before:
            return
    pytest.fail("the records are still being read")


def test_work_within_work_is_done_where_it_is() -> None:
    outer = attend(lambda: (threading.get_ident(), attend(threading.get_ident)))
    assert outer[0] == outer[1] != threading.get_ident()


def test_work_sees_the_variables_of_its_caller() -> None:
    variable: ContextVar[int] = ContextVar("variable")
    variable.set(7)
    assert attend(variable.get) == 7


def test_what_work_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        attend(lambda: 1 // 0)


def test_a_commit_is_whole_or_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, moves = threading.Event(), []
    replace = Path.replace

    def slow(self: Path, target: Path) -> Path:
        begun.set()
        time.sleep(0.1)
        moves.append(self.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", slow)

    def work() -> None:
        with Staging(tmp_path / "out") as staging:
            for name in "abc":
                staging.path(name).write_text(name)
            staging.commit()

    def stop() -> None:
        if begun.is_set():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attend(work, stop)
    assert moves == ["a", "b", "c"]  # it had begun, so it was completed before the exception went on
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")) == [
        "a",
        "b",
        "c",
    ]


def test_nothing_is_committed_by_work_that_was_stopped(tmp_path: Path) -> None:
    go, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with Staging(tmp_path / "out") as staging:
                staging.path("a").write_text("a")
                go.set()
                time.sleep(0.5)  # a call that does not notice
                staging.commit()
        finally:
            ended.set()

    def stop() -> None:
        if go.is_set():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attend(work, stop)
    assert not ended.is_set()
    discard_all()  # as the command does before it leaves
    assert not (tmp_path / "out").exists()
    assert ended.wait(5)
    assert not (tmp_path / "out").exists()


def test_what_is_stopped_with_the_work() -> None:
    stopped = threading.Event()

    def work() -> None:
        with current().calling(stopped.set):
            time.sleep(0.2)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attend(work, stop)
    assert stopped.is_set()


def test_a_private_folder_goes_with_its_owner(tmp_path: Path) -> None:
    folder = PrivateFolder("x-", tmp_path)
    (folder.path / "a").write_text("a")
    del folder
    assert list(tmp_path.iterdir()) == []
