"""Findings in words, made by reading the flagged records once more.

The check keeps a mask per record and no values, so that a file in which every record is bad costs no more memory
than a good one. Whoever wants the findings has the source read again, column by column that the rules need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sendworthy.names import REPORT_ORDER, findings_schema
from sendworthy.sources.base import for_core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendworthy._core import ArrowStream, Outcome
    from sendworthy.sources import Source


@dataclass(frozen=True)
class CheckedTable:
    """A table that was checked.

    Attributes:
        name: users, sessions, ...
        source: Where its records come from.
        columns: The source's columns that rules look at.
        rows: How many records it had.
    """

    name: str
    source: Source
    columns: list[str]
    rows: int


class Describer:
    """Turns the masks of an outcome into findings."""

    def __init__(self, outcome: Outcome, tables: Mapping[str, CheckedTable]) -> None:
        self.outcome = outcome
        self.tables = {name: tables[name] for name in REPORT_ORDER if name in tables}
        self._ids_learnt = False

    def batches(self) -> Iterator[pl.DataFrame]:
        """All findings in order, in bounded memory."""
        for table in self.tables.values():
            if self.outcome.flagged(table.name):
                offset = 0
                for frame in table.source.batches(table.columns):
                    yield self.describe(table, offset, frame)
                    offset += frame.height

    def describe(
        self, table: CheckedTable, offset: int, frame: pl.DataFrame, *, rows: Sequence[int] | None = None
    ) -> pl.DataFrame:
        """Findings of a batch of records that starts at row `offset`; `rows` narrows them to a few records."""
        self._learn_ids()
        return self._findings(
            self.outcome.findings(table.name, offset, for_core(frame.select(table.columns)), rows=rows)
        )

    def errors(self, table: CheckedTable, offset: int, frame: pl.DataFrame) -> pl.DataFrame:
        """Findings of severity error of a batch."""
        self._learn_ids()
        found = self.outcome.findings(table.name, offset, for_core(frame.select(table.columns)), errors_only=True)
        return self._findings(found)

    def samples(self, wanted: Sequence[tuple[str, str]], n: int) -> pl.DataFrame:
        """The first findings of some rules; reading stops at the last record that has one.

        Args:
            wanted: Table and code of each rule.
            n: How many findings of each.
        """
        parts = [findings_schema().to_frame()]
        for table in self.tables.values():
            firsts = {code: self.outcome.first_rows(table.name, code, n) for name, code in wanted if name == table.name}
            rows = sorted({row for found in firsts.values() for row in found})
            if not rows:
                continue
            keys = pl.DataFrame(
                [(row, code) for code, found in firsts.items() for row in found],
                schema={"row": pl.UInt64, "code": pl.String},
                orient="row",
            )
            described = pl.concat(self._of_rows(table, rows))
            parts.append(described.join(keys, on=["row", "code"], how="semi", maintain_order="left"))
        return pl.concat(parts)

    def ready_mask(self, table: CheckedTable, offset: int, length: int) -> pl.Series:
        """True for each record without an error."""
        return pl.DataFrame(self.outcome.ready_mask(table.name, offset, length)).to_series().alias("ready")

    def _of_rows(self, table: CheckedTable, rows: list[int]) -> Iterator[pl.DataFrame]:
        offset = 0
        for frame in table.source.batches(table.columns, limit=rows[-1] + 1):
            here = [row for row in rows if offset <= row < offset + frame.height]
            if here:
                yield self.describe(table, offset, frame, rows=here)
            offset += frame.height

    def _learn_ids(self) -> None:
        """Let the core know the Ids of the records that findings of others refer to."""
        if self._ids_learnt:
            return
        for table in self.tables.values():
            column, rows = self.outcome.id_column(table.name), self.outcome.related_rows(table.name)
            if column is None or not rows:
                continue
            offset = 0
            for frame in table.source.batches([column], limit=rows):
                self.outcome.learn_ids(table.name, offset, for_core(frame))
                offset += frame.height
        self._ids_learnt = True

    @staticmethod
    def _findings(stream: ArrowStream) -> pl.DataFrame:
        schema = findings_schema()
        return pl.DataFrame(stream).select(schema.names()).cast(schema)
