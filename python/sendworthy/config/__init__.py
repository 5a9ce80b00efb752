"""Options from a file: ``[tool.sendworthy]`` of a pyproject.toml, or the same keys in a sendworthy.toml."""

from __future__ import annotations

from sendworthy.config.apply import configured
from sendworthy.config.load import discover, load
from sendworthy.config.settings import Settings

__all__ = ["Settings", "configured", "discover", "load"]
