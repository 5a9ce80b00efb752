"""A test that a type checker understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pytest_sendworthy import Gate


def test_the_staging_table_is_ready(sendworthy: Gate) -> None:
    users = pl.DataFrame(
        {"MessagingPlatformKey": ["+14155550123"], "MessagingChannelId": ["0Mj000000000001"], "MessageType": ["Text"]}
    )
    report = sendworthy.assert_ready(users=users, allow={"W103": 10, "U103": "0.5%"}, operation="audit")
    assert report.counts.height > 5
