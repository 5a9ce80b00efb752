"""A table parted into records that may be loaded and records that would be refused."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sendworthy import _core
from sendworthy.names import by_rep_schema, decisions_schema
from sendworthy.sources.base import as_frame
from sendworthy.stopping import attend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendworthy._core import ArrowStream
    from sendworthy.findings import CheckedTable, Describer
    from sendworthy.sources.base import Records


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

    def records(self) -> Iterator[tuple[int, Records, pl.Series]]:
        """All records in order as they are read, in bounded memory: offset, records, mask."""
        offset = 0
        for records in self._table.source.records(self._table.source.schema.columns):
            yield offset, records, self._describer.ready_mask(self._table, offset, records.height)
            offset += records.height

    def batches(self) -> Iterator[tuple[int, pl.DataFrame, pl.Series]]:
        """The same as frames."""
        return ((offset, as_frame(records), mask) for offset, records, mask in self.records())

    def _collect(self, *, ready: bool) -> pl.DataFrame:
        def read() -> pl.DataFrame:
            parts = [_kept(frame, mask if ready else ~mask) for _, frame, mask in self.batches()]
            return pl.concat([self._table.source.schema, *parts])

        return attend(read)

    def __repr__(self) -> str:
        rejected = self._describer.outcome.rejected(self._table.name)
        return f"<{self._table.name}: {self._table.rows - rejected:,} ready, {rejected:,} rejected>"


class SendsSplit(Split):
    """The planned sends, and what becomes of each of them."""

    @cached_property
    def decisions(self) -> pl.DataFrame:
        """One row per planned send, in order, whatever rules were selected.

        Columns: row, outcome (allowed, blocked, unknown), because (codes), creates_user (Salesforce makes the messaging
        user with the first SMS), consent_after, session_status, ends_if_silent_at, capacity_now, on_reply (same-rep,
        new-session-any-rep, unknown).
        """
        return _frame(self._describer.outcome.decisions(), decisions_schema())

    @cached_property
    def by_rep(self) -> pl.DataFrame:
        """One row per OwnerId of the sends: what they ask of the rep.

        Columns: owner_id, planned, blocked, unknown, live_sessions (held now), load_now (those that use capacity: with
        Status Active), load_if_all_answer (with every answer that comes back to this rep), to_shared_pool (answers
        that any rep may get), reply_unknown (answers whose way is not known). Loads are null when the sessions do not
        tell.
        """
        return _frame(self._describer.outcome.by_rep(), by_rep_schema())


def _kept(frame: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """The records that the mask is true for. Where they are few, their texts hold no memory of the others."""
    kept = frame.filter(mask)
    texts = [name for name, kind in kept.schema.items() if kind == pl.String]
    if kept.is_empty() or kept.height > frame.height // 2 or not texts:
        return kept
    return kept.with_columns(pl.DataFrame(_core.compacted(kept.select(texts))))


def _frame(stream: ArrowStream | None, schema: pl.Schema) -> pl.DataFrame:
    frame = schema.to_frame() if stream is None else pl.DataFrame(stream)
    return frame.select(schema.names()).cast(schema)
