"""Why a file cannot be read: which file, which record, what is wrong, and what cures it.

The reader proper says little about a broken file, so it is gone through once more here, slowly and in bounded memory.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from mmap import ACCESS_READ, mmap
from typing import IO, TYPE_CHECKING

from sendworthy import _core
from sendworthy.errors import InputError
from sendworthy.names import MOST_COLUMNS
from sendworthy.packed import is_compressed, opened
from sendworthy.texts import discreet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER_BYTES = _BLOCK = 1 << 20
_C1 = range(0x80, 0xA0)  # control characters in Latin-1, letters and quotes in Windows-1252
_LINE_BYTES = 4 << 20
_NAME_LENGTH = 200
_NUMBER_LENGTH = 20
#: A line of twice that is found without reading all of the file.
_WINDOW = 32 << 20
_MAGIC = (
    (b"\xff\xfe", "is UTF-16 text, not UTF-8: save it again as 'CSV UTF-8'"),
    (b"\xfe\xff", "is UTF-16 text, not UTF-8: save it again as 'CSV UTF-8'"),
    (b"PK\x03\x04", "is a ZIP archive, perhaps an Excel workbook: export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook: export it as CSV"),
    (b"PAR1", "is a Parquet file: give it the suffix .parquet"),
    (b"ARROW1", "is an Arrow file: give it the suffix .arrow"),
    (b"%PDF", "is a PDF file: export the data as CSV"),
)
_JSON_KINDS = {list: "an array", str: "a text", int: "a number", float: "a number", bool: "a Boolean"}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SECRETS = re.compile(r"(?<=://)[^/@\s]*@|\?[^\s)]*")  # of URLs: user, password, signed queries


def read_header(path: Path, name: str, separator: str) -> list[str]:
    """The header of a CSV file as it is spelled.

    Args:
        path: The file.
        name: What it is called in messages.
        separator: What stands between values.

    Returns:
        The names.

    Raises:
        InputError: When what is there cannot be the header of a CSV file.
    """
    with opened(path, name) as stream:
        start = stream.read(_HEADER_BYTES)
    problem = _header_problem(start)
    if problem is None:
        scan = _core.FileScan(name, ord(separator))
        scan.push(start)
        scan.finish()
        names = scan.header
        endless = scan.records == 0 and len(start) == _HEADER_BYTES
        if endless or not scan.header_readable():
            with opened(path, name) as stream:  # all of it, to say how many such places there are
                problem = _scan_csv(stream, name, separator)
        if problem is None or problem.startswith("F107"):  # too long for names, which says more
            problem = _names_problem(names, separator)
    if problem is not None:
        message = f"{name}: {problem}"
        raise InputError(message)
    return names


def require_lines(path: Path, name: str) -> None:
    """Refuse JSON lines of which one is so long that no reader should meet it.

    Costs next to nothing, unless the file is compressed: then it must be unpacked to be known, piece by piece.

    Args:
        path: The file.
        name: What it is called in messages.

    Raises:
        InputError: When there is such a line.
    """
    if is_compressed(path):
        with opened(path, name) as stream:
            _measure_lines(stream, name)
        return
    size = path.stat().st_size
    if size < 2 * _WINDOW:
        return
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        # From the end of each window: the next line end is a few bytes away where lines are lines.
        starts = range(0, size - _WINDOW + 1, _WINDOW)
        long = next((start for start in starts if content.rfind(b"\n", start, start + _WINDOW) < 0), None)
    if long is None:
        return
    error = ValueError(f"the bytes from {long:,} to {long + _WINDOW:,} have no line end; give each record its own line")
    raise diagnose(path, name, "ndjson", ",", error)


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
            with opened(path, name) as stream:
                match kind:
                    case "csv":
                        problem = _scan_csv(stream, name, separator)
                    case "ndjson":
                        problem = _walk_json_lines(stream)
                    case _:
                        problem = _look_at_ends(stream, kind)
        except InputError as found:
            return found
        except OSError:
            problem = None
    if problem is None:
        problem = f"cannot be read: {discreet(error) if path is not None else _SECRETS.sub('', discreet(error))}"
    return InputError(f"{name}: {problem}")


def _header_problem(start: bytes) -> str | None:
    for magic, problem in _MAGIC:
        if start.startswith(magic):
            return problem
    line = start.split(b"\n", 1)[0]
    if b"\0" in line:
        return "is not a CSV file: its first line holds NUL bytes (binary data, or UTF-16 without a mark)"
    if not line.strip(b"\r \t\xef\xbb\xbf"):
        return "has a blank first line: the header must be there" if start.strip() else "has no header and no records"
    return None


def _names_problem(names: list[str], separator: str) -> str | None:
    if len(names) > MOST_COLUMNS:
        return f"has {len(names):,} columns or more, or no line ends; Salesforce takes at most 5,000: leave columns out"
    longest = max(names, key=len)
    if len(longest) > _NAME_LENGTH:
        return (
            f"is not a CSV file, or has no header: the name of column {names.index(longest) + 1} would have "
            f"{len(longest):,} characters or more"
        )
    others = [called for mark, called in _SEPARATORS.items() if mark != separator and mark in names[0]]
    if len(names) == 1 and others:
        return f"has its values separated by {others[0]}, not {_SEPARATORS[separator]}: save it as plain CSV"
    return None


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


def _measure_lines(stream: IO[bytes], name: str) -> None:
    number, length = 1, 0
    while data := stream.read(_BLOCK):
        end = data.rfind(b"\n")
        number += data.count(b"\n")
        length = len(data) - end - 1 if end >= 0 else length + len(data)
        if length > 2 * _WINDOW:
            message = f"{name}: line {number} has more than {2 * _WINDOW:,} bytes; give each record its own line"
            raise InputError(message)


def _scan_csv(stream: IO[bytes], name: str, separator: str) -> str | None:
    """The first fault in the bytes that no reader can read over, in the words of its rule."""
    scan = _core.FileScan(name, ord(separator))
    while data := stream.read(_BLOCK):
        scan.push(data)
    scan.finish()
    return scan.explain()


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
            value = json.loads(line, parse_int=_number)
        except RecursionError:
            return f"{where} is nested too deeply: leave the nested value out, or write it as text"
        except _LongNumberError as error:
            return f"{where} holds {error}: write it as text, in double quotes"
        except ValueError as error:
            array = " (one JSON array is not JSON lines: put each object on a line of its own)"
            hint = array if record == 0 and line.lstrip().startswith("[") else ""
            return f"{where} is not valid JSON: {error}{hint}"
        if not isinstance(value, dict):
            return f"{where} is not a JSON object but {_JSON_KINDS.get(type(value), 'null')}"
        record += 1
    if lines.problem is not None:
        start, raw = lines.problem
        return _not_utf8(f"record {record} (line {lines.number})", lines.offset + start, raw[start:])
    return None


class _LongNumberError(Exception):
    """A number that no column holds."""


def _number(digits: str) -> int:
    if len(digits) > _NUMBER_LENGTH:
        message = f"a number of {len(digits):,} digits"
        raise _LongNumberError(message)
    return int(digits)


def _look_at_ends(stream: IO[bytes], kind: str) -> str | None:
    magic, called = (b"PAR1", "a Parquet file") if kind == "parquet" else (b"ARROW1", "an Arrow IPC file")
    start = stream.read(8)
    stream.seek(-min(8, stream.seek(0, 2)), 2)
    end = stream.read(8)
    if not start.startswith(magic):
        return f"is not {called}: it does not start as one; give it the suffix of what it is"
    if not end.endswith(magic):
        return f"is cut off: it starts as {called} but does not end as one; copy or export it again"
    return None
