"""What sendworthy is made of, and what makes it: licences, sources, pins with hashes, workflows, the promise of safety.

Advisories need a database from the network: `make audit` and .github/workflows/audit.yml ask for them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import third_party
import versions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
DENY = (ROOT / "deny.toml").read_text()
PINNED = [
    "requirements-dev",
    "tests/bench/requirements",
    "tests/packaging/requirements",
    "tests/schedulers/requirements",
]


def run(tool: str, *arguments: str) -> tuple[int, str]:
    """Exit status of a tool of the development environment, and all that it says."""
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


def deny(config: str, folder: Path) -> tuple[int, str]:
    """What cargo-deny says of the locked crates by a configuration; it may fetch crates of other platforms."""
    path = folder / "deny.toml"
    path.write_text(config)
    # Not --offline: a machine that has built for itself alone lacks the crates of other platforms.
    return run("cargo-deny", "--locked", "--config", str(path), "check", "licenses", "bans", "sources")


def test_crates_have_the_licences_and_sources_that_are_allowed(tmp_path: Path) -> None:
    assert deny(DENY, tmp_path) == (0, "bans ok, licenses ok, sources ok\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('    "MIT",\n', ""), "error[rejected]: failed to satisfy license requirements"),
        (('    "MIT",\n', '    "MIT",\n    "MPL-2.0",\n'), "license was not encountered"),
        (('{ crate = "tokio"', '{ crate = "rayon"'), "crate 'rayon = "),
        (("https://github.com/rust-lang/crates.io-index", "https://example.com"), "error[source-not-allowed]"),
    ],
    ids=["licence that is not allowed", "licence that nothing has", "crate that is banned", "source that is unknown"],
)
def test_crates_that_are_not_allowed_are_refused(change: tuple[str, str], told: str, tmp_path: Path) -> None:
    assert change[0] in DENY
    status, said = deny(DENY.replace(*change), tmp_path)
    assert status
    assert told in said


def test_the_same_licences_are_allowed_wherever_they_are_named() -> None:
    allowed = {name.partition(" WITH ")[0] for name in tomllib.loads(DENY)["licenses"]["allow"]}
    assert allowed == set(third_party._TAKEN)  # noqa: SLF001


def test_every_crate_is_of_the_registry_and_has_a_checksum() -> None:
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    foreign = [one for one in packages if one["name"] != "sendworthy"]
    assert len(foreign) == len(packages) - 1 > 100
    assert {one["source"] for one in foreign} == {"registry+https://github.com/rust-lang/crates.io-index"}
    assert all(re.fullmatch("[0-9a-f]{64}", one["checksum"]) for one in foreign)


def locked(path: Path) -> dict[str, set[str]]:
    """The versions of each package in a lock, which must have nothing but packages with hashes of every file."""
    found: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=\S)", path.read_text().strip()):
        first, *hashes = block.replace("\\\n", "\n").splitlines()
        requirement = Requirement(first.strip())
        assert hashes, first
        assert all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}\s*", line) for line in hashes), first
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize("name", PINNED)
def test_what_is_installed_is_pinned_with_hashes(name: str) -> None:
    held = locked(ROOT / f"{name}.lock")
    asked = [Requirement(line) for line in (ROOT / f"{name}.txt").read_text().split()]
    assert asked
    for one in asked:
        assert held.get(canonicalize_name(one.name)) == {str(one.specifier).removeprefix("==")}, "stale: run make lock"
    assert len(held) >= len(asked)


def test_the_makefile_installs_nothing_that_is_not_pinned() -> None:
    text = (ROOT / "Makefile").read_text()
    assert len(re.findall(r"/\$\(INSTALL\) \$<$", text, flags=re.MULTILINE)) == len(PINNED)
    assert text.count("pip install") == 1
    (locks,) = re.findall(r"^LOCKS := ((?:.*\\\n)*.*)$", text, flags=re.MULTILINE)
    assert sorted(re.findall(r"\S+\.lock", locks)) == sorted(f"{name}.lock" for name in PINNED)


def test_every_library_that_is_promised_has_a_lowest_version_that_the_newest_in_use_exceeds() -> None:
    held = locked(ROOT / "requirements-dev.lock")
    promised = versions.promised()
    assert {one.name for one in promised} >= {"polars", "pandas", "pyarrow", "duckdb", "click", "rich"}
    for one in promised:
        assert re.fullmatch(r"\d+\.\d+\.\d+", versions.lowest_of(one)), one
        assert all(one.specifier.contains(version) for version in held[canonicalize_name(one.name)])
    assert len(versions.pinned(versions.TOOLS)) == len(versions.TOOLS)
    assert all((ROOT / "tests" / "python" / f"test_{name}.py").exists() for name in versions.TESTS)


def test_explained_mutants_are_of_lines_that_are_still_there() -> None:
    modules = tomllib.loads((ROOT / "tests/mutants/python.toml").read_text())["modules"]
    for name, about in modules.items():
        source = (ROOT / "python" / f"{name}.py").read_text()
        lines = {line.strip() for line in source.splitlines()}
        assert about["tests"]
        assert all((ROOT / "tests" / "python" / f"test_{test}.py").exists() for test in about["tests"])
        for one in about.get("equivalent", ()):
            assert one["line"] in lines
            assert one["why"]
    core = tomllib.loads((ROOT / "tests/mutants/core.toml").read_text())
    files = [path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.rs")]
    for pattern in core["exclude_re"]:
        path = pattern.partition(":")[0]
        assert any(re.fullmatch(path, file) for file in files), path


def test_workflows_do_what_they_say() -> None:
    given = sorted(map(str, WORKFLOWS.glob("*.yml")))
    assert len(given) == 3
    assert run("jactionlint", *given) == (0, "")


def test_workflows_give_nothing_away() -> None:
    status, said = run("zizmor", "--offline", "--no-progress", "--persona=pedantic", str(WORKFLOWS))
    assert status == 0, said
    assert "No findings to report" in said


def test_workflows_with_a_fault_are_refused(tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / "bad.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "name: bad\non: pull_request_target\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }} ${{ githbu.sha }}\n"
    )
    status, said = run("jactionlint", str(path))
    assert status
    assert "githbu" in said
    status, said = run("zizmor", "--offline", "--no-progress", str(path))
    assert status
    assert "dangerous-triggers" in said
    assert "template-injection" in said
