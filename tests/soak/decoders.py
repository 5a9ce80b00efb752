"""The long version of the fuzzing in tests/fuzz: so many cases, or so many minutes, on all cores.

The binary is built as what is shipped, with overflow checks. Exit status 1 on a failure, a hang, too few cases, or more
memory than stated.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
#: Inputs are small, so that what is held is the program itself; a leak shows after millions of cases.
_MOST_MEBIBYTES = 500
_BUILD = ("cargo", "test", "--quiet", "--profile", "soak", "--test", "fuzz")


def main() -> int:
    """Run the soak and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000_000, help="cases of all targets together")
    parser.add_argument(
        "--minutes", type=float, default=60, help="stop after this time, and fail when cases are missing"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed, the same cases")
    parser.add_argument("--only", help="one target")
    given = parser.parse_args()
    subprocess.run([*_BUILD, "--no-run"], cwd=_ROOT, check=True)
    environment = {
        **os.environ,
        "SOAK_CASES": str(given.cases),
        "SOAK_SECONDS": str(int(given.minutes * 60)),
        "SOAK_SEED": str(given.seed % 2**31),
        **({"SOAK_ONLY": given.only} if given.only else {}),
    }
    began = time.monotonic()
    done = subprocess.run(
        [*_BUILD, "soak::soak", "--", "--ignored", "--exact", "--nocapture"],
        cwd=_ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    print(done.stdout)
    ran = sum(int(cases) for cases in re.findall(r"(?m)^target \w+ (\d+)$", done.stdout))
    print(f"{ran:,} of {given.cases:,} cases in {time.monotonic() - began:.0f} s")
    held = re.search(r"(?m)^peak (\d+) MiB$", done.stdout)  # Linux alone tells
    if done.returncode or ran < given.cases or (held and int(held[1]) > _MOST_MEBIBYTES):
        print("FAILED")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
