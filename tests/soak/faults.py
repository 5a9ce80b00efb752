"""Writing runs that are killed at random moments: files are complete or not there, and the next run tidies up.

    python tests/soak/faults.py --cases 200

Prints what was found; exit status 1 when a folder was neither complete nor recognisably incomplete.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "python")]
from faults import command, contents, digest, is_whole, killed_after, make  # noqa: E402  (beside the tests)

REPEATED = 10  # every so many kills another run has to make the folder whole


def main() -> None:
    """Kill as often as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="runs to kill")
    parser.add_argument("--users", type=int, default=30_000, help="users, and as many sessions")
    options = parser.parse_args()
    rng, seen = random.Random(3), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        new, old = make(folder / "new", options.users), make(folder / "old", 300, seed=2)
        inputs = {path.name: digest(path) for path in new.iterdir()}
        results = {}
        takes = 0.0
        for name, data in (("old", old), ("new", new)):
            began = time.monotonic()
            subprocess.run(command(data, folder / f"of-{name}"), check=True, stdout=subprocess.DEVNULL)
            takes, results[name] = time.monotonic() - began, contents(folder / f"of-{name}")
        out = folder / "out"
        for at in range(options.cases):
            before: dict[str, str] = {}
            if at % 2:  # over the results of an earlier run
                shutil.rmtree(out, ignore_errors=True)
                shutil.copytree(folder / "of-old", out)
                before = results["old"]
            elif at % REPEATED:
                shutil.rmtree(out, ignore_errors=True)
            killed = killed_after(takes * 1.05 * (at + rng.random()) / options.cases, command(new, out))
            found = contents(out) if out.exists() else {}
            state = "new" if found == results["new"] else "as before" if found == before else "without a summary"
            if state == "without a summary" and is_whole(out):
                sys.exit(f"kill {at}: files of two runs beside a summary: {sorted(found)}")
            seen[f"{'killed' if killed else 'ended'}, {state}"] += 1
            if at % REPEATED == REPEATED - 1:
                subprocess.run(command(new, out), check=True, stdout=subprocess.DEVNULL)
                if contents(out) != results["new"] or list(out.glob(".sendworthy*")):
                    sys.exit(f"kill {at}: the next run did not make the folder whole")
                seen["made whole by the next run"] += 1
            if {path.name: digest(path) for path in new.iterdir()} != inputs:
                sys.exit(f"kill {at}: the input changed")
        print(f"{options.cases} runs of {takes:.1f} s, {2 * options.users:,} records each: {dict(seen)}")
        if not any(state.startswith("killed") for state in seen):
            sys.exit("no run was killed: nothing was examined")


if __name__ == "__main__":
    main()
