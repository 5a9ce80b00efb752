"""Expressions of polars: eager, lazy, streaming; whichever of the two packages is imported first."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
import sendworthy as sw

PHONES = ["+12345678900", "+442079460958", "4155550123", "+99912345678", None, "+80012345678", ""]
FRAME = pl.DataFrame({"phone": PHONES})


def phones() -> pl.Expr:
    return pl.col("phone")


def test_is_e164() -> None:
    found = FRAME.select(phones().sendworthy.is_e164())["phone"]
    assert found.to_list() == [True, True, False, True, None, True, False]
    assert found.dtype == pl.Boolean


def test_phone_info() -> None:
    found = FRAME.select(phones().sendworthy.phone_info())["phone"].to_list()
    assert found[0] == {"e164": True, "valid": True, "region": "US", "kind": "fixed-line-or-mobile", "reason": None}
    assert found[1] == {"e164": True, "valid": True, "region": "GB", "kind": "fixed-line", "reason": None}
    assert found[2]["e164"] is False
    assert "no plus sign" in found[2]["reason"]
    assert (found[3]["e164"], found[3]["valid"], found[3]["region"]) == (True, False, None)
    assert "calling code" in found[3]["reason"]
    assert found[4] is None
    assert found[5]["region"] == "001"


def test_to_e164() -> None:
    frame = pl.DataFrame({"phone": ["(415) 555-0123", "+44 (0)20 7946 0958", "x", None]})
    assert frame.select(phones().sendworthy.to_e164())["phone"].to_list() == [None, "+442079460958", None, None]
    found = frame.select(phones().sendworthy.to_e164("US"))["phone"].to_list()
    assert found == ["+14155550123", "+442079460958", None, None]


def test_to_id18() -> None:
    frame = pl.DataFrame({"Id": ["0PA000000000001", "0pa000000000001gaa", "0PA", None]})
    found = frame.select(pl.col("Id").sendworthy.to_id18())["Id"].to_list()
    assert found == ["0PA000000000001GAA", "0PA000000000001GAA", None, None]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_lazy_queries(engine: str) -> None:
    frame = pl.DataFrame({"phone": PHONES * 30_000}).lazy()
    query = frame.with_columns(info=phones().sendworthy.phone_info(), e164=phones().sendworthy.is_e164())
    assert query.collect_schema()["e164"] == pl.Boolean
    found = query.filter(pl.col("e164")).select(pl.col("info").struct.field("region")).collect(engine=engine)
    assert found["region"].to_list() == ["US", "GB", None, "001"] * 30_000


def test_empty_and_null_columns() -> None:
    assert FRAME.clear().select(phones().sendworthy.phone_info()).height == 0
    nulls = pl.DataFrame({"phone": [None, None]})
    assert nulls.select(phones().sendworthy.to_e164())["phone"].to_list() == [None, None]
    assert nulls.select(phones().sendworthy.is_e164())["phone"].dtype == pl.Boolean


def test_other_columns_are_an_error() -> None:
    with pytest.raises(sw.ColumnError, match="the column 'phone' is Int64, not String"):
        pl.DataFrame({"phone": [14155550123]}).select(phones().sendworthy.is_e164())


def test_an_unknown_region_is_an_error() -> None:
    with pytest.raises(sw.ConfigError, match="'ZZ' is no region"):
        FRAME.select(phones().sendworthy.to_e164("ZZ"))


@pytest.mark.parametrize(
    "imports",
    [
        "import polars as pl, sendworthy",
        "import sendworthy, polars as pl",
        "import sendworthy; import importlib.util; importlib.util.find_spec('polars'); import polars as pl",
        "import polars as pl, sendworthy, importlib; importlib.reload(sendworthy)",
    ],
)
def test_any_order_of_imports_registers(imports: str) -> None:
    code = f"{imports}\nprint(pl.select(pl.lit('+12345678900').sendworthy.is_e164()).item())"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_importing_does_not_import_polars() -> None:
    code = "import sys, sendworthy; print('polars' in sys.modules, 'sendworthy._core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "False False\n"
