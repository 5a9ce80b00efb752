"""The same values in any Arrow array, frame or list of dicts: the same findings, or an error that says what to do."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sendworthy as sw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tables import AS_OF, channel_rows, damaged_users, sf_id, user_rows

if TYPE_CHECKING:
    from collections.abc import Callable

_COLUMNS = ("Id", "MessagingPlatformKey", "MessagingChannelId", "MessageType", "Name", "CreatedDate", "OwnerId")
_EXPECTED = {
    "Id": [sf_id("0PA", 1), sf_id("0PA", 1)[:15], sf_id("0PA", 2), sf_id("0PA", 3).lower(), "000000000000000"],
    "MessagingPlatformKey": ["+14155550123", "+1 415 555 0123", "14155550123", "+5511987654321", "1.4E+10"],
    "MessagingChannelId": [sf_id("0Mj", 1), sf_id("0Mj", 9)],
    "MessageType": ["Text", "text", "WhatsApp", "Telegram"],
    "Name": ["Ann", "x" * 255, "x" * 256, "é" * 200, "\U0001f600" * 128],
    "CreatedDate": ["2026-11-22T11:00:00Z", "2026-11-22", "03/04/2026", "2026-11-31T00:00:00Z"],
    "OwnerId": [sf_id("005", 1), sf_id("001", 1)],
}
_ANYTHING = ["", " ", "#N/A", "\0", "a\0b", "\r\n", '"', "é", "\u200b", "\ufeff", "0", "null", "\U0010ffff", "=1+1"]
_FIRST, _LAST = (dt.datetime(year, 6, 1) for year in (1700, 4000))  # noqa: DTZ001  (hypothesis wants them so)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _cells(column: str, rows: int) -> st.SearchStrategy[list[str | None]]:
    cell = st.one_of(
        st.sampled_from(_EXPECTED[column]),
        st.sampled_from(_EXPECTED[column]),
        st.sampled_from(_ANYTHING),
        st.none(),
        _TEXT,
    )
    return st.lists(cell, min_size=rows, max_size=rows)


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, list[str | None]]:
    rows = draw(st.integers(1, 12))
    return {column: draw(_cells(column, rows)) for column in _COLUMNS}


def _unaligned(array: pa.Array) -> pa.Array:
    """The same buffers one byte further."""
    buffers = [
        None if buffer is None else pa.py_buffer(b"\0" + buffer.to_pybytes()).slice(1) for buffer in array.buffers()
    ]
    return pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset)


def _all_valid(array: pa.Array) -> pa.Array:
    """With a bitmap that says that nothing is null, where nothing is."""
    if array.null_count:
        return array
    bitmap = pa.py_buffer(b"\xff" * ((len(array) + array.offset) // 8 + 1))
    return pa.Array.from_buffers(array.type, len(array), [bitmap, *array.buffers()[1:]], offset=array.offset)


def _dictionary(array: pa.Array) -> pa.Array:
    """A dictionary with a value twice, one that nobody uses and, sometimes, one that is null."""
    encoded = array.dictionary_encode()
    values = pa.concat_arrays([encoded.dictionary, pa.array(["unused", *encoded.dictionary.to_pylist()[:1]])])
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int16()), values)


_KINDS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "text": lambda array: array,
    "large": lambda array: array.cast(pa.large_string()),
    "view": lambda array: array.cast(pa.string_view()),
    "dictionary": _dictionary,
    "small dictionary": lambda array: array.dictionary_encode().cast(pa.dictionary(pa.int8(), pa.large_string())),
    "runs": pc.run_end_encode,
    "short runs": lambda array: pc.run_end_encode(array, run_end_type=pa.int16()),
    "unaligned": _unaligned,
    "valid": _all_valid,
}


def _report(data: Any) -> sw.Report:
    return sw.check(users=data, channels=channel_rows(), as_of=AS_OF)


def _same(ours: sw.Report, plain: sw.Report) -> None:
    assert ours.counts.equals(plain.counts)
    assert ours.findings.equals(plain.findings)
    assert ours.users.rejected.height == plain.users.rejected.height
    assert ours.users.ready.height == plain.users.ready.height


def _plain(table: dict[str, list[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(table, schema=dict.fromkeys(table, pl.String))


@given(_tables(), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arrays_of_any_kind_hold_the_same_text(table: dict[str, list[str | None]], data: st.DataObject) -> None:
    rows = len(table["Id"])
    around = data.draw(st.integers(0, 9), "rows before and after the slice")
    cuts = sorted(data.draw(st.lists(st.integers(0, rows), max_size=3), "cuts"))
    columns: dict[str, pa.ChunkedArray] = {}
    for name, cells in table.items():
        kind = _KINDS[data.draw(st.sampled_from(list(_KINDS)), name)]
        whole = pa.array(["+99 not in the slice"] * around + cells + ["0PA not in the slice"] * around, pa.string())
        parts = [
            kind(whole).slice(around + start, end - start) for start, end in zip([0, *cuts], [*cuts, rows], strict=True)
        ]
        columns[name] = pa.chunked_array(parts)
    given_table = pa.table(columns)
    plain = _report(_plain(table))
    _same(_report(given_table), plain)
    size = data.draw(st.integers(1, 5), "size of batches")
    if not any(isinstance(column.type, pa.RunEndEncodedType) for column in given_table.columns):
        _same(_report(given_table.to_reader(max_chunksize=size)), plain)


_NULLS: dict[str, Callable[[int], pa.Array]] = {
    "null": pa.nulls,
    "text": lambda rows: pa.nulls(rows, pa.string()),
    "view": lambda rows: pa.nulls(rows, pa.string_view()),
    "dictionary": lambda rows: pa.nulls(rows, pa.dictionary(pa.int8(), pa.string())),
    "integers": lambda rows: pa.nulls(rows, pa.int64()),
    "timestamps": lambda rows: pa.nulls(rows, pa.timestamp("us", "UTC")),
}


@pytest.mark.parametrize("kind", _NULLS)
def test_columns_of_nothing_but_null(kind: str) -> None:
    rows = user_rows(5)
    column = "CreatedDate" if kind == "timestamps" else "MessagingPlatformKey"
    table = pa.Table.from_pylist(rows).drop_columns([column] if column in rows[0] else [])
    plain = _report([{**row, column: None} for row in rows])
    ours = _report(table.append_column(column, _NULLS[kind](5)))
    assert dict(ours.counts.select("code", "rows").iter_rows()) == dict(plain.counts.select("code", "rows").iter_rows())


def _counts(report: sw.Report) -> list[tuple[Any, ...]]:
    return report.counts.select("code", "table", "rows", "checked").rows()


@pytest.mark.parametrize("kind", ["int64", "uint64", "int32", "decimal128(20, 0)", "decimal256(40, 0)"])
def test_numbers_are_judged_as_their_text(kind: str) -> None:
    rows = user_rows(6)
    numbers = [4_155_550 + at for at in range(5)] + [None]
    types = {"decimal128(20, 0)": pa.decimal128(20), "decimal256(40, 0)": pa.decimal256(40)}
    column = pa.array(numbers, pa.int64()).cast(types.get(kind) or pa.type_for_alias(kind))
    table = pa.Table.from_pylist(rows)
    place = table.column_names.index("MessagingPlatformKey")
    plain = [
        {**row, "MessagingPlatformKey": None if n is None else str(n)} for row, n in zip(rows, numbers, strict=True)
    ]
    assert _counts(_report(table.set_column(place, "MessagingPlatformKey", column))) == _counts(_report(plain))


@given(
    st.lists(st.none() | st.datetimes(_FIRST, _LAST), min_size=6, max_size=6),
    st.sampled_from(["s", "ms", "us", "ns"]),
    st.sampled_from([None, "UTC", "Europe/Berlin", "+05:30"]),
)
@settings(max_examples=40, deadline=None)
def test_timestamps_are_judged_as_their_text(moments: list[dt.datetime | None], unit: str, zone: str | None) -> None:
    if unit == "ns":  # 64 bits of nanoseconds reach no further
        moments = [moment and moment.replace(year=min(max(moment.year, 1700), 2200)) for moment in moments]
    moments = [
        moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000 if unit != "s" else 0)
        for moment in moments
    ]
    column = pa.array([moment and moment.replace(tzinfo=dt.UTC) for moment in moments], pa.timestamp("us", "UTC"))
    if zone is None:
        column = column.cast(pa.timestamp("us"))
    column = column.cast(pa.timestamp(unit, zone))
    end = "" if zone is None else "Z"
    texts = [moment and f"{moment.isoformat(timespec='milliseconds')}{end}" for moment in moments]
    rows = user_rows(6)
    plain = [{**row, "LastInboundMessageTime": text} for row, text in zip(rows, texts, strict=True)]
    table = pa.Table.from_pylist(rows).append_column("LastInboundMessageTime", column)
    if texts == [None] * 6:
        return
    assert _counts(_report(table)) == _counts(_report(plain))


_REFUSED: dict[str, pa.Array] = {
    "list": pa.array([["+1"]] * 4),
    "struct": pa.array([{"a": "+1"}] * 4),
    "map": pa.array([[("a", 1)]] * 4, pa.map_(pa.string(), pa.int32())),
    "union": pa.UnionArray.from_sparse(pa.array([0] * 4, pa.int8()), [pa.array(["+1"] * 4), pa.array([1] * 4)]),
    "binary": pa.array([b"+14155550123"] * 4),
    "fixed binary": pa.array([b"+14155550123"] * 4, pa.binary(12)),
    "duration": pa.array([1] * 4, pa.duration("s")),
    "time": pa.array([1] * 4, pa.time64("us")),
    "date": pa.array([1] * 4, pa.date32()),
    "timestamp": pa.array([1] * 4, pa.timestamp("us")),
    "interval": pa.array([(1, 2, 3)] * 4, pa.month_day_nano_interval()),
    "bool": pa.array([True] * 4),
}


@pytest.mark.parametrize("kind", _REFUSED)
def test_types_that_hold_no_text_are_refused_by_name(kind: str) -> None:
    table = pa.Table.from_pylist(user_rows(4))
    table = table.set_column(table.column_names.index("MessagingPlatformKey"), "MessagingPlatformKey", _REFUSED[kind])
    with pytest.raises((sw.InputError, sw.ColumnError), match=r"users: .*'MessagingPlatformKey'"):
        _report(table)


_FRAME = pl.DataFrame(damaged_users(12))


@pytest.mark.parametrize(
    "frame",
    [
        _FRAME.with_columns(pl.all().cast(pl.Categorical)),
        _FRAME.with_columns(pl.col("MessageType").cast(pl.Enum(["Text", "Rcs"]))),
        _FRAME.lazy(),
        pl.concat([_FRAME[:5], _FRAME[5:]], rechunk=False),
        _FRAME.with_columns(pl.Series("Id", _FRAME["Id"].to_list(), dtype=pl.String)).select(reversed(_FRAME.columns)),
        _FRAME.to_pandas().set_index(pd.Index([7] * 12)),
        _FRAME.to_pandas().set_index(pd.MultiIndex.from_product([[1, 2, 3], list("abcd")])),
        _FRAME.to_pandas().astype("category"),
        _FRAME.to_pandas().astype("string"),
        _FRAME.to_pandas().astype(object),
        _FRAME.to_pandas().convert_dtypes(dtype_backend="pyarrow"),
        _FRAME.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)[::-1][::-1],
    ],
    ids=[
        "categorical",
        "enum",
        "lazy",
        "chunks",
        "order",
        "index",
        "levels",
        "category",
        "string",
        "object",
        "arrow",
        "steps",
    ],
)
def test_frames_of_any_make_hold_the_same(frame: Any) -> None:
    assert _report(frame).counts.equals(_report(_FRAME).counts)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("MessagingPlatformKey", [["+1"]] * 12),
        pl.Series("MessagingPlatformKey", [{"a": "+1"}] * 12),
        pl.Series("MessagingPlatformKey", [object()] * 12, dtype=pl.Object),
        pl.Series("MessagingPlatformKey", [b"+1"] * 12),
        pl.Series("MessagingPlatformKey", [[1, 2]] * 12, dtype=pl.Array(pl.Int8, 2)),
        pl.Series("MessagingPlatformKey", [dt.time(1)] * 12),
        pl.Series("MessagingPlatformKey", [dt.timedelta(1)] * 12),
    ],
    ids=lambda column: str(column.dtype),
)
def test_polars_columns_that_hold_no_text_are_refused_by_name(column: pl.Series) -> None:
    with pytest.raises(sw.ColumnError, match=r"users: polars DataFrame: column 'MessagingPlatformKey'"):
        _report(_FRAME.with_columns(column))
    assert not _report(_FRAME.with_columns(column.alias("Other"))).counts.is_empty()


@pytest.mark.parametrize("kind", [pl.Int128, pl.UInt128], ids=str)
def test_integers_of_128_bits_are_judged_as_their_text(kind: type[pl.DataType]) -> None:
    frame = _FRAME.with_columns(pl.Series("MessagingPlatformKey", range(12)).cast(kind))
    assert _counts(_report(frame)) == _counts(
        _report(frame.with_columns(pl.col("MessagingPlatformKey").cast(pl.String)))
    )


class _Letter(enum.Enum):
    A = 1


_CELLS: list[object] = [
    "a\0b", 10**30, -(2**63), 2**64, -5, 1.5, float("nan"), float("inf"), True, b"+14155550123", [1, None], (1, 2), {1},
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.date(2026, 1, 1), dt.timedelta(1), decimal.Decimal("1e50"),
    uuid.UUID(int=5), _Letter.A, len, 1j, np.int64(5), np.float32(1.5), np.bool_(True), pd.Timestamp(2026, 1, 1),
    "9" * 10**5, range(3),
]  # fmt: skip


@given(st.lists(st.sampled_from(_CELLS) | st.none() | _TEXT, min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_dicts_of_anything_are_checked(cells: list[object]) -> None:
    rows = user_rows(5)
    data = [{**row, "MessagingPlatformKey": cell, "Name": "N"} for row, cell in zip(rows, cells, strict=True)]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:  # a column of switches, which hold no number
        with pytest.raises(sw.ColumnError, match="is of type Boolean"):
            _report(data)
        return
    report = _report(data)
    assert report.users.ready.height + report.users.rejected.height == 5
    good = {row for row, cell in enumerate(cells) if isinstance(cell, str) and sw_is_e164(cell)}
    flagged = set(report.findings.filter(pl.col("code").is_in(["U101", "U201"]))["row"])
    assert flagged == set(range(5)) - good


def sw_is_e164(text: str) -> bool:
    """The form by the book."""
    return text[:1] == "+" and text[1:].isascii() and text[1:].isdigit() and 3 <= len(text) <= 16 and text[1] != "0"


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


_CYCLE: dict[str, Any] = {}
_CYCLE["a"] = _CYCLE
_CIRCLE: list[Any] = []
_CIRCLE.append(_CIRCLE)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"Name": "\ud800"}, "users: record 2, column 'Name': holds half of a character"),
        ({"Name": ["\udfff"]}, "users: record 2, column 'Name': holds half of a character"),
        ({"a\ud800": "x"}, "users: the column name 'a\\ud800': holds half of a character"),
        ({"More": _nested(5000)}, "users: record 2: is nested too deeply"),
        ({"More": _CYCLE}, "users: record 2: is nested too deeply, or holds itself"),
        ({"Name": _CIRCLE}, "users: record 2, column 'Name': is nested too deeply, or holds itself"),
        ({"a.b": 1, "a": {"b": 2}}, "users: record 2: has the key 'a.b' twice"),
    ],
    ids=["surrogate", "in a list", "in a key", "deep", "cycle", "circle", "twice"],
)
def test_dicts_that_cannot_be_a_table_are_refused_with_their_place(extra: dict[str, Any], told: str) -> None:
    rows = user_rows(4)
    rows[2] |= extra
    with pytest.raises(sw.InputError) as caught:
        _report(rows)
    assert str(caught.value).startswith(told)
    if "Name" in extra:
        with pytest.raises(sw.InputError) as caught:
            _report(pd.DataFrame(rows, dtype=object))
        assert str(caught.value).startswith(told)
