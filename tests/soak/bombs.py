"""Files of gigabytes that hold next to nothing, one after the other: memory and time of each, and what was said.

Each runs in a process that is killed when it takes more than 3 GB or three minutes. Exit status 1 when one does, or
ends with another status than the one expected. Needs Linux, and 300 MB in the temporary folder.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "tests" / "python"))

from confined import MEBIBYTE, sendworthy  # noqa: E402
from hostile_files import Sound  # noqa: E402

_MOST = 3000 * MEBIBYTE
_SECONDS = 180


def _hole(path: Path, start: bytes, gibibytes: int) -> None:
    path.write_bytes(start)
    os.truncate(path, gibibytes << 30)


def _packed(path: Path, start: bytes, byte: bytes, gibibytes: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(gibibytes * 16):
            file.write(byte * (64 * MEBIBYTE))


def _quoted(path: Path, sound: Sound, mebibytes: int) -> None:
    """One stray quote, and lines of records as far as the file goes."""
    lines = (sound.record + b"\n") * (MEBIBYTE // (len(sound.record) + 1))
    with path.open("wb") as file:
        file.write(sound.header + b'\n"')
        for _ in range(mebibytes):
            file.write(lines)


def main() -> int:
    """Run all of them and print a table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sound = Sound(place)
        cases = [
            ("10 GB of one value", lambda path: _hole(path, sound.csv + b"0PA", 10), ".csv"),
            ("10 GB of one line of JSON", lambda path: _hole(path, sound.ndjson + b"\n{", 10), ".ndjson"),
            ("2 GB of zeros in 9 MB of gzip", lambda path: _packed(path, sound.header + b"\n", b"\0", 2), ".csv.gz"),
            ("2 GB of one quoted value, gzip", lambda path: _packed(path, sound.header + b'\n"', b"x", 2), ".csv.gz"),
            ("2 GB of header, gzip", lambda path: _packed(path, b"Id,", b"x", 2), ".csv.gz"),
            ("a quote that stays open, 256 MB", lambda path: _quoted(path, sound, 256), ".csv"),
        ]
        for name, make, suffix in cases:
            path = place / f"bomb{suffix}"
            make(path)
            ended = sendworthy("check", "--isolated", "--no-progress", "--users", path, memory=_MOST, seconds=_SECONDS)
            good = ended.status == 2 and not ended.stopped and path.name in ended.errors
            failed += not good
            print(f"{'' if good else 'FAILED: '}{name}: status {ended.status}{ended.stopped and ', '}{ended.stopped}")
            print(f"  {ended.peak // MEBIBYTE} MiB, {ended.seconds:.1f} s: {ended.errors.strip()[-300:]}")
            path.unlink()
    print(f"{len(cases) - failed} of {len(cases)} are refused as they should be")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
