"""Builds the models of this folder in a DuckDB file, as dbt does, and checks them: python gate.py FILE.

What is sound becomes the table users_ready, all findings the table users_findings. Exit status: 0, 1 for findings,
2 when it could not run. In a dbt project, run it after ``dbt build`` and leave out the loop that builds the models.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import sendworthy as sw

MODELS = ("stg_channels", "stg_users")  # what others are made of comes first


def main(file: str) -> int:
    """Build, check, publish."""
    try:
        with duckdb.connect(file) as warehouse:
            for model in MODELS:
                sql = (Path(__file__).parent / f"{model}.sql").read_text(encoding="utf-8")
                warehouse.execute(f"create or replace table {model} as {sql}")
            report = sw.check(
                users=warehouse.table("stg_users"), channels=warehouse.table("stg_channels"), operation="insert"
            )
            warehouse.register("ready", report.users.ready)
            warehouse.register("findings", report.findings.cast({"table": str, "severity": str}))
            warehouse.execute("create or replace table users_ready as from ready")
            warehouse.execute("create or replace table users_findings as from findings")
    except (duckdb.Error, sw.SendworthyError, OSError) as error:
        print(f"The check did not run: {error}", file=sys.stderr)
        return 2
    print(report.to_text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
