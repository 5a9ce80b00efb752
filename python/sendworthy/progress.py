"""What a running check tells about itself, at most ten times a second."""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from sendworthy.stopping import attend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sendworthy.sources import Source

_EVERY_SECONDS = 0.1
#: The receiver may take this share of the time where it is called by the thread that does the work.
_SHARE_OF_RECEIVER = 0.05
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Progress:
    """One message from a running check.

    Attributes:
        table: The table being read, or "" while rules look across tables and when all is done.
        rows: Records of that table read so far.
        rows_per_second: Records of that table a second, on average since its reading began.
        phase: "reading" (tables for the check), "relating" (records with each other), "finding" (flagged records are
            read again and put into words), "writing" (records are read again and written) or "done".
        share: Of all records to be read in this phase, how many were, from 0 to 1. None where their number is not
            known: of a query, a stream or a compressed CSV. For a CSV it follows from the file's size.
        seconds_left: Seconds until the phase ends at the pace so far. None where the share is, or too early to say.
        seconds: Seconds since the phase began.
    """

    table: str
    rows: int
    rows_per_second: float
    phase: str
    share: float | None = None
    seconds_left: float | None = None
    seconds: float = 0.0


Receiver: TypeAlias = "Callable[[Progress], object]"


class _State(NamedTuple):
    """Where the work is; replaced as a whole, so that the thread that tells never sees half of a change."""

    phase: str
    began: float
    table: str = ""
    table_began: float = 0.0
    rows: int = 0
    before: int = 0
    total: int | None = None


class Reporter:
    """Passes progress on.

    The receiver is called by the thread that made the reporter. While that thread waits for the work it calls `tick`
    many times a second, and a slow receiver holds up nothing; where it does the work itself, a slow receiver is called
    the less often. One that fails is called no more: the work goes on.
    """

    def __init__(self, receive: Receiver | None) -> None:
        self._receive, self._owner = receive, get_ident()
        self._state = _State("", time.monotonic())
        self._next = 0.0

    def begin(self, phase: str, sources: Mapping[str, Source] | None = None) -> None:
        """Begin a phase in which these tables will be read."""
        expected: list[int | None] = [None]
        if self._receive is not None and sources:
            expected = [source.expected_rows() for source in sources.values()]
        total = sum(rows or 0 for rows in expected)
        self._state = _State(phase, time.monotonic(), total=total if total and None not in expected else None)
        self._step()

    def table(self, table: str) -> None:
        """Begin the reading of a table."""
        state = self._state
        self._state = state._replace(
            table=table, table_began=time.monotonic(), rows=0, before=state.before + state.rows
        )
        self._step()

    def advance(self, rows: int) -> None:
        """Say how many records of the table were read."""
        self._state = self._state._replace(rows=rows)
        self._step()

    def tick(self) -> None:
        """Tell how far the work is, if it is time."""
        if self._receive is not None and time.monotonic() >= self._next:
            self._tell(_told(self._state))

    def done(self) -> None:
        """Say that all is done; always told."""
        state = self._state
        seconds = time.monotonic() - state.began
        rows = state.before + state.rows
        self._tell(Progress("", rows, rows / seconds if seconds > 0 else 0.0, "done", 1.0, 0.0, seconds))

    def _step(self) -> None:
        if get_ident() == self._owner:
            self.tick()

    def _tell(self, progress: Progress) -> None:
        if self._receive is None:
            return
        began = time.monotonic()
        try:
            self._receive(progress)
        except Exception as error:  # noqa: BLE001  (whatever it is, the run goes on)
            self._receive = None
            message = f"progress: {type(error).__name__}: {error}; it is told no more, and the run goes on"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
        ended = time.monotonic()
        self._next = ended + max(_EVERY_SECONDS, (ended - began) / _SHARE_OF_RECEIVER)


def _told(state: _State) -> Progress:
    now = time.monotonic()
    seconds, on_table = now - state.began, now - state.table_began
    read = state.before + state.rows
    share = None if state.total is None else min(read / state.total, 1.0)
    left = seconds * (1 - share) / share if share and seconds >= _EVERY_SECONDS else None
    rate = state.rows / on_table if on_table > 0 else 0.0
    return Progress(state.table, state.rows, rate, state.phase, share, left, seconds)


_active: ContextVar[Reporter | None] = ContextVar("sendworthy_reporter", default=None)


@contextmanager
def reporter(progress: Receiver | bool | None) -> Iterator[Reporter]:
    """A reporter for whatever was given as ``progress``; True draws on standard error if that is a terminal."""
    if (told_already := _active.get()) is not None:  # work within work: one reporter for all of it
        yield told_already
    elif callable(progress):
        told = Reporter(progress)
        yield told
        told.done()
    elif progress is True:
        from sendworthy.bar import bar

        with bar() as draw:
            yield Reporter(draw)
    else:
        yield Reporter(None)


def watched(progress: Receiver | bool | None, work: Callable[[Reporter], _Result]) -> _Result:
    """Do work that reports, in another thread, while this one waits and tells the receiver."""
    with reporter(progress) as told:
        before = _active.set(told)
        try:
            return attend(partial(work, told), told.tick)
        finally:
            _active.reset(before)
