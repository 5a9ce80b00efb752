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

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError
from sendworthy.names import REDACTIONS

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


def require_redaction(redact: str) -> None:
    """Raise ConfigError when there is no such redaction."""
    if redact not in REDACTIONS:
        message = f"redact must be one of {', '.join(REDACTIONS)}, not {redact!r}"
        raise ConfigError(message)


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
