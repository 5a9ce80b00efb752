"""The benchmark's harness: nothing that was not measured holds, and no contender takes the others down."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
MODULES = ("bounds", "cases", "contenders", "contenders.reading", "data", "document", "machine", "run", "turns")


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    """The harness's modules, which are on no path otherwise."""
    sys.path.insert(0, str(BENCH))
    try:
        return {name: __import__(name, fromlist=["*"]) for name in MODULES}
    finally:
        sys.path.remove(str(BENCH))
        for name in MODULES:
            sys.modules.pop(name, None)


def says(code: str) -> list[str]:
    return ["-c", code]


def test_bounds_are_about_cases_that_run(bench: dict[str, Any]) -> None:
    run, bounds = bench["run"], bench["bounds"]
    for section, plans in (("full", run.full_plans(100)), ("small", run.small_plans(100))):
        named = [(bound.case, bound.measure) for bound in bounds.read_bounds(section)]
        assert len(set(named)) == len(named)
        assert {case for case, _ in named} <= set(plans) <= set(bench["cases"].CASES)
    assert {bound.case for bound in bounds.read_bounds("small")} == set(run.GUARDED)


def test_what_was_not_measured_does_not_hold(bench: dict[str, Any]) -> None:
    bounds = bench["bounds"]
    at_least = bounds.Bound("a", "b", "c", more=True, limit=2.0, aim=3.0)
    at_most = bounds.Bound("a", "b", "c", more=False, limit=2.0, aim=1.0)
    assert [at_least.kept(value) for value in (None, 1.9, 2.0, 2.1)] == [False, False, True, True]
    assert [at_most.kept(value) for value in (None, 1.9, 2.0, 2.1)] == [False, True, True, False]
    assert [at_least.aimed(value) for value in (None, 2.9, 3.0)] == [False, False, True]
    assert bench["document"].MISSED in bench["document"].verdicts({}, [at_most])


def test_recording_changes_the_recorded_ratio_alone(
    bench: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = bench["bounds"]
    before = bounds.FILE.read_text(encoding="utf-8")
    copy = tmp_path / "bounds.toml"
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(bounds, "FILE", copy)
    bounds.record({"memory": {"polars / eleven rules": 12.344}, "parquet": {"peak MB": 1.0}})
    after = copy.read_text(encoding="utf-8")
    changed = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [new for _, new in changed] == ["recorded = 12.3"]
    (guard,) = [bound for bound in bounds.read_bounds("small") if bound.case == "memory"]
    assert guard.more
    assert guard.limit < guard.recorded == 12.3
    assert all(bound.limit > bound.recorded for bound in bounds.read_bounds("small") if not bound.more)


def test_a_contender_that_fails_is_out_and_the_others_go_on(bench: dict[str, Any]) -> None:
    turns = bench["turns"]
    good = 'print(\'{"seconds": 1.0, "cpu": 0.5}\')'
    contenders = {
        "good": turns.Contender("good", says(good)),
        "inner": turns.Contender("inner", says(good), inner=True),
        "broken": turns.Contender("broken", says("raise SystemExit('no data')")),
        "silent": turns.Contender("silent", says("")),
        "killed": turns.Contender("killed", says("import os; os.abort()")),
        "slow": turns.Contender("slow", says("while True: pass")),
        "absent": turns.Contender("absent", says(good), python="no/such/python"),
    }
    turns.take_turns(list(contenders.values()), runs=2, limit=1.5)
    assert len(contenders["good"].runs) == len(contenders["inner"].runs) == 2
    assert contenders["inner"].runs[0].seconds == 1.0
    assert contenders["good"].runs[0].seconds != 1.0
    assert contenders["good"].peak > 1
    assert "no data" in contenders["broken"].failure
    assert contenders["slow"].failure == "over 2 s"
    assert all(contenders[name].failure for name in ("silent", "killed", "absent"))
    assert turns.ratio(contenders["good"], contenders["slow"], "seconds") is None
    assert turns.ratio(contenders["inner"], contenders["inner"], "cpu") == 1.0


def test_other_counts_and_no_counts_are_problems(bench: dict[str, Any]) -> None:
    cases, turns = bench["cases"], bench["turns"]

    def problems(ours: dict[str, int], theirs: dict[str, int]) -> list[str]:
        by = {cases.EVERY: turns.Contender(cases.EVERY, []), cases.DUCKDB: turns.Contender(cases.DUCKDB, [])}
        for contender, counts in zip(by.values(), (ours, theirs), strict=True):
            contender.runs = [turns.Run(1.0, 1.0, 1.0, {"counts": counts})]
        outcome = cases.Outcome("")
        cases.require_equal_counts(outcome, by)
        return outcome.problems

    equal = dict.fromkeys(bench["contenders"].ELEVEN, 7)
    assert problems({**equal, "U999": 1}, equal) == []
    assert "'S301': 6" in problems(equal, {**equal, "S301": 6})[0]
    assert problems(equal, {})
    assert "nothing" in problems({**equal, "U101": 0}, {**equal, "U101": 0})[0]


def test_a_script_that_is_not_there_is_a_problem(bench: dict[str, Any]) -> None:
    outcome = bench["cases"].script("no_such.py", "?")(bench["cases"].Plan(0))
    assert outcome.problems == ["tests/bench/no_such.py is not there"]


@pytest.mark.parametrize(
    ("printed", "status", "measures", "problems"),
    [
        ('{"case": "a", "ratios": {"b": 2}, "figures": {"c": 3, "d": "e"}}', 0, {"b": 2.0, "c": 3.0}, 0),
        ('{"case": "a", "b": {"c": 2, "d": true}}', 0, {"b c": 2.0}, 0),
        ('{"case": "a", "ratios": {"b": 2}}', 1, {"b": 2.0}, 1),
        ('{"case": "a", "ratios": {"b": 2}}', 2, {}, 1),
        ('{"case": "a", "ratios": {}}', 0, {}, 1),
        ("no figures", 0, {}, 1),
    ],
)
def test_what_a_script_prints(  # noqa: PLR0913, PLR0917  (the columns of the table)
    bench: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    printed: str,
    status: int,
    measures: dict[str, float],
    problems: int,
) -> None:
    cases = bench["cases"]
    (tmp_path / "some.py").write_text(f"print('before')\nprint({printed!r})\nraise SystemExit({status})\n")
    monkeypatch.setattr(cases, "HERE", tmp_path)
    outcome = cases.script("some.py", "?")(cases.Plan(0))
    assert outcome.measures == measures
    assert len(outcome.problems) == problems


def test_cases_that_a_script_tells_of_become_one_table(
    bench: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, document, page = bench["cases"], bench["document"], tmp_path / "page.md"
    said = {"one rep": {"growth": 2.0, "MB": 1234.5}, "no ids": {"growth": 3, "MB": 7}}
    code = f"import json; print(json.dumps({said})); raise SystemExit('worse than allowed: no ids')"
    (tmp_path / "some.py").write_text(code)
    monkeypatch.setattr(cases, "HERE", tmp_path)
    outcome = cases.script("some.py", "Keys")(cases.Plan(0))
    assert outcome.measures == {"one rep growth": 2, "one rep MB": 1234.5, "no ids growth": 3, "no ids MB": 7}
    page.write_text(f"{document.BEGIN}{document.END}")
    facts = {"date": "today", "sendworthy": "1", "load before": "0"}
    document.publish(page, {"keys": {**dataclasses.asdict(outcome), "turns": 0, "facts": facts}}, [])
    table = "| case | growth | MB |\n|---|---|---|\n| one rep | 2 | 1,234 |\n| no ids | 3 | 7 |\n\n"
    assert f"{table}**Problem**: some.py: worse" in page.read_text()


def test_every_contender_counts_the_same_and_the_page_is_written(bench: dict[str, Any], tmp_path: Path) -> None:
    document, page = bench["document"], tmp_path / "page.md"
    page.write_text(f"before\n{document.BEGIN}\nfigures of yesterday\n{document.END}\nafter\n", encoding="utf-8")
    command = [sys.executable, str(BENCH / "run.py"), "--rows", "20000", "--runs", "1", "--publish", "page.md"]
    command += ["--case", "parquet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    faults = [line for line in done.stderr.splitlines() if line.startswith(("missed: ", "parquet: "))]
    assert all(line.startswith("missed: ") for line in faults), done.stderr  # small files are all start-up
    assert (done.returncode == 1) == bool(faults)
    results = json.loads((tmp_path / "target/bench/results.json").read_text(encoding="utf-8"))
    assert [name for name, case in results.items() if case["problems"] or not case["measures"]] == []
    assert not any("failure" in row for case in results.values() for row in case["rows"])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "yesterday" not in text
    assert "| DuckDB, eleven rules |" in text
