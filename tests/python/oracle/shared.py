"""Judgements that users, existing users and sessions have in common, and what rules need to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oracle.cells import utf16_units
from oracle.model import PASS, UNDECIDED, Verdict, fail_if
from oracle.times import milliseconds
from oracle.world import Row, World

Judge = Callable[[World, Row], Verdict]
Need = Callable[[World], str | None]


@dataclass(frozen=True)
class Rule:
    """A rule of one table: its code is the start of its function's name."""

    judge: Judge
    needs: tuple[Need, ...] = ()

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.judge.__name__.split("_")[0].upper()


# What a rule needs; each gives the reason for which the rule is skipped, or None


def given(table: str) -> Need:
    """The table is given."""
    return lambda world: None if world.sheet(table) else f"no {table} were given"


def one_of(table: str, fields: Iterable[str]) -> Need:
    """The table is given with at least one of the columns."""
    names = tuple(fields)

    def need(world: World) -> str | None:
        return None if any(world.has(table, name) for name in names) else f"{table} without {' or '.join(names)}"

    return need


def column(table: str, field: str) -> Need:
    """The table is given with the column."""
    return one_of(table, [field])


def channel_column(table: str) -> Need:
    """The table is given with a column that names the channel."""

    def need(world: World) -> str | None:
        sheet = world.sheet(table)
        return None if sheet and sheet.channel_column else f"{table} without MessagingChannelId"

    return need


# Judgements


def related_to(row: Row) -> Verdict:
    """A failure because of another record of the same table."""
    return Verdict(decided=True, failed=True, related_row=row.number, related_id=row.text("Id"))


def judge_duplicate(world: World, row: Row) -> Verdict:
    """Fail every record after the first with one Id."""
    key = row.key("Id")
    if key is None:
        return UNDECIDED
    first = world.sheets[row.table].first_by_id[key]
    return PASS if first is row else related_to(first)


def judge_ids(row: Row, fields: Iterable[str]) -> Verdict:
    """Fail where an Id cell is malformed or repairable."""
    cells = [cell for field in fields if (cell := row.id_cell(field)).state != "missing"]
    return fail_if(any(cell.wrong for cell in cells)) if cells else UNDECIDED


def judge_choices(row: Row, fields: Iterable[str]) -> Verdict:
    """Fail where a picklist cell is not exactly one of the values."""
    cells = [cell for field in fields if (cell := row.choice(field)).state != "missing"]
    return fail_if(any(cell.wrong for cell in cells)) if cells else UNDECIDED


def judge_lengths(row: Row, lengths: Mapping[str, int]) -> Verdict:
    """Fail where a text is longer than its field."""
    texts = [(row.text(field) or "", length) for field, length in lengths.items() if not row.missing(field)]
    return fail_if(any(utf16_units(text) > length for text, length in texts)) if texts else UNDECIDED


def judge_readable(row: Row, fields: Iterable[str]) -> Verdict:
    """Fail where a timestamp cannot be read."""
    times = [time for field in fields if (time := row.time(field)).state != "missing"]
    return fail_if(any(time.state == "unreadable" for time in times)) if times else UNDECIDED


def judge_zones(row: Row, fields: Iterable[str]) -> Verdict:
    """Fail where a readable timestamp has no zone, or a day and month that could be swapped."""
    times = [time for field in fields if (time := row.time(field)).readable]
    return fail_if(any(time.naive or time.ambiguous for time in times)) if times else UNDECIDED


def in_future(world: World, instant: int) -> bool:
    """Whether an instant is after as-of by more than the clocks may differ."""
    return instant > world.as_of + milliseconds(world.policy.clock_tolerance)
