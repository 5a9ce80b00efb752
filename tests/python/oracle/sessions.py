"""The rules about sessions."""

from __future__ import annotations

from itertools import combinations

from oracle.model import FAIL, PASS, UNDECIDED, Verdict, fail_if
from oracle.shared import (
    Rule,
    channel_column,
    column,
    given,
    in_future,
    judge_choices,
    judge_duplicate,
    judge_ids,
    judge_lengths,
    judge_readable,
    judge_zones,
    one_of,
    related_to,
)
from oracle.times import milliseconds
from oracle.world import SESSION_IDS, Row, World

CHOICES = ("Status", "Origin", "AgentType", "EndedByType")
TIMES = ("StartTime", "AcceptTime", "EndTime")
LENGTHS = {"SessionKey": 36, "ChannelGroup": 255, "ChannelIntent": 255, "ChannelLocale": 255}
NEVER = float("inf")


def age(world: World, row: Row) -> int | None:
    """How long before as-of a session started."""
    start = row.time("StartTime").instant
    return None if start is None else world.as_of - start


def s101_stale_new_session(world: World, row: Row) -> Verdict:
    """New, and started more than 48 hours before as-of."""
    old = age(world, row)
    if row.value("Status") != "New" or old is None:
        return UNDECIDED
    return fail_if(old > milliseconds(world.policy.stale_new_after))


def by_start(row: Row) -> tuple[bool, int, int]:
    """The order of sessions: StartTime, then row; unknown StartTimes last."""
    start = row.time("StartTime").instant
    return (start is None, start or 0, row.number)


def live_sessions(world: World, row: Row) -> list[Row]:
    """The live sessions of a live session's customer, itself included, earliest first; empty where undecided."""
    customer = row.key("MessagingEndUserId")
    if customer is None or not world.live(row) or world.is_later_duplicate(row):
        return []
    others = world.sessions_by_customer[customer]
    return sorted((s for s in others if world.live(s) and not world.is_later_duplicate(s)), key=by_start)


def owners(sessions: list[Row]) -> set[str]:
    """The known owners."""
    return {owner for session in sessions if (owner := session.key("OwnerId")) is not None}


def s102_conflicting_live_sessions(world: World, row: Row) -> Verdict:
    """The customer has live sessions of different owners, and this is not the earliest."""
    live = live_sessions(world, row)
    if not live:
        return UNDECIDED
    if len(owners(live)) < 2 or live[0] is row:
        return PASS
    rivals = [s for s in live if s.key("OwnerId") is not None and s.key("OwnerId") != row.key("OwnerId")]
    return related_to(rivals[0])


def s103_repeated_live_session(world: World, row: Row) -> Verdict:
    """The customer has several live sessions of one owner, and this is not the earliest."""
    live = live_sessions(world, row)
    if not live:
        return UNDECIDED
    return PASS if len(owners(live)) >= 2 or live[0] is row else related_to(live[0])


def s104_stale_inactive_session(world: World, row: Row) -> Verdict:
    """Inactive, and started more than 30 hours before as-of."""
    old = age(world, row)
    if row.value("Status") != "Inactive" or old is None:
        return UNDECIDED
    return fail_if(old > milliseconds(world.policy.stale_inactive_after))


def s105_opted_out_user_live(world: World, row: Row) -> Verdict:
    """Live, and the customer has opted out."""
    customer = world.customer(row)
    consent = customer.value("MessagingConsentStatus") if customer else None
    return fail_if(consent == "OptedOut") if world.live(row) and consent is not None else UNDECIDED


def interval(world: World, row: Row) -> tuple[int, float] | None:
    """When a session ran, for S106; None where that rule cannot decide about it."""
    if row.key("MessagingEndUserId") is None or row.key("OwnerId") is None or world.is_later_duplicate(row):
        return None
    start, end = row.time("StartTime"), row.time("EndTime")
    if start.instant is None:
        return None
    if end.instant is not None and end.instant >= start.instant:
        return start.instant, end.instant
    return (start.instant, NEVER) if world.live(row) and end.state == "missing" else None


def s106_overlapping_sessions(world: World, row: Row) -> Verdict:
    """An earlier session of the customer under another owner overlaps in time."""
    mine = interval(world, row)
    if mine is None:
        return UNDECIDED
    for other in sorted(world.sessions_by_customer[row.key("MessagingEndUserId") or ""], key=by_start):
        theirs = interval(world, other)
        if theirs is None or by_start(other) >= by_start(row) or other.key("OwnerId") == row.key("OwnerId"):
            continue
        if theirs[0] < mine[1] and mine[0] < theirs[1]:
            return related_to(other)
    return PASS


def s201_missing_value(world: World, row: Row) -> Verdict:
    """The customer, the channel or the status is missing."""
    no_channel = world.sheets["sessions"].channel_column is not None and world.link(row).missing
    no_customer = row.id_cell("MessagingEndUserId").state == "missing"
    return fail_if(no_customer or no_channel or row.missing("Status"))


def s202_unknown_picklist_value(_world: World, row: Row) -> Verdict:
    """A picklist cell is not exactly a known value."""
    return judge_choices(row, CHOICES)


def s203_value_too_long(_world: World, row: Row) -> Verdict:
    """A text is longer than its field."""
    return judge_lengths(row, LENGTHS)


def s204_malformed_id(_world: World, row: Row) -> Verdict:
    """An Id is malformed or repairable."""
    return judge_ids(row, SESSION_IDS)


def s205_duplicate_id(world: World, row: Row) -> Verdict:
    """An earlier session has the same Id."""
    return judge_duplicate(world, row)


def s301_unknown_user(world: World, row: Row) -> Verdict:
    """The customer is neither among the users nor among the existing ones."""
    return UNDECIDED if row.key("MessagingEndUserId") is None else fail_if(world.customer(row) is None)


def s302_unknown_channel(world: World, row: Row) -> Verdict:
    """The channel is not among the given ones."""
    link = world.link(row)
    return fail_if(link.channel is None) if link.readable else UNDECIDED


def s303_channel_differs_from_user(world: World, row: Row) -> Verdict:
    """The channel is not the customer's; keys of different kinds cannot be compared."""
    customer = world.customer(row)
    mine, theirs = world.link(row).key, world.link(customer).key if customer else None
    if mine is None or theirs is None or mine[0] != theirs[0]:
        return UNDECIDED
    return fail_if(mine != theirs)


def s401_unreadable_timestamp(_world: World, row: Row) -> Verdict:
    """A timestamp cannot be read."""
    return judge_readable(row, TIMES)


def s402_timestamp_without_zone(_world: World, row: Row) -> Verdict:
    """A timestamp has no zone, or its day and month could be swapped."""
    return judge_zones(row, TIMES)


def s403_time_order(_world: World, row: Row) -> Verdict:
    """Not StartTime <= AcceptTime <= EndTime."""
    known = [instant for field in TIMES if (instant := row.time(field).instant) is not None]
    return fail_if(any(a > b for a, b in combinations(known, 2))) if len(known) >= 2 else UNDECIDED


def s404_future_time(world: World, row: Row) -> Verdict:
    """A time is after as-of."""
    known = [instant for field in TIMES if (instant := row.time(field).instant) is not None]
    return fail_if(any(in_future(world, instant) for instant in known)) if known else UNDECIDED


def s405_end_status_mismatch(world: World, row: Row) -> Verdict:
    """The status and the signs of an end disagree."""
    if row.value("Status") is None:
        return UNDECIDED
    ended_without_time = row.value("Status") == "Ended" and world.has("sessions", "EndTime") and row.missing("EndTime")
    ends_though_live = world.live(row) and (row.time("EndTime").readable or not row.missing("EndedByType"))
    return fail_if(ended_without_time or ends_though_live)


def s406_status_not_on_platform(world: World, row: Row) -> Verdict:
    """The channel's platform does not have the status."""
    channel, status, origin = world.link(row).channel, row.value("Status"), row.choice("Origin")
    if channel is None or status is None or (status == "New" and origin.state == "unknown"):
        return UNDECIDED
    if world.platform(channel) == "Standard":
        return fail_if(status in ("Consent", "Paused", "Inactive", "Error"))
    if status == "New" and origin.state != "missing" and origin.value != "AgentInitiated":
        return FAIL
    return PASS


# What the rules need


def known_user_ids(world: World) -> str | None:
    """S301 needs users or existing users, at least one of them with a known Id."""
    sheets = [sheet for name in ("users", "existing_users") if (sheet := world.sheet(name))]
    return None if any(sheet.first_by_id for sheet in sheets) else "no users with Ids were given"


def users_with_consent(world: World) -> str | None:
    """S105 needs a consent status that a session's customer can be looked up in."""
    for name in ("users", "existing_users"):
        if world.has(name, "Id") and world.has(name, "MessagingConsentStatus"):
            return None
    return "neither users nor existing_users have Id and MessagingConsentStatus"


def users_with_channel(world: World) -> str | None:
    """S303 needs the channel of users that a session's customer can be looked up in."""
    for name in ("users", "existing_users"):
        sheet = world.sheet(name)
        if sheet and sheet.has("Id") and sheet.channel_column:
            return None
    return "neither users nor existing_users have Id and MessagingChannelId"


def two_times(world: World) -> str | None:
    """S403 needs two of the three times."""
    there = [field for field in TIMES if world.has("sessions", field)]
    return None if len(there) >= 2 else "fewer than two of StartTime, AcceptTime, EndTime"


START, END, OWNER = (column("sessions", field) for field in ("StartTime", "EndTime", "OwnerId"))
CHANNEL = channel_column("sessions")

RULES = (
    Rule(s101_stale_new_session, (START,)),
    Rule(s102_conflicting_live_sessions, (OWNER,)),
    Rule(s103_repeated_live_session, (OWNER,)),
    Rule(s104_stale_inactive_session, (START,)),
    Rule(s105_opted_out_user_live, (users_with_consent,)),
    Rule(s106_overlapping_sessions, (START, END, OWNER)),
    Rule(s201_missing_value),
    Rule(s202_unknown_picklist_value, (one_of("sessions", CHOICES),)),
    Rule(s203_value_too_long, (one_of("sessions", LENGTHS),)),
    Rule(s204_malformed_id, (one_of("sessions", SESSION_IDS),)),
    Rule(s205_duplicate_id, (column("sessions", "Id"),)),
    Rule(s301_unknown_user, (known_user_ids,)),
    Rule(s302_unknown_channel, (given("channels"), CHANNEL)),
    Rule(s303_channel_differs_from_user, (CHANNEL, users_with_channel)),
    Rule(s401_unreadable_timestamp, (one_of("sessions", TIMES),)),
    Rule(s402_timestamp_without_zone, (one_of("sessions", TIMES),)),
    Rule(s403_time_order, (two_times,)),
    Rule(s404_future_time, (one_of("sessions", TIMES),)),
    Rule(s405_end_status_mismatch, (one_of("sessions", ["EndTime", "EndedByType"]),)),
    Rule(s406_status_not_on_platform, (column("channels", "PlatformType"), CHANNEL)),
)
