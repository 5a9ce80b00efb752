"""Private temporary folders. None outlives the process; what a killed one left, the next one takes away."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import weakref
from contextlib import ExitStack, suppress
from errno import ENOTSUP
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_alive: weakref.WeakSet[PrivateFolder] = weakref.WeakSet()
_SUFFIX = ".tmp"
#: What `mkdtemp` puts between prefix and suffix.
_RANDOM = "[a-z0-9_]{8}"
_ATTEMPTS = 100


class PrivateFolder:
    """A folder that goes with the object, with the process, or when told to.

    Attributes:
        path: Where it is.
    """

    def __init__(self, prefix: str, parent: Path | None = None, made: Sequence[Path] = ()) -> None:
        """Make it.

        Args:
            prefix: How its name starts.
            parent: Where to make it; among the system's temporary files if not given.
            made: Folders around it, innermost first, that are of no use when it ends in failure.
        """
        parent = Path(tempfile.gettempdir()) if parent is None else parent
        _sweep(parent, prefix)
        self.path, held = _make(parent, prefix)
        self._made = list(made)
        self._discard = weakref.finalize(self, _remove, self.path, held)
        _alive.add(self)

    def file(self, name: str) -> Path:
        """An empty file in it that only its owner may read, whatever the umask; who writes to it keeps its mode."""
        path = self.path / name
        path.touch(mode=0o600, exist_ok=False)
        return path

    def discard(self, *, failed: bool = False) -> None:
        """Remove it with all that is in it; after a failure also the empty folders that were made for it."""
        self._discard()
        if failed:
            shutil.rmtree(self.path, ignore_errors=True)  # who began to remove it may not come to the end of that
            for folder in self._made:
                try:
                    folder.rmdir()
                except OSError:
                    break
        _alive.discard(self)


def discard_all() -> None:
    """Remove all there are: whoever made them will not come to it."""
    for folder in list(_alive):
        folder.discard(failed=True)


def _make(parent: Path, prefix: str) -> tuple[Path, ExitStack]:
    """A new folder, and the hold on it that tells others that its owner lives."""
    for _ in range(_ATTEMPTS):
        path = Path(tempfile.mkdtemp(prefix=prefix, suffix=_SUFFIX, dir=parent))
        with ExitStack() as held:
            try:
                _hold(path, held)
            except BlockingIOError:
                continue  # before it was held, another process took it for one that was left, and removes it
            except OSError:
                pass  # nobody can hold it here, so nobody removes it
            if path.exists():
                return path, held.pop_all()
    raise FileExistsError(parent)


def _hold(path: Path, held: ExitStack) -> None:
    """Lock a folder; the operating system lets go of it when the process dies.

    Raises:
        BlockingIOError: When another process holds it.
        OSError: When it is gone, or folders cannot be locked here.
    """
    if sys.platform == "win32":
        raise OSError(ENOTSUP, "folders cannot be locked")
    import fcntl

    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    held.callback(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove folders of this kind whose process was killed: nobody holds them any more."""
    ours = re.compile(re.escape(prefix) + _RANDOM + re.escape(_SUFFIX))
    try:
        found = [path for path in parent.iterdir() if ours.fullmatch(path.name)]
    except OSError:
        return  # making a folder there will tell
    for path in found:
        with ExitStack() as held, suppress(OSError):
            _hold(path, held)
            shutil.rmtree(path, ignore_errors=True)


def _remove(path: Path, held: ExitStack) -> None:
    with held:
        shutil.rmtree(path, ignore_errors=True)
