"""pointblank: a plan per table with each rule as a `col_vals_expr` step, interrogated as it is by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pointblank as pb

from contenders.expressions import frames, of_sessions, of_users

if TYPE_CHECKING:
    import polars as pl

    from contenders import Job, Tables


def interrogated(tables: Tables) -> Job:
    """Interrogate users, then sessions."""

    def job() -> dict[str, int]:
        data = frames(tables)
        return {
            **_failures(data["users"], of_users(data["channels"])),
            **_failures(data["sessions"], of_sessions(data["users"])),
        }

    return job


def _failures(frame: pl.DataFrame, rules: dict[str, pl.Expr]) -> dict[str, int]:
    plan = pb.Validate(frame)
    for failing in rules.values():
        plan = plan.col_vals_expr(expr=~failing.fill_null(value=False))
    failed = plan.interrogate().n_failed()
    return {code: failed[step] for step, code in enumerate(rules, start=1)}
