"""The eleven rules as polars expressions over one table each: what a general validation library can be given.

True means that the record fails. The other table is put into the expression as a list of its Ids, since these
libraries know no relation between two tables that would give the same counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from contenders import AS_OF, TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from contenders import Tables

E164 = r"^\+[1-9][0-9]{1,14}$"
CHANNEL_ID = r"^0Mj[0-9A-Za-z]{12}([0-9A-Za-z]{3})?$"
NOW = datetime.fromisoformat(AS_OF).astimezone(UTC)
WINDOW, STALE = NOW - timedelta(hours=24), NOW - timedelta(hours=48)
KEY, CHANNEL, CUSTOMER = "MessagingPlatformKey", "MessagingChannelId", "MessagingEndUserId"
BY_NUMBER = ("Text", "WhatsApp")


def frames(tables: Tables) -> dict[str, pl.DataFrame]:
    """All tables in memory, text as text."""
    return {table: lazy(tables[table]).collect() for table in TABLES}


def lazy(table: Path | pl.DataFrame) -> pl.LazyFrame:
    """A query over a table."""
    if isinstance(table, pl.DataFrame):
        return table.lazy()
    return pl.scan_csv(table, infer_schema=False) if table.suffix == ".csv" else pl.scan_parquet(table)


def moment(column: str) -> pl.Expr:
    """A time in any ISO form, as the other contenders read it; null where it cannot be read."""
    return pl.col(column).str.to_datetime("%+", time_unit="ms", time_zone="UTC", strict=False, cache=False)


def moment_of_one_form(column: str) -> pl.Expr:
    """A time in the one form that the generator writes; polars reads this one several times as fast as any form."""
    times = pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S.%3fZ", time_unit="ms", strict=False, cache=False)
    return times.dt.replace_time_zone("UTC")


def digits_or_key(kind: pl.Expr) -> pl.Expr:
    """What an address is compared by; the regex is kept away from keys that are digits but for their plus."""
    number = pl.when(kind.is_in(BY_NUMBER)).then(pl.col(KEY)).str.strip_prefix("+")
    punctuated = pl.when(number.str.contains("[^0-9]")).then(number)
    return pl.coalesce(punctuated.str.replace_all("[^0-9]", ""), number, pl.col(KEY))


def readable_channels(channels: pl.LazyFrame) -> pl.LazyFrame:
    """The first record of each channel."""
    return channels.filter(pl.col("Id").str.contains(CHANNEL_ID)).unique("Id", keep="first", maintain_order=True)


def of_users(channels: pl.DataFrame) -> dict[str, pl.Expr]:
    """The rules about users, channels looked up in the expression."""
    known = readable_channels(channels.lazy()).collect()

    def looked_up(column: str) -> pl.Expr:
        return pl.col(CHANNEL).replace_strict(known["Id"], known[column], default=None, return_dtype=pl.String)

    channel_type, own_type = looked_up("MessageType"), pl.col("MessageType")
    kind = pl.coalesce(channel_type, own_type)
    enhanced = looked_up("PlatformType").fill_null("Enhanced") == "Enhanced"
    is_text = kind.eq_missing(pl.lit("Text"))
    address = pl.struct(pl.col(CHANNEL), digits_or_key(kind).alias(KEY))
    return {
        "U101": is_text & ~pl.col(KEY).str.contains(E164),
        "U201": pl.col(KEY).is_null() | own_type.is_null() | (is_text & pl.col(CHANNEL).is_null()),
        "U205": pl.col("Id").is_not_null() & ~pl.col("Id").is_first_distinct(),
        "U206": pl.col(CHANNEL).is_not_null() & pl.col(KEY).is_not_null() & ~address.is_first_distinct(),
        "U302": pl.col(CHANNEL).is_not_null() & ~pl.col(CHANNEL).is_in(known["Id"].implode()),
        "U304": channel_type != own_type,
        "W101": (kind == "WhatsApp") & enhanced & (moment("LastInboundMessageTime") < WINDOW),
    }


def of_sessions(users: pl.DataFrame) -> dict[str, pl.Expr]:
    """The rules about sessions, users looked up in the expression."""
    start, accept, end = moment("StartTime"), moment("AcceptTime"), moment("EndTime")
    live = is_live().fill_null(value=False)
    owner = pl.when(live).then(pl.col("OwnerId"))
    differ = owner.min().over(CUSTOMER) != owner.max().over(CUSTOMER)
    return {
        "S101": (pl.col("Status") == "New") & (start < STALE),
        "S102": pl.col(CUSTOMER).is_not_null() & live & differ & (live.cum_sum().over(CUSTOMER) > 1),
        "S301": pl.col(CUSTOMER).is_not_null() & ~pl.col(CUSTOMER).is_in(users["Id"].drop_nulls().implode()),
        "S403": out_of_order(start, accept, end),
    }


def is_live() -> pl.Expr:
    """Whether a session is not over; null without a status."""
    return ~pl.col("Status").is_in(["Ended", "Error"])


def out_of_order(start: pl.Expr, accept: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether a later moment lies before an earlier one."""
    return (start > accept) | (accept > end) | (start > end)
