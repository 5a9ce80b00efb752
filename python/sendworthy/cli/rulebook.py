"""``sendworthy rules`` and ``sendworthy rule``."""

from __future__ import annotations

import json

import click

from sendworthy.cli import completing
from sendworthy.cli.choices import Names

_RULES = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy rules
  sendworthy rules --format json
"""
_RULE = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy rule U101
  sendworthy rule phone-not-e164 --format json
"""
_COLUMNS = ("code", "name", "severity", "table", "enabled", "summary")


@click.command(epilog=_RULES)
@click.option("--format", "form", type=Names(["text", "json", "markdown"]), default="text", show_default=True)
def rules(form: str) -> None:
    """List all rules."""
    from sendworthy import _core
    from sendworthy.rulebook import as_markdown, ruleset

    found = _core.rules()
    if form == "json":
        click.echo(json.dumps([{name: dict(rule)[name] for name in _COLUMNS} for rule in found], indent=2))
        return
    if form == "markdown":
        click.echo(as_markdown(), nl=False)
        return
    width = max(len(rule_["name"]) for rule_ in found)
    for rule_ in found:
        severity = rule_["severity"] if rule_["enabled"] else f"{rule_['severity']} (off)"
        click.echo(f"{rule_['code']}  {rule_['name']:{width}}  {severity:13}  {rule_['summary']}")
    click.echo(f"{len(found)} rules, ruleset {ruleset()}", err=True)


@click.command(epilog=_RULE, short_help="Explain one rule.")
@click.argument("code", metavar="CODE|NAME", shell_complete=completing.rules)
@click.option("--format", "form", type=Names(["text", "json"]), default="text", show_default=True)
def rule(code: str, form: str) -> None:
    """Explain one rule: what it checks, why it matters, how to mend what it finds.

    A name that several rules share explains each of them; as JSON these are an array.
    """
    from sendworthy.rulebook import explain, find_rules

    if form == "json":
        found = find_rules(code)
        click.echo(json.dumps(found[0] if len(found) == 1 else found, indent=2))
    else:
        click.echo(explain(code), nl=False)
