"""Reports whose pages show everything that a page can show."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import sendworthy as sw

from tables import AS_OF, channel_rows, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

#: Values that a page must show as text, whatever they are.
HOSTILE = (
    "<script>document.title='run'</script>",
    '"><img src=x onerror="document.title=\'run\'">',
    "</code></style></details><h1>broken</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd|' /C calc'!A0",
    "مرحبا \u202eabc\u202c שלום",
    "👩‍👩‍👧‍👦 " * 5,
    "x" * 10_000,
    "&amp;&lt;" * 2_000,
    "javascript:alert(1)",
    "tab\tnew\nline\x00\x1b[31m",
)


def generated(*, users: int = 20_000, directory: Path | None = None, select: list[str] | None = None) -> sw.Report:
    """Made-up data with a few defects of every kind, and sends to some of its users; as files in a directory."""
    data = sw.generate(users=users, sessions=users * 3 // 2, seed=7, defect_rate=0.01)
    tables = {
        "channels": data.channels,
        "users": data.users,
        "sessions": data.sessions,
        "sends": planned(data.users.head(users // 20), data.sessions["OwnerId"]),
    }
    if directory is not None:
        for name, frame in tables.items():
            frame.write_csv(directory / f"{name}.csv")
        return sw.check(**{name: directory / f"{name}.csv" for name in tables}, as_of=data.as_of, select=select)
    return sw.check(**tables, as_of=data.as_of, select=select)


def planned(users: pl.DataFrame, owners: pl.Series) -> pl.DataFrame:
    """A message to each of some users, by a dozen reps."""
    rng = random.Random(3)
    reps = owners.drop_nulls().unique(maintain_order=True).head(12).to_list()
    rows = users.select("Id", "MessagingChannelId").rows()
    return pl.DataFrame(
        [
            {
                "MessagingEndUserId": user,
                "MessagingChannelId": channel,
                "OwnerId": rng.choice(reps),
                "MessageKind": rng.choice(("notification", "freeform")),
                "TemplateApproved": "true",
                "ConsentConfirmed": rng.choice(("true", "true", "true", None)),
            }
            for user, channel in rows
        ],
        schema_overrides={"ConsentConfirmed": pl.String},
    )


def clean() -> sw.Report:
    """Nothing found."""
    return sw.check(
        users=pl.DataFrame(user_rows(50)),
        sessions=pl.DataFrame(session_rows(50)),
        channels=pl.DataFrame(channel_rows()),
        as_of=AS_OF,
        select=["U101", "U206", "S301"],
    )


def hostile(directory: Path, repeat: int = 1) -> sw.Report:
    """Every record has errors, and every text that the page shows is meant to break it."""
    rows = user_rows(len(HOSTILE) * repeat)

    def values(first: int) -> list[str]:
        """All of them, in another order for each column: a page shows the first three."""
        return [HOSTILE[(first + at) % len(HOSTILE)] for at in range(len(rows))]

    users = pl.DataFrame(rows).with_columns(
        pl.Series("MessagingPlatformKey", values(0)),
        pl.Series("MessageType", values(3)),
        pl.Series("Name", values(6)),
        pl.Series("<b>column</b> {{ 7 }}", values(0)),
        Id=pl.when(pl.int_range(pl.len()) % 2 == 0).then("Id").otherwise(pl.Series(values(0))),
    )
    sessions = pl.DataFrame(session_rows(len(rows))).with_columns(
        pl.Series("Status", values(6)), pl.Series("Id", values(8)), pl.Series("StartTime", values(9))
    )
    sends = users.select(
        "MessagingChannelId",
        MessagingEndUserId=pl.Series(values(2)),
        OwnerId=pl.Series(values(5)),
        SendTime=pl.Series(values(0)),
    )
    file = write_csv(directory / "<b>channels & more.csv", channel_rows())
    own = sw.Rule(
        "X001",
        table="users",
        name="no-name",
        severity="error",
        message="<script>document.title='run'</script> & {{ 7 * 7 }}",
        check=pl.col("Name").is_null(),
    )
    return sw.check(users=users, sessions=sessions, sends=sends, channels=file, as_of=AS_OF, rules=[own])
