"""What the data look like: counted exactly while they were checked, so that looking costs no second reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from sendworthy._core import Outcome

#: Ages of live sessions, the youngest first.
AGES = (
    "up to 1 h",
    "1 to 6 h",
    "6 to 24 h",
    "1 to 2 days",
    "2 to 7 days",
    "7 to 30 days",
    "over 30 days",
    "in the future",
    "unknown",
)
_REGIONS = pl.Schema(
    {"number": pl.Enum(("assigned", "unassigned", "not-e164")), "region": pl.String(), "users": pl.UInt64()}
)
_WINDOWS = pl.Schema(
    {
        "kind": pl.Enum(("WhatsApp", "Facebook Messenger")),
        "window": pl.Enum(("open", "closed", "unknown")),
        "hours_left": pl.UInt16(),
        "users": pl.UInt64(),
    }
)
_AGES = pl.Schema({"status": pl.String(), "age": pl.Enum(AGES), "sessions": pl.UInt64()})


@dataclass(frozen=True)
class Profile:
    """What the checked users and sessions look like. Rows that would count nothing are left out.

    Attributes:
        by_region: Users on SMS and WhatsApp by their number: number (assigned, unassigned: no numbering plan assigns
            it, not-e164: missing or in another form), region (ISO 3166-1 alpha-2 of an assigned number, 001 for
            numbers of no country), users; the most frequent region first.
        window_closings: Users on WhatsApp and Facebook Messenger by their window: kind, window (open, closed,
            unknown), hours_left (whole hours until an open one closes; 168 stands for all longer ones), users. Where
            the record does not tell the customer's last message but sessions do, an open window has at least so many
            hours left.
        live_session_ages: Sessions that have not ended by status and age at as-of: status, age (from StartTime; the
            upper end belongs to it), sessions.
    """

    by_region: pl.DataFrame
    window_closings: pl.DataFrame
    live_session_ages: pl.DataFrame


def profile_of(outcome: Outcome) -> Profile:
    """What the core counted."""
    streams = zip(outcome.tallies(), (_REGIONS, _WINDOWS, _AGES), strict=True)
    regions, windows, ages = (pl.DataFrame(stream).select(schema.names()).cast(schema) for stream, schema in streams)
    return Profile(
        regions.sort("number", "users", descending=[False, True], maintain_order=True),
        windows,
        ages.sort("age", maintain_order=True),
    )
