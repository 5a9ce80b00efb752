"""What recipes are run with: a folder of users and a channel, and a stand-in for the Salesforce CLI."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tables import channel_rows, sf_id, write_csv

if TYPE_CHECKING:
    from tables import Row

RECIPES = Path(__file__).parents[2] / "recipes"
_BIN = {
    "sendworthy": '#!/bin/sh\nexec "{python}" -m sendworthy "$@"\n',
    # Takes what Bulk API takes: fields that can be inserted, line feeds, at least one record; keeps what it was told.
    "sf": """#!{python}
import csv, json, pathlib, sys
told = sys.argv[1:]
file = pathlib.Path(told[told.index("--file") + 1])
data = file.read_bytes()
rows = list(csv.DictReader(data.decode().splitlines()))
known = {{"MessagingPlatformKey", "MessagingChannelId", "MessageType", "Name", "MessagingConsentStatus"}}
with open("{log}", "a") as log:
    log.write(json.dumps({{"told": told, "names": [row["Name"] for row in rows]}}) + "\\n")
sys.exit(0 if rows and set(rows[0]) <= known and b"\\r" not in data else 1)
""",
}


def new_users(count: int = 6) -> list[Row]:
    """Users that can be inserted."""
    return [
        {
            "MessagingPlatformKey": f"+1415555{at:04d}",
            "MessagingChannelId": sf_id("0Mj", 1),
            "MessageType": "Text",
            "Name": f"User {at}",
            "MessagingConsentStatus": "ImplicitlyOptedIn",
        }
        for at in range(count)
    ]


def spoiled_users() -> list[Row]:
    """The same, of which record 3 has no plus sign."""
    rows = new_users()
    rows[3]["MessagingPlatformKey"] = "4155550003"
    return rows


def workplace(folder: Path, users: list[Row]) -> dict[str, str]:
    """Put users.csv and channels.csv into a folder.

    Returns:
        An environment in which `sendworthy` and a stand-in for `sf` are found; it logs to sf.log.
    """
    write_csv(folder / "users.csv", users)
    write_csv(folder / "channels.csv", [{**channel_rows()[0], "MasterLabel": "SMS", "ConsentType": "ImplicitOptIn"}])
    programs = folder / "bin"
    programs.mkdir()
    for name, text in _BIN.items():
        program = programs / name
        program.write_text(text.format(python=sys.executable, log=folder / "sf.log"))
        program.chmod(0o755)
    python_path = os.pathsep.join(filter(None, [str(RECIPES.parent / "python"), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": python_path}
