"""Nanoseconds per number: validity, region and kind on one core, against other ways to ask.

Run alone: ``POLARS_MAX_THREADS=1 taskset -c 0 python tests/bench/phone_numbers.py``.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
import polars as pl
import rphonenumbers
import sendworthy as sw  # noqa: F401 (registers the expressions)
from sendworthy import _core

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from test_numbering_plan import examples, theirs

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 2_000_000
SLOW = 20_000


def valid_numbers(count: int) -> list[str]:
    """Random numbers that libphonenumber calls valid, of all regions and kinds."""
    rng, found = random.Random(1), set[str]()
    while len(found) < 50_000:
        code, national = rng.choice(examples())
        text = f"+{code}{national[:-4]}{rng.randrange(10_000):04}"
        judged = theirs(text)
        if judged and judged[0]:
            found.add(text)
    some = sorted(found)
    return [rng.choice(some) for _ in range(count)]


def measure(name: str, count: int, job: Callable[[], object]) -> None:
    """Print the best of five runs."""
    best = min(_seconds(job) for _ in range(5))
    print(f"{name:45} {best / count * 1e9:12,.1f} ns")


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def ask(library: Any, text: str) -> tuple[bool, str | None, int]:
    """The three answers, as a user of such a library gets them."""
    number = library.parse(text)
    return library.is_valid_number(number), library.region_code_for_number(number), library.number_type(number)


def main() -> None:
    """Measure all of them."""
    texts = valid_numbers(COUNT)
    column, some = pl.Series("phone", texts), texts[:SLOW]
    frame = column.to_frame()
    assert _core.count_assigned(column) == COUNT
    measure("sendworthy: validity, region, kind", COUNT, lambda: _core.count_assigned(column))
    measure("sendworthy: phone_info() as a struct", COUNT, lambda: frame.select(pl.all().sendworthy.phone_info()))
    measure("polars: regex of the form alone", COUNT, lambda: column.str.contains(r"^\+[1-9][0-9]{1,14}$"))
    measure("phonenumbers", SLOW, lambda: [ask(phonenumbers, text) for text in some])
    measure("rphonenumbers", SLOW, lambda: [ask(rphonenumbers, text) for text in some])
    print("phonenumbers", phonenumbers.__version__)


if __name__ == "__main__":
    main()
