"""The bytes of CSV files: what is found in them, where it is reported, and that no broken record is read in silence."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
import sendworthy as sw
from oracle import files as oracle
from sendworthy import _core
from sendworthy.sources import open_source

from tables import AS_OF, damaged_users, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"Id,MessagingPlatformKey,MessagingChannelId,MessageType\n"
GOOD = b"a,b,c,d\n"
SEEDS = 400
WIDTH = 4
FRAGMENTS = [
    b"a", b"bc", "é€😀".encode(), b" ", b'"', b'""', b"\r", b"\n", b"\r\n", b",", b",", b'"x,y"', b'"p ""q"" r"',
    b'"m\nn"', b'"m\r\nn"', b"\xfc", b"\x00", b"+14155550123", b"\n\n", b"\r\n\r\n",
]  # fmt: skip


def hostile(seed: int) -> bytes:
    """A file in which anything may be wrong, but much is right."""
    chance = random.Random(seed)
    end = chance.choice([b"\n", b"\n", b"\r\n"])
    rate = chance.choice([0, 0.02, 0.1, 0.3])
    data = b"\xef\xbb\xbf" * (chance.random() < 0.1) + HEADER.rstrip() + end
    for _ in range(chance.randrange(1, 30)):
        values = []
        for _ in range(WIDTH):
            sound = [b"a", b"", b'"x,y"', b'"p ""q"""', b"+14155550123", "ü".encode()]
            wild = b"".join(chance.choices(FRAGMENTS, k=chance.randrange(4)))
            values.append(wild if chance.random() < rate else chance.choice(sound))
        data += b",".join(values) + (chance.choice([b"\n", b"\r\n", b"\r"]) if chance.random() < rate / 4 else end)
    return data if chance.random() < 0.8 else data.rstrip(b"\r\n")


def scanned(data: bytes, cut: int) -> _core.FileScan:
    """The product's scan, fed in pieces."""
    scan = _core.FileScan("x.csv", ord(","))
    for at in range(0, len(data), cut):
        scan.push(data[at : at + cut])
    scan.finish()
    return scan


def place(fault: tuple[int | None, str, int, int]) -> tuple[int, str]:
    """Where a fault is reported: header first, then by record and code."""
    return -1 if fault[0] is None else fault[0], oracle.CODES[fault[1]]


def attempt(path: Path) -> sw.Report | str:
    """The report, or why there is none."""
    try:
        return sw.check(users=path, as_of=AS_OF, select=["F", "U201"])
    except sw.InputError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_scanner_agrees_with_the_oracle(seed: int) -> None:
    data = hostile(seed)
    expected = oracle.scan(data)
    for cut in (1, 7, 64, 1_000_000):
        scan = scanned(data, cut)
        found = [(record, kind, offset, line) for record, kind, offset, line, _ in scan.faults()]
        mine = [(fault.record, fault.kind, fault.offset, fault.line) for fault in expected.faults]
        assert sorted(found, key=place) == sorted(mine, key=place), data
        assert scan.records == len(expected.values), data


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_broken_record_is_read_in_silence(seed: int, tmp_path: Path) -> None:
    data = hostile(seed)
    expected = oracle.scan(data)
    path = tmp_path / "u.csv"
    path.write_bytes(data)
    report = attempt(path)
    if isinstance(report, str):
        fatal = any(fault.kind not in {"TooFew", "Blank", "Split", "Newline"} for fault in expected.faults)
        assert fatal or expected.not_utf8 or expected.mixed, (report, data)
        assert any(f" F10{digit} " in report for digit in "1345"), (report, data)
        return
    found = report.findings.filter(pl.col("code").str.starts_with("F")).select("row", "code").rows()
    wanted = [(fault.record, oracle.CODES[fault.kind]) for fault in expected.faults]
    wanted += (
        [(None, "F102")] * expected.mark + [(None, "F105")] * expected.mixed + [(None, "F101")] * expected.not_utf8
    )
    assert sorted(found, key=str) == sorted(wanted, key=str), data
    counts = dict(report.counts.group_by("code").agg(pl.col("rows").sum()).rows())
    assert {code: counts[code] for code in counts if code != "U201"} == {
        f"F10{at}": sum(code == f"F10{at}" for _, code in wanted) for at in range(1, 9)
    }
    assert report.users is not None
    flawed = {fault.record for fault in expected.faults if oracle.CODES[fault.kind] in {"F103", "F104"}}
    source = report.describer.tables["users"].source
    frame = pl.concat([source.schema, *(frame for _, frame, _ in report.users.batches())])
    for row, values in enumerate(expected.values):
        if row not in flawed:
            assert [value.decode() for value in values] == [cell or "" for cell in frame.row(row)], (row, data)
    ready = report.users.mask
    assert not any(ready[row] for row in flawed if row is not None)


FAULTS = {
    "F103": (b'a,b,c,d,x "y" z\n', 1, "bad-quoting", "error"),
    "F104": (b"a,b,c\n", 1, "ragged-record", "error"),
    "F105": (b"a,b,c,d,e\r\n", None, "mixed-line-endings", "error"),
    "F106": (b'a,b,c,d,"x\ny"\n', 1, "newline-in-value", "warning"),
    "F107": (b"a,b,c,d," + b"x" * 131_073 + b"\n", 1, "value-or-record-too-large", "error"),
}
WIDE = HEADER.rstrip() + b",Note__c\n"


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "tsv"])
@pytest.mark.parametrize("code", FAULTS)
def test_every_code_fires_and_says_where(code: str, suffix: str, tmp_path: Path) -> None:
    record, row, name, severity = FAULTS[code]
    data = WIDE + b"a,b,c,d,e\n" + record + b"f,g,h,i,j\n"
    data = data.replace(b",", b"\t") if suffix == "tsv" else data
    path = tmp_path / f"u.{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    report = sw.check(users=path, as_of=AS_OF, select="F")
    (finding,) = report.findings.to_dicts()
    assert (finding["code"], finding["name"], finding["severity"], finding["row"]) == (code, name, severity, row)
    assert finding["message"].startswith(("Line 3, byte ", "Lines end in different ways"))
    assert any(f"byte {at}" in finding["message"] for at in (7, 8)), finding["message"]
    assert report.ok is (severity != "error")
    assert report.users is not None
    rejected = [1] if row is not None and severity == "error" else []
    assert [at for at, ready in enumerate(report.users.mask) if not ready] == rejected


def test_bytes_that_are_not_utf8_stop_the_check_even_in_a_column_that_no_rule_reads(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(WIDE + b"a,b,c,d,\xfc\na,b,c,d,\x93\n")
    said = r"F101 not-utf8: record 0, column 'Note__c' \(line 2, byte 71\): byte FC .* There are 2 places"
    with pytest.raises(sw.InputError, match=said):
        sw.check(users=path, as_of=AS_OF, select="U205")


def test_a_sound_file_has_no_finding(tmp_path: Path) -> None:
    report = sw.check(users=write_csv(tmp_path / "u.csv", user_rows(5)), as_of=AS_OF, select=["F", "H"])
    assert report.findings.is_empty()
    assert dict(report.counts.select("code", "checked").rows()) == {
        "F101": 1, "F102": 1, "F103": 6, "F104": 5, "F105": 1, "F106": 6, "F107": 6, "F108": 1, "H101": 5, "H105": 5,
    }  # fmt: skip


def test_a_mark_and_mixed_ends_reject_no_record_and_written_files_have_neither(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", damaged_users())
    data = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n", 3))
    report = sw.check(users=path, as_of=AS_OF, select=["F", "U101"])
    assert report.findings.select("row", "code").rows() == [(None, "F102"), (None, "F105"), (3, "U101")]
    assert not report.ok
    report.write(tmp_path / "out")
    written = (tmp_path / "out/users.ready.csv").read_bytes()
    assert written == b"".join(line for at, line in enumerate(data.splitlines(keepends=True)) if at != 4)


def test_blank_lines_are_told_and_rejected(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(HEADER + GOOD + b"\n" + GOOD + b"\n")
    report = sw.check(users=path, as_of=AS_OF, select=["F", "U201"])
    found = report.findings.filter(code="F104")
    assert found["row"].to_list() == [1, 3]
    assert all("blank line" in message for message in found["message"])
    assert report.users is not None
    assert report.users.rejected.height == 2


def test_records_are_numbered_within_the_table_and_files_are_named(tmp_path: Path) -> None:
    first = write_csv(tmp_path / "1.csv", user_rows(3))
    second = tmp_path / "2.csv"
    second.write_bytes(b"\xef\xbb\xbf" + first.read_bytes() + b"a,b\n")
    report = sw.check(users=[first, second], as_of=AS_OF, select="F")
    found = report.findings.select("row", "code", "message").rows()
    assert [row[:2] for row in found] == [(None, "F102"), (6, "F104")]
    assert all(message.startswith(f"{second}: ") for _, _, message in found)
    assert report.counts.filter(code="F104")["checked"].item() == 7
    assert report.counts.filter(code="F102")["checked"].item() == 2


def test_what_has_no_bytes_to_look_at_is_skipped_with_the_reason() -> None:
    report = sw.check(users=pl.DataFrame(user_rows(2)), as_of=AS_OF, select=["F", "U101"])
    assert report.skipped["code"].to_list() == [f"F10{at}" for at in range(1, 9)]
    assert set(report.skipped["reason"]) == {"the data was not read from CSV files"}
    with pytest.raises(sw.ConfigError, match="none of the selected rules could run"):
        sw.check(users=pl.DataFrame(user_rows(2)), as_of=AS_OF, select="F")


def test_every_output_has_findings_about_files(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER + GOOD + b"a,b\n")
    report = sw.check(users=path, as_of=AS_OF, select=["F", "U201"])
    lines = [json.loads(line) for line in report.to_jsonl().splitlines()]
    assert [(line["row"], line["code"]) for line in lines] == [(None, "F102"), (1, "F104"), (1, "U201")]
    assert json.loads(report.to_json())["findings"] == lines
    text = report.to_text()
    assert "F102 byte-order-mark, users: 1\n" in text
    assert "\n  file\n" in text
    assert report.samples("F102")["row"].to_list() == [None]
    assert report.samples("F104").select("row", "record_id").rows() == [(1, "a")]


def test_wrong_quotes_of_a_record_spoil_no_other(tmp_path: Path) -> None:
    """Values are what stands between separators, quotes included, and what is too much belongs to the last one."""
    path = tmp_path / "u.csv"
    path.write_bytes(b'a,b,c\n1,"2"x,3\n4,5"6",7\n8,"9"x,10,11\n12,"1"3\n,"",14\n')
    source = open_source("users", path)
    frame = pl.concat(source.batches(source.schema.columns))
    assert frame.rows() == [
        ("1", '"2"x', "3"),
        ("4", '5"6"', "7"),
        ("8", '"9"x', "10,11"),
        ("12", '"1"3', None),
        (None, "", "14"),
    ]
    rows = write_csv(path, user_rows(3)).read_bytes().replace(b",User 1\n", b',Anna "Ann" Lee\n')
    path.write_bytes(rows)
    report = sw.check(users=path, as_of=AS_OF)
    assert report.findings.select("code", "row").rows() == [("F103", 1)], report.findings
    assert report.users is not None
    assert report.users.rejected["Name"].to_list() == ['Anna "Ann" Lee']
    assert report.users.ready["Name"].to_list() == ["User 0", "User 2"]
