"""CSV files, read by the core: their values, and on the way what is wrong with their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendworthy import _core
from sendworthy.packed import is_compressed, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sendworthy._core import CsvReader, CsvRecords

_BLOCK = 1 << 20


def read_csv(
    path: Path, name: str, separator: str, columns: Sequence[tuple[int, str]], scans: list[CsvReader] | None
) -> Iterator[CsvRecords]:
    """Read columns of a file, all of them text.

    Args:
        path: The file, which may be compressed.
        name: What it is called in messages.
        separator: What stands between values.
        columns: Numbers of columns in the header, counted from 0, and their names in the batches.
        scans: Gets the reader once the file was read to its end.

    Raises:
        InputError: When values cannot be told apart, or what is compressed cannot be unpacked.
    """
    packed = is_compressed(path)
    reader = _core.CsvReader(name, ord(separator), columns, None if packed else path)
    yield from _unpacked(reader, path, name) if packed else iter(reader.read, None)
    if scans is not None:
        scans.append(reader)


def _unpacked(reader: CsvReader, path: Path, name: str) -> Iterator[CsvRecords]:
    with opened(path, name) as stream:
        while data := stream.read(_BLOCK):
            if (records := reader.push(data)) is not None:
                yield records
    if (records := reader.finish()) is not None:
        yield records
