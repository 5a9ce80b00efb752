"""Private temporary copies of what can be read only once. They go when the source that reads them goes."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sendworthy.sources.files import CSV, IPC, FileSource
from sendworthy.sources.streaming import scan_stream

if TYPE_CHECKING:
    from sendworthy.sources.base import Source


def spool_stream(data: object, label: str) -> Source:
    """Copy an Arrow stream to an Arrow IPC file, batch by batch."""
    folder = _private_folder()
    try:
        path = Path(folder.name) / "stream.arrow"
        scan_stream(data).sink_ipc(path)
        source = FileSource([path], IPC, label, name=label)
    except BaseException:
        folder.cleanup()
        raise
    return _tied(source, folder, kind="frame")


def spool_csv(stream: IO[bytes], label: str) -> Source:
    """Copy a stream of bytes that is CSV, such as standard input."""
    folder = _private_folder()
    try:
        path = Path(folder.name) / "stream.csv"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        source = FileSource([path], CSV, label, name=label)
    except BaseException:
        folder.cleanup()
        raise
    return _tied(source, folder, kind="csv")


def _private_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sendworthy-", ignore_cleanup_errors=True)


def _tied(source: Source, folder: tempfile.TemporaryDirectory[str], *, kind: str) -> Source:
    source.kind = kind
    weakref.finalize(source, folder.cleanup)
    return source
