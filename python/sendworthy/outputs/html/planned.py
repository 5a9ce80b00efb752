"""What becomes of planned sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.outputs.html.words import cut, percent, width

if TYPE_CHECKING:
    from sendworthy.report import Report

_REASONS, _REPS = 12, 10
_OUTCOMES = ("allowed", "blocked", "unknown")


@dataclass(frozen=True)
class Sends:
    """A summary of the decisions.

    Attributes:
        total: Planned sends.
        outcomes: Outcome, number, share and length of its bar.
        reasons: The rules behind blocked and unknown sends: outcome, code, name, number.
        more_reasons: How many are not listed.
        new_users: Sends with which Salesforce makes a messaging user.
        reps: What the sends ask of the reps that have most of them.
        more_reps: How many are not listed.
    """

    total: int
    outcomes: list[tuple[str, int, str, float]]
    reasons: list[tuple[str, str, str, int]]
    more_reasons: int
    new_users: int
    reps: list[dict[str, Any]]
    more_reps: int


def sends(report: Report) -> Sends | None:
    """What becomes of the planned sends; None when there are none."""
    if report.sends is None:
        return None
    decisions, by_rep = report.sends.decisions, report.sends.by_rep
    total = decisions.height
    by_outcome = dict(decisions["outcome"].value_counts().rows())
    names = {rule["code"]: rule["name"] for rule in _core.rules()} | {rule.code: rule.name for rule in report.rules}
    reasons = (
        decisions.lazy()
        .filter(pl.col("outcome") != "allowed")
        .select("outcome", code="because")
        .explode("code", empty_as_null=False)
        .group_by("outcome", "code")
        .len()
        .sort("outcome", "len", "code", descending=[False, True, False])
        .collect()
    )
    reps = by_rep.sort("planned", "owner_id", descending=[True, False])
    return Sends(
        total,
        [
            (name, (number := by_outcome.get(name, 0)), percent(number, total), width(number, total))
            for name in _OUTCOMES
        ],
        [(outcome, code, names.get(code, ""), number) for outcome, code, number in reasons.head(_REASONS).rows()],
        max(reasons.height - _REASONS, 0),
        int(decisions["creates_user"].sum()),
        [row | {"owner_id": cut(row["owner_id"] or "")} for row in reps.head(_REPS).to_dicts()],
        max(reps.height - _REPS, 0),
    )
