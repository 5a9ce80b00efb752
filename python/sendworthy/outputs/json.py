"""The whole report as one JSON object; lists have one element a line, so that two reports can be compared by line."""

from __future__ import annotations

import hashlib
import json
from typing import IO, TYPE_CHECKING, Any

from sendworthy import _core

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sendworthy.custom import Rule
    from sendworthy.outputs import Options
    from sendworthy.report import Report


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the report; findings are streamed, and capped where the options say so."""
    out.write(b"{\n")
    head: dict[str, Any] = {
        "version": report.version,
        "ruleset": ruleset(report.rules),
        "as_of": iso(report.as_of),
        "inputs": report.inputs,
        "ok": report.ok,
        "counts": report.counts.to_dicts(),
        "skipped": report.skipped.to_dicts(),
        "pardoned": report.pardoned.to_dicts(),
    }
    for key, value in head.items():
        out.write(f'"{key}": {_value(value)},\n'.encode())
    out.write(b'"findings": [')
    separator = b"\n"
    for line in _findings(report, options.max_findings):
        out.write(separator + line)
        separator = b",\n"
    out.write(b"\n]" if separator != b"\n" else b"]")
    cap = options.max_findings
    truncated = cap is not None and int(report.counts["rows"].sum()) > cap
    out.write(f',\n"truncated": {json.dumps(truncated)}\n}}\n'.encode())


def ruleset(own: Sequence[Rule] = ()) -> str:
    """A fingerprint of the rules that exist; two reports with the same one judged by the same rules."""
    rules = [[rule["code"], rule["name"], rule["severity"], rule["table"], rule["enabled"]] for rule in _core.rules()]
    rules += [[rule.code, rule.name, rule.severity, rule.table, str(rule.check)] for rule in own]
    return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:12]


def iso(moment: datetime) -> str:
    """A UTC time as ISO text, with milliseconds only where there are any."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _value(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(element, ensure_ascii=False) for element in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def _findings(report: Report, cap: int | None) -> Iterator[bytes]:
    left = cap
    if left == 0:
        return
    for frame in report.findings_batches():
        part = frame if left is None else frame.head(left)
        if part.height:
            yield part.write_ndjson().rstrip("\n").replace("\n", ",\n").encode()
        if left is not None:
            left -= part.height
            if left <= 0:
                return
