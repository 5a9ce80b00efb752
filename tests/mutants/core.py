"""Changes the core in small ways: does a test notice each of them?

Usage: `core.py CARGO_MUTANTS [--file GLOB]... [--minutes N] [--jobs N]`, with the program that lists the changes;
core.toml says which none can notice. They are woven into one copy of the tree (weave.py), so one build serves all: each
is tried against the unit tests of its file, other quick ones, slow ones, then the fuzz targets. What was noticed stays
in target/mutants/core.json as long as its file has other tests at most, and what was not as long as no file changes.
Exit status 1 when a change went unnoticed that core.toml does not explain, or when none was tried.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weave import CHOOSER, Mutant, Woven, weave

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target" / "mutants"
TREE = OUT / "core"
RESULTS = OUT / "core.json"
_BUILD = ("cargo", "test", "--no-run", "--profile", "mutants", "--lib", "--test", "fuzz", "--message-format=json")
#: Rounds of building, in each of which the compiler refuses some mutants.
_ROUNDS = 30
_MEMORY = 6 << 20
#: Time for a trial, as a multiple of what the unchanged core takes.
_PATIENCE = 8
#: Unit tests that take most of the time: they are run where the others notice nothing.
_SLOW = ("generate::tests::", "engine::tests::records_", "engine::keys::", "engine::panics::", "files::tests::")
UNNOTICED = "unnoticed"
#: Where the tests of a file begin.
_TESTS = b"\n#[cfg(test)]\nmod tests {"


@dataclass
class Tests:
    """The programs that judge, and what they take when nothing is changed."""

    units: Path
    fuzz: Path
    #: The modules that have unit tests.
    modules: set[str]
    #: By stage.
    seconds: dict[str, float] = field(default_factory=dict)

    def stages(self, mutant: Mutant | None) -> Iterator[tuple[str, Path, list[str]]]:
        """What is run, and with which options, until something notices the mutant."""
        quick = [option for name in _SLOW for option in ("--skip", name)]
        if mutant is not None:
            # Not only for speed: the tests nearest to it are those that should notice.
            own = mutant.file.removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::") + "::"
            if any(known.startswith(own) for known in self.modules):
                yield "own", self.units, [own, *quick]
        yield "units", self.units, quick
        yield "slow", self.units, [*_SLOW]
        yield "fuzz", self.fuzz, []

    def run(self, stage: str, program: Path, number: int, only: list[str]) -> str:
        """What happened: an empty string if every test passed."""
        seconds = self.seconds.get(stage if stage != "own" else "units", 30.0)
        limits = f'ulimit -v {_MEMORY} -t {int(_PATIENCE * seconds + 5)}; exec "$@"'
        command = ["bash", "-c", limits, "bash", str(program), "--quiet", "--test-threads=1", *only]
        environment = os.environ | {"MUTANT": str(number), "RUST_BACKTRACE": "0", "RAYON_NUM_THREADS": "1"}
        for _ in range(2):  # whoever stops all of this for a while makes no mutant hang
            try:
                status = subprocess.run(
                    command, cwd=TREE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    check=False, timeout=_PATIENCE * seconds + 5,
                ).returncode  # fmt: skip
            except subprocess.TimeoutExpired:
                continue
            return "" if status == 0 else "fails" if status == 101 else "dies"
        return "hangs"

    def judge(self, mutant: Mutant) -> str:
        """Who notices a mutant first, and how unless a test fails."""
        for stage, program, only in self.stages(mutant):
            if fate := self.run(stage, program, mutant.number, only):
                return stage if fate == "fails" else f"{stage} {fate}"
        return UNNOTICED


def listed(program: Path, *options: str) -> list[dict[str, Any]]:
    """What cargo-mutants would change."""
    command = [str(program), "mutants", "--list", "--json", *options]
    found: list[dict[str, Any]] = json.loads(
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    )
    return found


def copy_tree() -> None:
    """The files that git knows, where they may be changed; what is the same keeps its time, for the compiler's sake."""
    names = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    for name in filter(None, names.split("\0")):
        if name.startswith(("src/", "build", "tests/fuzz", "Cargo", "LICENSE", "README")):
            _write(TREE / name, (ROOT / name).read_bytes())
    # The woven code is nobody's style.
    manifest = (ROOT / "Cargo.toml").read_text().split("[lints.rust]", maxsplit=1)[0]
    _write(TREE / "Cargo.toml", manifest.encode())


def _write(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weave_all(mutants: list[Mutant], refused: dict[int, str], constant: set[str]) -> dict[str, Woven]:
    """Write every file of the core with its mutants, but for those that the compiler refused."""
    woven = {}
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("src/python/"):
            continue
        mine = [one for one in mutants if one.file == name and one.number not in refused]
        woven[name] = weave(path.read_bytes(), mine, constant)
        _write(TREE / name, woven[name].text + (CHOOSER.encode() if name == "src/lib.rs" else b""))
    return woven


def build(mutants: list[Mutant]) -> tuple[Tests, dict[int, str]]:
    """Weave and build until the compiler agrees; which mutants it refused, or could not be woven, and why."""
    refused: dict[int, str] = {}
    constant: set[str] = set()
    environment = {"CARGO_TARGET_DIR": str(OUT / "build"), "RUSTFLAGS": "-Awarnings"} | os.environ
    for _ in range(_ROUNDS):
        woven = weave_all(mutants, refused, constant)
        output = subprocess.run(
            _BUILD, cwd=TREE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
        ).stdout
        messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        errors = [one["message"] for one in messages if one.get("message", {}).get("level") == "error"]
        if not errors:
            programs = {one["target"]["name"]: Path(one["executable"]) for one in messages if one.get("executable")}
            left = {number: why for file in woven.values() for number, why in file.left.items()}
            return _tests(programs["sendworthy"], programs["fuzz"]), refused | left
        known = len(refused) + len(constant)
        for error in errors:
            _refuse(error, woven, refused, constant)
        print(f"the compiler refuses {len(refused)} so far", flush=True)
        if len(refused) + len(constant) == known:
            sys.exit("the woven tree does not compile:\n" + "\n".join(error["rendered"] for error in errors[:5]))
    sys.exit(f"the woven tree does not compile after {_ROUNDS} rounds")


def _refuse(error: dict[str, Any], woven: dict[str, Woven], refused: dict[int, str], constant: set[str]) -> None:
    """Take out what an error is about."""
    name = re.search(r"cannot call non-const .*`(?:[^`]*::)?(\w+)`", error["message"])
    if name and name[1] != "mutant":
        constant.add(name[1])
        return
    for span in error["spans"]:
        if span["is_primary"] and span["file_name"] in woven:
            for number in woven[span["file_name"]].at(span["byte_start"]):
                refused[number] = error["message"]


def _tests(units: Path, fuzz: Path) -> Tests:
    names = subprocess.run([units, "--list", "--format=terse"], check=True, stdout=subprocess.PIPE, text=True).stdout
    # `tables::id::tests::a_name: test` is a test of tables/id.rs.
    modules = {line.split("tests::", maxsplit=1)[0] for line in names.splitlines() if "tests::" in line}
    if gone := [name for name in _SLOW if f"\n{name}" not in f"\n{names}"]:
        sys.exit(f"no tests are named {', '.join(gone)}")
    return Tests(units, fuzz, modules)


def sound(tests: Tests, mutants: list[Mutant]) -> None:
    """Nothing fails while all mutants sleep, and one that must be noticed is."""
    for stage, program, only in tests.stages(None):
        begun = time.monotonic()
        if tests.run(stage, program, 0, only):
            sys.exit(f"{stage}: the unchanged core fails")
        tests.seconds[stage] = time.monotonic() - begun
    sure = [one for one in mutants if one.file == "src/rules/u101_phone_not_e164.rs"]
    if not sure or any(tests.judge(one) == UNNOTICED for one in sure):
        sys.exit("changes to rule U101 are not there or not noticed: they surely must be")
    print(f"unchanged, the tests pass in {sum(tests.seconds.values()):.0f} s", flush=True)


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()


class Results:
    """What became of each mutant, also in earlier runs."""

    def __init__(self) -> None:
        sources = sorted([*(ROOT / "src").rglob("*.rs"), *(ROOT / "tests" / "fuzz").rglob("*.rs")])
        contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sources}
        self._tree = _digest(*contents.values())
        # Another test does not undo what was noticed.
        self._files = {name: _digest(content.split(_TESTS, maxsplit=1)[0]) for name, content in contents.items()}
        self._known: dict[str, list[str]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}

    def _stamp(self, mutant: Mutant, fate: str) -> str:
        return self._tree if fate == UNNOTICED else self._files[mutant.file]

    def get(self, mutant: Mutant) -> str | None:
        """Its fate, unless what it was found in has changed."""
        fate, stamp = self._known.get(mutant.name, ("", ""))
        return fate if fate and stamp == self._stamp(mutant, fate) else None

    def set(self, mutant: Mutant, fate: str) -> None:
        """Keep it."""
        self._known[mutant.name] = [fate, self._stamp(mutant, fate)]

    def save(self) -> None:
        """In one step, so that a run that is killed leaves the file whole."""
        fresh = RESULTS.with_suffix(".new")
        fresh.write_text(json.dumps(self._known, indent=0))
        fresh.replace(RESULTS)


def try_all(tests: Tests, mutants: list[Mutant], results: Results, until: float, jobs: int) -> None:
    """Wake each mutant that was not tried yet, as long as there is time."""
    todo = [one for one in mutants if results.get(one) is None]

    def judge(mutant: Mutant) -> str | None:
        return tests.judge(mutant) if time.monotonic() < until else None

    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(judge, one): one for one in todo}
        for done, future in enumerate(as_completed(running), 1):
            fate = future.result()
            if fate is not None:
                results.set(running[future], fate)
                if fate == UNNOTICED:
                    print(f"unnoticed: {running[future].name}", flush=True)
                if done % 20 == 0 or done == len(todo):
                    results.save()
                    if done % 200 == 0:
                        print(f"{done} of {len(todo)}", flush=True)
    results.save()


def main() -> None:
    """Weave, build, try, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument(
        "--file", action="append", help="a pattern of paths (src/rules/*), the first one first; else the whole core"
    )
    parser.add_argument("--minutes", type=float, default=240.0, help="stop after so long (240)")
    parser.add_argument("--jobs", type=int, default=1, help="how many are tried at once (1)")
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    config = Path(__file__).with_name("core.toml")
    every = [Mutant.of(number, one) for number, one in enumerate(listed(given.program, "--config", str(config)), 1)]
    if shutil.which("cargo") is None or not every:
        sys.exit("nothing to weave")
    OUT.mkdir(parents=True, exist_ok=True)
    copy_tree()
    tests, refused = build(every)
    woven = [one for one in every if one.number not in refused]
    (OUT / "not-woven.json").write_text(
        json.dumps({one.name: refused[one.number] for one in every if one.number in refused}, indent=0)
    )
    print(f"{len(every)} mutants listed, {len(woven)} woven", flush=True)
    sound(tests, woven)
    chosen = [one for pattern in given.file or ("*",) for one in woven if fnmatch.fnmatch(one.file, pattern)]
    chosen = list(dict.fromkeys(chosen))
    results = Results()
    try_all(tests, chosen, results, until, given.jobs)
    fates = Counter(results.get(one) or "not tried" for one in chosen)
    print(dict(fates))
    for one in chosen:
        if results.get(one) == UNNOTICED:
            print(f"  {one.name}")
    if fates[UNNOTICED] or fates["not tried"] == len(chosen):
        sys.exit(f"{fates[UNNOTICED]} unnoticed and unexplained of {len(chosen)}, {fates['not tried']} not tried")


if __name__ == "__main__":
    main()
