"""Compressed files are unpacked piece by piece, or refused with what helps."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from sendworthy.packed import is_compressed, is_packed, opened

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = b"Id,Name\n" + b"".join(b"%d,x\n" % at for at in range(50_000))
PASSED_OVER = [bytes([first]) + b"\x2a\x4d\x18\x04\0\0\0abcd" for first in (0x50, 0x5F)]
PACKED = {
    "gzip": gzip.compress(DATA),
    "gzip-members": gzip.compress(DATA[:100]) + gzip.compress(DATA[100:]),
    # As the program of this name does it; without a checksum some damage is not seen by anybody.
    "zstd": zstd.compress(DATA, options={zstd.CompressionParameter.checksum_flag: 1}),
    "zstd-frames": zstd.compress(DATA[:100]) + zstd.compress(DATA[100:]),
    "zstd-passed-over": PASSED_OVER[0] + zstd.compress(DATA) + PASSED_OVER[1],
    "zstd-passed-over-last": PASSED_OVER[1] + zstd.compress(DATA),
}


@pytest.mark.parametrize("name", PACKED)
def test_the_bytes_are_those_that_were_packed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(PACKED[name])
    assert is_compressed(path)
    with opened(path, "u.csv") as stream:
        assert stream.read(8) == DATA[:8]
        pieces = []
        while piece := stream.read(1 << 16):
            assert len(piece) <= 1 << 16
            pieces.append(piece)
    assert b"".join(pieces) == DATA[8:]
    assert stream.closed


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"\x1f",
        b"\x28\xb5\x2f",
        b"Id,Name",
        b"\x4f\x2a\x4d\x18",
        b"\x60\x2a\x4d\x18",
        b"P*M,Name",
        b"PAR1",
        b"PK\3\4",
    ],
)
def test_what_starts_otherwise_is_as_it_is(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "u.csv.zst"
    path.write_bytes(start)
    assert not is_packed(start)
    assert not is_compressed(path)
    with opened(path, "u.csv") as stream:
        assert stream.read() == start
    assert stream.closed


@pytest.mark.parametrize(
    ("packed", "called", "cure"),
    [
        (PACKED["gzip"], "gzip", "copy it again"),
        (PACKED["zstd"], "Zstandard", "copy it again, or pack it without --long"),
    ],
)
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-20], lambda data: data[:100] + bytes(100) + data[200:], lambda data: data + b"and more"],
    ids=["cut-off", "zeros", "rest"],
)
def test_what_cannot_be_unpacked_is_told_with_its_cure(
    packed: bytes, called: str, cure: str, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(damage(packed))
    with pytest.raises(sw.InputError) as caught, opened(path, "my.csv") as stream:
        stream.read()
    told = str(caught.value)
    assert told.startswith(f"my.csv: is damaged or cut off: the {called} data cannot be unpacked (")
    assert told.endswith(f"); {cure}")
    assert stream.closed


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_what_its_reader_raises_is_passed_through(name: str, tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(PACKED[name])
    with pytest.raises(KeyError), opened(path, "u.csv"):
        raise KeyError
    with pytest.raises(FileNotFoundError), opened(tmp_path / "absent.csv", "absent.csv"):
        pass


def test_what_unpacks_is_imported_when_there_is_something_to_unpack(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(DATA)
    code = (
        "import sys\nfrom pathlib import Path\nfrom sendworthy.packed import opened\n"
        f"with opened(Path({str(path)!r}), 'u') as stream: stream.read()\n"
        "assert not {'gzip', 'backports.zstd', 'compression.zstd'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
