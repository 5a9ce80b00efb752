"""``sendworthy.check``: one call from data to report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from functools import partial
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sendworthy import _core
from sendworthy.errors import ColumnError, ConfigError, InputError
from sendworthy.findings import CheckedTable, Describer
from sendworthy.names import CHECK_ORDER, OPERATIONS, SUBJECTS
from sendworthy.policy import Policy
from sendworthy.progress import Progress, Reporter, reporter
from sendworthy.report import Report
from sendworthy.sdl import read_sdl
from sendworthy.sources import open_source
from sendworthy.sources.base import for_core

if TYPE_CHECKING:
    from sendworthy.sources import Source

Columns: TypeAlias = Mapping[str, Mapping[str, str] | str | PathLike[str]]
_Result = TypeVar("_Result")
_SIGNAL_SECONDS = 0.1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def check(  # noqa: PLR0913  (all but the tables are options)
    users: Any = None,
    sessions: Any = None,
    channels: Any = None,
    existing_users: Any = None,
    *,
    as_of: datetime | str | None = None,
    operation: str = "audit",
    policy: Policy | None = None,
    columns: Columns | None = None,
    select: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    severity: Mapping[str, str] | None = None,
    progress: Callable[[Progress], object] | bool | None = None,
    threads: int | None = None,
    default_region: str | None = None,
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
        existing_users: MessagingEndUser records that are in the org already.
        as_of: The moment the data is judged at: a datetime or ISO text, with a zone. Default: now.
        operation: audit, insert, update or upsert: what the data is meant for.
        policy: Limits and switches other than the default.
        columns: Per table, Salesforce field to source column, or the path of a Data Loader .sdl file.
        select: Codes, names or prefixes of the only rules to run.
        ignore: Codes, names or prefixes of rules not to run.
        severity: Code, name or prefix to error, warning or info.
        progress: Called with a ``Progress`` now and then; True draws on standard error.
        threads: How many to use; all there are if not given.
        default_region: ISO 3166-1 alpha-2 code of the country whose calling code an unsafe fix may add to a national
            number, where neither the record's IsoCountryCode nor its channel's names one.

    Returns:
        The report.

    Raises:
        InputError: A table is unreadable, malformed or empty.
        ColumnError: A column is missing, ambiguous or of a type that cannot hold its field.
        ConfigError: An argument makes no sense, or no selected rule can run on these tables.
    """
    started = time.monotonic()
    given = {"channels": channels, "existing_users": existing_users, "users": users, "sessions": sessions}
    given = {table: given[table] for table in CHECK_ORDER if given[table] is not None}
    if not any(table in given for table in SUBJECTS):
        message = "nothing to check: give users, sessions or both (channels and existing_users are reference data)"
        raise ConfigError(message)
    if operation not in OPERATIONS:
        message = f"operation must be one of {', '.join(OPERATIONS)}, not {operation!r}"
        raise ConfigError(message)
    if threads is not None and threads < 1:
        message = f"threads must be at least 1, not {threads}"
        raise ConfigError(message)
    moment = instant(as_of)
    policy = policy or Policy()
    mappings = _mappings(columns or {}, given)
    engine = _core.Engine(
        as_of=milliseconds(moment),
        operation=operation,
        policy=policy.to_core(),
        select=_selectors(select),
        ignore=_selectors(ignore),
        severity=dict(severity) if severity else None,
        threads=threads,
        default_region=default_region,
    )
    sources = {table: open_source(table, data) for table, data in given.items()}
    try:
        with reporter(progress) as report_progress:
            bound = {table: _bind(engine, table, source, mappings.get(table)) for table, source in sources.items()}
            tables = {
                table: CheckedTable(table, source, bound[table], _push(engine, table, source, bound, report_progress))
                for table, source in sources.items()
            }
            report_progress.start("", "relating")
            outcome = _interruptible(engine, engine.finish)
    except BaseException:  # Ctrl-C, or an exception of the progress function: stop the workers, too
        engine.cancel()
        raise
    report = Report(
        Describer(outcome, tables),
        as_of=moment,
        operation=operation,
        policy=policy,
        duration=time.monotonic() - started,
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
        progress=progress,
        threads=threads,
        default_region=default_region,
    )
    if report.counts.is_empty():
        reasons = "; ".join(report.skipped["reason"].unique(maintain_order=True))
        message = f"none of the selected rules could run, so nothing was checked: {reasons}"
        raise ConfigError(message)
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


def _selectors(given: str | Sequence[str] | None) -> list[str] | None:
    if given is None:
        return None
    return [given] if isinstance(given, str) else list(given)


def _mappings(columns: Columns, given: Mapping[str, object]) -> dict[str, dict[str, str]]:
    mappings: dict[str, dict[str, str]] = {}
    for table, mapping in columns.items():
        if table not in given:
            known = ", ".join(CHECK_ORDER)
            why = "which is not given" if table in CHECK_ORDER else f"which is no table; known are {known}"
            message = f"columns: a mapping for {table!r}, {why}"
            raise ConfigError(message)
        mappings[table] = dict(mapping) if isinstance(mapping, Mapping) else read_sdl(fspath(mapping))
    return mappings


def _bind(engine: _core.Engine, table: str, source: Source, mapping: dict[str, str] | None) -> list[str]:
    needed = engine.bind(table, source.label, for_core(source.schema), mapping)
    if repeated := source.duplicated(needed):
        message = f"{table}: {source.label}: the header {repeated[0]!r} occurs more than once; keep one column of it"
        raise ColumnError(message)
    return needed


def _push(engine: _core.Engine, table: str, source: Source, bound: Mapping[str, list[str]], progress: Reporter) -> int:
    progress.start(table)
    for batch in source.batches(bound[table]):
        progress.advance(engine.push(table, for_core(batch)))
    rows = _interruptible(engine, lambda: engine.finish_table(table))
    progress.advance(rows, final=True)
    if rows == 0 and table != "existing_users":  # an org may have no users yet
        message = f"{table}: {source.label}: holds no records: nothing was examined"
        raise InputError(message)
    return rows


def _interruptible(engine: _core.Engine, work: Callable[[], _Result]) -> _Result:
    """Run a long call of the core so that Ctrl-C is noticed at once, not when it returns.

    Python handles signals in the main thread and between its own instructions, so the call gets another thread.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            while not future.done():
                wait([future], timeout=_SIGNAL_SECONDS)
        except BaseException:
            engine.cancel()
            raise
        return future.result()
