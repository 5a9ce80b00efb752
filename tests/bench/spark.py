"""Measurement: the check on Spark against the check on one machine, and what Spark shuffles.

Both have two cores of this machine. CPU seconds are those of the JVM and the Python workers, without Spark's start.
Usage: `python tests/bench/spark.py --rows 1000000`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import sendworthy as sw
import sendworthy.spark

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

AS_OF = "2026-11-22T12:00:00Z"
TICKS = os.sysconf("SC_CLK_TCK")
CPU_FIELDS = slice(11, 15)
"""In the part of /proc/PID/stat that follows the name: own and ended children's time, in user and kernel mode."""


def generate(folder: Path, rows: int) -> None:
    """Make the data once; they are the same every time."""
    if not (folder / "users.parquet").exists():
        command = [sys.executable, "-m", "sendworthy", "generate", str(folder), "--format", "parquet", "--seed", "5"]
        command += ["--users", str(rows), "--sessions", str(rows), "--defect-rate", "0.02"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def cpu_seconds() -> float:
    """Of this process and all that it started."""
    told = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        told[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[CPU_FIELDS])) / TICKS
    family, size = {os.getpid()}, 0
    while size != len(family):
        size = len(family)
        family |= {pid for pid, (parent, _) in told.items() if parent in family}
    return sum(told[pid][1] for pid in family if pid in told)


def timed(what: str, rows: int, work: Callable[[], Any]) -> Any:
    """Run something and print what it took."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    print(f"{what:32} {wall:7.1f} s  {cpu:7.1f} s CPU  {cpu / rows * 1e6:6.2f} us CPU a record", flush=True)
    return result


def session(events: Path) -> SparkSession:
    """Spark with two cores of this machine, and a record of what it did."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "4g",
        "spark.sql.shuffle.partitions": "8",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def shuffled(events: Path) -> dict[str, tuple[int, int]]:
    """Per group of jobs, the bytes and records that were written to shuffles."""
    groups: dict[int, str] = {}
    sums: dict[str, tuple[int, int]] = {}
    for path in events.glob("*"):
        for line in path.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                group = event["Properties"].get("spark.jobGroup.id", "")
                groups |= dict.fromkeys(event["Stage IDs"], group)
            elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                written = event["Task Metrics"]["Shuffle Write Metrics"]
                group = groups.get(event["Stage ID"], "")
                size, records = sums.get(group, (0, 0))
                sums[group] = size + written["Shuffle Bytes Written"], records + written["Shuffle Records Written"]
    return sums


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of users and of sessions")
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    arguments = parser.parse_args()
    folder, both = arguments.folder / f"spark-{arguments.rows}", 2 * arguments.rows
    generate(folder, arguments.rows)
    users, sessions, channels = (folder / f"{name}.parquet" for name in ("users", "sessions", "channels"))
    from pyspark.sql.functions import monotonically_increasing_id

    with tempfile.TemporaryDirectory() as place:
        events = Path(place)
        one = timed(
            "one machine: counts",
            both,
            lambda: sw.check(users, sessions, channels, as_of=AS_OF, threads=2),
        )
        found = timed("one machine: findings", both, lambda: sum(part.height for part in one.findings_batches()))
        spark = session(events)
        # One machine goes by the order of the files; a number of the record says it to Spark.
        given = {"users": users, "sessions": sessions}
        read = {
            name: spark.read.parquet(str(path)).withColumn("Row__c", monotonically_increasing_id())
            for name, path in given.items()
        }
        tables, order = (*read.values(), channels), dict.fromkeys(read, "Row__c")
        few = [table.limit(1_000) for table in tables[:2]]
        _ = sendworthy.spark.check(*few, channels, as_of=AS_OF).counts  # the workers are there
        report = timed(
            "Spark: check, looks at users", both, lambda: sendworthy.spark.check(*tables, as_of=AS_OF, order_by=order)
        )
        for name, work in (
            ("counts", lambda: report.counts),
            ("findings", report.findings.count),
            ("ready users", lambda: report.users.ready.write.format("noop").mode("overwrite").save()),
        ):
            spark.sparkContext.setJobGroup(name, name)
            result = timed(f"Spark: {name}", both, work)
            if name == "counts":
                assert result.equals(one.counts), "counts differ"
            elif name == "findings":
                assert result == found, "findings differ"
        spark.stop()
        for name, (size, records) in shuffled(events).items():
            if name:
                print(f"shuffled for {name:20} {size / both:7.1f} bytes and {records / both:5.2f} rows a record")
    print(f"{both:,} records; polars {pl.__version__}; load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
