"""The rules about the windows in which a customer may be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.model import UNDECIDED, Verdict, fail_if
from oracle.shared import Rule, column, in_future
from oracle.times import milliseconds

if TYPE_CHECKING:
    from oracle.world import Row, World


def window_length(world: World, row: Row) -> int | None:
    """How long a user's window stays open; None for a user that has none."""
    kind = world.user_kind(row)
    if kind not in ("WhatsApp", "Facebook") or world.user_covered(row) is not True:
        return None
    return milliseconds(world.policy.whatsapp_window if kind == "WhatsApp" else world.policy.messenger_window)


def window_state(world: World, row: Row) -> str | None:
    """A user's window: open, closed or unknown; None where the rules do not look at it."""
    length, last = window_length(world, row), row.time("LastInboundMessageTime")
    if length is None or last.state == "unreadable":
        return None
    if last.instant is not None:
        if in_future(world, last.instant):
            return None
        return "closed" if world.as_of - last.instant > length else "open"
    lower, upper = newest_known_message(world, row), newest_possible_message(world, row)
    if lower is not None and world.as_of - lower <= length:
        return "open"
    if upper is not None and world.as_of - upper > length:
        return "closed"
    return "unknown"


def evidence(world: World, row: Row) -> list[Row]:
    """The sessions that tell when a user last wrote."""
    key = row.key("Id")
    usable = world.has("sessions", "StartTime") and world.has("sessions", "Origin")
    if not usable or key is None or world.is_later_duplicate(row):
        return []
    return world.sessions_by_customer.get(key, [])


def newest_known_message(world: World, row: Row) -> int | None:
    """The newest start of a session that the customer began: the last message is not older."""
    starts = [
        start
        for session in evidence(world, row)
        if session.value("Origin") == "InboundInitiated"
        and (start := session.time("StartTime").instant) is not None
        and not in_future(world, start)
    ]
    return max(starts, default=None)


def newest_possible_message(world: World, row: Row) -> int | None:
    """The newest end of the customer's sessions, where all are known and over: the last message is not newer."""
    sessions = evidence(world, row)
    if not world.policy.sessions_complete or not sessions:
        return None
    if any(session.value("Status") is None or world.live(session) for session in sessions):
        return None
    ends = [session.time("EndTime").instant for session in sessions]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def judge_closed(world: World, row: Row, kind: str) -> Verdict:
    """Fail where the window of a user of this kind is closed."""
    state = window_state(world, row)
    if world.user_kind(row) != kind or state not in ("open", "closed"):
        return UNDECIDED
    return fail_if(state == "closed")


def w101_whatsapp_window_closed(world: World, row: Row) -> Verdict:
    """WhatsApp: the customer last wrote more than 24 hours before as-of."""
    return judge_closed(world, row, "WhatsApp")


def w102_messenger_window_closed(world: World, row: Row) -> Verdict:
    """Facebook Messenger: the customer last wrote more than 7 days before as-of."""
    return judge_closed(world, row, "Facebook")


def w103_window_unknown(world: World, row: Row) -> Verdict:
    """Nothing tells whether the window is open."""
    state = window_state(world, row)
    return UNDECIDED if state is None else fail_if(state == "unknown")


def w104_window_closing(world: World, row: Row) -> Verdict:
    """The window closes within 2 hours."""
    length, last = window_length(world, row), row.time("LastInboundMessageTime").instant
    if length is None or last is None or window_state(world, row) != "open":
        return UNDECIDED
    left = length - (world.as_of - last)
    return fail_if(left <= milliseconds(world.policy.window_closing_within))


def last_message_or_sessions(world: World) -> str | None:
    """W101 and W102 need the last message, or sessions as evidence."""
    sessions = world.has("sessions", "StartTime") and world.has("sessions", "Origin") and world.has("users", "Id")
    if world.has("users", "LastInboundMessageTime") or sessions:
        return None
    return "neither LastInboundMessageTime nor sessions that tell it"


RULES = (
    Rule(w101_whatsapp_window_closed, (last_message_or_sessions,)),
    Rule(w102_messenger_window_closed, (last_message_or_sessions,)),
    Rule(w103_window_unknown),
    Rule(w104_window_closing, (column("users", "LastInboundMessageTime"),)),
)
