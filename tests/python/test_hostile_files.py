"""Files that are not what they seem: findings, or an error with file and cure; bounded memory and time."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from confined import MEBIBYTE, sendworthy
from hostile_files import FILES, Hostile, Sound, pack, pack_parquet
from sendworthy.cli import run

from tables import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from confined import Ended

#: What a check of a small file holds, Python and polars included, with as much again for other machines.
_SMALL = 300 * MEBIBYTE

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return Sound(tmp_path_factory.mktemp("sound"))


@pytest.mark.parametrize("hostile", FILES, ids=[hostile.name for hostile in FILES])
def test_a_hostile_file_has_findings_or_is_refused_with_its_cure(
    hostile: Hostile, sound: Sound, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / hostile.name
    path.write_bytes(hostile.content(sound))
    status = run(["check", "--isolated", "--no-progress", "--quiet", "--users", str(path)])
    output, errors = capfd.readouterr()
    if hostile.told is None:
        assert (status, errors) == (1, "")
        assert "U101" in output
        return
    assert status == 2, output
    assert hostile.told in errors
    assert hostile.name in errors
    assert "fault in sendworthy" not in errors
    assert len(errors.splitlines()) == 1
    assert output == ""


def test_places_that_are_no_files(sound: Sound, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    for name, told in {
        "folder.csv": "is a directory; give its files",
        "zeros.csv": "is empty",
        "absent.csv": "No such file",
        "/dev/zero": "the name does not end in a known format",
    }.items():
        assert run(["check", "--isolated", "--no-progress", "--users", str(tmp_path / name)]) == 2
        errors = capfd.readouterr().err
        assert told in errors
        assert name in errors
    os.mkfifo(tmp_path / "pipe.csv")
    writer = Thread(target=(tmp_path / "pipe.csv").write_bytes, args=(sound.csv,))
    writer.start()
    assert run(["check", "--isolated", "--no-progress", "--users", str(tmp_path / "pipe.csv")]) == 1
    writer.join()


def _refused(ended: Ended, name: str, *told: str, memory: int = _SMALL) -> None:
    assert not ended.stopped, ended
    assert ended.status == 2, ended
    assert name in ended.errors
    assert all(part in ended.errors for part in told), ended.errors
    assert 0 < ended.peak < memory


def _check(path: Path) -> Ended:
    return sendworthy("check", "--isolated", "--no-progress", "--users", path, memory=1500 * MEBIBYTE)


@linux
@pytest.mark.parametrize("gibibytes", [1, 10])
def test_a_value_of_gigabytes_is_refused_at_once(sound: Sound, tmp_path: Path, gibibytes: int) -> None:
    path = tmp_path / "endless.csv"
    path.write_bytes(sound.csv + b"0PA")
    os.truncate(path, gibibytes << 30)  # a hole: bytes of zero that take no place on the disk
    _refused(_check(path), path.name, "F107 value-or-record-too-large: record 20 (line 22, byte ")


@linux
def test_a_bomb_of_json_is_refused(sound: Sound, tmp_path: Path) -> None:
    path = tmp_path / "endless.ndjson"
    path.write_bytes(sound.ndjson + b"\n{")
    os.truncate(path, 1 << 30)
    _refused(_check(path), path.name, "record 20 (line 21)")


#: What unpacking may have to remember of what it has unpacked.
_REMEMBERED = {"gzip": 0, "zstd": 128 * MEBIBYTE}
_BOMBS = {
    "value": (b"\n0PA", b"0", "record 0 (line 2, ", ".csv"),
    "zeros": (b"\n", b"\0", "record 0 (line 2, ", ".csv"),
    "quote": (b'\n"', b"x", "A double quote that opens a value in it is not closed", ".csv"),
    "line": (b"\n{", b" ", "line 2 has more than 67,108,864 bytes", ".ndjson"),
    "header": (b",", b"0", "F107 value-or-record-too-large: the header", ".csv"),
}


@linux
@pytest.mark.parametrize("packing", _REMEMBERED)
@pytest.mark.parametrize("name", _BOMBS)
def test_a_compressed_bomb_is_not_unpacked_to_its_end(sound: Sound, tmp_path: Path, name: str, packing: str) -> None:
    start, byte, told, suffix = _BOMBS[name]
    path = tmp_path / f"{name}{suffix}"
    pack(path, [sound.header + start, *[byte * MEBIBYTE] * 160], packing)
    assert path.stat().st_size < 2 * MEBIBYTE
    _refused(_check(path), path.name, told)


@linux
@pytest.mark.parametrize("packing", _REMEMBERED)
def test_many_records_in_few_bytes_take_no_more_than_few_records(sound: Sound, tmp_path: Path, packing: str) -> None:
    path, lines, times = tmp_path / "many.csv", 1000, 256
    record = sound.record.replace(b"User 0", b"x" * 1000) + b"\n"
    assert len(record) > 1000
    pack(path, [sound.header + b"\n", *[record * lines] * times], packing)
    assert path.stat().st_size < 4 * MEBIBYTE
    ended = sendworthy(
        "check", "--isolated", "--no-progress", "--users", path, "--ignore", "U", "--format", "json", "--exit-zero",
        memory=1500 * MEBIBYTE,
    )  # fmt: skip
    assert (ended.status, ended.stopped) == (0, ""), ended
    assert [one["rows"] for one in json.loads(ended.output)["inputs"]] == [lines * times]
    assert 0 < ended.peak < _SMALL + _REMEMBERED[packing]


@linux
def test_a_million_columns_are_refused(sound: Sound, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = b",".join(b"c%d" % at for at in range(1_000_000))
    path.write_bytes(sound.header + b"," + names + b"\n" + sound.record + b"," * 1_000_000 + b"\n")
    _refused(_check(path), path.name, "columns or more, or no line ends", "leave columns out")


@linux
def test_as_many_columns_as_may_be_are_checked(sound: Sound, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    count = 20_000
    names = b",".join(b"c%d" % at for at in range(count))
    path.write_bytes(sound.header + b"," + names + b"\n" + sound.record + b"," * count + b"\n")
    ended = _check(path)
    assert (ended.status, ended.stopped) == (1, "")
    assert "F107" in ended.output
    assert ended.peak < 2 * _SMALL


@linux
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_longest_record_takes_a_known_multiple_of_its_size(sound: Sound, tmp_path: Path, quote: str) -> None:
    path, size = tmp_path / "long.csv", 24 * MEBIBYTE
    cells = sound.record.split(b",")
    cells[1] = f"{quote}{'9' * size}{quote}".encode()
    path.write_bytes(b"\n".join([sound.header, sound.record, b",".join(cells), sound.record, b""]))
    ended = _check(path)
    assert (ended.status, ended.stopped) == (1, "")
    assert "F107" in ended.output
    assert ended.peak < _SMALL + 12 * size


_UNPACKED = 192 * MEBIBYTE


@linux
@pytest.mark.parametrize("dictionary", [False, True])
def test_a_bomb_of_parquet_takes_a_known_multiple_of_a_row_group(
    sound: Sound, tmp_path: Path, *, dictionary: bool
) -> None:
    path = tmp_path / "bomb.parquet"
    pack_parquet(path, sound, _UNPACKED, dictionary=dictionary)
    assert path.stat().st_size < MEBIBYTE
    ended = _check(path)
    assert (ended.status, ended.stopped) == (1, "")
    assert "U205" in ended.output
    assert ended.peak < _SMALL + (0 if dictionary else 2 * _UNPACKED)


def test_a_parquet_file_with_a_damaged_footer_has_findings_or_an_error(sound: Sound, tmp_path: Path) -> None:
    path, data = tmp_path / "damaged.parquet", sound.parquet
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    fates = Counter[str]()
    for at in range(start, len(data), 5):
        for change in (0x01, 0x80, 0xFF):
            path.write_bytes(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])
            try:
                fates["checked"] += sw.check(users=path, as_of=AS_OF).findings.height >= 0
            except (sw.InputError, sw.ColumnError) as error:
                fates["refused"] += 1
                fates["named"] += path.name in str(error) or "no column" in str(error)
    assert fates["named"] == fates["refused"]
    assert min(fates["checked"], fates["refused"]) > 100, fates
