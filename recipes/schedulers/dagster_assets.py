"""Dagster: an asset with a check that stands in the way of what is made of it.

Needs sendworthy where runs are executed.
"""

import os
from pathlib import Path

import dagster as dg
import sendworthy as sw

FOLDER = Path(os.environ.get("MESSAGING_FOLDER", "/data/messaging"))


@dg.asset
def messaging_users() -> str:
    """Give the file that is to be loaded; yours would fetch it here."""
    return str(FOLDER / "users.csv")


@dg.asset_check(asset=messaging_users, blocking=True)
def sendworthy_check(messaging_users: str) -> dg.AssetCheckResult:
    """Judge the users as Salesforce and reps will meet them."""
    report = sw.check(users=messaging_users, channels=FOLDER / "channels.csv", operation="insert")
    report.write(FOLDER / "checked")
    found = report.counts.filter(report.counts["rows"] > 0)
    return dg.AssetCheckResult(
        passed=report.ok,
        metadata={
            "ready": report.users.ready.height,
            "rejected": report.users.rejected.height,
            **{f"{code} {name}": rows for code, name, rows in found.select("code", "name", "rows").rows()},
            "rejected records": dg.MetadataValue.path(FOLDER / "checked" / "users.rejected.csv"),
        },
    )


@dg.asset(deps=[messaging_users])
def users_to_load() -> list[str]:
    """Give the files that are cut and written for Bulk API; not made while the check before it fails."""
    return sorted(str(path) for path in (FOLDER / "checked").glob("users.ready*.csv"))


defs = dg.Definitions(assets=[messaging_users, users_to_load], asset_checks=[sendworthy_check])
