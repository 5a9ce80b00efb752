"""The report for people: the verdict, the rules that found something, what was skipped, samples, the next step."""

from __future__ import annotations

from io import StringIO
from textwrap import indent, wrap
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.names import SEVERITIES, SPLIT_TABLES
from sendworthy.outputs.json import iso
from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import Samples, samples
from sendworthy.texts import listed, plural, printable, shorten

if TYPE_CHECKING:
    from rich.console import Console

    from sendworthy.outputs import Options
    from sendworthy.report import Report

_SCREEN_LINES = 45
_TABLE_LINES = 20
_SKIPPED_LINES = 4
_SAMPLED_CODES = 10
_PARDON_LINES = 5
_VALUE_WIDTH = 40
_SAMPLES = 3
_MESSAGE_LINES = 2
_FIXABLE = 4
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def verdict(report: Report) -> str:
    """One sentence: ready or not, and how many records stand in the way."""
    tables = report.describer.tables
    sizes = listed([f"{tables[name].rows:,} {name}" for name in SPLIT_TABLES if name in tables])
    blocking = report.blocking("error")["code"].n_unique()
    if not blocking:
        found = report.counts.filter(pl.col("rows") > 0)
        errors, warnings = (int(found.filter(pl.col("severity") == level)["rows"].sum()) for level in SEVERITIES[:2])
        spared = f" but {errors:,} accepted or tolerated" if errors else ""
        return f"Ready: no errors{spared} in {sizes}; {plural(warnings, 'warning')}."
    rejected = report.describer.rejected
    parts = [
        f"{rejected[name]:,} of {tables[name].rows:,} {name.replace('_', ' ')}" for name in tables if rejected[name]
    ]
    named = dict(zip(filter(rejected.get, tables), parts, strict=True))
    loads = [part for name, part in named.items() if name in {"users", "sessions"}]
    reference = [part for name, part in named.items() if name not in SPLIT_TABLES]
    text = f"Not ready: {plural(blocking, 'blocking rule')}"
    text += f", {listed(loads)} would be rejected" if loads else ""
    text += f", {named['sends']} cannot be sent" if "sends" in named else ""
    if not parts:
        text += ", all about files or headers and none about a record"
    return text + (f"; errors in {listed(reference)}." if reference else ".")


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write what fits a screen."""
    console = _console(options)
    lines = by_weight(report)
    found = [line for line in lines if line.rows]
    shown = found[:_TABLE_LINES]
    _head(console, report, options)
    _pardons(console, report, options.width)
    _table(console, shown)
    if len(found) > len(shown):
        console.print(f"and {_more(found[len(shown) :])}: --format full")
    skipped = _skipped(report, every=False)
    _print_skipped(console, skipped[:_SKIPPED_LINES], options, more=len(skipped) - _SKIPPED_LINES)
    used = _height(console) + 4  # with the next step, which may take two lines, and a blank one
    sampled = shown[:_SAMPLED_CODES]
    each = _SAMPLES
    while sampled and used + sum(2 + _MESSAGE_LINES + min(each, line.rows) for line in sampled) > _SCREEN_LINES:
        if each > 1:
            each -= 1
        else:
            sampled = sampled[:-1]
    found_samples = samples(report, sampled, each, options, published=False)
    _print_samples(console, sampled, found_samples, options.width)
    _next_step(console, report)
    _finish(console, out)


def render_full(report: Report, out: IO[bytes], options: Options) -> None:
    """Write every rule, every skipped rule, and samples of all."""
    console = _console(options)
    lines = by_weight(report)
    _head(console, report, options)
    _pardons(console, report, None)
    _table(console, lines)
    _print_skipped(console, _skipped(report, every=True), options, more=0, wrap=True)
    found = [line for line in lines if line.rows]
    _print_samples(console, found, samples(report, found, _SAMPLES, options, published=False), None)
    _next_step(console, report)
    _finish(console, out)


def _console(options: Options) -> Console:
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=options.width,
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _height(console: Console) -> int:
    return _text(console).count("\n")


def _text(console: Console) -> str:
    file = console.file
    return file.getvalue() if isinstance(file, StringIO) else ""


def _finish(console: Console, out: IO[bytes]) -> None:
    lines = (line.rstrip() for line in _text(console).splitlines())
    out.write(("\n".join(lines) + "\n").encode())


def _head(console: Console, report: Report, options: Options) -> None:
    console.print(verdict(report), style="bold green" if report.ok else "bold red", soft_wrap=True)
    inputs = ", ".join(f"{one['table']}: {printable(one['source'])}" for one in report.inputs)
    console.print(_cut(f"As of {iso(report.as_of)}. {inputs}", options.width), style="dim", soft_wrap=True)


def _pardons(console: Console, report: Report, width: int | None) -> None:
    """What does not count, and limits that were passed; on a screen (`width`) at most a few lines."""
    lines, accepted = [], []
    for code, table, known, tolerated, limit in report.pardoned.rows():
        if known:
            accepted.append(f"{code} {known:,}")
        if tolerated:
            lines.append(f"{code}, {table}: tolerated: {tolerated:,} of at most {limit:,}")
        elif limit is not None and (left := report.counts.filter(code=code, table=table)["rows"].item() - known):
            lines.append(f"{code}, {table}: not tolerated: {left:,} are more than {limit:,}")
    if accepted:
        number = plural(int(report.pardoned["accepted"].sum()), "finding")
        lines.insert(0, f"accepted by the baseline: {number} ({', '.join(accepted)})")
    shown = lines if width is None else [_cut(line, width) for line in lines[:_PARDON_LINES]]
    if len(shown) < len(lines):
        shown.append(f"and {plural(len(lines) - len(shown), 'limit')} more: --format full")
    for line in shown:
        console.print(line, soft_wrap=True)
    for notice in report.notices:
        console.print(notice, style="bold yellow", soft_wrap=True)


def _table(console: Console, lines: list[Line]) -> None:
    from rich.table import Table

    if not lines:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("severity", "code", "name", "table"):
        table.add_column(title, no_wrap=True)
    for title in ("rows", "share", "checked"):
        table.add_column(title, justify="right", no_wrap=True)
    for line in lines:
        style = _STYLES[line.severity] if line.rows else "dim"
        table.add_row(
            line.severity,
            line.code,
            line.name,
            line.table,
            f"{line.rows:,}",
            line.share,
            f"{line.checked:,}",
            style=style,
        )
    console.print()
    console.print(table)


def _more(lines: list[Line]) -> str:
    """How many rules are not shown, by severity, so that none is hidden by another kind."""
    rest = [line.severity for line in lines]
    kinds = ", ".join(f"{rest.count(severity)} {severity}" for severity in SEVERITIES if severity in rest)
    return f"{plural(len(lines), 'rule')} more ({kinds})"


def _skipped(report: Report, *, every: bool) -> list[tuple[str, list[str]]]:
    """Reasons with the codes that they concern, the most frequent first.

    Most checks are about a load: rules about planned sends are left out where none are given, unless all are wanted.
    """
    groups: dict[str, list[str]] = {}
    for code, _, table, reason in report.skipped.rows():
        codes = groups.setdefault(reason, [])
        if code not in codes and (every or table != "sends" or report.sends is not None):  # on several tables
            codes.append(code)
    groups = {reason: codes for reason, codes in groups.items() if codes}
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _print_skipped(
    console: Console, groups: list[tuple[str, list[str]]], options: Options, *, more: int, wrap: bool = False
) -> None:
    if not groups:
        return
    console.print("\nSkipped, so not known to be right:", style="bold")
    for reason, codes in groups:
        line = f"  {printable(reason)}: {' '.join(codes)}"
        console.print(line if wrap else _skipped_line(reason, codes, options.width), soft_wrap=True)
    if more > 0:
        console.print(f"  and for {plural(more, 'other reason')}: --format full")


def _skipped_line(reason: str, codes: list[str], width: int) -> str:
    """The reason with as many whole codes as fit, and how many more there are."""
    shortest = f": {plural(len(codes), 'rule')}"
    for shown in range(len(codes), 0, -1):
        more = f" and {len(codes) - shown} more" if shown < len(codes) else ""
        line = f"  {printable(reason)}: {' '.join(codes[:shown])}{more}"
        if len(line) <= width:
            return line
    return f"  {shorten(reason, width - 2 - len(shortest))}{shortest}"


def _print_samples(console: Console, lines: list[Line], found: Samples, width: int | None) -> None:
    """Samples by rule. On a screen (`width`) the first one's message stands for all, else each has its own."""
    for line in lines:
        shown = found[line.code, line.table]
        many = f"{len(shown)} of {line.rows:,}" if line.rows > len(shown) else f"{line.rows:,}"
        console.print(f"\n{line.title}, {line.table}: {many}", style=_STYLES[line.severity], soft_wrap=True)
        if shown and width is not None:
            message = printable(shown[0]["message"])
            wrapped = wrap(message, width - 2, max_lines=_MESSAGE_LINES, placeholder=" ...")
            console.print(indent("\n".join(wrapped), "  "), soft_wrap=True)
        for sample in shown:
            text = f"  {record(sample)}"
            text = f"{text}: {printable(sample['message'])}" if width is None else _cut(text, width)
            console.print(text, soft_wrap=True)


def record(sample: dict[str, Any]) -> str:
    """A finding's record, column, value and fix in one line."""
    parts = ["file" if sample["row"] is None else f"record {sample['row']}"]
    if sample["record_id"] is not None:
        parts.append(shorten(sample["record_id"], _VALUE_WIDTH))
    if sample["column"] is not None:
        parts.append(shorten(sample["column"], _VALUE_WIDTH))
    if sample["value"] is not None:
        parts.append(f"'{shorten(sample['value'], _VALUE_WIDTH)}'")
    if sample["fix"] is not None:
        parts.append(f"[{sample['fix_safety']} fix] '{shorten(sample['fix'], _VALUE_WIDTH)}'")
    return " ".join(parts)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _next_step(console: Console, report: Report) -> None:
    codes = [line.code for line in by_weight(report) if line.rows]
    if not codes:
        return
    docs = {rule["code"]: rule for rule in _core.rules()}
    explained = next((code for code in codes if code in docs), None)
    step = "Next: " if explained is None else f"Next: 'sendworthy rule {explained}' explains a rule; "
    step += (
        "--format csv --output FILE lists every finding"
        if report.ok
        else "--write DIR parts ready from rejected records"
    )
    console.print(f"\n{step}.", soft_wrap=True)
    fixable = sorted({code for code in codes if code in docs and docs[code]["fixes"]})
    if fixable:
        more = [plural(len(fixable) - _FIXABLE, "rule") + " more"] if len(fixable) > _FIXABLE else []
        named = listed([*fixable[:_FIXABLE], *more])
        console.print(f"--write DIR --fix also mends what has one certain fix among {named}.", soft_wrap=True)
