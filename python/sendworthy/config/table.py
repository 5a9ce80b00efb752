"""Options with a name, and tables of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sendworthy.config.kinds import Kind, Where, expected, nearest


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: The key.
        kind: What it takes.
        doc: One sentence.
        default: What holds when it is not given, as text for people.
        required: Whether its table is nothing without it.
    """

    name: str
    kind: Kind
    doc: str
    default: str = ""
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table with fixed keys."""

    options: tuple[Option, ...]

    def parse(self, value: object, where: Where) -> dict[str, Any]:
        """The options that are given."""
        if not isinstance(value, dict):
            raise expected("a table", value, where)
        known = {option.name: option for option in self.options}
        if unknown := next((key for key in value if key not in known), None):
            hint = nearest(unknown, known) or f"; there are {', '.join(known)}"
            raise where.error(f"there is no option {unknown!r}{hint}")
        if missing := next((name for name, option in known.items() if option.required and name not in value), None):
            raise where.error(f"{missing} is missing; it must be given here")
        return {name: known[name].kind.parse(one, where.at(name)) for name, one in value.items()}

    def schema(self) -> dict[str, Any]:
        """An object that has these properties and no others."""
        found: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {option.name: _described(option) for option in self.options},
        }
        required = [option.name for option in self.options if option.required]
        return found | ({"required": required} if required else {})


def _described(option: Option) -> dict[str, Any]:
    title = option.name.replace("_", " ").capitalize()
    default = f" Default: {option.default}." if option.default else ""
    return {"title": title, "description": option.doc + default, **option.kind.schema()}
