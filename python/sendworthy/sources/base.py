"""What every source can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from sendworthy import stopping
from sendworthy.errors import InputError
from sendworthy.forks import require_polars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sendworthy._core import CsvReader, CsvRecords

Frames: TypeAlias = Iterator[pl.DataFrame]
Records: TypeAlias = "pl.DataFrame | CsvRecords"


def _fingerprint(frame: pl.DataFrame, first_row: int) -> int:
    """A number that depends on every value and the order of records, but not on how they are cut into batches."""
    place = pl.int_range(first_row, first_row + frame.height, dtype=pl.UInt64, eager=True) * 2 + 1
    return int((frame.hash_rows(seed=0) * place).sum()) % 2**64


def _wanted(frame: pl.DataFrame, chunk_size: int | None) -> Frames:
    """The frame in parts, as long as somebody wants them."""
    stop = stopping.current()
    for part in frame.iter_slices(chunk_size) if chunk_size else (frame,):
        stop.check()
        yield part


def as_frame(records: Records) -> pl.DataFrame:
    """Records as polars has them; nothing is copied."""
    return records if isinstance(records, pl.DataFrame) else pl.DataFrame(records)


def typed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as the core takes it.

    A column without any value has no type yet, and Arrow passes none on; nor does it know integers of 128 bits.
    """
    return frame.cast({pl.Null: pl.String, pl.Int128: pl.String, pl.UInt128: pl.String})


class Source(ABC):
    """A table that can be read again and again, in order, in batches.

    Attributes:
        label: What the source is called in reports and messages.
        kind: csv, parquet, ndjson, ipc or frame; decides the format of written splits.
        schema: A frame without rows that has all columns.
        headers: The columns' names as the source spells them; differs from the schema's only for a CSV header
            that occurs twice.
        paths: The local files that it reads, none of which may be written to.
        files: The names of its files in the order of records; none when the data is no file of the user's.
        rerun: Every reading computes the records anew, so that their order may differ: it is compared.
        separator: What stands between the values of a CSV.
    """

    label: str
    kind: str
    schema: pl.DataFrame
    headers: list[str]
    paths: Sequence[Path] = ()
    files: Sequence[str] = ()
    rerun: bool = False
    separator: str = ","
    _rows: int | None = None
    _fingerprint: tuple[list[str], int] | None = None

    @abstractmethod
    def _records(self, columns: list[str], limit: int | None, scans: list[CsvReader] | None) -> Iterator[Records]:
        """Read some columns, at least `limit` rows of them when there are as many."""

    def check_unchanged(self) -> None:  # noqa: B027  (only files can tell)
        """Raise InputError when the source is no longer what it was when first read."""

    def expected_rows(self) -> int | None:
        """How many records there will be, as far as that can be said before they are read; for progress only."""
        return self._rows

    def bytes_unseen(self) -> str | None:
        """Why nobody looks at the bytes of its files; None when that is done while they are read."""
        return "the data was not read from CSV files"

    def batches(self, columns: Sequence[str], *, chunk_size: int | None = None, limit: int | None = None) -> Frames:
        """Read some columns in the source's order of rows.

        Args:
            columns: Names from the schema.
            chunk_size: The most rows that a batch may have; what the reader finds convenient if not given.
            limit: Stop after so many rows.

        Yields:
            Batches that are not empty.

        Raises:
            InputError: When the source is unreadable, or differs from an earlier reading.
        """
        for records in self.records(columns, limit=limit):
            frame = as_frame(records)
            yield from _wanted(frame if limit is None else frame.head(limit), chunk_size)
            limit = None if limit is None else limit - min(frame.height, limit)
            if limit == 0:
                return

    def records(
        self, columns: Sequence[str], *, limit: int | None = None, scans: list[CsvReader] | None = None
    ) -> Iterator[Records]:
        """The same for the core: records of CSV files come as they are.

        Args:
            columns: Names from the schema.
            limit: More rows than these are not needed.
            scans: Gets the readers of its CSV files, in the order of records, once all were read.

        Yields:
            Batches that are not empty.

        Raises:
            InputError: When the source is unreadable, or differs from an earlier reading.
        """
        require_polars()
        self.check_unchanged()
        rows = fingerprint = 0
        first = self._fingerprint
        compared = first[0] if first and set(first[0]) <= set(columns) else list(columns)
        if limit != 0:
            for records in self._records(list(columns), limit, scans):
                if records.height:
                    if self.rerun and limit is None:
                        seen = _fingerprint(as_frame(records).select(compared), rows)
                        fingerprint = (fingerprint + seen) % 2**64
                    rows += records.height
                    stopping.current().check()
                    yield records
        self.check_unchanged()
        if limit is None:
            if self._rows is None:
                self._rows = rows
            elif self._rows != rows:
                message = (
                    f"{self.label}: gave {self._rows:,} records when it was checked and {rows:,} now; "
                    "collect it or write it to a file first, then check that"
                )
                raise InputError(message)
            if first is None:
                self._fingerprint = compared, fingerprint
            elif compared == first[0] and fingerprint != first[1]:
                message = (
                    f"{self.label}: gave other records, or the same in another order, than when it was checked; "
                    "collect it or write it to a file first, then check that"
                )
                raise InputError(message)

    def duplicated(self, columns: Sequence[str]) -> list[str]:
        """Those of the columns whose header occurs more than once; other cases are the core's to tell apart."""
        original = dict(zip(self.schema.columns, self.headers, strict=True))
        return [original[name] for name in columns if self.headers.count(original[name]) > 1]
