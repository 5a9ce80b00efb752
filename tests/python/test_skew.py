"""Keys under skew: no rule that looks across records may go quadratic."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
import sendworthy as sw

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from skewed import AS_OF, CASES, Tables

ROWS = 40_000
TIMES = 4
"""A rule that is quadratic takes sixteen times as long for four times the records, one in proportion four times."""
MOST = 9.0


def cpu(tables: Tables) -> float:
    """CPU seconds of a check in all threads: the least of three, since other work only adds."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF)
        report = sw.check(**tables, as_of=AS_OF, select=["C", "U", "W", "S", "P"])
        after = resource.getrusage(resource.RUSAGE_SELF)
        assert report.counts["checked"].sum() > 0
        assert report.counts["rows"].sum() > 0
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(seconds)


@pytest.mark.parametrize("name", CASES)
def test_time_follows_the_number_of_records(name: str) -> None:
    """Whatever the keys are."""
    once, more = (cpu(CASES[name](rows)) for rows in (ROWS, ROWS * TIMES))
    assert more < once * MOST, f"{name}: {once:.3f} s for {ROWS:,} records, {more:.3f} s for {TIMES} times as many"


def test_all_duplicates_are_told_of_one_record() -> None:
    """Every finding names the first record, and none of them is left out."""
    rows = 100_000
    report = sw.check(**CASES["one address"](rows), as_of=AS_OF, select=["U206"])
    found = report.findings
    assert found["row"].to_list() == list(range(1, rows))
    assert found["related_row"].unique().to_list() == [0]
    assert found["related_id"].unique().to_list() == ["0PA000000000000"]
