"""What charts show is exact, whatever the batches, and agrees with the rules about the same records."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import phonenumbers
import polars as pl
import pytest
import sendworthy as sw

from tables import AS_OF, channel_rows, session_rows, sf_id, user_rows

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LENGTHS = {"WhatsApp": 24 * HOUR, "Facebook": 7 * 24 * HOUR}
KINDS = {"WhatsApp": "WhatsApp", "Facebook": "Facebook Messenger"}
AGES = [("up to 1 h", 1), ("1 to 6 h", 6), ("6 to 24 h", 24), ("1 to 2 days", 48), ("2 to 7 days", 168)]
AGES += [("7 to 30 days", 720)]
TOLERANCE = timedelta(minutes=5)


def random_users(rng: random.Random, count: int) -> list[dict[str, str | None]]:
    """Users on three kinds of channels with numbers and times of every quality."""
    numbers = ["+1415555{:04}", "+4915123456{:03}", "+44740012{:04}", "+999123{:05}", "0171{:05}", "+800123456{:02}"]
    rows: list[dict[str, str | None]] = []
    for at in range(count):
        kind = rng.choice(("Text", "WhatsApp", "Facebook"))
        key = None if rng.random() < 0.03 else rng.choice(numbers).format(rng.randrange(100))
        if kind == "WhatsApp" and key and rng.random() < 0.4:
            key = key.lstrip("+")
        rows.append(
            {
                "Id": sf_id("0PA", at + 1),
                "MessagingPlatformKey": key,
                "MessagingChannelId": sf_id("0Mj", 1),
                "MessageType": kind,
                "LastInboundMessageTime": random_time(rng, 200),
            }
        )
    return rows


def random_time(rng: random.Random, hours: float) -> str | None:
    """A time before as-of, often on a whole hour, sometimes a little after it, missing or no time."""
    chance = rng.random()
    if chance < 0.1:
        return rng.choice((None, "", "soon"))
    age = rng.randrange(int(hours)) * HOUR + rng.choice((-1, 0, 0, 1)) * timedelta(milliseconds=1)
    if chance < 0.2:
        age = -timedelta(seconds=rng.randrange(600))
    return f"{NOW - age:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def parse(text: str | None) -> datetime | None:
    """The time in a cell, unless it lies too far in the future."""
    if not text or text == "soon":
        return None
    return datetime.fromisoformat(text)


def region(row: dict[str, str | None]) -> tuple[str, str | None]:
    """What libphonenumber says of a user's number."""
    key = row["MessagingPlatformKey"] or ""
    if not key.startswith("+") and (row["MessageType"] == "Text" or not key or key.startswith("0")):
        return "not-e164", None
    if key.lstrip("+").startswith("999"):  # nobody's calling code
        return "unassigned", None
    number = phonenumbers.parse("+" + key.lstrip("+"))
    if not phonenumbers.is_valid_number(number):
        return "unassigned", None
    return "assigned", phonenumbers.region_code_for_number(number)


def window(row: dict[str, str | None]) -> tuple[str, str, int | None]:
    """The state of a user's window."""
    kind = str(row["MessageType"])
    last = parse(row["LastInboundMessageTime"])
    if last is None or last > NOW + TOLERANCE:
        return KINDS[kind], "unknown", None
    left = LENGTHS[kind] - (NOW - last)
    return (KINDS[kind], "open", min(left // HOUR, 168)) if left >= timedelta(0) else (KINDS[kind], "closed", None)


def age(text: str | None) -> str:
    """The name of a session's age."""
    start = parse(text)
    if start is None:
        return "unknown"
    if start > NOW + TOLERANCE:
        return "in the future"
    return next((name for name, hours in AGES if NOW - start <= hours * HOUR), "over 30 days")


@pytest.mark.parametrize("seed", range(8))
def test_the_profile_is_what_counting_by_hand_gives(seed: int) -> None:
    rng = random.Random(seed)
    users = random_users(rng, 600)
    statuses = ("New", "new", "Active", "Waiting", "Inactive", "Ended", "Error", "Gone", None)
    sessions = [
        row | {"Status": rng.choice(statuses), "StartTime": random_time(rng, rng.choice((8, 60, 1000)))}
        for row in session_rows(500)
    ]
    report = sw.check(users=users, sessions=sessions, as_of=AS_OF)
    numbers = Counter(region(row) for row in users if row["MessageType"] != "Facebook")
    assert {row[:2]: row[2] for row in report.profile.by_region.rows()} == numbers
    windows = Counter(window(row) for row in users if row["MessageType"] != "Text")
    assert {row[:3]: row[3] for row in report.profile.window_closings.rows()} == windows
    live = Counter(
        (str(row["Status"]).capitalize(), age(row["StartTime"]))
        for row in sessions
        if row["Status"] not in {"Ended", "Error", "Gone", None}
    )
    assert {row[:2]: row[2] for row in report.profile.live_session_ages.rows()} == live
    assert min(len(numbers), len(windows), len(live)) > 5, "the random data must hold something of everything"


def test_the_profile_agrees_with_the_rules() -> None:
    data = sw.generate(users=30_000, sessions=40_000, seed=3)
    report = sw.check(users=data.users, sessions=data.sessions, channels=data.channels, as_of=data.as_of)
    counts = {row[0]: row[4:] for row in report.counts.filter(pl.col("table") != "channels").rows()}
    for code, kind in (("W101", "WhatsApp"), ("W102", "Facebook Messenger")):
        found = report.profile.window_closings.filter(kind=kind)
        by_state = dict(found.group_by("window").agg(pl.col("users").sum()).rows())
        assert (by_state["closed"], by_state["open"] + by_state["closed"]) == counts[code]
    stale = report.profile.live_session_ages.filter(
        pl.col("status") == "New", pl.col("age").is_in(["2 to 7 days", "7 to 30 days", "over 30 days"])
    )
    assert stale["sessions"].sum() == counts["S101"][0] > 0


def test_batches_and_threads_do_not_show(tmp_path: Path) -> None:
    data = sw.generate(users=70_000, sessions=70_000, seed=5)
    paths = {"users": tmp_path / "users.parquet", "sessions": tmp_path / "sessions.csv"}
    data.users.write_parquet(paths["users"], row_group_size=3_333)
    data.sessions.write_csv(paths["sessions"])
    one = sw.check(**paths, channels=data.channels, as_of=data.as_of, threads=1).profile
    frames = {"users": data.users, "sessions": data.sessions}
    other = sw.check(**frames, channels=data.channels, as_of=data.as_of, threads=4).profile
    for name in ("by_region", "window_closings", "live_session_ages"):
        assert getattr(one, name).equals(getattr(other, name))
        assert getattr(one, name).height


def test_existing_users_and_absent_tables_count_nothing() -> None:
    report = sw.check(sessions=session_rows(3), existing_users=user_rows(5), channels=channel_rows(), as_of=AS_OF)
    profile = report.profile
    assert profile.by_region.is_empty()
    assert profile.window_closings.is_empty()
    assert profile.live_session_ages.is_empty(), "all of them have ended"


def test_a_longer_window_stays_open() -> None:
    users = [
        row | {"MessageType": "WhatsApp", "LastInboundMessageTime": "2026-11-20T11:00:00Z"} for row in user_rows(1)
    ]
    longer = sw.Policy(whatsapp_window=timedelta(hours=72))
    assert sw.check(users=users, as_of=AS_OF).profile.window_closings["window"].to_list() == ["closed"]
    assert sw.check(users=users, as_of=AS_OF, policy=longer).profile.window_closings["hours_left"].to_list() == [23]
