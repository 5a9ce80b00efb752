"""The size of the wheel: builds it as a release would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from data import ROOT


def main() -> None:
    """Build and weigh."""
    folder = ROOT / "wheel"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    maturin = Path(sys.executable).with_name("maturin")
    command = [str(maturin), "build", "--release", "--pgo", "--quiet", "--out", str(folder)]
    command += ["--interpreter", sys.executable]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (wheel,) = folder.glob("*.whl")
    size = wheel.stat().st_size / 1e6
    print(json.dumps({"case": "wheel", "ratios": {}, "figures": {"MB": size, "file": wheel.name}}))


if __name__ == "__main__":
    main()
