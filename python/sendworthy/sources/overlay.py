"""Channels with what their owner knows and an export does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sendworthy.errors import ConfigError
from sendworthy.sources.base import Frames, Source, as_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendworthy._core import CsvReader

_FIELDS = {"surface": "Surface", "capacity_model": "CapacityModel"}
_ID_LENGTH = 15


class OverlaySource(Source):
    """A source in which some cells are filled from hints by Id."""

    def __init__(self, inner: Source, id_column: str, hints: Mapping[str, Mapping[str, str]]) -> None:
        """Wrap a source.

        Args:
            inner: The source.
            id_column: Its column of Ids.
            hints: Per column, the first 15 characters of an Id to the value.
        """
        self._inner, self._id, self._hints = inner, id_column, hints
        self.label, self.kind, self.paths, self.separator = inner.label, inner.kind, inner.paths, inner.separator
        self.files = inner.files
        added = [name for name in hints if name not in inner.schema.columns]
        self.headers = [*inner.headers, *added]
        self.schema = inner.schema.with_columns(
            (pl.col(name).cast(pl.String) if name not in added else pl.lit(None, pl.String)).alias(name)
            for name in hints
        )

    def check_unchanged(self) -> None:
        """Ask the source itself."""
        self._inner.check_unchanged()

    def expected_rows(self) -> int | None:
        """Ask the source itself."""
        return self._inner.expected_rows()

    def bytes_unseen(self) -> str | None:
        """Ask the source itself."""
        return self._inner.bytes_unseen()

    def _records(self, columns: list[str], limit: int | None, scans: list[CsvReader] | None) -> Frames:
        filled = [name for name in columns if name in self._hints]
        there = self._inner.schema.columns
        needed = [name for name in columns if name in there]
        if filled and self._id not in needed:
            needed.append(self._id)
        if not needed:  # a batch needs its number of records
            needed = [self._id]
        key = pl.col(self._id).cast(pl.String).str.strip_chars().str.slice(0, _ID_LENGTH)
        for records in self._inner.records(needed, limit=limit, scans=scans):
            yield (
                as_frame(records)
                .with_columns(
                    pl.coalesce(
                        _cell(name) if name in there else pl.lit(None, pl.String),
                        key.replace_strict(dict(self._hints[name]), default=None, return_dtype=pl.String),
                    ).alias(name)
                    for name in filled
                )
                .select(columns)
            )


def overlay(source: Source, hints: Sequence[Mapping[str, str]], columns: Mapping[str, str], origin: str) -> Source:
    """Fill Surface and CapacityModel of channels where the table leaves them blank.

    Args:
        source: The channels.
        hints: Entries with ``id`` and values.
        columns: Salesforce field to source column.
        origin: Where the hints stand, for messages.

    Returns:
        The channels with the columns that the hints need.

    Raises:
        ConfigError: When an Id is in no channel, stands in two entries, or the table says something else.
    """
    names = {name.lower(): name for name in source.schema.columns}
    mapped = {field.lower(): column for field, column in columns.items()}

    def column(field: str) -> str:
        wanted = mapped.get(field.lower(), field)
        return names.get(wanted.lower(), wanted)

    id_column = column("Id")
    if id_column not in source.schema.columns:
        return source  # the check itself says that the column is missing
    values: dict[str, dict[str, str]] = {}
    seen: dict[str, str] = {}
    for hint in hints:
        key = hint["id"][:_ID_LENGTH]
        if key in seen:
            message = f"{origin}: channel: {hint['id']} stands in two entries; put them together"
            raise ConfigError(message)
        seen[key] = hint["id"]
        for name, field in _FIELDS.items():
            if name in hint:
                values.setdefault(column(field), {})[key] = hint[name]
    _require_agreement(source, id_column, values, seen, origin)
    return OverlaySource(source, id_column, values) if values else source


def _require_agreement(
    source: Source, id_column: str, values: Mapping[str, Mapping[str, str]], seen: Mapping[str, str], origin: str
) -> None:
    there = [name for name in values if name in source.schema.columns]
    left = set(seen)
    for frame in source.batches([id_column, *there]):
        keys = frame[id_column].cast(pl.String).str.strip_chars().str.slice(0, _ID_LENGTH)
        left -= set(keys)
        for name in there:
            for key, told in zip(keys, frame.select(_cell(name)).to_series(), strict=True):
                hint = values[name].get(key) if key is not None else None
                if hint is not None and told is not None and told.strip().lower() != hint.lower():
                    message = (
                        f"{origin}: channel: {seen[key]} is given {name} {hint!r}, but {source.label} says {told!r}; "
                        "mend one of them"
                    )
                    raise ConfigError(message)
    if left:
        missing = ", ".join(seen[key] for key in seen if key in left)
        message = f"{origin}: channel: no record of {source.label} has the Id {missing}"
        raise ConfigError(message)


def _cell(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(text).alias(name)
