"""The product and the oracle say the same about whether and how the users of random tables may be written to."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
import pytest
from oracle.eligibility import eligibility
from oracle.random_data import Case, random_tables
from oracle.random_sends import random_sends
from test_against_oracle import frame

SEEDS = 100
GROUPS = 10
SHOWN = 6
TABLES = ("users", "sessions", "channels", "existing_users")


@pytest.mark.parametrize("group", range(GROUPS))
def test_product_agrees_with_the_oracle_about_eligibility(group: int) -> None:
    size = SEEDS // GROUPS
    compared = 0
    for seed in range(group * size, (group + 1) * size):
        for case in (random_tables(seed), random_sends(seed)):  # the second asks for a consent on its channels
            if "users" not in case.tables:
                continue
            complaint = compare(case, asked=bool(seed % 2))
            assert not complaint, f"seed {seed}\n{complaint}"
            compared += len(case.tables["users"].rows)
    assert compared > 500


def compare(case: Case, *, asked: bool) -> str:
    """What product and oracle say differently; the frame is asked for with the check, or afterwards."""
    import sendworthy

    report = sendworthy.check(
        **{name: frame(case.tables.get(name)) for name in TABLES},
        as_of=case.as_of,
        operation=case.operation,
        policy=sendworthy.Policy(
            **{field.name: getattr(case.policy, field.name) for field in dataclasses.fields(case.policy)}
        ),
        select=["U101"] if case.select_off else None,
        **({"eligibility": True} if asked else {}),
    )
    expected = [
        {name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(user).items()}
        for user in eligibility(case.tables, as_of=case.as_of, operation=case.operation, policy=case.policy)
    ]
    return differences(case, expected, report.eligibility)


def differences(case: Case, expected: list[dict[str, Any]], actual: pl.DataFrame) -> str:
    """The first users about whom the two differ."""
    theirs = actual.to_dicts()
    if len(theirs) != len(expected) or actual.columns != list(expected[0]):
        return f"{len(expected)} rows of {list(expected[0])}, the product has {len(theirs)} of {actual.columns}"
    lines = []
    for mine, other in zip(expected, theirs, strict=True):
        wrong = {name: (mine[name], other[name]) for name in mine if mine[name] != other[name]}
        if wrong:
            cells = {name: cell for name, cell in case.tables["users"].rows[mine["row"]].items() if cell is not None}
            lines.append(f"user {mine['row']}: (oracle, product) {wrong}\n  {cells}")
    if lines:
        lines = [*lines[:SHOWN], f"as of {case.as_of.isoformat()}, {case.operation}, {case.policy}"]
    return "\n".join(lines)


def test_types_of_the_frame() -> None:
    import sendworthy

    users = frame(random_tables(2).tables["users"])
    schema = sendworthy.check(users=users, eligibility=True).eligibility.schema
    assert schema["row"] == pl.UInt64()
    assert schema["because"] == pl.List(pl.String())
    assert schema["window_closes_at"] == schema["available_at"] == pl.Datetime("ms", "UTC")
    assert {schema[name] for name in ("record_id", "channel_id", "live_session_id", "live_owner_id")} == {pl.String()}
