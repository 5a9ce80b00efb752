"""Private folders: each its owner's as long as that lives, and no longer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sendworthy.private import PrivateFolder

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")

_PREFIX = "folders-test-"
_PROCESSES, _FOLDERS = 4, 150


def _keep_making(parent: Path, begin: Barrier) -> None:
    begin.wait()
    for number in range(_FOLDERS):
        folder = PrivateFolder(_PREFIX, parent)
        file = folder.file("some")
        file.write_text(str(number), encoding="utf-8")
        if file.read_text(encoding="utf-8") != str(number):
            sys.exit(1)
        folder.discard()


def _open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def _be_killed_with_one(parent: Path) -> None:
    folder = PrivateFolder(_PREFIX, parent)
    folder.file("some").write_bytes(b"some")
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes_that_begin_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(_PROCESSES)
    processes = [context.Process(target=_keep_making, args=(tmp_path, begin)) for _ in range(_PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * _PROCESSES
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_another_process_is_about_to_remove_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    make, lost = tempfile.mkdtemp, []

    def raced(prefix: str, suffix: str, dir: Path) -> str:  # noqa: A002  (the name that it has there)
        path = make(prefix=prefix, suffix=suffix, dir=dir)
        if not lost:
            lock = os.open(path, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            lost.append((Path(path), lock))
        return path

    monkeypatch.setattr(tempfile, "mkdtemp", raced)
    before = _open_files()
    folder = PrivateFolder(_PREFIX, tmp_path)
    ((path, lock),) = lost
    os.close(lock)
    assert _open_files() == before + 1, "only the folder in use is held"
    assert folder.path != path
    assert folder.path.exists()


def test_what_a_killed_process_left_is_taken_away_and_what_lives_is_not(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_be_killed_with_one, args=(tmp_path,))
    process.start()
    process.join()
    (left,) = tmp_path.iterdir()
    alive = PrivateFolder(_PREFIX, tmp_path)
    assert not left.exists()
    other = PrivateFolder(_PREFIX, tmp_path)
    assert {*tmp_path.iterdir()} == {alive.path, other.path}
