"""Which lines of both halves do the tests run?

Usage: `measure_coverage.py [--core PROGRAMS] [PYTEST ARGUMENTS]...`, with the folder that has cargo-llvm-cov. A core is
compiled once more, so that it counts, for its own tests and into a copy of the package in target/coverage; the tests in
Python run with that copy, and what they start is counted, too. Without `--core` the copy has the core that lies in the
package, and only the Python half counts. Reports: core.txt and python.txt in target/coverage, as HTML beside.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target" / "coverage"
PACKAGES = ("sendworthy", "pytest_sendworthy")
#: Tests that measure time, read pages of documentation or need what is not part of the package.
_APART = ("bench", "packaging", "supply_chain", "html_browser", "notebooks", "recipes", "skew")
#: Code that only tests run, and the build.
_NOT_THE_CORE = r"(testing|tests)\.rs$|/build"


def main() -> None:
    """The core's own tests, those in Python, both reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", type=Path, metavar="PROGRAMS", help="measure the core, too")
    given, arguments = parser.parse_known_args()
    shutil.rmtree(OUT / "python", ignore_errors=True)
    if given.core is None:
        copy_package(ROOT / "python" / "sendworthy" / "_core.abi3.so")
        tested = python_tests(dict(os.environ), arguments)
    else:
        environment = counting(given.core)
        _run(["cargo", "test", "--quiet", "--lib"], environment)
        copy_package(build_core(environment))
        tested = python_tests(environment, arguments)
        report(given.core, environment)
    if tested:
        sys.exit(f"the tests in Python ended with status {tested}")


def counting(programs: Path) -> dict[str, str]:
    """The environment in which what cargo builds counts what it runs."""
    path = f"{programs.resolve()}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {
        "PATH": path,
        "CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(OUT / "build")),
    }
    command = [str(programs / "cargo-llvm-cov"), "llvm-cov", "show-env", "--sh", "--no-cfg-coverage"]
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    environment |= dict(re.findall(r"^export (\w+)='?(.*?)'?$", told, flags=re.MULTILINE))
    _run([command[0], "llvm-cov", "clean", "--workspace"], environment)
    return environment


def build_core(environment: dict[str, str]) -> Path:
    """A core that counts."""
    build = ["cargo", "rustc", "--quiet", "--lib", "--features", "python", "--crate-type", "cdylib"]
    _run(build, environment)
    return Path(environment["CARGO_TARGET_DIR"]) / "debug" / "libsendworthy.so"


def copy_package(core: Path) -> None:
    """The package with that core."""
    for package in PACKAGES:
        shutil.copytree(ROOT / "python" / package, OUT / "python" / package, ignore=shutil.ignore_patterns("*.so"))
    shutil.copy2(core, OUT / "python" / "sendworthy" / "_core.abi3.so")


def python_tests(environment: dict[str, str], arguments: list[str]) -> int:
    """Run the tests in Python; the exit status."""
    config = OUT / "coverage.ini"
    config.write_text(
        "[run]\nbranch = true\nparallel = true\npatch = subprocess, fork, _exit\nsigterm = true\n"
        f"data_file = {OUT}/data/python\n"
        f"source = {','.join(str(OUT / 'python' / package) for package in PACKAGES)}\n"
        "[report]\nexclude_also =\n    if TYPE_CHECKING:\n    @overload\n    @abstractmethod\n    \\.\\.\\.$\n"
        # Other systems and other versions of Python run these.
        '    if sys\\.platform == "win32":\n    if sys\\.version_info >= \\(3, 14\\):\n'
    )
    shutil.rmtree(OUT / "data", ignore_errors=True)
    (OUT / "data").mkdir(parents=True)
    environment = environment | {"PYTHONPATH": str(OUT / "python"), "COVERAGE_PROCESS_START": str(config)}
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        f"--rcfile={config}",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += arguments or ["-n", "2", "--dist", "loadgroup"]
    command += [f"--ignore=tests/python/test_{name}.py" for name in _APART]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    # What a process was killed over while it wrote it, as some tests have it, counts for nothing.
    torn = ["-W", "ignore:Couldn't use data file", "-W", "ignore:Data file"]
    _run([sys.executable, *torn, "-m", "coverage", "combine", "-q", f"--rcfile={config}"], environment)
    with (OUT / "python.txt").open("w") as text:
        _run([sys.executable, "-m", "coverage", "report", "-m", f"--rcfile={config}"], environment, text)
    _run(
        [sys.executable, "-m", "coverage", "html", "-q", f"--rcfile={config}", "-d", str(OUT / "html-python")],
        environment,
    )
    print((OUT / "python.txt").read_text().splitlines()[-1], flush=True)
    return status


def report(programs: Path, environment: dict[str, str]) -> None:
    """What was run of the core, by its own tests and those in Python together."""
    tool = [str(programs / "cargo-llvm-cov"), "llvm-cov", "report", "--ignore-filename-regex", _NOT_THE_CORE]
    with (OUT / "core.txt").open("w") as text:
        _run([*tool, "--text", "--show-missing-lines"], environment, text)
    _run([*tool, "--html", "--output-dir", str(OUT / "html-core")], environment)
    _run([*tool, "--json", "--summary-only", "--output-path", str(OUT / "core.json")], environment)
    totals = json.loads((OUT / "core.json").read_text())["data"][0]["totals"]["lines"]
    print(f"core: {totals['covered']} of {totals['count']} lines, {totals['percent']:.1f} %")


def _run(command: list[str], environment: dict[str, str], out: object = None) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=out)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
