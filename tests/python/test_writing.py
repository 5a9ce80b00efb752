"""Frames become the bytes that Bulk API takes, up to each of its limits and no further."""

from __future__ import annotations

import datetime as dt
import errno
import sys
from contextlib import nullcontext
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.writing import (
    MOST_FIELD,
    MOST_FIELDS,
    MOST_HEADER,
    MOST_RECORD,
    csv_header,
    csv_records,
    require_csv_types,
    require_header_within_limits,
    require_records_within_limits,
    sink_parquet,
)

from tables import AS_OF, read_csv, user_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIME = dt.datetime(2026, 11, 1, 10, 0, 0, 123_456)  # noqa: DTZ001  (without a zone, as it may stand in a frame)


def test_the_limits_are_those_that_salesforce_names() -> None:
    assert (MOST_FIELD, MOST_RECORD, MOST_HEADER, MOST_FIELDS) == (131_072, 400_000, 32_000, 5_000)


def test_names_may_repeat_and_are_quoted_where_they_must_be() -> None:
    assert csv_header(["Id", "Id", "a,b", 'a"b', "Größe"]) == 'Id,Id,"a,b","a""b",Größe\n'.encode()


def test_values_of_every_type_have_the_form_of_bulk_api() -> None:
    frame = pl.DataFrame(
        {
            "text": ["a", "b,c", None],
            "zoned": pl.Series([TIME, None, TIME]).dt.replace_time_zone("America/New_York"),
            "plain": pl.Series([TIME, None, TIME]),
            "date": [TIME.date(), None, TIME.date()],
            "flag": [True, None, False],
            "number": [1, None, 2],
            "share": [0.1, None, 1e20],
        }
    )
    first = b"a,2026-11-01T15:00:00.123Z,2026-11-01T10:00:00.123,2026-11-01,true,1,0.1\n"
    last = b",2026-11-01T15:00:00.123Z,2026-11-01T10:00:00.123,2026-11-01,false,2,1e+20\n"
    assert csv_records(frame) == first + b'"b,c",,,,,,\n' + last
    assert csv_records(frame, pl.Series([True, False, True])) == first + last
    assert csv_records(frame.select("share", "number")) == b"0.1,1\n,\n1e+20,2\n"
    assert csv_records(frame.select("zoned", "plain"), pl.Series([False, True, False])) == b",\n"


def test_times_of_text_and_zones_are_told_apart() -> None:
    frame = pl.DataFrame({"at": [TIME.replace(tzinfo=ZoneInfo("Asia/Kolkata"))], "text": ["2026-11-01T10:00"]})
    assert csv_records(frame) == b"2026-11-01T04:30:00.123Z,2026-11-01T10:00\n"


@pytest.mark.parametrize(
    ("dtype", "called"),
    [
        (pl.List(pl.String), "List"),
        (pl.Struct({"a": pl.String}), "Struct"),
        (pl.Binary, "Binary"),
        (pl.Object, "Object"),
    ],
)
def test_a_type_without_a_form_in_csv_is_refused(dtype: pl.DataType, called: str) -> None:
    schema = pl.DataFrame(schema={"Id": pl.String, "extra": dtype})
    with pytest.raises(sw.InputError, match=f"^u.parquet: column 'extra' is of type {called}"):
        require_csv_types("u.parquet", schema)
    require_csv_types("u.parquet", pl.DataFrame(schema={"a": pl.Datetime, "b": pl.Float64, "c": pl.Categorical}))


def test_a_header_of_as_many_columns_as_may_be_is_taken_and_one_more_is_not() -> None:
    names = ["c"] * MOST_FIELDS
    require_header_within_limits("u.csv", names)
    with pytest.raises(
        sw.InputError, match=r"^u.csv: a header of 5,001 columns and 10,001 characters; .* 5,000 and 32,"
    ):
        require_header_within_limits("u.csv", [*names, "c"])


def test_a_header_as_long_as_may_be_is_taken_and_a_character_more_is_not() -> None:
    require_header_within_limits("u.csv", ["ü" * (MOST_HEADER - 2), "d"])
    with pytest.raises(sw.InputError, match="a header of 2 columns and 32,001 characters"):
        require_header_within_limits("u.csv", ["ü" * (MOST_HEADER - 1), "d"])


def _record(*lengths: int, letter: str = "x") -> pl.DataFrame:
    fields = {f"c{at}": ["", letter * length, None] for at, length in enumerate(lengths)}
    fields["none"] = [None] * 3
    return pl.DataFrame(fields | {"n": [1, 2, 3]}, schema_overrides=dict.fromkeys(fields, pl.String))


READY, REJECTED = pl.Series([True, True, True]), pl.Series([True, False, True])
#: Seven fields that make a record as long as may be.
FULL = (*[50_000] * 7, 50_000)


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_field_as_long_as_may_be_is_taken_and_a_character_more_is_not(letter: str) -> None:
    require_records_within_limits("u", 0, _record(5, MOST_FIELD, letter=letter), READY)
    long = _record(5, MOST_FIELD + 1, letter=letter)
    with pytest.raises(sw.InputError) as caught:
        require_records_within_limits("u.parquet", 40, long, READY)
    assert str(caught.value) == (
        "u.parquet: record 41 has 131,078 characters, 131,073 of them in 'c1'; Bulk API takes 400,000 in a record and "
        "131,072 in a field: shorten it, or leave the record out"
    )
    require_records_within_limits("u", 0, long, REJECTED)


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum])
def test_the_length_of_a_category_counts(kind: type[pl.DataType]) -> None:
    for length, fits in ((MOST_FIELD, True), (MOST_FIELD + 1, False)):
        value = "x" * length
        frame = pl.DataFrame({"c": [value]}).cast(pl.Enum([value]) if kind is pl.Enum else kind)
        with nullcontext() if fits else pytest.raises(sw.InputError, match="131,073 of them in 'c'"):
            require_records_within_limits("u", 0, frame, pl.Series([True]))


def test_a_frame_of_categories_alone_is_written(tmp_path: Path) -> None:
    rows = user_rows(3)
    sw.check(pl.DataFrame(rows).cast(pl.Categorical), as_of=AS_OF).write(tmp_path / "out")
    assert read_csv(tmp_path / "out/users.ready.csv")[1:] == [list(row.values()) for row in rows]


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_record_as_long_as_may_be_is_taken_and_a_character_more_is_not(letter: str) -> None:
    require_records_within_limits("u", 0, _record(*FULL, letter=letter), READY)
    long = _record(*FULL, 1, letter=letter)
    with pytest.raises(sw.InputError, match=r"^u: record 1 has 400,001 characters, 50,000 of them in 'c0'; "):
        require_records_within_limits("u", 0, long, READY)
    require_records_within_limits("u", 0, long, REJECTED)


def test_lengths_of_several_records_do_not_add_up() -> None:
    columns = [f"c{at}" for at in range(8)]
    rows = [["x" * 120_000 if at == row else None for at in range(8)] for row in range(8)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    require_records_within_limits("u", 0, frame, pl.Series([True] * 8))


def test_what_holds_no_text_has_no_length() -> None:
    require_records_within_limits("u", 0, pl.DataFrame({"n": [1, 2]}), pl.Series([True, True]))
    require_records_within_limits("u", 0, pl.DataFrame(schema={"c": pl.String}), pl.Series([], dtype=pl.Boolean))


def test_frames_stand_in_a_parquet_file_one_after_the_other(tmp_path: Path) -> None:
    frames = [pl.DataFrame({"a": [at, at + 1], "b": ["x", None]}) for at in (4, 0, 8)]
    for some in (frames, []):
        with (tmp_path / "a.parquet").open("wb") as file:
            sink_parquet(some, frames[0].clear(), file)
        assert pl.read_parquet(tmp_path / "a.parquet").equals(pl.concat([frames[0].clear(), *some]))


class _BrokenError(Exception):
    """What a source of frames raises."""


def test_what_frames_raise_is_passed_through() -> None:
    def frames() -> Iterator[pl.DataFrame]:
        yield pl.DataFrame({"a": [1]})
        raise _BrokenError

    with pytest.raises(_BrokenError):
        sink_parquet(frames(), pl.DataFrame(schema={"a": pl.Int64}), BytesIO())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a file that is always full")
def test_a_full_disk_is_told_as_the_system_does(tmp_path: Path) -> None:
    full = tmp_path / "full.parquet"
    full.symlink_to("/dev/full")
    with full.open("wb") as file, pytest.raises(OSError, match="No space left") as caught:
        sink_parquet([pl.DataFrame({"a": range(500_000)})], pl.DataFrame(schema={"a": pl.Int64}), file)
    assert caught.value.errno == errno.ENOSPC


class _Broken(BytesIO):
    """A stream whose first writing fails, for a reason that the next does not have."""

    def __init__(self, *, seeks: bool) -> None:
        super().__init__()
        self.seeks, self.failed = seeks, False

    def seekable(self) -> bool:
        return self.seeks

    def write(self, data: object) -> int:
        if not self.failed:
            self.failed = True
            raise OSError(errno.EBADMSG, "torn")
        return super().write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("seeks", [True, False])
def test_another_fault_of_a_stream_is_one_of_input_and_output(*, seeks: bool) -> None:
    target = _Broken(seeks=seeks)
    with pytest.raises(OSError, match=r".") as caught:
        sink_parquet([pl.DataFrame({"a": [1]})], pl.DataFrame(schema={"a": pl.Int64}), target)
    assert target.failed
    assert (len(target.getvalue()) > 1 << 19) == seeks, "only what can be cut again is tried once more"
    assert caught.value.errno == errno.EIO
    assert isinstance(caught.value.__cause__, pl.exceptions.PolarsError)
