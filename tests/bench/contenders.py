"""The contenders of the benchmark, each run as a process of its own: prints its counts by code as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

AS_OF = "2026-11-22T12:00:00Z"


def sendworthy(folder: Path, kind: str) -> dict[str, int]:
    """Every default rule."""
    import sendworthy as sw

    tables = {name: folder / f"{name}.{kind}" for name in ("channels", "users", "sessions")}
    report = sw.check(**tables, as_of=AS_OF)
    return dict(report.counts.select("code", "rows").iter_rows())


def duckdb(folder: Path, kind: str) -> dict[str, int]:
    """Eleven rules in SQL with two threads."""
    import duckdb as db

    def source(name: str) -> str:
        path = folder / f"{name}.{kind}"
        if kind == "csv":
            return f"(SELECT *, row_number() OVER () AS file_row_number FROM read_csv('{path}', all_varchar=true))"
        return f"read_parquet('{path}', file_row_number=true)"

    sql = (Path(__file__).parent / "rules.sql").read_text()
    connection = db.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    query = sql.format(users=source("users"), sessions=source("sessions"), channels=source("channels"), as_of=AS_OF)
    return dict(connection.execute(query).fetchall())


def reading(folder: Path, kind: str) -> dict[str, int]:
    """Only read the columns that the check reads."""
    import polars as pl

    rows = {}
    for name in ("channels", "users", "sessions"):
        path = folder / f"{name}.{kind}"
        frame = pl.scan_csv(path, infer_schema=False) if kind == "csv" else pl.scan_parquet(path)
        rows[name] = sum(batch.height for batch in frame.collect_batches(maintain_order=True))
    return rows


if __name__ == "__main__":
    _, contender, folder, kind = sys.argv
    print(json.dumps({"sendworthy": sendworthy, "duckdb": duckdb, "reading": reading}[contender](Path(folder), kind)))
