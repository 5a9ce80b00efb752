"""The cases: what is run on which data, and which ratios come out of it."""

from __future__ import annotations

import statistics
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from contenders import ELEVEN
from contenders.reading import write_columns
from data import RIVALS_PYTHON, Data
from turns import HERE, Contender, ContenderError, ratio, run_process, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EVERY, ELEVEN_RULES, READING = "sendworthy, every rule", "sendworthy, eleven rules", "reading only"
DUCKDB, POLARS, STREAMING = "DuckDB, eleven rules", "polars by hand, eleven rules", "polars by hand, streaming"
ONE_FORM = "polars by hand, told the form of times"
LIBRARIES = ("dataframely", "pandera", "pointblank")
FORMATS = {"parquet": "Parquet", "csv": "CSV"}
ALL_BAD_SHARE = 0.9  # findings per record, at least, in data that are said to be all bad


@dataclass(frozen=True)
class Plan:
    """How large and how often.

    Attributes:
        rows: Users, and as many sessions.
        runs: Turns that count.
        guard: Measure the processor time of the work alone, which is steadier than wall time on a busy machine.
        limit: Seconds that one process may take.
        keep: Keep the largest data.
        options: Of the script, where the case is one.
    """

    rows: int
    runs: int = 5
    guard: bool = False
    limit: float = 120.0
    keep: bool = False
    options: tuple[str, ...] = ()

    @property
    def figure(self) -> str:
        """What ratios are made of."""
        return "cpu" if self.guard else "seconds"


@dataclass
class Outcome:
    """What a case gave.

    Attributes:
        title: What was compared.
        rows: One per contender, for people.
        measures: What bounds are held against, by name.
        problems: What makes the case fail whatever was measured.
        notes: What a reader should know besides.
    """

    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def measure(self, name: str, value: float | None) -> None:
        """Keep a measure; one that could not be made stays away, and a bound on it is missed."""
        if value is not None:
            self.measures[name] = value


def from_files(kind: Any, *, quoted: bool = False) -> Callable[[Plan], Outcome]:
    """Whole files of one format, two in a hundred records spoilt."""

    def case(plan: Plan) -> Outcome:
        folder = Data(plan.rows, kind, "spoilt", quoted=quoted).make()
        write_columns(folder, kind)
        names = {EVERY: "every-rule", DUCKDB: "duckdb", READING: "reading"}
        if not plan.guard:
            names |= {ELEVEN_RULES: "eleven-rules"}
        if kind == "parquet" and not plan.guard:  # from CSV it would be the same work after more reading
            names |= {STREAMING: "polars-streaming"}
        by = _run(plan, {label: (name, folder, kind) for label, name in names.items()})
        how = ", every value quoted" if quoted else ""
        outcome = _outcome(f"{_size(plan.rows)} from {FORMATS[kind]}{how}, 2 % bad", by)
        require_equal_counts(outcome, by)
        outcome.measure("DuckDB / every rule", ratio(by[DUCKDB], by[EVERY], plan.figure))
        outcome.measure("every rule / reading", ratio(by[EVERY], by[READING], plan.figure))
        if ELEVEN_RULES in by:
            outcome.measure("DuckDB / eleven rules", ratio(by[DUCKDB], by[ELEVEN_RULES], plan.figure))
        if STREAMING in by:
            outcome.measure("polars / every rule", ratio(by[STREAMING], by[EVERY], plan.figure))
        if by[EVERY].runs and not plan.guard:
            outcome.measure("peak MB", by[EVERY].peak)
        return outcome

    return case


def in_memory(plan: Plan) -> Outcome:
    """Frames that are there already; the clock starts when they have been read."""
    folder = Data(plan.rows, "parquet", "spoilt").make()
    names = {ELEVEN_RULES: "eleven-rules", POLARS: "polars"}
    if not plan.guard:
        names |= {STREAMING: "polars-streaming", ONE_FORM: "polars-one-form", EVERY: "every-rule"}
    by = _run(plan, {label: (name, folder, "parquet", "--memory") for label, name in names.items()}, inner=True)
    outcome = _outcome(f"{_size(plan.rows)} as polars frames in memory, 2 % bad", by)
    require_equal_counts(outcome, by)
    engines = [by[label] for label in (POLARS, STREAMING) if label in by and by[label].runs]
    faster = min(engines, key=lambda engine: engine.median(plan.figure), default=by[POLARS])
    outcome.measure("polars / eleven rules", ratio(faster, by[ELEVEN_RULES], plan.figure))
    if ONE_FORM in by:
        told = ratio(by[ONE_FORM], by[ELEVEN_RULES], plan.figure)
        outcome.measure("polars told the form of times / eleven rules", told)
        outcome.notes.append(
            "Peak memory includes the frames. All read times in any ISO form, but for polars told the one form that "
            "these data have: faster, and times of any other form would pass unseen."
        )
    return outcome


def all_bad(plan: Plan) -> Outcome:
    """Every record has a defect, of all kinds that the generator knows, against none."""
    where = {
        "clean": ("every-rule", Data(plan.rows, "parquet", "clean").make(), "parquet"),
        "all bad": ("every-rule", Data(plan.rows, "parquet", "all-bad").make(), "parquet"),
    }
    by = _run(plan, where)
    outcome = _outcome(f"{_size(plan.rows)} from Parquet, every rule: all bad against clean", by)
    bad, clean = by["all bad"], by["clean"]
    outcome.measure("time", ratio(bad, clean, plan.figure))
    if bad.runs and clean.runs:
        outcome.measure("memory", bad.peak / clean.peak)
        found = sum(bad.runs[0].printed["counts"].values()) / (2 * plan.rows)
        outcome.notes.append(f"{found:.2f} findings per record of the bad data.")
        if found < ALL_BAD_SHARE:
            outcome.problems.append(f"the data are not all bad: {found:.2f} findings per record")
    return outcome


def scale(plan: Plan) -> Outcome:
    """Time per row of a large input against a tenth of it, start-up left out."""
    large, small = Data(plan.rows, "parquet", "planted"), Data(plan.rows // 10, "parquet", "planted")
    try:
        where = {f"{_size(data.rows)}": ("every-rule", data.make(), "parquet") for data in (small, large)}
        by = _run(plan, where, inner=True)
    finally:
        if not (plan.keep or plan.guard):
            large.delete()
    outcome = _outcome(f"{_size(large.rows)} against {_size(small.rows)} from Parquet, every rule, 2 % bad", by)
    few, many = by.values()
    time = ratio(many, few, plan.figure)
    outcome.measure("time per row", None if time is None else time * small.rows / large.rows)
    return outcome


def rivals(plan: Plan) -> Outcome:
    """General validation libraries with the same eleven rules."""
    folder = Data(plan.rows, "parquet", "spoilt").make()
    names = {
        EVERY: "every-rule",
        ELEVEN_RULES: "eleven-rules",
        DUCKDB: "duckdb",
        STREAMING: "polars-streaming",
        ONE_FORM: "polars-one-form",
        **{library: library for library in LIBRARIES},
    }
    by = _run(plan, {label: (name, folder, "parquet") for label, name in names.items()})
    outcome = _outcome(f"{_size(plan.rows)} from Parquet, 2 % bad: what else could be used", by)
    require_equal_counts(outcome, by)
    for label in by:
        if label not in {EVERY, ELEVEN_RULES}:
            outcome.measure(
                f"{label.partition(', eleven')[0]} / eleven rules", ratio(by[label], by[ELEVEN_RULES], plan.figure)
            )
    return outcome


def script(name: str, title: str) -> Callable[[Plan], Outcome]:
    """A script of its own beside this file; its last line is JSON with ``ratios`` and ``figures``, or ratios alone.

    It ends with 1 when a bound of its own is missed.
    """

    def case(plan: Plan) -> Outcome:
        outcome = Outcome(title)
        if not (HERE / name).exists():
            outcome.problems.append(f"tests/bench/{name} is not there")
            return outcome
        try:
            run = run_process([sys.executable, str(HERE / name), *plan.options], plan.limit, allowed=(0, 1))
        except ContenderError as failure:
            outcome.problems.append(f"{name} {failure}")
            return outcome
        said = {key: value for key, value in run.printed.items() if key != "case"}
        figures = said.pop("figures", {})
        numbers, ratios = _numbers(figures), said.get("ratios", said)
        outcome.measures = {**_numbers(ratios), **numbers}
        texts = {key: value for key, value in figures.items() if isinstance(value, str)}
        outcome.rows = [{"figure": key, "value": value} for key, value in {**numbers, **texts}.items()]
        if all(isinstance(value, dict) for value in ratios.values()):  # several cases, the same figures of each
            outcome.rows += [{"case": key, **_numbers(value)} for key, value in ratios.items()]
        if run.status:
            outcome.problems.append(f"{name}: {run.complaint}")
        if not outcome.measures:
            outcome.problems.append(f"{name} measured nothing")
        return outcome

    return case


def _numbers(nested: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """All numbers of nested objects, their names joined."""
    found: dict[str, float] = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            found |= _numbers(value, f"{prefix}{key} ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{prefix}{key}"] = float(value)
    return found


def _run(plan: Plan, where: dict[str, Sequence[Any]], *, inner: bool = False) -> dict[str, Contender]:
    by = {}
    for label, arguments in where.items():
        command = [str(HERE / "contender.py"), *map(str, arguments)]
        python = str(RIVALS_PYTHON) if label in LIBRARIES else sys.executable
        by[label] = Contender(label, command, python, inner=inner or plan.guard)
    take_turns(list(by.values()), plan.runs, plan.limit)
    return by


def _outcome(title: str, by: dict[str, Contender]) -> Outcome:
    outcome = Outcome(title)
    for contender in by.values():
        row: dict[str, Any] = {"contender": contender.label}
        if contender.failure is None:
            seconds = [run.seconds for run in contender.runs]
            row |= {
                "seconds": statistics.median(seconds),
                "least": min(seconds),
                "most": max(seconds),
                "cpu": contender.median("cpu"),
                "peak MB": contender.peak,
                "runs": [{k: v for k, v in asdict(run).items() if k != "printed"} for run in contender.runs],
            }
        else:
            row["failure"] = contender.failure
            if contender.label.startswith("sendworthy"):
                outcome.problems.append(f"{contender.label}: {contender.failure}")
        outcome.rows.append(row)
    return outcome


def require_equal_counts(outcome: Outcome, by: dict[str, Contender]) -> None:
    """All who ran must have found the same in every run, and something by every rule."""
    found = [
        (label, {code: run.printed["counts"].get(code) for code in ELEVEN})
        for label, contender in by.items()
        if label != READING
        for run in contender.runs
    ]
    ours = [counts for label, counts in found if label in {EVERY, ELEVEN_RULES}]
    if not ours or not all(ours[0].values()):
        outcome.problems.append(f"a rule found nothing, so that it is not compared: {ours[:1]}")
        return
    for label, counts in found:
        if counts != ours[0]:
            differing = {code: counts[code] for code in ELEVEN if counts[code] != ours[0][code]}
            problem = f"{label} counts {differing}, sendworthy { ({code: ours[0][code] for code in differing}) }"
            if problem not in outcome.problems:
                outcome.problems.append(problem)


def _size(rows: int) -> str:
    text = f"{rows // 1_000_000}M" if rows % 1_000_000 == 0 else f"{rows // 1000}k"
    return f"{text} users + {text} sessions"


CASES: dict[str, Callable[[Plan], Outcome]] = {
    "parquet": from_files("parquet"),
    "csv": from_files("csv"),
    "quoted": from_files("csv", quoted=True),
    "memory": in_memory,
    "all-bad": all_bad,
    "scale": scale,
    "rivals": rivals,
    "numbers": script("phone_numbers.py", "Phone numbers: validity, region and kind, one core"),
    "write": script("write.py", "Writing ready and rejected records, against polars copying the file"),
    "startup": script("startup.py", "Starting up"),
    "skew": script("skew.py", "Skewed keys"),
    "worst": script("all_bad.py", "Every cell malformed, every key colliding, against clean data"),
    "wheel": script("wheel_size.py", "The wheel"),
}
