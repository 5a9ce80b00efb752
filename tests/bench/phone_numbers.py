"""Nanoseconds per number: validity, region and kind on one core, against other ways to ask.

Prints one line of JSON. Usage: ``python tests/bench/phone_numbers.py [--count N] [--without-libraries]``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["POLARS_MAX_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import phonenumbers
import polars as pl
import rphonenumbers
import sendworthy as sw  # noqa: F401 (registers the expressions)
from sendworthy import _core

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from test_numbering_plan import examples, theirs

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 7
SLOW = 20_000  # numbers that libraries are asked about, one by one from Python
REPEATED = 40  # how often a number occurs: asking libphonenumber for more is what takes time
E164 = r"^\+[1-9][0-9]{1,14}$"
OURS, INFO, FORM, REGEX = "sendworthy", "sendworthy, phone_info()", "sendworthy, is_e164()", "polars, regex of the form"


def main() -> None:
    """Ask everyone in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000_000)
    parser.add_argument("--without-libraries", action="store_true")
    options = parser.parse_args()
    texts = valid_numbers(options.count)
    column, phone = pl.Series("phone", texts), pl.col("phone")
    frame = column.to_frame()
    if _core.count_assigned(column) != options.count or not column.str.contains(E164).all():
        sys.exit("not all numbers are found valid, so that these are other questions")
    jobs: dict[str, tuple[int, Callable[[], object]]] = {
        OURS: (options.count, lambda: _core.count_assigned(column)),
        INFO: (options.count, lambda: frame.select(phone.sendworthy.phone_info())),
        FORM: (options.count, lambda: frame.select(phone.sendworthy.is_e164())),
        REGEX: (options.count, lambda: frame.select(phone.str.contains(E164))),
    }
    if not options.without_libraries:
        some = texts[:SLOW]
        jobs["phonenumbers"] = (SLOW, lambda: [ask(phonenumbers, text) for text in some])
        jobs["rphonenumbers"] = (SLOW, lambda: [ask(rphonenumbers, text) for text in some])
    ns = {name: statistics.median(times) for name, times in in_turns(jobs).items()}
    ratios = {"ours / regex": ns[OURS] / ns[REGEX]}
    ratios |= {f"{name} / ours": ns[name] / ns[OURS] for name in ("phonenumbers", "rphonenumbers") if name in ns}
    figures = {"ns per number": ns[OURS], **{f"{name}, ns": value for name, value in ns.items() if name != OURS}}
    print(json.dumps({"case": "numbers", "ratios": ratios, "figures": figures}))


def in_turns(jobs: dict[str, tuple[int, Callable[[], object]]]) -> dict[str, list[float]]:
    """Processor nanoseconds per number of each run; the first turn is not counted."""
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(RUNS + 1):
        for name, (count, job) in jobs.items():
            if turn or count > SLOW:  # libraries that are asked one by one need no warming
                started = time.process_time()
                job()
                if turn:
                    found[name].append((time.process_time() - started) / count * 1e9)
    return found


def valid_numbers(count: int) -> list[str]:
    """Random numbers that libphonenumber calls valid, of all regions and kinds."""
    rng, found = random.Random(1), set[str]()
    while len(found) < count // REPEATED:
        code, national = rng.choice(examples())
        text = f"+{code}{national[:-4]}{rng.randrange(10_000):04}"
        judged = theirs(text)
        if judged and judged[0]:
            found.add(text)
    some = sorted(found)
    return [rng.choice(some) for _ in range(count)]


def ask(library: Any, text: str) -> tuple[bool, str | None, int]:
    """The three answers, as a user of such a library gets them."""
    number = library.parse(text)
    return library.is_valid_number(number), library.region_code_for_number(number), library.number_type(number)


if __name__ == "__main__":
    main()
