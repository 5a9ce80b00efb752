"""Charts: numbers and lengths. The template draws them as inline SVG beside the numbers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sendworthy.outputs.html.words import day, day_and_time, percent, width
from sendworthy.profile import AGES

if TYPE_CHECKING:
    from datetime import datetime

    from sendworthy.policy import Policy
    from sendworthy.profile import Profile

_HOUR = timedelta(hours=1)
_COLUMNS = 28
_STEPS = (1, 2, 3, 6, 12, 24)
_TICKS = 7
_REGIONS = 12
_DAY = 24


class Bar(NamedTuple):
    """A bar of a chart, which is a row of a table.

    Attributes:
        label: What is counted.
        number: How many.
        share: The same in percent of all.
        width: The length of the bar in percent of the longest.
        part: How many of them belong to a part that is shown apart.
        part_width: The length of that.
    """

    label: str
    number: int
    share: str
    width: float
    part: int = 0
    part_width: float = 0


class Column(NamedTuple):
    """A column of the chart of closing windows.

    Attributes:
        since: Its first moment.
        until: Its last.
        users: How many windows close then.
        height: That in percent of the highest.
        x: Its left edge in percent.
        width: Its width in percent.
    """

    since: str
    until: str
    users: int
    height: float
    x: float
    width: float


class Tick(NamedTuple):
    """A label under a chart.

    Attributes:
        x: Its place in percent.
        label: What it says.
    """

    x: float
    label: str


@dataclass(frozen=True)
class Windows:
    """When the windows of one kind of channel close.

    Attributes:
        kind: The kind.
        still_open: Users whose window is open.
        closed: Users whose window is closed.
        unknown: Users of whom nothing tells.
        soon: Users whose window closes within a quarter of its length.
        soon_hours: How long that is.
        columns: The open ones by time.
        ticks: The labels of the axis.
        peak: The highest column.
        step: Hours in a column.
    """

    kind: str
    still_open: int
    closed: int
    unknown: int
    soon: int
    soon_hours: int
    columns: list[Column]
    ticks: list[Tick]
    peak: int
    step: int


def regions(profile: Profile) -> list[Bar]:
    """Users by the region of their number, the most frequent first; rare ones together."""
    found = profile.by_region
    assigned = found.filter(number="assigned")
    rows = [
        ("numbers of no country" if region == "001" else region, users)
        for region, users in assigned.head(_REGIONS).select("region", "users").rows()
    ]
    if more := assigned.height - _REGIONS:
        rest = int(assigned.slice(_REGIONS)["users"].sum())
        rows += [(f"{more} other regions" if more > 1 else "1 other region", rest)] if more > 0 else []
    for number, label in (("unassigned", "assigned to nobody"), ("not-e164", "not in E.164 form")):
        rows += [(label, int(users)) for users in found.filter(number=number)["users"]]
    total, most = sum(users for _, users in rows), max((users for _, users in rows), default=0)
    return [Bar(label, users, percent(users, total), width(users, most)) for label, users in rows]


def session_ages(profile: Profile) -> list[Bar]:
    """Live sessions by age, and how many of them are New."""
    found = profile.live_session_ages
    all_of = dict(found.group_by("age").agg(pl.col("sessions").sum()).rows())
    new = dict(found.filter(status="New").select("age", "sessions").rows())
    total, most = sum(all_of.values()), max(all_of.values(), default=0)
    shown = [age for age in AGES if age in all_of or age in AGES[: AGES.index("over 30 days") + 1]] if total else []
    return [
        Bar(
            age,
            number := all_of.get(age, 0),
            percent(number, total),
            width(number, most),
            part := new.get(age, 0),
            width(part, most),
        )
        for age in shown
    ]


def windows(profile: Profile, policy: Policy, as_of: datetime) -> list[Windows]:
    """Of each kind of channel with windows: when they close."""
    lengths = {"WhatsApp": policy.whatsapp_window, "Facebook Messenger": policy.messenger_window}
    found = profile.window_closings
    kinds = [kind for kind in lengths if found.filter(kind=kind).height]
    return [_windows(kind, found.filter(kind=kind), lengths[kind], as_of) for kind in kinds]


def _windows(kind: str, found: pl.DataFrame, length: timedelta, as_of: datetime) -> Windows:
    states = dict(found.group_by("window").agg(pl.col("users").sum()).rows())
    by_hour = dict(found.filter(window="open").select("hours_left", "users").rows())
    hours = min(max(-(-length // _HOUR), 1), 7 * _DAY)
    step = next((step for step in _STEPS if hours <= step * _COLUMNS), _STEPS[-1])
    bins = [0] * -(-hours // step)
    for left, users in by_hour.items():  # what the clocks' difference puts beyond the length belongs to the last
        bins[min(left // step, len(bins) - 1)] += users
    peak, slot = max(bins), 100 / len(bins)
    moments = [as_of + step * at * _HOUR for at in range(len(bins) + 1)]
    columns = [
        Column(day_and_time(moments[at]), day_and_time(moments[at + 1]), users, width(users, peak), at * slot, slot)
        for at, users in enumerate(bins)
    ]
    soon_hours = max(hours // 4, 1)
    return Windows(
        kind,
        states.get("open", 0),
        states.get("closed", 0),
        states.get("unknown", 0),
        sum(users for left, users in by_hour.items() if left < soon_hours),
        soon_hours,
        columns,
        _ticks(moments, days=hours > 2 * _DAY),
        peak,
        step,
    )


def _ticks(moments: list[datetime], *, days: bool) -> list[Tick]:
    """Labels at even distances: times of a day, or days."""
    last = len(moments) - 1
    every = next(every for every in range(max(-(-last // _TICKS), 1), last + 1) if last % every == 0)
    return [
        Tick(100 * at / last, day(moments[at]) if days else f"{moments[at]:%H:%M}") for at in range(0, last + 1, every)
    ]
