"""The kinds of values that options have. Each kind parses a value and says in JSON Schema what it takes.

Both come from the same class, so that an editor that knows the schema and the parser cannot disagree.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sendworthy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
#: A code, name or prefix of a rule.
SELECTOR = "^[A-Za-z][A-Za-z0-9-]*$"
_SELECTORS = r"^\s*[A-Za-z][A-Za-z0-9-]*\s*(,\s*[A-Za-z][A-Za-z0-9-]*\s*)*$"
_SHOWN = 60


class Where(NamedTuple):
    """The place of a value.

    Attributes:
        source: The file, as the user names it, and the table of it that holds the options.
        key: The dotted key.
    """

    source: str
    key: str

    def at(self, key: object) -> Where:
        """A place within this one."""
        return self._replace(key=f"{self.key}.{key}" if self.key else str(key))

    def error(self, problem: str) -> ConfigError:
        """An error that names the place."""
        return ConfigError(f"{self.source}: {f'{self.key}: ' if self.key else ''}{problem}")


class Kind(Protocol):
    """What values an option takes."""

    def parse(self, value: object, where: Where) -> Any:
        """The value as the check takes it; raises ConfigError when it is of another kind."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


def expected(what: str, value: object, where: Where) -> ConfigError:
    """An error about a value of another kind."""
    kinds = {
        bool: "a boolean",
        str: "a string",
        list: "an array",
        dict: "a table",
        datetime: "a date-time",
        int: "an integer",
    }
    shown = "true" if value is True else "false" if value is False else repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return where.error(f"expected {what}, not {kinds.get(type(value), f'a {type(value).__name__}')} {shown}")


@dataclass(frozen=True)
class Text:
    """A string; `pattern` narrows it."""

    what: str = "a string"
    pattern: str = r"\S"

    def parse(self, value: object, where: Where) -> str:
        """The string."""
        if not isinstance(value, str) or not re.search(self.pattern, value):
            raise expected(self.what, value, where)
        return value

    def schema(self) -> dict[str, Any]:
        """A string with a pattern."""
        return {"type": "string", "pattern": self.pattern}


PATH = Text("a path", "[^-]")  # '-', standard input, is for the command line
RULE = Text("a rule's code, name or prefix", SELECTOR)
SELECTORS_TEXT = Text("rules: codes, names or prefixes, several with commas between", _SELECTORS)
COLUMN = Text("the name of a column")
CHANNEL_ID = Text("a MessagingChannel Id of 15 or 18 characters", "^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$")


@dataclass(frozen=True)
class Choice:
    """One of a few strings."""

    values: tuple[str, ...]

    def parse(self, value: object, where: Where) -> str:
        """The string; a wrong one is told the nearest."""
        if isinstance(value, str) and value in self.values:
            return value
        near = nearest(value, self.values) if isinstance(value, str) else ""
        raise expected(f"one of {', '.join(self.values)}{near}", value, where)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def parse(self, value: object, where: Where) -> bool:
        """The boolean."""
        if not isinstance(value, bool):
            raise expected("true or false", value, where)
        return value

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Count:
    """A whole number."""

    least: int = 0
    most: int | None = None

    def parse(self, value: object, where: Where) -> int:
        """The number; 2.0 is whole, as it is in JSON."""
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not whole or isinstance(value, bool) or value < self.least:  # type: ignore[operator]
            raise expected(f"a whole number of at least {self.least}", value, where)
        if self.most is not None and value > self.most:  # type: ignore[operator]
            raise expected(f"a whole number from {self.least} to {self.most}", value, where)
        return int(value)  # type: ignore[call-overload,no-any-return]

    def schema(self) -> dict[str, Any]:
        """An integer."""
        bounds = {"minimum": self.least} if self.most is None else {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **bounds}


@dataclass(frozen=True)
class Duration:
    """A length of time: a whole number and one unit."""

    pattern = "^[0-9]{1,8}[smhd]$"

    def parse(self, value: object, where: Where) -> timedelta:
        """The length of time."""
        if not isinstance(value, str) or not re.search(self.pattern, value):
            raise expected("a length of time such as 90s, 30m, 24h or 7d (whole number, one unit)", value, where)
        value = value.strip()
        return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})

    def schema(self) -> dict[str, Any]:
        """A string with a pattern."""
        return {"type": "string", "pattern": self.pattern}


@dataclass(frozen=True)
class Instant:
    """A point in time with a zone: a string, or a date-time of TOML, which a schema sees as a string."""

    pattern = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$"

    def parse(self, value: object, where: Where) -> datetime | str:
        """The point in time."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        if not isinstance(value, str) or not re.search(self.pattern, value):
            raise expected("a time with a zone such as 2026-11-22T12:00:00Z", value, where)
        return value

    def schema(self) -> dict[str, Any]:
        """A string with a pattern."""
        return {"type": "string", "pattern": self.pattern}


@dataclass(frozen=True)
class Limit:
    """How many findings are tolerated: a number, or a share of the records."""

    def parse(self, value: object, where: Where) -> int | str:
        """The limit."""
        if isinstance(value, str) and re.search(SHARE, value):
            return value
        if isinstance(value, str):
            raise expected('a whole number of at least 0, or a share such as "0.5%"', value, where)
        return Count().parse(value, where)

    def schema(self) -> dict[str, Any]:
        """An integer, or a string with a percentage."""
        return {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": SHARE}]}


#: A percentage from 0 to 100.
SHARE = r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$"


@dataclass(frozen=True)
class OneOrMore:
    """One value, or a list of them."""

    of: Kind

    def parse(self, value: object, where: Where) -> list[Any]:
        """Always a list."""
        if not isinstance(value, list):
            return [self.of.parse(value, where)]
        if not value:
            raise where.error("the list is empty; leave the key out instead")
        return [self.of.parse(one, where.at(at)) for at, one in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        """Either form."""
        one = self.of.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


@dataclass(frozen=True)
class Many:
    """A list."""

    of: Kind

    def parse(self, value: object, where: Where) -> list[Any]:
        """The list."""
        if not isinstance(value, list):
            raise expected("an array", value, where)
        return [self.of.parse(one, where.at(at)) for at, one in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.of.schema()}


@dataclass(frozen=True)
class Dictionary:
    """A table with keys that the user chooses."""

    of: Kind
    keys: Kind

    def parse(self, value: object, where: Where) -> dict[str, Any]:
        """Keys and values."""
        if not isinstance(value, dict):
            raise expected("a table", value, where)
        return {self.keys.parse(key, where): self.of.parse(one, where.at(key)) for key, one in value.items()}

    def schema(self) -> dict[str, Any]:
        """An object whose keys have a pattern."""
        return {"type": "object", "propertyNames": self.keys.schema(), "additionalProperties": self.of.schema()}


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """A hint at the nearest names, or nothing."""
    near = difflib.get_close_matches(name.replace("-", "_"), known, n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""
