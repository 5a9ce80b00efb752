"""Writes THIRD-PARTY.md: whose work is in the wheel or comes with it, and under which licence.

Usage: `third_party.py > THIRD-PARTY.md`, in the environment of `make setup`; it asks cargo and the installed packages.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
_HEAD = """# Third-party licences

Written by `make docs` from Cargo.lock and from the metadata of the packages; sendworthy itself is MIT OR Apache-2.0.
"""
_CRATES = """
## Crates compiled into the wheel

For all platforms together; each wheel has those of its own.
"""
_TEXTS = """
## What the licences of these crates ask to be passed on

Where a crate leaves a choice, one licence is taken, MIT before the others. A text that several carry stands once.
"""
_BUILDING = """
## Crates that only take part in building

They are not in the wheel, with one exception: the numbering plans that the crate phonenumber carries are
libphonenumber's (Apache-2.0), and the wheel holds tables made of them.
"""
_PYTHON = """
## Python packages that are installed with sendworthy

In whatever version fits; the optional extras add their own.
"""


#: Licences that may be passed on in a wheel, in the order in which one is taken where there is a choice, with a word in
#: the names of files that hold their texts.
_TAKEN = {
    "MIT": "MIT",
    "Apache-2.0": "APACHE",
    "BSD-2-Clause": "BSD",
    "BSD-3-Clause": "BSD",
    "Zlib": "ZLIB",
    "BSL-1.0": "BOOST",
    "Unicode-3.0": "UNICODE",
    "CC0-1.0": "CC0",
}


class Part(NamedTuple):
    """One package.

    Attributes:
        folder: Where its source is, of crates.
    """

    name: str
    version: str
    licence: str
    folder: Path | None = None


def crates() -> tuple[list[Part], list[Part]]:
    """The crates that are compiled in, and those that only take part in building."""
    # Not --offline: a machine that has built for itself alone lacks the crates of other platforms.
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--features", "python"]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)
    packages = {package["id"]: package for package in told["packages"]}
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    root = told["resolve"]["root"]

    def reached(kinds: set[str | None], *, through_macros: bool) -> set[str]:
        seen, left = {root}, [root]
        while left:
            for edge in nodes[left.pop()]["deps"]:
                one = edge["pkg"]
                macro = any("proc-macro" in target["kind"] for target in packages[one]["targets"])
                fits = any(kind["kind"] in kinds for kind in edge["dep_kinds"])
                if one not in seen and fits and (through_macros or not macro):
                    seen.add(one)
                    left.append(one)
        return seen - {root}

    inside = reached({None}, through_macros=False)
    building = reached({None, "build"}, through_macros=True) - inside

    def parts(ids: set[str]) -> list[Part]:
        return sorted(_crate(packages[one]) for one in ids)

    return parts(inside), parts(building)


def _crate(package: dict[str, Any]) -> Part:
    licence = package["license"]
    if not licence:
        sys.exit(f"{package['name']} {package['version']} names no licence: look into it before it is shipped")
    # The slash is how crates once wrote OR.
    licence = " OR ".join(part.strip() for part in licence.split("/"))
    return Part(package["name"], package["version"], licence, Path(package["manifest_path"]).parent)


def taken(licence: str) -> list[str]:
    """The licences that are taken: all that an expression joins by AND, and the first that fits of each choice."""
    found = []
    for part in re.split(r"\s+AND\s+", licence):
        choices = [choice.split(" WITH ")[0] for choice in re.split(r"\s+OR\s+", part.strip("() "))]
        fitting = [name for name in _TAKEN if name in choices]
        if not fitting:
            sys.exit(f"{licence}: none of these licences is known here; look into it before it is shipped")
        found.append(fitting[0])
    return found


def _texts_of(part: Part) -> list[str]:
    """The texts that a crate carries of the licences that are taken."""
    if part.folder is None:
        return []
    files = sorted(path for path in part.folder.iterdir() if re.match(r"(?i)(licen[cs]e|copying)", path.name))
    plain = [path for path in files if re.fullmatch(r"(?i)(licen[cs]e|copying)(\.md|\.txt)?", path.name)]
    named = [[path for path in files if _TAKEN[name] in path.name.upper()] or plain for name in taken(part.licence)]
    once = dict.fromkeys(path for group in named for path in group)
    return [path.read_text(encoding="utf-8").strip() for path in once if path.is_file()]


def texts(parts: list[Part]) -> str:
    """The texts with the crates that they are of, and which crates carry none."""
    owners: dict[str, list[str]] = defaultdict(list)
    first: dict[str, str] = {}
    bare = []
    for part in parts:
        found = _texts_of(part)
        if not found:
            bare.append(f"{part.name} ({' and '.join(taken(part.licence))})")
        for text in found:
            same = " ".join(text.split())  # other line ends are no other text
            first.setdefault(same, text)
            owners[same].append(part.name)
    if not owners:
        sys.exit("no crate carries a licence: nothing was examined")
    carried = [
        f"\n### {', '.join(dict.fromkeys(names))}\n\n~~~text\n{first[same]}\n~~~\n" for same, names in owners.items()
    ]
    lines = "".join(carried).splitlines()
    none = f"\nThese carry no text of their own: {', '.join(bare)}.\n" if bare else ""
    return none + "".join(f"{line.rstrip()}\n" for line in lines)


def python_packages() -> tuple[list[Part], list[str]]:
    """What pip installs beside sendworthy, and what only other platforms need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    left, found, elsewhere = [Requirement(text) for text in project["dependencies"]], {}, set()
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            if "extra" not in str(requirement.marker):
                elsewhere.add(name)
        elif name not in found:
            about = metadata.metadata(name)
            found[name] = Part(name, "", _licence(about))
            left += [Requirement(text) for text in metadata.requires(name) or []]
    return sorted(found.values()), sorted(elsewhere - set(found))


def _licence(about: metadata.PackageMetadata) -> str:
    """The SPDX expression, else the one line of the older field, else the classifier."""
    for field in ("License-Expression", "License"):
        text: str | None = about.get(field)
        if text and "\n" not in text:
            return text
    for classifier in about.get_all("Classifier") or []:
        if classifier.startswith("License :: OSI Approved :: "):
            return classifier.rpartition(" :: ")[2].removesuffix(" License")
    sys.exit(f"{about['Name']} names no licence: look into it before it is shipped")


def page() -> str:
    """The whole page."""
    inside, building = crates()
    packages, elsewhere = python_packages()
    also = f"\nOn other platforms also: {', '.join(elsewhere)}.\n" if elsewhere else ""
    plans = [part for part in building if part.name == "phonenumber"]  # its data are in the wheel
    tables = _CRATES + _table(inside) + _BUILDING + _table(building) + _PYTHON + _table(packages) + also
    return _HEAD + tables + _TEXTS + texts(inside + plans)


def _table(parts: list[Part]) -> str:
    if not parts:
        sys.exit("a table is empty: nothing was examined")
    rows = (f"| {f'{part.name} {part.version}'.strip()} | {part.licence} |\n" for part in parts)
    return "\n| package | licence |\n|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
