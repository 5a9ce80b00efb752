"""The whole report as one JSON object; lists have one element a line, so that two reports can be compared by line."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from sendworthy.masking import masked
from sendworthy.names import REPORT_ORDER, counts_schema, skipped_schema
from sendworthy.outputs.schema import objects, records
from sendworthy.pardon import pardoned_schema
from sendworthy.rulebook import ruleset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sendworthy.outputs import Options
    from sendworthy.report import Report


class Member(NamedTuple):
    """A member of the report before its findings.

    Attributes:
        schema: What it holds, as JSON Schema.
        of: Takes it from the report.
    """

    schema: dict[str, Any]
    of: Callable[[Report], Any]


def members() -> dict[str, Member]:
    """What a report says before its findings: what is written, and its published schema, both follow from this."""
    text, ruleset_form = {"type": "string"}, {"type": "string", "pattern": "^[0-9a-f]{12}$"}
    inputs = {"table": {"enum": [*REPORT_ORDER]}, "source": text, "rows": {"type": "integer", "minimum": 0}}
    return {
        "version": Member(text, lambda report: report.version),
        "ruleset": Member(ruleset_form, lambda report: ruleset(report.rules)),
        "as_of": Member({"type": "string", "format": "date-time"}, lambda report: iso(report.as_of)),
        "inputs": Member(objects(inputs), lambda report: report.inputs),
        "ok": Member({"type": "boolean"}, lambda report: report.ok),
        "counts": Member(records(counts_schema()), lambda report: report.counts.to_dicts()),
        "skipped": Member(records(skipped_schema()), lambda report: report.skipped.to_dicts()),
        "pardoned": Member(records(pardoned_schema(), {"limit"}), lambda report: report.pardoned.to_dicts()),
    }


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the report; findings are streamed, and capped where the options say so."""
    out.write(b"{\n")
    for key, member in members().items():
        out.write(f'"{key}": {_value(member.of(report))},\n'.encode())
    out.write(b'"findings": [')
    separator = b"\n"
    for line in _findings(report, options):
        out.write(separator + line)
        separator = b",\n"
    out.write(b"\n]" if separator != b"\n" else b"]")
    cap = options.max_findings
    truncated = cap is not None and int(report.counts["rows"].sum()) > cap
    out.write(f',\n"truncated": {json.dumps(truncated)}\n}}\n'.encode())


def iso(moment: datetime) -> str:
    """A UTC time as ISO text, with milliseconds only where there are any."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _value(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(element, ensure_ascii=False) for element in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def _findings(report: Report, options: Options) -> Iterator[bytes]:
    left = options.max_findings
    if left == 0:
        return
    for frame in report.findings_batches():
        part = masked(frame if left is None else frame.head(left), options.redaction())
        if part.height:
            yield part.write_ndjson().rstrip("\n").replace("\n", ",\n").encode()
        if left is not None:
            left -= part.height
            if left <= 0:
                return
