"""What must hold (`bounds.toml`), and whether it does."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("bounds.toml")
Section = Literal["full", "small"]


@dataclass(frozen=True)
class Bound:
    """One line of what must hold.

    Attributes:
        case: The case that measures it.
        measure: Which of its measures.
        what: In words.
        more: More is better.
        limit: What must be reached, or not be passed.
        aim: Where we want to be.
        recorded: What it was when the guard was set.
    """

    case: str
    measure: str
    what: str
    more: bool
    limit: float
    aim: float | None = None
    recorded: float | None = None

    def kept(self, measured: float | None) -> bool:
        """Whether a measure is within the bound; nothing measured is not."""
        return measured is not None and self._reaches(measured, self.limit)

    def aimed(self, measured: float | None) -> bool:
        """Whether a measure is where we want to be."""
        return measured is not None and self.aim is not None and self._reaches(measured, self.aim)

    def _reaches(self, measured: float, goal: float) -> bool:
        return measured >= goal if self.more else measured <= goal

    def __str__(self) -> str:
        return f"{self.case}: {self.measure}"


def read_bounds(section: Section) -> list[Bound]:
    """All bounds of the benchmark (full) or of the guard (small)."""
    return [_bound(entry) for entry in tomllib.loads(FILE.read_text(encoding="utf-8"))[section]]


def record(measured: Mapping[str, Mapping[str, float]]) -> None:
    """Write what the guard measured into the file; slack and comments stay.

    Args:
        measured: By case and measure.
    """
    head, *blocks = re.split(r"(?m)^(?=\[\[)", FILE.read_text(encoding="utf-8"))
    for at, block in enumerate(blocks):
        if not block.startswith("[[small]]"):
            continue
        entry = tomllib.loads(block)["small"][0]
        value = measured.get(entry["case"], {}).get(entry["measure"])
        if value is not None:
            blocks[at] = re.sub(r"(?m)^recorded = .*$", f"recorded = {value:.3g}", block)
    FILE.write_text(head + "".join(blocks), encoding="utf-8")


def _bound(entry: dict[str, object]) -> Bound:
    case, measure = str(entry["case"]), str(entry["measure"])
    if "recorded" in entry:
        recorded, share = float(str(entry["recorded"])), 1 + float(str(entry["slack"]))
        more = entry["better"] == "more"
        return Bound(case, measure, measure, more, recorded / share if more else recorded * share, recorded=recorded)
    more = "at_least" in entry
    limit = float(str(entry["at_least" if more else "at_most"]))
    return Bound(case, measure, str(entry["what"]), more, limit, aim=float(str(entry["aim"])))
