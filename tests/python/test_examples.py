"""The typed examples run; `make lint` shows them to mypy and pyright."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sendworthy as sw

FOLDER = Path(__file__).parents[1] / "examples"
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(sw.__file__).parents[1]), *sys.path])}


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_ENVIRONMENT)  # noqa: S603  (ours)


def test_files_are_checked(tmp_path: Path) -> None:
    made = ["--users", "300", "--sessions", "300", "--seed", "2", "--defect-rate", "0.2"]
    assert _run("-m", "sendworthy", "generate", str(tmp_path), *made).returncode == 0
    done = _run(str(FOLDER / "check_files.py"), str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "error, " in done.stdout
    assert done.stdout.endswith("True\n")
    assert (tmp_path / "mended" / "changes.csv").exists()


def test_expressions_and_own_rules() -> None:
    done = _run(str(FOLDER / "expressions.py"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("'e164': '+14155550123'") == 2
    assert done.stdout.splitlines()[1] == "[None]"


def test_the_fixture_has_a_type() -> None:
    done = _run("-m", "pytest", "-q", "-p", "pytest_sendworthy", "-c", os.devnull, str(FOLDER / "fixture_with_type.py"))
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_every_example_is_run() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert all(path.name in here for path in FOLDER.glob("*.py"))
    assert len(list(FOLDER.glob("*.py"))) == 3
