"""Timestamp cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from oracle.cells import is_missing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
FRACTION = r"(?:\.(?P<fraction>[0-9]{1,9}))?"
ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
FORMS = (
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ]" + CLOCK + FRACTION + ZONE,
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})T" + CLOCK + FRACTION + ZONE,
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
    r"(?P<first>[0-9]{1,2})/(?P<second_number>[0-9]{1,2})/(?P<year>[0-9]{4})(?: " + CLOCK + ZONE + ")?",
)


@dataclass(frozen=True)
class Time:
    """A timestamp cell: missing, unreadable or readable; the instant is in milliseconds UTC."""

    state: str
    instant: int | None = None
    naive: bool = False
    ambiguous: bool = False

    @property
    def readable(self) -> bool:
        """Whether the instant is known."""
        return self.state == "readable"


MISSING = Time("missing")
UNREADABLE = Time("unreadable")


def milliseconds(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return span // timedelta(milliseconds=1)


def instant_of(moment: datetime) -> int:
    """An aware datetime as milliseconds UTC, finer digits cut off."""
    return milliseconds(moment - EPOCH)


def zone_minutes(zone: str) -> int | None:
    """A zone's distance from UTC; None where there is no such zone."""
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59 or hours * 60 + minutes > 18 * 60:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


@cache
def read_time(text: str | None, day_first: bool) -> Time:
    """Read a timestamp cell in one of the accepted forms."""
    if is_missing(text):
        return MISSING
    assert text is not None
    match = next((match for form in FORMS if (match := re.fullmatch(form, text))), None)
    if match is None:
        return UNREADABLE
    parts = match.groupdict()
    ambiguous = False
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second_number"])
        if day_first:
            month, day = (first, second) if second > 12 and first <= 12 else (second, first)
        else:
            month, day = (second, first) if first > 12 and second <= 12 else (first, second)
        ambiguous = month <= 12 and day <= 12 and month != day
    else:
        month, day = int(parts["month"]), int(parts["day"])
    year = int(parts["year"])
    zone = parts.get("zone")
    offset = zone_minutes(zone) if zone else 0
    if offset is None or not 1700 <= year <= 4000:
        return UNREADABLE
    hour, minute, second_of_minute = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    try:
        local = datetime(year, month, day, hour, minute, second_of_minute, tzinfo=UTC)
    except ValueError:
        return UNREADABLE
    thousandths = int(((parts.get("fraction") or "") + "000")[:3])
    instant = instant_of(local) + thousandths - offset * 60_000
    return Time("readable", instant, naive=zone is None, ambiguous=ambiguous)
