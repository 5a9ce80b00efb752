"""Work beside other work: one thread reads and judges while others write."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any, Self

from sendworthy import stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

_WAITING = 4
_NOTICED_SECONDS = 0.05


class Behind:
    """Does things in order in a thread of its own, a few behind the thread that asks for them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sendworthy write")
        self._pending: deque[Future[object]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while self._pending and kind is None:
                self._pending.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[[], object]) -> None:
        """Have something done; waits when too much is to be done, and raises what failed."""
        while len(self._pending) >= _WAITING:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(work))


class Feed:
    """Frames that one thread gives and another one takes, a few at a time."""

    def __init__(self) -> None:
        self._queue: Queue[pl.DataFrame | None] = Queue(_WAITING)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sendworthy write")
        self._taker: Future[Any] | None = None
        self._given_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up = True
        self._pool.shutdown()

    def start(self, take: Callable[[], object]) -> None:
        """Begin to take the frames, by iterating over this."""
        self._taker = self._pool.submit(copy_context().run, take)

    def put(self, frame: pl.DataFrame | None) -> None:
        """Give a frame; waits while enough of them wait, and raises what the taker failed with."""
        while True:
            if self._taker is not None and self._taker.done():
                self._taker.result()
            stopping.current().check()
            try:
                return self._queue.put(frame, timeout=_NOTICED_SECONDS)
            except Full:
                continue

    def end(self) -> Any:
        """Give no more; what the taker made of it."""
        self.put(None)
        return None if self._taker is None else self._taker.result()

    def __iter__(self) -> Iterator[pl.DataFrame]:
        while True:
            try:
                frame = self._queue.get(timeout=_NOTICED_SECONDS)
            except Empty:
                if self._given_up:
                    raise KeyboardInterrupt from None
                continue
            if frame is None:
                return
            yield frame
