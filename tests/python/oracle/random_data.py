"""Random tables in which nearly every branch of every rule is met often."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from oracle.cells import CONSENT_STATUSES, MESSAGE_TYPES, ORIGINS, PICKLISTS, STATUSES
from oracle.model import Policy, Table
from oracle.random_cells import GOOD_PHONES, Cells

Record = dict[str, str | None]

TYPE_WEIGHTS = {
    "Text": 6,
    "WhatsApp": 7,
    "Facebook": 6,
    "EmbeddedMessaging": 4,
    "Line": 1,
    "AppleBusinessChat": 1,
    "Custom": 1,
    "PSTNVoice": 1,
    "Voice": 1,
}
ORIGIN_WEIGHTS = dict.fromkeys(ORIGINS, 0.3) | {"InboundInitiated": 8, "AgentInitiated": 3}
PLATFORMS = ("Enhanced", "Enhanced", "Enhanced", "enhanced", "Standard", "STANDARD", None, "Old")
REQUIRED = {
    "channels": {"Id", "MessageType"},
    "users": {"MessagingPlatformKey", "MessagingChannelId"},
    "sessions": {"MessagingEndUserId", "Status"},
    "existing_users": {"Id"},
}
RELATIONSHIPS = ("MessagingPlatformKey", "MasterLabel")
CHANNEL_TEXTS = ("+18005550100", "Main line", "main line", "Service", "106540352242922")
OTHER_POLICY = Policy(
    whatsapp_window=timedelta(hours=20),
    messenger_window=timedelta(days=3),
    stale_new_after=timedelta(hours=12),
    stale_inactive_after=timedelta(hours=26),
    user_available_after=timedelta(minutes=30),
    window_closing_within=timedelta(hours=4),
    clock_tolerance=timedelta(seconds=30),
)


@dataclass(frozen=True)
class Case:
    """Everything that one check needs."""

    tables: dict[str, Table]
    as_of: datetime
    operation: str
    policy: Policy
    select_off: frozenset[str]


def random_tables(seed: int, *, users: int = 120, sessions: int = 160, channels: int = 6, existing: int = 30) -> Case:
    """Make a case; the same seed makes the same case."""
    return _Maker(seed).case(users, sessions, channels, existing)


class _Maker:
    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        as_of = datetime(2026, rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), 5, 9, tzinfo=UTC)
        self.as_of = as_of + timedelta(milliseconds=rng.choice((0, 0, 1, 500, 999)))
        self.policy = replace(
            rng.choice((Policy(), Policy(), Policy(), OTHER_POLICY)),
            sessions_complete=rng.random() < 0.6,
            day_first=rng.random() < 0.3,
            ended_statuses=rng.choice((("Ended", "Error"),) * 4 + (("Ended",), ("Ended", "Error", "Inactive"))),
        )
        self.make = Cells(rng, self.as_of, self.policy.day_first, rng.choice((0.0, 0.03, 0.1, 0.25)))
        self.absent = rng.choice((0.0, 0.0, 0.1, 0.4))
        self.mixed_case = rng.random() < 0.25
        self.given = {"channels": rng.random() < 0.85, "existing_users": rng.random() < 0.7}
        self.given |= {"users": rng.random() < 0.93, "sessions": rng.random() < 0.93}
        if not (self.given["users"] or self.given["sessions"]):
            self.given["users"] = True
        linked = 0.2 if self.given["channels"] else 0.5
        self.relationship = {
            name: rng.choice(RELATIONSHIPS) if rng.random() < linked else None for name in ("users", "sessions")
        }
        self.dropped = {rng.choice(("StartTime", "Origin"))} if rng.random() < 0.1 else set()
        self.digits = [rng.choice("123456789") + "".join(rng.choices("0123456789", k=10)) for _ in range(50)]
        self.digits += [number[1:] for number in GOOD_PHONES if len(number) > 9]

    def case(self, users: int, sessions: int, channels: int, existing: int) -> Case:
        """Make the tables, and what to check them with."""
        make, policy = self.make, self.policy
        self.channel_keys = make.id_pool("0Mj", channels + 2)
        self.channel_types = {
            key: self.rng.choices(list(TYPE_WEIGHTS), list(TYPE_WEIGHTS.values()))[0] for key in self.channel_keys
        }
        self.user_keys = make.id_pool("0PA", max(1, users))
        self.channel_of: dict[str, str] = {}
        self.session_keys = make.id_pool("0Mw", max(1, sessions))
        self.owner_keys = make.id_pool("005", 3) + make.id_pool("00G", 1)
        self.parents = {prefix: make.id_pool(prefix, 5) for prefix in ("001", "003", "00Q", "500", "006", "0dw")}
        self.message_ages = (
            policy.whatsapp_window, policy.whatsapp_window, policy.messenger_window, policy.messenger_window,
            policy.whatsapp_window - policy.window_closing_within,
            policy.messenger_window - policy.window_closing_within,
            -policy.clock_tolerance, timedelta(0), timedelta(hours=20),
        )  # fmt: skip
        self.start_ages = (
            policy.stale_new_after, policy.stale_inactive_after, policy.whatsapp_window, policy.messenger_window,
            -policy.clock_tolerance, timedelta(hours=3), timedelta(hours=40), timedelta(hours=60),
        )  # fmt: skip
        self.created_ages = (
            policy.user_available_after, policy.user_available_after, timedelta(0), -policy.clock_tolerance,
            timedelta(days=90),
        )  # fmt: skip
        self.starts = [make.moment(self.start_ages) for _ in range(max(4, sessions // 4))]
        self.no_last_message = self.rng.choice((0.1, 0.3, 0.8))
        self.ended_share = self.rng.choice((0.3, 0.7, 0.9))
        records = {
            "channels": [self.channel(number) for number in range(channels)],
            "users": self.users(users),
            "sessions": [self.session(number) for number in range(sessions)],
        }
        self.loaded = records["users"]
        records["existing_users"] = [self.existing(number) for number in range(existing)]
        tables = {name: self.table(name, rows) for name, rows in records.items() if self.given[name]}
        return Case(
            tables=dict(sorted(tables.items())),
            as_of=self.as_of,
            operation=self.rng.choice(("audit", "insert", "update", "upsert")),
            policy=policy,
            select_off=frozenset(("W104", "S106")) if make.chance(0.5) else frozenset(),
        )

    # Records, with every column that they may have

    def channel(self, number: int) -> Record:
        make = self.make
        key = self.channel_keys[number]
        if number and make.chance(0.15):
            key = self.rng.choice(self.channel_keys[:number])
        return {
            "Id": make.id_text(key),
            "MessageType": make.choice("MessageType", [self.channel_types[key]]),
            "PlatformType": self.rng.choice(
                ("Enhanced", "Enhanced", "Enhanced", "enhanced", "Standard", "STANDARD", None, "Old")
            ),
            "IsActive": make.boolean(),
            "Surface": self.rng.choice(("in-app", "In-App", "web", "WEB", None, "", "phone")),
            "MessagingPlatformKey": self.rng.choice((*CHANNEL_TEXTS, None)),
            "MasterLabel": self.rng.choice((*CHANNEL_TEXTS, "")),
        }

    def channel_text(self) -> str | None:
        if self.make.dirty():
            return self.rng.choice(("no such line", " Main line", self.make.missing(), self.make.missing()))
        return self.rng.choice(CHANNEL_TEXTS)

    def address(self) -> tuple[str, str, str, str | None]:
        """A channel's key, a type that is mostly its own, digits, and the address that they make."""
        make = self.make
        key = self.rng.choice(self.channel_keys[:-1] if make.dirty() else self.channel_keys[:-2] or self.channel_keys)
        kind = self.channel_types[key] if make.chance(0.9) else self.rng.choice(MESSAGE_TYPES)
        digits = self.rng.choice(self.digits)
        return key, kind, digits, make.platform_key(kind, digits)

    def users(self, count: int) -> list[Record]:
        """Users, some of them an earlier one again."""
        rows: list[Record] = []
        for number in range(count):
            again = bool(rows) and self.make.chance(0.03)
            rows.append(dict(self.rng.choice(rows)) if again else self.user(number))
        return rows

    def user(self, number: int) -> Record:
        make, rng = self.make, self.rng
        channel, kind, _, address = self.address()
        key = self.user_keys[number % len(self.user_keys)] if make.chance(0.93) else rng.choice(self.user_keys)
        self.channel_of.setdefault(key, channel)
        return {
            "Id": make.id_text(key),
            "MessagingPlatformKey": address,
            "MessagingChannelId": make.id_text(channel) if make.chance(0.95) else make.missing(),
            "MessagingChannel.": self.channel_text(),
            "MessageType": make.choice("MessageType", [kind]),
            "Name": make.text(255),
            "MessagingConsentStatus": make.choice("MessagingConsentStatus", CONSENT_STATUSES),
            "IsoCountryCode": make.country(),
            "Locale": make.text(20),
            "ProfilePictureUrl": make.text(255),
            "MessagingExternalUserKey": make.text(255),
            "AccountId": self.parent("001"),
            "ContactId": self.parent("003"),
            "LeadId": self.parent("00Q"),
            "OwnerId": self.owner(),
            "CreatedDate": make.time(self.created_ages),
            "LastInboundMessageTime": make.time(self.message_ages, missing=self.no_last_message),
            "Notes__c": make.text(40),
        }

    def existing(self, number: int) -> Record:
        """A record that the org holds: often with the address of a user, under its Id or another one."""
        record = self.user(number)
        if self.loaded and self.make.chance(0.7):
            twin = self.rng.choice(self.loaded)
            record |= {field: twin[field] for field in ("MessagingChannelId", "MessagingPlatformKey", "MessageType")}
            record["Id"] = twin["Id"] if self.make.chance(0.4) else record["Id"]
        elif self.make.chance(0.6):
            record["Id"] = self.make.id_text(self.make.id_pool("0PA", 1)[0])
        return record

    def session(self, number: int) -> Record:
        make, rng = self.make, self.rng
        key = self.session_keys[number] if make.chance(0.94) else rng.choice(self.session_keys)
        customer, channel = self.customer(), rng.choice(self.channel_keys[:-1])
        channel = self.channel_of.get(customer, channel) if make.chance(0.8) else channel
        live = [status for status in STATUSES if status not in ("Ended", "Error")]
        status = rng.choices(("Ended", "Error"), (6, 1))[0] if make.chance(self.ended_share) else rng.choice(live)
        start = rng.choice(self.starts)
        end = start + rng.choice((timedelta(0), timedelta(milliseconds=-1), timedelta(hours=1), timedelta(hours=9)))
        end = end if make.chance(0.5) else make.moment(self.message_ages[:4])
        ended = status in ("Ended", "Error") or make.chance(0.1)
        steady = make.chance(0.85)
        first_reply = start + rng.choice((timedelta(0), timedelta(seconds=9), timedelta(milliseconds=-1)))
        end_text = make.spell(end) if ended else make.missing()
        ended_by = make.choice("EndedByType", PICKLISTS["EndedByType"])
        return {
            "Id": make.id_text(key),
            "MessagingEndUserId": make.id_text(customer),
            "MessagingChannelId": make.id_text(channel),
            "MessagingChannel.": self.channel_text(),
            "Status": make.choice("Status", [status]),
            "Origin": make.choice("Origin", list(ORIGIN_WEIGHTS), list(ORIGIN_WEIGHTS.values())),
            "AgentType": make.choice("AgentType", PICKLISTS["AgentType"]),
            "EndedByType": ended_by if ended == steady else make.missing(),
            "OwnerId": self.owner(),
            "StartTime": make.spell(start) if steady and not make.dirty() else make.time(self.start_ages),
            "AcceptTime": make.spell(first_reply) if steady else make.time(self.start_ages),
            "EndTime": make.time(self.start_ages, missing=0.3) if make.dirty() else end_text,
            "CaseId": self.parent("500"),
            "LeadId": self.parent("00Q"),
            "OpportunityId": self.parent("006"),
            "ConversationId": self.parent("0dw"),
            "SessionKey": make.text(36),
            "ChannelGroup": make.text(255),
            "ChannelIntent": make.text(255),
            "ChannelLocale": make.text(255),
        }

    def customer(self) -> str:
        """Mostly one of few users, so that several sessions meet."""
        if self.make.chance(0.05):
            return self.make.id_pool("0PA", 1)[0]
        few = self.user_keys[: max(1, len(self.user_keys) // 3)]
        return self.rng.choice(few if self.make.chance(0.6) else self.user_keys)

    def owner(self) -> str | None:
        return self.make.missing() if self.make.chance(0.1) else self.make.id_text(self.rng.choice(self.owner_keys))

    def parent(self, prefix: str) -> str | None:
        return (
            self.make.id_text(self.rng.choice(self.parents[prefix])) if self.make.chance(0.3) else self.make.missing()
        )

    # Tables

    def table(self, name: str, records: list[Record]) -> Table:
        """Keep some of the columns, in any order and any case."""
        rng = self.rng
        columns = [column for column in records[0] if column != "MessagingChannel."]
        required = set(REQUIRED[name])
        if name == "users" and not self.given["channels"]:
            required.add("MessageType")
        if name == "channels":
            required |= {column for column in self.relationship.values() if column}
        optional = {column for column in columns if rng.random() >= self.absent} - self.dropped
        columns = [column for column in columns if column in required | optional]
        headers = {column: column for column in columns}
        link = self.relationship.get(name)
        if link and "MessagingChannelId" in headers:
            del headers["MessagingChannelId"]
            headers["MessagingChannel."] = f"MessagingChannel.{link}"
        if self.mixed_case:
            headers = {
                column: rng.choice((str.lower, str.upper, str.swapcase, str))(header)
                for column, header in headers.items()
            }
        order = list(headers)
        rng.shuffle(order)
        rows = [{headers[column]: record[column] for column in order} for record in records]
        return Table([headers[column] for column in order], rows)
