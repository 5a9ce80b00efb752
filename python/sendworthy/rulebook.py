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
    head = f"{rule['code']} {rule['name']} ({_severity(rule)}, {rule['table']})"
    return f"{head}\n\n{rule['summary']}\n\n{_sections(rule)}\n"


def as_markdown() -> str:
    """The whole rulebook as a page: a table, then every rule."""
    known = _core.rules()
    lines = ["# Rules", "", "Written by `make docs` from the rules themselves.", ""]
    lines += ["| code | name | severity | table | finds |", "|---|---|---|---|---|"]
    for rule in known:
        summary = rule["summary"].replace("|", "\\|")
        link = f"[{rule['code']}](#{rule['code'].lower()}-{rule['name']})"
        lines.append(f"| {link} | {rule['name']} | {_severity(rule)} | {rule['table']} | {summary} |")
    for rule in known:
        sections = _sections(rule).replace("## ", "### ")
        lines += ["", f"## {rule['code']} {rule['name']}", "", f"*{_severity(rule)}, {rule['table']}*", ""]
        lines += [rule["summary"], "", sections]
    return "\n".join(lines) + "\n"


def _severity(rule: _core.RuleDoc) -> str:
    return rule["severity"] if rule["enabled"] else f"{rule['severity']}, off unless selected"


def _sections(rule: _core.RuleDoc) -> str:
    """The documentation after its first paragraph, which is the summary."""
    return cleandoc(rule["doc"]).partition("\n\n")[2].strip()


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
