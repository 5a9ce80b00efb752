"""The progress bar on standard error."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sendworthy.progress import Progress

_WORDS = {"relating": "comparing records", "finding": "describing findings in", "writing": "writing"}
_MINUTE, _HOUR = 60, 3600


@contextmanager
def bar() -> Iterator[Callable[[Progress], None] | None]:
    """Draw a bar while the block runs; it is gone afterwards.

    Yields:
        What draws a message, or None where nobody would see it: standard error is no terminal, or results go through a
        pipe to a program that may draw on the same one.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or _is_pipe():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("[dim]{task.fields[told]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task("starting", total=None, told="")

        def draw(progress: Progress) -> None:
            what = _WORDS.get(progress.phase, "reading")
            drawn.update(
                task,
                description=f"{what} {progress.table}".strip(),
                total=None if progress.share is None else 1.0,
                completed=progress.share or 0.0,
                told=_told(progress),
            )

        yield draw


def _told(progress: Progress) -> str:
    parts = []
    if progress.rows:
        parts = [f"{progress.rows:,} records", f"{_rounded(progress.rows_per_second)}/s"]
    if progress.seconds_left is not None:
        parts.append(f"{_duration(progress.seconds_left)} left")
    return "  ".join(parts)


def _rounded(number: float) -> str:
    """Two digits that mean something: a rate trembles."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            value = number / unit
            return f"{value:.1f}{name}" if value < 10 else f"{value:.0f}{name}"  # noqa: PLR2004
    return f"{number:.0f}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02} min"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02} h"


def _is_pipe() -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):  # replaced by something without a descriptor
        return False
