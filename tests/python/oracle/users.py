"""The rules about users, but for the messaging windows."""

from __future__ import annotations

from oracle.cells import is_e164, read_boolean
from oracle.model import FAIL, PASS, UNDECIDED, Verdict, fail_if
from oracle.numbers import COUNTRIES, TEXTABLE, Number, number_of
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
from oracle.world import USER_IDS, Row, World

CHOICES = ("MessageType", "MessagingConsentStatus")
TIMES = ("CreatedDate", "LastInboundMessageTime")
LENGTHS = {
    "MessagingPlatformKey": 255,
    "Name": 255,
    "IsoCountryCode": 2,
    "Locale": 20,
    "ProfilePictureUrl": 255,
    "MessagingExternalUserKey": 255,
}


def u101_phone_not_e164(world: World, row: Row) -> Verdict:
    """The platform key of an SMS user is not E.164."""
    if world.user_kind(row) != "SMS" or row.missing("MessagingPlatformKey"):
        return UNDECIDED
    return fail_if(not is_e164(row.text("MessagingPlatformKey") or ""))


def assigned_number(world: World, row: Row) -> Number | None:
    """The phone number of an SMS or WhatsApp user as libphonenumber sees it."""
    kind, text = world.user_kind(row), row.text("MessagingPlatformKey") or ""
    if kind == "WhatsApp" and not text.startswith("+"):
        text = "+" + text
    if kind not in ("SMS", "WhatsApp") or row.missing("MessagingPlatformKey") or not is_e164(text):
        return None
    return number_of(text)


def u102_phone_not_assigned(world: World, row: Row) -> Verdict:
    """The phone number of an SMS or WhatsApp user is nobody's."""
    number = assigned_number(world, row)
    return UNDECIDED if number is None else fail_if(not number.valid)


def u103_phone_not_textable(world: World, row: Row) -> Verdict:
    """The phone number of an SMS user cannot receive texts."""
    number = assigned_number(world, row)
    if world.user_kind(row) != "SMS" or number is None or not number.valid:
        return UNDECIDED
    return fail_if(number.kind not in TEXTABLE)


def u104_phone_country_mismatch(world: World, row: Row) -> Verdict:
    """IsoCountryCode is not the country of the phone number."""
    number, country = assigned_number(world, row), (row.text("IsoCountryCode") or "").upper()
    if number is None or not number.valid or number.region == "001" or country not in COUNTRIES:
        return UNDECIDED
    if row.missing("IsoCountryCode") or not row.text("IsoCountryCode").isascii():
        return UNDECIDED
    return fail_if(country != number.region and not (country in number.neighbours and len(number.owners) > 1))


def u201_missing_value(world: World, row: Row) -> Verdict:
    """A value that every load needs is missing."""
    loads = world.operation in ("insert", "upsert")
    return fail_if(
        row.missing("MessagingPlatformKey")
        or (world.has("users", "MessageType") and row.missing("MessageType"))
        or (loads and world.has("users", "Name") and row.missing("Name"))
        or (world.user_kind(row) == "SMS" and world.link(row).missing)
    )


def u202_unknown_picklist_value(_world: World, row: Row) -> Verdict:
    """MessageType or MessagingConsentStatus is not exactly a known value."""
    return judge_choices(row, CHOICES)


def u203_value_too_long(_world: World, row: Row) -> Verdict:
    """A text is longer than its field."""
    return judge_lengths(row, LENGTHS)


def u204_malformed_id(_world: World, row: Row) -> Verdict:
    """An Id is malformed or repairable."""
    return judge_ids(row, USER_IDS)


def u205_duplicate_id(world: World, row: Row) -> Verdict:
    """An earlier user has the same Id."""
    return judge_duplicate(world, row)


def u206_duplicate_address(world: World, row: Row) -> Verdict:
    """Another record has the same channel and address: an existing one with another Id, or an earlier one."""
    address, own_id = world.address(row), row.key("Id")
    if address is None:
        return UNDECIDED
    for existing in world.existing_by_address.get(address, []):
        if own_id is None or own_id != existing.key("Id"):
            return Verdict(decided=True, failed=True, related_row=None, related_id=existing.text("Id"))
    first = world.first_by_address[address]
    same_record = own_id is not None and own_id == first.key("Id")
    return PASS if first is row or same_record else related_to(first)


def u208_unreadable_timestamp(_world: World, row: Row) -> Verdict:
    """A timestamp cannot be read."""
    return judge_readable(row, TIMES)


def u209_timestamp_without_zone(_world: World, row: Row) -> Verdict:
    """A timestamp has no zone, or its day and month could be swapped."""
    return judge_zones(row, TIMES)


def u210_last_message_in_future(world: World, row: Row) -> Verdict:
    """The customer's last message is after as-of."""
    instant = row.time("LastInboundMessageTime").instant
    return UNDECIDED if instant is None else fail_if(in_future(world, instant))


def u301_user_not_linked(world: World, row: Row) -> Verdict:
    """A user of any kind but SMS has no channel."""
    if world.user_kind(row) in (None, "SMS"):
        return UNDECIDED
    return fail_if(world.link(row).missing)


def u302_unknown_channel(world: World, row: Row) -> Verdict:
    """The channel is not among the given ones."""
    link = world.link(row)
    return fail_if(link.channel is None) if link.readable else UNDECIDED


def u303_inactive_channel(world: World, row: Row) -> Verdict:
    """The channel is not active."""
    channel = world.link(row).channel
    active = read_boolean(channel.text("IsActive")) if channel else None
    return UNDECIDED if active is None else fail_if(not active)


def u304_channel_type_mismatch(world: World, row: Row) -> Verdict:
    """The MessageType is not the channel's."""
    channel, own = world.link(row).channel, row.value("MessageType")
    theirs = channel.value("MessageType") if channel else None
    return UNDECIDED if own is None or theirs is None else fail_if(own != theirs)


def u306_channel_surface_unknown(world: World, row: Row) -> Verdict:
    """In-app or web cannot be told."""
    kind = world.user_kind(row)
    return fail_if(kind == "embedded-unknown") if kind in ("in-app", "web", "embedded-unknown") else UNDECIDED


def u307_user_not_yet_available(world: World, row: Row) -> Verdict:
    """The user was created less than 10 minutes before as-of."""
    created = row.time("CreatedDate").instant
    if created is None:
        return UNDECIDED
    return FAIL if world.as_of - created < milliseconds(world.policy.user_available_after) else PASS


RULES = (
    Rule(u101_phone_not_e164),
    Rule(u102_phone_not_assigned),
    Rule(u103_phone_not_textable),
    Rule(u104_phone_country_mismatch, (column("users", "IsoCountryCode"),)),
    Rule(u201_missing_value),
    Rule(u202_unknown_picklist_value, (one_of("users", CHOICES),)),
    Rule(u203_value_too_long, (one_of("users", LENGTHS),)),
    Rule(u204_malformed_id, (one_of("users", USER_IDS),)),
    Rule(u205_duplicate_id, (column("users", "Id"),)),
    Rule(u206_duplicate_address, (channel_column("users"),)),
    Rule(u208_unreadable_timestamp, (one_of("users", TIMES),)),
    Rule(u209_timestamp_without_zone, (one_of("users", TIMES),)),
    Rule(u210_last_message_in_future, (column("users", "LastInboundMessageTime"),)),
    Rule(u301_user_not_linked, (channel_column("users"),)),
    Rule(u302_unknown_channel, (given("channels"), channel_column("users"))),
    Rule(u303_inactive_channel, (column("channels", "IsActive"), channel_column("users"))),
    Rule(u304_channel_type_mismatch, (given("channels"), column("users", "MessageType"), channel_column("users"))),
    Rule(u306_channel_surface_unknown),
    Rule(u307_user_not_yet_available, (column("users", "CreatedDate"),)),
)

EXISTING_RULES = (
    Rule(u202_unknown_picklist_value, (one_of("existing_users", CHOICES),)),
    Rule(u204_malformed_id, (one_of("existing_users", USER_IDS),)),
    Rule(u208_unreadable_timestamp, (one_of("existing_users", TIMES),)),
)
