"""What runs in the executors: an engine of the core for each part of the data. Only Arrow goes in and out.

A part is read once by the engine and a second time to put findings into words or to flag records; in between it waits
in a temporary file, so that a part may be larger than the memory of its worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Self

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from sendworthy import _core
from sendworthy.api import bind
from sendworthy.findings import CheckedTable, Describer
from sendworthy.names import CHECK_ORDER, findings_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from sendworthy.judging import Judge
    from sendworthy.sources.memory import FrameSource

#: In the column of tables: a row that is no record but a count.
TALLY = 100
#: Columns of a finding as it travels beside its record.
TOLD = tuple(name for name in findings_schema() if name not in {"table", "row", "related_row"})
_IN_MEMORY = 32 << 20


class Wanted(Enum):
    """What a run over the data is for; each asks for more work than the one before."""

    COUNTS = 1
    SPLIT = 2
    FINDINGS = 3


@dataclass(frozen=True)
class SparkTable:
    """A table as executors know it.

    Attributes:
        source: Its columns; for channels also its records.
        needed: Of the columns those that rules look at, with their places in the DataFrame.
        mapping: Field to column, where they are named otherwise.
        judge: The rules of the user's own that look at it.
    """

    source: FrameSource
    needed: Mapping[str, int]
    mapping: dict[str, str] | None = None
    judge: Judge | None = None


@dataclass(frozen=True)
class Work:
    """All that an executor has to know.

    Attributes:
        options: Of the engine.
        tables: Every table that is given, in the order of the core.
        user_ids_known: Whether any user has a readable Id.
        number_forms: The channels on which both forms of WhatsApp numbers occur, with how many users have which.
    """

    options: Mapping[str, Any]
    tables: Mapping[str, SparkTable]
    user_ids_known: bool = False
    number_forms: Sequence[tuple[bytes, int, int]] = ()

    def engine(self, codes: Sequence[str] | None = None, silent: str | None = None) -> _core.Engine:
        """An engine that knows the channels.

        Args:
            codes: The rules that it runs; those that the caller selected if not given.
            silent: One of them that was not asked for: no record is rejected for it.
        """
        options = dict(self.options) if codes is None else {**self.options, "select": list(codes), "ignore": None}
        if silent is not None:
            options["severity"] = {**(self.options["severity"] or {}), silent: "info"}
        engine = _core.Engine(**options, threads=1)
        for name, table in self.tables.items():
            bind(engine, name, table.source, table.mapping)
            engine.no_files(name, "Spark reads the files, so their bytes are not looked at")
        engine.part_of(self.user_ids_known, self.number_forms)
        channels = self.tables.get("channels")
        if channels is not None:
            for frame in channels.source.batches(channels.source.schema.columns):
                engine.push("channels", self.checked("channels").for_core(frame))
            engine.finish_table("channels")
        return engine

    def checked(self, name: str) -> CheckedTable:
        """A table as the describer knows it; only channels have their records there."""
        table = self.tables[name]
        return CheckedTable(name, table.source, list(table.needed), table.source.frame.height, table.judge)

    def records(self, name: str, column: pa.StructArray) -> pa.RecordBatch:
        """The records of a table, as the core and the user's own rules want them, out of the column that holds them."""
        table = self.tables[name]
        held = {column.type.field(at).name for at in range(column.type.num_fields)}
        columns = {header: _typed(column.field(f"c{at}")) for header, at in table.needed.items() if f"c{at}" in held}
        if table.judge is not None:
            verdicts = table.judge.verdicts(pl.DataFrame(pa.table(columns)))
            columns |= {name: verdicts[name].to_arrow() for name in verdicts.columns}
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


@dataclass(frozen=True)
class Places:
    """What records meet others by; an Arrow function of Spark from key columns to ``id`` and ``other``."""

    work: Work
    table: str

    def __call__(self, columns: Iterator[pa.StructArray]) -> Iterator[pa.StructArray]:
        """Compute the places of some records."""
        engine = None
        for column in columns:
            engine = engine or self.work.engine()
            keys = _keys(self.work, self.table, column)
            places = pa.table(engine.places(self.table, keys)).combine_chunks()
            yield pa.StructArray.from_arrays([_one(places["id"]), _one(places["other"])], names=["id", "other"])


@dataclass(frozen=True)
class Facts:
    """What must be known of all users before any part of them can be judged: one row per part, and per channel."""

    work: Work
    table: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Count the users of a part."""
        engine, rows, ids = None, 0, 0
        forms: dict[bytes, tuple[int, int]] = {}
        for batch in batches:
            engine = engine or self.work.engine()
            here, found = engine.facts(self.table, _keys(self.work, self.table, batch.column(0)))
            rows, ids = rows + batch.num_rows, ids + here
            for channel, plus, bare in found:
                before = forms.get(bytes(channel), (0, 0))
                forms[bytes(channel)] = (before[0] + plus, before[1] + bare)
        channels = [(channel, 0, 0, *counts) for channel, counts in forms.items()]
        columns = zip(*[(None, rows, ids, 0, 0), *channels], strict=True)
        kinds = (pa.binary(), *[pa.int64()] * 4)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=["channel", "rows", "ids", "plus", "bare"])


@dataclass(frozen=True)
class Pass:
    """One run of some rules over parts in which those records are together that the rules compare.

    Attributes:
        work: All there is to know.
        codes: The rules.
        wanted: What for.
        slot: The column that its findings go to.
        last: No other pass needs the records.
        repeats: The rule that says which sessions repeat an Id, where a later pass has to know.
        silent: The same where it was not asked for.
    """

    work: Work
    codes: tuple[str, ...]
    wanted: Wanted
    slot: str
    last: bool
    repeats: str | None = None
    silent: str | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Judge one part; gives its records, flagged, and what was counted."""
        part = None
        twice = self.wanted is not Wanted.COUNTS or self.repeats is not None
        with _Spool() as spool:
            for batch in batches:
                part = part or _Part(self)
                part.read(batch)
                if twice:
                    spool.write(batch)
                elif self.last:
                    yield batch.filter(pc.equal(batch.column("table"), TALLY))
                else:
                    yield batch
            if part is None:
                return
            part.finish(spool)
            for batch in spool:
                yield part.flagged(batch)
            yield part.tallies(batch.schema)


@dataclass
class _Part:
    """The records of one part on their way through an engine."""

    job: Pass
    engine: _core.Engine = field(init=False)
    outcome: _core.Outcome = field(init=False)
    describer: Describer = field(init=False)
    waiting: list[str] = field(init=False)
    rows: dict[str, int] = field(default_factory=dict)
    repeats: list[int] = field(default_factory=list)
    repeated: pl.Series = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.job.work.engine(self.job.codes, self.job.silent)
        self.waiting = [name for name in self.job.work.tables if name != "channels"]
        self.rows = dict.fromkeys(self.waiting, 0)

    def read(self, batch: pa.RecordBatch) -> None:
        """Give a batch to the engine; tables come in order."""
        for name, start, length in _runs(batch):
            if name is None:
                continue
            while self.waiting[0] != name:
                self.engine.finish_table(self.waiting.pop(0))
            records = self.job.work.records(name, batch.column(name).slice(start, length))
            if name == "sessions":
                known = pl.Series(batch.column("repeated").slice(start, length))
                self.repeats += (known.arg_true() + self.rows[name]).to_list()
            self.engine.push(name, records)
            self.rows[name] += length

    def finish(self, spool: _Spool) -> None:
        """Run the rules that look across records, and learn what findings will say of others."""
        for name in self.waiting:
            self.engine.finish_table(name)
        self.engine.repeat(self.repeats)
        self.outcome = self.engine.finish()
        repeats = self.job.repeats
        found = self.outcome.first_rows("sessions", repeats, self.rows["sessions"]) if repeats else []
        self.repeated = pl.Series(found, dtype=pl.UInt32)
        if self.job.wanted is Wanted.FINDINGS:
            self._learn_ids(spool)
        self.rows = dict.fromkeys(self.rows, 0)

    def _learn_ids(self, spool: _Spool) -> None:
        columns = {name: self.outcome.id_column(name) for name in self.rows}
        limits = {name: self.outcome.related_rows(name) for name in self.rows if columns[name] is not None}
        offsets = dict.fromkeys(limits, 0)
        if not any(limits.values()):
            return
        for batch in spool:
            for name, start, length in _runs(batch):
                if name is not None and offsets.get(name, 0) < limits.get(name, 0):
                    at = self.job.work.tables[name].needed[columns[name] or ""]
                    ids = _typed(batch.column(name).field(f"c{at}")).slice(start, length)
                    self.outcome.learn_ids(name, offsets[name], pa.table({"id": ids}))
                    offsets[name] += length

    def flagged(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch again, with what was found about its records."""
        columns: dict[str, list[pa.Array]] = {"ready": [], "repeated": []}
        if self.job.wanted is Wanted.FINDINGS:
            columns[self.job.slot] = []
        for name, start, length in _runs(batch):
            given = {column: batch.column(column).slice(start, length) for column in columns}
            if name is not None:
                given |= self._found(name, batch.column(name).slice(start, length), given)
                self.rows[name] += length
            for column, kept in columns.items():
                kept.append(given[column].cast(batch.schema.field(column).type))
        for column, kept in columns.items():
            at = batch.schema.get_field_index(column)
            batch = batch.set_column(at, batch.schema.field(at), pa.concat_arrays(kept))
        return batch

    def _found(self, name: str, column: pa.StructArray, given: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        offset, length = self.rows[name], len(column)
        rows = pl.int_range(offset, offset + length, dtype=pl.UInt32, eager=True)
        found = {}
        if self.job.repeats and name == "sessions":
            found["repeated"] = rows.is_in(self.repeated.implode()).to_arrow()
        if self.job.wanted is not Wanted.COUNTS:
            ready = _one(pa.table(self.outcome.ready_mask(name, offset, length))["ready"])
            found["ready"] = pc.and_(given["ready"], ready)
        if self.job.wanted is Wanted.FINDINGS:
            records = self.job.work.records(name, column)
            told = pl.DataFrame(self.outcome.findings(name, offset, records))
            if self.job.silent is not None:
                told = told.filter(pl.col("code") != self.job.silent)
            judge = self.job.work.tables[name].judge
            if judge is not None:
                told = judge.fill(told, pl.DataFrame(records), offset)
            values = [_one(told[one].cast(pl.String).to_arrow()).cast(pa.string()) for one in TOLD]
            starts = told["row"].search_sorted(pl.int_range(offset, offset + length + 1, dtype=pl.UInt64, eager=True))
            found[self.job.slot] = pa.ListArray.from_arrays(
                starts.cast(pl.Int32).to_arrow(), pa.StructArray.from_arrays(values, names=list(TOLD))
            )
        return found

    def tallies(self, schema: pa.Schema) -> pa.RecordBatch:
        """What was counted: per rule and table, and the records of each table."""
        counts = pl.DataFrame(self.outcome.counts()).select("table", "code", "rows", "checked")
        lines = [line for line in counts.rows() if line[0] != "channels" and any(line[2:])]
        lines += [(name, None, self.outcome.rows(name), 0) for name in self.rows]
        lines = [(self.job.slot, *line) for line in lines]
        names = ("slot", "of", "code", "rows", "checked")
        values: list[pa.Array] = []
        for at in schema:
            if at.name == "table":
                values.append(pa.array([TALLY] * len(lines), at.type))
            elif at.name == "tally":
                values.append(pa.array([dict(zip(names, line, strict=True)) for line in lines], at.type))
            else:
                values.append(pa.nulls(len(lines), at.type))
        return pa.RecordBatch.from_arrays(values, schema=schema)


class _Spool:
    """Batches that are read again: in memory as long as they are few, then in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="sendworthy-")  # noqa: SIM115  (closed in __exit__)
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self._writer is not None:
            self._writer.close()
            self._file.seek(0)
            yield from pa.ipc.open_stream(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _runs(batch: pa.RecordBatch) -> Iterator[tuple[str | None, int, int]]:
    """Stretches of records of one table: its name, or none for counts; where it starts; how long it is."""
    runs = pc.run_end_encode(batch.column("table"))
    start = 0
    for end, code in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
        yield (None if code == TALLY else CHECK_ORDER[code]), start, end - start
        start = end


def _keys(work: Work, table: str, column: pa.StructArray) -> pa.RecordBatch:
    """The key columns of a table as the core wants them."""
    headers = {f"c{at}": header for header, at in work.tables[table].needed.items()}
    names = [column.type.field(at).name for at in range(column.type.num_fields)]
    return pa.RecordBatch.from_arrays(
        [_typed(column.field(name)) for name in names], names=[headers[name] for name in names]
    )


def _typed(column: pa.Array) -> pa.Array:
    """A column without a type holds nothing; the core takes it as text."""
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
