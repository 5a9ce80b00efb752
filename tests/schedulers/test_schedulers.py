"""The recipes for Airflow and Dagster, run by them. `make test-recipes` makes their environment."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from recipe_data import RECIPES, new_users, spoiled_users, workplace

from tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run = subprocess.CompletedProcess[str]
PYTHON = os.environ.get("RECIPES_PYTHON", "")


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter that has the schedulers."""
    assert PYTHON, "set RECIPES_PYTHON, or use make test-recipes"
    return PYTHON


def start(line: list[str], env: dict[str, str], folder: Path) -> Run:
    return subprocess.run(line, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603


def loaded(folder: Path) -> list[list[str]]:
    """The names in each file that the stand-in for the Salesforce CLI took."""
    log = folder / "sf.log"
    return [json.loads(line)["names"] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture(scope="module")
def airflow(python: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Callable[[], Run], Path]:
    """Runs the DAG as `airflow dags test` does, which is dag.test(), in a home of its own."""
    folder = tmp_path_factory.mktemp("airflow")
    env = workplace(folder, new_users()) | {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(RECIPES / "schedulers"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MESSAGING_FOLDER": str(folder),
        "MESSAGING_ORG": "my-org",
    }
    migrated = start([python, "-m", "airflow", "db", "migrate"], env, folder)
    assert migrated.returncode == 0, migrated.stderr
    line = [python, "-m", "airflow", "dags", "test", "load_messaging_users", "--dagfile-path"]
    return lambda: start([*line, str(RECIPES / "schedulers" / "airflow_dag.py")], env, folder), folder


def test_airflow_loads_sound_users_and_stops_at_findings(airflow: tuple[Callable[[], Run], Path]) -> None:
    run, folder = airflow
    sound = run()
    assert "state=success" in sound.stdout + sound.stderr, sound.stdout + sound.stderr
    assert loaded(folder) == [[f"User {at}" for at in range(6)]]
    write_csv(folder / "users.csv", spoiled_users())
    spoiled = run()
    text = spoiled.stdout + spoiled.stderr
    assert "state=failed" in text, text
    assert "1 of 6 users would be rejected" in text, "the verdict is in the log of the task"
    assert "Not ready: see" in text
    assert len(loaded(folder)) == 1, "nothing more was handed over"


_DAGSTER = """
import json, sys
import dagster as dg
sys.path.insert(0, sys.argv[1])
import dagster_assets as recipe
result = recipe.defs.get_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)
(check,) = result.get_asset_check_evaluations()
made = [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]
metadata = {name: value.value for name, value in check.metadata.items()}
print("RESULT", json.dumps([result.success, check.passed, made, metadata], default=str))
"""


@pytest.mark.parametrize("sound", [True, False])
def test_dagster_makes_nothing_of_users_that_are_not_sound(python: str, tmp_path: Path, sound: bool) -> None:
    env = workplace(tmp_path, new_users() if sound else spoiled_users())
    env |= {"MESSAGING_FOLDER": str(tmp_path), "DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "1"}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    done = start([python, "-c", _DAGSTER, str(RECIPES / "schedulers")], env, tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    success, passed, made, metadata = _read(line)
    assert (success, passed) == (sound, sound)
    assert made == (["messaging_users", "users_to_load"] if sound else ["messaging_users"])
    assert (metadata["ready"], metadata["rejected"]) == ((6, 0) if sound else (5, 1))
    assert metadata.get("U101 phone-not-e164", 0) == (0 if sound else 1)


def _read(line: str) -> Any:
    return json.loads(line.removeprefix("RESULT "))
