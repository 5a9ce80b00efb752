"""What a configuration knows of channels fills the cells that an export leaves blank, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.sources import open_source
from sendworthy.sources.overlay import overlay

from tables import sf_id, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from sendworthy.sources.base import Source

IDS = [sf_id("0Mj", at) for at in range(4)]
ROWS: list[dict[str, Any]] = [
    {"Id": IDS[0], "Surface": "web", "Name": "a"},
    {"Id": f" {IDS[1][:15]} ", "Surface": "  ", "Name": "b"},
    {"Id": IDS[2], "Surface": "", "Name": "c"},
    {"Id": None, "Surface": None, "Name": "d"},
]
HINTS = [
    {"id": IDS[0][:15], "surface": "WEB", "capacity_model": "TabBased"},
    {"id": IDS[1], "surface": "in-app"},
    {"id": IDS[2], "capacity_model": "StatusBased"},
]
FILLED = [("web", "TabBased"), ("in-app", None), (None, "StatusBased"), (None, None)]


def _source(*names: str) -> Source:
    return open_source("channels", pl.DataFrame(ROWS).select(names or ("Id", "Surface", "Name")))


def _read(source: Source, *columns: str, **options: Any) -> list[Any]:
    return pl.concat(source.batches(columns, **options)).rows()


def test_blank_cells_are_filled_and_others_are_left() -> None:
    source = overlay(_source(), HINTS, {}, "f.toml")
    assert source.headers == source.schema.columns == ["Id", "Surface", "Name", "CapacityModel"]
    assert set(source.schema.select("Surface", "CapacityModel").dtypes) == {pl.String}
    assert _read(source, "Surface", "CapacityModel") == FILLED
    assert _read(source, "CapacityModel", "Id", "Surface") == [
        (model, row["Id"], surface) for row, (surface, model) in zip(ROWS, FILLED, strict=True)
    ]


@pytest.mark.parametrize("columns", [["Name"], ["Id"], ["Surface"], ["CapacityModel"]])
def test_any_column_may_be_read_alone_and_in_part(columns: list[str]) -> None:
    source = overlay(_source(), HINTS, {}, "f.toml")
    whole = _read(source, *columns)
    assert len(whole) == len(ROWS)
    for limit in range(1, 5):
        assert _read(source, *columns, limit=limit) == whole[:limit]


def test_columns_that_a_table_lacks_are_added() -> None:
    source = overlay(_source("Id", "Name"), HINTS, {}, "f.toml")
    assert source.schema.columns == ["Id", "Name", "Surface", "CapacityModel"]
    assert _read(source, "Surface", "CapacityModel") == [("WEB", "TabBased"), *FILLED[1:]]


def test_columns_may_have_other_names_and_cases() -> None:
    frame = pl.DataFrame(ROWS).rename({"Id": "key", "Surface": "WHERE"})
    source = overlay(open_source("channels", frame), HINTS, {"ID": "Key", "Surface": "where"}, "f.toml")
    assert _read(source, "WHERE", "CapacityModel") == FILLED


def test_without_ids_or_hints_the_table_is_as_it_is() -> None:
    for source, hints in ((_source("Name"), HINTS), (_source(), []), (_source(), [{"id": IDS[0]}])):
        assert overlay(source, hints, {}, "f.toml") is source


def test_what_is_asked_of_it_is_asked_of_the_table(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", ROWS[:3], delimiter="\t")
    inner = open_source("channels", path.rename(tmp_path / "c.tsv"))
    source = overlay(inner, HINTS, {}, "f.toml")
    assert source is not inner
    for name in ("label", "kind", "paths", "separator", "files"):
        assert getattr(source, name) == getattr(inner, name), name
    assert source.separator == "\t"
    assert (source.expected_rows(), source.bytes_unseen()) == (inner.expected_rows(), None)
    assert len(_read(source, "Surface")) == 3
    write_csv(tmp_path / "c.tsv", ROWS[:2])
    with pytest.raises(sw.InputError, match="changed since"):
        source.check_unchanged()


@pytest.mark.parametrize(
    ("hints", "told"),
    [
        (
            [{"id": IDS[0], "surface": "web"}, {"id": IDS[0][:15], "capacity_model": "x"}],
            "stands in two entries; put them",
        ),
        (
            [{"id": IDS[0], "surface": "in-app"}],
            r"is given Surface 'in-app', but polars DataFrame says 'web'; mend one",
        ),
        (
            [{"id": sf_id("0Mj", 8), "surface": "web"}],
            r"^f\.toml: channel: no record of polars DataFrame has the Id 0Mj",
        ),
        ([{"id": one, "surface": "web"} for one in ("0Mj7", "0Mj6")], "has the Id 0Mj7, 0Mj6$"),
    ],
)
def test_what_cannot_be_true_is_refused(hints: list[dict[str, str]], told: str) -> None:
    with pytest.raises(sw.ConfigError, match=told):
        overlay(_source(), hints, {}, "f.toml")
