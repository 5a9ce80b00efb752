"""Some findings of each rule, with the place in the file that they were found at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sendworthy.masking import masked
from sendworthy.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendworthy.outputs import Options
    from sendworthy.outputs.lines import Line
    from sendworthy.report import Report


_MESSAGE_WIDTH = 1_000
#: The first findings of each rule, by code and table.
Samples: TypeAlias = dict[tuple[str, str], list[dict[str, Any]]]


class Place(NamedTuple):
    """Where a finding is.

    Attributes:
        path: The file, relative to the working directory where it lies in it; None for data that is no file.
        line: Its line counted from 1, where that is known.
    """

    path: str | None
    line: int | None


def samples(report: Report, wanted: Sequence[Line], each: int, options: Options, *, published: bool) -> Samples:
    """The first findings of some rules, in bounded memory however many there are.

    Args:
        report: The report.
        wanted: The rules.
        each: How many findings of each.
        options: Whether values are masked.
        published: The output is for others than the owner: values are masked unless asked otherwise.
    """
    found: Samples = {(line.code, line.table): [] for line in wanted}
    if found:
        frame = report.describer.samples([(line.table, line.code) for line in wanted], each)
        for sample in masked(frame, options.redaction(published=published)).to_dicts():
            found[sample["code"], sample["table"]].append(sample)
    return found


def told(sample: dict[str, Any]) -> str:
    """The message of a finding, at a length that every reader shows: it may name a header that is a page long."""
    return shorten(sample["message"], _MESSAGE_WIDTH)


def place(report: Report, table: str, row: int | None) -> Place:
    """Where a record is; the table's first file, and its first line, for what concerns no record."""
    source = report.describer.tables[table].source
    if not source.files:
        return Place(None, None)
    if row is None:
        return Place(relative(source.files[0]), None)
    at, line = report.describer.outcome.place(table, row) or (0, None)
    return Place(relative(source.files[at]), line)


def files(report: Report, line: Line) -> list[tuple[str | None, int]]:
    """The files of a rule's table with the number of findings in each, those without any left out.

    Only the files of CSV are counted apart: nothing else is known to tell which record came from which file.
    """
    known = report.describer.tables[line.table].source.files
    counts = report.describer.outcome.by_file(line.table, line.code) if len(known) > 1 else []
    if not counts:
        return [(relative(known[0]) if known else None, line.rows)]
    return [(relative(name), count) for name, count in zip(known, counts, strict=True) if count]


def relative(name: str) -> str:
    """A path as those who show it in a repository want it; a URL, and a path elsewhere, as it is."""
    path = Path(name)
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return name if "://" in name else path.as_posix()
