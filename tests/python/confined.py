"""Commands that may take no more than so much memory and time: what hostile files do must not take the machine down."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        status: Its exit status; negative for a signal.
        output: Its standard output.
        errors: Its standard error.
        peak: The most memory that it held at a time, in bytes.
        seconds: How long it took.
        stopped: Why it was killed, if it was.
    """

    status: int
    output: str
    errors: str
    peak: int
    seconds: float
    stopped: str = ""


def sendworthy(*arguments: str | Path, memory: int, seconds: float = 120, folder: Path | None = None) -> Ended:
    """Run the command line, and kill it when it takes more than it may.

    Args:
        arguments: What stands after the command's name.
        memory: The most bytes that it may hold.
        seconds: The most time.
        folder: Where it runs.
    """
    return confined([sys.executable, "-m", "sendworthy", *map(str, arguments)], memory, seconds, folder)


def confined(command: Sequence[str], memory: int, seconds: float, folder: Path | None = None) -> Ended:
    """Run any command in the same way."""
    began, peak, stopped = time.monotonic(), 0, ""
    with subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=folder,
        env=_environment(),
    ) as process:
        while True:
            try:
                output, errors = process.communicate(timeout=0.02)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, _peak(process.pid))
            if peak > memory:
                stopped = f"held {peak // MEBIBYTE} MiB"
            elif time.monotonic() - began > seconds:
                stopped = f"ran longer than {seconds} s"
            if stopped:
                process.kill()
                output, errors = process.communicate()
                break
    return Ended(process.returncode, output, errors, peak, time.monotonic() - began, stopped)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "SENDWORTHY_DEBUG"}}


def _peak(pid: int) -> int:
    """The most memory that a process held so far, as Linux counts it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # it has just ended
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines["VmHWM"].split()[0]) * 1024 if "VmHWM" in lines else 0
