"""Anything that holds a table, turned into ordered, bounded polars batches that can be read again."""

from __future__ import annotations

import os
from collections.abc import Iterator

import polars as pl

from sendworthy.errors import ConfigError
from sendworthy.sources.base import Frames, Source
from sendworthy.sources.files import open_paths
from sendworthy.sources.memory import from_pandas, from_polars, from_records, from_stream

__all__ = ["Frames", "Source", "open_source"]

_ACCEPTED = (
    "a path, a list of paths, a glob or URL; a polars DataFrame or LazyFrame; a pandas DataFrame; an object with "
    "__arrow_c_stream__; or a list of dicts"
)
#: What holds a table, by a method of what leads to one: an ADBC cursor, a DuckDB connection.
_CURES = {"fetch_arrow": "fetch_arrow() after execute()", "sql": "sql(query) or table(name)"}


def open_source(table: str, data: object) -> Source:  # noqa: PLR0911  (one per form)
    """Make a source of whatever was given for a table.

    Args:
        table: The table's name, for messages.
        data: What the caller gave.

    Returns:
        A source whose batches can be read several times.

    Raises:
        ConfigError: When it is nothing that holds a table.
        InputError: When it cannot be read.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, str | os.PathLike):
        return open_paths(table, [data])
    if isinstance(data, pl.DataFrame | pl.LazyFrame):
        return from_polars(data)
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        return from_pandas(table, data)
    if isinstance(data, list | tuple):
        if data and all(isinstance(part, str | os.PathLike) for part in data):
            return open_paths(table, data)
        if data and all(isinstance(part, dict) for part in data):
            return from_records(table, data)
    elif hasattr(data, "__arrow_c_stream__"):
        return from_stream(table, data)
    message = f"{table}: got {_what(data)}. Accepted are {_ACCEPTED}."
    raise ConfigError(message)


def _what(data: object) -> str:
    """Something that holds no table, in words, with what to give instead where that is known."""
    if isinstance(data, list | tuple):
        return f"a list of {_kinds(data)}" if data else "an empty list"
    if isinstance(data, dict) and isinstance(data.get("records"), list):
        return "a whole query result: give its ['records']"
    called = f"a {type(data).__qualname__}"
    if method := next((name for name in _CURES if hasattr(data, name)), None):
        return f"{called}: give its {_CURES[method]}"
    return f"{called}: give list() of it" if isinstance(data, Iterator) else called


def _kinds(data: list[object] | tuple[object, ...]) -> str:
    return " and ".join(sorted({type(part).__qualname__ for part in data})[:3])
