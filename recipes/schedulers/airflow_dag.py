"""Airflow: extract, check, load. Findings stop the run and are in the log of the task ``check``.

Needs sendworthy and the Salesforce CLI where tasks run. The folder has to be one that all workers see.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

FOLDER = Path(os.environ.get("MESSAGING_FOLDER", "/data/messaging"))
ORG = os.environ.get("MESSAGING_ORG", "production")


@dag(schedule=None, catchup=False, tags=["salesforce"])
def load_messaging_users() -> None:
    """Load new messaging users, once they are sound."""

    @task
    def extract() -> str:
        """Give the file that is to be loaded; yours would fetch it here."""
        return str(FOLDER / "users.csv")

    @task(retries=2)
    def check(users: str) -> list[str]:
        """Fail for good on findings, because data do not mend themselves; a source that is away is tried again."""
        import sendworthy as sw  # where the task runs: Airflow reads this file again and again

        report = sw.check(users=users, channels=FOLDER / "channels.csv", operation="insert")
        written = report.write(FOLDER / "checked")
        print(report.to_text())
        if not report.ok:
            raise AirflowFailException(f"Not ready: see {FOLDER / 'checked'} for the rejected records.")
        return [str(path) for path in written if ".ready" in path.name]

    @task
    def load(parts: list[str]) -> None:
        """Hand over the files, which are cut so that each fits one job."""
        for part in parts:
            command = ["sf", "data", "import", "bulk", "--sobject", "MessagingEndUser", "--file", part]
            subprocess.run([*command, "--line-ending", "LF", "--target-org", ORG, "--wait", "60"], check=True)

    load(check(extract()))


load_messaging_users()
