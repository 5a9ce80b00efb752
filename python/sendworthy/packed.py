"""Files that are compressed, with gzip or Zstandard, whatever their names say."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from sendworthy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_GZIP = b"\x1f\x8b"
#: A frame of data, or one that is to be passed over: pzstd begins with such a one.
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60)))
_START = 4


class _Packing(NamedTuple):
    """A way of compressing.

    Attributes:
        name: What it is called.
        unpack: Makes a stream of what a compressed one holds.
        faults: What that stream raises when it cannot go on.
        cure: What helps then.
    """

    name: str
    unpack: Callable[[IO[bytes]], IO[bytes]]
    faults: tuple[type[Exception], ...]
    cure: str


def is_packed(start: bytes) -> bool:
    """Whether a file that starts so is compressed."""
    return start.startswith((_GZIP, *_ZSTD))


def is_compressed(path: Path) -> bool:
    """Whether a file is compressed."""
    with path.open("rb") as raw:
        return is_packed(raw.read(_START))


@contextmanager
def opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked piece by piece where it is compressed.

    Args:
        path: The file.
        name: What it is called in messages.

    Raises:
        InputError: When what is compressed cannot be unpacked.
    """
    with path.open("rb") as raw:
        start = raw.read(_START)
        raw.seek(0)
        if not is_packed(start):
            yield raw
            return
        packing = _gzip() if start.startswith(_GZIP) else _zstd()
        with packing.unpack(raw) as unpacked:
            try:
                yield unpacked
            except packing.faults as error:
                what = f"the {packing.name} data cannot be unpacked ({error}); {packing.cure}"
                message = f"{name}: is damaged or cut off: {what}"
                raise InputError(message) from error


def _gzip() -> _Packing:
    import gzip
    import zlib

    unpack = cast("Callable[[IO[bytes]], IO[bytes]]", gzip.open)
    return _Packing("gzip", unpack, (gzip.BadGzipFile, EOFError, zlib.error), "copy it again")


def _zstd() -> _Packing:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    # It keeps no more than 128 MiB of what it has unpacked, and refuses a file that was packed with a longer memory.
    unpack = cast("Callable[[IO[bytes]], IO[bytes]]", zstd.open)
    return _Packing("Zstandard", unpack, (EOFError, zstd.ZstdError), "copy it again, or pack it without --long")
