"""Workflow commands that GitHub shows as annotations: one for each rule and file.

GitHub shows at most ten of each level for a step and leaves out the rest without a word, so the worst come first, and
one annotation tells of all that are left.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, NamedTuple

from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import files, place, samples, told
from sendworthy.outputs.text import verdict
from sendworthy.texts import plural

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report

_SHOWN = 10
_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_OWN = 2  # notices of ours: the verdict, and what is left out
_LEFT_OUT_CODES = 30


class _Annotation(NamedTuple):
    """What one command says."""

    line: Line
    path: str | None
    rows: int


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the commands; findings that are accepted or tolerated are in the verdict alone."""
    found = [line for line in by_weight(report) if line.counted]
    annotations = [_Annotation(line, path, rows) for line in found for path, rows in files(report, line)]
    shown: list[_Annotation] = []
    for severity, level in _LEVELS.items():
        most = _SHOWN - (_OWN if level == "notice" else 0)
        shown += [one for one in annotations if one.line.severity == severity][:most]
    first = samples(report, list(dict.fromkeys(one.line for one in shown)), 1, options, published=True)
    skipped = report.skipped["code"].n_unique()
    unknown = f" {plural(skipped, 'rule')} skipped, so not known to be right." if skipped else ""
    out.write(_command("notice", "sendworthy", f"{verdict(report)}{unknown}"))
    for one in shown:
        sample = next(iter(first[one.line.code, one.line.table]), None)
        out.write(_annotate(report, one, sample))
    if rest := [one for one in annotations if one not in shown]:
        out.write(_command("notice", "sendworthy: more findings", _left_out(rest)))


def _annotate(report: Report, one: _Annotation, sample: dict[str, Any] | None) -> bytes:
    text, number = one.line.sentence, None
    if one.rows != one.line.rows:
        text += f", {one.rows:,} in this file"
    if sample is not None:
        at = place(report, one.line.table, sample["row"])
        here = at.path == one.path
        number = at.line if here else None
        record = "" if sample["row"] is None or not here else f" First: record {sample['row']}."
        text += f". {told(sample)}{record}"
    return _command(_LEVELS[one.line.severity], one.line.title, text, one.path, number)


def _left_out(rest: list[_Annotation]) -> str:
    """How many findings of which rules have no annotation of their own."""
    counts: dict[str, int] = {}
    for one in rest:
        counts[one.line.code] = counts.get(one.line.code, 0) + one.rows
    named = [f"{code} {rows:,}" for code, rows in counts.items()]
    more = f" and {plural(len(named) - _LEFT_OUT_CODES, 'rule')} more" if len(named) > _LEFT_OUT_CODES else ""
    total = plural(sum(counts.values()), "finding")
    return f"{total} of rules without room for an annotation here: {', '.join(named[:_LEFT_OUT_CODES])}{more}."


def _command(level: str, title: str, text: str, path: str | None = None, line: int | None = None) -> bytes:
    given = {"file": path, "line": line, "title": title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value is not None)
    return f"::{level} {properties}::{_data(text)}\n".encode()


def _data(text: str) -> str:
    return _escaped(text, {"%": "%25", "\r": "%0D", "\n": "%0A"})


def _property(text: str) -> str:
    return _escaped(text, {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
