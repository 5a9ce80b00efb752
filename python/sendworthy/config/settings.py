"""What a configuration file says, ready for use."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sendworthy.config.kinds import Where
from sendworthy.errors import ConfigError
from sendworthy.names import CHECK_ORDER
from sendworthy.policy import Policy
from sendworthy.rulebook import find_rules, known_selector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class Settings:
    """The options of one file.

    Attributes:
        path: The file.
        source: What it is called in messages: the file, and the table of it.
        values: The options that it gives, parsed; paths are no longer relative to it.
        policy_keys: The numbers and switches that it changes.
    """

    path: Path
    source: str
    values: dict[str, Any]
    policy_keys: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, list[str]]:
        """The paths of each table."""
        return {name: self.values[name] for name in CHECK_ORDER if name in self.values}

    def columns(self, table: str) -> dict[str, str]:
        """The columns that hold a table's fields: of the mapping file, then those named one by one."""
        from sendworthy.sdl import read_sdl

        sdl = self.values.get("sdl", {}).get(table)
        named: dict[str, str] = self.values.get("columns", {}).get(table, {})
        return (read_sdl(sdl) if sdl else {}) | named


def resolve(path: Path, source: str, values: dict[str, Any]) -> Settings:
    """Make paths usable and find out whether the values mean something.

    Raises:
        ConfigError: For a rule, status or time that there is not.
    """
    where = Where(source, "")
    policy_keys = tuple(values.get("policy", ()))
    values = _located_all(path, values)
    if "as_of" in values:
        from sendworthy.api import instant

        values["as_of"] = _checked(where.at("as_of"), lambda: instant(values["as_of"]))
    if "policy" in values:
        values["policy"] = _checked(where, lambda: Policy(**values["policy"]))
    for name in ("select", "ignore"):
        if name in values:
            values[name] = [part.strip() for text in values[name] for part in text.split(",")]
    for name, check in (
        ("select", known_selector),
        ("ignore", known_selector),
        ("severity", known_selector),
        ("max", find_rules),
    ):
        # With rules of the user's own, the check itself says what is unknown: looking here would run them.
        for selector in () if "rules_module" in values else values.get(name, ()):
            _checked(where.at(name), partial(check, selector))
    return Settings(path, source, values, policy_keys)


def _located_all(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with paths as seen from the working directory."""
    found = dict(values)
    found |= {name: [_located(path, one) for one in values[name]] for name in CHECK_ORDER if name in values}
    found |= {name: _located(path, values[name]) for name in ("write", "baseline", "rules_module") if name in values}
    if "sdl" in values:
        found["sdl"] = {table: _located(path, one) for table, one in values["sdl"].items()}
    if "output" in values:
        found["output"] = [one | {"file": _located(path, one["file"])} for one in values["output"]]
    return found


def _checked(where: Where, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except ConfigError as error:
        raise where.error(str(error)) from None


def _located(path: Path, given: str) -> str:
    """A path of the file as seen from the working directory; URLs and absolute paths stay."""
    folder = str(path.parent)
    if "://" in given or folder == os.curdir:
        return given
    return os.path.join(glob.escape(folder) if _MAGIC & set(given) else folder, given)  # noqa: PTH118  (a glob)
