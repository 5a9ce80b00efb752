"""Generated data: the truth is found whole, the oracle confirms it, and no way of reading changes a byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from oracle import Table, check
from sendworthy import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AS_OF = "2026-11-22T12:00:00Z"
TABLES = ("channels", "users", "sessions")
Tables = dict[str, pl.DataFrame]


def generated(seed: int, rate: float, users: int = 3_000, sessions: int = 4_500) -> tuple[Tables, pl.DataFrame]:
    """Tables with planted defects, and the truth about them."""
    data = sw.generate(users=users, sessions=sessions, seed=seed, defect_rate=rate, as_of=AS_OF)
    return {name: getattr(data, name) for name in TABLES}, data.truth


@pytest.mark.parametrize(("seed", "rate"), [(1, 0.0), (2, 0.02), (3, 0.3), (4, 1.0)])
def test_the_truth_is_found_whole_and_the_oracle_confirms_every_finding(seed: int, rate: float) -> None:
    tables, truth = generated(seed, rate)
    report = sw.check(**tables, as_of=AS_OF)
    found = set(report.findings.select(pl.col("table").cast(pl.String), "row", "code").rows())
    planted = set(truth.select("table", "row", "code").rows())
    assert planted == found
    assert len(planted) > (3_000 * rate or 100)
    slow = check(
        {name: Table(frame.columns, frame.to_dicts()) for name, frame in tables.items()},
        as_of=report.as_of,
    )
    assert {(finding.table, finding.row, finding.code) for finding in slow.findings} == found
    counts = {
        (table, code): (rows, checked)
        for code, table, rows, checked in report.counts.select("code", "table", "rows", "checked").rows()
        if code[0] not in "FH"  # they judge files and headers; that they find nothing is seen above
    }
    assert counts == slow.counts


def test_every_default_rule_is_planted() -> None:
    _, truth = generated(5, 0.3)
    rules = sw.rules().filter(pl.col("enabled") & ~pl.col("table").is_in(["sends", "all"]))["code"]
    # U404 compares a load with the org, and no existing users are made.
    assert set(truth["code"]) == set(rules) - {"U404"}


@pytest.fixture(scope="module")
def jsonl() -> tuple[Tables, str]:
    """Tables, and the findings that every way of reading them must give byte for byte."""
    tables, _ = generated(6, 0.3)
    return tables, sw.check(**tables, as_of=AS_OF).to_jsonl()


def _written(
    folder: Path, tables: Tables, suffix: str, write: Callable[[pl.DataFrame, Path], object]
) -> dict[str, Any]:
    paths = {name: folder / f"{name}.{suffix}" for name in tables}
    for name, frame in tables.items():
        write(frame, paths[name])
    return dict(paths)


def _kinds(folder: Path, tables: Tables) -> Iterator[tuple[str, dict[str, Any]]]:
    duckdb, pyarrow = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow")
    parquet = _written(folder, tables, "parquet", lambda frame, path: frame.write_parquet(path, row_group_size=500))
    yield "parquet", parquet
    yield "csv", _written(folder, tables, "csv", lambda frame, path: frame.write_csv(path))
    yield "tsv", _written(folder, tables, "tsv", lambda frame, path: frame.write_csv(path, separator="\t"))
    yield "gzip", _written(folder, tables, "csv.gz", lambda frame, path: frame.write_csv(path, compression="gzip"))
    yield "zstd", _written(folder, tables, "csv.zst", lambda frame, path: frame.write_csv(path, compression="zstd"))
    yield "ndjson", _written(folder, tables, "ndjson", lambda frame, path: frame.write_ndjson(path))
    yield "ipc", _written(folder, tables, "arrow", lambda frame, path: frame.write_ipc(path))
    yield "lazy", {name: frame.lazy() for name, frame in tables.items()}
    yield "scan", {name: pl.scan_parquet(path) for name, path in parquet.items()}
    yield "pandas", {name: frame.to_pandas() for name, frame in tables.items()}
    yield "pyarrow table", {name: frame.to_arrow() for name, frame in tables.items()}
    yield (
        "pyarrow reader",
        {
            name: pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=333))
            for name, table in ((name, frame.to_arrow()) for name, frame in tables.items())
        },
    )
    yield "duckdb", {name: duckdb.read_parquet(str(path)) for name, path in parquet.items()}
    yield "dicts", {name: frame.to_dicts() for name, frame in tables.items()}
    yield (
        "categorical",
        {
            name: frame.with_columns(pl.col("MessageType", "Status").cast(pl.Categorical))
            if {"MessageType", "Status"} <= set(frame.columns)
            else frame
            for name, frame in tables.items()
        },
    )


def test_every_kind_of_input_gives_the_same_bytes(jsonl: tuple[Tables, str], tmp_path: Path) -> None:
    tables, expected = jsonl
    kinds = 0
    for kind, data in _kinds(tmp_path, tables):
        assert sw.check(**data, as_of=AS_OF).to_jsonl() == expected, kind
        kinds += 1
    assert kinds == 15
    assert expected.count("\n") > 1_000


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same_bytes(jsonl: tuple[Tables, str], threads: int) -> None:
    tables, expected = jsonl
    assert sw.check(**tables, as_of=AS_OF, threads=threads).to_jsonl() == expected


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_any_size_of_batches_gives_the_same_findings(jsonl: tuple[Tables, str], size: int) -> None:
    tables, expected = jsonl
    engine = _core.Engine(as_of=1_795_348_800_000)
    bound = {name: engine.bind(name, name, frame.clear()) for name, frame in tables.items()}
    for name, frame in tables.items():
        for batch in frame.select(bound[name]).iter_slices(size):
            engine.push(name, batch)
        assert engine.finish_table(name) == frame.height
    outcome = engine.finish()
    parts = []
    for name, frame in tables.items():
        outcome.learn_ids(name, 0, frame.select("Id"))
        for number, batch in enumerate(frame.select(bound[name]).iter_slices(size)):
            parts.append(pl.DataFrame(outcome.findings(name, number * size, batch)))
    assert pl.concat(parts).write_ndjson() == expected
