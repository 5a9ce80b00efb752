"""The rules that there are, and what each of them means."""

from __future__ import annotations

import difflib
from inspect import cleandoc
from typing import TYPE_CHECKING

from sendworthy import _core
from sendworthy.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl


def rules() -> pl.DataFrame:
    """All rules: code, name, severity, table, enabled (by default), summary."""
    import polars as pl

    columns = ("code", "name", "severity", "table", "enabled", "summary")
    return pl.DataFrame([[rule[name] for rule in _core.rules()] for name in columns], schema=columns)  # type: ignore[literal-required]


def explain(code: str) -> str:
    """What a rule checks, why it matters, and how to mend what it finds.

    Args:
        code: The rule's code or name.

    Raises:
        ConfigError: When there is no such rule; names the nearest.
    """
    rule = find_rule(code)
    default = "" if rule["enabled"] else ", off unless selected"
    head = f"{rule['code']} {rule['name']} ({rule['severity']}{default}, {rule['table']})"
    doc = cleandoc(rule["doc"]).removeprefix(rule["summary"]).strip()
    return f"{head}\n\n{rule['summary']}\n\n{doc}\n\nSince {rule['since']}.\n"


def find_rule(code: str) -> _core.RuleDoc:
    """The rule of a code or name.

    Raises:
        ConfigError: When there is none.
    """
    known = _core.rules()
    for rule in known:
        if code.lower() in (rule["code"].lower(), rule["name"].lower()):
            return rule
    spellings = {name.lower(): name for rule in known for name in (rule["code"], rule["name"])}
    near = difflib.get_close_matches(code.lower(), spellings, n=3, cutoff=0.5)
    hint = (
        f"; the nearest {'is' if len(near) == 1 else 'are'} {', '.join(spellings[name] for name in near)}"
        if near
        else ""
    )
    message = f"there is no rule {code!r}{hint}"
    raise ConfigError(message)
