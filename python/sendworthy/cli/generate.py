"""``sendworthy generate``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendworthy.cli.choices import Names
from sendworthy.cli.completing import directories

if TYPE_CHECKING:
    from sendworthy.cli.terminal import Session


_EPILOG = """\b
Exit status:
  0    done
  2    could not run

\b
Examples:
  sendworthy generate data
  sendworthy generate data --users 1000000 --sessions 2000000 --format parquet
"""


@click.command(epilog=_EPILOG, short_help="Make data with planted defects.")
@click.argument("directory", metavar="DIR", shell_complete=directories)
@click.option("--users", type=click.IntRange(min=1), default=10_000, show_default=True, help="Messaging users.")
@click.option("--sessions", type=click.IntRange(min=1), default=20_000, show_default=True, help="Messaging sessions.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, other data.")
@click.option(
    "--defect-rate", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Share of defective records."
)
@click.option("--as-of", metavar="TIME", help="When the data is to be judged.  [default: 2026-11-22T12:00:00Z]")
@click.option("--format", "file_format", type=Names(["csv", "parquet"]), default="csv", show_default=True)
@click.pass_obj
def generate(session: Session, /, directory: str, as_of: str | None, **options: Any) -> None:
    """Make channels, users and sessions with planted defects, and truth.parquet, which lists these.

    The same options always make the same files.
    """
    from sendworthy.synthetic import AS_OF, generate_files

    session.writes = True
    as_of, form = as_of or AS_OF, options["file_format"]
    generate_files(directory, as_of=as_of, **options)
    tables = " ".join(f"--{name} {shlex.quote(str(Path(directory) / f'{name}.{form}'))}" for name in _TABLES)
    click.echo(f"sendworthy check {tables} --as-of {as_of}")


_TABLES = ("channels", "users", "sessions")
