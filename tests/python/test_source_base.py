"""What every source promises: batches that are not empty, in order, and the same whenever they are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.sources import open_source
from sendworthy.sources.base import Source, typed

from tables import user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Given(Source):
    """Gives the frames it has, whatever limit it is told."""

    kind = label = "given"
    rerun = True

    def __init__(self, *frames: pl.DataFrame) -> None:
        self.frames, self.given = list(frames), 0
        self.schema, self.headers = frames[0].clear(), frames[0].columns

    def _records(self, columns: list[str], _limit: int | None, _scans: object) -> Iterator[pl.DataFrame]:
        for frame in self.frames:
            self.given += 1
            yield frame.select(columns)


def _frame(*rows: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Int64}, orient="row")


FIRST, SECOND = _frame(("x", 1), ("y", 2), ("z", 3)), _frame(("u", 4), ("v", 5))


def test_no_batch_is_empty_or_larger_than_asked() -> None:
    source = Given(FIRST.clear(), FIRST, FIRST.clear(), SECOND)
    assert [frame.height for frame in source.batches(["a"])] == [3, 2]
    assert [frame["b"].to_list() for frame in source.batches(["b"], chunk_size=2)] == [[1, 2], [3], [4, 5]]
    assert source.expected_rows() == 5


@pytest.mark.parametrize(
    ("limit", "heights", "given"), [(0, [], 0), (2, [2], 1), (3, [3], 1), (4, [3, 1], 2), (9, [3, 2], 2)]
)
def test_a_limit_ends_the_reading(limit: int, heights: list[int], given: int) -> None:
    source = Given(FIRST, SECOND)
    assert [frame.height for frame in source.batches(["a"], limit=limit)] == heights
    assert source.given == given
    assert source.expected_rows() is None, "a part tells nothing of the whole"


def test_a_part_is_compared_with_nothing() -> None:
    source = Given(FIRST, SECOND)
    list(source.batches(["a"], limit=4))
    source.frames.reverse()
    assert sum(frame.height for frame in source.batches(["a"])) == 5
    source.frames.reverse()
    list(source.batches(["a"], limit=4))


@pytest.mark.parametrize(
    "frames",
    [
        [SECOND, FIRST],
        [FIRST.reverse(), SECOND],
        [FIRST, SECOND.reverse()],
        [_frame(("u", 4), ("y", 2), ("z", 3)), _frame(("x", 1), ("v", 5))],
        [FIRST.with_columns(b=pl.col("b") + 1), SECOND],
        [FIRST, SECOND.with_columns(a=pl.lit("u"))],
    ],
)
@pytest.mark.parametrize("columns", [["a", "b"], ["b", "a"]])
def test_other_records_or_another_order_are_noticed_when_they_are_read_again(
    frames: list[pl.DataFrame], columns: list[str]
) -> None:
    source = Given(FIRST, SECOND)
    list(source.batches(["a", "b"]))
    source.frames = frames
    with pytest.raises(sw.InputError, match=r"^given: gave other records, or the same in another order, than when"):
        list(source.batches(columns))


def test_how_batches_are_cut_is_not_noticed() -> None:
    source = Given(FIRST, SECOND)
    list(source.batches(["a", "b"]))
    whole = pl.concat([FIRST, SECOND])
    source.frames = [whole[:1], whole[1:4], whole[4:]]
    assert pl.concat(source.batches(["b", "a"])).height == 5


def test_columns_that_were_read_are_compared_when_others_are_read_with_them() -> None:
    source = Given(FIRST)
    list(source.batches(["a"]))
    source.frames = [FIRST.with_columns(b=pl.lit(7, pl.Int64))]
    list(source.batches(["a", "b"]))  # b is new
    source.frames = [FIRST.with_columns(a=pl.lit("w"))]
    with pytest.raises(sw.InputError, match="gave other records"):
        list(source.batches(["b", "a"]))


@pytest.mark.parametrize("rows", [2, 4, 0])
def test_another_number_of_records_is_noticed(rows: int) -> None:
    source = Given(FIRST)
    list(source.batches(["a"]))
    source.frames = [pl.concat([FIRST, FIRST])[:rows]]
    with pytest.raises(sw.InputError, match=rf"^given: gave 3 records when it was checked and {rows} now; collect it"):
        list(source.batches(["b"]))


def test_what_cannot_change_unnoticed_is_not_compared_value_by_value(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", user_rows(3))
    assert [open_source("users", one).rerun for one in (path, pl.read_csv(path), pl.scan_csv(path))] == [
        False,
        False,
        True,
    ]
    assert Source.rerun is False
    assert pl.concat(open_source("users", path).batches(["Id"])).rows() == [(row["Id"],) for row in user_rows(3)]
    source = Given(FIRST)
    source.rerun = False
    list(source.batches(["a"]))
    source.frames = [FIRST.reverse()]
    list(source.batches(["a"]))


def test_types_that_arrow_does_not_know_are_passed_as_text() -> None:
    frame = pl.DataFrame(
        {"n": [None], "i": [2**100], "u": [1], "s": ["x"]}, schema_overrides={"i": pl.Int128, "u": pl.UInt128}
    )
    assert typed(frame).schema == {"n": pl.String, "i": pl.String, "u": pl.String, "s": pl.String}
    assert typed(frame).row(0) == (None, str(2**100), "1", "x")


def test_headers_that_repeat_are_told_once_for_each_column() -> None:
    source = Given(FIRST)
    source.headers = ["Id", "Id"]
    assert source.duplicated(["a", "b"]) == ["Id", "Id"]
    source.headers = ["Id", "id"]
    assert source.duplicated(["a", "b"]) == []
