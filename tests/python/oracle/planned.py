"""A planned send with its cells read: which channel it goes through, which customer it reaches, and in what state."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from oracle.cells import address_of, is_missing, read_boolean, read_loose
from oracle.sessions import by_start
from oracle.shared import in_future
from oracle.times import milliseconds
from oracle.world import KINDS

if TYPE_CHECKING:
    from oracle.model import Verdict
    from oracle.world import Row, World

Key = tuple[str, str]
"""An Id's form and the Id: ("Id", 15 characters), or ("external", text)."""

RELATIONSHIPS = {"MessagingEndUserId": "messagingenduser.", "OwnerId": "owner."}
"""Columns of these beginnings stand for the field, and hold external keys."""
FLAGS = ("TemplateApproved", "HasDynamicContent", "ConsentConfirmed")
MESSAGE_KINDS = ("freeform", "notification")
USER_TABLES = ("users", "existing_users")
"""Where a customer is looked up, in this order."""


@dataclass(frozen=True)
class Reference:
    """An Id cell of a send: missing, valid, repairable or malformed; the key where it is known."""

    state: str
    key: Key | None = None


@dataclass(frozen=True)
class Customer:
    """Whom a send reaches: found (with its record), absent (there is surely no record) or unknown."""

    state: str
    user: Row | None = None
    by_phone: bool = False


class Send:
    """One planned send."""

    def __init__(self, world: World, row: Row) -> None:
        """Take a row of the sends."""
        self.world = world
        self.row = row
        self.verdicts: dict[str, Verdict] = {}
        """What the rules say, by code, as far as they were asked."""

    # Cells

    def reference(self, field: str) -> Reference:
        """An Id cell, from the field's own column or from one of its relationship."""
        columns = self.world.sheets["sends"].columns
        if field.lower() in columns:
            cell = self.row.id_cell(field)
            return Reference(cell.state, ("Id", cell.key) if cell.key is not None else None)
        column = next((name for name in sorted(columns) if name.startswith(RELATIONSHIPS.get(field, "?"))), None)
        text = self.row.text(column) if column else None
        return Reference("missing") if text is None or is_missing(text) else Reference("valid", ("external", text))

    @cached_property
    def user_id(self) -> Reference:
        """The customer's Id as the send gives it."""
        return self.reference("MessagingEndUserId")

    @cached_property
    def owner(self) -> Reference:
        """The rep."""
        return self.reference("OwnerId")

    @cached_property
    def source(self) -> Reference:
        """The record that the message starts from."""
        return self.reference("SourceRecordId")

    @cached_property
    def phone(self) -> str | None:
        """The phone number as given; None where it is missing."""
        return None if self.row.missing("Phone") else self.row.text("Phone")

    @cached_property
    def message_kind(self) -> str | None:
        """Freeform or notification; None for any other text. Nothing said is freeform."""
        return (
            "freeform" if self.row.missing("MessageKind") else read_loose(self.row.text("MessageKind"), MESSAGE_KINDS)
        )

    @cached_property
    def time(self) -> int | None:
        """When it is sent: as-of where nothing is said, None where it cannot be read."""
        cell = self.row.time("SendTime")
        return self.world.as_of if cell.state == "missing" else cell.instant

    def flag(self, field: str) -> bool | None:
        """A yes or no; None where it is missing or neither."""
        return None if self.row.missing(field) else read_boolean(self.row.text(field))

    def flag_is_odd(self, field: str) -> bool:
        """Whether a flag's cell says something that is neither yes nor no."""
        return not self.row.missing(field) and self.flag(field) is None

    # The channel

    @cached_property
    def channel(self) -> Row | None:
        """The channel's record, where it is among the given ones."""
        return self.world.link(self.row).channel

    @cached_property
    def channel_key(self) -> Key | None:
        """What the channel is compared by."""
        return self.world.link(self.row).key

    @cached_property
    def channel_kind(self) -> str | None:
        """The kind that the given channels tell."""
        return None if self.channel is None else self.world.channel_kind(self.channel)

    @cached_property
    def told_by_user(self) -> str | None:
        """The kind by the user's own MessageType, where no channel tells it and the user is surely on that channel."""
        user = self.customer.user
        own = user.value("MessageType") if user and self.channel_kind is None and self.link == "linked" else None
        return None if own is None else KINDS.get(own, "outside")

    @cached_property
    def kind(self) -> str | None:
        """The channel's kind; None where it is unknown."""
        return self.told_by_user if self.channel_kind is None else self.channel_kind

    @cached_property
    def covered(self) -> bool | None:
        """Whether the article covers the channel; a kind that the user tells is judged as on an Enhanced channel."""
        if self.channel is not None and self.channel_kind is not None:
            return self.world.channel_covered(self.channel)
        return self.world.covers(self.told_by_user, "Enhanced")

    # The customer

    @cached_property
    def address(self) -> object:
        """The channel and the phone's digits; None where one of them is not known."""
        if self.channel_key is None or self.phone is None:
            return None
        return self.channel_key, address_of(self.phone, "SMS")

    @cached_property
    def customer(self) -> Customer:
        """Whom the send reaches."""
        if self.user_id.key is not None:
            return self._by_id(self.user_id.key)
        if self.user_id.state != "missing" or self.address is None or self.channel_kind not in ("SMS", "WhatsApp"):
            return Customer("unknown")
        return self._by_phone()

    def _by_id(self, key: Key) -> Customer:
        if key[0] != "Id":
            return Customer("unknown")  # the users' Ids are of another form
        sheets = [sheet for name in USER_TABLES if (sheet := self.world.sheet(name)) and sheet.has("Id")]
        for sheet in sheets:
            if key[1] in sheet.first_by_id:
                return Customer("found", sheet.first_by_id[key[1]])
        return Customer("absent" if any(sheet.first_by_id for sheet in sheets) else "unknown")

    def _by_phone(self) -> Customer:
        given = [name for name in USER_TABLES if self.world.sheet(name)]
        for name in given:
            user = plan_of(self.world).by_address[name].get(self.address)
            if user is not None:
                return Customer("found", user, by_phone=True)
        return Customer("absent" if given else "unknown")

    @cached_property
    def link(self) -> str | None:
        """How the found user stands to the channel: linked, not linked or unknown; None where nobody is found."""
        user = self.customer.user
        if user is None:
            return None
        if self.customer.by_phone:
            return "linked"
        if self.world.sheets[user.table].channel_column is None:
            return "unknown"  # the table does not say which channels its users are on
        theirs = self.world.link(user)
        if theirs.missing:
            return {None: "unknown", "SMS": "linked"}.get(self.channel_kind, "not linked")
        if theirs.key is None or self.channel_key is None or theirs.key[0] != self.channel_key[0]:
            return "unknown"
        return "linked" if theirs.key == self.channel_key else "not linked"

    @property
    def user_unknown(self) -> bool:
        """Whether it is open if there is a user on that channel."""
        return self.customer.state == "unknown" or self.link == "unknown"

    @property
    def starts_new(self) -> bool:
        """Whether Salesforce would make the user: SMS, and none on that channel."""
        return self.kind == "SMS" and (self.customer.state == "absent" or self.link == "not linked")

    @cached_property
    def customer_key(self) -> Key | None:
        """The Id by which sessions name the customer: the given one, or that of the user found by phone."""
        user = self.customer.user
        if self.user_id.key is not None or user is None:
            return self.user_id.key
        key = user.key("Id")
        return None if key is None else ("Id", key)

    @cached_property
    def identity(self) -> object:
        """What two sends share when they go to one customer; None where it is not known."""
        if self.customer_key is not None:
            return self.customer_key
        return self.address if self.user_id.state == "missing" else None

    @cached_property
    def live_sessions(self) -> list[Row] | None:
        """The customer's live sessions, earliest first; None where the sessions cannot tell."""
        key = self.customer_key
        if key is None:
            return None if self.customer.state == "unknown" else []
        if self.world.sheet("sessions") is None or key[0] != "Id":
            return None
        return live_sessions_of(self.world, key[1])

    @cached_property
    def consent(self) -> str | None:
        """The found user's consent status, where it is readable."""
        user = self.customer.user
        return None if user is None else user.value("MessagingConsentStatus")

    # When the customer last wrote

    @cached_property
    def window(self) -> str:
        """At SendTime: open, closed or unknown."""
        user, policy = self.customer.user, self.world.policy
        if user is None or self.time is None:
            return "unknown"
        length = milliseconds(policy.whatsapp_window if self.kind == "WhatsApp" else policy.messenger_window)
        last = user.time("LastInboundMessageTime")
        if last.instant is not None and not in_future(self.world, last.instant):
            return "closed" if self.time - last.instant > length else "open"
        if last.state != "missing":
            return "unknown"
        at_least, at_most = self._told_by_sessions()
        if at_least is not None and self.time - at_least <= length:
            return "open"
        return "closed" if at_most is not None and self.time - at_most > length else "unknown"

    def _told_by_sessions(self) -> tuple[int | None, int | None]:
        """The last message is not older than the first, and not newer than the second."""
        world, key = self.world, self.customer_key
        if (
            key is None
            or key[0] != "Id"
            or not (world.has("sessions", "StartTime") and world.has("sessions", "Origin"))
        ):
            return None, None
        sessions = world.sessions_by_customer.get(key[1], [])
        starts = [s.time("StartTime").instant for s in sessions if s.value("Origin") == "InboundInitiated"]
        known = [start for start in starts if start is not None and not in_future(world, start)]
        ends = [s.time("EndTime").instant for s in sessions]
        over = all(s.value("Status") is not None and not world.live(s) for s in sessions)
        at_most = None
        if world.policy.sessions_complete and sessions and over and None not in ends:
            at_most = max(end for end in ends if end is not None)
        return max(known, default=None), at_most


class Plan:
    """All planned sends of one check."""

    def __init__(self, world: World) -> None:
        """Take the sends, if there are any."""
        sheet = world.sheet("sends")
        self.world = world
        self.sends = [Send(world, row) for row in (sheet.rows if sheet else [])]

    @cached_property
    def by_address(self) -> dict[str, dict[object, Row]]:
        """For each table of users, the first record with a channel and address."""
        first: dict[str, dict[object, Row]] = {name: {} for name in USER_TABLES}
        for name in USER_TABLES:
            users = self.world.sheet(name)
            for user in users.rows if users else []:
                if (address := self.world.address(user)) is not None:
                    first[name].setdefault(address, user)
        return first

    @cached_property
    def by_identity(self) -> dict[object, list[Send]]:
        """The sends to each customer that is known."""
        groups: dict[object, list[Send]] = defaultdict(list)
        for send in self.sends:
            if send.identity is not None:
                groups[send.identity].append(send)
        return groups


@lru_cache(maxsize=2)
def plan_of(world: World) -> Plan:
    """The planned sends of a check, read once."""
    return Plan(world)


def live_sessions_of(world: World, key: str) -> list[Row]:
    """The live sessions of a customer, earliest first, later records of one Id left out."""
    sessions = world.sessions_by_customer.get(key, [])
    return sorted((s for s in sessions if world.live(s) and not world.is_later_duplicate(s)), key=by_start)
