"""Whether and how each user may be written to now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oracle.cells import is_e164, read_boolean, read_loose, suffix_of
from oracle.decisions import DEFAULT_POLICY, moment
from oracle.planned import live_sessions_of
from oracle.sends import CONSENT_GIVEN, CONSENT_TYPES
from oracle.shared import in_future
from oracle.times import milliseconds
from oracle.windows import newest_known_message, window_length, window_state
from oracle.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from oracle.model import Policy, Table
    from oracle.world import Row

KIND_NAMES = {
    "SMS": "sms",
    "WhatsApp": "whatsapp",
    "Facebook": "messenger",
    "Apple": "apple",
    "Line": "line",
    "in-app": "in-app",
    "web": "web",
    "embedded-unknown": "in-app-or-web",
    "BYOC": "custom",
    "outside": "other",
}


@dataclass(frozen=True)
class Eligible:
    """What is known about one user."""

    row: int
    record_id: str | None
    channel_id: str | None
    kind: str | None
    can_send: str
    because: tuple[str, ...]
    window_closes_at: datetime | None
    live_session_id: str | None
    live_owner_id: str | None
    available_at: datetime | None


def reasons_against(world: World, user: Row) -> set[str]:
    """The codes for which the user cannot be written to."""
    link, kind, consent = world.link(user), world.user_kind(user), user.value("MessagingConsentStatus")
    channel = link.channel
    key, created = user.text("MessagingPlatformKey") or "", user.time("CreatedDate").instant
    active = read_boolean(channel.text("IsActive")) if channel else None
    asked = read_loose(channel.text("ConsentType"), CONSENT_TYPES) if channel else None
    given = CONSENT_GIVEN.index(consent) if consent in CONSENT_GIVEN else None
    applies = {
        "U305": world.user_covered(user) is False,
        "U301": kind not in (None, "SMS") and link.missing,
        "U302": world.sheet("channels") is not None and link.readable and channel is None,
        "U303": active is False,
        "U401": consent == "OptedOut",
        "U402": asked is not None and given is not None and given < CONSENT_TYPES.index(asked),
        "U101": kind == "SMS" and not user.missing("MessagingPlatformKey") and not is_e164(key),
        "U201": user.missing("MessagingPlatformKey"),
        "U307": created is not None and world.as_of - created < milliseconds(world.policy.user_available_after),
        "W102": kind == "Facebook" and window_state(world, user) == "closed",
    }
    return {code for code, holds in applies.items() if holds}


def reasons_for_doubt(world: World, user: Row) -> set[str]:
    """The codes for which it is open whether the user can be written to."""
    link, created = world.link(user), user.time("CreatedDate")
    type_is_text = user.choice("MessageType").state == "unknown"
    embedded = world.user_kind(user) == "embedded-unknown"
    consent = user.choice("MessagingConsentStatus").state
    reasons = set()
    if world.user_covered(user) is None:
        reasons.add("U306" if embedded else "U202" if type_is_text else "U201")
    if not link.missing and not link.readable:
        reasons.add("U204")
    if consent in ("missing", "unknown"):
        reasons.add("U403" if consent == "missing" else "U202")
    if window_length(world, user) is not None and window_state(world, user) not in ("open", "closed"):
        reasons.add("W103")
    if not created.readable:
        reasons.add("U307" if created.state == "missing" else "U208")
    return reasons


def closes_at(world: World, user: Row) -> datetime | None:
    """When the user's window closes or has closed, as far as the last message is known."""
    length, last = window_length(world, user), user.time("LastInboundMessageTime")
    if length is None or last.state == "unreadable":
        return None
    if last.instant is not None:
        return None if in_future(world, last.instant) else moment(last.instant + length)
    at_least = newest_known_message(world, user)
    return moment(at_least + length) if at_least is not None and window_state(world, user) == "open" else None


def id18(row: Row | None, field: str) -> str | None:
    """The 18 characters of an Id."""
    key = row.key(field) if row else None
    return None if key is None else key + suffix_of(key)


def judge_user(world: World, user: Row) -> Eligible:
    """Everything about one user."""
    no, unknown = reasons_against(world, user), reasons_for_doubt(world, user)
    template = {"W101"} if world.user_kind(user) == "WhatsApp" and window_state(world, user) == "closed" else set()
    classes = (("no", no), ("unknown", unknown), ("template-only", template), ("freeform", set()))
    can_send, because = next((name, codes) for name, codes in classes if codes or name == "freeform")
    column, key, created = world.sheets["users"].channel_column, user.key("Id"), user.time("CreatedDate").instant
    live = live_sessions_of(world, key) if key is not None else []
    first = live[0] if live else None
    return Eligible(
        row=user.number,
        record_id=user.text("Id"),
        channel_id=user.text(column) if column else None,
        kind=KIND_NAMES.get(world.user_kind(user) or ""),
        can_send=can_send,
        because=tuple(sorted(because)),
        window_closes_at=closes_at(world, user),
        live_session_id=id18(first, "Id"),
        live_owner_id=id18(first, "OwnerId"),
        available_at=None if created is None else moment(created + milliseconds(world.policy.user_available_after)),
    )


def eligibility(
    tables: Mapping[str, Table], *, as_of: datetime, operation: str = "audit", policy: Policy = DEFAULT_POLICY
) -> list[Eligible]:
    """Judge every user."""
    world = World(tables, as_of, operation, policy)
    return [judge_user(world, user) for user in world.sheets["users"].rows]
