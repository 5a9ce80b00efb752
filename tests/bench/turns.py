"""Contenders in turns: each run is a process of its own, measured from outside by the kernel's books."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryFile
from threading import Timer
from time import perf_counter
from typing import TYPE_CHECKING, Any

from contenders import THREADS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HERE = Path(__file__).parent


class ContenderError(Exception):
    """A contender did not finish, or what it says is not to be believed."""


@dataclass(frozen=True)
class Run:
    """One process.

    Attributes:
        seconds: Wall time, of the whole process or of the work alone.
        cpu: Processor time of the same.
        peak: Most resident memory of the process, MB.
        printed: What it printed on its last line.
        status: What it ended with.
        complaint: The last line that it wrote to standard error.
    """

    seconds: float
    cpu: float
    peak: float
    printed: dict[str, Any]
    status: int = 0
    complaint: str = ""


@dataclass
class Contender:
    """A command and its runs.

    Attributes:
        label: What it is called in tables.
        command: What is run.
        python: The interpreter that runs it.
        inner: Take the times that the process measured around the work alone, without start-up and preparation.
        runs: What was measured, warm-up left out.
        failure: Why it has no (more) runs.
    """

    label: str
    command: Sequence[str]
    python: str = sys.executable
    inner: bool = False
    runs: list[Run] = field(default_factory=list)
    failure: str | None = None

    def median(self, figure: str) -> float:
        """Of ``seconds`` or ``cpu``."""
        return statistics.median(getattr(run, figure) for run in self.runs)

    @property
    def peak(self) -> float:
        """MB of the largest run."""
        return max(run.peak for run in self.runs)


def take_turns(contenders: Sequence[Contender], runs: int, limit: float = 120.0) -> None:
    """Run A B C, A B C, ...; the first turn warms the page cache and is not counted.

    A contender that fails or needs longer than `limit` seconds is out, and the others go on.
    """
    for turn in range(runs + 1):
        for contender in contenders:
            if contender.failure is not None:
                continue
            try:
                run = run_process([contender.python, *contender.command], limit, inner=contender.inner)
            except ContenderError as failure:
                contender.failure, contender.runs = str(failure), []
                print(f"    {contender.label}: {failure}", file=sys.stderr)
                continue
            if turn:
                contender.runs.append(run)


def run_process(command: Sequence[str], limit: float, *, inner: bool = False, allowed: Collection[int] = (0,)) -> Run:
    """Run a command to its end; the last line that it prints is JSON.

    Args:
        command: An interpreter or program, by path, and its arguments.
        limit: Seconds until it is killed.
        inner: Take the times that it measured itself.
        allowed: The statuses that it may end with.

    Raises:
        ContenderError: When it ends otherwise, or prints something else.
    """
    if not Path(command[0]).exists():
        raise ContenderError(f"{command[0]} is not there; `make bench` sets it up")
    environment = {**os.environ, "POLARS_MAX_THREADS": str(THREADS), "RAYON_NUM_THREADS": str(THREADS)}
    with TemporaryFile() as output, TemporaryFile() as errors:
        started = perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment, start_new_session=True)
        timer = Timer(limit, os.killpg, (process.pid, SIGKILL))  # what it started, too
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C: leave no process behind
            os.killpg(process.pid, SIGKILL)
            process.wait()
            raise
        finally:
            timer.cancel()
        seconds = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        lines = _text(output).splitlines()
        complaint = (_text(errors).strip().splitlines() or ["and said nothing"])[-1]
    if seconds >= limit and process.returncode:
        raise ContenderError(f"over {limit:.0f} s")
    try:
        printed = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise ContenderError(f"failed with status {process.returncode}: {complaint[:200]}") from None
    if process.returncode not in allowed or not isinstance(printed, dict):
        raise ContenderError(f"failed with status {process.returncode}: {complaint[:200]}")
    cpu, peak = usage.ru_utime + usage.ru_stime, _megabytes(usage.ru_maxrss)
    if inner:
        seconds, cpu = printed["seconds"], printed["cpu"]
    return Run(seconds, cpu, peak, printed, process.returncode, complaint)


def ratio(over: Contender, under: Contender, figure: str) -> float | None:
    """Median of the ratios by turn, so that a slow spell of the machine hits both sides; None if one has failed."""
    if not over.runs or not under.runs:
        return None
    pairs = zip(over.runs, under.runs, strict=True)
    return statistics.median(getattr(a, figure) / getattr(b, figure) for a, b in pairs)


def _text(file: Any) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _megabytes(maxrss: int) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return maxrss * unit / 1e6
