"""The least that a check of files can cost: reading the columns that it reads, in batches, and nothing else."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from sendworthy import Policy, _core
from sendworthy.sources import open_source
from sendworthy.sources.base import typed

if TYPE_CHECKING:
    from contenders import Job, Tables


def reading(tables: Tables) -> Job:
    """Read the columns that the default rules need; counts are rows by table."""
    warnings.filterwarnings("ignore", message=".*collect_batches.*", category=pl.exceptions.UnstableWarning)
    engine = _core.Engine(as_of=0, policy=Policy().to_core())
    queries = {}
    for table, path in tables.items():
        if not isinstance(path, Path):
            raise TypeError("reading needs files")
        source = open_source(table, path)
        columns = engine.bind(table, source.label, typed(source.schema), headers=source.headers)
        scan = pl.scan_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.scan_parquet(path)
        queries[table] = scan.select(columns)

    def job() -> dict[str, int]:
        return {
            table: sum(batch.height for batch in query.collect_batches(maintain_order=True))
            for table, query in queries.items()
        }

    return job
