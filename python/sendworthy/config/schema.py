"""The options as JSON Schema, for editors."""

from __future__ import annotations

from typing import Any

from sendworthy.config.options import options


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a sendworthy.toml, and of the table [tool.sendworthy]."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sendworthy",
        "description": "Options of sendworthy, in sendworthy.toml or in [tool.sendworthy] of pyproject.toml.",
        **options().schema(),
    }
