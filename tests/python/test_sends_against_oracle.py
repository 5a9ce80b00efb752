"""The product and the oracle say the same about random planned sends: findings, counts, decisions, loads by rep."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from oracle import Finding, Result, Table, check
from oracle.decisions import as_rows, plan
from oracle.planned import plan_of
from oracle.random_sends import random_sends
from oracle.sends import column_of, lacks
from oracle.world import World
from test_against_oracle import difference, frame

if TYPE_CHECKING:
    from oracle.random_data import Case

SEEDS = 200
GROUPS = 20
SHOWN = 6
"""Differences that a failure prints."""
TABLES = ("users", "sessions", "channels", "existing_users", "sends")


@pytest.mark.parametrize("group", range(GROUPS))
def test_product_agrees_with_the_oracle_about_sends(group: int) -> None:
    size = SEEDS // GROUPS
    for seed in range(group * size, (group + 1) * size):
        complaint = compare(random_sends(seed))
        assert not complaint, f"seed {seed}\n{complaint}"


def compare(case: Case) -> str:
    """What product and oracle say differently about a case; empty where they agree."""
    circumstances: dict[str, Any] = {"as_of": case.as_of, "operation": case.operation, "policy": case.policy}
    report = judged_by_the_product(case)
    expected = check(case.tables, **circumstances, select_off=case.select_off)
    if complaint := difference(case, expected, as_result(report)):
        return complaint
    outlook = plan(case.tables, **circumstances)
    return (
        words(case, report)
        or rows_differ("decisions", as_rows(outlook.decisions), report.sends.decisions, case.tables["sends"])
        or rows_differ("by_rep", as_rows(outlook.by_rep), report.sends.by_rep, None)
    )


def judged_by_the_product(case: Case) -> Any:
    """The product's report of a case."""
    import sendworthy

    return sendworthy.check(
        **{name: frame(case.tables.get(name)) for name in TABLES},
        as_of=case.as_of,
        operation=case.operation,
        policy=sendworthy.Policy(
            **{field.name: getattr(case.policy, field.name) for field in dataclasses.fields(case.policy)}
        ),
        select=["C", "U", "W", "S", "P"] if case.select_off else None,
        ignore=["F", "H"],  # the oracle of files and headers is compared elsewhere
    )


def as_result(report: Any) -> Result:
    """A report in the oracle's shape."""
    findings = report.findings.select("table", "row", "code", "related_row", "related_id").rows()
    counts = report.counts.select("table", "code", "rows", "checked").rows()
    skipped = report.skipped.select("table", "code", "reason").rows()
    return Result(
        findings=[Finding(*row) for row in findings],
        counts={(table, code): (rows, checked) for table, code, rows, checked in counts},
        skipped={(table, code): reason for table, code, reason in skipped},
    )


def words(case: Case, report: Any) -> str:
    """Where a finding about a send has another column, or P114's message does not name what is unknown in order."""
    sends = plan_of(World(case.tables, case.as_of, case.operation, case.policy)).sends
    lines = []
    found = report.findings.filter(pl.col("table") == "sends").select("row", "code", "column", "message", "record_id")
    for row, code, column, message, record_id in found.rows():
        expected = column_of(sends[row], code)
        if column != expected:
            lines.append(f"{code} of row {row}: column {expected} by the oracle, {column} by the product")
        if record_id is not None:
            lines.append(f"{code} of row {row}: sends have no Id, the product says {record_id}")
        if code == "P114" and not names_in_order(message, lacks(sends[row])):
            lines.append(f"P114 of row {row} should name {lacks(sends[row])}: {message}")
    return "\n".join(lines[:SHOWN])


def names_in_order(message: str, names: list[str]) -> bool:
    """Whether the names stand in the message, one after the other."""
    start = 0
    for name in names:
        start = message.find(name, start)
        if start < 0:
            return False
        start += len(name)
    return True


def rows_differ(what: str, expected: list[dict[str, Any]], actual: pl.DataFrame, sends: Table | None) -> str:
    """The first rows of a frame that differ, with the send they are about."""
    theirs = actual.to_dicts()
    lines = [] if len(expected) == len(theirs) else [f"{what}: {len(expected)} rows, the product has {len(theirs)}"]
    if expected and theirs and list(expected[0]) != list(theirs[0]):
        lines.append(f"{what}: columns {list(expected[0])}, the product has {list(theirs[0])}")
    for at, (mine, other) in enumerate(zip(expected, theirs, strict=False)):
        wrong = {name: (mine[name], other.get(name)) for name in mine if mine[name] != other.get(name)}
        if wrong:
            cells = {} if sends is None else {name: cell for name, cell in sends.rows[at].items() if cell is not None}
            lines.append(f"{what} {at}: (oracle, product) {wrong}\n  {mine}\n  {cells}")
    return "\n".join(lines[:SHOWN])


def test_types_of_the_frames() -> None:
    report = judged_by_the_product(random_sends(1))
    decisions, by_rep = report.sends.decisions, report.sends.by_rep
    assert dict(decisions.schema) == {
        "row": pl.UInt64(),
        "outcome": decisions.schema["outcome"],  # text, as an Enum or not
        "because": pl.List(pl.String()),
        "creates_user": pl.Boolean(),
        "consent_after": decisions.schema["consent_after"],
        "session_status": decisions.schema["session_status"],
        "ends_if_silent_at": pl.Datetime("ms", "UTC"),
        "capacity_now": pl.UInt8(),
        "on_reply": decisions.schema["on_reply"],
    }
    assert by_rep.schema["owner_id"] == pl.String()
    assert {by_rep.schema[name] for name in by_rep.columns[1:]} == {pl.UInt64()}


def test_decisions_do_not_hang_on_the_selection() -> None:
    import sendworthy

    for seed in range(5):
        case = random_sends(seed)
        given: dict[str, Any] = {
            **{name: frame(case.tables.get(name)) for name in TABLES},
            "as_of": case.as_of,
            "operation": case.operation,
        }
        whole = sendworthy.check(**given)
        part = sendworthy.check(**given, select=["P108"], severity={"P108": "info"})
        rest = sendworthy.check(**given, ignore=["P1"])
        for report in (part, rest):
            assert report.sends.decisions.equals(whole.sends.decisions)
            assert report.sends.by_rep.equals(whole.sends.by_rep)
