"""The command group."""

from __future__ import annotations

import click

from sendworthy.cli.check import check
from sendworthy.cli.config import config
from sendworthy.cli.diff import diff
from sendworthy.cli.generate import generate
from sendworthy.cli.planning import eligibility, sends
from sendworthy.cli.rulebook import rule, rules
from sendworthy.cli.schema import schema

_EPILOG = """\b
Examples:
  sendworthy check --users users.csv --channels channels.csv
  sendworthy rule U101
  sendworthy check --help

\b
Exit status:
  0    fine
  1    findings
  2    could not run
  130  stopped by Ctrl-C

\b
Environment:
  NO_COLOR               no colours
  SENDWORTHY_REDACT_KEY  makes --redact hash the same in every run
  SENDWORTHY_THREADS     threads of the core (polars: POLARS_MAX_THREADS)
  SENDWORTHY_DEBUG       shows where a fault of sendworthy's own happened

\b
Completion by Tab (zsh: zsh_source; fish: fish_source, piped into source):
  eval "$(_SENDWORTHY_COMPLETE=bash_source sendworthy)"
"""


def _version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from sendworthy import __version__

        click.echo(f"sendworthy {__version__}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """Lint Salesforce Messaging data before it is loaded or acted on.

    Says which messaging users and sessions Salesforce would refuse, which would not be reachable, and whether each
    customer may be written to now.
    """


for command in (check, sends, eligibility, rules, rule, diff, config, schema, generate):
    main.add_command(command)
