"""The product and the oracle say the same about random data."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest
from oracle import Finding, Result, Table, check
from oracle.random_data import Case, random_tables

SEEDS = 200
GROUPS = 20
SHOWN = 8
"""Differences that a failure prints."""


@pytest.mark.parametrize("group", range(GROUPS))
def test_product_agrees_with_the_oracle(group: int) -> None:
    size = SEEDS // GROUPS
    for seed in range(group * size, (group + 1) * size):
        case = random_tables(seed)
        expected = check(
            case.tables, as_of=case.as_of, operation=case.operation, policy=case.policy, select_off=case.select_off
        )
        actual = judged_by_the_product(case)
        complaint = difference(case, expected, actual)
        assert not complaint, f"seed {seed}\n{complaint}"


def judged_by_the_product(case: Case) -> Result:
    """Give the product the case, and put its report in the oracle's shape."""
    import sendworthy

    report = sendworthy.check(
        **{name: frame(case.tables.get(name)) for name in ("users", "sessions", "channels", "existing_users")},
        as_of=case.as_of,
        operation=case.operation,
        policy=sendworthy.Policy(
            **{field.name: getattr(case.policy, field.name) for field in dataclasses.fields(case.policy)}
        ),
        select=["C", "U", "W", "S", "P"] if case.select_off else None,
        ignore=["F", "H"],  # the oracle of files and headers is compared elsewhere
    )
    findings = report.findings.select("table", "row", "code", "related_row", "related_id").rows()
    counts = report.counts.select("table", "code", "rows", "checked").rows()
    skipped = report.skipped.select("table", "code", "reason").rows()
    return Result(
        findings=[Finding(*row) for row in findings],
        counts={(table, code): (rows, checked) for table, code, rows, checked in counts},
        skipped={(table, code): reason for table, code, reason in skipped},
    )


def frame(table: Table | None) -> pl.DataFrame | None:
    """A polars frame of text columns."""
    if table is None:
        return None
    cells = {column: [row[column] for row in table.rows] for column in table.columns}
    return pl.DataFrame(cells, schema=dict.fromkeys(table.columns, pl.String))


def difference(case: Case, expected: Result, actual: Result) -> str:
    """What the two say differently, with the records concerned; empty where they agree."""
    lines: list[str] = []
    for key in sorted({*expected.skipped} ^ {*actual.skipped}):
        side, reason = (
            ("oracle", expected.skipped[key]) if key in expected.skipped else ("product", actual.skipped[key])
        )
        lines.append(f"skipped by the {side} alone: {key}: {reason}")
    for key in sorted({*expected.counts} | {*actual.counts}):
        mine, theirs = expected.counts.get(key), actual.counts.get(key)
        if mine != theirs:
            lines.append(f"{key} (rows, checked): oracle {mine}, product {theirs}")
    ours, others = set(expected.findings), set(actual.findings)
    missed = [("oracle", finding) for finding in expected.findings if finding not in others]
    extra = [("product", finding) for finding in actual.findings if finding not in ours]
    for side, finding in sorted(missed + extra, key=lambda item: item[1][:3])[:SHOWN]:
        lines.append(f"found by the {side} alone: {tuple(finding)}\n{describe(case, finding)}")
    if not lines and expected.findings != actual.findings:
        at = next(
            (n for n, pair in enumerate(zip(expected.findings, actual.findings, strict=False)) if pair[0] != pair[1]),
            min(len(expected.findings), len(actual.findings)),
        )
        lines.append(f"other order from finding {at}: {expected.findings[at : at + 2]}, {actual.findings[at : at + 2]}")
    if lines:
        lines.append(f"as of {case.as_of.isoformat()}, {case.operation}, {case.policy}")
    return "\n".join(lines)


def describe(case: Case, finding: Finding) -> str:
    """The record of a finding, and the one it is related to."""
    lines = []
    table = case.tables[finding.table]
    for label, row in (("record", finding.row), ("related", finding.related_row)):
        if row is not None and row < len(table.rows):
            cells = {column: value for column, value in table.rows[row].items() if value is not None}
            lines.append(
                f"  {label} {row}: " + ", ".join(f"{column}={shown(value)}" for column, value in cells.items())
            )
    return "\n".join(lines)


def shown(value: str) -> str:
    """A cell, cut where it is long."""
    return repr(value) if len(value) <= 60 else f"{value[:20]!r}... ({len(value)} characters)"
