"""Whether polars works in this process.

The threads of polars do not survive a fork: in a process that was forked after polars was used, it waits for them for
ever. Our own core has threads during a check only, and works. So whoever is about to let polars work asks here first,
and an error says what to do instead of waiting.
"""

from __future__ import annotations

import os
import sys

#: How long polars may take to start in a process of which it is not known whether its threads are there.
_PATIENCE_SECONDS = 10.0
_CURE = (
    "polars was used in the process that this one was forked from, its threads stayed there, and reading would wait "
    "for them for ever. Start workers with multiprocessing.get_context('spawn') or 'forkserver', or fork before "
    "polars is used for the first time"
)


class _State:
    """What is known of polars in this process."""

    def __init__(self) -> None:
        self.works = self.lost = False
        #: Another module may have used it before a fork that we did not see.
        self.doubtful = "polars" in sys.modules

    def forked(self) -> None:
        """Called in the child."""
        self.lost = self.lost or self.works
        self.works, self.doubtful = False, "polars" in sys.modules


_state = _State()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_state.forked)


def require_polars() -> None:
    """Raise SendworthyError where polars would wait for threads that stayed behind in another process."""
    if _state.works:
        return
    if not _state.lost and _state.doubtful:
        _state.lost = not _starts()
    if _state.lost:
        from sendworthy.errors import SendworthyError

        raise SendworthyError(_CURE)
    _state.works = True


def _starts() -> bool:
    """Whether a tiny query ends. What all others need, it needs too; where they hang, it hangs."""
    from threading import Event, Thread

    import polars as pl

    done = Event()

    def query() -> None:
        pl.LazyFrame({"a": [1]}).select(pl.col("a") + 1).collect()
        done.set()

    Thread(target=query, name="sendworthy polars", daemon=True).start()
    return done.wait(_PATIENCE_SECONDS)
