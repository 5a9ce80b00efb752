"""Options that take one of some names."""

from __future__ import annotations

import difflib
from typing import Any

import click


class Names(click.Choice[str]):
    """One of some names; a wrong one is answered with the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Say what there is, and what was probably meant."""
        message = super().get_invalid_choice_message(value, ctx)
        near = difflib.get_close_matches(str(value).lower(), self.choices, n=1)
        return f"{message} Did you mean {near[0]!r}?" if near else message
