"""The reach of the random data."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from oracle import CODES, check
from oracle.random_data import random_tables


def test_random_data_is_the_same_for_the_same_seed() -> None:
    assert random_tables(3) == random_tables(3)
    assert random_tables(3) != random_tables(4)


def test_random_data_reaches_every_rule() -> None:
    failed: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for seed in range(60):
        case = random_tables(seed)
        result = check(
            case.tables, as_of=case.as_of, operation=case.operation, policy=case.policy, select_off=case.select_off
        )
        for (_, code), (rows, checked) in result.counts.items():
            failed[code] += rows
            passed[code] += checked - rows
    enough = {code: 5 if code.startswith("C") else 20 for code in CODES}
    assert {code: failed[code] for code in CODES if failed[code] < enough[code]} == {}
    assert {code: passed[code] for code in CODES if passed[code] < enough[code]} == {}


def test_random_data_varies() -> None:
    cases = [random_tables(seed, users=5, sessions=5) for seed in range(200)]
    assert {case.operation for case in cases} == {"audit", "insert", "update", "upsert"}
    assert {len(case.policy.ended_statuses) for case in cases} == {1, 2, 3}
    assert (
        {case.policy.day_first for case in cases} == {case.policy.sessions_complete for case in cases} == {True, False}
    )
    assert {case.select_off for case in cases} == {frozenset(), frozenset({"W104", "S106"})}
    for name in ("channels", "users", "sessions", "existing_users"):
        assert {name in case.tables for case in cases} == {True, False}
    assert all("users" in case.tables or "sessions" in case.tables for case in cases)


def test_two_thousand_rows_take_less_than_two_seconds() -> None:
    case = random_tables(1, users=2000, sessions=2000)
    start = time.perf_counter()
    check(
        case.tables, as_of=case.as_of, policy=replace(case.policy, sessions_complete=True), select_off={"W104", "S106"}
    )
    assert time.perf_counter() - start < 2
