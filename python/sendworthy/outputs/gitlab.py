"""GitLab Code Quality: one issue for each rule and file.

Merge requests compare the issues of two branches by fingerprint, so a fingerprint tells rule, table and file, and
nothing that changes with the data.
"""

from __future__ import annotations

import hashlib
import json
from typing import IO, TYPE_CHECKING, Any

from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import files, place, samples, told

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report

_SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the issues; findings that are accepted or tolerated make none."""
    found = [line for line in by_weight(report) if line.counted]
    first = samples(report, found, 1, options, published=True)
    issues = [
        _issue(report, line, path, rows, next(iter(first[line.code, line.table]), None))
        for line in found
        for path, rows in files(report, line)
    ]
    text = ",\n".join(json.dumps(issue, ensure_ascii=False) for issue in issues)
    out.write((f"[\n{text}\n]\n" if issues else "[]\n").encode())


def _issue(report: Report, line: Line, path: str | None, rows: int, sample: dict[str, Any] | None) -> dict[str, Any]:
    text, begin = f"{line.title}: {line.sentence}", 1
    if rows != line.rows:
        text += f", {rows:,} in this file"
    if sample is not None:
        at = place(report, line.table, sample["row"])
        if at.path == path:
            begin = at.line or begin
        text += f". {told(sample)}"
    shown = line.table if path is None else path  # data that is no file still needs a place
    return {
        "description": text,
        "check_name": line.title,
        "fingerprint": hashlib.sha256(json.dumps([line.code, line.table, shown]).encode()).hexdigest(),
        "severity": _SEVERITIES[line.severity],
        "location": {"path": shown, "lines": {"begin": begin}},
    }
