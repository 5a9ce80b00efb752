"""Tables in batches, as JSON, JSON lines, CSV or Parquet; lists become text where the format has none."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import polars as pl

from sendworthy.writing import csv_header, csv_records, sink_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTANT = "%Y-%m-%dT%H:%M:%S%.3fZ"


def write_json(frames: Iterator[pl.DataFrame], schema: pl.Schema, out: IO[bytes]) -> None:
    """One array with an object a line."""
    del schema
    before = b"[\n"
    for frame in frames:
        for line in _lines(frame).splitlines():
            out.write(before + line)
            before = b",\n"
    out.write(b"\n]\n" if before == b",\n" else b"[]\n")


def write_jsonl(frames: Iterator[pl.DataFrame], schema: pl.Schema, out: IO[bytes]) -> None:
    """An object a line."""
    del schema
    for frame in frames:
        out.write(_lines(frame))


def write_csv(frames: Iterator[pl.DataFrame], schema: pl.Schema, out: IO[bytes]) -> None:
    """With a header; lists joined by blanks."""
    out.write(csv_header(schema.names()))
    for frame in frames:
        out.write(csv_records(_readable(frame).with_columns(pl.col(pl.List(pl.String)).list.join(" "))))


def write_parquet(frames: Iterator[pl.DataFrame], schema: pl.Schema, out: IO[bytes]) -> None:
    """In the types of the schema."""
    sink_parquet(frames, schema.to_frame(), out)


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Datetime).dt.strftime(_INSTANT))


def _lines(frame: pl.DataFrame) -> bytes:
    return _readable(frame).write_ndjson().encode() if frame.height else b""
