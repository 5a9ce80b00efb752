"""The figures as Markdown, and their place in BENCHMARKS.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bounds import Bound

BEGIN, END = "<!-- figures: begin (written by make bench) -->", "<!-- figures: end -->"
MISSED, KEPT, AIMED = "**missed**", "kept", "aim reached"


def publish(path: Path, results: Mapping[str, Any], bounds: Sequence[Bound]) -> None:
    """Put the figures of all cases between the markers of a page."""
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{path}: the markers {BEGIN} and {END} must be there once each")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n\n{figures(results, bounds)}\n{END}{after}", encoding="utf-8")


def figures(results: Mapping[str, Any], bounds: Sequence[Bound]) -> str:
    """What must hold, then each case."""
    facts = max((case["facts"] for case in results.values()), key=lambda some: some["date"])
    parts = [_table(["", ""], [[name, value] for name, value in facts.items()]), "### What must hold"]
    parts.append(verdicts(results, bounds))
    for name, case in results.items():
        parts.append(f"### {name}: {case['title']}")
        taken = case["facts"]
        turns = f"Median of {case['turns']} turns" if case["turns"] else "Measured"
        parts.append(f"{turns}, {taken['date']}, sendworthy {taken['sendworthy']}, load before {taken['load before']}.")
        if rows := case["rows"]:
            parts.append(_contenders(rows) if "contender" in rows[0] else _figures(rows))
        if ratios := [f"{key}: {_number(value)}" for key, value in unlisted(rows, case["measures"]).items()]:
            parts.append("; ".join(ratios) + ".")
        parts += case["notes"]
        parts += [f"**Problem**: {problem}" for problem in case["problems"]]
    return "\n\n".join(parts) + "\n"


def verdicts(results: Mapping[str, Any], bounds: Sequence[Bound]) -> str:
    """A table of every bound."""
    rows = []
    for bound in bounds:
        measured = results.get(bound.case, {}).get("measures", {}).get(bound.measure)
        word = "at least" if bound.more else "at most"
        verdict = AIMED if bound.aimed(measured) else KEPT if bound.kept(measured) else MISSED
        aim = "" if bound.aim is None else _number(bound.aim)
        shown = "not measured" if measured is None else _number(measured)
        rows.append([f"{bound.case}: {bound.what}", shown, f"{word} {_number(bound.limit)}", aim, verdict])
    return _table(["case", "measured", "bound", "aim", ""], rows)


def _contenders(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = []
    for row in rows:
        if "failure" in row:
            cells.append([row["contender"], row["failure"], "", ""])
            continue
        seconds = f"{row['seconds']:.2f} ({row['least']:.2f} to {row['most']:.2f})"
        cells.append([row["contender"], seconds, f"{row['cpu']:.2f}", f"{row['peak MB']:,.0f} MB"])
    return _table(["contender", "seconds (least to most)", "processor seconds", "peak memory"], cells)


def _figures(rows: Sequence[Mapping[str, Any]]) -> str:
    """Figures and values, or cases with the figures of each."""
    return _table(list(rows[0]), [[_number(value) for value in row.values()] for row in rows])


def unlisted(rows: Sequence[Mapping[str, Any]], measures: Mapping[str, float]) -> dict[str, float]:
    """The measures that rows do not tell."""
    listed = {row["figure"] for row in rows if "figure" in row}
    listed |= {f"{row['case']} {key}" for row in rows if "case" in row for key in row}
    return {name: value for name, value in measures.items() if name not in listed}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
