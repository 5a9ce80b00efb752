"""``sendworthy schema``."""

from __future__ import annotations

import json

import click


@click.command()
def schema() -> None:
    """Write the JSON Schema (2020-12) of 'check --format json', for whoever reads reports."""
    from sendworthy.outputs.schema import report_schema

    click.echo(json.dumps(report_schema(), indent=2))
