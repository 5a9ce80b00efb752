"""Frames to bytes: CSV as Salesforce's own parser takes it, and Parquet in bounded memory."""

from __future__ import annotations

import csv
from errno import EIO
from io import BytesIO, StringIO
from operator import itemgetter
from os import SEEK_END
from typing import IO, TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from sendworthy import _core
from sendworthy.errors import InputError
from sendworthy.sources.base import as_frame
from sendworthy.texts import first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sendworthy.sources.base import Records

#: What Bulk API 2.0 takes: characters of a field, a record and the header, and fields of a record.
MOST_FIELD, MOST_RECORD, MOST_HEADER, MOST_FIELDS = 131_072, 400_000, 32_000, 5_000
#: More than what a write that failed may have left of a full disk.
_ROOM = 1 << 20


def csv_header(names: Sequence[str]) -> bytes:
    """The first line of a CSV file; names may repeat, as they may in the source."""
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def csv_records(records: Records, keep: pl.Series | None = None) -> bytes:
    """Records as CSV: UTF-8, LF, comma, quotes only where needed.

    A lone carriage return is quoted, too, as it must be: Salesforce's parser would end the line there. Text, which is
    nearly all there is, is written by the core; polars writes values of other types, in the same form.

    Args:
        records: The records.
        keep: One Boolean per record: true for those to write.
    """
    kept = None if keep is None else keep.to_frame()
    if isinstance(records, _core.CsvRecords):  # from where their values stand
        return _core.csv_records(records, kept)
    times = _salesforce_time(records)
    shaped = records.with_columns(times) if times else records
    if all(dtype == pl.String for dtype in shaped.dtypes):
        return _core.csv_records(shaped, kept)
    buffer = BytesIO()
    (shaped if keep is None else shaped.filter(keep)).write_csv(buffer, include_header=False)
    return buffer.getvalue()


def require_csv_types(label: str, schema: pl.DataFrame) -> None:
    """Raise InputError when a column's values have no form in CSV."""
    for name, dtype in schema.schema.items():
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            message = (
                f"{label}: column {name!r} is of type {dtype}, which CSV cannot hold; drop it or turn it into text"
            )
            raise InputError(message)


def require_header_within_limits(label: str, headers: Sequence[str]) -> None:
    """Raise InputError when Bulk API would refuse a file for its header."""
    size = len(csv_header(headers).decode()) - 1
    if len(headers) > MOST_FIELDS or size > MOST_HEADER:
        message = (
            f"{label}: a header of {len(headers):,} columns and {size:,} characters; Bulk API takes {MOST_FIELDS:,} "
            f"and {MOST_HEADER:,}, so drop columns"
        )
        raise InputError(message)


def require_records_within_limits(label: str, offset: int, records: Records, ready: pl.Series) -> None:
    """Raise InputError when Bulk API would refuse a ready record for its size, which rules judge in CSV files alone.

    Args:
        label: The source.
        offset: The number of the first record.
        records: Records.
        ready: Which of them are ready.
    """
    if isinstance(records, _core.CsvRecords) and records.longest <= MOST_FIELD:
        return
    texts = as_frame(records).select(pl.col(pl.String, pl.Categorical, pl.Enum).cast(pl.String))
    if not texts.width:
        return
    most = texts.select(pl.all().str.len_bytes().max()).row(0)  # bytes are counted without reading the text
    lengths = [length or 0 for length in most]
    if max(lengths) <= MOST_FIELD and sum(lengths) <= MOST_RECORD:
        return
    sizes = texts.select(pl.all().str.len_chars().fill_null(0))
    whole = sizes.sum_horizontal()
    for at in ((sizes.max_horizontal() > MOST_FIELD) | (whole > MOST_RECORD)).arg_true():
        if ready[at]:
            name, size = max(zip(sizes.columns, sizes.row(at), strict=True), key=itemgetter(1))
            message = (
                f"{label}: record {offset + at} has {whole[at]:,} characters, {size:,} of them in {name!r}; Bulk API "
                f"takes {MOST_RECORD:,} in a record and {MOST_FIELD:,} in a field: shorten it, or leave the record out"
            )
            raise InputError(message)


def sink_parquet(frames: Iterable[pl.DataFrame], schema: pl.DataFrame, target: IO[bytes]) -> None:
    """Write frames of one schema to a Parquet file, one after the other."""

    def read(
        with_columns: list[str] | None, _predicate: pl.Expr | None, _n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield frame if with_columns is None else frame.select(with_columns)

    query = register_io_source(read, schema=dict(schema.schema))
    try:
        query.sink_parquet(target)
    except pl.exceptions.PolarsError as error:  # what the frames themselves raise is passed through as it is
        _require_room(target)
        raise OSError(EIO, first_line(error)) from error


def _require_room(file: IO[bytes]) -> None:
    """Raise what the system says when no more can be written to a file: polars may call it a fault of the format."""
    if file.seekable():
        file.seek(0, SEEK_END)
        file.write(bytes(_ROOM))
        file.flush()


def _salesforce_time(frame: pl.DataFrame) -> list[pl.Expr]:
    """Native timestamps in the one form that Bulk API takes; those without a zone stay without."""
    expressions = []
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Datetime):
            column = pl.col(name)
            zone = "Z" if dtype.time_zone else ""
            if dtype.time_zone:
                column = column.dt.convert_time_zone("UTC")
            expressions.append(column.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.3f{zone}"))
    return expressions
