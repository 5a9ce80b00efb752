"""One contender in a process of its own: prints its counts, and the seconds of the work alone, as JSON.

Usage: ``python tests/bench/contender.py NAME FOLDER csv|parquet [--memory]``; with ``--memory`` the tables are frames
that are read before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from contenders import CONTENDERS, TABLES, prepare


def main() -> None:
    """Prepare, run once, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=["csv", "parquet"])
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    tables: dict[str, object] = {table: options.folder / f"{table}.{options.kind}" for table in TABLES}
    if options.memory:
        from contenders.expressions import frames

        tables = dict(frames(tables))
    job = prepare(options.name, tables)
    started, before = time.perf_counter(), _cpu()
    counts = job()
    print(json.dumps({"counts": counts, "seconds": time.perf_counter() - started, "cpu": _cpu() - before}))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
