"""Writing runs that are killed at random moments: files are complete or not there, and the next run tidies up.

First runs that write files for Salesforce, then everything else that can be written, over an earlier one.

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
import output_faults  # noqa: E402
from faults import command, contents, digest, is_whole, killed_after, make  # noqa: E402  (beside the tests)

REPEATED = 10  # every so many kills another run has to make the folder whole


def main() -> None:
    """Kill as often as asked for."""
    options = _options()
    with tempfile.TemporaryDirectory() as place:
        folder, rng = Path(place), random.Random(3)
        data = make(folder / "new", options.users)
        _written(folder, data, options.cases, rng)
        for name, output in output_faults.OUTPUTS.items():
            print(f"{name}: {_killed(output, data, folder / name, options.cases // 10, rng)}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="runs to kill")
    parser.add_argument("--users", type=int, default=30_000, help="users, and as many sessions")
    return parser.parse_args()


def _written(folder: Path, new: Path, cases: int, rng: random.Random) -> None:
    """Kill runs that write files for Salesforce, and tell what came of it."""
    seen = Counter[str]()
    old = make(folder / "old", 300, seed=2)
    inputs = {path.name: digest(path) for path in new.iterdir()}
    results = {}
    takes = 0.0
    for name, data in (("old", old), ("new", new)):
        began = time.monotonic()
        subprocess.run(command(data, folder / f"of-{name}"), check=True, stdout=subprocess.DEVNULL)
        takes, results[name] = time.monotonic() - began, contents(folder / f"of-{name}")
    out = folder / "out"
    for at in range(cases):
        before: dict[str, str] = {}
        if at % 2:  # over the results of an earlier run
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(folder / "of-old", out)
            before = results["old"]
        elif at % REPEATED:
            shutil.rmtree(out, ignore_errors=True)
        killed = killed_after(takes * 1.05 * (at + rng.random()) / cases, command(new, out))
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
    print(f"{cases} runs of {takes:.1f} s: {dict(seen)}")
    if not any(state.startswith("killed") for state in seen):
        sys.exit("no run was killed: nothing was examined")


def _killed(output: output_faults.Output, data: Path, out: Path, cases: int, rng: random.Random) -> str:
    """Kill a run that writes something else as often as asked for, and tell what came of it."""
    place = output_faults.Place(output, out)
    place.reset()
    began = time.monotonic()
    done = output_faults.run(output, data, out)
    takes, new = time.monotonic() - began, place.found()
    if done.returncode:
        sys.exit(f"{out.name}: {done.stderr}")
    killed = finished = 0
    for at in range(cases):
        place.reset()
        killed += killed_after(
            takes * (0.4 + 0.6 * (at + rng.random()) / cases), output_faults.command(output, data, out)
        )
        if torn := place.torn(new):
            sys.exit(f"{out.name}, kill {at}: {torn}")
        finished += place.found() == new
    if output_faults.run(output, data, out).returncode or place.found() != new or place.left():
        sys.exit(f"{out.name}: the next run did not make it whole: {place.left()}")
    if cases and not killed:
        sys.exit(f"{out.name}: no run was killed: nothing was examined")
    return f"{killed} of {cases} killed, {finished} complete all the same"


if __name__ == "__main__":
    main()
