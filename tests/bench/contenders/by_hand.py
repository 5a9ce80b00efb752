"""Polars by hand: the eleven rules as lazy queries that share their scans, as an expert would write them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from contenders.expressions import (
    CHANNEL,
    CUSTOMER,
    E164,
    KEY,
    STALE,
    WINDOW,
    digits_or_key,
    is_live,
    lazy,
    moment,
    moment_of_one_form,
    out_of_order,
    readable_channels,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from contenders import Job, Tables


def in_memory(tables: Tables) -> Job:
    """With polars' engine for frames in memory."""
    return _collected(tables, "in-memory", moment)


def streaming(tables: Tables) -> Job:
    """With polars' streaming engine."""
    return _collected(tables, "streaming", moment)


def one_form(tables: Tables) -> Job:
    """Told the one form of time that these data have (any other would pass unseen), with the better engine."""
    on_disk = isinstance(tables["users"], Path)
    return _collected(tables, "streaming" if on_disk else "in-memory", moment_of_one_form)


def _collected(tables: Tables, engine: Literal["in-memory", "streaming"], time: Callable[[str], pl.Expr]) -> Job:
    users, sessions = _users(tables), lazy(tables["sessions"])
    found = [_users_by_row(users, time), _first_of_users(users), _sessions_by_row(sessions, time)]
    found += [_conflicts(sessions), _orphans(sessions, users)]

    def job() -> dict[str, int]:
        return {
            code: count
            for frame in pl.collect_all(found, engine=engine)
            for code, count in frame.row(0, named=True).items()
        }

    return job


def _users(tables: Tables) -> pl.LazyFrame:
    """Users with the type and platform of their channel."""
    channels = readable_channels(lazy(tables["channels"])).select(
        pl.col("Id").alias(CHANNEL), channel_type="MessageType", platform="PlatformType", known=pl.lit(value=True)
    )
    joined = lazy(tables["users"]).join(channels, on=CHANNEL, how="left")
    return joined.with_columns(kind=pl.coalesce("channel_type", "MessageType"))


def _users_by_row(users: pl.LazyFrame, time: Callable[[str], pl.Expr]) -> pl.LazyFrame:
    kind, no_channel = pl.col("kind"), pl.col(CHANNEL).is_null()
    enhanced = pl.col("platform").fill_null("Enhanced") == "Enhanced"
    return users.select(
        U101=((kind == "Text") & ~pl.col(KEY).str.contains(E164)).sum(),
        U201=(pl.col(KEY).is_null() | pl.col("MessageType").is_null() | ((kind == "Text") & no_channel)).sum(),
        U302=(~no_channel & pl.col("known").is_null()).sum(),
        U304=(pl.col("channel_type") != pl.col("MessageType")).sum(),
        W101=((kind == "WhatsApp") & enhanced & (time("LastInboundMessageTime") < WINDOW)).sum(),
    )


def _first_of_users(users: pl.LazyFrame) -> pl.LazyFrame:
    ids = users.select("Id").drop_nulls().select(U205=pl.len() - pl.col("Id").n_unique())
    addresses = users.select(CHANNEL, digits_or_key(pl.col("kind")).alias(KEY)).drop_nulls()
    repeated = addresses.group_by(CHANNEL, KEY).len().select(U206=(pl.col("len") - 1).sum())
    return pl.concat([ids, repeated], how="horizontal")


def _sessions_by_row(sessions: pl.LazyFrame, time: Callable[[str], pl.Expr]) -> pl.LazyFrame:
    times = sessions.select("Status", start=time("StartTime"), accept=time("AcceptTime"), end=time("EndTime"))
    return times.select(
        S101=((pl.col("Status") == "New") & (pl.col("start") < STALE)).sum(),
        S403=out_of_order(pl.col("start"), pl.col("accept"), pl.col("end")).sum(),
    )


def _conflicts(sessions: pl.LazyFrame) -> pl.LazyFrame:
    live = sessions.filter(is_live() & pl.col(CUSTOMER).is_not_null()).group_by(CUSTOMER)
    owners = pl.col("OwnerId").min() != pl.col("OwnerId").max()
    return live.agg(pl.len(), differ=owners).filter("differ").select(S102=(pl.col("len") - 1).sum())


def _orphans(sessions: pl.LazyFrame, users: pl.LazyFrame) -> pl.LazyFrame:
    named = sessions.select(CUSTOMER).drop_nulls()
    return named.join(users.select("Id"), left_on=CUSTOMER, right_on="Id", how="anti").select(S301=pl.len())
