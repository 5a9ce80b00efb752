"""Frames, streams and lists of dicts."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.errors import InputError, SendworthyError
from sendworthy.sources.base import Frames, Source
from sendworthy.sources.spool import spool_stream
from sendworthy.sources.streaming import plain, stream
from sendworthy.texts import discreet, first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendworthy._core import CsvReader

_SLICE = 250_000
#: Chunks with fewer records than these are passed on together, although that copies them.
_FEW = 1 << 14
_HALF = "holds half of a character (a surrogate alone), which no text may; take it out"
_ENDLESS = "is nested too deeply, or holds itself; leave the nested value out"
_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1


class FrameSource(Source):
    """A frame in memory."""

    kind = "frame"

    def __init__(self, frame: pl.DataFrame, label: str) -> None:
        self.frame, self.label = frame, label
        self.schema, self.headers = frame.clear(), frame.columns

    def expected_rows(self) -> int | None:
        """All that there are."""
        return self.frame.height

    def _records(self, columns: list[str], limit: int | None, _scans: list[CsvReader] | None) -> Frames:
        frame = self.frame.select(columns)
        yield from _along_chunks(frame if limit is None else frame.head(limit))


def _along_chunks(frame: pl.DataFrame) -> Frames:
    """Slices that do not cut across the frame's chunks: polars copies what does before it passes it on."""
    layouts = {tuple(column.chunk_lengths()) for column in frame.iter_columns()}
    if len(layouts) != 1:  # columns of their own chunks
        yield from frame.iter_slices(_SLICE)
        return
    start = end = 0
    for chunk in layouts.pop():
        if end > start and end + chunk - start > _FEW:
            yield from frame.slice(start, end - start).iter_slices(_SLICE)
            start = end
        end += chunk
    yield from frame.slice(start).iter_slices(_SLICE)


class LazySource(Source):
    """A polars query, run again for every reading."""

    kind = "frame"
    rerun = True

    def __init__(self, query: pl.LazyFrame) -> None:
        self.query, self.label = query, "polars LazyFrame"
        try:
            self.schema = query.collect_schema().to_frame()
        except pl.exceptions.PolarsError as error:
            raise self._failed(error) from None
        self.headers = self.schema.columns

    def _records(self, columns: list[str], limit: int | None, _scans: list[CsvReader] | None) -> Frames:
        query = self.query.select(columns)
        try:
            yield from stream(query if limit is None else query.head(limit))
        except pl.exceptions.PolarsError as error:
            raise self._failed(error) from None  # what polars says quotes values

    def _failed(self, error: Exception) -> InputError:
        columns = self.headers if hasattr(self, "headers") else ()
        return InputError(f"{self.label}: the query failed: {discreet(error, columns)}")


def from_polars(data: pl.DataFrame | pl.LazyFrame) -> Source:
    """A source of a polars frame."""
    return FrameSource(data, "polars DataFrame") if isinstance(data, pl.DataFrame) else LazySource(data)


def from_stream(table: str, data: Any) -> Source:
    """A source of an Arrow stream. One that can be read only once is spooled to a private file."""
    what = f"Arrow stream ({type(data).__qualname__})"
    sound = None
    try:
        sound = _core.SoundStream(data)
        if hasattr(data, "num_rows"):  # a table that is in memory already
            return FrameSource(plain(pl.DataFrame(sound).lazy()).collect(), what)
        return spool_stream(table, sound, what)
    except (OSError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # every driver has exceptions of its own
        ours = isinstance(error, SendworthyError)
        if sound is not None and ours:
            raise
        reason = (sound and sound.fault) or (first_line(error) if ours else discreet(error))
        message = (
            f"{table}: the {what} cannot be read as a table: {reason}; cast unusual columns in the query, "
            "or leave them out"
        )
        raise InputError(message) from None  # what a driver says may quote values


def from_pandas(table: str, frame: Any) -> Source:
    """A source of a pandas DataFrame; its index is not a column. Works without pyarrow."""
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{table}: the pandas DataFrame has more than one column named {twice[0]!r}"
        raise InputError(message)
    columns = [_from_pandas_column(table, name, frame.iloc[:, at]) for at, name in enumerate(names)]
    return FrameSource(pl.DataFrame(columns), "pandas DataFrame")


def _from_pandas_column(table: str, name: str, column: Any) -> pl.Series:
    try:
        series = pl.DataFrame(column.reset_index(drop=True).rename("x").to_frame()).to_series()
        if series.dtype != pl.Object:
            return (series.fill_nan(None) if series.dtype.is_float() else series).alias(name)
    except (ImportError, ValueError, TypeError, NotImplementedError, pl.exceptions.PolarsError):
        pass  # mixed objects, or pyarrow absent: value by value
    missing = column.isna().tolist()
    return _series(table, name, [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)])


def from_records(table: str, records: Sequence[dict[str, Any]]) -> Source:
    """A source of a list of dicts, as simple-salesforce returns them."""
    columns: dict[str, list[Any]] = {}
    for at, record in enumerate(records):
        try:
            pairs = _flat(record)
        except RecursionError as error:
            message = f"{table}: record {at}: {_ENDLESS}"
            raise InputError(message) from error
        for name, value in pairs:
            cells = columns.setdefault(name, [])
            if len(cells) > at:
                message = f"{table}: record {at}: has the key {name!r} twice, once as a nested one: rename one of them"
                raise InputError(message)
            cells.extend([None] * (at - len(cells)))
            cells.append(value)
    for cells in columns.values():
        cells.extend([None] * (len(records) - len(cells)))
    parents = {name[: name.rindex(".")] for name in columns if "." in name}
    series = [
        _series(table, name, cells)
        for name, cells in columns.items()
        if not (name in parents and all(cell is None for cell in cells))  # a parent that is null in some records
    ]
    return FrameSource(pl.DataFrame(series), "list of dicts")


def _flat(record: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in record.items():
        if name == "attributes" and isinstance(value, dict):
            continue  # simple-salesforce's own: type and URL of the record
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs


def _series(table: str, name: str, cells: list[Any]) -> pl.Series:
    """A column of these cells.

    Raises:
        InputError: When one of them is no text and cannot become one.
    """
    try:
        return _of_one_type(name, cells)
    except (ValueError, RecursionError) as error:
        message = f"{table}: {_culprit(name, cells)}"
        raise InputError(message) from error


def _culprit(name: str, cells: list[Any]) -> str:
    """The first cell that cannot be written as text, and what is wrong with it; the name when no cell is to blame."""
    for at, cell in enumerate(cells):
        try:
            _text(cell).encode()
        except UnicodeEncodeError:
            return f"record {at}, column {name!r}: {_HALF}"
        except (ValueError, RecursionError):
            return f"record {at}, column {name!r}: {_ENDLESS}"
    return f"the column name {name!r}: {_HALF}"


def _of_one_type(name: str, cells: list[Any]) -> pl.Series:
    """Cells of one type keep it; a mixture becomes text in which nothing is lost."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int} and all(cell is None or _MIN_INT <= cell <= _MAX_INT for cell in cells):
        return pl.Series(name, cells, dtype=pl.Int64)
    if kinds <= {str}:
        return pl.Series(name, cells, dtype=pl.String)
    if len(kinds) == 1 and kinds <= {float, bool}:
        return pl.Series(name, cells)
    return pl.Series(name, [None if cell is None else _text(cell) for cell in cells], dtype=pl.String)


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)
