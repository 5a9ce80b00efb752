"""Runs that write and are killed: what must be true of a folder whenever it is looked at."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2026-11-22T12:00:00Z"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return digest_of(path.read_bytes())


def digest_of(content: bytes) -> str:
    """SHA-256 of what is in one."""
    return hashlib.sha256(content).hexdigest()


def command(data: Path, out: Path) -> list[str]:
    """A check of made-up data that writes files."""
    tables = [f"--{name}={data / name}.csv" for name in ("users", "sessions", "channels")]
    arguments = ["check", *tables, "--as-of", AS_OF, "--write", str(out), "--isolated", "--quiet", "--exit-zero"]
    return [sys.executable, "-m", "sendworthy", *arguments]


def make(data: Path, users: int, seed: int = 1) -> Path:
    """Users and sessions with defects."""
    arguments = ["generate", str(data), "--users", str(users), "--sessions", str(users), "--defect-rate", "0.2"]
    subprocess.run(
        [sys.executable, "-m", "sendworthy", *arguments, "--seed", str(seed)], check=True, capture_output=True
    )
    return data


def contents(folder: Path) -> dict[str, str]:
    """The files that anybody would see, by what is in them."""
    return {path.name: digest(path) for path in folder.iterdir() if not path.name.startswith(".")}


def is_whole(folder: Path) -> bool:
    """Whether the summary is there; if so, everything is, as it says.

    Raises:
        AssertionError: Files are not what the summary says of them.
    """
    summary = folder / "summary.json"
    if not summary.exists():
        return False
    told = {file["name"]: file["sha256"] for file in json.loads(summary.read_text(encoding="utf-8"))["files"]}
    found = contents(folder)
    found.pop("summary.json")
    assert found == told, "files are not those of the summary"
    return True


def killed_after(seconds: float, arguments: list[str]) -> bool:
    """Run a command and kill it without warning; says whether it was still running."""
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        late = process.poll() is not None
        process.kill()
    return not late
