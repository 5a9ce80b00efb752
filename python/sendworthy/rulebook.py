"""The rules that there are, and what each of them means."""

from __future__ import annotations

import difflib
import warnings
from inspect import cleandoc
from typing import TYPE_CHECKING

from sendworthy import _core
from sendworthy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from sendworthy.custom import Rule

#: Codes and names that rules had in earlier releases, in lower case, with the code of the rule now. They stay here for
#: good: neither is ever given to another rule.
RENAMED: Mapping[str, str] = {}


def rules() -> pl.DataFrame:
    """All rules: code, name, severity, table, enabled (by default), summary."""
    import polars as pl

    columns = ("code", "name", "severity", "table", "enabled", "summary")
    return pl.DataFrame([[rule[name] for rule in _core.rules()] for name in columns], schema=columns)  # type: ignore[literal-required]


def explain(code: str) -> str:
    """What a rule checks, why it matters, and how to mend what it finds.

    Args:
        code: The rule's code or name. A name that several rules share explains each of them.

    Raises:
        ConfigError: When there is no such rule; names the nearest.
    """
    return "\n".join(_explained(rule) for rule in find_rules(code))


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


def _explained(rule: _core.RuleDoc) -> str:
    head = f"{rule['code']} {rule['name']} ({_severity(rule)}, {rule['table']})"
    return f"{head}\n\n{rule['summary']}\n\n{_sections(rule)}\n"


def _severity(rule: _core.RuleDoc) -> str:
    return rule["severity"] if rule["enabled"] else f"{rule['severity']}, off unless selected"


def _sections(rule: _core.RuleDoc) -> str:
    """The documentation after its first paragraph, which is the summary."""
    return cleandoc(rule["doc"]).partition("\n\n")[2].strip()


def find_codes(code: str, own: Sequence[Rule] = ()) -> list[str]:
    """The codes that a code or name stands for, rules of the user's own included.

    Raises:
        ConfigError: When there is none.
    """
    found = [rule.code for rule in own if code.lower() in (rule.code.lower(), rule.name)]
    return found or [rule["code"] for rule in find_rules(code)]


def find_rules(code: str) -> list[_core.RuleDoc]:
    """The rule of a code, or the rules of a name, which may be several.

    Raises:
        ConfigError: When there is none; names the nearest, or the rules that a prefix stands for.
    """
    code = current(code)
    known = _core.rules()
    found = [rule for rule in known if code.lower() in (rule["code"].lower(), rule["name"].lower())]
    if found:
        return found
    begin = [rule["code"] for rule in known if code and rule["code"].startswith(code.upper())]
    if begin:
        listed = ", ".join(begin)
        message = f"{code!r} is no rule but the beginning of {listed}; name one of them"
        raise ConfigError(message)
    message = f"there is no rule {code!r}{_nearest(code, known)}"
    raise ConfigError(message)


def current(selector: str) -> str:
    """What a selector is called now; says so where it has an old name.

    Args:
        selector: A code, name or prefix; it need not be one that exists.
    """
    code = RENAMED.get(selector.lower())
    if code is None:
        return selector
    message = f"the rule {selector!r} is called {code} now; the old name works until the next major release"
    warnings.warn(message, FutureWarning, stacklevel=2)
    return code


def ruleset(own: Sequence[Rule] = ()) -> str:
    """A fingerprint of the rules that exist; two reports with the same one judged by the same rules.

    Args:
        own: Rules of the user's own, checked besides the others.
    """
    import hashlib
    import json

    known = [[rule["code"], rule["name"], rule["severity"], rule["table"], rule["enabled"]] for rule in _core.rules()]
    known += [[rule.code, rule.name, rule.severity, rule.table, str(rule.check)] for rule in own]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]


def known_selector(selector: str) -> None:
    """Raise ConfigError when a selector is no rule's code, name or prefix; names the nearest."""
    selector = RENAMED.get(selector.lower(), selector)
    known = _core.rules()
    if not any(rule["code"].startswith(selector.upper()) or rule["name"] == selector.lower() for rule in known):
        message = f"no rule has the code, name or prefix {selector!r}{_nearest(selector, known)}"
        raise ConfigError(message)


def _nearest(code: str, known: list[_core.RuleDoc]) -> str:
    spellings = {name.lower(): name for rule in known for name in (rule["code"], rule["name"])}
    near = difflib.get_close_matches(code.lower(), spellings, n=3, cutoff=0.5)
    named = ", ".join(spellings[name] for name in near)
    return f"; the nearest {'is' if len(near) == 1 else 'are'} {named}" if near else ""
