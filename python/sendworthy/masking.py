"""Values that may identify a customer, made unreadable in what people pass on."""

from __future__ import annotations

import re

import polars as pl

_SEEN = 2
_MARK = "•"
_NUMBER = re.compile(r"\d(?:[ ().\-/]?\d){4,}")


def masked(frame: pl.DataFrame) -> pl.DataFrame:
    """Findings whose values, fixes and messages show no more than the last two characters of a value.

    Args:
        frame: Findings, with the columns value, fix and message.
    """
    rows = frame.select("value", "fix", "message").rows()
    values, fixes, messages = zip(*(_masked(*row) for row in rows), strict=True) if rows else ((), (), ())
    columns = {"value": values, "fix": fixes, "message": messages}
    return frame.with_columns(pl.Series(name, column, dtype=pl.String) for name, column in columns.items())


def _masked(value: str | None, fix: str | None, message: str) -> tuple[str | None, str | None, str]:
    for text in (value, fix):
        if text and len(text) > _SEEN:
            message = message.replace(text, _hidden(text))
    message = _NUMBER.sub(lambda found: _hidden(found[0]), message)
    return value and _hidden(value), fix and _hidden(fix), message


def _hidden(text: str) -> str:
    return _MARK * (len(text) - _SEEN) + text[-_SEEN:] if len(text) > _SEEN else text
