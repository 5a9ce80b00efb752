"""Sendworthy itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import sendworthy as sw

from contenders import AS_OF, ELEVEN, THREADS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contenders import Job, Tables


def every_rule(tables: Tables) -> Job:
    """All default rules."""
    return _checked(tables, None)


def eleven_rules(tables: Tables) -> Job:
    """Only the rules that the rivals run."""
    return _checked(tables, ELEVEN)


def _checked(tables: Tables, select: Sequence[str] | None) -> Job:
    check = sw.check  # imported when it is looked up

    def job() -> dict[str, int]:
        counts = check(**tables, as_of=AS_OF, select=select, threads=THREADS).counts
        return dict(counts.group_by("code").agg(pl.col("rows").sum()).iter_rows())

    return job
