"""Data Loader mapping files (.sdl): Java properties that say which CSV column feeds which Salesforce field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sendworthy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_UNICODE_DIGITS = 4


class SdlMapping(dict[str, str]):
    """Salesforce field to source column. Columns that are not in it are not loaded.

    Attributes:
        constants: Fields that get a constant (a quoted text) and no column.
    """

    def __init__(self, mapping: Mapping[str, str] | None = None, constants: Sequence[str] = ()) -> None:
        super().__init__(mapping or {})
        self.constants = list(constants)

    def __or__(self, other: Mapping[str, str]) -> SdlMapping:  # type: ignore[override]
        """Both, the other's columns first in rank."""
        return SdlMapping({**self, **other}, [*self.constants, *getattr(other, "constants", ())])

    def __ror__(self, other: Mapping[str, str]) -> SdlMapping:  # type: ignore[override]
        """The same from the other side."""
        return SdlMapping({**other, **self}, self.constants)


def read_sdl(path: str | Path) -> SdlMapping:
    """Read a mapping file.

    Args:
        path: The .sdl file.

    Returns:
        Salesforce field to source column, as ``check(columns=...)`` takes it.

    Raises:
        ConfigError: When the file is no mapping or feeds one field from two columns.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = Path(path).read_text(encoding="latin-1")  # what Java properties are by definition
    mapping = SdlMapping()
    for number, line in _logical_lines(text):
        column, fields = _split(line)
        if not fields:
            continue
        if column.startswith('"'):
            mapping.constants += [_plain_field(field.strip()) for field in fields.split(",")]
            continue
        if not column:
            message = f"{path}: line {number} names no source column; expected column=SalesforceField"
            raise ConfigError(message)
        for field in (part.strip() for part in fields.split(",")):
            name = _plain_field(field)
            if name and mapping.setdefault(name, column) != column:
                message = f"{path}: line {number}: {name} is fed from two columns, {mapping[name]!r} and {column!r}"
                raise ConfigError(message)
    if not mapping:
        message = f"{path}: no line of the form column=SalesforceField was found"
        raise ConfigError(message)
    return mapping


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; a trailing odd backslash joins the next one, comments and blanks are dropped."""
    lines: list[tuple[int, str]] = []
    joined, start = "", 0
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        line = raw.lstrip(" \t\f")
        if not joined:
            if not line or line[0] in "#!":
                continue
            start = number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            joined += line[:-1]
            continue
        lines.append((start, joined + line))
        joined = ""
    if joined:
        lines.append((start, joined))
    return lines


def _split(line: str) -> tuple[str, str]:
    """Key and value: the key ends at the first blank, = or : that is not escaped."""
    key, position = _unescape(line, stop="=: \t\f")
    rest = line[position:].lstrip(" \t\f")
    if rest[:1] in ("=", ":") and rest:
        rest = rest[1:].lstrip(" \t\f")
    return key, _unescape(rest, stop="")[0].strip()


def _unescape(text: str, *, stop: str) -> tuple[str, int]:
    out: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        if char in stop:
            break
        if char == "\\" and position + 1 < len(text):
            following = text[position + 1]
            digits = text[position + 2 : position + 2 + _UNICODE_DIGITS]
            if following == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                out.append(chr(int(digits, 16)))
                position += 2 + _UNICODE_DIGITS
                continue
            out.append(_ESCAPES.get(following, following))
            position += 2
            continue
        out.append(char)
        position += 1
    return "".join(out), position


def _plain_field(field: str) -> str:
    """``Parent:Account-External__c`` and ``Parent:External__c`` in the dotted form of a relationship column."""
    relationship, colon, rest = field.partition(":")
    if not colon:
        return field
    return f"{relationship}.{rest.rpartition('-')[2]}"
