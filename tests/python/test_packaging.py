"""What is shipped: the workflows that build it, and the checks of what they built."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import check_wheel
import pytest
import third_party
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WHEELS = {"manylinux-x86_64", "manylinux-aarch64", "musllinux-x86_64", "macos-x86_64", "macos-arm64", "windows-x64"}


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return loaded


def steps(of: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in of["jobs"].values() for step in job["steps"]]


def test_workflows_follow_the_schema_of_github() -> None:
    assert {path.name for path in WORKFLOWS} == {"audit.yml", "ci.yml", "wheels.yml"}
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
    text = path.read_text()
    # A tag can be moved to other code; a commit cannot. The comment tells people which version it is.
    assert [name for name in used if not re.search(rf"uses: {name} # v\d+\.\d+\.\d+\n", text)] == []
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
    assert "secrets." not in text
    assert "password" not in text


def test_the_ci_runs_what_developers_run_with_the_rust_that_the_crate_asks_for() -> None:
    of = workflow("ci.yml")
    assert ".ci/run" in [step.get("run") for step in steps(of)]
    (asked,) = re.findall(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(), flags=re.MULTILINE)
    images = {job["container"] for name in ("ci.yml", "audit.yml") for job in workflow(name)["jobs"].values()}
    assert images == {f"rust:{asked}-trixie"}


def test_every_platform_has_a_wheel_that_is_examined_and_tags_alone_publish() -> None:
    jobs = workflow("wheels.yml")["jobs"]
    assert {one["name"] for one in jobs["wheel"]["strategy"]["matrix"]["include"]} == WHEELS
    for name in ("wheel", "sdist"):
        assert any("tests/packaging/check_wheel.py dist/*" in step.get("run", "") for step in jobs[name]["steps"])
    assert set(jobs["publish"]["needs"]) == {"wheel", "sdist"}
    assert "refs/tags/v" in jobs["publish"]["if"]


NAME = "sendworthy-0.1.0"
ENTRIES = """[console_scripts]
sendworthy=sendworthy.__main__:main

[pytest11]
pytest_sendworthy=pytest_sendworthy
"""


BILL = f"{NAME}.dist-info/sboms/sendworthy.cyclonedx.json"


def bill_of_materials(**versions: str) -> bytes:
    """A bill of materials as maturin writes it, of the locked crates or other versions of them."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    named = (ROOT / "THIRD-PARTY.md").read_text()
    crates = [
        {
            "name": one["name"],
            "version": versions.get(one["name"], one["version"]),
            "hashes": [{"alg": "SHA-256", "content": one["checksum"]}],
        }
        for one in packages
        if f"| {one['name']} {one['version']} |" in named
    ]
    return json.dumps({"bomFormat": "CycloneDX", "components": crates}).encode()


def wheel_of(folder: Path, change: Callable[[dict[str, bytes]], None], tag: str = "cp311-abi3-linux_x86_64") -> Path:
    """A wheel by hand, of the repository's own files, which is as it must be unless it is changed."""
    python = ROOT / "python"
    files = {
        path.relative_to(python).as_posix(): path.read_bytes()
        for package in ("sendworthy", "pytest_sendworthy")
        for path in (python / package).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so", ".pyd"}
    }
    files["sendworthy/_core.abi3.so"] = b"compiled"
    files[BILL] = bill_of_materials()
    files[f"{NAME}.dist-info/entry_points.txt"] = ENTRIES.encode()
    for licence in check_wheel.LICENCES:
        files[f"{NAME}.dist-info/licenses/{licence}"] = (ROOT / licence).read_bytes()
    change(files)
    path = folder / f"{NAME}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sdist_of(folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A source distribution by hand, as it must be unless it is changed."""
    top = [name for name in check_wheel.SOURCE if name != "PKG-INFO"]
    paths = [ROOT / name for name in top]
    for part in ("src", "build", "python"):
        paths += [path for path in (ROOT / part).rglob("*") if path.is_file() and path.suffix not in {".pyc", ".so"}]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    files["PKG-INFO"] = b"Name: sendworthy"
    change(files)
    path = folder / f"{NAME}.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{NAME}/{name}")
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return path


def test_a_whole_wheel_and_a_whole_sdist_have_no_faults(tmp_path: Path) -> None:
    files = [wheel_of(tmp_path, lambda _: None), sdist_of(tmp_path, lambda _: None)]
    assert check_wheel.examine(files) == []
    windows = wheel_of(
        tmp_path,
        lambda files: files.update({"sendworthy/_core.pyd": files.pop("sendworthy/_core.abi3.so")}),
        tag="cp311-abi3-win_amd64",
    )
    assert check_wheel.examine([windows]) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sendworthy/py.typed", "sendworthy/py.typed is missing"),
        ("sendworthy/_core.pyi", "sendworthy/_core.pyi is missing"),
        ("sendworthy/cli/check.py", "sendworthy/cli/check.py is missing"),
        ("pytest_sendworthy/__init__.py", "pytest_sendworthy/__init__.py is missing"),
        ("sendworthy/outputs/html/report.html.j2", "there is no sendworthy/outputs/html/*.j2"),
        ("sendworthy/outputs/html/report.css", "there is no sendworthy/outputs/html/*.css"),
        ("sendworthy/_core.abi3.so", "it has 0 compiled cores, not one"),
        (f"{NAME}.dist-info/licenses/LICENSE-APACHE", "LICENSE-APACHE is missing"),
        (f"{NAME}.dist-info/entry_points.txt", "entry point pytest11 pytest_sendworthy = pytest_sendworthy is missing"),
    ],
)
def test_a_wheel_that_lacks_something_is_refused(tmp_path: Path, name: str, told: str) -> None:
    assert told in check_wheel.wheel_faults(wheel_of(tmp_path, lambda files: files.__delitem__(name)))


def test_a_wheel_whose_bill_of_materials_is_not_that_of_the_lock_is_refused(tmp_path: Path) -> None:
    none = wheel_of(tmp_path, lambda files: files.__delitem__(BILL))
    assert check_wheel.wheel_faults(none) == ["it has 0 bills of materials of the core, not one"]
    other = wheel_of(tmp_path, lambda files: files.update({BILL: bill_of_materials(rayon="9.9.9")}))
    lacking, unlisted, foreign = check_wheel.wheel_faults(other)
    assert re.fullmatch(r"its bill of materials lacks rayon [\d.]+", lacking)
    assert unlisted == "THIRD-PARTY.md lacks rayon 9.9.9"
    assert "has rayon 9.9.9, which Cargo.lock has not" in foreign


@pytest.mark.parametrize("name", ["tests/python/test_api.py", "sendworthy/test_x.py", "tables.py", "sendworthy/a.pyc"])
def test_a_wheel_with_what_nobody_asked_for_is_refused(tmp_path: Path, name: str) -> None:
    faults = check_wheel.wheel_faults(wheel_of(tmp_path, lambda files: files.update({name: b""})))
    assert faults
    assert all(name.split("/", maxsplit=1)[0] in fault for fault in faults)


def test_a_wheel_that_is_large_or_for_one_python_is_refused(tmp_path: Path) -> None:
    large = wheel_of(tmp_path, lambda files: files.update({"sendworthy/_core.abi3.so": bytes(5_000_001)}))
    assert any("more than 5,000,000" in fault for fault in check_wheel.wheel_faults(large))
    one = wheel_of(tmp_path, lambda _: None, tag="cp313-cp313-linux_x86_64")
    assert any("cp311-abi3" in fault for fault in check_wheel.wheel_faults(one))


@pytest.mark.parametrize("name", ["Cargo.lock", "build.rs", "build/plan.rs", "src/lib.rs", "python/sendworthy/api.py"])
def test_an_sdist_that_lacks_something_is_refused(tmp_path: Path, name: str) -> None:
    faults = check_wheel.sdist_faults(sdist_of(tmp_path, lambda files: files.__delitem__(name)))
    assert faults == [f"{name} is missing"]


@pytest.mark.parametrize("name", [".pytest_cache/README.md", "recipes/README.md", "python/sendworthy/_core.abi3.so"])
def test_an_sdist_with_what_nobody_asked_for_is_refused(tmp_path: Path, name: str) -> None:
    faults = check_wheel.sdist_faults(sdist_of(tmp_path, lambda files: files.update({name: b""})))
    assert len(faults) == 1
    assert name in faults[0]


def test_nothing_to_examine_is_a_fault(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("")
    assert check_wheel.examine([]) == ["there is nothing to examine"]
    assert check_wheel.examine([other]) == ["notes.txt: is neither wheel nor sdist"]


#: What asks for no more than that its notice is kept.
PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "ISC", "MIT", "PSF-2.0", "Unicode-3.0", "Unlicense", "Zlib", "BSD",
}  # fmt: skip


def test_the_page_of_licences_is_fresh() -> None:
    assert (ROOT / "THIRD-PARTY.md").read_text() == third_party.page(), "stale: run make docs"


def test_every_licence_leaves_users_free() -> None:
    inside, building = third_party.crates()
    packages, _ = third_party.python_packages()
    assert {"arrow-array", "pyo3", "rayon"} <= {part.name for part in inside}
    assert {"phonenumber", "thiserror-impl"} <= {part.name for part in building}
    assert {"polars", "click", "rich", "jinja2", "markupsafe"} <= {part.name for part in packages}
    assert "proptest" not in {part.name for part in [*inside, *building]}  # tests only
    for part in [*inside, *building, *packages]:
        for term in part.licence.split(" AND "):
            assert PERMISSIVE & set(term.strip("()").split(" OR ")), part


def test_the_texts_of_licences_are_passed_on_with_who_wrote_them() -> None:
    inside, _ = third_party.crates()
    page = third_party.texts(inside)
    lacking = re.search(r"carry no text of their own: (.*)\.$", page, flags=re.MULTILINE)
    bare = set(re.findall(r"(\S+) \(", lacking[1])) if lacking else set()
    headed = {name for line in re.findall(r"^### (.*)$", page, flags=re.MULTILINE) for name in line.split(", ")}
    assert headed | bare == {crate.name for crate in inside}
    assert len(bare) < 5
    assert page.count("Copyright") > 30
    assert page.count("Permission is hereby granted") > 10


@pytest.mark.parametrize(
    ("licence", "taken"),
    [
        ("MIT OR Apache-2.0", ["MIT"]),
        ("Apache-2.0 OR BSL-1.0", ["Apache-2.0"]),
        ("Apache-2.0 AND MIT", ["Apache-2.0", "MIT"]),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", ["MIT", "Unicode-3.0"]),
        ("Apache-2.0 WITH LLVM-exception", ["Apache-2.0"]),
    ],
)
def test_of_a_choice_of_licences_one_is_taken(licence: str, taken: list[str]) -> None:
    assert third_party.taken(licence) == taken


def test_a_licence_that_nobody_looked_into_stops_the_page() -> None:
    with pytest.raises(SystemExit, match=r"GPL-3\.0-only: none of these licences is known here"):
        third_party.taken("GPL-3.0-only")
