"""``sendworthy sends`` and ``sendworthy eligibility``: the tables about who can be written to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from sendworthy.cli.check import columns_of, inputs_of, redact_option, require_writable, table_option, threads_option
from sendworthy.cli.choices import Names
from sendworthy.cli.completing import any_file
from sendworthy.cli.terminal import Session, output_file, standard_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from sendworthy.report import Report

_FORMATS = ("text", "json", "jsonl", "csv", "parquet")
_SHOWN_REASONS = 12
#: Columns with values as given, and the fields that these are of. The decisions about sends have none.
_VALUES = {
    "record_id": ("users", "Id"),
    "channel_id": ("users", "MessagingChannelId"),
    "live_session_id": ("sessions", "Id"),
    "live_owner_id": ("sessions", "OwnerId"),
}
_OWNER = {"owner_id": ("sends", "OwnerId")}
_EPILOG = """\b
Exit status, which what is blocked does not change:
  0    done
  2    could not run
  130  stopped by Ctrl-C

\b
Examples:
"""
_SENDS = """  sendworthy sends --sends sends.csv --users users.csv
  sendworthy sends --sends sends.csv --format csv --output decisions.csv
"""
_ELIGIBILITY = """  sendworthy eligibility --users users.csv --sessions sessions.csv
  sendworthy eligibility --users users.csv --format csv --output who.csv
"""


def _options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands share, in the order of the help."""
    options = (
        table_option("users", "Messaging users: CSV, TSV, Parquet, NDJSON or Arrow; file, glob or URL."),
        table_option("sessions", "Messaging sessions."),
        table_option("channels", "Messaging channels."),
        table_option("sends", "Planned business-initiated messages."),
        table_option("existing_users", "Messaging users that are in the org already."),
        click.option("--as-of", metavar="TIME", help="Judge at this time, e.g. 2026-11-22T12:00:00Z.  [default: now]"),
        click.option(
            "--map", "maps", multiple=True, metavar="TABLE.FIELD=COLUMN", help="The column that holds a field."
        ),
        click.option("--sdl", "sdls", multiple=True, metavar="TABLE=FILE", help="A Data Loader mapping for a table."),
        click.option(
            "--format",
            "name",
            type=Names(_FORMATS),
            default="text",
            show_default=True,
            help="A summary, or the whole table.",
        ),
        click.option("--output", metavar="FILE", shell_complete=any_file, help="Where it goes.  [default: -]"),
        click.option(
            "--config",
            metavar="FILE",
            shell_complete=any_file,
            help="Options from a TOML file: policy, columns, hints on channels.",
        ),
        redact_option("Mask Ids that are none of Salesforce's: the last two characters stay, or a token (hash)."),
        click.option("--no-progress", is_flag=True, help="No progress on standard error."),
        threads_option(),
        click.pass_context,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(epilog=_EPILOG + _SENDS, short_help="Say which planned sends can go out.")
@_options
def sends(context: click.Context, /, **given: Any) -> None:
    """Say of every planned send whether it can go out, and what it starts.

    Give --sends, and --users, --sessions and --channels to judge them by. What is not known is said, never guessed.
    """
    if not given["sends"]:
        message = "give --sends: the planned messages"
        raise click.UsageError(message, context)
    report = _checked(context, given, eligibility=False)
    if report.sends is not None:
        decisions = report.sends.decisions
        _write(given, iter([decisions]), decisions.schema, lambda: _sends_text(report, _redaction(given)))


@click.command(epilog=_EPILOG + _ELIGIBILITY, short_help="Say whom a rep may write to now.")
@_options
def eligibility(context: click.Context, /, **given: Any) -> None:
    """Say of every messaging user whether and how a rep may write to it now.

    Give --users, and --sessions and --channels to judge them by. What is not known is said, never guessed.
    """
    if not given["users"]:
        message = "give --users: who is to be written to"
        raise click.UsageError(message, context)
    from sendworthy.masking import masked_cells
    from sendworthy.names import eligibility_schema

    report = _checked(context, given, eligibility=True)
    redact = _redaction(given)
    frames = (masked_cells(frame, redact, _VALUES) for frame in report.eligibility_batches())
    _write(given, frames, eligibility_schema(), lambda: _eligibility_text(report))


def _checked(context: click.Context, given: dict[str, Any], *, eligibility: bool) -> Report:
    from sendworthy.api import check

    session: Session = context.obj
    session.writes = given["output"] is not None
    if given["output"] is not None:
        require_writable(given["output"], given)
    elif given["name"] == "parquet" and sys.stdout.isatty():
        message = "parquet is not for a terminal: give --output FILE"
        raise click.UsageError(message, context)
    return check(
        **inputs_of(context, given),
        as_of=given["as_of"],
        columns=columns_of(context, given) or None,
        config=given["config"],
        progress=not given["no_progress"],
        threads=given["threads"],
        eligibility=eligibility,
    )


def _write(
    given: dict[str, Any],
    frames: Iterator[pl.DataFrame],
    schema: pl.Schema,
    text: Callable[[], str],
) -> None:
    from sendworthy.outputs import STREAMED_FORMATS
    from sendworthy.outputs import frames as tables

    def render(out: IO[bytes]) -> None:
        if given["name"] == "text":
            out.write(text().encode())
        else:
            getattr(tables, f"write_{given['name']}")(frames, schema, out)

    if given["output"] is not None:
        with output_file(Path(given["output"])) as file:
            render(file)
    else:
        with standard_output(whole=given["name"] not in STREAMED_FORMATS) as out:
            render(out)


def _redaction(given: dict[str, Any]) -> str | None:
    """How values are masked: as the flag says, else the file."""
    redact: str | None = given["redact"]
    if redact is None and given["config"] is not None:
        from sendworthy.config import load

        redact = load(given["config"]).values.get("redact")
    if redact is not None:
        from sendworthy.masking import require_key

        require_key(redact)
    return redact


def _sends_text(report: Report, redact: str | None) -> str:
    import polars as pl

    from sendworthy.masking import masked_cells
    from sendworthy.texts import plural

    split = report.sends
    if split is None:
        return ""
    decisions, reps = split.decisions, masked_cells(split.by_rep, redact, _OWNER)
    counted = dict(decisions["outcome"].value_counts().iter_rows())
    sizes = ", ".join(f"{counted.get(outcome, 0):,} {outcome}" for outcome in ("allowed", "blocked", "unknown"))
    lines = [f"{plural(decisions.height, 'planned send')}: {sizes}."]
    creates = int(decisions["creates_user"].sum())
    if creates:
        lines.append(f"{creates:,} of them start with a new messaging user (Explicitly Opted In).")
    counts = report.counts.filter((pl.col("table") == "sends") & (pl.col("rows") > 0))
    lines += _reasons(counts.select("code", "name", "rows"))
    busiest = reps.drop_nulls("owner_id").sort("planned", descending=True, maintain_order=True).head(5)
    if busiest.height:
        lines += ["", "Reps with the most planned sends:"]
        lines += [
            f"  {owner}  {planned:,} planned, {blocked:,} blocked"
            + ("" if load is None else f"; load now {load:,}, {load_all:,} if every customer answers")
            for owner, planned, blocked, load, load_all in busiest.select(
                "owner_id", "planned", "blocked", "load_now", "load_if_all_answer"
            ).iter_rows()
        ]
    lines += ["", "The decision about each send: --format csv, jsonl or parquet; findings: sendworthy check --sends."]
    return "\n".join(lines) + "\n"


def _eligibility_text(report: Report) -> str:
    import polars as pl

    from sendworthy.rulebook import rules
    from sendworthy.texts import plural

    sums: list[pl.DataFrame] = []
    why: list[pl.DataFrame] = []
    total = 0
    for frame in report.eligibility_batches():
        total += frame.height
        sums.append(frame.group_by("can_send").len())
        why.append(frame.select(pl.col("because").explode()).drop_nulls().group_by("because").len())
    counted = dict(pl.concat(sums).group_by("can_send").agg(pl.col("len").sum()).iter_rows())
    names = {rule["code"]: rule["name"] for rule in rules().iter_rows(named=True)}
    reasons = (
        pl.concat(why).group_by("because").agg(pl.col("len").sum()).sort("len", "because", descending=[True, False])
    )
    sizes = ", ".join(f"{counted.get(way, 0):,} {way}" for way in ("freeform", "template-only", "no", "unknown"))
    lines = [f"{plural(total, 'user')}: {sizes}."]
    lines += _reasons(
        reasons.select(
            pl.col("because").alias("code"),
            pl.col("because").replace_strict(names, default="").alias("name"),
            pl.col("len").alias("rows"),
        )
    )
    lines += ["", "One row per user: --format csv, jsonl or parquet."]
    return "\n".join(lines) + "\n"


def _reasons(counts: pl.DataFrame) -> list[str]:
    """Codes with their names and rows, the commonest first."""
    import polars as pl

    counts = counts.sort(pl.col("rows"), descending=True, maintain_order=True)
    lines = [f"  {code}  {name:<28} {rows:>12,}" for code, name, rows in counts.head(_SHOWN_REASONS).iter_rows()]
    more = counts.height - _SHOWN_REASONS
    return ["", *lines, *([f"  and {more} more rules"] if more > 0 else [])] if lines else []
