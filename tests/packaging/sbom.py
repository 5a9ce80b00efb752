"""Writes the bills of materials of both halves, in CycloneDX, into target/sbom.

Usage: `sbom.py PROGRAMS` with the folder that has cyclonedx-py. The bill of the core is the one that maturin puts into
the wheel (PEP 770); the bill of the Python half is taken of an environment in which the wheel was installed with the
versions that requirements-dev.lock pins.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from check_wheel import OUT as WHEELS
from check_wheel import ROOT, build, sbom_faults

OUT = ROOT / "target" / "sbom"
CORE = OUT / "sendworthy-core.cdx.json"
PYTHON = OUT / "sendworthy-python.cdx.json"
#: What the bill of the Python half cannot lack.
_INSTALLED = {"sendworthy", "polars", "click", "rich", "jinja2", "markupsafe"}


def write_core(wheel: Path) -> None:
    """The bill in the wheel, after a look at whether it is complete."""
    with zipfile.ZipFile(wheel) as archive:
        if faults := sbom_faults(archive):
            sys.exit("\n".join(faults))
        (name,) = (name for name in archive.namelist() if ".dist-info/sboms/" in name)
        CORE.write_bytes(archive.read(name))


def write_python(wheel: Path, programs: Path) -> None:
    """The bill of what is installed with the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        pins = Path(folder) / "pins.txt"
        lines = (ROOT / "requirements-dev.lock").read_text().splitlines()
        pins.write_text("".join(line.rstrip("\\ ") + "\n" for line in lines if not line.startswith(" ")))
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
        subprocess.run([*install, "--constraint", str(pins)], check=True, cwd=folder)
        # What makes an environment is not part of the product.
        subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools", "pip"], check=True)
        command = [str(programs / "cyclonedx-py"), "environment", python, "--pyproject", str(ROOT / "pyproject.toml")]
        command += ["--output-reproducible", "--output-format", "JSON", "--output-file", str(PYTHON)]
        subprocess.run(command, check=True)
    found = json.loads(PYTHON.read_text())
    names = {one["name"].lower() for one in (found["metadata"]["component"], *found["components"])}
    if lacking := _INSTALLED - names:
        sys.exit(f"{PYTHON.name} lacks {', '.join(sorted(lacking))}")
    print(f"  {PYTHON.name}: {len(found['components'])} packages")


def main() -> None:
    """Build the wheel, write both."""
    build()
    (wheel,) = WHEELS.glob("*.whl")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    write_core(wheel)
    print(f"  {CORE.name}: {len(json.loads(CORE.read_text())['components'])} crates")
    write_python(wheel, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
