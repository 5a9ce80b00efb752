"""Expressions for polars: ``pl.col("phone").sendworthy.phone_info()`` and its like, in eager and lazy queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sendworthy import _core
from sendworthy.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

PHONE_INFO = pl.Struct(
    {"e164": pl.Boolean, "valid": pl.Boolean, "region": pl.String, "kind": pl.String, "reason": pl.String}
)


@pl.api.register_expr_namespace("sendworthy")
class Expressions:
    """What can be asked of a column of text; null stays null."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def is_e164(self) -> pl.Expr:
        """Tell whether each text is a plus sign, a digit from 1 to 9 and 1 to 14 more digits."""
        return self._map("is_e164", _core.is_e164_column, pl.Boolean())

    def phone_info(self) -> pl.Expr:
        """Look each number up in the numbering plans.

        Returns:
            A struct: e164 (of the form or not), valid (assigned by a plan), region (ISO 3166-1 alpha-2, or 001), kind,
            and the reason where it is not valid.
        """
        return self._map("phone_info", _core.phone_info_column, PHONE_INFO)

    def to_e164(self, region: str | None = None) -> pl.Expr:
        """Give each number its E.164 form, or null where that is in doubt.

        Args:
            region: ISO 3166-1 alpha-2; numbers without a calling code are read as dialled there.
        """
        return self._map("to_e164", lambda texts: _core.to_e164_column(texts, region), pl.String())

    def to_id18(self) -> pl.Expr:
        """Give each Salesforce Id its 18 characters, or null where a text is no Id."""
        return self._map("to_id18", _core.to_id18_column, pl.String())

    def _map(self, name: str, function: Callable[[pl.Series], object], dtype: pl.DataType) -> pl.Expr:
        def run(series: pl.Series) -> pl.Series:
            if series.dtype == pl.Null:
                return pl.Series(series.name, [None] * len(series), dtype=dtype)
            if series.dtype != pl.String:
                raise ColumnError(
                    f"sendworthy.{name}: the column '{series.name}' is {series.dtype}, not String; "
                    "read it as text, or cast it if no zero and no plus sign was lost"
                )
            return pl.Series(series.name, function(series), dtype=dtype)

        return self._expression.map_batches(run, return_dtype=dtype, is_elementwise=True)
