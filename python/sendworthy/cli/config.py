"""``sendworthy config``: the options in force, and the schema of a configuration file."""

from __future__ import annotations

import json

import click

from sendworthy.cli.choices import Names
from sendworthy.cli.completing import any_file
from sendworthy.cli.configured import find_settings

_SHOW = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy config show
  sendworthy config show --config sendworthy.toml --format json
"""
_SCHEMA = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy config schema > sendworthy.schema.json
"""


@click.group(short_help="Look at the configuration.")
def config() -> None:
    """Look at the configuration: [tool.sendworthy] in pyproject.toml, or sendworthy.toml."""


@config.command(epilog=_SHOW, short_help="Show every option and where it comes from.")
@click.option(
    "--config",
    "path",
    metavar="FILE",
    shell_complete=any_file,
    help="Options.  [default: sendworthy.toml or pyproject.toml here]",
)
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--format", "form", type=Names(["text", "json"]), default="text", show_default=True)
@click.pass_context
def show(context: click.Context, path: str | None, isolated: bool, form: str) -> None:
    """Show every option, its value, and whether that is the default or comes from a file."""
    from sendworthy.config.show import effective
    from sendworthy.texts import printable

    lines = effective(find_settings(context, path, isolated=isolated))
    if form == "json":
        click.echo(json.dumps([line._asdict() for line in lines], indent=2, ensure_ascii=False))
        return
    key, value = (max(len(line[at]) for line in lines) for at in (0, 1))
    for line in lines:
        click.echo(f"{line.key:{key}}  {printable(line.value):{min(value, 50)}}  {line.source}")


@config.command(epilog=_SCHEMA, short_help="Write the JSON Schema of a configuration.")
def schema() -> None:
    """Write the JSON Schema (2020-12) of a configuration file, for editors."""
    from sendworthy.config.schema import schema as make

    click.echo(json.dumps(make(), indent=2, ensure_ascii=False))
