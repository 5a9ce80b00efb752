"""The JSON Schema of ``--format json``, made from the same names that write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy.names import findings_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: Columns of findings that may have no value; all others always have one.
_NULLABLE = {"row", "record_id", "column", "value", "related_row", "related_id", "fix", "fix_safety"}


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a report in JSON."""
    from sendworthy.outputs.json import members

    properties = {
        **{name: member.schema for name, member in members().items()},
        "findings": records(findings_schema(), _NULLABLE),
        "truncated": {"type": "boolean"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sendworthy report",
        "description": "What 'sendworthy check --format json' writes. Later releases may add members; none changes.",
        **_object(properties),
    }


def objects(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A list of objects with these members."""
    return {"type": "array", "items": _object(properties)}


def records(schema: pl.Schema, nullable: Collection[str] = ()) -> dict[str, Any]:
    """A list of objects, each a record of a frame with this schema.

    Args:
        schema: Of the frame.
        nullable: The columns that may have no value.
    """
    return objects({name: _column(kind, nullable=name in nullable) for name, kind in schema.items()})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": [*properties]}


def _column(kind: pl.DataType, *, nullable: bool) -> dict[str, Any]:
    if isinstance(kind, pl.Enum):
        return {"enum": [*kind.categories.to_list(), *([None] if nullable else [])]}
    name = "integer" if kind.is_integer() else "string"
    limits = {"minimum": 0} if kind.is_unsigned_integer() else {}
    return {"type": [name, "null"] if nullable else name, **limits}
