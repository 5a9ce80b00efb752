"""``sendworthy.check``: one call from data to report."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypeAlias

from sendworthy import _core, stopping
from sendworthy.baseline import read_baseline
from sendworthy.config import configured
from sendworthy.custom import require_rules
from sendworthy.errors import ColumnError, ConfigError, InputError
from sendworthy.findings import CheckedTable, Describer, for_core
from sendworthy.forks import require_polars
from sendworthy.judging import judges_of, needed_columns
from sendworthy.names import CHECK_ORDER, MOST_COLUMNS, OPERATIONS, SUBJECTS
from sendworthy.pardon import Pardon, read_limits
from sendworthy.policy import Policy
from sendworthy.progress import Progress, Reporter, watched
from sendworthy.report import Report
from sendworthy.rulebook import current
from sendworthy.sdl import SdlMapping, read_sdl
from sendworthy.sources import open_source
from sendworthy.sources.base import typed
from sendworthy.threads import thread_count

if TYPE_CHECKING:
    from sendworthy.custom import Rule
    from sendworthy.judging import Judge
    from sendworthy.sources import Source

Columns: TypeAlias = Mapping[str, Mapping[str, str] | str | PathLike[str]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@configured
def check(  # noqa: PLR0913  (all but the tables are options)
    users: Any = None,
    sessions: Any = None,
    channels: Any = None,
    sends: Any = None,
    existing_users: Any = None,
    *,
    as_of: datetime | str | None = None,
    operation: str = "audit",
    policy: Policy | None = None,
    columns: Columns | None = None,
    select: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    severity: Mapping[str, str] | None = None,
    max: Mapping[str, int | str] | None = None,  # noqa: A002  (the name of the option everywhere)
    baseline: str | PathLike[str] | None = None,
    config: str | PathLike[str] | None = None,  # noqa: ARG001  (the decorator's)
    rules: Sequence[Rule] | None = None,
    progress: Callable[[Progress], object] | bool | None = None,
    threads: int | None = None,
    default_region: str | None = None,
    eligibility: bool = False,
) -> Report:
    """Check Salesforce Messaging data before it is loaded or acted on.

    A table may be a path, a list of paths, a glob or URL (CSV and TSV, also gzipped or zstd; Parquet, NDJSON, Arrow
    IPC), a polars DataFrame or LazyFrame, a pandas DataFrame, anything with ``__arrow_c_stream__``, or a list of
    dicts. It is read in batches. A LazyFrame is run once for the check and again for each of findings, samples and
    splits, and must give the same rows every time.

    Args:
        users: MessagingEndUser records.
        sessions: MessagingSession records.
        channels: MessagingChannel records: reference data for the other tables.
        sends: Planned business-initiated messages: MessagingChannelId, and MessagingEndUserId or Phone; also OwnerId,
            SendTime, MessageKind, TemplateApproved, HasDynamicContent, ConsentConfirmed, SourceRecordId.
        existing_users: MessagingEndUser records that are in the org already.
        as_of: The moment the data is judged at: a datetime or ISO text, with a zone. Default: now.
        operation: audit, insert, update or upsert: what the data is meant for.
        policy: Limits and switches other than the default.
        columns: Per table, Salesforce field to source column, or the path of a Data Loader .sdl file.
        select: Codes, names or prefixes of the only rules to run.
        ignore: Codes, names or prefixes of rules not to run.
        severity: Code, name or prefix to error, warning or info.
        max: Rule (code or name) to the most findings that do not count: a number, or a share of the table's records
            such as "0.5%".
        baseline: A file of ``report.write_baseline``: the findings in it do not count.
        config: A TOML file with options; what is given here goes before it. None is read unless asked for.
        rules: Rules of your own, checked besides the others.
        progress: Called with a ``Progress`` at most ten times a second, here and when findings are made or files
            written, by the thread that asked for them. It cannot slow the run, and when it fails a warning says so and
            the run goes on. True draws a bar on standard error.
        threads: How many the core may use; as SENDWORTHY_THREADS says if not given, else one per core.
        default_region: ISO 3166-1 alpha-2 code of the country whose calling code an unsafe fix may add to a national
            number, where neither the record's IsoCountryCode nor its channel's names one.
        eligibility: Keep at once what ``report.eligibility`` needs; it goes through the data once more otherwise.

    Returns:
        The report.

    Raises:
        InputError: A table is unreadable, malformed or empty.
        ColumnError: A column is missing, ambiguous or of a type that cannot hold its field.
        ConfigError: An argument makes no sense, or no selected rule can run on these tables.
        SendworthyError: This process was forked from one in which polars was used.
    """
    started = time.monotonic()
    require_polars()
    given = {
        "channels": channels,
        "sends": sends,
        "existing_users": existing_users,
        "users": users,
        "sessions": sessions,
    }
    given = {table: given[table] for table in CHECK_ORDER if given[table] is not None}
    if not any(table in given for table in SUBJECTS):
        message = "nothing to check: give users, sessions or sends (channels and existing_users are reference data)"
        raise ConfigError(message)
    if operation not in OPERATIONS:
        message = f"operation must be one of {', '.join(OPERATIONS)}, not {operation!r}"
        raise ConfigError(message)
    moment = instant(as_of)
    own = require_rules(rules or [])
    pardon = Pardon(read_limits(max, own), None if baseline is None else read_baseline(baseline))
    policy = policy or Policy()
    mappings = read_mappings(columns or {}, given)
    options: dict[str, Any] = {
        "as_of": milliseconds(moment),
        "operation": operation,
        "policy": policy.to_core(),
        "select": selectors(select),
        "ignore": selectors(ignore),
        "severity": {current(rule): level for rule, level in severity.items()} if severity else None,
        "threads": thread_count(threads),
        "rules": [(rule.code, rule.name, rule.table, rule.severity, rule.message) for rule in own],
        "default_region": default_region,
    }
    engine = _core.Engine(**options, eligibility=eligibility)
    sources = {table: open_source(table, data) for table, data in given.items()}
    outcome, tables = watched(progress, partial(_run, engine, sources, mappings, own))
    describer = Describer(outcome, tables, partial(_with_eligibility, options, sources, mappings, own), progress)
    report = Report(
        describer,
        as_of=moment,
        operation=operation,
        policy=policy,
        duration=time.monotonic() - started,
        pardon=pardon,
        rules=own,
    )
    report.again = partial(
        check,
        as_of=moment,
        operation=operation,
        policy=policy,
        columns=columns,
        select=select,
        ignore=ignore,
        severity=severity,
        rules=rules,
        progress=progress,
        threads=threads,
        default_region=default_region,
    )
    if report.counts.is_empty():
        reasons = "; ".join(report.skipped["reason"].unique(maintain_order=True))
        message = f"none of the selected rules could run, so nothing was checked: {reasons}"
        raise ConfigError(message)
    if pardon.baseline is not None and pardon.baseline.expired(moment):
        warnings.warn(report.notices[0], UserWarning, stacklevel=3)
    return report


def instant(as_of: datetime | str | None) -> datetime:
    """A point in time in UTC, in whole milliseconds.

    Args:
        as_of: A datetime or an ISO 8601 text, either with a zone; None means now.

    Raises:
        ConfigError: When it cannot be read, or has no zone.
    """
    if as_of is None:
        moment = datetime.now(UTC)
    elif isinstance(as_of, datetime):
        moment = as_of
    else:
        try:
            moment = datetime.fromisoformat(as_of)
        except (ValueError, TypeError):
            message = f"as_of: {as_of!r} is not an ISO 8601 time; write it like 2026-11-22T12:00:00Z"
            raise ConfigError(message) from None
    if moment.tzinfo is None or moment.utcoffset() is None:
        message = f"as_of: {str(as_of)!r} has no time zone; add one, for example Z for UTC"
        raise ConfigError(message)
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as the core counts time."""
    return (moment - _EPOCH) // _MILLISECOND


def _run(
    engine: _core.Engine,
    sources: Mapping[str, Source],
    mappings: Mapping[str, dict[str, str]],
    own: Sequence[Rule],
    told: Reporter,
) -> tuple[_core.Outcome, dict[str, CheckedTable]]:
    """Put all tables through an engine, in order."""
    try:
        with stopping.current().calling(engine.cancel):
            bound = {table: bind(engine, table, source, mappings.get(table)) for table, source in sources.items()}
            judges = judges_of(own, engine.selected(), sources)
            bound = {
                table: needed_columns(source, bound[table], judges.get(table)) for table, source in sources.items()
            }
            told.begin("reading", sources)
            tables = {
                table: CheckedTable(
                    table,
                    source,
                    bound[table],
                    _push(engine, table, source, bound, told, judges.get(table)),
                    judges.get(table),
                )
                for table, source in sources.items()
            }
            told.begin("relating")
            return engine.finish(), tables
    except BaseException:  # whatever ended the reading: stop the workers, too
        engine.cancel()
        raise


def _with_eligibility(
    options: Mapping[str, Any],
    sources: Mapping[str, Source],
    mappings: Mapping[str, dict[str, str]],
    own: Sequence[Rule],
) -> _core.Outcome:
    """The same check once more, with what eligibility needs."""
    outcome, _ = watched(None, partial(_run, _core.Engine(**options, eligibility=True), sources, mappings, own))
    return outcome


def selectors(given: str | Sequence[str] | None) -> list[str] | None:
    """Codes, names and prefixes one by one; a text may hold several with commas between."""
    if given is None:
        return None
    texts = [given] if isinstance(given, str) else given
    return [current(part.strip()) for text in texts for part in text.split(",")]


def read_mappings(columns: Columns, given: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """Per table, field to column.

    Args:
        columns: The same, or paths of Data Loader mappings.
        given: The tables there are.

    Raises:
        ConfigError: A mapping for a table that is not there.
    """
    mappings: dict[str, dict[str, str]] = {}
    for table, mapping in columns.items():
        if table not in given:
            known = ", ".join(CHECK_ORDER)
            why = "which is not given" if table in CHECK_ORDER else f"which is no table; known are {known}"
            message = f"columns: a mapping for {table!r}, {why}"
            raise ConfigError(message)
        if isinstance(mapping, Mapping):
            mappings[table] = mapping if isinstance(mapping, SdlMapping) else dict(mapping)
        else:
            mappings[table] = read_sdl(fspath(mapping))
    return mappings


def bind(engine: _core.Engine, table: str, source: Source, mapping: dict[str, str] | None) -> list[str]:
    """Make a table known to an engine; gives the columns of the source that it needs.

    Raises:
        ColumnError: Columns that are missing, ambiguous or of a wrong type.
    """
    if len(source.headers) > MOST_COLUMNS:
        many = f"has {len(source.headers):,} columns; Salesforce takes at most 5,000: leave columns out"
        message = f"{table}: {source.label}: {many}"
        raise ColumnError(message)
    constants = mapping.constants if isinstance(mapping, SdlMapping) else None
    schema = typed(source.schema)
    needed = engine.bind(table, source.label, schema, mapping, headers=source.headers, constants=constants)
    if repeated := source.duplicated(needed):
        message = f"{table}: {source.label}: the header {repeated[0]!r} occurs more than once; keep one column of it"
        raise ColumnError(message)
    return needed


def _push(  # noqa: PLR0913, PLR0917  (what a table is read with)
    engine: _core.Engine,
    table: str,
    source: Source,
    bound: Mapping[str, list[str]],
    told: Reporter,
    judge: Judge | None,
) -> int:
    told.table(table)
    scans: list[_core.CsvReader] = []
    for records in source.records(bound[table], scans=scans):
        told.advance(engine.push(table, for_core(records, bound[table], judge)))
    if engine.wants_files(table):
        if (reason := source.bytes_unseen()) is None:
            engine.files(table, scans)
        else:
            engine.no_files(table, reason)
    rows = engine.finish_table(table)
    told.advance(rows)
    if rows == 0 and table != "existing_users":  # an org may have no users yet
        message = f"{table}: {source.label}: holds no records: nothing was examined"
        raise InputError(message)
    return rows
