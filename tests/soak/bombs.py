"""Files of gigabytes that hold next to nothing, one after the other: memory and time of each, and what was said.

Each runs in a process that is killed when it takes more memory than is promised, or three minutes. Exit status 1 when
one does, or ends with another status than the one expected. Needs Linux, 300 MB in the temporary folder, and 4 GB of
memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "tests" / "python"))

from confined import MEBIBYTE, sendworthy  # noqa: E402
from hostile_files import Sound, pack, pack_parquet  # noqa: E402

_SMALL = 300  # MiB
_SECONDS = 180


class Case(NamedTuple):
    """One file.

    Attributes:
        name: What it holds.
        suffix: Of its name.
        make: Writes it.
        status: How a check of it ends.
        most: How many MiB that may hold.
    """

    name: str
    suffix: str
    make: Callable[[Path], None]
    status: int = 2
    most: int = _SMALL


def _hole(path: Path, start: bytes, gibibytes: int) -> None:
    path.write_bytes(start)
    os.truncate(path, gibibytes << 30)


def _packed(path: Path, start: bytes, byte: bytes, gibibytes: int, packing: str = "gzip") -> None:
    block = byte * (64 * MEBIBYTE)
    pack(path, (start if at == 0 else block for at in range(gibibytes * 16 + 1)), packing)


def _quoted(path: Path, sound: Sound, mebibytes: int) -> None:
    """One stray quote, and lines of records as far as the file goes."""
    lines = (sound.record + b"\n") * (MEBIBYTE // (len(sound.record) + 1))
    with path.open("wb") as file:
        file.write(sound.header + b'\n"')
        for _ in range(mebibytes):
            file.write(lines)


def _cases(sound: Sound) -> Iterator[Case]:
    head = sound.header
    yield Case("10 GB of one value", ".csv", lambda path: _hole(path, sound.csv + b"0PA", 10))
    yield Case("10 GB of one line of JSON", ".ndjson", lambda path: _hole(path, sound.ndjson + b"\n{", 10))
    for packing, more in (("gzip", 0), ("zstd", 128)):  # zstd may have to remember so much
        for what, start, byte in (
            ("zeros", head + b"\n", b"\0"),
            ("one value", head + b'\n"', b"x"),
            ("one header", b"Id,", b"x"),
        ):
            make = partial(_packed, start=start, byte=byte, gibibytes=2, packing=packing)
            yield Case(f"2 GB of {what}, {packing}", ".csv", make, most=_SMALL + more)
    yield Case("a quote that stays open, 256 MB", ".csv", lambda path: _quoted(path, sound, 256))
    for dictionary, most in ((False, 2 * 1024), (True, 0)):  # an unpacked row group is held twice
        make = partial(pack_parquet, sound=sound, unpacked=1024 * MEBIBYTE, dictionary=dictionary)
        where = "in a dictionary" if dictionary else "plain"
        yield Case(f"1 GB in one row group of Parquet, {where}", ".parquet", make, status=1, most=_SMALL + most)


def main() -> int:
    """Run all of them and print a table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    done = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for case in _cases(Sound(place)):
            path = place / f"bomb{case.suffix}"
            case.make(path)
            size = path.stat().st_blocks * 512
            ended = sendworthy(
                "check", "--isolated", "--no-progress", "--users", path, memory=case.most * MEBIBYTE, seconds=_SECONDS
            )
            good = (ended.status, ended.stopped) == (case.status, "") and path.name in ended.output + ended.errors
            done, failed = done + 1, failed + (not good)
            print(
                f"{'' if good else 'FAILED: '}{case.name}: status {ended.status}{ended.stopped and ', '}{ended.stopped}"
            )
            held = f"{size / 1e6:.1f} MB: {ended.peak // MEBIBYTE} MiB, {ended.seconds:.1f} s"
            print(f"  {held}: {ended.errors.strip()[-300:]}")
            path.unlink()
    print(f"{done - failed} of {done} end as they should")
    return int(failed > 0 or not done)


if __name__ == "__main__":
    sys.exit(main())
