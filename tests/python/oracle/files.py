"""What is wrong with the bytes of a CSV file: a plain reading of section 5 of the rulebook, record by record."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_VALUE, MAX_RECORD, MAX_HEADER, MAX_COLUMNS = 131_072, 400_000, 32_000, 5_000
CODES = {
    "Unclosed": "F103", "TextAfterQuote": "F103", "TextAfterFarQuote": "F103", "QuoteInside": "F103",
    "TooFew": "F104", "TooMany": "F104", "Split": "F104", "Blank": "F104",
    "Newline": "F106",
    "LongValue": "F107", "LongRecord": "F107", "ManyColumns": "F107",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One fault: record (None: the header), kind, offset, line."""

    record: int | None
    kind: str
    offset: int
    line: int


@dataclass
class Scanned:
    """What a file's bytes say."""

    faults: list[Fault] = field(default_factory=list)
    values: list[list[bytes]] = field(default_factory=list)
    mark: bool = False
    mixed: bool = False
    not_utf8: bool = False


def scan(data: bytes, separator: bytes = b",") -> Scanned:  # noqa: C901  (one step after the other)
    """Judge a whole file."""
    found = Scanned(mark=data.startswith(b"\xef\xbb\xbf"))
    try:
        data.decode()
    except UnicodeDecodeError:
        found.not_utf8 = True
    start, width, number = 3 if found.mark else 0, 0, -1
    line = 1
    ends: set[str] = set()
    while start < len(data):
        stop = _record_end(data, start)
        body = data[start:stop]
        feed = stop < len(data)
        if feed and body.endswith(b"\r"):
            body = body[:-1]
            ends.add("CRLF")
        elif feed:
            ends.add("LF")
        values, faults = _values(body, start, line, separator)
        lone = _lone_return(body)
        if lone is not None:
            ends.add("CR")
        record = None if number < 0 else number
        if number >= 0 and not body and feed:
            faults = [("Blank", start, line)]
        elif number >= 0 and lone is not None:
            faults.append(("Split", start + lone, line + body[:lone].count(b"\n")))
        elif number >= 0 and not any(CODES[kind] == "F103" for kind, _, _ in faults) and len(values) != width:
            faults.append(("TooFew" if len(values) < width else "TooMany", start, line))
        faults += _sizes(body, values, start, line, header=number < 0)
        seen = set()
        for kind, offset, at in faults:
            if CODES[kind] not in seen:
                found.faults.append(Fault(record, kind, offset, at))
                seen.add(CODES[kind])
        if number < 0:
            width = len(values)
        else:
            found.values.append([_plain(value) for value in values])
        line += data[start : stop + 1].count(b"\n")
        start, number = stop + 1, number + 1
    found.mixed = len(ends) > 1 or "CR" in ends
    return found


def _record_end(data: bytes, start: int) -> int:
    """Where the LF is that follows an even number of quotes, or the end of the file."""
    quotes = 0
    for at in range(start, len(data)):
        if data[at : at + 1] == b'"':
            quotes += 1
        elif data[at : at + 1] == b"\n" and quotes % 2 == 0:
            return at
    return len(data)


def _values(  # noqa: C901  (one case after the other)
    body: bytes, start: int, line: int, separator: bytes
) -> tuple[list[bytes], list[tuple[str, int, int]]]:
    """The values as they are written, and the faults of quotes and line ends."""
    values: list[bytes] = []
    faults: list[tuple[str, int, int]] = []
    at = 0

    def where(place: int) -> tuple[int, int]:
        return start + place, line + body[:place].count(b"\n")

    while True:
        begin = at
        if body[at : at + 1] == b'"':
            at += 1
            while at < len(body):
                if body[at : at + 2] == b'""':
                    at += 2
                elif body[at : at + 1] == b'"':
                    break
                else:
                    if body[at : at + 1] in {b"\r", b"\n"} and not any(kind == "Newline" for kind, _, _ in faults):
                        faults.append(("Newline", *where(at)))
                    at += 1
            if at >= len(body):
                faults.append(("Unclosed", *where(begin)))
                return values, faults
            at += 1
        if at < len(body) and body[begin : begin + 1] == b'"' and body[at : at + 1] != separator:
            far = b"\n" in body[begin:at]
            place = begin if far else at + (body[at : at + 1] == b"\r")
            faults.append(("TextAfterFarQuote" if far else "TextAfterQuote", *where(place)))
            return values, faults
        while at < len(body) and body[at : at + 1] != separator:
            if body[at : at + 1] == b'"':
                faults.append(("QuoteInside", *where(at)))
                return values, faults
            at += 1
        values.append(body[begin:at])
        if at >= len(body):
            return values, faults
        at += 1


def _lone_return(body: bytes) -> int | None:
    """The first CR with an even number of quotes before it: a line end for Salesforce."""
    places = (at for at in range(len(body)) if body[at : at + 1] == b"\r")
    return next((at for at in places if body[:at].count(b'"') % 2 == 0), None)


def _sizes(body: bytes, values: list[bytes], start: int, line: int, *, header: bool) -> list[tuple[str, int, int]]:
    faults = []
    offset = start
    for value in values:
        if len(_plain(value).decode(errors="replace")) > MAX_VALUE:
            faults.append(("LongValue", offset, line))
        offset += len(value) + 1
    if len(body.decode(errors="replace")) > (MAX_HEADER if header else MAX_RECORD):
        faults.append(("LongRecord", start, line))
    if header and len(values) > MAX_COLUMNS:
        faults.append(("ManyColumns", start, line))
    return faults


def _plain(value: bytes) -> bytes:
    return value[1:-1].replace(b'""', b'"') if value.startswith(b'"') else value
