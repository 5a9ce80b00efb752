"""Long work in a thread of its own, so that the thread that asked for it can always answer: to Ctrl-C above all.

Python hands signals to the main thread and only between its own instructions, so a call into polars or the core would
put Ctrl-C off until it returns. The one who asks therefore only waits; the work looks now and then whether it is still
wanted, and takes its temporary files with it when it is not.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Self, TypeVar

from sendworthy.forks import require_polars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: How long a signal may go unnoticed: some handlers of signals (polars' own is one) let a wait go on.
_NOTICED_SECONDS = 0.03
#: How long stopped work may take to tidy up before nobody waits for it any more. Giving a gigabyte back to the system
#: takes another tenth of a second.
_GRACE_SECONDS = 0.04

_Result = TypeVar("_Result")


class Stop:
    """Says whether work is still wanted, and what else has to be stopped with it.

    Attributes:
        completed: Files that the work has put into their places so far.
    """

    def __init__(self) -> None:
        self.completed: list[Path] = []
        self._stopped = Event()
        self._lock = RLock()
        self._calls: list[Callable[[], None]] = []

    def set(self) -> None:
        """Stop the work. What must not be cut in two is completed first."""
        with self._lock:
            self._stopped.set()
            for call in self._calls:
                call()

    def check(self) -> None:
        """Raise KeyboardInterrupt in work that was stopped."""
        if self._stopped.is_set():
            raise KeyboardInterrupt

    @contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have something else stopped, too, while the block runs."""
        with self._lock:
            self.check()
            self._calls.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(stop)

    @contextmanager
    def whole(self) -> Iterator[Self]:
        """A block that runs to its end or not at all."""
        with self._lock:
            self.check()
            yield self


_current: ContextVar[Stop | None] = ContextVar("sendworthy_stop", default=None)


def current() -> Stop:
    """What may stop the work that this is called from; nothing does when nobody attends to it."""
    return _current.get() or Stop()


def attend(work: Callable[[], _Result], tick: Callable[[], None] | None = None, stop: Stop | None = None) -> _Result:
    """Do work in another thread and wait for it.

    An exception that reaches the waiting thread, KeyboardInterrupt for one, stops the work and is passed on at once or
    a moment later. Work within work that is attended already is simply done.

    Args:
        work: What to do.
        tick: Called by the waiting thread many times a second.
        stop: Tells what the work has completed when it did not end.

    Returns:
        What the work gives.
    """
    if _current.get() is not None:
        return work()
    if "polars" in sys.modules:
        require_polars()
    stop, outcome = stop or Stop(), Future[_Result]()
    done = Event()

    def run() -> None:
        _current.set(stop)
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            outcome.set_exception(error)
        finally:
            done.set()

    thread = Thread(target=copy_context().run, args=(run,), name="sendworthy")
    thread.start()
    try:
        while not done.wait(_NOTICED_SECONDS):
            if tick is not None:
                tick()
    except BaseException:
        stop.set()
        thread.join(_GRACE_SECONDS)
        raise
    thread.join()
    return outcome.result()
