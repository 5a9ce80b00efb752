"""``sendworthy.spark.check``: from Spark DataFrames to a report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.api import bind, instant, milliseconds, read_mappings, selectors
from sendworthy.custom import require_rules
from sendworthy.errors import ColumnError, ConfigError, InputError
from sendworthy.findings import Describer
from sendworthy.judging import judges_of, needed_columns
from sendworthy.names import CHECK_ORDER, OPERATIONS
from sendworthy.policy import Policy
from sendworthy.rulebook import current
from sendworthy.sources import open_source
from sendworthy.sources.memory import FrameSource
from sendworthy.spark.executor import SparkTable, Work
from sendworthy.spark.passes import Input, Plan
from sendworthy.spark.report import SparkReport
from sendworthy.texts import discreet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame

    from sendworthy.api import Columns
    from sendworthy.custom import Rule


def check(  # noqa: PLR0913  (all but the tables are options)
    users: DataFrame | None = None,
    sessions: DataFrame | None = None,
    channels: Any = None,
    existing_users: DataFrame | None = None,
    *,
    sends: Any = None,
    as_of: datetime | str | None = None,
    operation: str = "audit",
    policy: Policy | None = None,
    columns: Columns | None = None,
    select: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    severity: Mapping[str, str] | None = None,
    rules: Sequence[Rule] | None = None,
    default_region: str | None = None,
    order_by: Mapping[str, str | Sequence[str]] | None = None,
    partitions: int | None = None,
) -> SparkReport:
    """Check Spark DataFrames by the rules of ``sendworthy.check``, in the executors.

    The users are gone through once at once, for what must be known of all of them; everything else is computed when the
    report is used. The DataFrames must give the same records every time.

    Args:
        users: MessagingEndUser records.
        sessions: MessagingSession records.
        channels: MessagingChannel records: a Spark DataFrame, which is collected, or whatever ``sendworthy.check``
            takes. Executors get all of them.
        existing_users: MessagingEndUser records that are in the org already.
        sends: Not taken: planned sends are checked by ``sendworthy.check``.
        as_of: The moment the data is judged at: a datetime or ISO text, with a zone. Default: now.
        operation: audit, insert, update or upsert: what the data is meant for.
        policy: Limits and switches other than the default.
        columns: Per table, Salesforce field to source column, or the path of a Data Loader .sdl file.
        select: Codes, names or prefixes of the only rules to run.
        ignore: Codes, names or prefixes of rules not to run.
        severity: Code, name or prefix to error, warning or info.
        rules: Rules of your own, checked besides the others.
        default_region: As of ``sendworthy.check``.
        order_by: Per table, the columns that say which record comes first where one is the original and another its
            repetition. Records that they leave undecided, or all, are in order of a hash of their values.
        partitions: How many parts a shuffle makes; ``spark.sql.shuffle.partitions`` if not given.

    Returns:
        The report.

    Raises:
        InputError: A table is empty.
        ColumnError: A column is missing, ambiguous or of a type that cannot hold its field.
        ConfigError: An argument makes no sense, or no selected rule can run on these tables.
    """
    given = {"channels": channels, "existing_users": existing_users, "users": users, "sessions": sessions}
    given = {table: given[table] for table in CHECK_ORDER if given.get(table) is not None}
    _require(given, sends, operation, partitions)
    moment, policy, own = instant(as_of), policy or Policy(), require_rules(rules or [])
    options = {
        "as_of": milliseconds(moment),
        "operation": operation,
        "policy": policy.to_core(),
        "select": selectors(select),
        "ignore": selectors(ignore),
        "severity": {current(rule): level for rule, level in severity.items()} if severity else None,
        "rules": [(rule.code, rule.name, rule.table, rule.severity, rule.message) for rule in own],
        "default_region": default_region,
    }
    inputs = _inputs(given, order_by or {})
    sources = {name: _source(inputs[name]) if name in inputs else _channels(given[name]) for name in given}
    plan = Plan(list(inputs.values()), _work(options, sources, read_mappings(columns or {}, given), own), partitions)
    plan = replace(plan, work=_informed(plan))
    outcome = _driver(plan.work)
    running = pl.DataFrame(outcome.counts()).select("code", "table").rows()
    if not running:
        reasons = "; ".join(pl.DataFrame(outcome.skipped())["reason"].unique(maintain_order=True))
        message = f"none of the selected rules could run, so nothing was checked: {reasons}"
        raise ConfigError(message)
    local = Describer(outcome, {name: plan.work.checked(name) for name in sources}, partial(_driver, plan.work))
    return SparkReport(
        replace(plan, running=running), local, as_of=moment, operation=operation, policy=policy, rules=own
    )


def _require(given: Mapping[str, object], sends: object, operation: str, partitions: int | None) -> None:
    from pyspark.sql import DataFrame

    if sends is not None:
        message = (
            "planned sends are not checked in Spark: each needs all that is known of its customer, and they are few. "
            "Give them to sendworthy.check, with the users and sessions of their customers (a semi join of each)"
        )
        raise ConfigError(message)
    if "users" not in given and "sessions" not in given:
        message = "nothing to check: give users or sessions (channels and existing_users are reference data)"
        raise ConfigError(message)
    for name, data in given.items():
        if name != "channels" and not isinstance(data, DataFrame):
            message = (
                f"{name}: got a {type(data).__qualname__}, not a Spark DataFrame; sendworthy.check takes other data"
            )
            raise ConfigError(message)
    if operation not in OPERATIONS:
        message = f"operation must be one of {', '.join(OPERATIONS)}, not {operation!r}"
        raise ConfigError(message)
    if partitions is not None and partitions < 1:
        message = f"partitions must be at least 1, not {partitions}"
        raise ConfigError(message)


def _inputs(given: Mapping[str, Any], order_by: Mapping[str, str | Sequence[str]]) -> dict[str, Input]:
    """The tables whose records stay in Spark."""
    inputs = {}
    for name, data in given.items():
        if name == "channels":
            continue
        headers = tuple(data.columns)
        wanted = order_by.get(name, ())
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if missing := [column for column in wanted if headers.count(column) != 1]:
            message = f"order_by: {name} have no single column {missing[0]!r}; there are {', '.join(headers[:20])}"
            raise ColumnError(message)
        order = tuple(f"c{headers.index(column)}" for column in wanted)
        inputs[name] = Input(name, data.toDF(*(f"c{at}" for at in range(len(headers)))), headers, order)
    if unknown := sorted(set(order_by) - set(inputs)):
        message = f"order_by: {unknown[0]!r} is none of the tables that Spark holds: {', '.join(inputs)}"
        raise ConfigError(message)
    return inputs


def _source(table: Input) -> FrameSource:
    """The columns of a Spark DataFrame, without its records."""
    try:
        empty = table.data.limit(0).toArrow()
        names = [f"{name}_{at}" if name in table.headers[:at] else name for at, name in enumerate(table.headers)]
        source = FrameSource(pl.DataFrame(empty.rename_columns(names)), "Spark DataFrame")
    except Exception as error:
        message = f"{table.name}: Spark cannot give its columns to Python as Arrow: {discreet(error)}"
        raise ColumnError(message) from error
    source.headers = list(table.headers)
    return source


def _channels(data: Any) -> FrameSource:
    """All channels: they are few, and every executor needs them."""
    from pyspark.sql import DataFrame

    source = open_source("channels", data.toArrow() if isinstance(data, DataFrame) else data)
    frame = pl.concat([source.schema, *source.batches(source.schema.columns)])
    if frame.is_empty():
        message = f"channels: {source.label}: holds no records: nothing was examined"
        raise InputError(message)
    held = FrameSource(frame, "Spark DataFrame" if isinstance(data, DataFrame) else source.label)
    held.headers = source.headers
    return held


def _work(
    options: Mapping[str, Any],
    sources: Mapping[str, FrameSource],
    mappings: Mapping[str, dict[str, str]],
    own: Sequence[Rule],
) -> Work:
    """What executors have to know, as far as the headers tell."""
    engine = _core.Engine(**options)
    bound = {name: bind(engine, name, source, mappings.get(name)) for name, source in sources.items()}
    judges = judges_of(own, engine.selected(), sources)
    tables = {}
    for name, source in sources.items():
        needed = needed_columns(source, bound[name], judges.get(name))
        places = {header: source.schema.columns.index(header) for header in needed}
        tables[name] = SparkTable(source, places, mappings.get(name), judges.get(name))
    return Work(options, tables)


def _informed(plan: Plan) -> Work:
    """The same with what is counted over all users."""
    counted = {table.name: plan.facts(table.name) for table in plan.inputs if table.name != "sessions"}
    empty = [name for name, (rows, _, _) in counted.items() if rows == 0 and name == "users"]
    empty += [table.name for table in plan.inputs if table.name == "sessions" and table.data.isEmpty()]
    if empty:
        message = f"{empty[0]}: Spark DataFrame: holds no records: nothing was examined"
        raise InputError(message)
    forms = counted["users"][2] if "users" in counted else []
    return replace(plan.work, user_ids_known=any(ids for _, ids, _ in counted.values()), number_forms=forms)


def _driver(work: Work) -> _core.Outcome:
    """What is decided without a record of Spark: channels, headers, and which rules cannot run."""
    engine = work.engine()
    for name in work.tables:
        if name != "channels":
            engine.finish_table(name)
    return engine.finish()
