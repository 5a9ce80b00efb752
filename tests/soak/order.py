"""Same input, same bytes: every surrounding by itself, over data of several sizes, and many checks at once.

    python tests/soak/order.py --cases 40 --minutes 10

Prints what was compared; exit status 1 when anything differed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "python")]
import order_cases  # noqa: E402  (beside the tests)

SIZES = ((40, 60), (3_000, 4_000), (70_000, 90_000))


def surroundings(folder: Path) -> int:
    """Compare runs until there are enough; gives how many files differed."""
    options = _options()
    locales = folder / "locales"
    locales.mkdir()
    tried = {**order_cases.SURROUNDINGS, **order_cases.locales(locales)}
    ends = time.monotonic() + options.minutes * 60
    runs = files = wrong = 0
    for seed, (users, sessions) in enumerate(itertools.cycle(SIZES)):
        data = folder / f"data-{seed}"
        data.mkdir()
        order_cases.make_data(data, users, sessions, seed)
        expected = order_cases.run_one(data, folder / f"usual-{seed}", {})
        for name, (environment, more) in tried.items():
            if runs >= options.cases or time.monotonic() > ends:
                print(f"order: {len(tried)} surroundings, {runs} runs, {files} files compared, {wrong} differ")
                return wrong + (runs == 0)  # to have compared nothing is no success
            made = order_cases.run_one(data, folder / f"{seed} {name.replace('/', '-')}", environment, **more)
            different = [file for file in expected.keys() | made.keys() if made.get(file) != expected.get(file)]
            runs, files, wrong = runs + 1, files + len(expected), wrong + len(different)
            for file in different:
                print(f"DIFFERS: {users} users, {name}: {file}", file=sys.stderr)
    return wrong


def at_once(checks: int) -> int:
    """Many checks in threads, each with its own data; gives how many counts were wrong."""
    import sendworthy as sw

    sizes = [100 + 37 * at for at in range(40)]
    made = {size: sw.generate(size, size, seed=size, defect_rate=0.2) for size in sizes}

    def told(size: int) -> str:
        data = made[size]
        report = sw.check(users=data.users, sessions=data.sessions, channels=data.channels, as_of=data.as_of, threads=2)
        return report.to_jsonl() + report.counts.write_json()

    expected = {size: told(size) for size in sizes}
    with ThreadPoolExecutor(8) as pool:
        wanted = [sizes[at % len(sizes)] for at in range(checks)]
        wrong = sum(found != expected[size] for size, found in zip(wanted, pool.map(told, wanted), strict=True))
    print(f"order: {checks} checks, eight at once, {wrong} wrong")
    return wrong


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100, help="runs to compare")
    parser.add_argument("--minutes", type=float, default=20, help="the most that the comparison may take")
    return parser.parse_args()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        found = surroundings(Path(temporary))
    sys.exit(1 if found + at_once(4 * _options().cases) else 0)
