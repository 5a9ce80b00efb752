"""Benchmark: writing ready and rejected records against polars copying the same file.

Contenders take turns in processes of their own with two threads; the time of `report.write` alone counts, without the
check before it, and the ratio is the median of ratios by turn. Two of a hundred records have a planted defect.
Usage: `python tests/bench/write.py --rows 2000000 --runs 5`; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

_AS_OF = "2026-11-22T12:00:00Z"
_CODE = """
import json, resource, sys, time
import polars as pl
contender, path, channels, out = sys.argv[1:]
kind = path.rpartition(".")[2]
if contender == "sendworthy":
    import sendworthy as sw
    report = sw.check(users=path, channels=channels, as_of=AS_OF)
    rejected = report.describer.outcome.rejected("users")
    assert rejected, "nothing was rejected, so nothing was measured"
    work = lambda: report.write(out)
elif kind == "csv":
    work = lambda: pl.scan_csv(path, infer_schema=False).sink_csv(out + ".csv")
else:
    work = lambda: pl.scan_parquet(path).sink_parquet(out + ".parquet")
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
began, used = time.perf_counter(), cpu()
work()
print(json.dumps([time.perf_counter() - began, cpu() - used]))
""".replace("AS_OF", repr(_AS_OF))


def generate(folder: Path, rows: int, kind: str) -> None:
    """Make the users once; they are the same every time."""
    if not (folder / f"{kind}.done").exists():
        command = [sys.executable, "-m", "sendworthy", "generate", str(folder), "--format", kind, "--seed", "11"]
        command += ["--users", str(rows), "--sessions", "1", "--defect-rate", "0.02"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (folder / f"{kind}.done").touch()


def measure(contender: str, folder: Path, kind: str) -> tuple[float, float]:
    """Seconds, and seconds of processor time, of one contender."""
    paths = [str(folder / f"users.{kind}"), str(folder / f"channels.{kind}"), str(folder / f"out-{contender}")]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", _CODE, contender, *paths], check=True, stdout=subprocess.PIPE, env=environment
    )
    seconds, processor = json.loads(done.stdout)
    return seconds, processor


def main() -> None:
    """Run the benchmark and hold the ratio against the bound that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="users")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kind", default="csv", choices=["csv", "parquet"])
    parser.add_argument("--data", type=Path, default=Path("target/bench"))
    parser.add_argument("--most-ratio", type=float, default=2.0, help="our time over that of the copy, at most")
    options = parser.parse_args()
    folder = options.data / f"{options.rows}-write"
    folder.mkdir(parents=True, exist_ok=True)
    generate(folder, options.rows, options.kind)
    taken: dict[str, list[tuple[float, float]]] = {"sendworthy": [], "polars copy": []}
    for turn in range(options.runs + 1):
        for contender, measured in taken.items():
            figures = measure(contender, folder, options.kind)
            if turn:  # the first turn warms the page cache
                measured.append(figures)
    for contender, measured in taken.items():
        seconds, processor = (statistics.median(figures) for figures in zip(*measured, strict=True))
        print(f"  {contender:<12}{seconds:8.2f} s {processor:8.2f} s of processor time")
    turns = list(zip(*taken.values(), strict=True))
    ratio, of_processor = (statistics.median(ours[at] / copy[at] for ours, copy in turns) for at in (0, 1))
    print(json.dumps({
        "ratios": {"write / copy": round(ratio, 3), "write / copy, processor time": round(of_processor, 3)},
        "figures": {"users": options.rows, "format": options.kind},
    }))  # fmt: skip
    sys.exit("a bound was not met" if ratio > options.most_ratio else 0)


if __name__ == "__main__":
    main()
