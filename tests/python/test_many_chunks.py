"""Rules that compare records with all others, on tables of several chunks: expected values come from the data alone."""

from __future__ import annotations

import polars as pl
import pytest
import sendworthy as sw
from sendworthy import _core

from tables import AS_OF, sf_id

USERS = 150_000
"""More than two chunks of 65,536 records."""
EXISTING = 140_000
CHANNELS = 5
CODES = ["U106", "U207", "U404"]
AS_OF_MILLIS = 1_795_348_800_000
Found = dict[str, dict[int, str | None]]


def number(at: int) -> str:
    """A number of its own for each customer; every tenth is Argentine, in the long form."""
    return f"54911{at:08d}" if at % 10 == 0 else f"1415{at:07d}"


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """WhatsApp users on five channels, their forms of numbers in shares that differ from chunk to chunk."""
    channels = [sf_id("0Mj", at) for at in range(CHANNELS)]
    rows = range(USERS)
    keys = []
    for at in rows:
        key = number(at)
        if at % 1_000 == 990:  # the customer twenty records before, in the short form
            key = f"5411{at - 20:08d}"
        # On channel 0 plus signs come first and are fewer in the end; on 1 as many; on 2 more; 3 and 4 have one form.
        share = {0: 70_000, 1: USERS // 2, 2: 80_000, 3: USERS, 4: 0}[at % CHANNELS]
        keys.append(f"+{key}" if at < share else key)
    users = pl.DataFrame(
        {
            "Id": [sf_id("0PA", at) for at in rows],
            "MessagingPlatformKey": keys,
            "MessagingChannelId": [channels[at % CHANNELS] for at in rows],
            "MessageType": ["WhatsApp"] * USERS,
            "MessagingConsentStatus": ["OptedOut" if at % 4 == 0 else "ExplicitlyOptedIn" for at in rows],
        }
    )
    held = [at * 7 % USERS for at in range(EXISTING)]
    existing = pl.DataFrame(
        {
            "Id": [sf_id("0PA", 1_000_000 + at) for at in range(EXISTING)],
            "MessagingPlatformKey": [number(at) for at in held],
            "MessagingChannelId": [channels[at % CHANNELS] for at in held],
            "MessageType": ["WhatsApp"] * EXISTING,
            "MessagingConsentStatus": ["OptedOut" if at % 3 == 0 else None for at in held],
        }
    )
    return {"existing_users": existing, "users": users}


@pytest.fixture(scope="module")
def expected(tables: dict[str, pl.DataFrame]) -> Found:
    """Rows by code with the Id of the other record, worked out in plain Python."""
    users = tables["users"].rows()
    held = {key: (at, consent) for at, (_, key, _, _, consent) in enumerate(tables["existing_users"].rows())}
    ids = dict(enumerate(tables["existing_users"]["Id"]))
    found: Found = {code: {} for code in CODES}
    plus = [sum(users[at][1].startswith("+") for at in range(first, USERS, CHANNELS)) for first in range(CHANNELS)]
    assert plus[1] * 2 == USERS // CHANNELS
    for at, (_, key, _, _, consent) in enumerate(users):
        digits, most = key.removeprefix("+"), USERS // CHANNELS
        if plus[at % CHANNELS] not in {0, most}:
            rare = plus[at % CHANNELS] * 2 < most
            if key.startswith("+") == rare:
                found["U106"][at] = None
        if len(digits) == 12 and digits.startswith("54"):
            long = f"54911{digits[4:]}"
            found["U207"][at] = ids[held[long][0]] if long in held else users[at - 20][0]
        if consent != "OptedOut" and digits in held and held[digits][1] == "OptedOut":
            found["U404"][at] = ids[held[digits][0]]
    assert all(len(rows) > 100 for rows in found.values())
    assert any(row < 65_536 for row in found["U106"])
    assert any(row > 131_072 for row in found["U106"])
    known = set(ids.values())
    in_org = {related in known for related in found["U207"].values()}
    assert in_org == {True, False}, "near duplicates in the org and in the file"
    return found


def listed(findings: pl.DataFrame) -> Found:
    """Findings as rows by code, with the Id of the other record."""
    found: Found = {code: {} for code in CODES}
    for code, row, related in findings.select("code", "row", "related_id").rows():
        found[code][row] = related
    return found


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_threads_do_not_matter(tables: dict[str, pl.DataFrame], expected: Found, threads: int) -> None:
    report = sw.check(**tables, as_of=AS_OF, select=CODES, threads=threads)
    assert listed(report.findings) == expected
    counts = {code: (rows, checked) for code, rows, checked in report.counts.select("code", "rows", "checked").rows()}
    argentine = sum(len(key.removeprefix("+")) != 11 for key in tables["users"]["MessagingPlatformKey"])
    assert counts == {
        code: (len(expected[code]), checked)
        for code, checked in (("U106", USERS), ("U207", argentine), ("U404", USERS))
    }


@pytest.mark.parametrize("size", [999, 65_536, 65_537])
def test_sizes_of_batches_do_not_matter(tables: dict[str, pl.DataFrame], expected: Found, size: int) -> None:
    engine = _core.Engine(as_of=AS_OF_MILLIS, select=CODES)
    bound = {name: engine.bind(name, name, frame.clear()) for name, frame in tables.items()}
    for name, frame in tables.items():
        for batch in frame.select(bound[name]).iter_slices(size):
            engine.push(name, batch)
        engine.finish_table(name)
    outcome = engine.finish()
    for name, frame in tables.items():
        outcome.learn_ids(name, 0, frame.select("Id"))
    parts = [
        pl.DataFrame(outcome.findings("users", number * size, batch))
        for number, batch in enumerate(tables["users"].select(bound["users"]).iter_slices(size))
    ]
    assert listed(pl.concat(parts)) == expected


def test_messages_give_the_counts_of_the_whole_channel(tables: dict[str, pl.DataFrame]) -> None:
    report = sw.check(**tables, as_of=AS_OF, select=["U106"])
    messages = report.samples("U106", n=1)["message"]
    assert "a plus sign, but 16000 of the 30000 users" in messages[0]
