"""What is decided about each planned send, and what the reps have to expect."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from oracle.cells import read_loose, suffix_of
from oracle.model import Policy
from oracle.planned import plan_of
from oracle.sends import blocked, judged, lacks, missing_or_malformed
from oracle.times import EPOCH, milliseconds
from oracle.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oracle.model import Table
    from oracle.planned import Key, Send
    from oracle.world import Row

REPLIES = {"StatusBased": "same-rep", "TabBased": "new-session-any-rep"}
"""Where a customer's answer goes, by capacity model."""
DEFAULT_POLICY = Policy()


@dataclass(frozen=True)
class Decision:
    """What is decided about one send."""

    row: int
    outcome: str
    because: tuple[str, ...]
    creates_user: bool | None
    consent_after: str | None
    session_status: str | None
    ends_if_silent_at: datetime | None
    capacity_now: int | None
    on_reply: str | None


@dataclass(frozen=True)
class Load:
    """What one rep has planned and has to expect."""

    owner_id: str | None
    planned: int
    blocked: int
    unknown: int
    live_sessions: int | None
    load_now: int | None
    load_if_all_answer: int | None
    to_shared_pool: int
    reply_unknown: int


def moment(instant: int) -> datetime:
    """Milliseconds UTC as a datetime."""
    return EPOCH + timedelta(milliseconds=instant)


def outcome(send: Send) -> str:
    """Blocked, unknown or allowed."""
    if blocked(send):
        return "blocked"
    return "unknown" if lacks(send) else "allowed"


def decide(send: Send) -> Decision:
    """Everything about one send."""
    result = outcome(send)
    open_ = result != "blocked"
    because = [code for code, verdict in judged(send).items() if verdict.failed]
    if result == "unknown" and not missing_or_malformed(send).failed:
        because.append("P114")
    creates: bool | None = send.starts_new and open_
    open_kind = send.kind is None and send.link != "linked"
    if result == "unknown" and (open_kind or (send.kind == "SMS" and send.user_unknown)):
        creates = None
    status = "New" if open_ and not send.live_sessions else None
    silent_until = None
    if status and send.time is not None:
        silent_until = moment(send.time + milliseconds(send.world.policy.stale_new_after))
    return Decision(
        row=send.row.number,
        outcome=result,
        because=tuple(sorted(because)),
        creates_user=creates,
        consent_after="ExplicitlyOptedIn" if creates else send.consent,
        session_status=status,
        ends_if_silent_at=silent_until,
        capacity_now=0 if open_ else None,
        on_reply=on_reply(send) if open_ else None,
    )


def on_reply(send: Send) -> str:
    """Where the customer's answer goes."""
    model = read_loose(send.channel.text("CapacityModel"), tuple(REPLIES)) if send.channel else None
    return REPLIES.get(model or send.world.policy.capacity_model or "", "unknown")


def live_by_owner(world: World) -> dict[str, list[Row]] | None:
    """The live sessions of each rep, later records of one Id left out; None where the sessions do not tell."""
    if not world.has("sessions", "OwnerId"):
        return None
    owned: dict[str, list[Row]] = defaultdict(list)
    for session in world.sheets["sessions"].rows:
        owner = session.key("OwnerId")
        if owner is not None and world.live(session) and not world.is_later_duplicate(session):
            owned[owner].append(session)
    return owned


def load(world: World, owner: Key | None, decisions: list[Decision]) -> Load:
    """One rep's planned sends and live sessions."""
    owned = live_by_owner(world)
    live = None
    if owned is not None and owner is not None and owner[0] == "Id":
        live = owned.get(owner[1], [])
    now = None if live is None else sum(session.value("Status") == "Active" for session in live)
    replies = [decision.on_reply for decision in decisions]
    name = None if owner is None else owner[1] + (suffix_of(owner[1]) if owner[0] == "Id" else "")
    return Load(
        owner_id=name,
        planned=len(decisions),
        blocked=sum(decision.outcome == "blocked" for decision in decisions),
        unknown=sum(decision.outcome == "unknown" for decision in decisions),
        live_sessions=None if live is None else len(live),
        load_now=now,
        load_if_all_answer=None if now is None else now + replies.count("same-rep"),
        to_shared_pool=replies.count("new-session-any-rep"),
        reply_unknown=replies.count("unknown"),
    )


@dataclass(frozen=True)
class Outlook:
    """Everything that the sends of one check come to."""

    decisions: list[Decision]
    by_rep: list[Load]


def plan(
    tables: Mapping[str, Table], *, as_of: datetime, operation: str = "audit", policy: Policy = DEFAULT_POLICY
) -> Outlook:
    """Decide every send, and sum up by rep."""
    world = World(tables, as_of, operation, policy)
    sends = plan_of(world).sends
    decisions = [decide(send) for send in sends]
    groups: dict[Key | None, list[Decision]] = defaultdict(list)
    for send, decision in zip(sends, decisions, strict=True):
        groups[send.owner.key].append(decision)
    loads = [load(world, owner, group) for owner, group in groups.items()]
    return Outlook(decisions, sorted(loads, key=lambda rep: (rep.owner_id is None, rep.owner_id or "")))


def as_rows(records: Iterable[Decision | Load]) -> list[dict[str, Any]]:
    """Records as rows of a table."""
    return [
        {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(record).items()}
        for record in records
    ]
