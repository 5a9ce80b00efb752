"""Small tables for tests: sound records, and ways to damage and store them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AS_OF = "2026-11-22T12:00:00Z"
_CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
Row = dict[str, Any]


def sf_id(prefix: str, number: int) -> str:
    """An 18-character Id."""
    body = f"{prefix}{number:012d}"
    groups = (body[at : at + 5] for at in (0, 5, 10))
    return body + "".join(_CODES[sum(1 << at for at, char in enumerate(group) if char.isupper())] for group in groups)


def channel_rows() -> list[Row]:
    """One active enhanced SMS channel."""
    return [{"Id": sf_id("0Mj", 1), "MessageType": "Text", "PlatformType": "Enhanced", "IsActive": "true"}]


def user_rows(count: int) -> list[Row]:
    """Users that nothing is wrong with, as far as U101 and U205 go."""
    return [
        {
            "Id": sf_id("0PA", at + 1),
            "MessagingPlatformKey": f"+1415555{at:04d}",
            "MessagingChannelId": sf_id("0Mj", 1),
            "MessageType": "Text",
            "Name": f"User {at}",
        }
        for at in range(count)
    ]


def session_rows(count: int) -> list[Row]:
    """Ended sessions of the users with the same numbers."""
    return [
        {
            "Id": sf_id("0Mw", at + 1),
            "MessagingEndUserId": sf_id("0PA", at + 1),
            "MessagingChannelId": sf_id("0Mj", 1),
            "Status": "Ended",
            "StartTime": "2026-11-20T10:00:00Z",
            "EndTime": "2026-11-20T11:00:00Z",
        }
        for at in range(count)
    ]


def damaged_users(count: int = 20) -> list[Row]:
    """Users of which record 3 has no plus sign (U101) and record 7 the Id of record 2 (U205)."""
    rows = user_rows(count)
    rows[3]["MessagingPlatformKey"] = "4155550003"
    rows[7]["Id"] = rows[2]["Id"]
    return rows


def write_csv(path: Path, rows: Sequence[Row], **options: Any) -> Path:
    """Rows as a CSV file as most tools write it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", **options)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[list[str]]:
    """All records of a CSV file, the header first, read by Python's own parser."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))
