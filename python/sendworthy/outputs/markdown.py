"""Markdown for a job summary or a comment on a pull request, as GitHub and GitLab read it.

A comment may have 65,536 characters, which is less than a summary; everything fits, because samples and then skipped
rules give way when there are too many, and say how many. Whatever comes from data is shown as text: every character
that could mean something is written as a reference, and values are code, in which nobody is mentioned.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from sendworthy.outputs.json import iso
from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import samples, told
from sendworthy.outputs.text import verdict
from sendworthy.rulebook import ruleset
from sendworthy.texts import plural, printable, shorten

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report

_ROOM = 65_536
_NOTE_WIDTH = 100
_SAMPLES = 3
_VALUE_WIDTH = 60
_REASON_WIDTH = 200
_PLAIN = frozenset(" .,;'%()+-=?/")
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_SIGNS = {"error": "🔴 error", "warning": "🟡 warning", "info": "🔵 info"}


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the verdict, the counts, samples of every rule in folds, and what was skipped."""
    found = [line for line in by_weight(report) if line.rows]
    given = samples(report, found, _SAMPLES, options, published=True)
    parts, tail, skipped = [_head(report), _counts(found)], _tail(report), _skipped(report)
    room = _ROOM - _NOTE_WIDTH - sum(len(part) + 1 for part in [*parts, tail])
    if len(skipped) > room // 3:
        skipped = _skipped(report, listed=False)
    room -= len(skipped) + 1
    for at, line in enumerate(found):
        fold = _fold(line, given[line.code, line.table])
        room -= len(fold) + 1
        if room < 0:
            left = plural(len(found) - at, "rule")
            parts.append(f"Samples of {left} more have no room here; `--format full` shows them.\n")
            break
        parts.append(fold)
    out.write("\n".join(part for part in [*parts, skipped, tail] if part).encode())


def _head(report: Report) -> str:
    return f"### {'✅' if report.ok else '❌'} {plain(verdict(report))}\n"


def _counts(found: list[Line]) -> str:
    if not found:
        return ""
    rows = ["| severity | rule | table | findings | share | checked |", "|---|---|---|--:|--:|--:|"]
    for line in found:
        spared = f" ({line.rows - line.counted:,} accepted or tolerated)" if line.rows > line.counted else ""
        cells = (_SIGNS[line.severity], f"**{plain(line.code)}** {plain(line.name)}", plain(line.table))
        rows.append(f"| {' | '.join(cells)} | {line.rows:,}{spared} | {plain(line.share)} | {line.checked:,} |")
    return "\n".join(rows) + "\n"


def _fold(line: Line, found: list[dict[str, Any]]) -> str:
    many = f"{len(found)} of {line.rows:,}" if line.rows > len(found) else f"{line.rows:,}"
    messages = {told(sample) for sample in found}
    common = plain(messages.pop()) if len(messages) == 1 else None
    head = "| record | Id | column | value | fix |" + ("" if common else " what it means |")
    rows = [f"<details>\n<summary>{plain(line.title)}, {plain(line.table)}: {many}</summary>\n"]
    rows += [f"{common}\n"] if common else []
    rows += [head, "|--:|---|---|---|---|" + ("" if common else "---|")]
    for sample in found:
        record = "file" if sample["row"] is None else str(sample["row"])
        cells = [record, *(code(sample[name]) for name in ("record_id", "column", "value", "fix"))]
        cells += [] if common else [plain(told(sample))]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([*rows, "", "</details>", ""])


def _skipped(report: Report, *, listed: bool = True) -> str:
    """The rules that could not run, by reason."""
    reasons: dict[str, list[str]] = {}
    for rule, _, _, reason in report.skipped.rows():
        codes = reasons.setdefault(reason, [])
        if rule not in codes:
            codes.append(rule)
    if not reasons:
        return ""
    title = f"{plural(report.skipped['code'].n_unique(), 'rule')} skipped, so not known to be right"
    if not listed:
        return f"{title}.\n"
    rows = [f"<details>\n<summary>{title}</summary>\n\n| reason | rules |\n|---|---|"]
    rows += [f"| {plain(shorten(reason, _REASON_WIDTH))} | {' '.join(codes)} |" for reason, codes in reasons.items()]
    return "\n".join([*rows, "", "</details>", ""])


def _tail(report: Report) -> str:
    inputs = [
        f"{plain(one['table'])}: {code(shorten(one['source'], 200))} ({one['rows']:,} records)" for one in report.inputs
    ]
    judged = f"As of {iso(report.as_of)}, sendworthy {report.version}, ruleset {ruleset(report.rules)}"
    return f"<sub>{plain(judged)}. {'; '.join(inputs)}.</sub>\n"


def code(text: str | None) -> str:
    """A value from data; nothing for none."""
    return "" if text is None else f"<code>{_referenced(shorten(text, _VALUE_WIDTH))}</code>"


def plain(text: str) -> str:
    """Text that is shown as it is. A comment parts what would mention somebody, or link an issue."""
    return _referenced(printable(text)).replace("&#64;", "&#64;<!-- -->").replace("&#35;", "&#35;<!-- -->")


def _referenced(text: str) -> str:
    """Letters, digits and what never means anything stay; a domain with www in front would become a link."""
    safe = "".join(char if char.isalnum() or char in _PLAIN else f"&#{ord(char)};" for char in text)
    return _WWW.sub(lambda found: f"{found[1]}&#46;", safe)
