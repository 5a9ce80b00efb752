"""Benchmark: `sendworthy --version` against `python -c pass`, and what `import sendworthy` adds to polars' own import.

Usage: `python tests/bench/startup.py --runs 40`; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time

#: What nobody needs before a check runs, or ever without asking for it.
_LATE = ("click", "rich", "numpy", "pandas", "pyarrow", "pyspark", "jinja2", "sendworthy.api")
_IMPORTS = """
import sys, time
began = time.perf_counter()
import polars
between = time.perf_counter()
import sendworthy
print(time.perf_counter() - between)
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def seconds(command: list[str]) -> float:
    """How long a process takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def added() -> float:
    """Milliseconds of the import after that of polars; nothing that is optional may come with it."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, *_LATE], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    if done[1:] and done[1]:
        sys.exit(f"import sendworthy imports {done[1]}")
    return float(done[0]) * 1000


def main() -> None:
    """Run the benchmark and hold the figures against the bounds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--most-ratio", type=float, default=3.0, help="the command's time over Python's own, at most")
    parser.add_argument("--most-added", type=float, default=30.0, help="milliseconds on top of polars' import, at most")
    options = parser.parse_args()
    script = shutil.which("sendworthy", path=sysconfig.get_path("scripts"))
    command = [script] if script else [sys.executable, "-m", "sendworthy"]
    ratios, ours, pythons = [], [], []
    for turn in range(options.runs + 2):
        python, version = seconds([sys.executable, "-c", "pass"]), seconds([*command, "--version"])
        if turn > 1:
            ratios.append(version / python)
            ours.append(version)
            pythons.append(python)
    on_top = statistics.median(added() for _ in range(min(options.runs, 10)))
    ratio = statistics.median(ratios)
    print(f"  python -c pass {min(pythons) * 1000:.0f} ms at best, --version {min(ours) * 1000:.0f} ms")
    print(json.dumps({
        "ratios": {"version / python": round(ratio, 3)},
        "figures": {"import sendworthy adds to import polars, ms": round(on_top, 1)},
    }))  # fmt: skip
    sys.exit("a bound was not met" if ratio > options.most_ratio or on_top > options.most_added else 0)


if __name__ == "__main__":
    main()
