"""The result of a check on Spark DataFrames."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError, FindingsError, InputError
from sendworthy.names import CHECK_ORDER, SEVERITIES, counts_schema, findings_schema, skipped_schema
from sendworthy.rulebook import find_codes
from sendworthy.spark.executor import TALLY, TOLD, Wanted
from sendworthy.spark.passes import SLOTS
from sendworthy.texts import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame

    from sendworthy.custom import Rule
    from sendworthy.findings import Describer
    from sendworthy.policy import Policy
    from sendworthy.spark.passes import Input, Plan

_NUMBERS = ("row", "related_row")


class SparkReport:
    """What a check found.

    Counts are made in the executors at their first use; findings and splits are Spark DataFrames, computed whenever
    Spark is asked for them. Whoever uses several of them writes ``with report:``; the judged records are then kept in
    the cluster until the block ends.

    Attributes:
        as_of: The moment the data was judged at.
        operation: What the data was said to be meant for.
        policy: The limits and switches in force.
        version: Of sendworthy.
        users: ``.ready`` and ``.rejected`` of the users; None when they were not given.
        sessions: The same of the sessions.
    """

    def __init__(  # noqa: PLR0913  (what a check was told, by name)
        self,
        plan: Plan,
        local: Describer,
        *,
        as_of: datetime,
        operation: str,
        policy: Policy,
        rules: Sequence[Rule] = (),
    ) -> None:
        self.as_of, self.operation, self.policy, self.rules = as_of, operation, policy, tuple(rules)
        self.version = _core.__version__
        self._plan, self._local = plan, local
        self._kept: DataFrame | None = None
        splits = {table.name: SparkSplit(self, table) for table in plan.inputs}
        self.users, self.sessions = splits.get("users"), splits.get("sessions")

    @cached_property
    def counts(self) -> pl.DataFrame:
        """Every rule that ran: code, name, severity, table, rows with a finding, rows it could decide."""
        schema = counts_schema()
        here = pl.DataFrame(self._local.outcome.counts()).select(schema.names()).cast(schema)
        found = {(table, code): (rows, checked) for table, code, rows, checked in self._tallies if code is not None}
        rows = [
            (
                *line[:4],
                *(one + other for one, other in zip(line[4:], found.get((line[3], line[0]), (0, 0)), strict=True)),
            )
            for line in here.rows()
        ]
        return pl.DataFrame(rows, schema=schema, orient="row")

    @cached_property
    def skipped(self) -> pl.DataFrame:
        """Every rule that could not run: code, name, table and the reason."""
        schema = skipped_schema()
        return pl.DataFrame(self._local.outcome.skipped()).select(schema.names()).cast(schema)

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Of every table: its name, its source and its number of records."""
        rows = {table: rows for table, code, rows, _ in self._tallies if code is None}
        rows["channels"] = self._local.tables["channels"].rows if "channels" in self._local.tables else 0
        rows |= {table.name: table.data.count() for table in self._plan.inputs if table.name not in rows}
        return [
            {"table": name, "source": table.source.label, "rows": rows[name]}
            for name, table in self._local.tables.items()
        ]

    @cached_property
    def findings(self) -> DataFrame:
        """Every finding, in no order; ``row`` and ``related_row`` are null, since records of Spark have no numbers."""
        from pyspark.sql import functions as sf

        judged = self._judged(Wanted.FINDINGS, whole=False)
        each = sf.explode(sf.flatten(sf.array(*(sf.coalesce(slot, sf.array()) for slot in SLOTS)))).alias("found")
        table = sf.element_at(sf.array(*map(sf.lit, CHECK_ORDER)), sf.col("table") + 1).alias("table")
        found = judged.where(sf.col("table") != TALLY).select(table, each)
        columns = {"table": sf.col("table"), **{name: sf.col(f"found.{name}") for name in TOLD}}
        columns |= {name: sf.lit(None).cast("bigint") for name in _NUMBERS}
        found = found.select(*(columns[name].alias(name) for name in findings_schema()))
        return found.unionByName(self._of_the_driver(found))

    def samples(self, code: str, n: int = 3) -> pl.DataFrame:
        """Some findings of one rule.

        Args:
            code: The rule's code or name; a name may be several rules'.
            n: How many, per rule.
        """
        schema = findings_schema()
        codes = find_codes(code, self.rules)
        rows = [tuple(row) for one in codes for row in self.findings.where(f"code = '{one}'").limit(n).collect()]
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def ok(self) -> bool:
        """True when there is no finding of severity error."""
        return self.worst_rows("error") == 0

    def worst_rows(self, level: str) -> int:
        """How many findings there are at a severity or above.

        Args:
            level: error, warning or info.
        """
        if level not in SEVERITIES:
            message = f"level must be one of {', '.join(SEVERITIES)}, not {level!r}"
            raise ConfigError(message)
        severities = SEVERITIES[: SEVERITIES.index(level) + 1]
        return int(self.counts.filter(pl.col("severity").is_in(severities))["rows"].sum())

    def raise_for_findings(self, level: str = "error") -> None:
        """Raise FindingsError, which carries this report, when there are findings at the level or above.

        Args:
            level: error, warning or info.
        """
        if found := self.worst_rows(level):
            above = level if level == "error" else f"{level} or above"
            message = f"not ready: {plural(found, 'finding')} of severity {above}"
            raise FindingsError(message, self)

    def __enter__(self) -> Self:
        if self._kept is None:
            self._kept = self._plan.judged(Wanted.FINDINGS, whole=True).persist()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._kept is not None:
            self._kept.unpersist()
            self._kept = None

    def __repr__(self) -> str:
        return f"<sendworthy.spark.SparkReport as of {self.as_of.isoformat()}>"

    def _judged(self, wanted: Wanted, *, whole: bool) -> DataFrame:
        return self._plan.judged(wanted, whole=whole) if self._kept is None else self._kept

    @cached_property
    def _tallies(self) -> list[tuple[str, str | None, int, int]]:
        """Per table and rule what executors counted; per table alone its records.

        Raises:
            InputError: When the passes, which read the data one by one, did not see the same records.
        """
        from pyspark.sql import functions as sf

        judged = self._judged(Wanted.COUNTS, whole=False).where(sf.col("table") == TALLY).select("tally.*")
        sums = judged.groupBy("of", "code", "slot").agg(sf.sum("rows"), sf.sum("checked")).collect()
        lines = list(dict.fromkeys((of, code, rows, checked) for of, code, _, rows, checked in sums))
        tables = [of for of, code, _, _ in lines if code is None]
        if twice := next((name for name in tables if tables.count(name) > 1), None):
            message = (
                f"{twice}: Spark gave other records the second time; persist or write the data first, then check that"
            )
            raise InputError(message)
        return lines

    def _of_the_driver(self, like: DataFrame) -> DataFrame:
        """Findings about channels and headers, which need no executor."""
        found = pl.concat([findings_schema().to_frame(), *self._local.batches()])
        found = found.with_columns(pl.lit(None, pl.UInt64).alias(name) for name in _NUMBERS)
        return like.sparkSession.createDataFrame([list(row) for row in found.rows()], like.schema)


class SparkSplit:
    """The caller's records with all their columns and values, in no order.

    A record with at least one finding of severity error is rejected; warnings leave it ready.
    """

    def __init__(self, report: SparkReport, table: Input) -> None:
        self._report, self._table = report, table

    @property
    def ready(self) -> DataFrame:
        """The records without an error."""
        return self._records("ready")

    @property
    def rejected(self) -> DataFrame:
        """The records with an error."""
        return self._records("not ready")

    def _records(self, wanted: str) -> DataFrame:
        name, data = self._table.name, self._table.data
        judged = self._report._judged(Wanted.SPLIT, whole=True)  # noqa: SLF001  (a part of the report)
        records = judged.where(f"table = {CHECK_ORDER.index(name)} and {wanted}")
        return records.select(*(f"{name}.{column}" for column in data.columns)).toDF(*self._table.headers)

    def __repr__(self) -> str:
        return f"<{self._table.name}: ready and rejected as Spark DataFrames>"
