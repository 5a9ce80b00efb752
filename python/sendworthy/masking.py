"""Findings for other eyes than the owner's: values that may tell who somebody is are masked.

What is shown and what is masked is decided in the core (``src/findings/redaction.rs``): Salesforce Ids, values of
picklists, times, switches and country codes stay; everything else goes, in messages, too. The owner's own files are as
given unless asked otherwise; what is made to be published is masked unless asked otherwise.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError
from sendworthy.names import REDACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = "SENDWORTHY_REDACT_KEY"
_KEY_LENGTH = 16
_READ = ("table", "column", "record_id", "value", "related_id", "message", "fix")


def masked(findings: pl.DataFrame, redact: str = "last2") -> pl.DataFrame:
    """Findings with every value masked that may be personal.

    Args:
        findings: With the columns of ``report.findings``.
        redact: last2 (the last two characters stay), hash (a token, the same for the same value) or none.

    Returns:
        The same rows and columns.

    Raises:
        ConfigError: When there is no such redaction, or the key in SENDWORTHY_REDACT_KEY is too short.
    """
    require_redaction(redact)
    if redact == "none" or findings.is_empty():
        return findings
    key = _key() if redact == "hash" else b""
    made = _core.redacted(findings.select(pl.col(_READ).cast(pl.String)), redact, key)
    return findings.with_columns(pl.DataFrame(made).cast(pl.String))


def masked_cells(frame: pl.DataFrame, redact: str | None, fields: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """A table with the cells of some columns masked in the same way.

    Args:
        frame: Any table.
        redact: As for findings; None is none.
        fields: Per column of it, the table and field that its cells are values of.

    Returns:
        The same rows and columns.

    Raises:
        ConfigError: When there is no such redaction, or the key in SENDWORTHY_REDACT_KEY is too short.
    """
    shown = []
    for name, (table, field) in fields.items():
        named = {"table": table, "column": field}
        others = [pl.lit(named.get(other), pl.String).alias(other) for other in _READ if other != "value"]
        cells = frame.select(pl.col(name).alias("value")).with_columns(others)
        shown.append(masked(cells, redact or "none")["value"].alias(name))
    return frame.with_columns(shown)


def require_redaction(redact: str) -> None:
    """Raise ConfigError when there is no such redaction."""
    if redact not in REDACTIONS:
        message = f"redact must be one of {', '.join(REDACTIONS)}, not {redact!r}"
        raise ConfigError(message)


def require_key(redact: str) -> None:
    """Raise ConfigError when there is no such redaction, or its key is too short: before hours of work."""
    require_redaction(redact)
    if redact == "hash":
        _key()


def _key() -> bytes:
    """The key of tokens: of the environment, so that two runs can be compared, else of this process alone."""
    given = os.environ.get(_KEY, "")
    if not given:
        return _random_key()
    if len(given) < _KEY_LENGTH:  # whoever guesses the key finds every number by trying all
        message = f"{_KEY} has {len(given)} characters; a key of at least {_KEY_LENGTH} random ones cannot be guessed"
        raise ConfigError(message)
    return hashlib.blake2b(given.encode("utf-8", "surrogateescape")).digest()


@cache
def _random_key() -> bytes:
    return secrets.token_bytes(32)
