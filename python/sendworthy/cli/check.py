"""``sendworthy check``."""

from __future__ import annotations

import contextlib
import os
import sys
from errno import EEXIST, EISDIR, ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sendworthy.cli import completing
from sendworthy.cli.choices import Names
from sendworthy.cli.completing import any_file, directories, rules
from sendworthy.cli.configured import accept, configure, require_baseline
from sendworthy.cli.ordered import OrderedCommand, pairs
from sendworthy.cli.terminal import Session, output_file, screen_options, standard_output
from sendworthy.names import CHECK_ORDER, OPERATIONS, REDACTIONS, SEVERITIES
from sendworthy.outputs import BINARY_FORMATS, FORMATS, STREAMED_FORMATS, Options, renderer
from sendworthy.threads import MOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendworthy.custom import Rule
    from sendworthy.report import Report

_Function = TypeVar("_Function", bound="Callable[..., Any]")
_STYLES = ("bulk", "dataloader")
_STDIN = "-"
_TEXT_FORMATS = frozenset({"text", "full"})
_EPILOG = """\b
Exit status:
  0    nothing at or above --fail-on
  1    findings at or above --fail-on
  2    could not run: bad arguments, unreadable input, missing column
  130  stopped by Ctrl-C

\b
Environment:
  NO_COLOR               no colours
  SENDWORTHY_REDACT_KEY  makes --redact hash the same in every run
  SENDWORTHY_THREADS     threads of the core (polars: POLARS_MAX_THREADS)

\b
Examples:
  sendworthy check --users users.csv --channels channels.csv
  sendworthy check --users users.csv --operation insert --write out
  sendworthy check --sessions 'sessions-*.parquet' --users users.parquet
  sendworthy check --users users.csv --format json --output report.json
"""


def table_option(name: str, what: str) -> Callable[[_Function], _Function]:
    """The option that gives a table."""
    return click.option(
        f"--{name.replace('_', '-')}", name, multiple=True, metavar="FILE", shell_complete=any_file, help=what
    )


def redact_option(said: str) -> Callable[[_Function], _Function]:
    """How values are masked."""
    return click.option("--redact", is_flag=False, flag_value="last2", type=Names(REDACTIONS), help=said)


def threads_option() -> Callable[[_Function], _Function]:
    """How many threads the core may use."""
    said = "Threads of the core.  [default: SENDWORTHY_THREADS, else one per core]"
    return click.option("--threads", type=click.IntRange(1, MOST), metavar="N", help=said)


@click.command(cls=OrderedCommand, epilog=_EPILOG, short_help="Check data and say what would not work.")
@table_option(
    "users", "Messaging users: CSV, TSV, Parquet, NDJSON or Arrow; file, glob or URL; '-' is standard input (CSV)."
)
@table_option("sessions", "Messaging sessions.")
@table_option("channels", "Messaging channels, the reference for users and sessions.")
@table_option("sends", "Planned business-initiated messages.")
@table_option("existing_users", "Messaging users that are in the org already.")
@click.option("--as-of", metavar="TIME", help="Judge at this time, e.g. 2026-11-22T12:00:00Z.  [default: now]")
@click.option(
    "--operation", type=Names(OPERATIONS), default="audit", show_default=True, help="What the data is meant for."
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="TABLE.FIELD=COLUMN",
    shell_complete=completing.tables("."),
    help="The column that holds a field.",
)
@click.option(
    "--sdl",
    "sdls",
    multiple=True,
    metavar="TABLE=FILE",
    shell_complete=completing.tables("="),
    help="A Data Loader mapping file for a table.",
)
@click.option(
    "--select", multiple=True, metavar="RULE", shell_complete=rules, help="Run only these rules: code, name or prefix."
)
@click.option("--ignore", multiple=True, metavar="RULE", shell_complete=rules, help="Do not run these rules.")
@click.option(
    "--severity",
    "severities",
    multiple=True,
    metavar="RULE=LEVEL",
    shell_complete=completing.severities,
    help=f"Give a rule another severity: {', '.join(SEVERITIES)}.",
)
@click.option(
    "--max",
    "limits",
    multiple=True,
    metavar="RULE=N",
    shell_complete=rules,
    help="Findings tolerated: a number or a share (0.5%).",
)
@click.option(
    "--baseline", metavar="FILE", shell_complete=any_file, help="Findings accepted earlier; they do not count."
)
@click.option(
    "--write-baseline",
    "new_baseline",
    metavar="FILE",
    shell_complete=any_file,
    help="Accept the findings at or above --fail-on.",
)
@click.option("--baseline-expires", "expires", metavar="DATE", help="The last day of the baseline that is written.")
@click.option(
    "--rules-module",
    metavar="FILE",
    shell_complete=any_file,
    help="Rules of your own: a Python file with RULES, which is run.",
)
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=any_file,
    help="Options.  [default: sendworthy.toml or pyproject.toml here]",
)
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=Names(FORMATS),
    metavar="FORMAT",
    help=f"What to write: {', '.join(FORMATS)}; may be repeated.  [default: text]",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    shell_complete=any_file,
    help="Where the --format before it goes.  [default: -]",
)
@click.option("--max-findings", type=click.IntRange(min=0), metavar="N", help="List at most N findings in JSON.")
@redact_option(
    "Mask values: all but the last two characters (last2, meant when none is named) or a token (hash).  "
    "[default: last2 in html, markdown, junit, github, gitlab and sarif]"
)
@click.option(
    "--write", "directory", metavar="DIR", shell_complete=directories, help="Write ready and rejected records there."
)
@click.option("--fix", is_flag=True, help="With --write: also write all records with safe fixes made.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: also add calling codes, and UTC to times without zone.")
@click.option(
    "--default-region",
    metavar="ISO",
    shell_complete=completing.regions,
    help="Country of numbers that have none, for --unsafe-fixes, e.g. US.",
)
@click.option("--style", type=Names(_STYLES), default="bulk", show_default=True, help="Form of rejected records.")
@click.option(
    "--fail-on", type=Names(SEVERITIES), default="error", show_default=True, help="Findings that mean status 1."
)
@click.option("--exit-zero", is_flag=True, help="Status 0 in spite of findings.")
@click.option("--no-progress", is_flag=True, help="No progress on standard error.")
@click.option("--quiet", "-q", is_flag=True, help="Only results and errors.")
@threads_option()
@click.pass_context
def check(context: click.Context, /, **given: Any) -> None:
    """Check messaging data and say what would be refused or not work.

    Give --users, --sessions, --sends or several of them; each table option may be repeated when a table has several
    files. A rule whose table or column is missing is skipped, and the report says so.
    """
    from sendworthy.api import check as run_check

    session: Session = context.obj
    targets = pairs(context, given["formats"], given["outputs"])
    applied = configure(context, given, targets)
    session.quiet = given["quiet"]
    session.writes = (
        given["directory"] is not None
        or given["new_baseline"] is not None
        or any(output is not None for _, output in targets)
    )
    _require_sense(context, targets, given)
    columns = columns_of(context, given)
    report = run_check(
        **applied.inputs(inputs_of(context, given), columns),
        as_of=given["as_of"],
        operation=given["operation"],
        policy=applied.policy,
        columns=columns,
        select=given["select"] or None,
        ignore=given["ignore"] or None,
        severity=dict(_pair(context, "--severity", text) for text in given["severities"]),
        max=dict(_limit(context, text) for text in given["limits"]),
        baseline=given["baseline"],
        rules=_rules(given["rules_module"]),
        progress=not (given["quiet"] or given["no_progress"]),
        threads=given["threads"],
        default_region=given["default_region"],
    )
    if given["directory"] is not None:
        written = report.write(given["directory"], given["style"])
        session.notice(f"wrote {len(written)} files to {given['directory']}")
        if given["fix"]:
            fixes = report.fix(given["directory"], unsafe=given["unsafe_fixes"])
            session.notice(fixes.to_text())
    for name, output in targets:
        _render(report, name, output, given)
    if all(output is not None or name not in _TEXT_FORMATS for name, output in targets):
        session.notice(repr(report).removeprefix("<sendworthy.Report: ").removesuffix(">"))
        for notice in report.notices:
            session.notice(notice)
    if given["new_baseline"] is not None:
        accept(report, given, session)
    elif report.worst_rows(given["fail_on"]) and not given["exit_zero"]:
        session.status = 1


def _render(report: Report, name: str, output: str | None, given: dict[str, Any]) -> None:
    wanted = {"max_findings": given["max_findings"], "redact": given["redact"]}
    if output is not None:
        with output_file(Path(output)) as file:
            renderer(name)(report, file, Options(**wanted, base=Path(output).absolute().parent))
        return
    try:
        with standard_output(whole=name not in STREAMED_FORMATS) as out:
            renderer(name)(report, out, screen_options(**wanted))
    except BrokenPipeError:  # whoever read the results has seen enough; the status still stands
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _require_sense(context: click.Context, targets: list[tuple[str, str | None]], given: dict[str, Any]) -> None:
    """Refuse before hours of work what cannot end well."""
    if given["max_findings"] is not None and all(name != "json" for name, _ in targets):
        message = "--max-findings is for --format json; the other formats are complete"
        raise click.UsageError(message, context)
    require_baseline(context, given)
    if given["fix"] and given["directory"] is None:
        message = "--fix needs --write DIR: the mended records are written there, never in place"
        raise click.UsageError(message, context)
    if given["unsafe_fixes"] and not given["fix"]:
        message = "--unsafe-fixes needs --fix"
        raise click.UsageError(message, context)
    for name, output in targets:
        if output is None and name in BINARY_FORMATS and sys.stdout.isatty():
            message = f"{name} is not for a terminal: give --output FILE after --format {name}"
            raise click.UsageError(message, context)
    files = [output for _, output in targets if output is not None]
    if twice := next((file for file in files if files.count(file) > 1), None):
        message = f"--output {twice} is given twice"
        raise click.UsageError(message, context)
    for file in files:
        require_writable(file, given)


def require_writable(output: str, given: dict[str, Any]) -> None:
    """Refuse an output that is a directory, has none to stand in, or is an input."""
    path = Path(output)
    if path.is_dir():
        raise IsADirectoryError(EISDIR, "is a directory; --output takes a file", output)
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(ENOENT, "the directory for --output is not there", output)
    inputs = set()
    for table in CHECK_ORDER:
        for source in given[table]:
            with contextlib.suppress(OSError):
                inputs.add(Path(source).resolve(strict=True))
    if path.resolve() in inputs:
        raise FileExistsError(EEXIST, "is an input of this check and would be replaced", output)


def inputs_of(context: click.Context, given: dict[str, Any]) -> dict[str, Any]:
    """The tables that were given."""
    from sendworthy.sources.spool import spool_csv

    paths = {table: given[table] for table in CHECK_ORDER if given[table]}
    if not paths:
        message = "nothing to check: give --users, --sessions or --sends"
        raise click.UsageError(message, context)
    if sum(files.count(_STDIN) for files in paths.values()) > 1:
        message = "standard input can be one table only"
        raise click.UsageError(message, context)
    inputs: dict[str, Any] = {}
    for table, files in paths.items():
        if _STDIN in files and len(files) > 1:
            message = f"--{table.replace('_', '-')}: '-' cannot be joined with other files"
            raise click.UsageError(message, context)
        if files == (_STDIN,):
            inputs[table] = spool_csv(sys.stdin.buffer, "standard input")
        else:
            inputs[table] = files[0] if len(files) == 1 else list(files)
    return inputs


def columns_of(context: click.Context, given: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The column of each field that was named, by table."""
    from sendworthy.sdl import SdlMapping, read_sdl

    columns: dict[str, dict[str, str]] = {}
    for text in given["sdls"]:
        table, path = _pair(context, "--sdl", text)
        mapping = read_sdl(path)
        known = columns.setdefault(_table_name(context, "--sdl", table), SdlMapping())
        known.update(mapping)
        if isinstance(known, SdlMapping):
            known.constants += mapping.constants
    for text in given["maps"]:
        field, column = _pair(context, "--map", text)
        table, dot, name = field.partition(".")
        if not dot or not name:
            message = f"--map {text}: expected TABLE.FIELD=COLUMN, for example users.MessagingPlatformKey=phone"
            raise click.UsageError(message, context)
        columns.setdefault(_table_name(context, "--map", table), {})[name] = column
    return columns


def _rules(path: str | None) -> list[Rule] | None:
    if path is None:
        return None
    from sendworthy.custom import load_rules

    return load_rules(path)


def _limit(context: click.Context, text: str) -> tuple[str, int | str]:
    rule, limit = _pair(context, "--max", text)
    return rule, int(limit) if limit.isdecimal() else limit


def _table_name(context: click.Context, option: str, table: str) -> str:
    name = table.replace("-", "_")
    if name not in CHECK_ORDER:
        message = f"{option}: {table!r} is no table; known are {', '.join(CHECK_ORDER)}"
        raise click.UsageError(message, context)
    return name


def _pair(context: click.Context, option: str, text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not (left and equals and right):
        message = f"{option} {text}: expected NAME=VALUE"
        raise click.UsageError(message, context)
    return left, right
