"""CPU time and memory on keys under skew, for n, 2n and 4n records: no rule may go quadratic.

Prints a table and one line of JSON; fails when a case grows worse than in proportion, or costs far more than keys that
are evenly spread, also after it was measured twice more. Every figure is a process of its own, so that memory is the
case's. Time is of both the check and all findings in words.
Usage: `python tests/bench/skew.py --rows 250000`, or with names of cases.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).parent))
from skewed import AS_OF, CASES

#: Evenly spread keys, without planned sends and with them.
EVEN = ("uniform", "uniform with sends")


def cpu() -> float:
    """Seconds of CPU time that this process has used, in all of its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak() -> float:
    """The largest memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def one(name: str, rows: int) -> dict[str, float]:
    """Check a case and describe its findings."""
    import sendworthy as sw

    sw.check(**CASES[name](1_000), as_of=AS_OF)
    tables = CASES[name](rows)
    held, start = peak(), cpu()
    report = sw.check(**tables, as_of=AS_OF, select=["C", "U", "W", "S", "P"])
    checked, memory = cpu(), peak() - held
    findings = sum(batch.height for batch in report.findings_batches())
    if findings != report.counts["rows"].sum():
        sys.exit(f"{name}: {findings} findings, counted {report.counts['rows'].sum()}")
    return {"check": checked - start, "describe": cpu() - checked, "MB": memory, "findings": findings}


def measure(name: str, rows: int, runs: int) -> dict[str, float]:
    """The figures of some processes."""
    command = [sys.executable, __file__, "--one", name, "--rows", str(rows)]
    measured = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(runs)]
    return fastest(measured)


def fastest(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The least of each figure: what else the machine does only adds."""
    return {key: min(run[key] for run in runs) for key in runs[0]}


def growth(runs: Sequence[dict[str, float]]) -> float:
    """The most that twice the records took over once, of the check alone and with the findings."""
    series = [[run["check"] for run in runs], [run["check"] + run["describe"] for run in runs]]
    return max(later / earlier for one in series for earlier, later in pairwise(one))


def main() -> None:
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names of cases; default all")
    parser.add_argument("--rows", type=int, default=250_000, help="records of each table of the smallest size")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--most-growth", type=float, default=2.6, help="CPU time of twice the records over that of once"
    )
    parser.add_argument("--most-over-uniform", type=float, default=4.0, help="CPU time of a check over the even case's")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.rows)))
        return
    if unknown := set(options.cases) - set(CASES):
        sys.exit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    sizes = [options.rows * factor for factor in (1, 2, 4)]
    print(
        f"{'case':48}" + "".join(f"{size:>11,}" for size in sizes) + "   growth  uniform  describe       MB  findings"
    )
    results, failed, even = {}, [], dict.fromkeys(EVEN, 0.0)
    for name in dict.fromkeys([*EVEN, *(options.cases or CASES)]):
        rival = EVEN["sends" in name]
        runs = [measure(name, size, options.runs) for size in sizes]
        for again in (True, False):
            rise, over = growth(runs), runs[-1]["check"] / (even[rival] or runs[-1]["check"])
            kept = rise <= options.most_growth and over <= options.most_over_uniform
            if kept or not again:
                break
            more = [measure(name, size, 2 * options.runs) for size in sizes]
            runs = [fastest(pair) for pair in zip(runs, more, strict=True)]
        even[rival] = even[rival] or runs[-1]["check"]
        last = runs[-1]
        print(f"{name:48}" + "".join(f"{run['check']:9.2f} s" for run in runs), end="")
        print(f"{rise:9.2f}{over:9.2f}{last['describe']:8.2f} s{last['MB']:9.0f}{last['findings']:10.0f}", flush=True)
        results[name] = {"growth": rise, "over uniform": over, **last}
        if not kept:
            failed.append(name)
    print(json.dumps(results))
    sys.exit(f"worse than allowed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
