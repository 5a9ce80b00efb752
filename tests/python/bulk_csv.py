"""A strict reader of the CSV that Bulk API 2.0 takes, written from its documented grammar and limits alone.

It shares nothing with the package, nor with Python's csv module, which forgives what Salesforce refuses.
"""

from __future__ import annotations

MOST_FIELD, MOST_RECORD, MOST_COLUMNS, MOST_HEADER = 131_072, 400_000, 5_000, 32_000
MOST_BYTES, MOST_ENCODED = 100_000_000, 150_000_000


class Refused(ValueError):  # noqa: N818  (says what Salesforce does)
    """Salesforce would refuse the file."""


def parse(data: bytes) -> tuple[list[str], list[list[str]]]:
    """The header and the records of a file with commas and LF.

    Raises:
        Refused: Why Salesforce would not take it.
    """
    records = [record for record in _records(_text(data)) if record != [""]]  # blank lines are skipped
    if not records:
        raise Refused("no header")
    header = records.pop(0)
    if len(",".join(header)) > MOST_HEADER:
        raise Refused("the header is too long")
    if len(header) > MOST_COLUMNS:
        raise Refused("more than 5000 columns")
    for number, record in enumerate(records):
        if len(record) != len(header):
            raise Refused(f"record {number} has {len(record)} fields, the header {len(header)}")
        sizes = [*map(len, record)]
        if max(sizes) > MOST_FIELD:
            raise Refused(f"record {number} has a field of {max(sizes)} characters")
        if sum(sizes) > MOST_RECORD:
            raise Refused(f"record {number} has {sum(sizes)} characters")
    return header, records


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES or -(-len(data) // 3) * 4 >= MOST_ENCODED:
        raise Refused("the file is too large for a job")
    if data.startswith(b"\xef\xbb\xbf"):
        raise Refused("a byte order mark stands before the first name")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(str(error)) from None
    if not text.endswith("\n"):
        raise Refused("the last record does not end")
    return text


def _records(text: str) -> list[list[str]]:
    records: list[list[str]] = []
    record: list[str] = []
    at = 0
    while at < len(text):
        value, at = _quoted(text, at + 1) if text[at] == '"' else _plain(text, at)
        record.append(value)
        if text[at] == "\n":
            records.append(record)
            record = []
        elif text[at] != ",":
            raise Refused("text after an end quote")
        elif at + 1 == len(text):
            raise Refused("the last record does not end")
        at += 1
    return records


def _plain(text: str, at: int) -> tuple[str, int]:
    start = at
    while text[at] not in ",\n":
        if text[at] == '"':
            raise Refused("an unescaped quote")
        if text[at] == "\r":
            raise Refused("a carriage return ends a line")
        at += 1
    return text[start:at], at


def _quoted(text: str, at: int) -> tuple[str, int]:
    value = []
    while True:
        end = text.find('"', at)
        if end < 0:
            raise Refused("a quote is never closed")
        value.append(text[at:end])
        if text[end + 1 : end + 2] != '"':
            return "".join(value), end + 1
        value.append('"')
        at = end + 2
