"""The contenders: each takes the tables and gives the work to be measured, which returns its counts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    #: Paths of files, or frames in memory.
    Tables: TypeAlias = Mapping[str, Path | pl.DataFrame]
    Job: TypeAlias = Callable[[], dict[str, int]]

AS_OF = "2026-11-22T12:00:00Z"
THREADS = 2
TABLES = ("channels", "users", "sessions")
#: The rules that a rival can be asked for as well: `rules.sql` says what they mean.
ELEVEN = ("U101", "U201", "U205", "U206", "U302", "U304", "W101", "S101", "S102", "S301", "S403")

#: Name on the command line, then the function that prepares the work.
CONTENDERS = {
    "every-rule": "ours:every_rule",
    "eleven-rules": "ours:eleven_rules",
    "reading": "reading:reading",
    "duckdb": "sql:duckdb_sql",
    "polars": "by_hand:in_memory",
    "polars-streaming": "by_hand:streaming",
    "polars-one-form": "by_hand:one_form",
    "dataframely": "with_dataframely:filtered",
    "pandera": "with_pandera:validated",
    "pointblank": "with_pointblank:interrogated",
}


def prepare(name: str, tables: Tables) -> Job:
    """Import what a contender needs, before any clock starts."""
    module, function = CONTENDERS[name].split(":")
    job: Job = getattr(import_module(f"contenders.{module}"), function)(tables)
    return job
