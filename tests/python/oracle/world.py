"""The tables of one check with their cells read, and how their records refer to each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from oracle.cells import (
    Choice,
    IdCell,
    address_of,
    is_missing,
    number_form,
    read_choice,
    read_id,
    read_loose,
    two_forms,
)
from oracle.times import Time, instant_of, read_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from oracle.model import Policy, Table

USER_IDS: dict[str, tuple[str, ...]] = {
    "Id": ("0PA",),
    "MessagingChannelId": ("0Mj",),
    "AccountId": ("001",),
    "ContactId": ("003",),
    "LeadId": ("00Q",),
    "OwnerId": ("005", "00G"),
}
SESSION_IDS: dict[str, tuple[str, ...]] = {
    "Id": ("0Mw",),
    "MessagingEndUserId": ("0PA",),
    "MessagingChannelId": ("0Mj",),
    "OwnerId": ("005", "00G"),
    "CaseId": ("500",),
    "LeadId": ("00Q",),
    "OpportunityId": ("006",),
    "ConversationId": ("0dw",),
}
SEND_IDS: dict[str, tuple[str, ...]] = {
    "MessagingEndUserId": ("0PA",),
    "MessagingChannelId": ("0Mj",),
    "OwnerId": ("005", "00G"),
    "SourceRecordId": (),
}
"""No prefixes: the Id of any object; which objects will do is a rule of its own."""
PREFIXES: dict[str, dict[str, tuple[str, ...]]] = {
    "channels": {"Id": ("0Mj",)},
    "users": USER_IDS,
    "existing_users": USER_IDS,
    "sessions": SESSION_IDS,
    "sends": SEND_IDS,
}

CHANNEL_LINKS = ("MessagingChannel.MessagingPlatformKey", "MessagingChannel.MasterLabel")

KINDS = {
    "Text": "SMS",
    "WhatsApp": "WhatsApp",
    "Facebook": "Facebook",
    "Line": "Line",
    "AppleBusinessChat": "Apple",
    "Custom": "BYOC",
    "EmbeddedMessaging": "embedded-unknown",
}
"""The kinds by MessageType; every other known value is outside the article."""


@dataclass(eq=False)
class Row:
    """One record; its cells are read on demand."""

    table: str
    number: int
    cells: dict[str, str | None]
    day_first: bool

    def text(self, field: str) -> str | None:
        """The cell as given; None where the column is absent."""
        return self.cells.get(field.lower())

    def missing(self, field: str) -> bool:
        """Whether the cell holds nothing (an absent column holds nothing)."""
        return is_missing(self.text(field))

    def id_cell(self, field: str) -> IdCell:
        """The cell read as an Id."""
        return read_id(self.text(field), PREFIXES[self.table][field])

    def key(self, field: str) -> str | None:
        """The 15 characters of an Id where they are known."""
        return self.id_cell(field).key

    def choice(self, field: str) -> Choice:
        """The cell read as a picklist value."""
        return read_choice(self.text(field), field)

    def value(self, field: str) -> str | None:
        """The picklist value where it is known."""
        return self.choice(field).value

    def time(self, field: str) -> Time:
        """The cell read as a timestamp."""
        return read_time(self.text(field), self.day_first)


class Sheet:
    """One table with its columns matched."""

    def __init__(self, name: str, table: Table, day_first: bool) -> None:
        """Match the columns without regard to case."""
        self.columns = {column.lower() for column in table.columns}
        self.rows = [
            Row(name, number, {column.lower(): cells.get(column) for column in table.columns}, day_first)
            for number, cells in enumerate(table.rows)
        ]

    def has(self, field: str) -> bool:
        """Whether the table has a column of this name, in any case."""
        return field.lower() in self.columns

    @cached_property
    def channel_column(self) -> str | None:
        """The column that names the channel: MessagingChannelId, or a relationship column."""
        return next((column for column in ("MessagingChannelId", *CHANNEL_LINKS) if self.has(column)), None)

    @cached_property
    def first_by_id(self) -> dict[str, Row]:
        """The record that others refer to, by Id key."""
        first: dict[str, Row] = {}
        for row in self.rows:
            if (key := row.key("Id")) is not None:
                first.setdefault(key, row)
        return first


@dataclass(frozen=True)
class Link:
    """A record's channel cell.

    Attributes:
        missing: The cell holds nothing.
        key: What the channel is compared by: ("Id", its 15 characters), or (column, text) where it is an external key.
        readable: The key is known, or the cell is a relationship text.
        channel: The channel's record, where it is among the given ones.
    """

    missing: bool
    key: tuple[str, str] | None = None
    readable: bool = False
    channel: Row | None = None


class World:
    """Everything that a rule may look at."""

    def __init__(self, tables: Mapping[str, Table], as_of: datetime, operation: str, policy: Policy) -> None:
        """Take the tables and the circumstances of one check."""
        self.sheets = {name: Sheet(name, table, policy.day_first) for name, table in tables.items()}
        self.as_of = instant_of(as_of)
        self.operation = operation
        self.policy = policy
        self._links: dict[Row, Link] = {}

    def sheet(self, name: str) -> Sheet | None:
        """A table, where it is given."""
        return self.sheets.get(name)

    def has(self, table: str, field: str) -> bool:
        """Whether a table is given and has a column."""
        sheet = self.sheet(table)
        return sheet is not None and sheet.has(field)

    # Channels

    def link(self, row: Row) -> Link:
        """The channel of a user, session or planned send."""
        if row not in self._links:
            self._links[row] = self._read_link(row)
        return self._links[row]

    def _read_link(self, row: Row) -> Link:
        column = self.sheets[row.table].channel_column
        if column is None or row.missing(column):
            return Link(missing=True)
        return self._read_id_link(row) if column == "MessagingChannelId" else self._read_relationship(row, column)

    def _read_id_link(self, row: Row) -> Link:
        cell, channels = row.id_cell("MessagingChannelId"), self.sheet("channels")
        if cell.key is None:
            return Link(missing=cell.state == "missing")
        found = channels.first_by_id.get(cell.key) if channels else None
        return Link(missing=False, key=("Id", cell.key), readable=True, channel=found)

    def _read_relationship(self, row: Row, column: str) -> Link:
        text, channels = row.text(column) or "", self.sheet("channels")
        if channels is None:
            return Link(missing=False, key=(column, text), readable=True)
        named = [channel for channel in channels.rows if channel.text(column.split(".")[1]) == text]
        if not named:
            return Link(missing=False, key=(column, text), readable=True)
        own_type = row.value("MessageType") if row.table not in ("sessions", "sends") else None
        same_type = [channel for channel in named if own_type is not None and channel.value("MessageType") == own_type]
        channel = (same_type or named)[0]
        key = channel.key("Id")
        return Link(missing=False, key=("Id", key) if key else None, readable=True, channel=channel)

    def platform(self, channel: Row) -> str | None:
        """Standard, Enhanced, or None where it is unknown."""
        return read_loose(channel.text("PlatformType"), ("Standard", "Enhanced"))

    def channel_kind(self, channel: Row) -> str | None:
        """The kind of a channel; None where it is unknown."""
        message_type = channel.value("MessageType")
        if message_type is None:
            return None
        if message_type == "EmbeddedMessaging":
            return read_loose(channel.text("Surface"), ("in-app", "web")) or "embedded-unknown"
        return KINDS.get(message_type, "outside")

    def covers(self, kind: str | None, platform: str | None) -> bool | None:
        """Whether the article's rules cover a kind of channel; None where that is unknown."""
        if kind is None or kind == "embedded-unknown":
            return None
        return kind not in ("web", "outside") and platform != "Standard"

    def channel_covered(self, channel: Row) -> bool | None:
        """Whether the article's rules cover a channel."""
        return self.covers(self.channel_kind(channel), self.platform(channel))

    # Users

    def user_kind(self, user: Row) -> str | None:
        """The kind of a user: its channel's, else by its own MessageType; None where it is unknown."""
        channel = self.link(user).channel
        if channel is not None and (kind := self.channel_kind(channel)) is not None:
            return kind
        own = user.value("MessageType")
        return None if own is None else KINDS.get(own, "outside")

    def user_covered(self, user: Row) -> bool | None:
        """Whether the article's rules cover a user: as its channel, else as on an Enhanced channel."""
        channel = self.link(user).channel
        if channel is not None and self.channel_kind(channel) is not None:
            return self.channel_covered(channel)
        return self.covers(self.user_kind(user), "Enhanced")

    def address(self, user: Row) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """A user's channel and address; None where one of them is not known."""
        channel, text = self.link(user).key, user.text("MessagingPlatformKey")
        if channel is None or text is None or is_missing(text):
            return None
        return channel, address_of(text, self.user_kind(user) or "unknown")

    @cached_property
    def first_by_address(self) -> dict[object, Row]:
        """The first user with a channel and address."""
        first: dict[object, Row] = {}
        for user in self.sheets["users"].rows:
            if (address := self.address(user)) is not None:
                first.setdefault(address, user)
        return first

    @cached_property
    def existing_by_address(self) -> dict[object, list[Row]]:
        """The existing users with a known Id by channel and address."""
        existing: dict[object, list[Row]] = defaultdict(list)
        sheet = self.sheet("existing_users")
        for user in sheet.rows if sheet else []:
            if user.key("Id") is not None and (address := self.address(user)) is not None:
                existing[address].append(user)
        return existing

    @cached_property
    def opted_out_by_address(self) -> dict[object, Row]:
        """The first existing user that is opted out, by channel and address, whatever its Id."""
        first: dict[object, Row] = {}
        sheet = self.sheet("existing_users")
        for user in sheet.rows if sheet else []:
            address = self.address(user)
            if address is not None and user.value("MessagingConsentStatus") == "OptedOut":
                first.setdefault(address, user)
        return first

    def number_form(self, user: Row) -> str | None:
        """How a WhatsApp user on a known channel writes the number: plus, bare, or None where it is no number."""
        known = self.user_kind(user) == "WhatsApp" and self.link(user).key is not None
        return number_form(user.text("MessagingPlatformKey") or "") if known else None

    @cached_property
    def number_forms(self) -> Counter[tuple[object, str]]:
        """How many users of each channel write the number in which form."""
        forms: Counter[tuple[object, str]] = Counter()
        for user in self.sheets["users"].rows:
            if (form := self.number_form(user)) is not None:
                forms[self.link(user).key, form] += 1
        return forms

    def two_forms(self, user: Row) -> tuple[object, str, str] | None:
        """A WhatsApp user's channel and digits, and the digits of the number's other form, where it has two."""
        address = self.address(user)
        if address is None or self.user_kind(user) != "WhatsApp" or address[1][0] != "digits":
            return None
        channel, (_, digits) = address
        forms = two_forms(digits)
        return None if forms is None else (channel, digits, next(form for form in forms if form != digits))

    @cached_property
    def users_by_number(self) -> dict[str, dict[object, list[Row]]]:
        """Users, and existing users with a known Id, by channel and digits, as far as their numbers have two forms."""
        by_number: dict[str, dict[object, list[Row]]] = {}
        for name in ("users", "existing_users"):
            groups = by_number[name] = defaultdict(list)
            sheet = self.sheet(name)
            for user in sheet.rows if sheet else []:
                number = self.two_forms(user)
                if number is not None and (name == "users" or user.key("Id") is not None):
                    groups[number[:2]].append(user)
        return by_number

    def customer(self, session: Row) -> Row | None:
        """The record of a session's customer: among the users, else among the existing ones."""
        key = session.key("MessagingEndUserId")
        for name in ("users", "existing_users"):
            sheet = self.sheet(name)
            if key is not None and sheet is not None and key in sheet.first_by_id:
                return sheet.first_by_id[key]
        return None

    # Sessions

    def live(self, session: Row) -> bool:
        """Whether a session is known to be open."""
        status = session.value("Status")
        return status is not None and status not in self.policy.ended_statuses

    @cached_property
    def sessions_by_customer(self) -> dict[str, list[Row]]:
        """The sessions of each customer whose Id is known."""
        groups: dict[str, list[Row]] = defaultdict(list)
        sheet = self.sheet("sessions")
        for session in sheet.rows if sheet else []:
            if (key := session.key("MessagingEndUserId")) is not None:
                groups[key].append(session)
        return groups

    def is_later_duplicate(self, row: Row) -> bool:
        """Whether an earlier record of its table has the same Id."""
        key = row.key("Id")
        return key is not None and self.sheets[row.table].first_by_id[key] is not row
