"""Random planned sends to the users of random tables: every rule of theirs fails, passes and lacks something often."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oracle.cells import is_missing
from oracle.model import Table
from oracle.random_cells import BAD_PHONES, UNREADABLE_TIMES, Cells
from oracle.random_data import CHANNEL_TEXTS, Case, random_tables
from oracle.times import EPOCH
from oracle.world import CHANNEL_LINKS, Row, World

if TYPE_CHECKING:
    from oracle.random_data import Record

CONSENT_TYPES = (
    "ImplicitOptIn", "ImplicitOptIn", "ExplicitOptIn", "ExplicitOptIn", "DoubleOptIn", "doubleoptin", None, "", "OptIn",
)  # fmt: skip
CAPACITY_MODELS = ("StatusBased", "StatusBased", "TabBased", "TabBased", "tabbased", None, "", "#N/A", "Weighted")
MESSAGE_KINDS = (
    "freeform", "freeform", "freeform", "notification", "notification", "notification", "FreeForm", "NOTIFICATION",
    None, "", "#N/A",
)  # fmt: skip
ODD_KINDS = ("template", "free form", " freeform", "freeform\n", "x")
LOCAL_OFFSETS = (-240, -300, 60, 120, -420, -480)
"""Summer and winter time of three places: the same clock time stands for two moments."""
JITTER = (-1000, -1, 0, 0, 0, 1, 1000)
BLANK = 0.12
"""The share of cells that are left out where that is no fault."""


def random_sends(seed: int, *, sends: int = 90, users: int = 60, sessions: int = 90) -> Case:
    """Make a case with planned sends; the same seed makes the same case."""
    return _Planner(seed, users, sessions).case(sends)


class _Planner:
    def __init__(self, seed: int, users: int, sessions: int) -> None:
        self.rng = rng = random.Random(f"sends {seed}")
        base = random_tables(seed, users=users, sessions=sessions)
        self.policy = replace(base.policy, capacity_model=rng.choice((None, None, "StatusBased", "TabBased")))
        operation = rng.choice(("audit", "insert", base.operation))
        self.base = replace(base, policy=self.policy, operation=operation)
        self.tables = dict(base.tables)
        if "channels" in self.tables:
            self.tables["channels"] = self.more_about_channels(self.tables["channels"])
        if rng.random() < 0.35:
            self.mend()
        self.world = World(self.tables, base.as_of, operation, self.policy)
        """What is known of the records even where they are not given in the end."""
        for name, share in (("users", 0.12), ("sessions", 0.12), ("existing_users", 0.1), ("channels", 0.08)):
            if rng.random() < share and not (name == "channels" and self.untyped()):
                self.tables.pop(name, None)
        self.make = Cells(rng, base.as_of, base.policy.day_first, rng.choice((0.0, 0.0, 0.02, 0.06, 0.15)))
        self.people = [row for name in ("users", "existing_users") for row in self.rows(name)]
        self.busy = [person for person in self.people if self.live_owner(person) is not None]
        self.owners = self.make.id_pool("005", 2) + [
            key for row in self.rows("sessions") if (key := row.key("OwnerId"))
        ]
        self.owners = self.owners[:6]
        channels = self.world.sheet("channels")
        self.channels = channels.rows if channels else []
        self.channel_column = self.choose_channel_column()
        self.absent = rng.choice((0.0, 0.0, 0.0, 0.1, 0.3))
        self.records: list[Record] = []
        self.times: list[int] = []
        self.customers: list[Row] = []
        """The customers of the sends so far, so that some are written to again."""

    def untyped(self) -> bool:
        """Whether users do not tell their MessageType, so that channels must."""
        table = self.tables.get("users")
        return table is not None and all(column.lower() != "messagetype" for column in table.columns)

    def more_about_channels(self, table: Table) -> Table:
        """The channels with what they ask for and how their reps' capacity is counted."""
        extra = {
            name: values
            for name, values in (("ConsentType", CONSENT_TYPES), ("CapacityModel", CAPACITY_MODELS))
            if self.rng.random() < 0.75 and name.lower() not in {column.lower() for column in table.columns}
        }
        rows = [{**row, **{name: self.rng.choice(values) for name, values in extra.items()}} for row in table.rows]
        return Table([*table.columns, *extra], rows)

    def mend(self) -> None:
        """Let most records of the org have nothing that stops a message, so that some sends are allowed."""
        sound = {
            "platformtype": "Enhanced",
            "messagingconsentstatus": "ExplicitlyOptedIn",
            "createddate": "2025-06-01T00:00:00Z",
            "lastinboundmessagetime": f"{self.base.as_of - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        }
        for name, table in self.tables.items():
            rows = [
                {
                    column: sound.get(column.lower(), cell) if self.rng.random() < 0.85 else cell
                    for column, cell in row.items()
                }
                for row in table.rows
            ]
            self.tables[name] = Table(table.columns, rows)

    def rows(self, name: str) -> list[Row]:
        sheet = self.world.sheet(name)
        return sheet.rows if sheet else []

    def choose_channel_column(self) -> str:
        """As the users name their channels, or by Id."""
        sheet = self.world.sheet("users")
        theirs = sheet.channel_column if sheet else None
        columns = {column.lower() for column in self.tables["channels"].columns} if "channels" in self.tables else set()
        link = theirs if theirs in CHANNEL_LINKS else self.rng.choice(CHANNEL_LINKS)
        there = "channels" not in self.tables or link.split(".")[1].lower() in columns
        chance = 0.8 if theirs in CHANNEL_LINKS else 0.08
        return link if there and self.rng.random() < chance else "MessagingChannelId"

    def live_owner(self, person: Row) -> str | None:
        key = person.key("Id")
        sessions = self.world.sessions_by_customer.get(key, []) if key else []
        return next((session.key("OwnerId") for session in sessions if self.world.live(session)), None)

    def case(self, count: int) -> Case:
        """Make the sends."""
        for _ in range(count):
            self.records.append(self.send())
        self.tables["sends"] = self.table()
        return replace(self.base, tables=dict(sorted(self.tables.items())))

    def send(self) -> Record:
        rng, make = self.rng, self.make
        person = self.person()
        by_phone = make.chance(0.3)
        self.customers += [person] if person else []
        channel = self.channel_of(person)
        return {
            "MessagingEndUserId": make.missing() if by_phone and make.chance(0.95) else self.user_id(person),
            "Phone": self.phone(person) if by_phone or make.chance(0.2) else make.missing(),
            self.channel_column: channel,
            "OwnerId": self.owner(person),
            "SendTime": self.send_time(person),
            "MessageKind": rng.choice(ODD_KINDS) if make.dirty() else rng.choice(MESSAGE_KINDS),
            "TemplateApproved": self.flag(likely=True),
            "HasDynamicContent": self.flag(likely=False),
            "ConsentConfirmed": self.flag(likely=True),
            "SourceRecordId": self.source(),
        }

    def person(self) -> Row | None:
        """Somebody with a live session, somebody already written to, anybody, or nobody known."""
        for choices, share in ((self.busy, 0.3), (self.customers, 0.15), (self.people, 0.85)):
            if choices and self.make.chance(share):
                return self.rng.choice(choices)
        return None

    def user_id(self, person: Row | None) -> str | None:
        key = person.key("Id") if person else None
        return self.make.id_text(key or self.make.id_pool("0PA", 1)[0])

    def phone(self, person: Row | None) -> str | None:
        """The person's number as given, without its plus, punctuated or damaged; or a new number."""
        text = person.text("MessagingPlatformKey") if person else None
        if text is None or is_missing(text) or self.make.chance(0.1):
            text = "+1415" + "".join(self.rng.choices("0123456789", k=7))
        if self.make.dirty():
            return self.rng.choice(BAD_PHONES)
        digits = "".join(char for char in text if char in "0123456789")
        if not digits or self.make.chance(0.2):
            return text
        spaced = f"+{digits[:1]} ({digits[1:4]}) {digits[4:7]}-{digits[7:]}"
        return self.rng.choice(
            ("+" + digits, "+" + digits, digits, spaced, f"{digits[:2]}.{digits[2:]}", f"({digits})")
        )

    def channel_of(self, person: Row | None) -> str | None:
        """The channel of the person, mostly; else one of the given channels, or another."""
        make, rng = self.make, self.rng
        if make.chance(BLANK / 6):
            return make.missing()
        channel = self.world.link(person).channel if person else None
        if channel is None or make.chance(0.2):
            channel = rng.choice(self.channels) if self.channels and make.chance(0.9) else None
        if self.channel_column != "MessagingChannelId":
            text = person.text(self.channel_column) if person and make.chance(0.7) else None
            own = channel.text(self.channel_column.split(".")[1]) if channel else None
            return text or own or rng.choice(CHANNEL_TEXTS)
        key = channel.key("Id") if channel else None
        if key is None and person and make.chance(0.7):
            link = self.world.link(person).key
            key = link[1] if link and link[0] == "Id" else None
        return make.id_text(key or make.id_pool("0Mj", 1)[0])

    def owner(self, person: Row | None) -> str | None:
        """The rep who talks to the person, or any other."""
        make = self.make
        if make.chance(BLANK / 2):
            return make.missing()
        own = self.live_owner(person) if person and make.chance(0.4) else None
        return make.id_text(own or self.rng.choice(self.owners))

    def flag(self, *, likely: bool) -> str | None:
        make = self.make
        if make.chance(BLANK):
            return make.missing()
        return make.boolean() if make.chance(0.3) else ("false", "true")[likely]

    def source(self) -> str | None:
        make = self.make
        if make.chance(BLANK):
            return make.missing()
        prefix = self.rng.choice(("003", "001", "00Q", "003", "001", "00Q", "500", "006", "0PA", "00q"))
        return make.id_text(make.id_pool(prefix, 1)[0])

    # Times

    def send_time(self, person: Row | None) -> str | None:
        """Nothing, or a moment that is often exactly, or just beside, a limit."""
        make, rng = self.make, self.rng
        if make.chance(0.25):
            return make.missing()
        if make.dirty() and make.chance(0.5):
            return rng.choice(UNREADABLE_TIMES)
        limits = self.limits(person)
        instant = rng.choice(limits) if limits and make.chance(0.75) else self.world.as_of
        instant += rng.choice(JITTER)
        if not limits or make.chance(0.15):
            instant += rng.randint(-5 * 86_400_000, 5 * 86_400_000)
        self.times.append(instant)
        return self.spell(EPOCH + timedelta(milliseconds=instant))

    def limits(self, person: Row | None) -> list[int]:
        """Where a rule about this person, or about an earlier send, turns."""
        policy, limits = self.policy, []
        if person:
            last, created = (person.time(field).instant for field in ("LastInboundMessageTime", "CreatedDate"))
            whatsapp, messenger = policy.whatsapp_window, policy.messenger_window
            kind = self.world.user_kind(person)
            window = messenger if kind == "Facebook" else whatsapp
            limits += [last + as_ms(window)] if last is not None else []
            limits += [created + as_ms(policy.user_available_after)] if created is not None else []
            sessions = self.world.sessions_by_customer.get(person.key("Id") or "", [])[:2]
            ends = [session.time(field).instant for session in sessions for field in ("StartTime", "EndTime")]
            limits += [end + as_ms(window) for end in ends if end is not None]
        limits += [time + as_ms(policy.stale_new_after) for time in self.times[-3:]] + self.times[-2:]
        near = 400 * 86_400_000
        return [limit for limit in limits if abs(limit - self.world.as_of) < near]

    def spell(self, moment: datetime) -> str:
        """A moment in any form, often as the clock of a place with summer time shows it."""
        if self.make.chance(0.7):
            return self.make.spell(moment)
        minutes = self.rng.choice(LOCAL_OFFSETS)
        local = moment + timedelta(minutes=minutes)
        sign, rest = "+" if minutes >= 0 else "-", abs(minutes)
        thousandths = (moment - EPOCH) // timedelta(milliseconds=1) % 1000
        return f"{local:%Y-%m-%dT%H:%M:%S}.{thousandths:03}{sign}{rest // 60:02}:{rest % 60:02}"

    # The table

    def table(self) -> Table:
        """Keep some of the columns, in any order and any case."""
        rng = self.rng
        names = list(self.records[0])
        who = rng.choice((("MessagingEndUserId",), ("Phone",), *[("MessagingEndUserId", "Phone")] * 8))
        kept = {self.channel_column, *who}
        kept |= {name for name in names if name not in ("MessagingEndUserId", "Phone") and rng.random() >= self.absent}
        headers = {name: name for name in names if name in kept}
        if "MessagingEndUserId" in kept and rng.random() < 0.03:
            headers["MessagingEndUserId"] = "MessagingEndUser.Number__c"
        if rng.random() < 0.2:
            headers = {name: rng.choice((str.lower, str.upper, str))(header) for name, header in headers.items()}
        order = list(headers)
        rng.shuffle(order)
        rows = [{headers[name]: record[name] for name in order} for record in self.records]
        return Table([headers[name] for name in order], rows)


def as_ms(span: timedelta) -> int:
    """A span in milliseconds."""
    return span // timedelta(milliseconds=1)
