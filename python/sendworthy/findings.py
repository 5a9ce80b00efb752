"""Findings in words, made by reading the flagged records once more.

The check keeps a mask per record and no values, so that a file in which every record is bad costs no more memory
than a good one. Whoever wants the findings has the source read again, column by column that the rules need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError
from sendworthy.forks import require_polars
from sendworthy.names import REPORT_ORDER, eligibility_schema, findings_schema
from sendworthy.progress import reporter
from sendworthy.sources.base import as_frame, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sendworthy._core import ArrowStream, Outcome
    from sendworthy.judging import Judge
    from sendworthy.progress import Receiver, Reporter
    from sendworthy.sources import Source
    from sendworthy.sources.base import Records

#: Records that are put into words in one go. Where all are bad, more of them would take long and much memory.
_DESCRIBED_ROWS = 32_768


@dataclass(frozen=True)
class CheckedTable:
    """A table that was checked.

    Attributes:
        name: users, sessions, ...
        source: Where its records come from.
        columns: The source's columns that rules look at.
        rows: How many records it had.
        judge: The rules of the user's own that look at it.
    """

    name: str
    source: Source
    columns: list[str]
    rows: int
    judge: Judge | None = None

    def for_core(self, records: Records) -> Records:
        """What the core wants of a batch: the columns, and the verdicts of the user's own rules."""
        return for_core(records, self.columns, self.judge)


def for_core(records: Records, columns: list[str], judge: Judge | None) -> Records:
    """Some columns of a batch, and the verdicts of the user's own rules; records of CSV files as they are without."""
    if judge is None and isinstance(records, _core.CsvRecords):
        return records
    frame = as_frame(records)
    given = typed(frame.select(columns))
    return given if judge is None else given.hstack(judge.verdicts(frame))


class Describer:
    """Turns the masks of an outcome into findings."""

    def __init__(
        self,
        outcome: Outcome,
        tables: Mapping[str, CheckedTable],
        with_eligibility: Callable[[], Outcome],
        progress: Receiver | bool | None = None,
    ) -> None:
        self._outcome, self.progress = outcome, progress
        self._with_eligibility = with_eligibility
        self.tables = {name: tables[name] for name in REPORT_ORDER if name in tables}
        self._ids_learnt = False
        self._told: Outcome | None = None  # of a second run, which kept what eligibility needs

    @property
    def outcome(self) -> Outcome:
        """What the core found; everything it gives goes to polars."""
        require_polars()
        return self._outcome

    @cached_property
    def rejected(self) -> dict[str, int]:
        """How many records of each table have an error. Every mask is looked at, so this is done once."""
        return {name: self.outcome.rejected(name) for name in self.tables}

    def batches(self, told: Reporter | None = None) -> Iterator[pl.DataFrame]:
        """All findings in order, in bounded memory."""
        if told is None:
            with reporter(self.progress) as own:
                yield from self.batches(own)
            return
        told.begin("finding", self._flagged())
        for table in self.tables.values():
            yield _shaped(self.outcome.source_findings(table.name))
            if self.outcome.flagged(table.name):
                told.table(table.name)
                offset = 0
                for frame in table.source.batches(table.columns, chunk_size=_DESCRIBED_ROWS):
                    yield self.describe(table, offset, frame)
                    offset += frame.height
                    told.advance(offset)

    def _flagged(self) -> dict[str, Source]:
        return {name: table.source for name, table in self.tables.items() if self.outcome.flagged(name)}

    def describe(
        self, table: CheckedTable, offset: int, frame: pl.DataFrame, *, rows: Sequence[int] | None = None
    ) -> pl.DataFrame:
        """Findings of a batch of records that starts at row `offset`; `rows` narrows them to a few records."""
        self._learn_ids()
        return self._findings(
            self.outcome.findings(table.name, offset, table.for_core(frame), rows=rows), table, offset, frame
        )

    def errors(self, table: CheckedTable, batches: Iterable[tuple[int, Records]]) -> pl.DataFrame:
        """Findings of severity error of some batches, each with the number of its first record."""
        self._learn_ids()
        return pl.concat(
            self._findings(
                self.outcome.findings(table.name, offset, table.for_core(records), errors_only=True),
                table, offset, records,
            )
            for offset, records in batches
        )  # fmt: skip

    def samples(self, wanted: Sequence[tuple[str, str]], n: int) -> pl.DataFrame:
        """The first findings of some rules; reading stops at the last record that has one.

        Args:
            wanted: Table and code of each rule.
            n: How many findings of each.
        """
        parts = [findings_schema().to_frame()]
        for table in self.tables.values():
            of_source = _shaped(self.outcome.source_findings(table.name, most=n))
            codes = [code for name, code in wanted if name == table.name]
            parts.append(of_source.filter(pl.col("code").is_in(codes)))
            taken = dict(of_source.group_by("code").len().rows())
            firsts = {code: self.outcome.first_rows(table.name, code, n - taken.get(code, 0)) for code in codes}
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

    def eligibility(self) -> Iterator[pl.DataFrame]:
        """Whether and how each user may be written to, in batches of records in order.

        Raises:
            ConfigError: When no users were given.
        """
        table = self.tables.get("users")
        if table is None:
            message = "eligibility is about users, and none were given"
            raise ConfigError(message)
        schema = eligibility_schema()
        offset = 0
        for frame in table.source.batches(table.columns, chunk_size=_DESCRIBED_ROWS):
            judged = (self._told or self.outcome).eligibility(offset, table.for_core(frame))
            if judged is None:  # the check did not keep what it needs: once more through the data
                self._told = self._with_eligibility()
                judged = self._told.eligibility(offset, table.for_core(frame))
            yield pl.DataFrame(judged).select(schema.names()).cast(schema)
            offset += frame.height

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
            for records in table.source.records([column], limit=rows):
                self.outcome.learn_ids(table.name, offset, for_core(records, [column], None))
                offset += records.height
        self._ids_learnt = True

    @staticmethod
    def _findings(stream: ArrowStream, table: CheckedTable, offset: int, records: Records) -> pl.DataFrame:
        found = _shaped(stream)
        return found if table.judge is None else table.judge.fill(found, as_frame(records), offset)


def _shaped(stream: ArrowStream) -> pl.DataFrame:
    """Findings of the core in the columns and types of the report."""
    schema = findings_schema()
    return pl.DataFrame(stream).select(schema.names()).cast(schema)
