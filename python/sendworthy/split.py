"""A table parted into records that may be loaded and records that would be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendworthy.findings import CheckedTable, Describer


class Split:
    """The caller's records, untouched and in order.

    A record with at least one finding of severity error is rejected; warnings leave it ready.
    """

    def __init__(self, describer: Describer, table: CheckedTable) -> None:
        self._describer, self._table = describer, table

    @property
    def mask(self) -> pl.Series:
        """One Boolean per record: true when it is ready."""
        return self._describer.ready_mask(self._table, 0, self._table.rows)

    @property
    def ready(self) -> pl.DataFrame:
        """The records without an error, with all columns of the source, which is read again."""
        return self._collect(ready=True)

    @property
    def rejected(self) -> pl.DataFrame:
        """The records with an error, with all columns of the source, which is read again."""
        return self._collect(ready=False)

    def batches(self) -> Iterator[tuple[int, pl.DataFrame, pl.Series]]:
        """All records in order, in bounded memory: offset, records, mask."""
        offset = 0
        for frame in self._table.source.batches(self._table.source.schema.columns):
            yield offset, frame, self._describer.ready_mask(self._table, offset, frame.height)
            offset += frame.height

    def _collect(self, *, ready: bool) -> pl.DataFrame:
        parts = [frame.filter(mask if ready else ~mask) for _, frame, mask in self.batches()]
        return pl.concat([self._table.source.schema, *parts])

    def __repr__(self) -> str:
        rejected = self._describer.outcome.rejected(self._table.name)
        return f"<{self._table.name}: {self._table.rows - rejected:,} ready, {rejected:,} rejected>"
