"""The fixture ``sendworthy``, as a user's own test run has it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tables import AS_OF, damaged_users, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

HEAD = f"""
import pytest
OPTIONS = dict(users="users.csv", as_of="{AS_OF}", select=["U101", "U205"])
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    write_csv(pytester.path / "users.csv", damaged_users())
    write_csv(pytester.path / "sound.csv", user_rows(20))
    return pytester


def run(project: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    project.makepyfile(HEAD + tests)
    return project.runpytest_subprocess("-p", "pytest_sendworthy", *options)


def failure(result: pytest.RunResult) -> list[str]:
    """What is shown between the test's name and the summary."""
    lines = result.outlines
    first = next(at for at, line in enumerate(lines) if re.fullmatch(r"_+ \S+ _+", line))
    return lines[first + 1 : next(at for at, line in enumerate(lines) if "short test summary" in line)]


def pages(project: pytest.Pytester, name: str = "pages") -> list[Path]:
    return sorted((project.path / name).glob("*"))


def test_sound_data_passes_and_the_report_is_at_hand(project: pytest.Pytester) -> None:
    tests = "def test_it(sendworthy):\n    assert sendworthy.assert_ready(**OPTIONS | {'users': 'sound.csv'}).ok"
    run(project, tests).assert_outcomes(passed=1)


def test_a_failure_tells_verdict_counts_and_masked_samples(project: pytest.Pytester) -> None:
    result = run(project, "def test_it(sendworthy):\n    sendworthy.assert_ready(**OPTIONS)")
    result.assert_outcomes(failed=1)
    told = "\n".join(failure(result))
    assert "Not ready: 2 blocking rules" in told
    assert "U101 phone-not-e164 (error), users: 1 of 20 checked" in told
    assert "U205" in told
    assert "4155550003" not in result.stdout.str()
    assert "gate.py" not in result.stdout.str()


def test_a_failure_has_at_most_40_lines(project: pytest.Pytester) -> None:
    rules = "import sendworthy as sw, polars as pl\nRULES = [sw.Rule(f'X{n:03}', table='users', name=f'own-{n}', "
    rules += "severity='error', message='Wrong.', check=pl.col('Name').is_null()) for n in range(1, 13)]\n"
    tests = rules + "def test_it(sendworthy):\n    sendworthy.assert_ready(rules=RULES, **OPTIONS | {'select': None})"
    lines = failure(run(project, tests, "--sendworthy-html=pages"))
    assert 30 < len(lines) <= 40
    assert any(re.search(r"and \d+ findings of \d+ rules more", line) for line in lines)


@pytest.mark.parametrize(
    ("allow", "passes"),
    [
        ("{'U101': 1, 'U205': '10%'}", True),
        ("{'phone-not-e164': '5%', 'U205': 2}", True),
        ("{'U101': 0, 'U205': 2}", False),
        ("{'U101': '4%', 'U205': 2}", False),
    ],
)
def test_findings_are_allowed_up_to_their_limit(project: pytest.Pytester, allow: str, passes: bool) -> None:
    result = run(project, f"def test_it(sendworthy):\n    sendworthy.assert_ready(**OPTIONS, allow={allow})")
    result.assert_outcomes(passed=passes, failed=not passes)


def test_a_limit_holds_for_warnings_too(project: pytest.Pytester) -> None:
    options = "**OPTIONS, severity={'U': 'warning'}"
    tests = f"""
def test_warnings(sendworthy): sendworthy.assert_ready({options})
def test_strict(sendworthy): sendworthy.assert_ready({options}, fail_on="warning")
def test_limit(sendworthy): sendworthy.assert_ready({options}, allow={{"U101": 0}})
"""
    result = run(project, tests)
    result.assert_outcomes(passed=1, failed=2)
    assert "findings of 1 rule that are not allowed" in result.stdout.str()
    assert "allowed: 0" in result.stdout.str()


@pytest.mark.parametrize(
    "options", ["users='missing.csv'", "**OPTIONS, allow={'U999': 1}", "**OPTIONS, max={'U101': 1}"]
)
def test_an_error_is_told_without_the_way_through_the_package(project: pytest.Pytester, options: str) -> None:
    result = run(project, f"def test_it(sendworthy):\n    sendworthy.assert_ready({options})")
    result.assert_outcomes(failed=1)
    assert re.search("missing.csv|U999|allow, not max", "\n".join(failure(result)))
    assert not re.search(r"(gate|api|pardon)\.py:\d", result.stdout.str())


def test_failing_tests_leave_pages_under_safe_names(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.parametrize("name", ["../../etc", "a b/<c>:*?", "x" * 300 + "1", "x" * 300 + "2", "\\u202e\\U0001f600"])
def test_it(sendworthy, name, monkeypatch, tmp_path):
    sendworthy.assert_ready(**OPTIONS | {"users": "sound.csv"})
    with pytest.raises(pytest.fail.Exception):
        sendworthy.assert_ready(**OPTIONS)
    users = str(__import__("pathlib").Path("users.csv").absolute())
    monkeypatch.chdir(tmp_path)
    sendworthy.assert_ready(**OPTIONS | {"users": users})

def test_expected(sendworthy):
    with pytest.raises(pytest.fail.Exception):
        sendworthy.assert_ready(**OPTIONS)
"""
    result = run(project, tests, "--sendworthy-html=pages", "-n2")
    result.assert_outcomes(passed=1, failed=5)
    names = [path.name for path in pages(project)]
    assert len(names) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,120}\.html", name) for name in names)
    assert all(name in result.stdout.str() for name in names)
    assert all("<html" in path.read_text() and "4155550003" not in path.read_text() for path in pages(project))


def test_no_page_is_written_unless_asked(project: pytest.Pytester) -> None:
    run(project, "def test_it(sendworthy):\n    sendworthy.assert_ready(**OPTIONS)").assert_outcomes(failed=1)
    assert list(project.path.rglob("*.html")) == []


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest; import pytest_sendworthy; print(*(sys.modules.keys() & {'polars', 'sendworthy', 'rich'}))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert told.stdout.strip() == ""


_LEAKS = """
@pytest.fixture
def users():
    import json, pathlib
    return json.loads(pathlib.Path("users.json").read_text())

def test_findings(sendworthy, users):
    sendworthy.assert_ready(users=users)

def test_helper(sendworthy, users):
    def helper(given):
        sendworthy.assert_ready(users=given)
    helper(users)

def test_rule(sendworthy, users):
    sendworthy.assert_ready(users=users, select="U999")

def test_column(sendworthy, users):
    sendworthy.assert_ready(users=[{"Phone": user["MessagingPlatformKey"]} for user in users])

def test_argument(sendworthy, users):
    sendworthy.assert_ready(users=users, asof="now")
"""


@pytest.mark.parametrize("options", [[], ["--showlocals", "--tb=long", "-vv"], ["-n", "2", "--tb=short"]], ids=" ".join)
def test_no_failure_shows_values_that_tests_hold(project: pytest.Pytester, options: list[str]) -> None:
    (project.path / "users.json").write_text(json.dumps(damaged_users()))
    result = run(project, _LEAKS, *options)
    result.assert_outcomes(failed=5)
    told = result.stdout.str() + result.stderr.str()
    shown = [value for row in damaged_users() for value in (row["MessagingPlatformKey"], row["Name"]) if value in told]
    assert shown == []
    assert "'***03'" in told  # the samples are there
    assert "no rule has the code, name or prefix 'U999'" in told
    assert "assert_ready got an unexpected keyword argument 'asof'" in told
    name = next(project.path.glob("test_*.py")).name
    asked = [
        f"{name}:{at}"
        for at, line in enumerate((project.path / name).read_text().splitlines(), 1)
        if ".assert_" in line
    ]
    assert len(asked) == 5
    assert [place for place in asked if f" {place} " not in told] == []


def test_other_failures_are_shown_as_ever(project: pytest.Pytester) -> None:
    tests = (
        "def test_it(sendworthy):\n    sendworthy.assert_ready(**OPTIONS | {'users': 'sound.csv'})\n    assert 1 == 2"
    )
    result = run(project, tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">   *assert 1 == 2", "E   *assert 1 == 2"])


def test_a_directory_that_is_none_is_refused_before_the_tests(project: pytest.Pytester) -> None:
    (project.path / "taken").touch()
    result = run(project, "def test_it():\n    raise SystemExit", "--sendworthy-html=taken")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --sendworthy-html=taken: *; give a directory that can be written to"])


def test_a_page_that_cannot_be_written_ends_nothing(project: pytest.Pytester) -> None:
    tests = """
def test_it(sendworthy):
    import pathlib
    pathlib.Path("pages").rmdir()
    sendworthy.assert_ready(**OPTIONS)

def test_after():
    pass
"""
    result = run(project, tests, "--sendworthy-html=pages")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["Not ready: *", "not written: *pages*"])
