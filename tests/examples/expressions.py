"""Expressions for polars that a type checker knows, and a rule of one's own.

``pl.col("phone").sendworthy`` works, too, but type checkers do not see what is registered with polars at run time.
"""

from __future__ import annotations

import polars as pl
import sendworthy as sw
from sendworthy.expr import Expressions


def phones(frame: pl.LazyFrame) -> pl.LazyFrame:
    """What the numbering plans say of each number."""
    phone = Expressions(pl.col("phone"))
    return frame.with_columns(
        ok=phone.is_e164(),
        region=phone.phone_info().struct.field("region"),
        e164=phone.to_e164("US"),
    )


def named(report: sw.Report) -> list[str | None]:
    """Names that a rule of one's own refused."""
    return report.samples("X001")["value"].to_list()


RULES = [sw.Rule("X001", table="users", name="named", message="A name is missing.", check=pl.col("Name").is_not_null())]

if __name__ == "__main__":
    print(phones(pl.LazyFrame({"phone": ["+14155550123", "(415) 555-0123", None]})).collect().to_dicts())
    user: dict[str, str | None] = {
        "MessagingPlatformKey": "+14155550123",
        "MessagingChannelId": "0Mj000000000001",
        "MessageType": "Text",
        "Name": None,
    }
    print(named(sw.check(users=[user, {**user, "Name": "Ada"}], rules=RULES)))
