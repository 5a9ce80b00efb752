"""Benchmark: the whole default rulebook against DuckDB with eleven rules, and against only reading the files.

Every figure is a whole process with two threads; contenders take turns, and ratios are medians of ratios by turn.
Usage: `make bench`, or `python tests/bench/run.py --rows 1000000 --runs 3`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
AS_OF = "2026-11-22T12:00:00Z"


def generate(folder: Path, rows: int, kind: str, *, spoilt: bool) -> None:
    """Make the data once; they are the same every time."""
    if (folder / f"{kind}.done").exists():
        return
    command = [sys.executable, "-m", "sendworthy", "generate", str(folder), "--format", kind, "--seed", "11"]
    command += ["--users", str(rows), "--sessions", str(rows), "--defect-rate", "0"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if spoilt:
        subprocess.run([sys.executable, str(HERE / "spoil.py"), str(folder), kind], check=True)
    (folder / f"{kind}.done").touch()


def measure(contender: str, folder: Path, kind: str) -> tuple[float, float, dict[str, int]]:
    """Run one contender in a process of its own: seconds, peak memory in MB, counts by code."""
    start = time.perf_counter()
    command = [sys.executable, str(HERE / "contenders.py"), contender, str(folder), kind]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        sys.exit(f"{contender} failed with status {process.returncode}")
    return seconds, usage.ru_maxrss / 1000, json.loads(text)


def compare(folder: Path, kind: str, runs: int) -> dict[str, float]:
    """Let the contenders take turns; print figures and give the ratios."""
    contenders = ["sendworthy", "duckdb", "reading"]
    times: dict[str, list[float]] = {name: [] for name in contenders}
    memory: dict[str, float] = dict.fromkeys(contenders, 0.0)
    counts: dict[str, dict[str, int]] = {}
    for turn in range(runs + 1):
        for name in contenders:
            seconds, peak, counts[name] = measure(name, folder, kind)
            memory[name] = max(memory[name], peak)
            if turn:  # the first turn warms the page cache
                times[name].append(seconds)
    ours, theirs = counts["sendworthy"], counts["duckdb"]
    differing = {code: (ours.get(code), found) for code, found in theirs.items() if ours.get(code) != found}
    if differing or not sum(theirs.values()):
        sys.exit(f"{folder.name} {kind}: counts differ (ours, DuckDB's): {differing}")
    for name in contenders:
        low, high = min(times[name]), max(times[name])
        print(f"  {name:<12}{statistics.median(times[name]):8.2f} s  ({low:.2f} to {high:.2f})  {memory[name]:8.0f} MB")

    def ratio(over: str, under: str) -> float:
        return statistics.median(a / b for a, b in zip(times[over], times[under], strict=True))

    ratios = {
        "duckdb / sendworthy": ratio("duckdb", "sendworthy"),
        "sendworthy / reading": ratio("sendworthy", "reading"),
        "peak MB": memory["sendworthy"],
    }
    for name, value in ratios.items():
        print(f"  {name:<24}{value:8.2f}")
    return ratios


def main() -> None:
    """Run the benchmark and hold the result against the bounds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="users, and as many sessions")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", default=["parquet"], choices=["parquet", "csv"])
    parser.add_argument("--clean", action="store_true", help="data without errors; otherwise two of a hundred are bad")
    parser.add_argument("--data", type=Path, default=Path("target/bench"))
    parser.add_argument("--least-ratio", type=float, default=2.0, help="DuckDB's time over ours, at least")
    parser.add_argument("--most-memory", type=float, default=1500.0, help="MB")
    options = parser.parse_args()
    what = "clean" if options.clean else "spoilt"
    folder = options.data / f"{options.rows}-{what}"
    today = time.strftime("%Y-%m-%d")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {today}; {options.rows:,} users and as many sessions, {what}")
    failed = False
    for kind in options.kinds:
        folder.mkdir(parents=True, exist_ok=True)
        generate(folder, options.rows, kind, spoilt=not options.clean)
        print(f"{kind}, median of {options.runs}:")
        ratios = compare(folder, kind, options.runs)
        failed |= ratios["duckdb / sendworthy"] < options.least_ratio or ratios["peak MB"] > options.most_memory
    sys.exit("a bound was not met" if failed else 0)


if __name__ == "__main__":
    main()
