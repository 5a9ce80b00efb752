"""Fixes applied to the records of a table while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sendworthy.names import FIX_SAFETIES
from sendworthy.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendworthy._core import CsvReader, Outcome
    from sendworthy.findings import CheckedTable
    from sendworthy.sources import Frames

#: The one field whose fix can make records equal, or bring its record under rules that could not read it before.
KEY = "MessagingPlatformKey"
#: Rules that compare records: a fix that one of them would find fault with is not made, whatever it weighs.
COMPARING = ("U205", "U206", "U207", "U404", "S205")
#: What becomes of a fix.
FATES = ("made", "withheld", "left")
_TEXT = (pl.String, pl.Categorical)


def changes_schema() -> pl.Schema:
    """Columns of ``changes.csv``, but for the table."""
    text = pl.String()
    return pl.Schema(
        {
            "row": pl.UInt64(),
            "record_id": text,
            "column": text,
            "before": text,
            "after": text,
            "code": text,
            "safety": pl.Enum(FIX_SAFETIES),
        }
    )


def withheld_schema() -> pl.Schema:
    """Records whose platform key keeps its value (whatever the fix, or unless that is safe), and the finding against.

    The finding is a code and the other record, if there is one.
    """
    return pl.Schema({"row": pl.UInt64(), "because": pl.String(), "related_row": pl.UInt64(), "whatever": pl.Boolean()})


class Mending:
    """The fixes of one table: which there are, which are made, and what records look like with them.

    Attributes:
        table: The table as it was checked.
        withheld: Records whose platform key is left alone.
        headers: The source's columns in which fixes were made, as far as the records were read.
    """

    def __init__(self, outcome: Outcome, table: CheckedTable, *, unsafe: bool) -> None:
        self._outcome, self.table, self._unsafe = outcome, table, unsafe
        self.withheld = withheld_schema().to_frame()
        self.no_keys = False
        self.headers: set[str] = set()
        #: By the first record of a batch, so that records which are read again count once.
        self._keys: dict[int, pl.Series] = {}

    def grave(self, found: pl.DataFrame) -> pl.DataFrame:
        """Those new findings that fixes brought about: two records of which none was mended are no more equal now."""
        keys = self._key_rows()
        mended = pl.col("row").is_in(keys) | pl.col("other").is_in(keys).fill_null(value=False)
        return found.filter(~pl.col("code").is_in(COMPARING) | mended)

    def withhold(self, found: pl.DataFrame) -> bool:
        """Leave the platform keys alone of records that new findings name.

        What adds nothing to a number comes first: safe fixes are taken back only when a record is named again. A
        finding of records that were not mended says nothing about which fix brought it: then no key is mended.

        Args:
            found: row, code and the other record's row of each new finding.

        Returns:
            Whether that makes a difference.
        """
        later = found.select("row", because="code", related_row="other")
        earlier = found.filter(pl.col("other").is_not_null()).select(row="other", because="code", related_row="row")
        named = pl.concat([later, earlier]).filter(pl.col("row").is_in(self._key_rows()))
        named = named.unique("row", keep="first", maintain_order=True)
        known = self.withheld.with_columns(pl.col("whatever") | pl.col("row").is_in(named["row"].implode()))
        added = named.join(known, on="row", how="anti", maintain_order="left")
        added = added.with_columns(whatever=pl.lit(not self._unsafe))
        self.withheld = pl.concat([known, added])
        if named.is_empty():
            differs, self.no_keys = not self.no_keys, True
            return differs
        return True

    def begin(self) -> None:
        """Forget what an earlier reading made of the fixes."""
        self.headers.clear()
        self._keys.clear()

    @property
    def mends_keys(self) -> bool:
        """Whether any platform key was mended."""
        return bool(self._keys)

    def _key_rows(self) -> pl.Series:
        """Records whose platform key was mended, for ``is_in``."""
        return pl.concat([pl.Series("row", [], dtype=pl.UInt64), *self._keys.values()]).implode()

    def changes(self, offset: int, frame: pl.DataFrame) -> pl.DataFrame:
        """The fixes of a batch that starts at row `offset`, with the column's header and what becomes of each."""
        stream = self._outcome.changes(self.table.name, offset, self.table.for_core(frame))
        made, withheld, left = (pl.lit(fate, pl.Enum(FATES)) for fate in FATES)
        found = (
            pl.DataFrame(stream).cast(changes_schema()).join(self.withheld, on="row", how="left", maintain_order="left")
        )
        is_key = pl.col("column") == KEY
        is_safe = pl.col("safety") == "safe"
        stands_against = is_key & (pl.col("whatever") | (pl.col("because").is_not_null() & ~is_safe) | self.no_keys)
        wanted = is_safe | self._unsafe
        found = found.with_columns(fate=pl.when(~wanted).then(left).when(stands_against).then(withheld).otherwise(made))
        fixed = found.filter(fate="made")
        self.headers.update(fixed["header"])
        if (mended_keys := fixed.filter(pl.col("column") == KEY)["row"]).len():
            self._keys[offset] = mended_keys
        return found

    def apply(self, offset: int, frame: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
        """The batch with the fixes that are made; columns that are no text keep their type."""
        columns = []
        made = changes.filter((pl.col("fate") == "made") & pl.col("header").is_in(frame.columns))
        for (header,), cells in made.partition_by("header", as_dict=True).items():
            column = frame[header]
            if column.dtype in _TEXT:
                places = (cells["row"] - offset).cast(pl.UInt32)
                text = column.cast(pl.String).clone().scatter(places, cells["after"])
                columns.append(text.cast(column.dtype))
        return frame.with_columns(columns)

    def retyped(self, frame: pl.DataFrame, headers: set[str] | None = None) -> pl.DataFrame:
        """The batch with columns that can take fixes: numbers become text, times without a zone UTC.

        Args:
            frame: Records.
            headers: The columns that need it; all that rules look at if not given.
        """
        return frame.with_columns(
            expression
            for header, dtype in frame.schema.items()
            if (header in self.table.columns if headers is None else header in headers)
            and (expression := self._as_mendable(header, dtype)) is not None
        )

    def _as_mendable(self, header: str, dtype: pl.DataType) -> pl.Expr | None:
        if dtype in _TEXT or (isinstance(dtype, pl.Datetime) and dtype.time_zone):
            return None
        column = pl.col(header)
        if isinstance(dtype, pl.Date):
            column = column.cast(pl.Datetime("ms"))
        if isinstance(dtype, pl.Date | pl.Datetime):
            return column.dt.replace_time_zone("UTC") if self._unsafe else None
        return column.cast(pl.String)

    def batches(
        self, columns: list[str], *, limit: int | None = None, headers: set[str] | None = None
    ) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Records with their fixes made, and the fixes, in order and in bounded memory."""
        wanted = list(dict.fromkeys([*columns, *self.table.columns]))
        offset = 0
        for frame in self.table.source.batches(wanted, limit=limit):
            changes = self.changes(offset, frame)
            yield self.apply(offset, self.retyped(frame.select(columns), headers), changes), changes
            offset += frame.height


class MendedSource(Source):
    """A table as it is with its fixes made."""

    def __init__(self, mending: Mending) -> None:
        source = mending.table.source
        self._mending = mending
        self.label, self.kind, self.headers, self.paths = source.label, source.kind, source.headers, source.paths
        self.schema = mending.retyped(source.schema)

    def check_unchanged(self) -> None:
        """Raise InputError when the source is no longer what it was when first read."""
        self._mending.table.source.check_unchanged()

    def expected_rows(self) -> int | None:
        """As many as there were."""
        return self._mending.table.rows

    def _records(self, columns: list[str], limit: int | None, _scans: list[CsvReader] | None) -> Frames:
        for frame, _ in self._mending.batches(columns, limit=limit):
            yield frame


class Anonymous(Source):
    """A table without the Ids of its records, so that only what else they hold makes them equal."""

    def __init__(self, source: Source, column: str) -> None:
        self.label, self.kind, self.headers, self.paths = source.label, source.kind, source.headers, source.paths
        self._source, self._column = source, column
        self.schema = self._blank(source.schema)

    def check_unchanged(self) -> None:
        """Raise InputError when the source is no longer what it was when first read."""
        self._source.check_unchanged()

    def _records(self, columns: list[str], limit: int | None, _scans: list[CsvReader] | None) -> Frames:
        for frame in self._source.batches(columns, limit=limit):
            yield self._blank(frame) if self._column in columns else frame

    def _blank(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.lit(None, pl.String).alias(self._column))
