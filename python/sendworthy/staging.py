"""Files that appear under their names only when they are complete, all at once."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sendworthy import stopping
from sendworthy.private import PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_PREFIX = ".sendworthy-"
_PREFIX_ALONE = ".sendworthy-run-"
#: What file systems without locks say.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Staging:
    """A private folder beside the files' final place; what is not committed goes with it.

    Use as a context manager: write to ``path(name)``, then ``commit()``.
    """

    def __init__(self, directory: str | os.PathLike[str], *, alone: bool = False) -> None:
        """Prepare files that belong in a directory, which is made if it is not there.

        Args:
            directory: Where they belong.
            alone: Nobody else may write such files there meanwhile. What a killed process left there is removed.
        """
        self._directory = Path(directory)
        self._alone = alone
        self._names: list[str] = []
        self._held = ExitStack()

    def __enter__(self) -> Self:
        with stopping.current().whole():
            made = _make(self._directory)
            if self._alone:
                self._held.enter_context(_claimed(self._directory))
                for left in self._directory.glob(f"{_PREFIX_ALONE}*"):  # by a process that was killed: we are alone
                    shutil.rmtree(left, ignore_errors=True)
            self._private = PrivateFolder(_PREFIX_ALONE if self._alone else _PREFIX, self._directory, made)
        self._folder = self._private.path
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            self._private.discard(failed=kind is not None)

    @property
    def names(self) -> list[str]:
        """The files begun so far."""
        return list(self._names)

    def path(self, name: str) -> Path:
        """Where to write a file that will be called `name`."""
        stopping.current().check()
        self._names.append(name)
        return self._folder / name

    def rename(self, old: str, new: str) -> None:
        """Give a file that was begun another final name."""
        (self._folder / old).rename(self._folder / new)
        self._names[self._names.index(old)] = new

    def commit(self) -> list[Path]:
        """Move all files to their place; when one cannot be moved, none is."""
        with stopping.current().whole() as stop:
            files = self._move()
            stop.completed += files  # known to whoever stops the work as soon as they are there
            return files

    def _move(self) -> list[Path]:
        """Old files go in reverse, new ones come in order.

        So the last, which tells of the others, never stands beside files that it does not tell of: not even when the
        process is killed here. A file alone takes the place of the old one in a single step.
        """
        if len(self._names) == 1:
            (name,) = self._names
            return [(self._folder / name).replace(self._directory / name)]
        backup = self._folder / "replaced"
        backup.mkdir()
        finals = [self._directory / name for name in self._names]
        removed: list[Path] = []
        moved: list[Path] = []
        try:
            for final in reversed(finals):
                if final.is_file():
                    final.replace(backup / final.name)
                    removed.append(final)
            for final in finals:
                (self._folder / final.name).replace(final)
                moved.append(final)
        except BaseException:
            for final in moved:
                final.unlink(missing_ok=True)
            for final in reversed(removed):
                (backup / final.name).replace(final)
            raise
        return finals


@contextmanager
def _claimed(directory: Path) -> Iterator[None]:
    """Hold a directory that others claim, too. The operating system lets go of it when a process dies."""
    with ExitStack() as held:
        if sys.platform == "win32":  # directories cannot be locked there, so a file goes when it is closed
            import msvcrt

            flags = os.O_RDWR | os.O_CREAT | os.O_TEMPORARY
            try:
                lock = os.open(directory / ".sendworthy.lock", flags)
                held.callback(os.close, lock)
                msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
            except PermissionError:
                raise _busy(directory) from None
        else:
            import fcntl

            lock = os.open(directory, os.O_RDONLY)
            held.callback(os.close, lock)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy(directory) from None
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
        yield


def _busy(directory: Path) -> OSError:
    told = "another run is writing its files there; wait until it has ended, or give another directory"
    return OSError(errno.EBUSY, told, str(directory))


def _make(directory: Path) -> list[Path]:
    """Make a directory and its parents; gives those that were not there, innermost first."""
    missing = []
    folder = directory
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    directory.mkdir(parents=True, exist_ok=True)
    return missing
