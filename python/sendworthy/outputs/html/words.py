"""Numbers and texts as the page shows them."""

from __future__ import annotations

import re
from inspect import cleandoc
from itertools import accumulate
from math import log10
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sendworthy.texts import printable

if TYPE_CHECKING:
    from datetime import datetime

    from sendworthy import _core

_CUT = 120
_KILO = 1000
_BRIEF = 40
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z`-])")


class Piece(NamedTuple):
    """A piece of a text: words, or code."""

    text: str
    code: bool


def ordered(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts of rules that found something, the worst first: what refuses a whole file before what a record has."""
    of_records = ~pl.col("code").str.contains("^[FH]")
    found = counts.filter(pl.col("rows") > 0)
    return found.sort("severity", of_records, "rows", descending=[False, False, True], maintain_order=True)


def percent(part: int, whole: int) -> str:
    """A share that says 0% and 100% of none and all only."""
    if not whole:
        return "-"
    if part in {0, whole}:
        return "100%" if part else "0%"
    share = 100 * part / whole
    return "<0.1%" if share < 0.1 else f"{min(share, 99.9):.1f}%"  # noqa: PLR2004


def width(part: int, whole: int) -> float:
    """The same as the length of a bar in percent; what is there at all can be seen."""
    return round(max(100 * part / whole, 0.5), 2) if part and whole else 0


def log_width(part: int, whole: int) -> float:
    """A share as the length of a bar that grows by a quarter with every tenfold: 0.01% has none, 100% is whole."""
    return round(min(max(25 * (log10(part / whole) + 4), 2), 100), 2) if part and whole else 0


def cut(text: str, length: int = _CUT) -> str:
    """At most so many characters, printable; what is left out is said."""
    if len(text) <= length:
        return printable(text)
    return f"{printable(text[:length])}… ({len(text):,} characters)"


def size(of: int) -> str:
    """Bytes for people."""
    if of < _KILO:
        return f"{of} bytes"
    units = ("kB", "MB", "GB", "TB")
    power = min(int(log10(of) // 3), len(units))
    return f"{of / _KILO**power:.1f} {units[power - 1]}"


def seconds(of: float) -> str:
    """A duration for people."""
    if of < 1:
        return f"{1000 * of:.0f} ms"
    minutes, rest = divmod(of, 60)
    return f"{of:.1f} s" if not minutes else f"{minutes:.0f} min {rest:.0f} s"


def day(moment: datetime) -> str:
    """22 Nov, in the page's language whatever the locale of the process is."""
    return f"{moment:%d} {_MONTHS[moment.month - 1][:3]}"


def day_and_time(moment: datetime) -> str:
    """Sun 22 Nov 12:00."""
    return f"{_DAYS[moment.weekday()][:3]} {day(moment)} {moment:%H:%M}"


def full_date(moment: datetime) -> str:
    """Sunday, 22 November 2026, 12:00."""
    return f"{_DAYS[moment.weekday()]}, {moment:%d} {_MONTHS[moment.month - 1]} {moment:%Y, %H:%M}"


def pieces(text: str) -> list[Piece]:
    """Text with code in backticks, in pieces."""
    return [Piece(part, code=at % 2 == 1) for at, part in enumerate(text.split("`")) if part]


def section(rule: _core.RuleDoc, title: str) -> str:
    """A section of a rule's documentation as one paragraph."""
    _, _, rest = cleandoc(rule["doc"]).partition(f"## {title}\n")
    return " ".join(rest.partition("\n## ")[0].split())


def brief(text: str) -> str:
    """The first sentences of a paragraph that say something together."""
    sentences = _SENTENCE.split(text)
    some = list(accumulate(sentences, "{} {}".format))
    return next((start for start in some if len(start) >= _BRIEF), text)
