"""SARIF 2.1.0, for code scanning and the viewers of editors.

GitHub shows 5,000 results of a run and refuses more than 25,000, so every rule gives as many as it takes for all to fit
into 5,000; the exact counts are in the properties of the rules. Fingerprints are made of rule, table and record, never
of values: few bits of a telephone number are unknown, and a hash of it would tell it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from inspect import cleandoc
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from sendworthy import _core
from sendworthy.outputs.json import iso
from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import Samples, place, samples, told
from sendworthy.outputs.text import verdict
from sendworthy.rulebook import ruleset
from sendworthy.texts import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendworthy.outputs import Options
    from sendworthy.report import Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RESULTS = 5_000
_CELL_WIDTH = 200
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}
_ID = re.compile(r"0(PA|Mj|Mw)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")
_CELLS = ("record_id", "column", "value", "related_row", "related_id", "fix", "fix_safety")


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write one run."""
    ran = by_weight(report)
    found = [line for line in ran if line.rows]
    each = _level(line.rows for line in found)
    given = samples(report, found, each, options, published=True)
    rules = _rules(report, ran, given)
    places = {rule["id"]: at for at, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = [
        _result(report, line, sample, places[line.code], seen)
        for line in found
        for sample in given[line.code, line.table][:each]
    ]
    run = {
        "tool": {"driver": {"name": "sendworthy", "version": report.version, "rules": rules}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolConfigurationNotifications": [_skipped(one, places) for one in report.skipped.to_dicts()],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "verdict": verdict(report),
            "ok": report.ok,
            "ruleset": ruleset(report.rules),
            "as_of": iso(report.as_of),
            "operation": report.operation,
            "inputs": report.inputs,
            "findings": sum(line.rows for line in found),
            "shown": len(results),
        },
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    text = json.dumps(log, ensure_ascii=False) + "\n"
    out.write(text.encode())


def _level(rows: Iterable[int]) -> int:
    """How many results every rule may have so that all fit: rules with fewer leave room to the others."""
    level, left = 0, _RESULTS
    waiting = sorted(rows)
    while waiting:
        level = left // len(waiting)
        if waiting[0] > level:
            return max(level, 1)
        left -= waiting.pop(0)
    return max(level, 1)


def _rules(report: Report, ran: list[Line], given: Samples) -> list[dict[str, Any]]:
    """Every rule that ran or was skipped, in the order of codes."""
    docs = {rule["code"]: rule for rule in _core.rules()}
    own = {rule.code: rule for rule in report.rules}
    severities = {line.code: line.severity for line in reversed(ran)}
    names = {line.code: line.name for line in ran} | dict(report.skipped["code", "name"].rows())
    rules = []
    for code in sorted(names):
        doc = docs.get(code)
        summary = doc["summary"] if doc else own[code].message
        severity = severities.get(code) or (doc["severity"] if doc else own[code].severity)
        markdown = cleandoc(doc["doc"]) if doc else summary
        lines = [line for line in ran if line.code == code]
        tables = sorted({line.table for line in lines})
        rules.append(
            {
                "id": code,
                "name": names[code],
                "shortDescription": {"text": summary},
                "fullDescription": {"text": summary},
                "help": {"text": markdown, "markdown": markdown},
                "defaultConfiguration": {"level": _LEVELS[severity]},
                "properties": {
                    "tags": ["data-quality", *tables],
                    "problem.severity": _PROBLEMS[severity],
                    "counts": [
                        {
                            "table": line.table,
                            "rows": line.rows,
                            "checked": line.checked,
                            "shown": len(given.get((code, line.table), [])),
                        }
                        for line in lines
                    ],
                },
            }
        )
    return rules


def _result(report: Report, line: Line, sample: dict[str, Any], rule: int, seen: Counter[str]) -> dict[str, Any]:
    row, column = sample["row"], sample["column"]
    record = line.table if row is None else f"{line.table}[{row}]"
    where: dict[str, Any] = {
        "logicalLocations": [
            {
                "name": "file" if row is None else f"record {row}",
                "fullyQualifiedName": record if column is None else f"{record}.{shorten(column)}",
                "kind": "element",
            }
        ]
    }
    at = place(report, line.table, row)
    where["physicalLocation"] = {  # GitHub wants one even for data that is no file, and a line where there are none
        "artifactLocation": {"uri": _uri(at.path or line.table)},
        "region": {"startLine": at.line or 1},
    }
    given = {name: sample[name] for name in _CELLS if sample[name] is not None}
    cells = {name: shorten(cell, _CELL_WIDTH) if isinstance(cell, str) else cell for name, cell in given.items()}
    result = {
        "ruleId": line.code,
        "ruleIndex": rule,
        "level": _LEVELS[line.severity],
        "message": {"text": told(sample)},
        "locations": [where],
        "partialFingerprints": {"sendworthyFinding/v1": _fingerprint(sample, seen)},
        "properties": {"table": line.table, "row": row}
        | {name: cell for name, cell in cells.items() if cell is not None},
    }
    if not line.counted:  # a baseline accepts all of them, or a limit tolerates them
        result["suppressions"] = [
            {"kind": "external", "justification": "accepted by a baseline or tolerated by a limit"}
        ]
    return result


def _fingerprint(sample: dict[str, Any], seen: Counter[str]) -> str:
    """The same for the same finding of a later run: the record's Id where it has one, else its number."""
    record = sample["record_id"]
    known = record[:15] if record and _ID.fullmatch(record) else f"row {sample['row']}"
    key = json.dumps([sample["table"], sample["code"], known, sample["column"]])
    seen[key] += 1
    return hashlib.sha256(f"{key}{seen[key]}".encode()).hexdigest()[:32]


def _skipped(one: dict[str, str], places: dict[str, int]) -> dict[str, Any]:
    """A rule that could not run, so that what it looks for is not known to be right."""
    return {
        "descriptor": {"id": "skipped"},
        "associatedRule": {"id": one["code"], "index": places[one["code"]]},
        "level": "note",
        "message": {"text": printable(f"{one['code']} {one['name']} was skipped on {one['table']}: {one['reason']}")},
    }


def _uri(path: str) -> str:
    """A URI, relative to the root of the repository where the file lies in it."""
    if "://" in path:
        return quote(path, safe="/:%?&=+@~")
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
