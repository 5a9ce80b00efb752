"""Is what we ship complete, small and installable?

Usage: `check_wheel.py` builds wheel and sdist into target/wheels, examines both, builds the wheel once more from the
unpacked sdist in a new environment, and runs a check with what was installed. `check_wheel.py FILE...` only examines
files that are there already, and needs nothing but Python.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target" / "wheels"
MOST_BYTES = 5_000_000
LICENCES = ("LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.md")
PACKAGES = ("sendworthy", "pytest_sendworthy")
#: What a wheel cannot do without, beside the modules.
DATA = (
    "sendworthy/py.typed",
    "sendworthy/_core.pyi",
    "pytest_sendworthy/py.typed",
)
TEMPLATES = ("sendworthy/outputs/html/*.j2", "sendworthy/outputs/html/*.css")
SOURCE = ("Cargo.toml", "Cargo.lock", "build.rs", "pyproject.toml", "README.md", "PKG-INFO", *LICENCES)
SOURCE_FOLDERS = ("build", "src", "python")
ENTRY_POINTS = (
    ("console_scripts", "sendworthy", "sendworthy.__main__:main"),
    ("pytest11", "pytest_sendworthy", "pytest_sendworthy"),
)
_STABLE = re.compile(r"-cp311-abi3-[a-z0-9_.]+\.whl$")
_CORE = re.compile(r"sendworthy/_core(\.abi3\.so|\.pyd)$")
_NOT_SHIPPED = re.compile(r"(^|/)(tests?|__pycache__|\.venv|target)(/|$)|(^|/)(test_[^/]*|conftest)\.py$|\.pyc$")


def wheel_faults(wheel: Path) -> list[str]:
    """What is wrong with a wheel; nothing, if it may be shipped."""
    faults = []
    size = wheel.stat().st_size
    if size > MOST_BYTES:
        faults.append(f"it has {size:,} bytes, more than {MOST_BYTES:,}")
    if not _STABLE.search(wheel.name):
        faults.append("its tag is not cp311-abi3, so it would not serve every Python from 3.11 on")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = {name: archive.read(name).decode() for name in names if name.endswith("/entry_points.txt")}
        faults += sbom_faults(archive)
    wanted = {
        path.relative_to(ROOT / "python").as_posix()
        for package in PACKAGES
        for path in _shipped(ROOT / "python", package)
    }
    faults += [f"{name} is missing" for name in sorted({*wanted, *DATA} - names)]
    for pattern in TEMPLATES:
        if not any(PurePosixPath(name).match(pattern) for name in names):
            faults.append(f"there is no {pattern}")
    cores = [name for name in names if _CORE.search(name)]
    if len(cores) != 1:
        faults.append(f"it has {len(cores)} compiled cores, not one")
    for licence in LICENCES:
        if not any(re.fullmatch(rf"sendworthy-[^/]*\.dist-info/licenses/{licence}", name) for name in names):
            faults.append(f"{licence} is missing")
    roots = {name.split("/")[0] for name in names if ".dist-info/" not in name and ".libs/" not in name}
    faults += [f"{name}: only {' and '.join(PACKAGES)} are to be installed" for name in sorted(roots - {*PACKAGES})]
    faults += [f"{name} does not belong into a wheel" for name in sorted(names) if _NOT_SHIPPED.search(name)]
    return faults + _entry_faults("".join(entry_points.values()))


def sbom_faults(wheel: zipfile.ZipFile) -> list[str]:
    """What is wrong with the bill of materials of the core, which PEP 770 puts beside the metadata."""
    names = [name for name in wheel.namelist() if re.search(r"\.dist-info/sboms/sendworthy\.cyclonedx\.json$", name)]
    if len(names) != 1:
        return [f"it has {len(names)} bills of materials of the core, not one"]
    bill = json.loads(wheel.read(names[0]))
    listed = {
        (one["name"], one["version"]): {each["content"] for each in one.get("hashes", ()) if each["alg"] == "SHA-256"}
        for one in bill["components"]
    }
    locked = {
        (one["name"], one["version"]): {one.get("checksum", "")}
        for one in tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    }
    inside = (ROOT / "THIRD-PARTY.md").read_text().partition("## Python packages")[0]
    wanted = {tuple(crate) for crate in re.findall(r"^\| (\S+) (\S+) \|", inside, flags=re.MULTILINE)}
    if not wanted:
        return ["THIRD-PARTY.md names no crate: nothing was examined"]
    faults = [f"its bill of materials lacks {name} {version}" for name, version in sorted(wanted - set(listed))]
    # Two tools ask cargo in ways of their own: what one of them misses, the other tells.
    faults += [f"THIRD-PARTY.md lacks {name} {version}" for name, version in sorted(set(listed) - wanted)]
    return faults + [
        f"its bill of materials has {name} {version}, which Cargo.lock has not, or with another checksum"
        for name, version in sorted(listed)
        if locked.get((name, version)) != listed[name, version]
    ]


def _shipped(folder: Path, package: str) -> list[Path]:
    """The modules and data of a package as they lie in the repository."""
    return [
        path for path in (folder / package).rglob("*") if path.suffix in {".py", ".pyi", ".typed", ".j2", ".css", ".js"}
    ]


def _entry_faults(text: str) -> list[str]:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(text)
    return [
        f"entry point {group} {name} = {value} is missing"
        for group, name, value in ENTRY_POINTS
        if parser.get(group, name, fallback=None) != value
    ]


def sdist_faults(sdist: Path) -> list[str]:
    """What is wrong with a source distribution; nothing, if it may be shipped."""
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(member.name) for member in archive.getmembers() if member.isfile()]
    faults = [f"{path} lies outside of one folder" for path in paths if path.is_absolute() or ".." in path.parts]
    roots = {path.parts[0] for path in paths}
    if roots != {sdist.name.removesuffix(".tar.gz")}:
        faults.append(f"it unpacks into {', '.join(sorted(roots)) or 'nothing'}")
    names = {"/".join(path.parts[1:]) for path in paths}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder, suffixes in (("src", {".rs"}), ("build", {".rs"}))
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes
    }
    wanted |= {path.relative_to(ROOT).as_posix() for one in PACKAGES for path in _shipped(ROOT / "python", one)}
    faults += [f"{name} is missing" for name in sorted({*wanted, *SOURCE} - names)]
    for folder in SOURCE_FOLDERS:
        if not any(name.startswith(f"{folder}/") for name in names):
            faults.append(f"the folder {folder} is missing")
    known = {*SOURCE, *SOURCE_FOLDERS}
    faults += [f"{name} does not belong into an sdist" for name in sorted(names) if name.split("/")[0] not in known]
    faults += [f"{name} is compiled" for name in sorted(names) if name.endswith((".so", ".pyd", ".pyc"))]
    return faults


def examine(files: list[Path]) -> list[str]:
    """The faults of all files, each with its file."""
    if not files:
        return ["there is nothing to examine"]
    faults = []
    for file in files:
        if file.name.endswith(".whl"):
            found = wheel_faults(file)
        elif file.name.endswith(".tar.gz"):
            found = sdist_faults(file)
        else:
            found = ["is neither wheel nor sdist"]
        print(f"  {file.name}: {file.stat().st_size / 1e6:.2f} MB, {len(found)} faults")
        faults += [f"{file.name}: {fault}" for fault in found]
    return faults


def build() -> list[Path]:
    """Wheel and sdist, as a release makes them."""
    shutil.rmtree(OUT, ignore_errors=True)
    maturin = str(Path(sys.executable).with_name("maturin"))
    how = ("--release", "--pgo", "--locked", "--interpreter", sys.executable)
    _run(maturin, "build", *how, "--quiet", "--out", str(OUT))
    _run(maturin, "sdist", "--out", str(OUT))
    return sorted(OUT.iterdir())


def use(sdist: Path, wheel: Path, folder: Path) -> None:
    """Build from the sdist as pip does where no wheel fits, then install each wheel and run a check with it."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    again = folder / "again"
    _run(
        _environment(folder / "builder"), "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(again), str(unpacked)
    )
    (rebuilt,) = again.glob("*.whl")
    if faults := wheel_faults(rebuilt):
        sys.exit("\n".join(f"built from the sdist, {rebuilt.name}: {fault}" for fault in faults))
    for name, one in (("released", wheel), ("rebuilt", rebuilt)):
        python = _environment(folder / name)
        _run(python, "-m", "pip", "install", "--quiet", str(one))
        command = str(Path(python).with_name("sendworthy"))
        _run(command, "--version", cwd=folder)
        _run(python, "-c", "from sendworthy import _core; exit(_core.DEBUG_BUILD)", cwd=folder)
        data = folder / f"data-{name}"
        _run(command, "generate", str(data), "--users", "500", "--sessions", "500", cwd=folder)
        tables = [part for table in ("channels", "users", "sessions") for part in (f"--{table}", f"{data}/{table}.csv")]
        _run(command, "check", *tables, "--as-of", "2026-11-22T12:00:00Z", "--exit-zero", "--no-progress", cwd=folder)
        page = folder / f"{name}.html"
        _run(command, "check", *tables, "--exit-zero", "--quiet", "--format", "html", "--output", str(page), cwd=folder)
        if "</html>" not in page.read_text():
            sys.exit(f"{name}: the page is not complete")


def _environment(folder: Path) -> str:
    """A new virtual environment's Python."""
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def _run(*command: str, cwd: Path = ROOT) -> None:
    print("$", *(Path(command[0]).name, *command[1:]), flush=True)
    # What lies in the repository must not stand in for what was installed.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run(command, check=True, cwd=cwd, env=environment)


def main() -> None:
    """Build if nothing is given, examine, use."""
    given = [Path(argument) for argument in sys.argv[1:]]
    files = given or build()
    if faults := examine(files):
        sys.exit("\n".join(faults))
    if given:
        return
    (wheel,), (sdist,) = ([file for file in files if file.name.endswith(end)] for end in (".whl", ".tar.gz"))
    with tempfile.TemporaryDirectory() as folder:
        use(sdist, wheel, Path(folder))
    print(f"{wheel.name} and {sdist.name} may be shipped")


if __name__ == "__main__":
    main()
