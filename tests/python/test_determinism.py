"""Same input, same bytes, whatever surrounds the run. The long comparison is tests/soak/order.py."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import order_cases
import polars as pl
import pyarrow as pa
import pytest
import sendworthy as sw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Many at once; the soak tries them one by one, and says which one it was.
TOGETHER: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    "one thread, India, C": (
        {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "0"},
        {"threads": 1, "umask": 0o077},
    ),
    "seven threads, Newfoundland, ASCII": (
        {"TZ": "America/St_Johns", "PYTHONIOENCODING": "ascii:backslashreplace"},
        {"threads": 7, "umask": 0o000, "cwd": "/usr"},
    ),
}
FILES = 42


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("order")
    (folder / "data").mkdir()
    order_cases.make_data(folder / "data", 300, 400, seed=5)
    return folder, order_cases.run_one(folder / "data", folder / "usual", {})


@pytest.mark.xdist_group("determinism")
@pytest.mark.parametrize("name", TOGETHER)
def test_surroundings_do_not_show(name: str, usual: tuple[Path, dict[str, str]]) -> None:
    folder, expected = usual
    assert len(expected) == FILES, sorted(expected)
    environment, options = TOGETHER[name]
    made = order_cases.run_one(folder / "data", folder / name, environment, **options)
    assert made.keys() == expected.keys()
    assert [file for file in made if made[file] != expected[file]] == []


@pytest.mark.xdist_group("determinism")
def test_locales_do_not_show(usual: tuple[Path, dict[str, str]]) -> None:
    folder, expected = usual
    (folder / "locales").mkdir()
    surroundings = order_cases.locales(folder / "locales", ["tr_TR"])  # i and I are not the same letter there
    if shutil.which("localedef"):
        assert len(surroundings) == 2
    for name, (environment, options) in [*surroundings.items()][:1]:
        others: dict[str, str | None] = {"SENDWORTHY_THREADS": "3", "POLARS_IDEAL_MORSEL_SIZE": "17", "COLUMNS": "40"}
        made = order_cases.run_one(folder / "data", folder / name, environment | others, **options)
        assert [file for file in expected if made.get(file) != expected[file]] == [], name


def _cut(frame: pl.DataFrame, size: int, folder: Path, name: str) -> Iterator[tuple[str, Any]]:
    """The same table in other pieces."""
    pieces = [frame[at : at + size] for at in range(0, frame.height, size)]
    yield "chunks", pl.concat(pieces, rechunk=False)
    yield "lazy", pl.concat([piece.lazy() for piece in pieces])
    yield "reader", pa.Table.from_batches([b for p in pieces for b in p.to_arrow().to_batches()]).to_reader(size)
    path = folder / f"{name}-{size}.parquet"
    frame.write_parquet(path, row_group_size=size)
    yield "parquet", path
    files = [folder / f"{name}-{size}-{at:04d}.csv" for at in range(len(pieces))]
    if len(files) < 60:
        for piece, file in zip(pieces, files, strict=True):
            piece.write_csv(file)
        yield "files", files


def test_pieces_do_not_show(usual: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, _ = usual
    frames = {name: pl.read_csv(folder / "data" / f"{name}.csv", infer_schema=False) for name in order_cases.TABLES}
    options: dict[str, Any] = {"as_of": "2026-11-22T12:00:00Z", "ignore": "F", "operation": "update"}

    def told(report: sw.Report) -> tuple[str, ...]:
        assert report.sends is not None
        tables = report.counts, report.eligibility, report.sends.decisions, report.sends.by_rep
        ready = [split.ready.write_csv() for split in (report.users, report.sessions, report.sends) if split]
        return report.to_jsonl(), *(table.write_json() for table in tables), *ready

    expected = told(sw.check(**frames, **options))
    assert len(expected[0].splitlines()) > 100
    compared = 0
    for size in (17, 1000):
        cuts = {name: dict(_cut(frame, size, tmp_path, name)) for name, frame in frames.items()}
        for form in ("chunks", "lazy", "reader", "parquet", "files"):
            if all(form in of for of in cuts.values()):
                given = {name: of[form] for name, of in cuts.items()}
                assert told(sw.check(**given, **options, threads=1 + size % 3)) == expected, (size, form)
                compared += 1
    assert compared == 10


def test_two_checks_of_one_process_say_the_same(usual: tuple[Path, dict[str, str]]) -> None:
    folder, _ = usual
    given = {name: folder / "data" / f"{name}.csv" for name in order_cases.TABLES}
    reports = [sw.check(**given, as_of="2026-11-22T12:00:00Z") for _ in range(2)]
    for name in ("to_text", "to_json", "to_markdown", "to_sarif", "to_gitlab", "to_github"):
        first, second = (getattr(report, name)() for report in reports)
        assert first == second, name
