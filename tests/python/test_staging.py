"""Files appear all at once or not at all, and a folder has one writer at a time."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from sendworthy import stopping
from sendworthy.staging import Staging

NAMES = ["a.csv", "b.csv", "summary.json"]


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def _begin(staging: Staging, names: list[str] = NAMES, text: str = "new") -> None:
    for name in names:
        staging.path(name).write_text(text, encoding="utf-8")


def _earlier(out: Path, names: list[str] = NAMES) -> dict[str, str]:
    with Staging(out) as staging:
        _begin(staging, names, "old")
        staging.commit()
    return _contents(out)


class Moves:
    """Notes every move of a file, and lets one of them fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, str]] = []
        self.failing = -1
        self.removing: Path | None = None
        replace = Path.replace

        def noted(path: Path, target: Path) -> Path:
            self.made.append((f"{path.parent.name}/{path.name}", f"{target.parent.name}/{target.name}"))
            if len(self.made) - 1 == self.failing:
                if self.removing is not None:
                    self.removing.unlink()
                raise OSError(errno.EIO, "Input/output error")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", noted)


def test_nothing_is_there_before_it_is_committed_and_all_of_it_then(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Staging(out) as staging:
        _begin(staging)
        assert [path.is_dir() for path in out.iterdir()] == [True]
        assert staging.commit() == [out / name for name in NAMES]
    assert _contents(out) == dict.fromkeys(NAMES, "new")


def test_what_is_not_committed_goes_with_the_folders_that_were_made_for_it(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with suppress(KeyError), Staging(tmp_path / "there" / "made" / "out") as staging:
        _begin(staging)
        raise KeyError
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]


def test_an_end_without_a_commit_leaves_the_folder_and_nothing_in_it(tmp_path: Path) -> None:
    with Staging(tmp_path / "made" / "out") as staging:
        _begin(staging)
    assert list((tmp_path / "made" / "out").iterdir()) == []


def test_a_file_alone_takes_the_place_of_the_old_one_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _earlier(tmp_path, ["a.csv"])
    moves = Moves(monkeypatch)
    with Staging(tmp_path) as staging:
        _begin(staging, ["a.csv"])
        assert staging.commit() == [tmp_path / "a.csv"]
    assert len(moves.made) == 1
    assert _contents(tmp_path) == {"a.csv": "new"}


def test_the_file_that_tells_of_the_others_goes_first_and_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    _earlier(out)
    moves = Moves(monkeypatch)
    with Staging(out) as staging:
        _begin(staging)
        staging.commit()
    gone = [(f"out/{name}", f"replaced/{name}") for name in reversed(NAMES)]
    assert moves.made[:3] == gone
    assert [target for _, target in moves.made[3:]] == [f"out/{name}" for name in NAMES]
    assert len(moves.made) == 6
    assert _contents(out) == dict.fromkeys(NAMES, "new")


@pytest.mark.parametrize("failing", range(6))
@pytest.mark.parametrize("earlier", [[], NAMES[1:], NAMES])
def test_a_move_that_fails_leaves_what_was_there(
    earlier: list[str], failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    before = _earlier(out, earlier) if earlier else {}
    moves = Moves(monkeypatch)
    fails = failing < len(earlier) + len(NAMES)
    with Staging(out) as staging:
        _begin(staging)
        moves.failing = failing
        with pytest.raises(OSError, match="Input/output error") if fails else nullcontext():
            staging.commit()
    assert _contents(out) == (before if fails else dict.fromkeys(NAMES, "new"))


def test_a_file_that_somebody_removes_meanwhile_does_not_keep_the_old_ones_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    before = _earlier(out)
    moves = Moves(monkeypatch)
    with Staging(out) as staging:
        _begin(staging)
        moves.failing, moves.removing = 5, out / "a.csv"
        with pytest.raises(OSError, match="Input/output error"):
            staging.commit()
    assert _contents(out) == before


def test_a_folder_of_the_same_name_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _earlier(out, NAMES[:1])
    (out / "b.csv").mkdir()
    with Staging(out) as staging:
        _begin(staging)
        with pytest.raises(OSError, match=r"b\.csv"):
            staging.commit()
    assert (out / "a.csv").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in out.iterdir()) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("when", ["before", "begun", "written"])
def test_stopped_work_leaves_what_was_there(when: str, tmp_path: Path) -> None:
    before = _earlier(tmp_path)
    reached = []

    def work() -> None:
        if when == "before":
            stopping.current().set()
        with Staging(tmp_path / "made" if when == "before" else tmp_path, alone=True) as staging:
            reached.append("folder")
            if when == "begun":
                stopping.current().set()
            _begin(staging)
            reached.append("files")
            stopping.current().set()
            staging.commit()
            reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        stopping.attend(work)
    assert reached == {"before": [], "begun": ["folder"], "written": ["folder", "files"]}[when]
    assert _contents(tmp_path) == before


def test_a_file_may_get_another_name_before_it_is_there(tmp_path: Path) -> None:
    with Staging(tmp_path) as staging:
        _begin(staging)
        staging.rename("b.csv", "c.csv")
        assert staging.names == ["a.csv", "c.csv", "summary.json"]
        staging.names.clear()  # a copy
        assert staging.commit() == [tmp_path / name for name in ("a.csv", "c.csv", "summary.json")]
    assert _contents(tmp_path) == dict.fromkeys(["a.csv", "c.csv", "summary.json"], "new")


def test_who_is_alone_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    for name in (".sendworthy-run-left", ".sendworthy-run", ".sendworthy-other", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / ".sendworthy-run-file").touch()  # of whomever: it is no folder, and in nobody's way
    kept = {".sendworthy-run", ".sendworthy-other", ".sendworthy-run-file", "notes"}
    with Staging(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} > {*kept, ".sendworthy-run-left"}
    with Staging(tmp_path, alone=True):
        (own,) = {path.name for path in tmp_path.iterdir()} - kept
        assert own.startswith(".sendworthy-run-")
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Staging(out, alone=True) as first:
        _begin(first)
        with pytest.raises(OSError, match="another run is writing its files there; wait") as caught:
            Staging(out, alone=True).__enter__()
        assert (caught.value.errno, caught.value.filename) == (errno.EBUSY, str(out))
        with Staging(out) as beside:  # whose files are others
            _begin(beside, ["page.html"])
            beside.commit()
        first.commit()
    with Staging(out, alone=True) as second:
        _begin(second, NAMES, "newer")
        second.commit()
    assert _contents(out) == dict.fromkeys(NAMES, "newer") | {"page.html": "new"}


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked there")
@pytest.mark.parametrize("fault", ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "EINVAL", "EIO", "EPERM"])
def test_where_nothing_can_be_locked_files_are_written_all_the_same(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    before = len(os.listdir("/dev/fd"))  # noqa: PTH208  (names alone)
    asked = []

    def flock(_lock: int, how: int) -> Any:
        asked.append(how)
        raise OSError(getattr(errno, fault), "no")

    monkeypatch.setattr(fcntl, "flock", flock)
    told = fault in {"EIO", "EPERM"}
    with pytest.raises(OSError, match="no") if told else nullcontext(), Staging(tmp_path, alone=True) as staging:
        _begin(staging)
        staging.commit()
    assert _contents(tmp_path) == ({} if told else dict.fromkeys(NAMES, "new"))
    assert set(asked) == {fcntl.LOCK_EX | fcntl.LOCK_NB}
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
