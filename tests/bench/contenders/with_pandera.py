"""pandera's polars backend: a schema per table with each rule as a check; all failures are gathered (`lazy=True`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.polars as pa
import polars as pl

from contenders.expressions import frames, of_sessions, of_users

if TYPE_CHECKING:
    from pandera.api.polars.types import PolarsData

    from contenders import Job, Tables


def validated(tables: Tables) -> Job:
    """Validate users, then sessions."""

    def job() -> dict[str, int]:
        data = frames(tables)
        return {
            **_failures(data["users"], of_users(data["channels"])),
            **_failures(data["sessions"], of_sessions(data["users"])),
        }

    return job


def _failures(frame: pl.DataFrame, rules: dict[str, pl.Expr]) -> dict[str, int]:
    columns = {name: pa.Column(pl.String, nullable=True) for name in frame.columns}
    schema = pa.DataFrameSchema(columns, checks=[_check(code, failing) for code, failing in rules.items()])
    counts = dict.fromkeys(rules, 0)
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as failure:
        counts |= {error.check.name: error.failure_cases.height for error in failure.schema_errors}
    return counts


def _check(code: str, failing: pl.Expr) -> pa.Check:
    def passes(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(~failing)

    return pa.Check(passes, name=code)
