"""Judging batches by rules of the user's own."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from sendworthy.custom import FAULTS
from sendworthy.errors import ColumnError, ConfigError
from sendworthy.texts import discreet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendworthy.custom import Rule
    from sendworthy.sources import Source

_VERDICT = "sendworthy:verdict:"
_TRIAL_ROWS = 1_000


class Judge:
    """The rules of one table."""

    def __init__(self, table: str, source: Source, rules: Sequence[Rule]) -> None:
        """Make sure that the source has what the rules need.

        Args:
            table: The table's name.
            source: Its records.
            rules: The rules that were selected for it.

        Raises:
            ColumnError: When a column is missing, or the check cannot be evaluated on such columns.
            ConfigError: When a check is no Boolean.
        """
        self._table, self._source, self.rules = table, source, list(rules)
        self._tried = False
        for rule in self.rules:
            self._require_columns(rule)
            try:
                kind = source.schema.lazy().select(rule.check).collect_schema().dtypes()[0]
                source.schema.select(rule.check)
            except FAULTS as error:
                raise self._failed(rule, error) from None  # what polars says quotes values
            if kind != pl.Boolean:
                message = f"rule {rule.code}: check must be true or false, but it gives {kind} on {source.label}"
                raise ConfigError(message)

    @property
    def columns(self) -> list[str]:
        """The columns that the rules look at."""
        return list(dict.fromkeys(name for rule in self.rules for name in rule.columns))

    def verdicts(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One Boolean column per rule, with the names that the core knows them by."""
        if not self._tried and frame.height > 1:
            self._try(frame.head(_TRIAL_ROWS))
            self._tried = True
        try:
            return frame.select(rule.check.alias(f"{_VERDICT}{rule.code}") for rule in self.rules)
        except FAULTS:
            for rule in self.rules:
                self._evaluate(rule, frame)  # says whose fault it is
            raise

    def fill(self, findings: pl.DataFrame, frame: pl.DataFrame, offset: int) -> pl.DataFrame:
        """Findings with the columns and values that these rules show; `frame` starts at row `offset`."""
        for rule in self.rules:
            of_rule = pl.col("code") == rule.code
            rows = findings.filter(of_rule)["row"]
            if rows.is_empty():
                continue
            values = pl.Series("value", [None] * rows.len(), dtype=pl.String)
            if rule.shown is not None:
                values = _as_text(frame[rule.shown].gather((rows.cast(pl.Int64) - offset).to_list()))
            shown = {"row": rows, "code": pl.Series([rule.code] * rows.len(), dtype=pl.String), "#value": values}
            joined = findings.join(pl.DataFrame(shown), on=["row", "code"], how="left", maintain_order="left")
            findings = joined.with_columns(
                column=pl.when(of_rule).then(pl.lit(rule.shown, pl.String)).otherwise("column"),
                value=pl.when(of_rule).then("#value").otherwise("value"),
            ).drop("#value")
        return findings

    def _require_columns(self, rule: Rule) -> None:
        there = self._source.schema.columns
        for name in rule.columns:
            if name in there:
                continue
            folded = {column.lower(): column for column in there}
            near = [folded[one] for one in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.6)]
            hint = f"the nearest are {', '.join(near)}" if near else f"there are {', '.join(there[:20])}"
            message = f"{self._place(rule)}: there is no column {name!r}; {hint}"
            raise ColumnError(message)
        if repeated := self._source.duplicated(rule.columns):
            message = f"{self._place(rule)}: the header {repeated[0]!r} occurs more than once; keep one column of it"
            raise ColumnError(message)

    def _try(self, frame: pl.DataFrame) -> None:
        """Cut in another place and turned round, the records must get the verdicts that they get together."""
        cut = frame.height // 3 or 1
        for rule in self.rules:
            whole = self._evaluate(rule, frame)
            parts = pl.concat([self._evaluate(rule, frame[:cut]), self._evaluate(rule, frame[cut:])])
            turned = self._evaluate(rule, frame.reverse()).reverse()
            if not (whole.equals(parts) and whole.equals(turned)):
                message = (
                    f"rule {rule.code}: check must judge each record by itself, but its verdict on a record of "
                    f"{self._source.label} depends on the records beside it"
                )
                raise ConfigError(message)

    def _evaluate(self, rule: Rule, frame: pl.DataFrame) -> pl.Series:
        try:
            found = frame.select(pl.int_range(pl.len()).alias("#"), rule.check.alias("#verdict"))["#verdict"]
        except FAULTS as error:
            raise self._failed(rule, error) from None
        return found

    def _failed(self, rule: Rule, error: BaseException) -> ColumnError:
        kinds = ", ".join(f"{name} is {self._source.schema.schema[name]}" for name in rule.check.meta.root_names())
        said = discreet(error, self._source.schema.columns)
        text = "; columns of CSV files are text: cast them" if self._source.kind == "csv" else ""
        return ColumnError(f"{self._place(rule)}: check cannot be evaluated: {said} ({kinds}{text})")

    def _place(self, rule: Rule) -> str:
        return f"rule {rule.code} ({rule.name}): {self._table}: {self._source.label}"


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return pl.Series(values.name, [None if one is None else str(one) for one in values.to_list()], dtype=pl.String)
    return values.cast(pl.String)


def judges_of(rules: Sequence[Rule], selected: Sequence[str], sources: Mapping[str, Source]) -> dict[str, Judge]:
    """The rules that were selected, by table.

    Args:
        rules: All rules of the user's own.
        selected: The codes that run.
        sources: The tables that are given.
    """
    chosen = set(selected)
    of = {table: [rule for rule in rules if rule.table == table and rule.code in chosen] for table in sources}
    return {table: Judge(table, sources[table], found) for table, found in of.items() if found}


def needed_columns(source: Source, bound: Sequence[str], judge: Judge | None) -> list[str]:
    """The columns that built-in rules and the user's own look at, in the source's order."""
    wanted = {*bound, *(judge.columns if judge else ())}
    return [name for name in source.schema.columns if name in wanted]
