"""What was checked, with what, and how: the facts that make a report worth keeping."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sendworthy.config.options import shown
from sendworthy.outputs.html.words import cut, percent, size, width
from sendworthy.policy import Policy

if TYPE_CHECKING:
    from sendworthy.findings import CheckedTable
    from sendworthy.report import Report

#: Files together larger than this are not hashed: it would take longer than the page is worth.
_HASHED_BYTES = 128_000_000
_FILES = 10
_LINKS = 40
_LABEL = 240


@dataclass(frozen=True)
class File:
    """A file that was read.

    Attributes:
        name: Its name.
        size: Its size for people.
        sha256: Its checksum; None when it was too large to be read again.
    """

    name: str
    size: str
    sha256: str | None


@dataclass(frozen=True)
class Input:
    """A table that was checked.

    Attributes:
        table: Its name.
        source: Where its records come from.
        rows: How many they are.
        rejected: How many of them have an error.
        share: Of them, the share without an error.
        width: The same as the length of a bar.
        files: The local files behind it.
        more: How many files are not listed.
    """

    table: str
    source: str
    rows: int
    rejected: int
    share: str
    width: float
    files: list[File]
    more: int

    @property
    def ready(self) -> int:
        """How many records have no error."""
        return self.rows - self.rejected


@dataclass(frozen=True)
class Link:
    """A file that was written.

    Attributes:
        href: Where it is, seen from the page.
        name: Its name.
        size: Its size for people.
        holds: What is in it.
    """

    href: str
    name: str
    size: str
    holds: str


def inputs(report: Report) -> list[Input]:
    """The tables; checksums only where they cost next to nothing."""
    tables = list(report.describer.tables.values())
    paths = [path for table in tables for path in table.source.paths]
    hashed = sum(path.stat().st_size for path in paths if path.is_file()) <= _HASHED_BYTES
    return [_input(table, report.describer.rejected[table.name], hashed=hashed) for table in tables]


def _input(table: CheckedTable, rejected: int, *, hashed: bool) -> Input:
    paths = [path for path in table.source.paths if path.is_file()]
    files = [
        File(cut(path.name, _LABEL), size(path.stat().st_size), _checksum(path) if hashed else None)
        for path in paths[:_FILES]
    ]
    if files:
        table.source.check_unchanged()  # or the checksums would be of something else than what was checked
    ready = table.rows - rejected
    return Input(
        table.name,
        cut(table.source.label, _LABEL),
        table.rows,
        rejected,
        percent(ready, table.rows),
        width(ready, table.rows),
        files,
        len(paths) - len(files),
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def policy_departures(policy: Policy) -> list[tuple[str, str, str]]:
    """Settings that are not the published guidance: name, value, and what it would be."""
    names = [field.name for field in fields(Policy) if getattr(policy, field.name) != field.default]
    return [(name, shown(getattr(policy, name)), shown(getattr(Policy(), name)) or "not set") for name in names]


def links(report: Report, base: Path) -> tuple[list[Link], int]:
    """The files that were written of the same report, and how many more there are."""
    there = [path for path in dict.fromkeys(report.written) if path.is_file()]
    made = [Link(_href(path, base), cut(path.name), size(path.stat().st_size), _holds(path.name)) for path in there]
    return made[:_LINKS], len(made[_LINKS:])


def _href(path: Path, base: Path) -> str:
    try:
        return quote(Path(os.path.relpath(path.absolute(), base)).as_posix())
    except ValueError:  # on another drive
        return path.absolute().as_uri()


def _holds(name: str) -> str:
    kinds = {
        "sends.ready": "planned sends that nothing blocks",
        "sends.rejected": "planned sends that are blocked, each with its reason",
        ".ready": "records that can be loaded",
        ".rejected": "records with an error, each with its reason",
        ".fixed": "all records, with what is certain mended",
        "changes.": "every change that was made",
        "withheld.": "changes that would make a duplicate or another error",
        "summary.": "counts, files and checksums",
    }
    return next((holds for part, holds in kinds.items() if part in name), "")
