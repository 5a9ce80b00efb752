"""Run the rules over the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import channels, sends, sessions, users, windows
from oracle.model import TABLES, Finding, Policy, Result, Table
from oracle.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from oracle.shared import Rule

RULES: dict[str, tuple[Rule, ...]] = {
    "channels": channels.RULES,
    "users": users.RULES + windows.RULES,
    "sessions": sessions.RULES,
    "sends": sends.RULES,
    "existing_users": users.EXISTING_RULES,
}
OFF_BY_DEFAULT = ("W104", "S106")
DEFAULT_POLICY = Policy()
SEND_CODES = tuple(sorted(rule.code for rule in sends.RULES))
CODES = tuple(sorted({rule.code for rules in RULES.values() for rule in rules} - {*SEND_CODES}))
"""The rules about records; those about planned sends have random data of their own."""


def check(
    tables: Mapping[str, Table],
    *,
    as_of: datetime,
    operation: str = "audit",
    policy: Policy = DEFAULT_POLICY,
    select_off: Collection[str] = frozenset(),
) -> Result:
    """Judge every row by every rule.

    Args:
        tables: channels, users, sessions, sends, existing_users; any of them may be left out.
        as_of: The frozen clock, with a zone.
        operation: audit, insert, update or upsert.
        policy: Numbers and switches.
        select_off: The rules to run although they are off by default.

    Returns:
        The findings in order, the counts of the rules that ran, and the rules that did not with the reason.
    """
    world, result = World(tables, as_of, operation, policy), Result()
    for table, rules in RULES.items():
        if table == "existing_users" and world.sheet(table) is None:
            continue  # reference data that nobody gave is no rule that did not run
        for rule in rules:
            if rule.code in OFF_BY_DEFAULT and rule.code not in select_off:
                continue
            reason = why_skipped(world, table, rule)
            if reason:
                result.skipped[table, rule.code] = reason
            else:
                run(world, table, rule, result)
    result.findings.sort(key=lambda finding: (TABLES.index(finding.table), finding.row, finding.code))
    return result


def why_skipped(world: World, table: str, rule: Rule) -> str | None:
    """The reason for which a rule cannot run, if there is one."""
    if world.sheet(table) is None:
        return f"no {table} were given"
    return next((reason for need in rule.needs if (reason := need(world))), None)


def run(world: World, table: str, rule: Rule, result: Result) -> None:
    """Judge every row of a table by one rule."""
    failed = checked = 0
    for row in world.sheets[table].rows:
        verdict = rule.judge(world, row)
        checked += verdict.decided
        if verdict.failed:
            failed += 1
            result.findings.append(Finding(table, row.number, rule.code, verdict.related_row, verdict.related_id))
    result.counts[table, rule.code] = (failed, checked)
