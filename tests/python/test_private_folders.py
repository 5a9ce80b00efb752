"""Private folders: each its owner's as long as that lives, and no longer."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from typing import TYPE_CHECKING
from weakref import WeakSet

import pytest
from sendworthy import private
from sendworthy.private import PrivateFolder, discard_all

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


def test_a_file_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    folder = PrivateFolder(_PREFIX, tmp_path)
    before = os.umask(0)
    try:
        path = folder.file("some")
    finally:
        os.umask(before)
    assert path == folder.path / "some"
    assert (path.stat().st_mode & 0o777, folder.path.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.read_bytes() == b""
    with pytest.raises(FileExistsError):
        folder.file("some")


def test_without_a_place_it_is_among_the_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = PrivateFolder(_PREFIX)
    assert folder.path.parent == tmp_path
    assert re.fullmatch(_PREFIX + r"[a-z0-9_]{8}\.tmp", folder.path.name)


def test_it_goes_with_its_object(tmp_path: Path) -> None:
    before = _open_files()
    folder = PrivateFolder(_PREFIX, tmp_path)
    folder.file("some").write_bytes(b"some")
    assert _open_files() == before + 1
    del folder
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert _open_files() == before


@pytest.mark.parametrize("failed", [True, False])
def test_the_empty_folders_that_were_made_for_it_go_after_a_failure(tmp_path: Path, *, failed: bool) -> None:
    inner = tmp_path / "full" / "empty" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "full" / "file").touch()
    folder = PrivateFolder(_PREFIX, inner, [inner, inner.parent, inner.parent.parent])
    folder.discard(**({"failed": True} if failed else {}))
    assert inner.exists() != failed
    assert inner.parent.exists() != failed
    assert (tmp_path / "full").exists()
    folder.discard()  # once more does nothing


def test_a_folder_that_somebody_else_removed_is_no_fault(tmp_path: Path) -> None:
    folder = PrivateFolder(_PREFIX, tmp_path)
    folder.path.rmdir()
    folder.discard()


def test_a_folder_that_is_not_empty_ends_the_removal(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    folder = PrivateFolder(_PREFIX, inner, [inner, tmp_path / "other", inner.parent])
    (tmp_path / "other").mkdir()
    folder.discard(failed=True)
    assert {path.name for path in tmp_path.rglob("*")} == {"outer", "inner", "file", "other"}


def test_all_there_are_go_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "_alive", WeakSet[PrivateFolder]())  # those of other tests are in use
    made = tmp_path / "made"
    made.mkdir()
    folders = [PrivateFolder(_PREFIX, made, [made]), PrivateFolder(_PREFIX, tmp_path)]
    gone = PrivateFolder(_PREFIX, tmp_path)
    gone.discard()
    discard_all()
    assert list(tmp_path.iterdir()) == []
    assert not any(folder.path.exists() for folder in folders)
    discard_all()


def test_what_another_thread_is_removing_does_not_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "new"
    made.mkdir()
    folder = PrivateFolder(_PREFIX, made, [made])
    folder.file("some")
    monkeypatch.setattr(private, "_alive", WeakSet([folder]))
    begun, ended, remove = Event(), Event(), shutil.rmtree

    def slowly(path: Path, *, ignore_errors: bool) -> None:
        if current_thread() is not main_thread():
            begun.set()
            assert ended.wait(60)
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", slowly)
    thread = Thread(target=folder.discard, kwargs={"failed": True})
    thread.start()
    assert begun.wait(60)
    discard_all()
    assert list(tmp_path.iterdir()) == []
    ended.set()
    thread.join()


def test_only_what_is_named_as_one_of_ours_is_taken_for_one_that_was_left(tmp_path: Path) -> None:
    others = [
        "folders-test-abcd1234", "folders-test-abcd1234.tmp2", "folders-test-abcd123.tmp", "folders-test-abcd12345.tmp",
        "folders-test-ABCD1234.tmp", "folders-test-abcd1234xtmp", "other-abcd1234.tmp", "xfolders-test-abcd1234.tmp",
        "foldersXtest-abcd1234.tmp",
    ]  # fmt: skip
    for name in (*others, "folders-test-abcd1234.tmp", "folders-test-abc_1234.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "folders-test-file1234.tmp").write_text("no folder")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folders-test-link1234.tmp").symlink_to(tmp_path / "elsewhere")
    folder = PrivateFolder(_PREFIX, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *others, "elsewhere", "folders-test-file1234.tmp", "folders-test-link1234.tmp", folder.path.name,
    }  # fmt: skip
    dotted = PrivateFolder("folders.test-", tmp_path)
    assert (tmp_path / "foldersXtest-abcd1234.tmp").exists()
    assert folder.path.exists()
    dotted.discard()


def test_where_no_folder_can_be_held_none_is_taken_for_one_that_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def flock(_lock: int, how: int) -> None:
        assert how == fcntl.LOCK_EX | fcntl.LOCK_NB
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    (tmp_path / "folders-test-abcd1234.tmp").mkdir()
    first, second = PrivateFolder(_PREFIX, tmp_path), PrivateFolder(_PREFIX, tmp_path)
    assert {*tmp_path.iterdir()} == {first.path, second.path, tmp_path / "folders-test-abcd1234.tmp"}


def test_folders_that_are_always_lost_are_an_error_and_not_a_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    tries = []

    def flock(lock: int, _how: int) -> None:
        tries.append(lock)
        raise BlockingIOError

    monkeypatch.setattr(fcntl, "flock", flock)
    before = _open_files()
    with pytest.raises(FileExistsError) as caught:
        PrivateFolder(_PREFIX, tmp_path)
    assert caught.value.args == (tmp_path,)
    assert len(tries) == 100
    assert _open_files() == before


def test_a_place_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PrivateFolder(_PREFIX, tmp_path / "absent")
