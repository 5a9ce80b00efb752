"""Pieces of text for people: shortened, and safe to print on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VALUE_WIDTH = 60
_MESSAGE_WIDTH = 200
#: What is between quotation marks or brackets; to the end where they are not closed.
_QUOTED = re.compile(r"(?<!\w)'.*?(?:'(?!\w)|$)|\".*?(?:\"(?!\w)|$)|`.*?(?:`(?!\w)|$)|\[.*?(?:\](?!\w)|$)")
_CLOSING = {"[": "]"}
#: Types, and the numbers of errors of the operating system.
_HARMLESS = re.compile(
    r"Errno -?\d+|str|string|bool|boolean|[iuf]\d{1,3}|u?int\d*|float\d*|double|date|time|datetime|timestamp|duration|"
    r"null|list|struct|cat|categorical|enum|binary|decimal|object|\w+_interval",
    re.IGNORECASE,
)
#: How a panic in polars says what went wrong.
_WRAPPED = re.compile(r'called `Result::unwrap\(\)` on an `Err` value: \w+\(ErrString\("(.*)"\)\)')
_NUMBER = re.compile(r"\+?\d(?:[ ().-]?\d){5,}")


def printable(text: str) -> str:
    """The text with control and invisible characters spelled out, so that it cannot move a cursor or hide."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def shorten(text: str, width: int = VALUE_WIDTH) -> str:
    """At most `width` characters of a value, printable."""
    text = printable(text[: width + 1])
    return text if len(text) <= width else f"{text[: width - 3]}..."


def first_line(error: BaseException) -> str:
    """The first line of an error's text."""
    lines = str(error).strip().splitlines()
    return shorten(lines[0], _MESSAGE_WIDTH) if lines else type(error).__name__


def discreet(error: BaseException, columns: Iterable[str] = ()) -> str:
    """The first line of what a library says of an error, without what may be values of records.

    Libraries quote cells in all sorts of ways, and errors end in logs. So whatever is quoted goes, unless it is a
    column or a type, and so does every number that is long enough for a telephone.

    Args:
        error: Somebody else's.
        columns: Names that may be shown.
    """
    lines = str(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    told = inner[1] if (inner := _WRAPPED.fullmatch(lines[0])) else lines[0]
    known = frozenset(columns)

    def hidden(found: re.Match[str]) -> str:
        quote, text = found[0][0], found[0].strip("'\"`[]")
        return found[0] if text in known or _HARMLESS.fullmatch(text) else f"{quote}***{_CLOSING.get(quote, quote)}"

    return shorten(_NUMBER.sub("***", _QUOTED.sub(hidden, told)), _MESSAGE_WIDTH)


def plural(number: int, noun: str) -> str:
    """`1 user`, `2 users`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(items: Sequence[str]) -> str:
    """Items as people list them: commas, and "and" before the last."""
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
