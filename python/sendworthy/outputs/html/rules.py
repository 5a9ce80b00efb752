"""What was found, by rule: counts, what to do about them, and samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sendworthy import _core
from sendworthy.masking import masked
from sendworthy.outputs.html.words import Piece, brief, cut, log_width, ordered, percent, pieces, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendworthy.report import Report

_SAMPLES = 3
_MESSAGE = 300


@dataclass(frozen=True)
class Sample:
    """One finding.

    Attributes:
        where: The record, or that it is the file.
        record_id: The record's Id.
        column: The field.
        value: What is in it, masked.
        fix: What should be, masked.
        safety: Whether that adds nothing to what the cell says.
        message: The finding in a sentence.
    """

    where: str
    record_id: str | None
    column: str | None
    value: str | None
    fix: str | None
    safety: str | None
    message: str


@dataclass(frozen=True)
class Line:
    """A rule that found something in a table.

    Attributes:
        code: The rule's code.
        name: Its name.
        severity: error, warning or info.
        table: The table.
        rows: How many records.
        checked: Of how many that it could decide.
        share: The same in percent.
        width: The same as the length of a bar on a scale of tenfolds.
        summary: What is wrong, in a sentence.
        why: Why that matters.
        brief: What to do, in a sentence.
        remedy: The same at length.
        spared: Why findings do not count, if they do not.
        samples: The first findings.
    """

    code: str
    name: str
    severity: str
    table: str
    rows: int
    checked: int
    share: str
    width: float
    summary: list[Piece]
    why: list[Piece]
    brief: list[Piece]
    remedy: list[Piece]
    spared: str | None
    samples: list[Sample]

    @property
    def anchor(self) -> str:
        """The place of its samples in the page."""
        return f"{self.code}-{self.table}"

    def with_samples(self, most: int) -> Line:
        """The same with fewer samples."""
        return replace(self, samples=self.samples[:most])


def lines(report: Report, redact: str) -> list[Line]:
    """Every rule that found something, with its first findings, for which the source is read again."""
    found = ordered(report.counts)
    samples = report.describer.samples(found.select("table", "code").rows(), _SAMPLES) if found.height else None
    samples = None if samples is None else masked(samples, redact)
    docs = {rule["code"]: rule for rule in _core.rules()}
    own = {rule.code: rule for rule in report.rules}
    spared = _spared(report)
    made = []
    for code, name, severity, table, rows, checked in found.rows():
        if code in docs:
            doc = docs[code]
            told = doc["summary"], section(doc, "Why it matters"), section(doc, "How to mend it")
        else:
            told = cut(own[code].message, _MESSAGE), "", "A rule of your own: see where it is defined."
        first = [] if samples is None else samples.filter(table=table, code=code).head(_SAMPLES).to_dicts()
        made.append(
            Line(
                code,
                name,
                severity,
                table,
                rows,
                checked,
                percent(rows, checked),
                log_width(rows, checked),
                pieces(told[0]),
                pieces(told[1]),
                pieces(brief(told[2])),
                pieces(told[2]),
                spared.get((code, table)),
                _samples(first),
            )
        )
    return made


def _samples(found: Sequence[dict[str, str | int | None]]) -> list[Sample]:
    def text(of: str | int | None) -> str | None:
        return None if of is None else cut(str(of))

    return [
        Sample(
            where="file" if one["row"] is None else f"record {one['row']}",
            record_id=text(one["record_id"]),
            column=text(one["column"]),
            value=text(one["value"]),
            fix=text(one["fix"]),
            safety=text(one["fix_safety"]),
            message=cut(str(one["message"]), _MESSAGE),
        )
        for one in found
    ]


def _spared(report: Report) -> dict[tuple[str, str], str]:
    """Why findings of a rule do not count, by code and table."""
    told = {}
    for code, table, accepted, tolerated, limit in report.pardoned.rows():
        said = [f"{accepted:,} accepted by the baseline"] if accepted else []
        if tolerated:
            said.append(f"{tolerated:,} tolerated, of at most {limit:,}")
        elif limit is not None:
            said.append(f"not tolerated: more than {limit:,}")
        told[code, table] = "; ".join(said)
    return {key: text for key, text in told.items() if text}


def skipped(report: Report) -> list[tuple[str, list[str]]]:
    """Reasons and the rules that they concern, the most frequent first."""
    groups: dict[str, list[str]] = {}
    for code, name, _, reason in report.skipped.rows():
        rules = groups.setdefault(cut(reason, _MESSAGE), [])
        if (rule := f"{code} {name}") not in rules:
            rules.append(rule)
    return sorted(groups.items(), key=lambda group: -len(group[1]))
