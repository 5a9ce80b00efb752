"""The recipes that users copy, run as they stand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import yaml
from recipe_data import RECIPES, new_users, spoiled_users, workplace
from services import needs_postgres, postgres

from tables import channel_rows, read_csv, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.xdist_group("services"),
    pytest.mark.skipif(os.name == "nt", reason="the recipes are for a POSIX shell"),
]


def run(folder: Path, env: dict[str, str], *line: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        list(map(str, line)), cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def told(folder: Path) -> list[dict[str, Any]]:
    """What the stand-in for the Salesforce CLI was asked."""
    log = folder / "sf.log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_every_recipe_is_listed_and_every_listed_one_is_there() -> None:
    files = {
        path.relative_to(RECIPES).as_posix()
        for path in RECIPES.rglob("*")
        if path.suffix in {".sh", ".yml", ".yaml", ".py"}
    }
    text = (RECIPES / "README.md").read_text()
    assert {name for name in files if f"({name})" not in text} == {"duckdb/gate.py"}  # its folder is
    assert len(files) == 8


# Shell ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("users", "channels", "status", "said"),
    [
        (new_users(), "channels.csv", 0, "Sound: load checked"),
        (spoiled_users(), "channels.csv", 1, "send checked/users.rejected.csv back"),
        (new_users(), "absent.csv", 2, "nothing is known of the data"),
    ],
    ids=["sound", "findings", "failed"],
)
def test_gate_tells_by_its_status(tmp_path: Path, users: Any, channels: str, status: int, said: str) -> None:
    env = workplace(tmp_path, users)
    done = run(tmp_path, env, RECIPES / "gate.sh", "users.csv", channels)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert (tmp_path / "checked").exists() is (status < 2)


def test_gate_tells_when_it_is_stopped(tmp_path: Path) -> None:
    env = workplace(tmp_path, new_users())
    os.mkfifo(tmp_path / "slow.csv")
    line = [str(RECIPES / "gate.sh"), "slow.csv", "channels.csv"]
    gate = subprocess.Popen(  # noqa: S603
        line, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with gate, (tmp_path / "slow.csv").open("w") as pipe:  # opens once the check reads
        pipe.write("Id,Name\n")
        pipe.flush()
        time.sleep(1)
        os.killpg(gate.pid, signal.SIGINT)
        _, errors = gate.communicate(timeout=60)
    assert gate.returncode in {130, -signal.SIGINT}, errors
    assert not (tmp_path / "checked").exists()


def test_load_hands_sound_records_over(tmp_path: Path) -> None:
    env = workplace(tmp_path, new_users())
    done = run(tmp_path, env, RECIPES / "load.sh", "users.csv", "channels.csv", "my-org")
    assert done.returncode == 0, done.stderr
    (call,) = told(tmp_path)
    assert call["names"] == [f"User {at}" for at in range(6)]
    assert call["told"] == [
        *["data", "import", "bulk", "--sobject", "MessagingEndUser", "--file", "checked/users.ready.csv"],
        *["--line-ending", "LF", "--column-delimiter", "COMMA", "--target-org", "my-org", "--wait", "60"],
    ]


def test_load_hands_nothing_over_that_is_not_sound(tmp_path: Path) -> None:
    env = workplace(tmp_path, spoiled_users())
    done = run(tmp_path, env, RECIPES / "load.sh", "users.csv", "channels.csv", "my-org")
    assert (done.returncode, told(tmp_path)) == (1, [])
    partial = run(tmp_path, env | {"PARTIAL": "yes"}, RECIPES / "load.sh", "users.csv", "channels.csv", "my-org")
    assert partial.returncode == 1, "somebody still has to look at the rejected one"
    assert [call["names"] for call in told(tmp_path)] == [["User 0", "User 1", "User 2", "User 4", "User 5"]]
    missing = run(tmp_path, env, RECIPES / "load.sh", "users.csv", "absent.csv", "my-org")
    assert (missing.returncode, len(told(tmp_path))) == (2, 1)


def test_load_hands_nothing_over_when_a_header_would_be_refused(tmp_path: Path) -> None:
    env = workplace(tmp_path, [{**row, "Telephone": "x"} for row in spoiled_users()])
    done = run(tmp_path, env | {"PARTIAL": "yes"}, RECIPES / "load.sh", "users.csv", "channels.csv", "my-org")
    assert (done.returncode, told(tmp_path)) == (1, [])


def test_load_tells_when_salesforce_refuses(tmp_path: Path) -> None:
    env = workplace(tmp_path, new_users())
    (tmp_path / "bin" / "sf").write_text("#!/bin/sh\nexit 1\n")
    assert run(tmp_path, env, RECIPES / "load.sh", "users.csv", "channels.csv", "my-org").returncode == 2


@pytest.mark.skipif(
    shutil.which("shellcheck") is None and not os.environ.get("CI"), reason="shellcheck is not installed"
)
def test_shell_recipes_are_clean() -> None:
    done = run(RECIPES, dict(os.environ), "shellcheck", *RECIPES.glob("*.sh"))
    assert done.returncode == 0, done.stdout


# GitHub Actions and pre-commit ---------------------------------------------------------------------------------------


def test_the_workflow_is_valid() -> None:
    done = run(
        RECIPES, dict(os.environ), sys.executable, "-m", "check_jsonschema",
        "--builtin-schema", "vendor.github-workflows", "github-actions.yml",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("sound", [True, False])
def test_the_step_of_the_workflow_checks(tmp_path: Path, sound: bool) -> None:
    env = workplace(tmp_path, new_users())
    data = tmp_path / "data"
    data.mkdir()
    users = user_rows(6)
    if not sound:
        users[3]["MessagingPlatformKey"] = "4155550003"
    write_csv(data / "users.csv", users)
    write_csv(data / "sessions.csv", session_rows(6))
    write_csv(data / "channels.csv", channel_rows())
    steps = yaml.safe_load((RECIPES / "github-actions.yml").read_text())["jobs"]["check"]["steps"]
    (script,) = [step["run"] for step in steps if step.get("name", "").startswith("Check")]
    summary = tmp_path / "summary.md"
    # as GitHub runs it
    done = run(tmp_path, env | {"GITHUB_STEP_SUMMARY": str(summary)}, "bash", "-e", "-o", "pipefail", "-c", script)
    assert done.returncode == (0 if sound else 1), done.stderr
    assert "U101" in summary.read_text() or sound
    assert ("::error" in done.stdout) is not sound
    assert len(read_csv(tmp_path / "checked" / "users.rejected.csv")) == (1 if sound else 2)


def test_the_pre_commit_hook_stops_a_commit(tmp_path: Path) -> None:
    """pre-commit itself, with the hook as it stands but for where the program comes from."""
    env = workplace(tmp_path, new_users()) | {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    pre_commit = (sys.executable, "-m", "pre_commit")
    hooks = RECIPES.parent / ".pre-commit-hooks.yaml"
    for what, file in (("manifest", hooks), ("config", RECIPES / "pre-commit.yaml")):
        assert run(tmp_path, env, *pre_commit, f"validate-{what}", file).returncode == 0
    (hook,) = yaml.safe_load(hooks.read_text())
    (wanted,) = yaml.safe_load((RECIPES / "pre-commit.yaml").read_text())["repos"][0]["hooks"]
    assert wanted["id"] == hook["id"]
    local = {"repo": "local", "hooks": [{**hook, **wanted, "language": "system"}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [local]}))
    fixtures = tmp_path / "tests" / "fixtures"
    fixtures.mkdir(parents=True)
    write_csv(fixtures / "users.csv", user_rows(4))
    write_csv(fixtures / "sessions.csv", session_rows(4))
    write_csv(fixtures / "channels.csv", channel_rows())
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main")
    run(tmp_path, env, *git, "init", "-q")
    run(tmp_path, env, *git, "add", "tests")
    sound = run(tmp_path, env, *pre_commit, "run")
    assert (sound.returncode, "Passed" in sound.stdout) == (0, True), sound.stdout
    write_csv(fixtures / "sessions.csv", [{**row, "MessagingEndUserId": "0PA"} for row in session_rows(4)])
    run(tmp_path, env, *git, "add", "tests")
    spoiled = run(tmp_path, env, *pre_commit, "run")
    assert (spoiled.returncode, "Failed" in spoiled.stdout, "S204" in spoiled.stdout) == (1, True, True), spoiled.stdout


# Databases -----------------------------------------------------------------------------------------------------------


def test_models_in_duckdb_are_checked(tmp_path: Path) -> None:
    import duckdb

    env = workplace(tmp_path, new_users())
    gate = (sys.executable, RECIPES / "duckdb" / "gate.py", "warehouse.duckdb")
    assert run(tmp_path, env, *gate).returncode == 2, "there are no raw tables yet"
    customers = pl.DataFrame(
        {
            "customer_id": range(4),
            "phone": ["+14155550000", " +14155550001 ", "4155550002", "+14155550003"],
            "channel": ["SMS", "SMS", "SMS", "Fax"],
            "customer": ["A", "B", "C", "D"],
            "consent": [None, "ExplicitlyOptedIn", None, None],
        }
    )
    channels = pl.read_csv(tmp_path / "channels.csv", infer_schema=False)
    with duckdb.connect(tmp_path / "warehouse.duckdb") as warehouse:
        for name, frame in (("raw_customers", customers), ("raw_channels", channels)):
            warehouse.register("given", frame)
            warehouse.execute(f"create table {name} as from given")
    done = run(tmp_path, env, *gate)
    assert done.returncode == 1, done.stderr
    assert "2 of 4 users would be rejected" in done.stdout
    with duckdb.connect(tmp_path / "warehouse.duckdb") as warehouse:
        assert warehouse.sql("select Name from users_ready order by 1").fetchall() == [("A",), ("B",)]
        found = warehouse.sql(
            "select \"row\", code from users_findings where severity = 'error' order by all"
        ).fetchall()
        assert (2, "U101") in found
        assert {row for row, _ in found} == {2, 3}
        warehouse.execute("delete from raw_customers where customer_id > 1")
    assert run(tmp_path, env, *gate).returncode == 0


@needs_postgres
def test_a_staging_table_in_postgresql_is_checked(tmp_path: Path) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    env = workplace(tmp_path, new_users())
    with postgres() as server:
        script = (sys.executable, RECIPES / "postgres.py", server.uri)
        failed = run(tmp_path, env, *script)
        assert (failed.returncode, "does not exist" in failed.stderr) == (2, True), failed.stderr
        names = ["phone", "channel_id", "message_type", "customer", "consent"]
        staged = pl.DataFrame([list(row.values()) for row in spoiled_users()], schema=names, orient="row")
        with adbc.connect(server.uri) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("staged_messaging_user", staged.with_row_index("id"), mode="create")
            connection.commit()
        done = run(tmp_path, env, *script)
        assert done.returncode == 1, done.stderr
        with adbc.connect(server.uri) as connection, connection.cursor() as cursor:
            cursor.execute("update staged_messaging_user set phone = '+14155550003' where id = 3")
            connection.commit()
        assert run(tmp_path, env, *script).returncode == 0
    gone = run(tmp_path, env, *script)
    assert (gone.returncode, "The check did not run" in gone.stderr) == (2, True)
    assert len(read_csv(tmp_path / "checked" / "users.ready.csv")) == 7
