"""The least that a check of files can cost: reading the columns that it reads, in batches, and nothing else."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from contenders import TABLES

if TYPE_CHECKING:
    from contenders import Job, Tables

COLUMNS = "columns.json"


def reading(tables: Tables) -> Job:
    """Read what `write_columns` found; counts are rows by table."""
    warnings.filterwarnings("ignore", message=".*collect_batches.*", category=pl.exceptions.UnstableWarning)
    queries = {}
    for table, path in tables.items():
        if not isinstance(path, Path):
            raise TypeError("reading needs files")
        columns = json.loads(path.with_name(COLUMNS).read_text(encoding="utf-8"))[table]
        scan = pl.scan_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.scan_parquet(path)
        queries[table] = scan.select(columns)

    def job() -> dict[str, int]:
        return {
            table: sum(batch.height for batch in query.collect_batches(maintain_order=True))
            for table, query in queries.items()
        }

    return job


def write_columns(folder: Path, kind: str) -> None:
    """Put the columns that the default rules read beside the files, so that only a reader runs when it is measured."""
    from sendworthy import Policy, _core
    from sendworthy.sources import open_source
    from sendworthy.sources.base import typed

    engine, columns = _core.Engine(as_of=0, policy=Policy().to_core()), {}
    for table in TABLES:
        source = open_source(table, folder / f"{table}.{kind}")
        columns[table] = engine.bind(table, source.label, typed(source.schema), headers=source.headers)
    (folder / COLUMNS).write_text(json.dumps(columns), encoding="utf-8")
