"""Spoil two of a hundred records of clean data, in ways that SQL can find as well as the product."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

EVERY = 400
UNKNOWN = {"user": "0PAZZZZZZZZZZZZ", "channel": "0MjZZZZZZZZZZZZ"}


def nth(n: int, value: pl.Expr, column: str) -> pl.Expr:
    """Replace a column's value in the n-th of every so many records."""
    place = pl.int_range(pl.len()) % EVERY
    return pl.when(place == n).then(value).otherwise(pl.col(column)).alias(column)


def users(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Numbers without a plus, missing keys, repeated Ids and addresses, unknown channels, other types."""
    address = ["MessagingChannelId", "MessageType", "MessagingPlatformKey"]
    frame = frame.with_columns(nth(4, pl.col(column).shift(1), column) for column in address)
    other_type = pl.when(pl.col("MessageType") == "Text").then(pl.lit("WhatsApp")).otherwise(pl.lit("Text"))
    return frame.with_columns(
        nth(1, pl.col("MessagingPlatformKey").str.strip_prefix("+"), "MessagingPlatformKey"),
        nth(7, pl.col("Id").shift(1), "Id"),
        nth(5, pl.lit(UNKNOWN["channel"]), "MessagingChannelId"),
        nth(6, other_type, "MessageType"),
    ).with_columns(nth(2, pl.lit(None, pl.String), "MessagingPlatformKey"))


def sessions(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Stale New sessions, two live sessions of one customer, unknown customers, ends before starts."""
    stale, first, second, unknown, turned = 1, 2, 3, 4, 5
    frame = frame.with_columns(
        nth(stale, pl.lit("New"), "Status"),
        nth(second, pl.col("MessagingEndUserId").shift(1), "MessagingEndUserId"),
        nth(turned, pl.col("EndTime"), "StartTime"),
        nth(turned, pl.col("StartTime"), "EndTime"),
    )
    return frame.with_columns(nth(unknown, pl.lit(UNKNOWN["user"]), "MessagingEndUserId")).with_columns(
        pl.when(pl.int_range(pl.len()) % EVERY == first)
        .then(pl.lit("Active"))
        .when(pl.int_range(pl.len()) % EVERY == second)
        .then(pl.lit("Waiting"))
        .otherwise(pl.col("Status"))
        .alias("Status")
    )


def main() -> None:
    """Spoil the files of a folder in place."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    for name, spoil in (("users", users), ("sessions", sessions)):
        path = folder / f"{name}.{kind}"
        spoilt = path.with_suffix(".spoilt")
        if kind == "csv":
            spoil(pl.scan_csv(path, infer_schema=False)).sink_csv(spoilt)
        else:
            spoil(pl.scan_parquet(path)).sink_parquet(spoilt)
        spoilt.replace(path)


if __name__ == "__main__":
    main()
