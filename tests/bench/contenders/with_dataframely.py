"""dataframely: a schema per table with each rule as a `dy.rule`; `filter` splits good from bad and counts failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy

from contenders.expressions import frames, of_sessions, of_users

if TYPE_CHECKING:
    import polars as pl

    from contenders import Job, Tables


def filtered(tables: Tables) -> Job:
    """Filter users, then sessions."""

    def job() -> dict[str, int]:
        data = frames(tables)
        return {
            **_failures(data["users"], of_users(data["channels"])),
            **_failures(data["sessions"], of_sessions(data["users"])),
        }

    return job


def _failures(frame: pl.DataFrame, rules: dict[str, pl.Expr]) -> dict[str, int]:
    fields: dict[str, object] = {name: dy.String(nullable=True) for name in frame.columns}
    fields |= {code: dy.rule()(lambda _, failing=failing: ~failing) for code, failing in rules.items()}
    schema = type("Checked", (dy.Schema,), fields)
    _, failure = schema.filter(frame)
    return {**dict.fromkeys(rules, 0), **failure.counts()}
