"""A query that gives its records slowly, so that tests can meet a check in the middle of its work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from tables import user_rows

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator


class SlowUsers:
    """Users in batches, each after a pause, and the first not before `until` is set.

    Attributes:
        given: Batches given so far.
    """

    def __init__(self, batches: int, pause: float = 0.02, until: threading.Event | None = None) -> None:
        self.given = 0
        frame = pl.DataFrame(user_rows(100))

        def read(
            with_columns: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _size: int | None
        ) -> Iterator[pl.DataFrame]:
            if until is not None and not until.wait(60):
                msg = "what the records wait for did not come"
                raise TimeoutError(msg)
            for _ in range(batches):
                time.sleep(pause)
                self.given += 1
                yield frame if with_columns is None else frame.select(with_columns)

        self.query = register_io_source(read, schema=dict(frame.schema))
