"""Killed, crowded out and locked out: files are complete or not there."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from faults import command, contents, digest, is_whole, killed_after, make
from sendworthy.staging import Staging

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX systems do")

KILLS = 12
_KILLED_AT = """
import os, pathlib, signal, sys
real, left = pathlib.Path.replace, [int(sys.argv.pop(1))]
def replace(self, target):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
pathlib.Path.replace = replace
from sendworthy.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("data"), 3_000)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("whole")
    subprocess.run(command(data, out), check=True, capture_output=True)
    assert is_whole(out)
    return contents(out)


def test_a_run_that_is_killed_leaves_all_or_nothing(data: Path, whole: dict[str, str], tmp_path: Path) -> None:
    inputs = {path.name: digest(path) for path in data.iterdir()}
    started = time.monotonic()
    subprocess.run(command(data, tmp_path / "first"), check=True, capture_output=True)
    takes = time.monotonic() - started
    out, rng, killed = tmp_path / "out", random.Random(1), 0
    for at in range(KILLS):
        shutil.rmtree(out, ignore_errors=True)
        killed += killed_after(takes * (at + rng.random()) / KILLS, command(data, out))
        found = contents(out) if out.exists() else {}
        assert found in ({}, whole) or not is_whole(out)
    assert killed >= KILLS // 2
    subprocess.run(command(data, out), check=True, capture_output=True)
    assert contents(out) == whole
    assert not list(out.glob(".sendworthy*")), "the next run takes away what a killed one left"
    assert {path.name: digest(path) for path in data.iterdir()} == inputs


def test_killed_between_any_two_files_no_summary_stands_beside_files_of_another_run(
    data: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    other = make(tmp_path / "other", 300, seed=2)
    out = tmp_path / "out"
    states = []
    for at in range(1, 2 * len(whole) + 1):
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run(command(other, out), check=True, capture_output=True)
        old = contents(out)
        done = subprocess.run(
            [sys.executable, "-c", _KILLED_AT, str(at), *command(data, out)[3:]], check=False, capture_output=True
        )
        assert done.returncode == -9, (at, done.stderr)
        if is_whole(out):
            assert contents(out) in (old, whole)
        states.append(is_whole(out))
    assert states[0]
    assert not all(states)
    subprocess.run(command(data, out), check=True, capture_output=True)
    assert contents(out) == whole
    assert not list(out.glob(".sendworthy*"))


def test_a_folder_that_another_run_writes_to_is_refused(data: Path, whole: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Staging(out, alone=True) as staging:
        staging.path("kept").write_text("by the first")
        refused = subprocess.run(command(data, out), check=False, capture_output=True, text=True)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"sendworthy: error: {out}: another run is writing its files there; wait")
        with pytest.raises(OSError, match="another run is writing"):
            sw.check(users=data / "users.csv", as_of="2026-11-22T12:00:00Z").write(out)
        staging.commit()
    assert contents(out).keys() == {"kept"}
    subprocess.run(command(data, out), check=True, capture_output=True)
    assert contents(out).keys() == {"kept", *whole}


def test_of_runs_at_once_one_wins_and_nothing_is_mixed(data: Path, whole: dict[str, str], tmp_path: Path) -> None:
    other = make(tmp_path / "other", 3_000, seed=2)
    out = tmp_path / "out"
    runs = [
        subprocess.Popen(command(one, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for one in (data, other) * 2
    ]
    told = [(run.communicate()[1], run.returncode) for run in runs]
    assert {status for _, status in told} <= {0, 2}
    assert any(status == 0 for _, status in told)
    assert all("another run is writing its files there" in text for text, status in told if status)
    assert is_whole(out)
    assert contents(out).keys() == whole.keys()
    assert not list(out.glob(".sendworthy*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of one megabyte."""
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    return disk


@pytest.mark.parametrize("read_only", [False, True])
def test_a_full_disk_and_a_read_only_one_are_told_and_keep_nothing(
    small_disk: Path, tmp_path: Path, *, read_only: bool
) -> None:
    data = make(tmp_path / "large", 20_000)
    inputs = {path.name: digest(path) for path in data.iterdir()}
    try:
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        done = subprocess.run(command(data, small_disk / "out"), check=False, capture_output=True, text=True)
        assert done.returncode == 2, done.stderr
        assert ("Read-only file system" if read_only else "No space left on device") in done.stderr
        assert "this is a fault in sendworthy" not in done.stderr
        assert list(small_disk.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", small_disk], check=True)
    assert {path.name: digest(path) for path in data.iterdir()} == inputs


def test_the_summary_tells_whether_the_rest_is_whole(data: Path, tmp_path: Path) -> None:
    subprocess.run(command(data, tmp_path), check=True, capture_output=True)
    file = tmp_path / json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["files"][0]["name"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(AssertionError, match="not those of the summary"):
        is_whole(tmp_path)
