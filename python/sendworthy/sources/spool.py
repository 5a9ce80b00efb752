"""Private temporary copies of what can be read only once. They go when the source that reads them goes."""

from __future__ import annotations

import contextlib
import io
import os
import select
from typing import IO, TYPE_CHECKING

import polars as pl

from sendworthy import stopping
from sendworthy.errors import InputError
from sendworthy.private import PrivateFolder
from sendworthy.sources.files import CSV, IPC, FileSource
from sendworthy.sources.streaming import scan_stream
from sendworthy.texts import discreet

if TYPE_CHECKING:
    from sendworthy._core import SoundStream
    from sendworthy.sources.base import Source

_CHUNK = 1 << 20
_SIGNAL_SECONDS = 0.05


def spool_stream(table: str, data: SoundStream, label: str) -> Source:
    """Copy an Arrow stream to an Arrow IPC file, batch by batch."""
    folder = PrivateFolder("sendworthy-")
    try:
        path = folder.file("stream.arrow")
        query = scan_stream(data)
        try:
            query.sink_ipc(path)
        except pl.exceptions.PolarsError as error:
            reason = data.fault or discreet(error)
            message = f"{table}: the {label} broke off while it was read: {reason}; run the query again"
            raise InputError(message) from None  # what a driver says may quote values
        source = FileSource([path], IPC, label, name=label)
    except BaseException:
        folder.discard()
        raise
    return _tied(source, folder, kind="frame")


def spool_csv(stream: IO[bytes], label: str) -> Source:
    """Copy a stream of bytes that is CSV, such as standard input."""
    folder = PrivateFolder("sendworthy-")
    try:
        path = folder.file("stream.csv")
        with path.open("wb") as copy:
            while data := _read_some(stream):
                copy.write(data)
        source = FileSource([path], CSV, label, name=label)
    except BaseException:
        folder.discard()
        raise
    return _tied(source, folder, kind="csv")


def _read_some(stream: IO[bytes]) -> bytes:
    """The next bytes. Waits in a way that Ctrl-C ends: once polars handles signals, a blocked read does not notice."""
    if os.name == "posix":
        with contextlib.suppress(io.UnsupportedOperation):
            while not select.select([stream.fileno()], [], [], _SIGNAL_SECONDS)[0]:
                stopping.current().check()
    stopping.current().check()
    return stream.read1(_CHUNK) if isinstance(stream, io.BufferedReader | io.BytesIO) else stream.read(_CHUNK)


def _tied(source: FileSource, folder: PrivateFolder, *, kind: str) -> Source:
    source.kind = kind
    source.folders.append(folder)
    return source
