"""Time and memory of files in which every record is bad, against the clean file.

Three ways of being bad: one flaw in every record (`generate --defect-rate 1`); every cell malformed, each in a way that
needs the longest look; and sound cells that collide: Ids, addresses, live sessions, unknown channels. Contenders take
turns in processes of their own; time is CPU time. Prints a table and one line of JSON; fails beyond the bounds.
Usage: `python tests/bench/all_bad.py --rows 2000000`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = "2026-11-22T12:00:00Z"
AT = pl.int_range(pl.len())
UNKNOWN_CHANNEL = "0MjZZZZZZZZZZZZ"
Frames = dict[str, pl.LazyFrame]


def turn(column: str, *values: pl.Expr) -> pl.Expr:
    """One of some values for each record, by turns."""
    chosen = values[-1]
    for place, value in enumerate(values[:-1]):
        chosen = pl.when(AT % len(values) == place).then(value).otherwise(chosen)
    return chosen.alias(column)


def malformed(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Every Id, number, timestamp and picklist value in a form that is not the one asked for."""
    columns = frame.collect_schema().names()
    changes = []
    for column in columns:
        cell = pl.col(column)
        if column == "Id" or column.endswith("Id"):
            last = cell.str.slice(0, 14)
            changes.append(turn(column, last + "-", cell + " ", cell.str.to_lowercase(), last, cell + "AA"))
        elif column.endswith(("Time", "Date")):
            parts = cell.str.slice(0, 10), cell.str.slice(11, 8)
            us = cell.str.slice(5, 2) + "/" + cell.str.slice(8, 2) + "/" + cell.str.slice(0, 4) + " " + parts[1]
            changes.append(
                turn(column, us, parts[0] + " " + parts[1], parts[0], parts[0] + "T25:61:61Z", pl.lit("soon"))
            )
        elif column == "MessagingPlatformKey":
            dotted = cell.str.slice(0, 4) + ".(" + cell.str.slice(4, 3) + ") " + cell.str.slice(7)
            wide = "\u202a" + cell.str.replace_all("1", "\uff11") + "\u202c"
            changes.append(turn(column, dotted, wide, "00" + cell, cell.str.slice(0, 6), cell + " ext. 12"))
        else:
            changes.append(turn(column, cell.str.to_lowercase(), cell + " ", pl.lit("?") + cell))
    return frame.with_columns(changes)


def colliding(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Sound cells, all in each other's way: two records have one Id and one address, live sessions one customer."""
    columns = frame.collect_schema().names()
    shared = [
        column for column in ("Id", "MessagingPlatformKey", "MessageType", "MessagingEndUserId") if column in columns
    ]
    changes = [
        pl.when(AT % 2 == 1).then(pl.col(column).shift(1)).otherwise(pl.col(column)).alias(column) for column in shared
    ]
    if "Status" in columns:
        # Ids are left alone: a session that repeats one is left out by the rules about customers.
        changes = [change for change in changes if change.meta.output_name() != "Id"]
        changes += [turn("Status", pl.lit("Active"), pl.lit("New"), pl.lit("Waiting"))]
        changes += [pl.lit(None, pl.String).alias("EndTime")]
    else:
        changes.append(pl.lit("OptedOut").alias("MessagingConsentStatus"))
    return frame.with_columns(changes).with_columns(pl.lit(UNKNOWN_CHANNEL).alias("MessagingChannelId"))


HARSH: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {"malformed": malformed, "colliding": colliding}
KINDS = ["clean", "flawed", *HARSH]


def generate(folder: Path, rows: int) -> None:
    """Make the data once; they are the same every time."""
    if (folder / "done").exists():
        return
    for kind, rate in (("clean", "0"), ("flawed", "1")):
        command = [
            sys.executable,
            "-m",
            "sendworthy",
            "generate",
            str(folder / kind),
            "--format",
            "parquet",
            "--seed",
            "11",
        ]
        command += ["--users", str(rows), "--sessions", str(rows), "--defect-rate", rate]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for kind, spoil in HARSH.items():
        (folder / kind).mkdir(exist_ok=True)
        pl.read_parquet(folder / "clean/channels.parquet").write_parquet(folder / kind / "channels.parquet")
        for name in ("users", "sessions"):
            spoil(pl.scan_parquet(folder / f"clean/{name}.parquet")).sink_parquet(folder / kind / f"{name}.parquet")
    (folder / "done").touch()


def check(folder: Path, *, findings: bool) -> dict[str, float]:
    """Check the files of a folder, and put all findings into a file when asked."""
    import time

    import sendworthy as sw
    from sendworthy.outputs import Options, renderer

    report = sw.check(**{name: folder / f"{name}.parquet" for name in ("channels", "users", "sessions")}, as_of=AS_OF)
    start = time.process_time()
    text = report.to_text()
    said = time.process_time() - start
    flagged = report.counts["rows"].sum()
    start = time.process_time()
    if findings:
        for form in ("parquet", "jsonl"):
            with (folder / f"findings.{form}").open("wb") as file:
                renderer(form)(report, file, Options())
        written = pl.scan_parquet(folder / "findings.parquet").select(pl.len()).collect().item()
        if written != flagged or not text:
            sys.exit(f"{folder.name}: {written} findings were written, {flagged} counted")
    return {"findings": flagged, "to_text": said, "writing": time.process_time() - start}


def measure(folder: Path, *, findings: bool = False) -> dict[str, float]:
    """One process: its CPU seconds and peak memory, and what it says itself."""
    command = [sys.executable, __file__, "--one", str(folder)] + ["--findings"] * findings
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{folder.name} failed with status {process.returncode}")
    return {"seconds": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1000, **json.loads(text)}


def main() -> None:
    """Compare the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="users, and as many sessions")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("target/bench"))
    parser.add_argument("--most-time", type=float, default=2.0, help="CPU time over that of the clean file")
    parser.add_argument("--most-memory", type=float, default=2.0, help="peak memory over that of the clean file")
    parser.add_argument("--findings", action="store_true", help="also write all findings as Parquet and as JSONL")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(check(options.one, findings=options.findings)))
        return
    folder = options.data / f"{options.rows}-all-bad"
    generate(folder, options.rows)
    turns = [{kind: measure(folder / kind) for kind in KINDS} for _ in range(options.runs)]
    ratios: dict[str, dict[str, float]] = {}
    print(f"{options.rows:,} users and as many sessions, median of {options.runs}")
    print(f"{'file':<12}{'CPU':>10}{'memory':>11}{'findings':>12}{'to_text':>10}{'time':>8}{'memory':>8}")
    for kind in KINDS:
        middle = {key: statistics.median(one[kind][key] for one in turns) for key in turns[0][kind]}
        ratios[kind] = {
            key: statistics.median(one[kind][key] / one["clean"][key] for one in turns) for key in ("seconds", "MB")
        }
        print(f"{kind:<12}{middle['seconds']:8.2f} s{middle['MB']:8.0f} MB{middle['findings']:12,.0f}", end="")
        print(f"{middle['to_text'] * 1000:7.0f} ms{ratios[kind]['seconds']:8.2f}{ratios[kind]['MB']:8.2f}")
    if options.findings:
        for kind in KINDS:
            told = measure(folder / kind, findings=True)
            rate = told["findings"] / told["writing"]
            print(f"{kind}: {told['findings']:,.0f} findings twice in {told['writing']:.2f} s", end="")
            print(f" ({rate * 2:,.0f} a second), {told['MB']:.0f} MB")
            ratios[kind]["findings per second"] = rate * 2
    print(json.dumps(ratios))
    bad = [
        kind for kind, its in ratios.items() if its["seconds"] > options.most_time or its["MB"] > options.most_memory
    ]
    sys.exit(f"worse than allowed: {', '.join(bad)}" if bad else 0)


if __name__ == "__main__":
    main()
