"""Pieces of text for people: shortened, and safe to print on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUE_WIDTH = 60
_MESSAGE_WIDTH = 200


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


def plural(number: int, noun: str) -> str:
    """`1 user`, `2 users`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(items: Sequence[str]) -> str:
    """Items as people list them: commas, and "and" before the last."""
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
