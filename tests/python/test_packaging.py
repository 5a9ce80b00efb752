"""What is shipped: the workflows that build it, and the checks of what they built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WHEELS = {"manylinux-x86_64", "manylinux-aarch64", "musllinux-x86_64", "macos-x86_64", "macos-arm64", "windows-x64"}


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return loaded


def steps(of: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in of["jobs"].values() for step in job["steps"]]


def test_workflows_follow_the_schema_of_github() -> None:
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "wheels.yml"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_read_and_only_publishing_may_prove_who_it_is(path: Path) -> None:
    of = workflow(path.name)
    assert of["permissions"] == {"contents": "read"}
    granted = {name: job["permissions"] for name, job in of["jobs"].items() if "permissions" in job}
    assert granted == ({"publish": {"id-token": "write"}} if path.name == "wheels.yml" else {})
    used = [step["uses"] for step in steps(of) if "uses" in step]
    assert used
    assert [name for name in used if not re.search(r"@(release/)?v\d+$|@[0-9a-f]{40}$", name)] == []
    text = path.read_text()
    assert "secrets." not in text
    assert "password" not in text


def test_the_ci_runs_what_developers_run_with_the_rust_that_the_crate_asks_for() -> None:
    of = workflow("ci.yml")
    assert ".ci/run" in [step.get("run") for step in steps(of)]
    (asked,) = re.findall(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(), flags=re.MULTILINE)
    assert of["jobs"]["everything"]["container"] == f"rust:{asked}-trixie"


def test_every_platform_has_a_wheel_that_is_examined_and_tags_alone_publish() -> None:
    jobs = workflow("wheels.yml")["jobs"]
    assert {one["name"] for one in jobs["wheel"]["strategy"]["matrix"]["include"]} == WHEELS
    for name in ("wheel", "sdist"):
        assert any("tests/packaging/check_wheel.py dist/*" in step.get("run", "") for step in jobs[name]["steps"])
    assert set(jobs["publish"]["needs"]) == {"wheel", "sdist"}
    assert "refs/tags/v" in jobs["publish"]["if"]
