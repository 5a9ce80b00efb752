"""DuckDB: `rules.sql`, eleven rules as an expert would write them, with two threads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from contenders import AS_OF, THREADS

if TYPE_CHECKING:
    from contenders import Job, Tables


def duckdb_sql(tables: Tables) -> Job:
    """One query over the files."""
    query = (Path(__file__).parent / "rules.sql").read_text()
    query = query.format(**{table: _function(path) for table, path in tables.items()}, as_of=AS_OF)
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute("SET TimeZone = 'UTC'")
    return lambda: dict(connection.execute(query).fetchall())


def _function(path: object) -> str:
    if not isinstance(path, Path):
        raise TypeError("DuckDB is given files")
    if path.suffix == ".csv":
        return f"(SELECT *, row_number() OVER () AS file_row_number FROM read_csv('{path}', all_varchar=true))"
    return f"read_parquet('{path}', file_row_number=true)"
