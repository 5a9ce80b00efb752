"""Two reports compared: which findings are new, which are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from sendworthy import _core
from sendworthy.errors import InputError
from sendworthy.names import REPORT_ORDER, SEVERITIES, counts_schema, findings_schema
from sendworthy.outputs.json import iso, members
from sendworthy.report import Report
from sendworthy.rulebook import ruleset
from sendworthy.stopping import attend
from sendworthy.texts import discreet, plural, printable, shorten

if TYPE_CHECKING:
    from os import PathLike

_ID = r"^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$"
_LISTED = 20
#: Findings taken over in one go; nothing else can happen meanwhile.
_PARSED = 20_000
_CHANGES = ("new", "gone", "unchanged")


class _Side(NamedTuple):
    """One of the reports."""

    label: str
    as_of: str
    ruleset: str
    ran: frozenset[tuple[str, str]]
    findings: pl.DataFrame


@dataclass(frozen=True)
class Diff:
    """What has changed between two reports.

    Attributes:
        new: Findings of the new report that the old one does not have.
        gone: Findings of the old report that the new one does not have.
        unchanged: Findings of both, as the new report tells them.
        notes: Why a finding may be new or gone though the data did not change.
        old_label: What the old report is called.
        new_label: What the new report is called.
    """

    new: pl.DataFrame
    gone: pl.DataFrame
    unchanged: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    old_label: str = "old"
    new_label: str = "new"

    @property
    def counts(self) -> pl.DataFrame:
        """Of every rule with findings: code, name, severity, table, new, gone, unchanged."""
        key = ("code", "name", "severity", "table")
        frames = zip(_CHANGES, (self.new, self.gone, self.unchanged), strict=True)
        return (
            pl.concat(frame.select(*key, change=pl.lit(change)) for change, frame in frames)
            .group_by(key, maintain_order=True)
            .agg((pl.col("change") == change).sum().cast(pl.UInt64).alias(change) for change in _CHANGES)
            .sort("severity", "table", "code")
        )

    @property
    def errors(self) -> int:
        """How many of the new findings are of severity error."""
        return self.new.filter(pl.col("severity") == "error").height

    def to_text(self, *, width: int = 100) -> str:
        """For people: counts by rule, and the first findings that are new or gone."""
        new, errors = plural(self.new.height, "new finding"), plural(self.errors, "error")
        head = f"{new} ({errors}), {self.gone.height:,} gone, {self.unchanged.height:,} unchanged"
        lines = [f"{head}: {printable(self.old_label)} to {printable(self.new_label)}"]
        lines += [f"Note: {note}" for note in self.notes]
        if not self.counts.is_empty():
            size = max(len(name) for name in self.counts["name"])
            lines += ["", f"severity  code  {'name':{size}}  table           new      gone  unchanged"]
            lines += [
                f"{one['severity']:8}  {one['code']:4}  {one['name']:{size}}  {one['table']:14}"
                f"{one['new']:>5,} {one['gone']:>9,} {one['unchanged']:>10,}"
                for one in self.counts.to_dicts()
            ]
        for title, frame in (("New", self.new), ("Gone", self.gone)):
            if frame.height:
                lines += ["", f"{title}:"]
                lines += [_cut(f"  {_record(one)}", width) for one in frame.head(_LISTED).to_dicts()]
            if frame.height > _LISTED:
                lines.append(f"  and {frame.height - _LISTED:,} more: --format json")
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """One object; lists have one element a line."""
        head = {"version": _core.__version__, "old_report": self.old_label, "new_report": self.new_label}
        parts = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
        lists = {
            "notes": self.notes,
            "counts": self.counts.to_dicts(),
            **{change: getattr(self, change).to_dicts() for change in _CHANGES},
        }
        for name, elements in lists.items():
            rows = ",\n".join(json.dumps(one, ensure_ascii=False) for one in elements)
            parts.append(f"{json.dumps(name)}: [\n{rows}\n]" if rows else f"{json.dumps(name)}: []")
        return "{\n" + ",\n".join(parts) + "\n}\n"


def diff(old: Report | str | PathLike[str], new: Report | str | PathLike[str]) -> Diff:
    """Compare two reports.

    A finding is the same when table, code and record are: the record's Id (15 and 18 characters are the same), or its
    number where it has no Id; a finding about a whole file is known by its column and value. Where a record has several
    findings of a rule, they are counted against each other.

    Args:
        old: A report, or the path of one written with ``--format json`` or ``to_json``.
        new: The same.

    Returns:
        What is new, gone and unchanged.

    Raises:
        InputError: When a file is no complete report.
    """
    return attend(lambda: _compared(old, new))


def _compared(old: Report | str | PathLike[str], new: Report | str | PathLike[str]) -> Diff:
    before, after = _side(old, "old report"), _side(new, "new report")
    left, right = _keyed(before.findings), _keyed(after.findings)
    columns = findings_schema().names()
    return Diff(
        new=_without(right, left).select(columns),
        gone=_without(left, right).select(columns),
        unchanged=right.join(left, on=_KEY, how="semi", nulls_equal=True, maintain_order="left").select(columns),
        notes=_notes(before, after),
        old_label=before.label,
        new_label=after.label,
    )


_SAME = ["table", "code", "#record", "#row", "#column", "#value"]
_KEY = [*_SAME, "#nth"]


def _without(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return frame.join(other, on=_KEY, how="anti", nulls_equal=True, maintain_order="left")


def _keyed(findings: pl.DataFrame) -> pl.DataFrame:
    record = pl.col("record_id")
    named = findings.with_columns(
        pl.when(record.str.contains(_ID)).then(record.str.slice(0, 15)).otherwise(record).alias("#record"),
        pl.when(record.is_null()).then("row").alias("#row"),
        # What concerns a whole file is known by what it is about.
        pl.when(record.is_null() & pl.col("row").is_null()).then("column").alias("#column"),
        pl.when(record.is_null() & pl.col("row").is_null()).then("value").alias("#value"),
    )
    return named.with_columns(pl.int_range(pl.len()).over(_SAME).alias("#nth"))


def _notes(before: _Side, after: _Side) -> list[str]:
    notes = []
    if before.ruleset != after.ruleset:
        notes.append("the reports were made with different rules")
    for one, other, word in ((before, after, "gone"), (after, before, "new")):
        codes = sorted({code for code, _ in one.ran - other.ran})
        if codes:
            notes.append(
                f"{' '.join(codes)} did not run everywhere in {printable(other.label)} as in {printable(one.label)}: "
                f"such findings are {word} for that reason"
            )
    return notes


def _side(given: Report | str | PathLike[str], label: str) -> _Side:
    if isinstance(given, Report):
        ran = frozenset(given.counts.select("code", "table").rows())
        return _Side(label, iso(given.as_of), ruleset(given.rules), ran, given.findings)
    path = Path(given)
    try:
        data = json.loads(path.read_bytes(), object_hook=_interruptible)
        return _from_json(data, str(path))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, pl.exceptions.PolarsError) as error:
        known = (*members(), "findings", "truncated", *counts_schema(), *findings_schema())
        message = (
            f"{path}: is no report of sendworthy ({type(error).__name__}: {discreet(error, known)}); "
            f"write one with: sendworthy check ... --format json --output {path.name}"
        )
        raise InputError(message) from None


def _interruptible(record: dict[str, Any]) -> dict[str, Any]:
    """Nothing, but in Python: without it other threads and Ctrl-C would wait until a large report is parsed."""
    return record


def _from_json(data: dict[str, Any], label: str) -> _Side:
    if data["truncated"]:
        message = f"{label}: lists only some of its findings (--max-findings); make it again without that option"
        raise InputError(message)
    counts, schema = data["counts"], findings_schema()
    loose = {name: pl.String if isinstance(kind, pl.Enum) else kind for name, kind in schema.items()}
    listed = data["findings"]
    parts = (listed[at : at + _PARSED] for at in range(0, len(listed), _PARSED))
    frames = [pl.DataFrame(part, schema=loose, orient="row", strict=True).cast(schema) for part in parts]
    findings = pl.concat([schema.to_frame(), *frames])
    for name, known in (("table", REPORT_ORDER), ("severity", SEVERITIES)):
        if findings[name].is_null().any():
            message = f"a finding without {name}; known are {', '.join(known)}"
            raise ValueError(message)
    if findings["code"].is_null().any():
        message = "a finding without code"
        raise ValueError(message)
    told = sum(int(one["rows"]) for one in counts)
    if told != findings.height:
        message = f"its counts tell of {told} findings and it lists {findings.height}"
        raise ValueError(message)
    ran = frozenset((str(one["code"]), str(one["table"])) for one in counts)
    return _Side(label, str(data["as_of"]), str(data["ruleset"]), ran, findings)


def _record(one: dict[str, Any]) -> str:
    place = one["record_id"] or ("file" if one["row"] is None else f"record {one['row']}")
    value = "" if one["value"] is None else f" '{shorten(one['value'], 40)}'"
    return f"{one['code']} {one['table']} {printable(place)} {one['column'] or ''}{value}: {printable(one['message'])}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
