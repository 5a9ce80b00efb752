"""Changes the Python half in small ways, one after the other: does a test notice each of them?

Usage: `run.py PROGRAMS [--module NAME]... [--minutes N]`, with the folder that has cosmic-ray. It works on a copy in
target/mutants; python.toml names the modules, as `sendworthy/writing`, and their tests.
Exit status 1 when a change that python.toml does not explain went unnoticed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target" / "mutants"
TREE = OUT / "tree"
#: Operators whose mutants tell nothing: unions in annotations are never evaluated, sums that become shifts fail at
#: once, and identity of numbers and strings is the interpreter's affair.
_EXCLUDED = (
    "core/ReplaceBinaryOperator_BitOr_",
    "core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|BitAnd_BitOr)",
    "core/ReplaceComparisonOperator_(Eq|NotEq)_(?!NotEq$|Eq$)",
    "core/ReplaceComparisonOperator_(Lt|LtE|Gt|GtE)_(Is|IsNot)$",
    "core/ReplaceUnaryOperator_.*_(UAdd|Invert)$",
)
#: Imports for annotations alone, which nothing evaluates.
_FOR_TYPES = "if TYPE_CHECKING:"
#: A change that makes the tests take so many times as long, and a minute, has made them hang.
_PATIENCE, _MINUTE = 10, 60


def copy_tree() -> None:
    """The files that git knows, and the compiled core, where they may be changed."""
    names = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    shutil.rmtree(TREE, ignore_errors=True)
    for name in (*filter(None, names.split("\0")), "python/sendworthy/_core.abi3.so"):
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def begin(module: str, tests: list[str], programs: Path) -> Path:
    """Find the mutants of a module; where they and their fates are kept."""
    paths = " ".join(f"tests/python/test_{name}.py" for name in tests)
    config, session = _config(module), _config(module).with_suffix(".sqlite")
    session.unlink(missing_ok=True)
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:xdist {paths}"
    # The tests have to pass on what is not changed, or every change would seem noticed. What Python compiles meanwhile
    # is kept, but of the module that is changed: a change may be of the same size, and made within the same second.
    began = time.monotonic()
    subprocess.run(command.split(), cwd=TREE, env=_environment(), check=True, stdout=subprocess.DEVNULL)
    seconds = _MINUTE + _PATIENCE * (time.monotonic() - began)
    source = TREE / "python" / f"{module}.py"
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*"):
        compiled.unlink()
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "python/{module}.py"\ntimeout = {seconds:.1f}\nexcluded-modules = []\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(_EXCLUDED)}\n"
    )
    _run(programs / "cosmic-ray", "init", str(config), str(session))
    _run(programs / "cr-filter-operators", str(session), str(config))
    return session


def _config(module: str) -> Path:
    return OUT / f"{module.replace('/', '.')}.toml"


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(TREE / "python")}


def _run(program: Path, *arguments: str, seconds: float | None = None) -> str:
    environment = _environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(program), *arguments]
    return subprocess.run(
        command, cwd=TREE, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=seconds
    ).stdout


def try_all(module: str, session: Path, programs: Path, until: float) -> None:
    """Run the tests against each mutant, as long as there is time."""
    name = f"python/{module}.py"
    try:
        _run(
            programs / "cosmic-ray", "--verbosity", "ERROR", "exec", str(_config(module)), str(session),
            seconds=max(1.0, until - time.monotonic()),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f"{module}: out of time", flush=True)
    finally:
        shutil.copy2(ROOT / name, TREE / name)


def fates(session: Path, programs: Path) -> tuple[Counter[str], list[dict[str, str]]]:
    """How many mutants were killed, survived, or were not tried; and the survivors with the line they changed."""
    count: Counter[str] = Counter()
    left = []
    for line in _run(programs / "cosmic-ray", "dump", str(session)).splitlines():
        item, result = json.loads(line)
        if result is not None and result["worker_outcome"] == "skipped":
            continue
        fate = "not tried" if result is None else result["test_outcome"] or "killed"
        count[fate] += 1
        if fate == "survived":
            change = _change(result["diff"].splitlines())
            if change["line"] == _FOR_TYPES:
                count[fate] -= 1
                continue
            mutation = item["mutations"][0]
            left.append({"operator": mutation["operator_name"].removeprefix("core/")} | change)
    return count, left


def _change(diff: list[str]) -> dict[str, str]:
    gone = [text for line in diff if line.startswith("-") and not line.startswith("---") and (text := line[1:].strip())]
    come = [text for line in diff if line.startswith("+") and not line.startswith("+++") and (text := line[1:].strip())]
    return {"line": gone[0] if gone else "", "becomes": come[0] if come else ""}


def main() -> None:
    """Each module, then what no test noticed and nobody explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path)
    parser.add_argument("--module", action="append", help="of python.toml; else all of them")
    parser.add_argument("--minutes", type=float, default=120.0, help="stop after so long (120)")
    given = parser.parse_args()
    modules: dict[str, Any] = tomllib.loads((Path(__file__).with_name("python.toml")).read_text())["modules"]
    until = time.monotonic() + 60 * given.minutes
    OUT.mkdir(parents=True, exist_ok=True)
    copy_tree()
    unexplained, tried = [], 0
    for module in given.module or modules:
        session = begin(module, modules[module]["tests"], given.programs)
        try_all(module, session, given.programs, until)
        count, left = fates(session, given.programs)
        reasons = {(one["line"], one["becomes"]) for one in modules[module].get("equivalent", ())}
        fresh = [one for one in left if (one["line"], one["becomes"]) not in reasons]
        print(f"{module}: {dict(sorted(count.items()))}, {len(left) - len(fresh)} explained", flush=True)
        for one in fresh:
            print(f"  {one['operator']}\n    - {one['line']}\n    + {one['becomes']}", flush=True)
        unexplained += fresh
        tried += count["killed"] + count["survived"]
    if unexplained or not tried:
        sys.exit(f"{tried} mutants tried, {len(unexplained)} unnoticed and unexplained")
    print(f"{tried} mutants tried, all noticed or explained")


if __name__ == "__main__":
    main()
