"""A broken file is named with the record, the fault and the cure, and nothing long is repeated."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.diagnose import diagnose, read_header

from tables import user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"Id,MessagingPlatformKey,MessagingChannelId,MessageType\n"
GOOD = b"a,b,c,d\n"
GZIP = gzip.compress(HEADER + b"".join(b"%d,b,c,d\n" % at for at in range(50_000)))

R0, R1 = (
    rf"F103 bad-quoting: record {at}, column 'MessagingPlatformKey' \(line {at + 2}, byte \d+\): " for at in (0, 1)
)
CSV_FAULTS = {
    "latin-1": (
        HEADER + GOOD + b"a,J\xfcrgen,c,d\n",
        r"F101 not-utf8: record 1, column 'MessagingPlatformKey' \(line 3, byte 66\): byte FC .*Latin-1.*'CSV UTF-8'",
    ),
    "windows-1252": (
        HEADER + b"a,b,c,\x93d\x94\n",
        r"F101 not-utf8: record 0, column 'MessageType' \(line 2, byte 61\): byte 93 .*Windows-1252\).* are 2 places",
    ),
    "latin-1 header": (b"Id,Stra\xdfe\n1,2\n", r"F101 not-utf8: the header \(line 1, byte 7\): byte DF is not UTF-8"),
    "utf-16": ((HEADER + GOOD).decode().encode("utf-16"), "is UTF-16 text, not UTF-8: save it again"),
    "utf-16 without a mark": ((HEADER + GOOD).decode().encode("utf-16-le"), "first line holds NUL bytes"),
    "unclosed quote": (HEADER + GOOD + b'a,"b,c,d\n' + GOOD * 3, R1 + "a double quote opens here and is never closed"),
    "unclosed quote in a long file": (
        HEADER + GOOD + b'a,"b,c,d\n' + GOOD * 90_000,
        R1 + "a double quote opens here and is never closed",
    ),
    "text after a far quote": (
        HEADER + b'a,"b\nc"x,c,d\n',
        R0 + "a double quote opens here that is closed only on a later line",
    ),
    "a quote that opens nothing before a sound one": (
        HEADER + b'a,b"c"d,c,d\n' + b'a,b"c,c,d\n' + GOOD,
        R1 + "a double quote stands inside a value that is not quoted",
    ),
    "a quote in the header": (b'a"b"d,c\n' + GOOD, r"F103 bad-quoting: the header, column 'abd' \(line 1, byte 1\): a"),
    "quote in a plain value": (
        HEADER + GOOD + b'a,b"c,c,d\n' + GOOD,
        R1 + "a double quote stands inside a value that is not quoted",
    ),
    "too many values": (
        HEADER + GOOD * 4 + b'"x\ny",b,c,d\n' + b"a,b,c,d,e,f\n",
        r"F104 ragged-record: record 5 \(line 8, byte 99\): the record has 6 values, but the header has 4 names",
    ),
    "empty": (b"", "is empty"),
    "blank": (b"\n\n", "no header"),
    "blank first line": (b"\n" + HEADER + GOOD, "blank first line"),
    "binary": (bytes(range(256)) * 50, "NUL bytes|not UTF-8"),
    "workbook": (b"PK\x03\x04" + bytes(500), "ZIP archive, perhaps an Excel workbook"),
    "parquet inside": (b"PAR1" + bytes(500), r"is a Parquet file: give it the suffix \.parquet"),
    "semicolons": (HEADER.replace(b",", b";") + GOOD, "separated by semicolons, not commas"),
    "tabs": (HEADER.replace(b",", b"\t") + GOOD, "separated by tabs, not commas"),
    "old Mac": (
        (HEADER + GOOD).replace(b"\n", b"\r"),
        r"F105 mixed-line-endings: the header \(line 1, byte 54\): a lone carriage return",
    ),
    "long name": (b"x" * 300 + b",y\n1,2\n", "the name of column 1 would have 300 characters"),
    "endless line": (b"x" * 3_000_000, "is not a CSV file"),
    "damaged gzip": (GZIP[: len(GZIP) // 2], "is damaged or cut off.*gzip"),
    "corrupt gzip": (GZIP[:300] + b"\xff" * 200 + GZIP[500:], "is damaged or cut off.*gzip"),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_broken_csv_is_explained(fault: str, tmp_path: Path) -> None:
    data, expected = CSV_FAULTS[fault]
    path = tmp_path / "users.csv"
    path.write_bytes(data)
    with pytest.raises(sw.InputError, match=expected) as caught:
        sw.check(users=path, select="U205")
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message) < len(str(path)) + 400


def test_a_broken_record_is_found_in_a_gzipped_file(tmp_path: Path) -> None:
    path = tmp_path / "users.csv.gz"
    path.write_bytes(gzip.compress(HEADER + GOOD * 20_000 + b"1,2,3,4,5\n"))
    with pytest.raises(sw.InputError, match=r"record 20000 \(line 20,002, byte 160,055\): the record has 5 values"):
        sw.check(users=path, select="U205")


def test_the_broken_file_of_several_is_named(tmp_path: Path) -> None:
    good = write_csv(tmp_path / "1.csv", user_rows(3))
    bad = tmp_path / "2.csv"
    bad.write_bytes(good.read_bytes() + b"1,2,3,4,5,6\n")
    with pytest.raises(
        sw.InputError, match=r"2\.csv: F104 ragged-record: record 3 \(line 5, byte \d+\): the record has 6 values"
    ):
        sw.check(users=[good, bad], select="U205")


def test_long_names_are_cut_and_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(b"\x1b[2J" + b"x" * 190 + b"," + HEADER + b'a"b,b,c,d,e\n')
    with pytest.raises(sw.InputError) as caught:
        sw.check(users=path, select="U205")
    assert "\x1b" not in str(caught.value)
    assert "u{1b}[2Jxxx" in str(caught.value)
    assert "x" * 61 not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"Id": "a", }', r"record 2 \(line 4\) is not valid JSON"),
        ("[1, 2]", r"record 2 \(line 4\) is not a JSON object but an array"),
        ('{"Id": "J\udcfcrgen"}', r"record 2 \(line 4\) is not UTF-8: byte FC"),
    ],
)
def test_broken_json_lines_are_explained(line: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "users.ndjson"
    good = '{"Id":"a","MessagingPlatformKey":"b","MessagingChannelId":"c","MessageType":"d"}\n'
    path.write_bytes(f"{good}\n{good}{line}\n".encode(errors="surrogateescape"))
    with pytest.raises(sw.InputError, match=expected):
        sw.check(users=path, select="U205")


def test_a_json_array_is_no_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl"
    path.write_text('[\n  {"Id": "a"}\n]\n')
    with pytest.raises(sw.InputError, match="one JSON array is not JSON lines"):
        sw.check(users=path)


@pytest.mark.parametrize(("suffix", "called"), [("parquet", "a Parquet file"), ("arrow", "an Arrow IPC file")])
def test_broken_binary_tables_are_explained(suffix: str, called: str, tmp_path: Path) -> None:
    path = tmp_path / f"users.{suffix}"
    frame = pl.DataFrame({"Id": [f"{at}" for at in range(50_000)]})
    (frame.write_parquet if suffix == "parquet" else frame.write_ipc)(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(sw.InputError, match=f"is cut off: it starts as {called}"):
        sw.check(users=path)
    path.write_bytes(b"Id,Name\n1,2\n")
    with pytest.raises(sw.InputError, match=f"is not {called}: it does not start as one"):
        sw.check(users=path)


def test_an_unknown_suffix_is_no_guess(tmp_path: Path) -> None:
    path = tmp_path / "users.xlsx"
    path.write_bytes(b"PK")
    with pytest.raises(sw.InputError, match="does not end in a known format"):
        sw.check(users=path)
    with pytest.raises(FileNotFoundError):
        sw.check(users=tmp_path / "absent.xlsx")


@pytest.mark.parametrize("name", ["folder", "folder.csv"])
def test_a_directory_is_no_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(sw.InputError, match=r"is a directory; give its files, for example .*\*\.csv"):
        sw.check(users=tmp_path / name)


def test_the_header_is_read_as_it_is_spelled(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(b'\xef\xbb\xbfId,"a ""b"", c",Id\r\n1,2,3\r\n')
    assert read_header(path, "u.csv", ",") == ["Id", 'a "b", c', "Id"]


def test_a_fault_that_cannot_be_found_is_still_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", user_rows(1))
    error = diagnose(path, "u.csv", "csv", ",", ValueError("the reader's words\nmore of them"))
    assert str(error) == "u.csv: cannot be read: the reader's words"


def test_a_sound_file_with_every_oddity_is_read(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(b'\xef\xbb\xbf"Id","N"\r\n1,"a ""b"",\r\nc"\r\n2,\r\n"",\xc3\xbc\r\n')
    with pytest.raises(sw.ColumnError):
        sw.check(users=path)  # the header is understood: what is missing is a column
