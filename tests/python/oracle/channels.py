"""The rules about channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.model import UNDECIDED, Verdict, fail_if
from oracle.shared import Rule, judge_choices, judge_duplicate, judge_ids

if TYPE_CHECKING:
    from oracle.world import Row, World


def c101_duplicate_channel_id(world: World, row: Row) -> Verdict:
    """An earlier channel has the same Id."""
    return judge_duplicate(world, row)


def c102_malformed_channel_id(_world: World, row: Row) -> Verdict:
    """The Id is malformed or repairable."""
    return judge_ids(row, ["Id"])


def c103_unknown_channel_type(_world: World, row: Row) -> Verdict:
    """MessageType is not exactly a known value."""
    return judge_choices(row, ["MessageType"])


def c104_channel_not_covered(world: World, row: Row) -> Verdict:
    """The article's rules do not cover the channel."""
    covered = world.channel_covered(row)
    return UNDECIDED if covered is None else fail_if(not covered)


def c105_channel_platform_unknown(world: World, row: Row) -> Verdict:
    """PlatformType does not say Standard or Enhanced."""
    return fail_if(world.platform(row) is None)


RULES = (
    Rule(c101_duplicate_channel_id),
    Rule(c102_malformed_channel_id),
    Rule(c103_unknown_channel_type),
    Rule(c104_channel_not_covered),
    Rule(c105_channel_platform_unknown),
)
