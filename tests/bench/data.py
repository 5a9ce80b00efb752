"""The data of the benchmark: generator data, made once and kept under ``target/bench``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
#: Where all that the benchmark makes lies.
ROOT = Path("target/bench")
#: The environment of the validation libraries, apart from the one that tests run in: two of them are pytest plugins.
RIVALS_PYTHON = ROOT / "venv/bin/python"
SEED = "11"
#: What one user and one session take on disk, with room for a copy while they are spoilt.
BYTES = {"parquet": 200, "csv": 900}

#: clean; two in a hundred spoilt in ways that SQL finds as well (`spoil.py`); two in a hundred with any defect that
#: the generator knows; every record with one.
Flavour = Literal["clean", "spoilt", "planted", "all-bad"]
DEFECT_RATE = {"clean": "0", "spoilt": "0", "planted": "0.02", "all-bad": "1"}


@dataclass(frozen=True)
class Data:
    """Channels, users and as many sessions.

    Attributes:
        rows: How many users, and how many sessions.
        kind: The format of the files.
        flavour: How bad they are.
        quoted: Every value of a CSV file between quotes, nothing too, as Data Loader exports it.
    """

    rows: int
    kind: Literal["parquet", "csv"]
    flavour: Flavour
    quoted: bool = False

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return ROOT / "data" / f"{self.rows}-{self.flavour}-{'quoted-' if self.quoted else ''}{self.kind}"

    def make(self) -> Path:
        """Make the files unless they are there; gives their folder."""
        if self.folder.exists():
            return self.folder
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        needed, free = self.rows * BYTES[self.kind], shutil.disk_usage(self.folder.parent).free
        if needed > free:
            raise OSError(f"{self.folder}: needs about {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free")
        print(f"    making {self.folder}", file=sys.stderr)
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        if self.quoted:
            _run(str(HERE / "quote.py"), str(replace(self, quoted=False).make()), str(unfinished))
        else:
            self._generate(unfinished)
        unfinished.rename(self.folder)
        return self.folder

    def _generate(self, folder: Path) -> None:
        size = ["--users", str(self.rows), "--sessions", str(self.rows), "--defect-rate", DEFECT_RATE[self.flavour]]
        _run("-m", "sendworthy", "generate", str(folder), "--format", self.kind, "--seed", SEED, *size)
        if self.flavour == "spoilt":
            _run(str(HERE / "spoil.py"), str(folder), self.kind)

    def delete(self) -> None:
        """Give the space back."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _run(*command: str) -> None:
    done = subprocess.run([sys.executable, *command], check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
