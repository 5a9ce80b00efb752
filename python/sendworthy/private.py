"""Private temporary folders, none of which outlives the process."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_alive: weakref.WeakSet[PrivateFolder] = weakref.WeakSet()


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
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self._made = list(made)
        self._discard = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
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
