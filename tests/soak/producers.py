"""Arrow buffers with bytes changed at random, checked by the thousand in processes of their own: none may end.

Exit status 1 when a process ends, hangs, or a case is neither checked nor refused.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = _ROOT / "tests" / "python" / "lying_producers.py"
_EACH = 2_000
_SECONDS = 600


def main() -> int:
    """Run the soak and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument(
        "--minutes", type=float, default=60, help="stop after this time, and fail when cases are missing"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed, the same cases")
    given = parser.parse_args()
    began, refused, checked = time.monotonic(), 0, 0
    while refused + checked < given.cases and time.monotonic() - began < given.minutes * 60:
        seed = given.seed + refused + checked
        count = min(_EACH, given.cases - refused - checked)
        done = subprocess.run(
            [sys.executable, str(_SCRIPT), str(count), str(seed)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        told = [json.loads(line)[1] for line in done.stdout.splitlines()]
        bad = [
            outcome
            for outcome in told
            if not outcome.startswith(("InputError: ", "ColumnError: ")) and "findings" not in outcome
        ]
        if done.returncode or len(told) != count or bad:
            print(f"FAILED at seed {seed + len(told)} with status {done.returncode}: {bad[:3]} {done.stderr[-2000:]}")
            return 1
        checked += sum("findings" in outcome for outcome in told)
        refused += sum("findings" not in outcome for outcome in told)
    print(f"{refused + checked:,} of {given.cases:,} cases in {time.monotonic() - began:.0f} s, seed {given.seed}")
    print(f"{refused:,} refused, {checked:,} checked, no process ended")
    return int(refused + checked < given.cases)


if __name__ == "__main__":
    sys.exit(main())
