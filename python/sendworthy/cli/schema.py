"""``sendworthy schema``."""

from __future__ import annotations

import json

import click

_EPILOG = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy schema > report.schema.json
"""


@click.command(epilog=_EPILOG, short_help="Write the JSON Schema of reports.")
def schema() -> None:
    """Write the JSON Schema (2020-12) of 'check --format json', for whoever reads reports."""
    from sendworthy.outputs.schema import report_schema

    click.echo(json.dumps(report_schema(), indent=2))
