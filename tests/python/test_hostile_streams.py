"""Arrow producers that break the rules: an error that names table and source, never a dead interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from lying_producers import CASES

_SCRIPT = Path(__file__).with_name("lying_producers.py")
_RANDOM = 300


def _run(*arguments: str) -> tuple[dict[str, str], str]:
    """What became of each case, and how the process ended."""
    done = subprocess.run([sys.executable, str(_SCRIPT), *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    outcomes = {str(name): told for name, told in map(json.loads, done.stdout.splitlines())}
    return outcomes, f"status {done.returncode} after {len(outcomes)} cases: {done.stderr[-2000:]}"


@cache
def _outcomes() -> tuple[dict[str, str], str]:
    return _run()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.xdist_group("lying producers")
def test_a_producer_that_breaks_the_rules_is_refused_and_no_other(name: str) -> None:
    outcomes, end = _outcomes()
    assert name in outcomes, end
    _, broken = CASES[name]
    if broken:
        assert outcomes[name].startswith(("InputError: ", "ColumnError: ")), outcomes[name]
        assert "users" in outcomes[name]
        assert "Arrow stream" in outcomes[name]
        assert "\n" not in outcomes[name]
    else:
        assert outcomes[name] == "0 findings"


@pytest.mark.xdist_group("lying producers")
def test_the_process_outlives_all_of_them() -> None:
    outcomes, end = _outcomes()
    assert len(outcomes) == len(CASES), end
    assert end.startswith("status 0 "), end


def test_columns_are_named_with_their_records() -> None:
    outcomes, _ = _outcomes()
    assert "column 'MessagingPlatformKey', records 0 to 19: " in outcomes["offsets that go back"]


def test_any_damage_to_buffers_is_survived() -> None:
    outcomes, end = _run(str(_RANDOM), "1")
    assert len(outcomes) == _RANDOM, end
    refused = [told for told in outcomes.values() if told.startswith(("InputError: ", "ColumnError: "))]
    checked = [told for told in outcomes.values() if told.endswith(" findings")]
    assert len(refused) + len(checked) == _RANDOM
    assert len(refused) > _RANDOM / 4  # most damage is seen; the rest are other digits or shorter texts
    assert checked
