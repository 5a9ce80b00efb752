"""Files that are not what they seem, and what a check of them must say."""

from __future__ import annotations

import gzip
import json
import random
import sys
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from tables import damaged_users, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_KEY = b"+14155550005"


class Hostile(NamedTuple):
    """A file.

    Attributes:
        name: What it is called.
        content: Its bytes, made of those of sound files.
        told: What the error says; None when it can be checked, with findings.
    """

    name: str
    content: Callable[[Sound], bytes]
    told: str | None


class Sound:
    """The same users as files of every kind; two findings are in them."""

    def __init__(self, folder: Path) -> None:
        rows = damaged_users(20)
        self.csv = write_csv(folder / "sound.csv", rows).read_bytes()
        self.header, self.record, *_ = self.csv.split(b"\n")
        self.ndjson = "\n".join(map(json.dumps, rows)).encode()
        frame = pl.DataFrame(rows)
        frame.write_parquet(folder / "sound.parquet")
        frame.write_ipc(folder / "sound.arrow")
        self.parquet = (folder / "sound.parquet").read_bytes()
        self.arrow = (folder / "sound.arrow").read_bytes()
        repeated = self.csv + self.csv.split(b"\n", 1)[1] * 500
        self.gz, self.zst = gzip.compress(repeated), zstd.compress(repeated)

    def with_key(self, key: bytes) -> bytes:
        """The CSV with another phone in record 5."""
        return self.csv.replace(_KEY, key)

    def with_name(self, value: bytes) -> bytes:
        """The JSON lines with another JSON value for the name in record 5."""
        return self.ndjson.replace(b'"User 5"', value)


def pack(path: Path, pieces: Iterable[bytes], packing: str) -> None:
    """Write a file that is compressed; with Zstandard, with as long a memory as unpacking it allows."""
    long = {zstd.CompressionParameter.window_log: 27}
    with gzip.open(path, "wb", compresslevel=1) if packing == "gzip" else zstd.open(path, "wb", options=long) as file:
        for piece in pieces:
            file.write(piece)


def pack_parquet(path: Path, sound: Sound, unpacked: int, *, dictionary: bool) -> None:
    """Write one row group with that many bytes of the same record, whose name of 8 MiB may stand in a dictionary."""
    names, cells = (line.decode().split(",") for line in (sound.header, sound.record))
    size = 8 << 20
    count = unpacked // size
    table = {name: pa.array([cell] * count) for name, cell in zip(names, cells, strict=True)}
    long = pa.array(["x" * size])
    values = pa.DictionaryArray.from_arrays(pa.array([0] * count), long) if dictionary else long.take([0] * count)
    file = pa.table({**table, "Name": values})
    pq.write_table(
        file,
        path,
        compression="zstd",
        use_dictionary=dictionary,
        dictionary_pagesize_limit=2 * size,
        write_batch_size=1,
    )


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _far(data: bytes) -> bytes:
    """Packed so that what was a gigabyte ago has to be remembered."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 30})
    return packer.compress(data) + packer.flush()


def _noise(count: int) -> bytes:
    return random.Random(5).randbytes(count)


_NOT_CSV = "is not a CSV file"
_DAMAGED = "is damaged or cut off"
_JSON = "record 5 (line 6)"

FILES = [
    Hostile("sound.csv", lambda sound: sound.csv, None),
    Hostile("empty.csv", lambda _: b"", "is empty"),
    Hostile("header.csv", lambda sound: sound.header + b"\n", "holds no records"),
    Hostile("header-alone.csv", lambda sound: sound.header, "holds no records"),
    Hostile("nul-in-value.csv", lambda sound: sound.csv.replace(b"User 5", b"Us\0er"), None),
    Hostile("nul-in-phone.csv", lambda sound: sound.with_key(b"+1415\x005550005"), None),
    Hostile("nul-in-header.csv", lambda sound: b"\0" + sound.csv, _NOT_CSV),
    Hostile("utf-16.csv", lambda sound: sound.csv.decode().encode("utf-16"), "is UTF-16 text"),
    Hostile("utf-16-be.csv", lambda sound: b"\xfe\xff" + sound.csv.decode().encode("utf-16-be"), "is UTF-16 text"),
    Hostile("utf-16-unmarked.csv", lambda sound: sound.csv.decode().encode("utf-16-le"), "UTF-16 without a mark"),
    Hostile("utf-32.csv", lambda sound: sound.csv.decode().encode("utf-32"), "save it again as 'CSV UTF-8'"),
    Hostile(
        "two-encodings.csv",
        lambda sound: sound.csv.replace(b"User 5", b"J\xc3\xb6rg").replace(b"User 9", b"J\xf6rg"),
        "F101 not-utf8: record 9, column 'Name'",
    ),
    Hostile("old-mac.csv", lambda sound: sound.csv.replace(b"\n", b"\r"), "F105 mixed-line-endings"),
    Hostile("open-quote.csv", lambda sound: sound.csv.replace(b"User 5", b'"User 5'), "F103 bad-quoting: record 5"),
    Hostile("semicolons.csv", lambda sound: sound.csv.replace(b",", b";"), "separated by semicolons"),
    Hostile("cut-off.csv.gz", lambda sound: sound.gz[: len(sound.gz) // 2], _DAMAGED),
    Hostile("flipped.csv.gz", lambda sound: _flipped(sound.gz, len(sound.gz) // 2), _DAMAGED),
    Hostile("noise.csv.gz", lambda _: b"\x1f\x8b" + _noise(500), _DAMAGED),
    Hostile("rest.csv.gz", lambda sound: sound.gz + b"and more", _DAMAGED),
    Hostile("plain.csv.gz", lambda sound: sound.csv, None),
    Hostile("packed.csv", lambda sound: sound.gz, None),
    Hostile("two-members.csv.gz", lambda sound: sound.gz + gzip.compress(sound.record + b"\n"), None),
    Hostile("cut-off.csv.zst", lambda sound: sound.zst[: len(sound.zst) // 2], _DAMAGED),
    Hostile("flipped.csv.zst", lambda sound: _flipped(sound.zst, len(sound.zst) // 2), _DAMAGED),
    Hostile("noise.csv.zst", lambda _: b"\x28\xb5\x2f\xfd" + _noise(500), _DAMAGED),
    Hostile("rest.csv.zst", lambda sound: sound.zst + b"and more", _DAMAGED),
    Hostile("far.csv.zst", lambda sound: _far(sound.csv), "pack it without --long"),
    Hostile("plain.csv.zst", lambda sound: sound.csv, None),
    Hostile("frames.csv.zst", lambda sound: sound.zst + zstd.compress(sound.record + b"\n"), None),
    Hostile("passed-over.csv.zst", lambda sound: b"\x50\x2a\x4d\x18\4\0\0\0abcd" + sound.zst, None),
    Hostile("cut-off.parquet", lambda sound: sound.parquet[: len(sound.parquet) // 2], "is cut off"),
    Hostile("csv.parquet", lambda sound: sound.csv, "is not a Parquet file"),
    Hostile("parquet.csv", lambda sound: sound.parquet, "is a Parquet file: give it the suffix"),
    Hostile("magic.parquet", lambda _: b"PAR1", "cannot be read"),
    Hostile("flipped.parquet", lambda sound: _flipped(sound.parquet, 300), "cannot be read"),
    Hostile("footer.parquet", lambda _: b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1", "cannot be read"),
    Hostile(
        "gap.parquet", lambda sound: sound.parquet[: len(sound.parquet) // 2] + sound.parquet[-8:], "cannot be read"
    ),
    Hostile("cut-off.arrow", lambda sound: sound.arrow[: len(sound.arrow) // 2], "is cut off"),
    Hostile("csv.arrow", lambda sound: sound.csv, "is not an Arrow IPC file"),
    Hostile("magic.arrow", lambda _: b"ARROW1", "cannot be read"),
    Hostile("zeros.arrow", lambda sound: sound.arrow[:200] + bytes(200) + sound.arrow[400:], "cannot be read"),
    Hostile("sound.ndjson", lambda sound: sound.ndjson, None),
    Hostile("packed-gzip.ndjson", lambda sound: gzip.compress(sound.ndjson), None),
    Hostile("packed-zstd.ndjson", lambda sound: zstd.compress(sound.ndjson), None),
    Hostile("packed-and-cut-off.ndjson", lambda sound: zstd.compress(sound.ndjson)[:-9], _DAMAGED),
    Hostile("empty.ndjson", lambda _: b"", "is empty"),
    Hostile("cut-off.ndjson", lambda sound: sound.ndjson[:-30], "record 19 (line 20) is not valid JSON"),
    Hostile("array.ndjson", lambda sound: b"[" + sound.ndjson.replace(b"\n", b",") + b"]", "is not a JSON object"),
    Hostile("csv.ndjson", lambda sound: sound.csv, "record 0 (line 1) is not valid JSON"),
    Hostile("numbers.ndjson", lambda _: b"1\n2\n", "is not a JSON object"),
    Hostile("no-keys.ndjson", lambda _: b"{}\n{}\n", "no column for MessagingChannelId"),
    Hostile("deep-list.ndjson", lambda sound: sound.with_name(b"[" * 10_000 + b"]" * 10_000), f"{_JSON} is nested too"),
    Hostile(
        "deep-object.ndjson",
        lambda sound: sound.with_name(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
        f"{_JSON} is nested too deeply: leave the nested value out",
    ),
    Hostile("deep-and-open.ndjson", lambda _: b"[" * 10_000 + b"\n", "is nested too deeply"),
    Hostile("shallow.ndjson", lambda sound: sound.with_name(b'{"a":' * 60 + b"1" + b"}" * 60), None),
    Hostile(
        "long-number.ndjson", lambda sound: sound.with_name(b"1" + b"0" * 400), f"{_JSON} holds a number of 401 digits"
    ),
    Hostile("nul.ndjson", lambda sound: sound.with_name(b'"Us\0r"'), f"{_JSON} is not valid JSON: Invalid control"),
    Hostile("surrogate.ndjson", lambda sound: sound.with_name(b'"\\ud800x"'), None),
    Hostile("bytes.ndjson", lambda sound: sound.with_name(b'"\xff"'), f"{_JSON} is not UTF-8: byte FF"),
    Hostile("mixed-types.ndjson", lambda sound: sound.ndjson.replace(b'"' + _KEY + b'"', b"14155550005"), None),
    Hostile("workbook.csv", lambda _: b"PK\x03\x04" + _noise(99), "is a ZIP archive"),
    Hostile("program.csv", lambda _: b"\x7fELF" + bytes(9) + _noise(999), _NOT_CSV),
    Hostile("picture.csv", lambda _: b"\x89PNG\r\n\x1a\n" + _noise(999), "F101 not-utf8: the header"),
    Hostile("noise.csv", lambda _: b"\0" + _noise(9999), _NOT_CSV),
]
