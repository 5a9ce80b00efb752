"""Rules of your own: a polars expression that must hold, checked in the same run as the built-in ones."""

from __future__ import annotations

import re
import runpy
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sendworthy.errors import ConfigError
from sendworthy.names import CHECK_ORDER, SEVERITIES
from sendworthy.texts import first_line

if TYPE_CHECKING:
    from os import PathLike

#: Tables that a rule may judge; existing users are reference data.
TABLES = tuple(name for name in CHECK_ORDER if name != "existing_users")
_CODE = re.compile(r"X[0-9]{3}")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_COLLECTORS = tuple(
    f".{name}("
    for name in ("is_in", "replace", "replace_strict", "str.contains_any", "str.replace_many", "str.extract_many")
)
#: What polars raises when an expression does not fit the data.
FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


@dataclass(frozen=True, eq=False)
class Rule:
    r"""A rule of your own.

    ``check`` says how a record **should be**: true passes, false is a finding, null is undecided (neither passed nor
    failed, and not counted as checked). It sees the source's own columns under the source's own names; the columns of
    CSV files are text. It must judge each record by itself: no aggregation, window, shift or Python function.

        sw.Rule(
            "X001", table="users", name="name-is-latin",
            check=pl.col("Name").str.contains(r"^[\p{Latin} .'-]+$"),
            message="Name has letters that our templates cannot show.",
        )

    Attributes:
        code: X and three digits.
        table: channels, users or sessions.
        name: In kebab case, as no other rule is called.
        check: What must hold, a Boolean expression.
        message: One sentence: what was found, what was expected, what it means.
        severity: error, warning or info.
        column: The column whose value findings show; if not given, the only one that the check looks at, if it is one.
    """

    code: str
    table: str
    name: str
    check: pl.Expr
    message: str
    severity: str = "warning"
    column: str | None = None

    def __post_init__(self) -> None:
        for name in ("code", "table", "name", "message", "severity"):
            if not isinstance(getattr(self, name), str):
                raise self._wrong(f"{name} must be text, not {getattr(self, name)!r}")
        if not _CODE.fullmatch(self.code):
            raise self._wrong("a code of your own is X and three digits, for example X001")
        if not _NAME.fullmatch(self.name):
            raise self._wrong(f"the name {self.name!r} is not in kebab case, for example name-is-latin")
        for name, known in (("table", TABLES), ("severity", SEVERITIES)):
            if getattr(self, name) not in known:
                raise self._wrong(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")
        if not self.message.strip():
            raise self._wrong("message is blank; say what was found and what it means")
        self._require_check()

    def _require_check(self) -> None:
        if not isinstance(self.check, pl.Expr):
            raise self._wrong(f"check must be a polars expression, not a {type(self.check).__qualname__}")
        if self.check.meta.has_multiple_outputs() or not self.check.meta.root_names():
            raise self._wrong(
                "check must name the columns it looks at; patterns, selectors and constants are not taken"
            )
        if problem := _not_by_itself(self.check):
            raise self._wrong(problem)

    @property
    def columns(self) -> list[str]:
        """The source's columns that it needs."""
        shown = [self.column] if self.column is not None else []
        return list(dict.fromkeys([*self.check.meta.root_names(), *shown]))

    @property
    def shown(self) -> str | None:
        """The column whose value findings show."""
        looked_at = set(self.check.meta.root_names())
        return looked_at.pop() if self.column is None and len(looked_at) == 1 else self.column

    def _wrong(self, problem: str) -> ConfigError:
        return ConfigError(f"rule {self.code}: {problem}")


def _not_by_itself(check: pl.Expr) -> str | None:
    """Why an expression would judge a record by others, too; batches would then change its verdicts."""
    left = [check]
    while left:
        expression = left.pop()
        if _is_constant(expression):
            continue
        inner = expression.meta.pop()
        try:
            separable = expression.meta.is_row_separable() and expression.meta.is_length_preserving()
        except FAULTS:
            if all(_is_plain(one) for one in inner):
                return (
                    f"check has a part that polars cannot see into, {_text(expression)}: a Python function or "
                    "list.eval; write it with other expressions"
                )
            separable = True  # the part is further inside
        if not separable:
            return (
                f"check must judge each record by itself, but {_text(expression)} looks at several or drops some; for "
                "values that other records decide, join them to the data first (times: give str.to_datetime a format)"
            )
        if _has_loose_collection(expression, inner):
            return (
                f"check must judge each record by itself, but {_text(expression)} searches a whole column; give the "
                "values as a list, or use list.contains on a column of lists"
            )
        left += inner
    return None


def _has_loose_collection(expression: pl.Expr, inner: list[pl.Expr]) -> bool:
    """Whether a column stands where some functions want a collection: polars takes all of it, so far as it is there."""
    inputs = inner[::-1]
    if not inputs:
        return False
    function = str(expression).removeprefix(str(inputs[0]))
    return function.startswith(_COLLECTORS) and not all(_is_constant(one) for one in inputs[1:3])


def _is_constant(expression: pl.Expr) -> bool:
    """Whether it is made of literals alone, as ``pl.datetime(2026, 1, 1)`` is."""
    inner = expression.meta.undo_aliases().meta
    return inner.is_literal() or (bool(inner.pop()) and all(_is_constant(one) for one in inner.pop()))


def _is_plain(expression: pl.Expr) -> bool:
    try:
        expression.meta.is_row_separable()
    except FAULTS:
        return False
    return True


def _text(expression: pl.Expr) -> str:
    return first_line(ValueError(" ".join(str(expression).split())))


def require_rules(rules: object) -> list[Rule]:
    """The rules of a check.

    Raises:
        ConfigError: When they are none, or two have one code or name.
    """
    if isinstance(rules, str | Rule) or not isinstance(rules, Sequence):
        message = f"rules must be a list of sendworthy.Rule, not a {type(rules).__qualname__}"
        raise ConfigError(message)
    for rule in rules:
        if not isinstance(rule, Rule):
            message = f"rules must be a list of sendworthy.Rule, but one is a {type(rule).__qualname__}"
            raise ConfigError(message)
    for what in ("code", "name"):
        seen: set[str] = set()
        for rule in rules:
            value = getattr(rule, what)
            if value in seen:
                message = f"rule {rule.code}: the {what} {value} is given to two rules"
                raise ConfigError(message)
            seen.add(value)
    return list(rules)


def load_rules(path: str | PathLike[str]) -> list[Rule]:
    """The RULES of a Python file, which is run.

    Args:
        path: The file; it defines ``RULES``, a list of ``sendworthy.Rule``.

    Raises:
        ConfigError: When it fails or has no such list.
        FileNotFoundError: When it is not there.
    """
    file = Path(path)
    file.open("rb").close()  # a file that is not there or not readable is its own error
    try:
        found = runpy.run_path(str(file), run_name="sendworthy_rules")
    except ConfigError as error:
        message = f"{file}: {error}"
        raise ConfigError(message) from error
    except SyntaxError as error:
        message = f"{file}: line {error.lineno}: {error.msg}"
        raise ConfigError(message) from error
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(sys.exc_info()[2]) if frame.filename == str(file)]
        where = f"line {lines[-1]}: " if lines else ""
        message = f"{file}: {where}{type(error).__name__}: {first_line(error)}"
        raise ConfigError(message) from error
    if "RULES" not in found:
        message = f"{file}: defines no RULES; it must be a list of sendworthy.Rule"
        raise ConfigError(message)
    try:
        return require_rules(found["RULES"])
    except ConfigError as error:
        message = f"{file}: {error}"
        raise ConfigError(message) from None
