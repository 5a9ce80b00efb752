"""Files that appear under their names only when they are complete, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from sendworthy import stopping
from sendworthy.private import PrivateFolder

if TYPE_CHECKING:
    import os
    from types import TracebackType


class Staging:
    """A private folder beside the files' final place; what is not committed goes with it.

    Use as a context manager: write to ``path(name)``, then ``commit()``.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Prepare files that belong in a directory, which is made if it is not there."""
        self._directory = Path(directory)
        self._names: list[str] = []

    def __enter__(self) -> Self:
        with stopping.current().whole():
            made = _make(self._directory)
            self._private = PrivateFolder(".sendworthy-", self._directory, made)
        self._folder = self._private.path
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        with stopping.current().whole():
            return self._move()

    def _move(self) -> list[Path]:
        backup = self._folder / "replaced"
        backup.mkdir()
        moved: list[tuple[Path, Path | None]] = []
        try:
            for name in self._names:
                final, old = self._directory / name, None
                if final.is_file():
                    old = backup / name
                    final.replace(old)
                moved.append((final, old))
                (self._folder / name).replace(final)
        except BaseException:
            for final, old in reversed(moved):
                final.unlink(missing_ok=True)
                if old is not None:
                    old.replace(final)
            raise
        return [final for final, _ in moved]


def _make(directory: Path) -> list[Path]:
    """Make a directory and its parents; gives those that were not there, innermost first."""
    missing = []
    folder = directory
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    directory.mkdir(parents=True, exist_ok=True)
    return missing
