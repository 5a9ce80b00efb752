"""Progress is true, rare, harmless to the run, and the interpreter stays free for others."""

from __future__ import annotations

import gzip
import itertools
import os
import pty
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.bar import _duration, _rounded
from sendworthy.sources import open_source
from slow_source import SlowUsers

from tables import AS_OF, damaged_users, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_every_phase_is_told_and_the_end(tmp_path: Path) -> None:
    seen: list[sw.Progress] = []
    users, sessions = SlowUsers(20), session_rows(3)
    report = sw.check(users=users.query, sessions=sessions, as_of=AS_OF, select=["U101"], progress=seen.append)
    assert {one.phase for one in seen} >= {"reading", "done"}
    reading = [one.rows for one in seen if one.table == "users"]
    assert len(reading) > 1
    assert reading == sorted(reading)
    assert 0 < reading[-1] <= 2000
    assert (seen[-1].phase, seen[-1].rows, seen[-1].share) == ("done", 0, 1.0)
    seen.clear()
    report.write(tmp_path / "out")
    assert {one.phase for one in seen} == {"writing", "done"}
    assert seen[-1].rows == 2003
    assert all(one.share is not None for one in seen)  # how many there are is known by now
    seen.clear()
    report.fix(tmp_path / "fixed")
    assert (seen[-1].phase, seen[-1].rows) == ("done", 2003)


def test_findings_are_told_too() -> None:
    seen: list[sw.Progress] = []
    users = [row | {"MessagingPlatformKey": "12"} for row in user_rows(5)]
    report = sw.check(users=users, as_of=AS_OF, select=["U101"], progress=seen.append)
    assert seen[-1].phase == "done"
    seen.clear()
    assert report.findings.height == 5
    assert (seen[-1].phase, seen[-1].rows) == ("done", 5)
    seen.clear()
    assert sum(frame.height for frame in report.findings_batches()) == 5
    assert [one.phase for one in seen] == ["finding", "done"]  # here the receiver's thread does the work


def test_it_is_told_at_most_ten_times_a_second_by_the_thread_that_asked() -> None:
    seen: list[tuple[float, int]] = []
    users = SlowUsers(40)
    sw.check(
        users=users.query,
        as_of=AS_OF,
        select="U101",
        progress=lambda _: seen.append((time.monotonic(), threading.get_ident())),
    )
    assert len(seen) >= 4
    assert {thread for _, thread in seen} == {threading.get_ident()}
    *apart, _last = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(seen)]
    assert min(apart) >= 0.1


def test_a_slow_receiver_does_not_slow_the_run() -> None:
    users, calls = SlowUsers(75), 0

    def receive(_: sw.Progress) -> None:
        nonlocal calls
        calls += 1
        time.sleep(1)

    began = time.monotonic()
    sw.check(users=users.query, as_of=AS_OF, select="U101", progress=receive)
    assert calls <= 4
    assert time.monotonic() - began < 1.5 + 2 + 1.5  # the reading, two calls, and room for a busy machine


def test_a_slow_receiver_is_called_less_often_by_a_thread_that_works_itself() -> None:
    calls = 0

    def receive(progress: sw.Progress) -> None:
        nonlocal calls
        calls += progress.phase == "finding"
        time.sleep(0.2 if progress.phase == "finding" else 0)

    users = SlowUsers(50)
    report = sw.check(users=users.query, as_of=AS_OF, select="U101", severity={"U101": "info"}, progress=receive)
    report.describer._outcome = _Flagged(report.describer.outcome)  # type: ignore[assignment]  # noqa: SLF001
    assert sum(frame.height for frame in report.findings_batches()) == 0
    assert calls == 1


class _Flagged:
    """An outcome that says that there is something to describe."""

    def __init__(self, outcome: Any) -> None:
        self._outcome = outcome

    def __getattr__(self, name: str) -> Any:
        return (lambda _: 1) if name == "flagged" else getattr(self._outcome, name)


def test_a_receiver_that_fails_is_told_no_more_and_the_run_goes_on() -> None:
    calls = 0

    def fail(_: sw.Progress) -> None:
        nonlocal calls
        calls += 1
        message = "no"
        raise ValueError(message)

    rows = damaged_users()
    with pytest.warns(RuntimeWarning, match="progress: ValueError: no; it is told no more") as warned:
        report = sw.check(users=rows, as_of=AS_OF, select="U101", progress=fail)
    assert (calls, len(warned)) == (1, 1)
    assert report.counts.equals(sw.check(users=rows, as_of=AS_OF, select="U101").counts)


def test_ctrl_c_in_a_receiver_stops_the_run() -> None:
    users = SlowUsers(500)

    def stop(_: sw.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sw.check(users=users.query, as_of=AS_OF, select="U101", progress=stop)
    assert users.given < 100


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "arrow", "ndjson", "frame"])
def test_the_number_of_records_is_known_before_they_are_read(kind: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(user_rows(20_000))
    data: Any = tmp_path / f"u.{kind}"
    if kind in {"csv", "tsv"}:
        frame.write_csv(data, separator="\t" if kind == "tsv" else ",")
    elif kind == "frame":
        data = frame
    else:
        getattr(frame, {"arrow": "write_ipc"}.get(kind, f"write_{kind}"))(data)
    expected = open_source("users", data).expected_rows()
    assert expected == (pytest.approx(20_000, rel=0.02) if kind in {"csv", "tsv", "ndjson"} else 20_000)


def test_where_the_number_is_unknown_the_share_is_too(tmp_path: Path) -> None:
    path = tmp_path / "u.csv.gz"
    path.write_bytes(gzip.compress(write_csv(tmp_path / "u.csv", user_rows(500)).read_bytes()))
    assert open_source("users", path).expected_rows() is None
    seen: list[sw.Progress] = []
    sw.check(users=SlowUsers(20).query, as_of=AS_OF, select="U101", progress=seen.append)
    assert {(one.share, one.seconds_left) for one in seen[:-1]} == {(None, None)}


def test_share_and_time_left_follow_from_the_rows() -> None:
    seen: list[sw.Progress] = []
    users = SlowUsers(60)
    report = sw.check(users=users.query, as_of=AS_OF, select="U101", progress=seen.append)
    seen.clear()
    assert report.users is not None
    report.describer._outcome = _Flagged(report.describer.outcome)  # type: ignore[assignment]  # noqa: SLF001
    assert report.findings.height == 0
    told = [one for one in seen if one.phase == "finding" and one.rows]
    assert len(told) >= 3
    for one in told:
        assert one.share == one.rows / 6000
        if one.seconds_left is not None:
            assert one.seconds_left == pytest.approx(one.seconds * (1 - one.share) / one.share)
    assert told[-1].rows_per_second == pytest.approx(5_000, rel=0.9)


def test_the_bar_is_drawn_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "u.parquet"
    pl.concat([pl.DataFrame(user_rows(9_000))] * 500).write_parquet(path)  # enough to be seen being read
    command = [sys.executable, "-m", "sendworthy", "check", "--users", str(path), "--as-of", AS_OF, "--exit-zero"]
    with _terminal() as (descriptor, text):
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=descriptor, check=True)  # noqa: S603
    assert done.returncode == 0
    drawn = text()
    assert "reading users" in drawn
    assert "records" in drawn
    assert drawn.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in drawn[-40:]  # the cursor is back
    quiet = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    assert quiet.stderr == b""


class _terminal:  # noqa: N801  (used as a function)
    """A terminal for a child process, and what was written to it."""

    def __enter__(self) -> tuple[int, Callable[[], str]]:
        self._ours, self._theirs = pty.openpty()
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        return self._theirs, lambda: b"".join(self._parts).decode()

    def _read(self) -> None:
        try:
            while data := os.read(self._ours, 65_536):
                self._parts.append(data)
        except OSError:  # the other end is closed
            return

    def __exit__(self, *_: object) -> None:
        os.close(self._theirs)
        self._thread.join()
        os.close(self._ours)


def test_numbers_of_the_bar() -> None:
    assert [_rounded(number) for number in (7, 1_234, 45_678, 2_345_678)] == ["7", "1.2k", "46k", "2.3M"]
    assert [_duration(seconds) for seconds in (0.4, 59, 61, 3_725)] == ["0 s", "59 s", "1:01 min", "1:02 h"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nearly two hundred thousand users, all of them bad, and the folder that they are in."""
    folder = tmp_path_factory.mktemp("many")
    rows = pl.DataFrame(user_rows(9_000)).with_columns(MessagingPlatformKey=pl.lit("+1 (415) 555-0100"))
    frame = pl.concat([rows] * 20)
    frame.write_csv(folder / "u.csv")
    frame.write_parquet(folder / "u.parquet")
    return folder


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_other_threads_run_all_the_time(suffix: str, many: Path, tmp_path: Path) -> None:
    rules = ["U101", "U205", "U206", "F"]

    def steps() -> Iterator[Callable[[], object]]:
        report = sw.check(users=many / f"u.{suffix}", as_of=AS_OF, select=rules)
        yield lambda: report
        yield lambda: report.findings
        yield lambda: report.users and report.users.rejected
        yield lambda: report.users and report.users.mask
        yield lambda: report.write(tmp_path / "out")

    # The same ticks in another process tell what this machine does to a thread that nobody holds up.
    with subprocess.Popen([sys.executable, "-c", _TICKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as free:  # noqa: S603
        gaps = []
        stop = threading.Event()

        def tick() -> None:
            last = time.monotonic()
            while not stop.wait(0.01):
                now = time.monotonic()
                gaps.append(now - last)
                last = now

        ticker = threading.Thread(target=tick)
        ticker.start()
        for step in steps():
            step()
        stop.set()
        ticker.join()
        usual = float(free.communicate()[0])
    assert len(gaps) > 30
    assert max(gaps) < 0.3 + 3 * usual, sorted(gaps)[-5:]


_TICKS = """
import sys, threading, time
done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), done.set())).start()
last, most = time.monotonic(), 0.0
while not done.wait(0.01):
    now = time.monotonic()
    most, last = max(most, now - last), now
print(most)
"""
