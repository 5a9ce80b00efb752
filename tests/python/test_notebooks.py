"""The notebooks as they are kept; `make test-notebooks` executes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = ["01_quickstart", "02_triage_and_repair", "03_planning_sends", "04_large_load_in_streaming", "05_spark"]


def cells(name: str) -> list[dict[str, Any]]:
    notebook: dict[str, Any] = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return list(notebook["cells"])


def test_these_are_the_notebooks() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_results_and_tells_what_it_does(name: str) -> None:
    kept = cells(name)
    code = [cell for cell in kept if cell["cell_type"] == "code"]
    assert len(code) >= 6
    for cell in code:
        assert (cell["outputs"], cell["execution_count"]) == ([], None), "strip the results before you commit"
    texts = ["".join(cell["source"]) for cell in kept if cell["cell_type"] == "markdown"]
    assert texts[0].startswith("# ")
    assert len(texts) >= len(code) / 2, "steps are told before they are taken"
    assert min(len(text) for text in texts) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_needs_no_network_and_leaves_nothing(name: str) -> None:
    source = "\n".join("".join(cell["source"]) for cell in cells(name) if cell["cell_type"] == "code")
    assert not re.search(r"https?://|pip install|^!", source, re.MULTILINE)
    writes = re.search(r"write_|sink_|\.write\(|\.fix\(", source)
    assert (writes is None) or ("TemporaryDirectory" in source and "temporary.cleanup()" in source)
