"""Tables whose keys are as unevenly spread as can be: what a rule that looks across records must not choke on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = "2026-11-22T12:00:00Z"
Tables: TypeAlias = dict[str, pl.DataFrame]
CASES: dict[str, Callable[[int], Tables]] = {}
CHANNEL = "0Mj000000000001"
AT = pl.int_range(pl.len())


def case(build: Callable[[int], Tables]) -> Callable[[int], Tables]:
    """Add a case under the name of its function."""
    CASES[build.__name__.replace("_", " ")] = build
    return build


def ids(prefix: str, number: pl.Expr = AT) -> pl.Expr:
    """Ids of 15 characters."""
    return pl.lit(prefix) + number.cast(pl.String).str.zfill(12)


def moment(seconds: pl.Expr) -> pl.Expr:
    """Moments so many seconds after the first of November."""
    start = pl.lit("2026-11-01").str.to_datetime()
    return (start + pl.duration(seconds=seconds)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def table(rows: int, **columns: pl.Expr) -> pl.DataFrame:
    """Columns by name, over so many rows."""
    frame = pl.DataFrame({"row": pl.Series(range(rows), dtype=pl.UInt32)})
    values = {name: column.cast(pl.String) for name, column in columns.items()}
    return frame.select(AT.alias("row")).with_columns(**values).drop("row")


def users(rows: int, **changed: pl.Expr) -> pl.DataFrame:
    """SMS users, each with an Id and a number of its own."""
    columns = {
        "Id": ids("0PA"),
        "MessagingPlatformKey": pl.lit("+1415") + AT.cast(pl.String).str.zfill(7),
        "MessagingChannelId": pl.lit(CHANNEL),
        "MessageType": pl.lit("Text"),
        "Name": pl.lit("A name"),
        "MessagingConsentStatus": pl.lit("ExplicitlyOptedIn"),
        "IsoCountryCode": pl.lit("US"),
        "CreatedDate": moment(AT % 100_000),
    }
    return table(rows, **columns | changed)


def sessions(rows: int, **changed: pl.Expr) -> pl.DataFrame:
    """Ended sessions, one for each of the users."""
    columns = {
        "Id": ids("0Mw"),
        "MessagingEndUserId": ids("0PA"),
        "MessagingChannelId": pl.lit(CHANNEL),
        "Status": pl.lit("Ended"),
        "OwnerId": ids("005", AT % 500),
        "Origin": pl.lit("InboundInitiated"),
        "StartTime": moment(AT % 500_000),
        "EndTime": moment(AT % 500_000 + 600),
    }
    return table(rows, **columns | changed)


def sends(rows: int, **changed: pl.Expr) -> pl.DataFrame:
    """Planned sends, one to each of the users."""
    columns = {
        "MessagingEndUserId": ids("0PA"),
        "MessagingChannelId": pl.lit(CHANNEL),
        "OwnerId": ids("005", AT % 500),
        "SendTime": moment(AT % 50_000 + 1_900_000),
        "MessageKind": pl.lit("freeform"),
    }
    return table(rows, **columns | changed)


def org(**tables: pl.DataFrame) -> Tables:
    """Tables with a channel that they can refer to."""
    columns = {"Id": pl.lit(CHANNEL), "MessageType": pl.lit("Text"), "PlatformType": pl.lit("Enhanced")}
    columns |= {"IsActive": pl.lit("true"), "MasterLabel": pl.lit("Main")}
    return {"channels": table(1, **columns), **tables}


@case
def uniform(rows: int) -> Tables:
    """What the cases without planned sends are held against."""
    return org(users=users(rows), sessions=sessions(rows))


@case
def uniform_with_sends(rows: int) -> Tables:
    """What the cases with planned sends are held against."""
    live = sessions(rows, Status=pl.lit("Active"), EndTime=pl.lit(None))
    return org(users=users(rows), sessions=live, sends=sends(rows))


@case
def one_customer_of_live_sessions(rows: int) -> Tables:
    """Of seven reps, all without an end."""
    changed = {"MessagingEndUserId": ids("0PA", AT * 0), "Status": pl.lit("Active"), "OwnerId": ids("005", AT % 7)}
    return org(users=users(rows), sessions=sessions(rows, **changed, EndTime=pl.lit(None)))


@case
def one_customer_of_live_sessions_and_as_many_reps(rows: int) -> Tables:
    """All without an end."""
    changed = {"MessagingEndUserId": ids("0PA", AT * 0), "Status": pl.lit("Active"), "OwnerId": ids("005")}
    return org(users=users(rows), sessions=sessions(rows, **changed, EndTime=pl.lit(None)))


@case
def one_customer_of_ended_sessions(rows: int) -> Tables:
    """Every session overlaps every other one."""
    changed = {"MessagingEndUserId": ids("0PA", AT * 0), "OwnerId": ids("005"), "StartTime": moment(AT % 1_000)}
    return org(users=users(rows), sessions=sessions(rows, **changed, EndTime=moment(AT % 1_000 + 5_000)))


@case
def nested_sessions(rows: int) -> Tables:
    """Of one customer, each within the one before, of two reps."""
    changed = {
        "MessagingEndUserId": ids("0PA", AT * 0),
        "OwnerId": ids("005", AT % 2),
        "StartTime": moment(AT % 900_000),
    }
    return org(users=users(rows), sessions=sessions(rows, **changed, EndTime=moment(1_800_000 - AT % 900_000)))


@case
def one_address(rows: int) -> Tables:
    """All users have one number."""
    return org(users=users(rows, MessagingPlatformKey=pl.lit("+14155550100")), sessions=sessions(rows))


@case
def one_address_on_two_channels(rows: int) -> Tables:
    """By turns."""
    changed = {"MessagingPlatformKey": pl.lit("+14155550100"), "MessagingChannelId": ids("0Mj", 1 + AT % 2)}
    return org(users=users(rows, **changed), sessions=sessions(rows))


@case
def one_number_in_two_forms(rows: int) -> Tables:
    """A WhatsApp number of Argentina with and without its nine, with and without plus sign."""
    forms = ["5491123456789", "541123456789", "+5491123456789", "+541123456789"]
    form = (AT % 4).replace_strict(dict(enumerate(forms)), return_dtype=pl.String)
    changed = {"MessagingPlatformKey": form, "MessageType": pl.lit("WhatsApp"), "IsoCountryCode": pl.lit("AR")}
    return org(users=users(rows, **changed), existing_users=users(rows, **changed, Id=ids("0PA", AT + 10**9)))


@case
def one_address_in_the_org(rows: int) -> Tables:
    """As many existing users as new ones, all with one number."""
    one = {"MessagingPlatformKey": pl.lit("+14155550100")}
    held = users(rows, **one, Id=ids("0PA", AT + 10**9), MessagingConsentStatus=pl.lit("OptedOut"))
    return org(users=users(rows, **one), existing_users=held)


@case
def no_ids(rows: int) -> Tables:
    """Of users and sessions, and no customers."""
    none = pl.lit(None)
    return org(users=users(rows, Id=none), sessions=sessions(rows, Id=none, MessagingEndUserId=none))


@case
def equal_ids(rows: int) -> Tables:
    """One Id for all users and one for all sessions."""
    return org(users=users(rows, Id=ids("0PA", AT * 0)), sessions=sessions(rows, Id=ids("0Mw", AT * 0)))


@case
def unknown_customers(rows: int) -> Tables:
    """Sessions of nobody in the users."""
    return org(users=users(rows), sessions=sessions(rows, MessagingEndUserId=ids("0PA", AT + 10**9)))


@case
def one_rep(rows: int) -> Tables:
    """Who owns all live sessions."""
    changed = {"OwnerId": pl.lit("005000000000001"), "Status": pl.lit("Active"), "EndTime": pl.lit(None)}
    return org(users=users(rows), sessions=sessions(rows, **changed))


@case
def a_channel_for_each(rows: int) -> Tables:
    """Texts name the channels, and none of them is there."""
    name = {"MessagingChannel.MasterLabel": pl.lit("Channel ") + AT.cast(pl.String)}
    people = users(rows, **name).drop("MessagingChannelId")
    return org(users=people, sessions=sessions(rows, **name).drop("MessagingChannelId"))


@case
def long_texts(rows: int) -> Tables:
    """Of 300 characters."""
    text = pl.lit("x" * 290) + AT.cast(pl.String).str.zfill(10)
    return org(users=users(rows, Name=text, MessagingPlatformKey=text), sessions=sessions(rows, OwnerId=text))


@case
def every_cell_malformed(rows: int) -> Tables:
    """Nothing can be read."""
    text = pl.lit("?") + AT.cast(pl.String)
    people, talks = users(1).columns, sessions(1).columns
    return org(users=users(rows, **dict.fromkeys(people, text)), sessions=sessions(rows, **dict.fromkeys(talks, text)))


@case
def sends_to_one_customer(rows: int) -> Tables:
    """Of 500 reps."""
    return org(users=users(10), sends=sends(rows, MessagingEndUserId=pl.lit("0PA000000000001")))


@case
def sends_to_one_customer_at_once(rows: int) -> Tables:
    """Of a rep each."""
    changed = {"MessagingEndUserId": pl.lit("0PA000000000001"), "OwnerId": ids("005"), "SendTime": moment(AT * 0)}
    return org(users=users(10), sends=sends(rows, **changed))


@case
def sends_of_one_rep(rows: int) -> Tables:
    """To as many customers, who have sessions of their own."""
    live = sessions(rows, Status=pl.lit("Active"), OwnerId=pl.lit("005000000000001"), EndTime=pl.lit(None))
    return org(users=users(rows), sessions=live, sends=sends(rows, OwnerId=pl.lit("005000000000001")))


@case
def sends_to_one_number(rows: int) -> Tables:
    """Which as many users have."""
    number = pl.lit("+14155550100")
    planned = sends(rows, Phone=number).drop("MessagingEndUserId")
    return org(users=users(rows, MessagingPlatformKey=number), sends=planned)


@case
def sends_and_sessions_of_one_customer(rows: int) -> Tables:
    """All live."""
    one = {"MessagingEndUserId": pl.lit("0PA000000000001")}
    live = sessions(rows, **one, Status=pl.lit("Active"), OwnerId=ids("005"), EndTime=pl.lit(None))
    return org(users=users(10), sessions=live, sends=sends(rows, **one))
