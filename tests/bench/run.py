"""Benchmark: sendworthy against what else could be used, and against what must hold.

``make bench`` runs every case at ten million users and as many sessions and writes the figures into BENCHMARKS.md;
``make bench-small`` is the guard of continuous integration: ratios alone, against what they were when recorded.
BENCHMARKS.md says how to read and to repeat them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path

from bounds import Bound, Section, read_bounds, record
from cases import CASES, Outcome, Plan
from data import ROOT
from document import publish, unlisted, verdicts
from machine import facts

FULL_ROWS, SMALL_ROWS = 10_000_000, 500_000
GUARDED = ("parquet", "csv", "memory", "all-bad", "scale", "numbers")
SLOW = 600.0  # seconds that a script of many steps may take


def full_plans(rows: int) -> dict[str, Plan]:
    """What `make bench` runs: the bounds speak of ten million rows, and of fifty against five."""
    plan = Plan(rows)
    return {
        "parquet": plan,
        "csv": plan,
        "quoted": plan,
        "memory": Plan(rows // 2),
        "all-bad": plan,
        "scale": Plan(rows * 5, limit=300),
        "rivals": Plan(rows // 10),
        "numbers": Plan(0, limit=SLOW),
        "write": Plan(0, limit=SLOW, options=("--rows", str(rows))),
        "startup": Plan(0, limit=SLOW),
        "skew": Plan(0, limit=SLOW),
        "worst": Plan(0, limit=SLOW),
        "wheel": Plan(0, limit=3 * SLOW),  # built twice
    }


def small_plans(rows: int) -> dict[str, Plan]:
    """The guard: small and steady."""
    plan = Plan(rows, guard=True)
    return {
        **dict.fromkeys(GUARDED, plan),
        "scale": replace(plan, rows=rows * 4),
        "numbers": replace(plan, options=("--count", str(rows), "--without-libraries")),
    }


def main() -> None:
    """Run the cases that are asked for and hold them against their bounds."""
    options = _options()
    rows = options.rows or (SMALL_ROWS if options.small else FULL_ROWS)
    plans = small_plans(rows) if options.small else full_plans(rows)
    if strangers := [name for name in options.case or [] if name not in plans]:
        sys.exit(f"not a case of the small benchmark: {', '.join(strangers)}")
    section: Section = "small" if options.small else "full"
    bounds = [bound for bound in read_bounds(section) if bound.case in (options.case or plans)]
    taken, results = facts(), {}
    print("; ".join(f"{name} {value}" for name, value in taken.items()), file=sys.stderr)
    for name in options.case or plans:
        plan = replace(plans[name], keep=options.keep, runs=options.runs or plans[name].runs)
        outcome = _run(name, plan)
        if options.small and not options.record and _missed(name, outcome, bounds):
            print(f"{name}: a bound is missed; measuring again, and that counts", file=sys.stderr)
            plan = replace(plan, runs=2 * plan.runs)
            outcome = _run(name, plan)
        turns = plan.runs if any("contender" in row for row in outcome.rows) else 0
        results[name] = {**asdict(outcome), "turns": turns, "facts": taken}
    file = ROOT / ("results-small.json" if options.small else "results.json")
    everything = _merged(file, results)
    print(f"\n{verdicts(results, bounds)}\n\nfigures: {file}")
    if options.publish:
        publish(options.publish, {name: everything[name] for name in CASES if name in everything}, read_bounds(section))
    if options.record:
        record({name: result["measures"] for name, result in results.items()})
    faults = [f"{name}: {problem}" for name, result in results.items() for problem in result["problems"]]
    if not options.record:
        faults += [f"missed: {one}" for one in bounds if not one.kept(results[one.case]["measures"].get(one.measure))]
    if not any(result["measures"] for result in results.values()):
        faults.append("nothing was measured")
    sys.exit("\n".join(faults) if faults else 0)


def _run(name: str, plan: Plan) -> Outcome:
    """One case, told as it goes."""
    print(f"{name} ...", file=sys.stderr)
    started = time.perf_counter()
    outcome = _outcome(name, plan)
    print(f"{name}: {outcome.title} ({time.perf_counter() - started:.0f} s)")
    _show(outcome)
    return outcome


def _missed(name: str, outcome: Outcome, bounds: list[Bound]) -> bool:
    return any(bound.case == name and not bound.kept(outcome.measures.get(bound.measure)) for bound in bounds)


def _outcome(name: str, plan: Plan) -> Outcome:
    """One case; whatever goes wrong in it, the others are still to run."""
    try:
        return CASES[name](plan)
    except Exception as error:  # noqa: BLE001  (no space, a broken file: told at the end, with the exit status)
        traceback.print_exc()
        return Outcome(name, problems=[f"{type(error).__name__}: {error}"])


def _show(outcome: Outcome) -> None:
    for row in outcome.rows:
        if "failure" in row:
            print(f"    {row['contender']:<40} {row['failure']}")
        elif "contender" in row:
            print(f"    {row['contender']:<40}{row['seconds']:8.2f} s ({row['least']:.2f} to {row['most']:.2f})"
                  f"{row['cpu']:8.2f} s of processor{row['peak MB']:8.0f} MB")  # fmt: skip
        elif "figure" in row:
            print(f"    {row['figure']:<40} {row['value']}")
        else:
            print(f"    {row['case']:<48} " + ", ".join(f"{key} {row[key]:,.2f}" for key in row if key != "case"))
    for name, value in unlisted(outcome.rows, outcome.measures).items():
        print(f"    {name:<48}{value:8.2f}")
    for problem in outcome.problems:
        print(f"    problem: {problem}")


def _merged(file: Path, results: dict[str, object]) -> dict[str, object]:
    """All figures there are: those of other cases stay, with their own date."""
    earlier = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    everything = {**earlier, **results}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    return everything


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs="+", choices=list(CASES), help="only these")
    parser.add_argument("--rows", type=int, help=f"users, and as many sessions ({FULL_ROWS:,}, small {SMALL_ROWS:,})")
    parser.add_argument("--runs", type=int, help="turns that count (5)")
    parser.add_argument("--small", action="store_true", help="the guard")
    parser.add_argument("--record", action="store_true", help="with --small: make what is measured the recorded ratios")
    parser.add_argument("--publish", type=Path, help="the page that the figures are written into")
    parser.add_argument("--keep", action="store_true", help="do not delete the largest data")
    options = parser.parse_args()
    if options.record and not options.small:
        parser.error("--record goes with --small")
    return options


if __name__ == "__main__":
    main()
