"""Why a file cannot be read: which file, which record, what is wrong, and what cures it.

The reader proper says little about a broken file, so it is gone through once more here, slowly and in bounded memory.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from contextlib import contextmanager
from itertools import islice
from typing import IO, TYPE_CHECKING

from sendworthy.errors import InputError
from sendworthy.texts import first_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER_BYTES = 1 << 20
_C1 = range(0x80, 0xA0)  # control characters in Latin-1, letters and quotes in Windows-1252
_LINE_BYTES = 4 << 20
_NAME_LENGTH = 200
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_MAGIC = (
    (b"\xff\xfe", "is UTF-16 text, not UTF-8: save it again as 'CSV UTF-8'"),
    (b"\xfe\xff", "is UTF-16 text, not UTF-8: save it again as 'CSV UTF-8'"),
    (b"PK\x03\x04", "is a ZIP archive, perhaps an Excel workbook: export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook: export it as CSV"),
    (b"PAR1", "is a Parquet file: give it the suffix .parquet"),
    (b"ARROW1", "is an Arrow file: give it the suffix .arrow"),
    (b"%PDF", "is a PDF file: export the data as CSV"),
)
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SECRETS = re.compile(r"(?<=://)[^/@\s]*@|\?[^\s)]*")  # of URLs: user, password, signed queries
_DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)


def read_header(path: Path, name: str, separator: str) -> list[str] | None:
    """The header of a CSV file as it is spelled.

    Args:
        path: The file.
        name: What it is called in messages.
        separator: What stands between values.

    Returns:
        The names, or None when the file's compression cannot be looked into here.

    Raises:
        InputError: When what is there cannot be the header of a CSV file.
    """
    with _opened(path, name) as stream:
        if stream is None:
            return None
        start = stream.read(_HEADER_BYTES)
        complete = len(start) < _HEADER_BYTES
    if problem := _header_problem(start, separator, complete=complete):
        message = f"{name}: {problem}"
        raise InputError(message)
    return _first_record(start, separator)


def diagnose(path: Path | None, name: str, kind: str, separator: str, error: BaseException) -> InputError:
    """Explain why a file could not be read.

    Args:
        path: The file; None when it is not on this machine.
        name: What it is called in messages.
        kind: csv, parquet, ndjson or ipc.
        separator: What stands between the values of a CSV.
        error: What the reader said.

    Returns:
        The error to raise.
    """
    problem = None
    if path is not None:
        try:
            with _opened(path, name) as stream:
                if stream is not None:
                    match kind:
                        case "csv":
                            problem = _walk_csv(stream, separator)
                        case "ndjson":
                            problem = _walk_json_lines(stream)
                        case _:
                            problem = _look_at_ends(stream, kind)
        except InputError as found:
            return found
        except OSError:
            problem = None
    if problem is None:
        problem = f"cannot be read: {first_line(error) if path is not None else _SECRETS.sub('', first_line(error))}"
    return InputError(f"{name}: {problem}")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[IO[bytes] | None]:
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        if magic.startswith(_ZSTD):
            yield None
            return
        if not magic.startswith(_GZIP):
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            try:
                yield unpacked  # type: ignore[misc]  # a GzipFile reads bytes as any binary file does
            except _DAMAGED as error:
                message = f"{name}: is damaged or cut off: the gzip data cannot be unpacked ({error}); copy it again"
                raise InputError(message) from error


def _header_problem(start: bytes, separator: str, *, complete: bool) -> str | None:  # noqa: PLR0911  (one per fault)
    for magic, problem in _MAGIC:
        if start.startswith(magic):
            return problem
    line = start.split(b"\n", 1)[0]
    if b"\0" in line:
        return "is not a CSV file: its first line holds NUL bytes (binary data, or UTF-16 without a mark)"
    if not line.strip(b"\r \t\xef\xbb\xbf"):
        return "has a blank first line: the header must be there" if start.strip() else "has no header and no records"
    try:
        (line if complete or len(line) < len(start) else line[:-3]).decode(
            "utf-8-sig"
        )  # -3: a letter cut by the reading
        names = _first_record(start, separator)
    except UnicodeDecodeError as error:
        return _not_utf8("the header", error.start, line[error.start :])
    except csv.Error as error:
        if "new-line character" in str(error):
            return "has lines that end in a lone carriage return (old Mac style): save it with LF or CRLF"
        return f"is not a CSV file: its header cannot be read ({error})"
    return _names_problem(names, separator)


def _names_problem(names: list[str], separator: str) -> str | None:
    longest = max(names, key=len)
    if len(longest) > _NAME_LENGTH:
        return (
            f"is not a CSV file, or has no header: a column name would have {len(longest):,} characters or more "
            f"('{shorten(longest)}')"
        )
    others = [called for mark, called in _SEPARATORS.items() if mark != separator and mark in names[0]]
    if len(names) == 1 and others:
        return f"has its values separated by {others[0]}, not {_SEPARATORS[separator]}: save it as plain CSV"
    return None


def _first_record(start: bytes, separator: str) -> list[str]:
    text = start.decode("utf-8-sig", errors="replace")
    return next(
        csv.reader(text.splitlines(keepends=True) if "\r" not in text else _lf_lines(text), delimiter=separator)
    )


def _lf_lines(text: str) -> Iterator[str]:
    return (f"{line}\n" for line in text.split("\n"))


class _Lines:
    """Decoded lines of a stream, with the position of what cannot be decoded."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.number = self.offset = 0
        self.last = ""
        self.problem: tuple[int, bytes] | None = None

    def __iter__(self) -> Iterator[str]:
        while raw := self._stream.readline(_LINE_BYTES):
            self.number += 1
            try:
                self.last = raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                self.problem = (error.start, raw)
                return
            self.offset += len(raw)
            yield self.last


def _walk_csv(stream: IO[bytes], separator: str) -> str | None:
    """Go through the records until one breaks the rules of CSV."""
    lines = _Lines(stream)
    records = csv.reader(iter(lines), delimiter=separator, strict=True)
    clean = _clean_line(separator)
    header: list[str] = []
    record, first = -1, 1
    try:
        for values in records:
            where = f"record {record} (line {first})" if record >= 0 else "the header"
            if record < 0:
                header = values
            elif len(values) > len(header):
                return (
                    f"{where} has {len(values)} values, but the header has {len(header)} names; a value that holds the "
                    f"separator must stand in double quotes. It starts '{shorten(values[0])}'"
                )
            if lines.number == first and '"' in lines.last and not clean.fullmatch(lines.last):
                return (
                    f"{where} has a double quote inside a value that is not quoted; quote the value and double "
                    f"the quote: '{shorten(lines.last.rstrip())}'"
                )
            record, first = record + 1, lines.number + 1
    except csv.Error as error:
        where = f"record {record} (line {first})" if record >= 0 else "the header"
        return _csv_problem(where, str(error), spans_lines=lines.number > first)
    if lines.problem is None:
        return None
    start, raw = lines.problem
    where = f"record {record} (line {lines.number})" if record >= 0 else "the header"
    if lines.number == first and header:
        values = next(csv.reader([raw[:start].decode("utf-8", errors="replace")], delimiter=separator), [])
        at = max(len(values) - 1, 0)
        where += f", column {header[at]!r}" if at < len(header) else ""
    return _not_utf8(where, lines.offset + start, raw[start:])


def _csv_problem(where: str, error: str, *, spans_lines: bool) -> str:
    if "unexpected end of data" in error or ("field limit" in error and spans_lines):
        return f"{where} opens a double quote that is never closed; close it, or double it if it belongs to the value"
    if "field limit" in error:
        return f"{where} has a value of more than 131,072 characters, which Salesforce does not take"
    if "expected after" in error:
        return f"{where} has text after a closing double quote; double the quotes that belong to the value"
    if "new-line" in error:
        return f"{where} holds a lone carriage return outside quotes; use LF or CRLF at line ends"
    return f"{where} breaks the rules of CSV: {error}"


def _clean_line(separator: str) -> re.Pattern[str]:
    value = rf'(?:"(?:[^"]|"")*"|[^"{separator}][^"{separator}]*|)'
    return re.compile(rf"{value}(?:{separator}{value})*\r?\n?")


def _not_utf8(where: str, offset: int, rest: bytes) -> str:
    shown = " ".join(f"{byte:02X}" for byte in islice(rest, 1))
    guess = "Windows-1252" if rest[0] in _C1 else "Windows-1252 or Latin-1"
    return (
        f"{where} is not UTF-8: byte {shown} at offset {offset} (probably {guess}); save the file again as 'CSV UTF-8'"
    )


def _walk_json_lines(stream: IO[bytes]) -> str | None:
    lines = _Lines(stream)
    record = 0
    for line in lines:
        if not line.strip():
            continue
        where = f"record {record} (line {lines.number})"
        try:
            value = json.loads(line)
        except ValueError as error:
            array = " (one JSON array is not JSON lines: put each object on a line of its own)"
            hint = array if record == 0 and line.lstrip().startswith("[") else ""
            return f"{where} is not valid JSON: {error}{hint}"
        if not isinstance(value, dict):
            return f"{where} is not a JSON object: '{shorten(line.strip())}'"
        record += 1
    if lines.problem is not None:
        start, raw = lines.problem
        return _not_utf8(f"record {record} (line {lines.number})", lines.offset + start, raw[start:])
    return None


def _look_at_ends(stream: IO[bytes], kind: str) -> str | None:
    magic, called = (b"PAR1", "a Parquet file") if kind == "parquet" else (b"ARROW1", "an Arrow IPC file")
    start = stream.read(8)
    stream.seek(-min(8, stream.seek(0, 2)), 2)
    end = stream.read(8)
    if not start.startswith(magic):
        return f"is not {called}: it starts with {start!r}; give it the suffix of what it is"
    if not end.endswith(magic):
        return f"is cut off: it starts as {called} but does not end as one; copy or export it again"
    return None
