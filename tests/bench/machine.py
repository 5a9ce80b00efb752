"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from data import RIVALS_PYTHON

PACKAGES = ("polars", "duckdb", "phonenumbers", "rphonenumbers")
RIVALS = ("dataframely", "pandera", "pointblank", "polars")


def facts() -> dict[str, str]:
    """Date, machine and versions, ready to be shown."""
    from sendworthy import __version__, _core

    if _core.DEBUG_BUILD:
        sys.exit("the core that is installed was built without optimization: `make released` builds the one to measure")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {_cores()} cores, {memory:.0f} GiB, {_system()}",
        "sendworthy": f"{__version__} ({_commit()})",
        "Python": platform.python_version(),
        **{package: found for package in PACKAGES if (found := _version(package))},
        **_rivals(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    for line in table.read_text(encoding="utf-8").splitlines() if table.exists() else []:
        if line.startswith("model name"):
            return f"{line.partition(':')[2].strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, kernel {platform.release().partition('-')[0]}"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() or "no commit"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _rivals() -> dict[str, str]:
    """Versions in the environment of the validation libraries, which have a polars of their own."""
    if not RIVALS_PYTHON.exists():
        return {}
    code = f"from importlib.metadata import version; print(*map(version, {RIVALS}))"
    done = subprocess.run([str(RIVALS_PYTHON), "-c", code], check=False, capture_output=True, text=True)
    *versions, polars = done.stdout.split() or ["unknown"] * len(RIVALS)
    return {name: f"{found} (polars {polars})" for name, found in zip(RIVALS, versions, strict=False)}
