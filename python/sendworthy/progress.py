"""What a running check tells about itself, at most ten times a second."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Progress:
    """One message from a running check.

    Attributes:
        table: The table being read, or "" while rules look across tables.
        rows: Records of that table read so far.
        rows_per_second: Average speed on that table.
        phase: "reading" or "relating".
    """

    table: str
    rows: int
    rows_per_second: float
    phase: str


class Reporter:
    """Passes progress on, throttled. What the receiver raises ends the check and reaches its caller."""

    def __init__(self, receive: Callable[[Progress], object] | None) -> None:
        self._receive = receive
        self._table = ""
        self._started = self._told = 0.0

    def start(self, table: str, phase: str = "reading") -> None:
        """Begin a phase; always told."""
        self._table, self._started = table, time.monotonic()
        self._tell(0, phase)

    def advance(self, rows: int, *, final: bool = False) -> None:
        """Say how many records of the table are read; told only now and then unless final."""
        if final or time.monotonic() - self._told >= _EVERY_SECONDS:
            self._tell(rows, "reading")

    def _tell(self, rows: int, phase: str) -> None:
        if self._receive is None:
            return
        self._told = time.monotonic()
        seconds = self._told - self._started
        self._receive(Progress(self._table, rows, rows / seconds if seconds > 0 else 0.0, phase))


@contextmanager
def reporter(progress: Callable[[Progress], object] | bool | None) -> Iterator[Reporter]:
    """A reporter for whatever was given as ``progress``; True draws on standard error if that is a terminal."""
    if callable(progress):
        yield Reporter(progress)
    elif progress and sys.stderr.isatty():
        with _bar() as draw:
            yield Reporter(draw)
    else:
        yield Reporter(None)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("starting") as status:

        def draw(progress: Progress) -> None:
            if progress.phase == "reading":
                speed = f", {progress.rows_per_second:,.0f} a second" if progress.rows else ""
                status.update(f"reading {progress.table}: {progress.rows:,} records{speed}")
            else:
                status.update("comparing records with each other")

        yield draw
