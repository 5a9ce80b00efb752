"""Reports that outputs are tried on: sound, bad, hostile, of files and frames, with limits and own rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import sendworthy as sw

from tables import AS_OF, channel_rows, damaged_users, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: What breaks readers: markup, references, control characters, line ends, right-to-left, mentions, links, size.
HOSTILE = [
    "]]><script>alert(1)</script>",
    "a|b\\|c`d```e",
    "@everyone #1 GH-1 www.example.com http://example.com a@example.com",
    "\x00\x01\x08\x0b\x1f\x7f\x85",
    "one\r\ntwo\nthree\rfour",
    "\u202eright\u202c \ufeff\ufffe\u2028\u2029",
    "=cmd()|' /C calc'!A0",
    "::error::x%0A%25,:",
    "&amp;&#64;&lt;b&gt;<!-- --><details>",
    "**bold** _it_ ~~no~~ [a](b) ![c](d) $x$",
    "😀" * 300,
    "x" * 10_000,
    " ",
    "",
]


def hostile_users() -> pl.DataFrame:
    """Users with hostile values in columns that rules look at, each of them wrong there."""
    rows = user_rows(len(HOSTILE) * 4)
    for at, text in enumerate(HOSTILE * 4):
        column = ("MessagingPlatformKey", "MessageType", "Id", "MessagingChannelId")[at // len(HOSTILE)]
        rows[at][column] = text
    return pl.DataFrame(rows)


def generated(defect_rate: float = 0.3) -> sw.Report:
    """A report of frames in which most rules find something."""
    made = sw.generate(500, 800, seed=3, defect_rate=defect_rate)
    return sw.check(users=made.users, sessions=made.sessions, channels=made.channels, as_of=made.as_of)


def _two_files(folder: Path) -> sw.Report:
    rows = damaged_users(40)
    rows[33]["MessagingPlatformKey"] = "4155550033"
    paths = [write_csv(folder / name, part) for name, part in (("one.csv", rows[:20]), ("two.csv", rows[20:]))]
    return sw.check(users=paths, channels=channel_rows(), as_of=AS_OF)


def _bytes(folder: Path) -> sw.Report:
    path = folder / "bytes.csv"
    path.write_bytes(
        b"\xef\xbb\xbfId,MessagingPlatformKey,MessagingChannelId,MessageType,Nmae\r\n,+14155550123\n,1,,,\r\n"
    )
    return sw.check(users=path, as_of=AS_OF, operation="insert")


def _headers(folder: Path) -> sw.Report:
    """Headers that nobody knows."""
    path = folder / "headers.csv"
    texts = [text for text in HOSTILE if text.strip() and len(text) < 200]
    names = [re.sub(r'["\r\n\0]', "", text) for text in texts]
    head = ",".join(["MessagingPlatformKey", "MessagingChannelId", "MessageType", *(f'"{name}"' for name in names)])
    path.write_text(f"{head}\n{',' * (2 + len(names))}\n", encoding="utf-8", newline="")
    return sw.check(users=path, as_of=AS_OF, operation="insert")


def _own(_folder: Path) -> sw.Report:
    rule = sw.Rule(
        "X001", table="users", name="name-is-short", check=pl.col("Name").str.len_chars() < 6, message="Long."
    )
    return sw.check(users=damaged_users(), as_of=AS_OF, rules=[rule])


CASES: dict[str, Callable[[Path], sw.Report]] = {
    "sound": lambda _: sw.check(users=user_rows(5), sessions=session_rows(5), channels=channel_rows(), as_of=AS_OF),
    "damaged": lambda _: sw.check(users=damaged_users(), channels=channel_rows(), as_of=AS_OF),
    "tolerated": lambda _: sw.check(
        users=damaged_users(), channels=channel_rows(), as_of=AS_OF, max={"U101": 1, "U205": "50%"}
    ),
    "hostile": lambda _: sw.check(users=hostile_users(), channels=channel_rows(), as_of=AS_OF),
    "generated": lambda _: generated(),
    "all bad": lambda _: generated(1.0),
    "two files": _two_files,
    "bytes": _bytes,
    "headers": _headers,
    "own rule": _own,
}
