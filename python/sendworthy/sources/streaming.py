"""The one place that streams a polars query, because polars calls the function for it unstable."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from sendworthy.sources.base import Frames


def stream(query: pl.LazyFrame) -> Frames:
    """Run a query and give its result in order, in batches, in bounded memory."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*collect_batches.*", category=pl.exceptions.UnstableWarning)
        batches = query.collect_batches(maintain_order=True)
    yield from batches


def scan_stream(data: object) -> pl.LazyFrame:
    """A query over an Arrow stream, which it reads once and batch by batch."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*scan_arrow_c_stream.*", category=pl.exceptions.UnstableWarning)
        return plain(pl.scan_arrow_c_stream(data))


def plain(query: pl.LazyFrame) -> pl.LazyFrame:
    """The same without extension types, which a database's numeric and json arrive in: what they are stored as."""
    schema = query.collect_schema()
    extended = [name for name, dtype in schema.items() if isinstance(dtype, pl.datatypes.BaseExtension)]
    return query.with_columns(pl.col(extended).ext.storage()) if extended else query
