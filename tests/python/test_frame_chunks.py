"""Frames whose columns lie in chunks: every record reaches the core once, in order, and large chunks are not copied."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sendworthy.sources import open_source

#: Fewer records than these may be joined with their neighbours.
_FEW = 1 << 14
_SIZES = st.lists(st.sampled_from([0, 1, 3, 5_000, _FEW - 1, _FEW, _FEW + 1, 40_000, 100_000]), min_size=1, max_size=12)


def _chunked(name: str, sizes: list[int]) -> pl.Series:
    end, parts = 0, []
    for size in sizes:
        parts.append(pl.Series(name, range(end, end + size), dtype=pl.Int64).cast(pl.String))
        end += size
    return pl.concat(parts, rechunk=False)


def _parts(frame: pl.DataFrame) -> list[pl.DataFrame]:
    return list(open_source("users", frame).batches(frame.columns))


@settings(max_examples=40, deadline=None)
@given(_SIZES)
def test_parts_follow_the_chunks(sizes: list[int]) -> None:
    frame = pl.DataFrame([_chunked(name, sizes) for name in ("Id", "Name")])
    parts = _parts(frame)
    assert sum(part.height for part in parts) == frame.height == sum(sizes)
    if parts:
        assert_frame_equal(pl.concat(parts), frame)
    assert all(part.n_chunks() == 1 for part in parts if part.height > _FEW)
    assert all(part.height + after.height > _FEW for part, after in pairwise(parts)), "small ones go together"


def test_a_chunk_of_any_size_is_cut() -> None:
    parts = _parts(pl.DataFrame([_chunked("Id", [600_000])]))
    assert [part.height for part in parts] == [250_000, 250_000, 100_000]


@settings(max_examples=20, deadline=None)
@given(_SIZES)
def test_columns_may_have_chunks_of_their_own(sizes: list[int]) -> None:
    frame = pl.DataFrame([_chunked("Id", sizes), _chunked("Name", [sum(sizes)])])
    parts = _parts(frame)
    assert sum(part.height for part in parts) == frame.height
    if parts:
        assert_frame_equal(pl.concat(parts), frame)
