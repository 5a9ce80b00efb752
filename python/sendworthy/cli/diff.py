"""``sendworthy diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendworthy.cli.choices import Names
from sendworthy.cli.completing import any_file
from sendworthy.cli.terminal import output_file, screen_options, standard_output

if TYPE_CHECKING:
    from sendworthy.cli.terminal import Session

_EPILOG = """\b
Exit status:
  0    no new finding of severity error
  1    new findings of severity error
  2    a file is no complete report of --format json

\b
Examples:
  sendworthy diff yesterday.json today.json
"""


@click.command(epilog=_EPILOG, short_help="Compare two reports.")
@click.argument("old", metavar="OLD.json", shell_complete=any_file)
@click.argument("new", metavar="NEW.json", shell_complete=any_file)
@click.option("--format", "form", type=Names(["text", "json"]), default="text", show_default=True)
@click.option("--output", metavar="FILE", shell_complete=any_file, help="Where to.  [default: -]")
@click.option("--exit-zero", is_flag=True, help="Status 0 in spite of new errors.")
@click.pass_obj
def diff(session: Session, /, old: str, new: str, *, output: str | None, **options: Any) -> None:
    """Compare two reports of --format json: which findings are new, which are gone, which are unchanged.

    A finding is the same when table, rule and record are: the record's Id, or its number where it has no Id.
    """
    from sendworthy.difference import diff as compare

    session.writes = output not in (None, "-")
    found = compare(old, new)
    text = found.to_json() if options["form"] == "json" else found.to_text(width=screen_options().width)
    if output is None or output == "-":
        with standard_output() as out:
            out.write(text.encode())
    else:
        with output_file(Path(output)) as file:
            file.write(text.encode())
    if found.errors and not options["exit_zero"]:
        session.status = 1
