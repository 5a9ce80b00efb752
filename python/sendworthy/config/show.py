"""The options in force, and where each comes from."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sendworthy.config.options import options, shown
from sendworthy.outputs.json import iso
from sendworthy.policy import Policy
from sendworthy.threads import VARIABLE, from_environment

if TYPE_CHECKING:
    from sendworthy.config.settings import Settings


class Line(NamedTuple):
    """One option.

    Attributes:
        key: Its dotted key.
        value: As text; a default in words when there is no value.
        source: "default", the file, or the environment.
    """

    key: str
    value: str
    source: str


def effective(settings: Settings | None) -> list[Line]:
    """Every option with its value."""
    given: dict[str, Any] = dict(settings.values) if settings else {}
    source = settings.source if settings else ""
    policy = given.pop("policy", None)
    lines = [
        Line(option.name, _text(given[option.name]), source)
        if option.name in given
        else Line(option.name, option.default or "none", "default")
        for option in options().options
        if option.name != "policy"
    ]
    if (threads := from_environment()) is not None:
        at = next(at for at, line in enumerate(lines) if line.key == "threads")
        lines[at] = Line("threads", str(threads), f"environment ({VARIABLE})")
    standard, named = Policy(), set(settings.policy_keys) if settings else set()
    for field in fields(Policy):
        value = getattr(policy or standard, field.name)
        lines.append(Line(f"policy.{field.name}", _text(value) or "none", source if field.name in named else "default"))
    return lines


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(shown(one) for one in value)
    return shown(value)
