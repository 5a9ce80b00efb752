"""Everything that a run makes, made by a process of its own, so that surroundings can be tried that a process has once.

Run as a script: data folder, output folder, and the options of the run as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("text", "full", "json", "jsonl", "csv", "parquet", "markdown", "html", "junit", "github", "gitlab", "sarif")
TABLES = ("users", "sessions", "channels", "sends", "existing_users")
#: What may differ between two runs on the same data: how long the check took. Nothing else does. (Besides: a baseline
#: has a salt of its own, and tokens of --redact hash a key of their own unless SENDWORTHY_REDACT_KEY is set.)
MAY_DIFFER = {
    "report.html": (rb"<dt>Took</dt><dd>[^<]*</dd>", b"<dt>Took</dt><dd>TIME</dd>"),
    "report.junit": (rb' time="[0-9.]+"', b' time="TIME"'),
}
#: Locales in which case, digits or the decimal sign are others; compiled where localedef is.
LOCALES = ("tr_TR", "de_DE", "ar_EG", "hi_IN", "ja_JP")


def arguments(data: Path, out: Path, threads: int | None) -> list[list[str]]:
    """The commands of a run."""
    tables = [word for name in TABLES for word in (f"--{name.replace('_', '-')}", str(data / f"{name}.csv"))]
    common = ["--as-of", "2026-11-22T12:00:00Z", "--no-progress"]
    common += [] if threads is None else ["--threads", str(threads)]
    targets = [word for name in FORMATS for word in ("--format", name, "--output", str(out / f"report.{name}"))]
    writing = ["--write", str(out / "bulk"), "--fix", "--unsafe-fixes", "--default-region", "US"]
    return [
        ["check", *tables, *common, "--operation", "upsert", "--isolated", *writing, *targets],
        ["check", *tables, *common, "--isolated", "--write", str(out / "loader"), "--style", "dataloader"],
        *(
            [command, *tables, *common, "--format", name, "--output", str(out / f"{command}.{name}")]
            for command in ("sends", "eligibility")
            for name in ("text", "json", "jsonl", "csv", "parquet")
        ),
        ["check", *tables, *common, "--isolated", "--format", "full"],
        ["check", *tables, *common, "--isolated", "--format", "csv", "--redact"],
        ["rules", "--format", "json"],
    ]


def make_data(folder: Path, users: int, sessions: int, seed: int) -> None:
    """Made-up tables, a third of the records with a defect; times without a zone and planned sends among them."""
    import polars as pl
    import sendworthy as sw

    made = sw.generate(users, sessions, seed=seed, defect_rate=0.3)
    zoneless = pl.col("CreatedDate").str.strip_suffix("Z")
    made_users = made.users.with_row_index("#").with_columns(
        CreatedDate=pl.when(pl.col("#") % 5 == 0).then(zoneless).otherwise("CreatedDate"),
        Name=pl.when(pl.col("#") % 7 == 0).then(pl.lit('İıß Ünal, "Dotless"')).otherwise("Name"),
    )
    frame = made_users.drop("#")
    sends = frame.select(
        "MessagingChannelId",
        MessagingEndUserId="Id",
        OwnerId=pl.lit("0055g00000ABCDE"),
        SendTime=pl.lit("2026-11-22 13:00:00"),
        MessageKind=pl.lit("freeform"),
    ).gather_every(2)
    existing = frame.gather_every(3).with_columns(Id=pl.col("Id").reverse())
    tables = dict(zip(TABLES, (frame, made.sessions, made.channels, sends, existing), strict=True))
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")


def run_one(
    data: Path, out: Path, environment: dict[str, str | None], *, threads: int | None = None, **options: Any
) -> dict[str, str]:
    """A run in surroundings of its own; gives the digest of everything that it made, by name."""
    out.mkdir()
    surroundings = {**os.environ, **{key: value for key, value in environment.items() if value is not None}}
    for key in ("SENDWORTHY_THREADS", *(key for key, value in environment.items() if value is None)):
        if environment.get(key) is None:
            surroundings.pop(key, None)
    surroundings["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, __file__, str(data), str(out), json.dumps({"threads": threads, **options})]
    done = subprocess.run(command, env=surroundings, cwd=options.get("cwd"), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise AssertionError(done.stderr.decode(errors="replace"))
    (out / "stdout").write_bytes(done.stdout)
    (out / "stderr").write_bytes(done.stderr)
    return {str(path.relative_to(out)): digest(path, out) for path in sorted(out.rglob("*")) if path.is_file()}


def digest(path: Path, out: Path) -> str:
    """Of what must be equal: without how long it took, and without the name of the folder."""
    content = path.read_bytes().replace(str(out).encode(), b"OUT")
    if path.name in MAY_DIFFER:
        content, number = re.subn(*MAY_DIFFER[path.name], content)
        assert number, f"{path.name} no longer says how long it took"
    return hashlib.sha256(content).hexdigest()


#: Surroundings: variables, and options of `run_one`. Each differs from the usual ones in one respect.
SURROUNDINGS: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    **{f"{n} threads": ({}, {"threads": n}) for n in (1, 2, 3, 7)},
    "threads by the environment": ({"SENDWORTHY_THREADS": "5"}, {}),
    **{f"polars with {n} threads": ({"POLARS_MAX_THREADS": str(n)}, {}) for n in (1, 3)},
    "small morsels": ({"POLARS_IDEAL_MORSEL_SIZE": "17"}, {}),
    **{zone: ({"TZ": zone}, {}) for zone in ("Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Europe/London")},
    **{f"hash seed {seed}": ({"PYTHONHASHSEED": seed}, {}) for seed in ("0", "1", "4294967295")},
    **{f"umask {mask:03o}": ({}, {"umask": mask}) for mask in (0o000, 0o077)},
    "another directory": ({}, {"cwd": "/usr"}),  # reports name files below it without it: annotations want that
    "UTF-8 mode": ({"PYTHONUTF8": "1", "LC_ALL": "C"}, {}),
    "no UTF-8 mode": ({"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}, {}),
    "ASCII streams": ({"PYTHONIOENCODING": "ascii:backslashreplace"}, {}),
    "Latin-1 streams": ({"PYTHONIOENCODING": "latin-1:replace"}, {}),
    "a narrow terminal": ({"COLUMNS": "40", "LINES": "5", "TERM": "dumb"}, {}),
    "optimized": ({"PYTHONOPTIMIZE": "2"}, {}),
    "developer mode": ({"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "ignore"}, {}),
    "another home": ({"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}, {}),
}


def locales(folder: Path, names: Sequence[str] = LOCALES) -> dict[str, tuple[dict[str, str | None], dict[str, Any]]]:
    """Surroundings with the locales that could be compiled, and with one that nobody has."""
    made = compile_locales(folder, names)
    there = {name: ({"LOCPATH": str(folder), "LC_ALL": name, "LANG": name}, {"locale": name}) for name in made}
    return {**there, "an unknown locale": ({"LC_ALL": "xx_XX.UTF-8", "LANG": "xx_XX.UTF-8"}, {})}


def compile_locales(folder: Path, names: Sequence[str] = LOCALES) -> list[str]:
    """The locales that could be compiled into a folder for LOCPATH."""
    made = []
    for name in names:
        target = folder / f"{name}.UTF-8"
        try:
            subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(target)], capture_output=True, check=True)  # noqa: S603, S607
        except (OSError, subprocess.CalledProcessError):
            continue
        made.append(target.name)
    return made


def _main() -> None:
    import contextlib
    import locale

    data, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    if "umask" in options:
        os.umask(options["umask"])
    with contextlib.suppress(locale.Error):  # what is not installed stays C
        locale.setlocale(locale.LC_ALL, "")
    if (wanted := options.get("locale")) and locale.setlocale(locale.LC_ALL) == "C":
        sys.exit(f"no locale {wanted}")
    from sendworthy.cli import run

    for command in arguments(data, out, options["threads"]):
        if run(command) not in {0, 1}:  # no assertion: some surroundings leave them out
            sys.exit(f"failed: {command}")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
