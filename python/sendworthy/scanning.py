"""The bytes of CSV files, looked at beside the reading of their values, in a thread of its own."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from sendworthy import _core, stopping
from sendworthy.diagnose import is_compressed, is_zstd, opened, zstd_opener
from sendworthy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sendworthy.sources import Source

_BLOCK = 1 << 20
#: How soon a scan that nobody wants any more is noticed.
_NOTICED_SECONDS = 0.05


class Scanning:
    """Scans of the files of a table, one after the other."""

    def __init__(self, engine: _core.Engine, table: str, files: list[tuple[Path, str]], separator: str) -> None:
        self._engine, self._table, self._files = engine, table, files
        self._scans = [_core.FileScan(name, ord(separator)) for _, name in files]
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name=f"scan {table}", daemon=True)
        if files:
            self._thread.start()

    def _run(self) -> None:
        try:
            for (path, name), scan in zip(self._files, self._scans, strict=True):
                _feed(scan, path, name)
                scan.finish()
        except BaseException as failure:  # noqa: BLE001  (raised again in the thread of the check)
            self._failure = failure

    def hand_over(self) -> None:
        """Wait for the end of the scan and give the engine what it found."""
        if not self._files:
            return
        while self._thread.is_alive():
            self._thread.join(_NOTICED_SECONDS)
            stopping.current().check()
        if self._failure is not None:
            raise self._failure
        self._engine.files(self._table, self._scans)

    def stop(self) -> None:
        """End it: nobody wants the result."""
        for scan in self._scans:
            scan.cancel()
        if self._files:
            self._thread.join()


def _feed(scan: _core.FileScan, path: Path, name: str) -> None:
    if not is_compressed(path):
        scan.read(path)
        return
    with opened(path, name) as stream:
        if stream is None:
            message = f"{name}: the zstd data cannot be unpacked"
            raise InputError(message)
        while data := stream.read(_BLOCK):  # a scan that was cancelled takes no more
            scan.push(data)


@contextmanager
def scanning(engine: _core.Engine, table: str, source: Source) -> Iterator[Scanning]:
    """Scan the files of a source while its values are read; end it when the reading fails.

    A source without bytes to look at is told to the engine, with the reason.
    """
    files: list[tuple[Path, str]] = []
    if engine.wants_files(table):
        found = source.csv_files()
        if isinstance(found, list) and zstd_opener() is None and any(is_zstd(path) for path, _ in found):
            found = "zstd cannot be unpacked here: use Python 3.14 or install the package zstandard"
        if isinstance(found, str):
            engine.no_files(table, found)
        else:
            files = found
    scan = Scanning(engine, table, files, source.separator)
    try:
        yield scan
    except BaseException:
        scan.stop()
        raise
