"""Work beside other work: in order, all of it, and a fault of either side ends both."""

from __future__ import annotations

from threading import Event, Timer
from time import monotonic

import polars as pl
import pytest
from sendworthy import stopping
from sendworthy.beside import Behind, Feed

FRAMES = [pl.DataFrame({"n": [at]}) for at in range(40)]


class _BrokenError(Exception):
    """What work fails with."""


def _fail() -> None:
    raise _BrokenError


def test_what_is_done_behind_is_done_in_order_and_to_its_end() -> None:
    done: list[int] = []
    gate = Event()
    with Behind() as behind:
        behind.do(gate.wait)
        for at in range(3):
            behind.do(lambda at=at: done.append(at))
        assert done == []
        gate.set()
        for at in range(3, 50):
            behind.do(lambda at=at: done.append(at))
    assert done == list(range(50))


def test_a_fault_behind_is_raised_where_more_is_asked_for_or_at_the_end() -> None:
    with pytest.raises(_BrokenError), Behind() as behind:
        behind.do(_fail)
    asked = 0
    with pytest.raises(_BrokenError), Behind() as behind:  # noqa: PT012
        for _ in range(50):
            behind.do(_fail)
            asked += 1
    assert asked == 4, "no more than a few are ever behind"


def test_what_waits_is_not_done_when_the_one_who_asked_has_failed() -> None:
    done: list[int] = []
    gate = Event()
    with pytest.raises(_BrokenError), Behind() as behind:  # noqa: PT012
        behind.do(gate.wait)
        behind.do(lambda: done.append(1))
        Timer(0.2, gate.set).start()  # when the end is waited for
        raise _BrokenError
    assert done == []


def test_frames_are_taken_in_order_and_the_taker_tells_what_it_made() -> None:
    with Feed() as feed:
        feed.start(lambda: [frame["n"].item() for frame in feed])
        for frame in FRAMES:
            feed.put(frame)
        assert feed.end() == list(range(40))


def test_a_taker_that_fails_is_raised_where_the_next_frame_is_given_or_at_the_end() -> None:
    with pytest.raises(_BrokenError), Feed() as feed:  # noqa: PT012
        feed.start(_fail)
        for frame in FRAMES:  # more than may wait
            feed.put(frame)
    with pytest.raises(_BrokenError), Feed() as feed:  # noqa: PT012
        feed.start(lambda: [_fail() for _ in feed])
        feed.put(FRAMES[0])
        feed.end()


def test_a_taker_does_not_wait_for_ever_for_one_who_has_failed() -> None:
    ended: list[type[BaseException]] = []

    def take(feed: Feed) -> None:
        try:
            for _ in feed:
                pass
        except BaseException as error:
            ended.append(type(error))
            raise

    began = monotonic()
    with pytest.raises(_BrokenError), Feed() as feed:  # noqa: PT012
        feed.start(lambda: take(feed))
        feed.put(FRAMES[0])
        raise _BrokenError
    assert ended == [KeyboardInterrupt]
    assert monotonic() - began < 30


def test_stopped_work_does_not_wait_for_a_slow_taker() -> None:
    gate = Event()

    def work() -> None:
        with Feed() as feed:
            feed.start(gate.wait)
            try:
                for at, frame in enumerate(FRAMES):
                    if at == 4:
                        stopping.current().set()
                    feed.put(frame)
            finally:
                gate.set()

    with pytest.raises(KeyboardInterrupt):
        stopping.attend(work)
