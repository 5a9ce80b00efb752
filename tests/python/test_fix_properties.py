"""What holds of mended data, whatever the data: the mended problems are gone and no error is new."""

from __future__ import annotations

import csv
import dataclasses
import os
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
import sendworthy as sw
from oracle import Table
from oracle.model import Policy
from oracle.random_data import Case, random_tables
from oracle.world import World
from test_against_oracle import frame

from tables import sf_id

if TYPE_CHECKING:
    from sendworthy.fixing import Fixes
    from sendworthy.sources import Source

SEEDS = int(os.environ.get("SENDWORTHY_FIX_SEEDS", "80"))
GROUPS = 8
KEY = "MessagingPlatformKey"
NUMBER_RULES = {"U102", "U103", "U104", "U106", "U107", "U207"}
"""What a record may be found by that has a readable number for the first time; none of them an error."""
RELATIVE = {"U106"}
"""Rules that weigh all records of a channel against each other: mending one may move the balance for the rest."""


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("group", range(GROUPS))
def test_random_data_gains_nothing_but_what_its_numbers_now_tell(group: int, unsafe: bool) -> None:
    made: Counter[str] = Counter()
    size = SEEDS // GROUPS
    for seed in range(group * size, (group + 1) * size):
        case = random_tables(seed)
        report = check(case)
        with tempfile.TemporaryDirectory() as folder:
            fixes = report.fix(folder, unsafe=unsafe)
            try:
                require_sound(report, fixes, Path(folder))
                require_no_new_equals(case, Path(folder))
            except AssertionError as error:
                message = f"seed {seed}, unsafe {unsafe}: {error}"
                raise AssertionError(message) from error
        made.update(dict(fixes.counts.group_by("code").agg(pl.col("made").sum()).iter_rows()))
    assert made["U101"] + made["U105"], made
    wanted = {"U202", "U204", "S202", "S204", "id18", "bulk-time"} | ({"U209", "S402"} if unsafe else set())
    assert wanted <= {code for code, cells in made.items() if cells}, made


SPELLINGS = ("+1{0}", "1{0}", "{0}", "+1 {0}", "001{0}", "+1\u00a0{0}", "＋1{0}", "({0})", "+{0}", "00{0}")  # noqa: RUF001


def crowded(seed: int) -> Case:
    """Few numbers in many spellings, on two channels, so that fixes meet each other and the org all the time."""
    rng = random.Random(seed)

    def user(number: int) -> dict[str, str | None]:
        key = rng.choice(SPELLINGS).format(f"415555012{rng.choice('34')}")
        country = rng.choice((None, None, "US", "US", "DE", "?"))
        kind, at = rng.choice((("Text", 1), ("Text", 1), ("WhatsApp", 2)))
        return {
            "Id": rng.choice((None, sf_id("0PA", number), sf_id("0PA", rng.randint(1, 9)))),
            "MessagingPlatformKey": key,
            "MessagingChannelId": sf_id("0Mj", at),
            "MessageType": kind,
            "IsoCountryCode": country,
        }

    tables = {"users": [user(at) for at in range(1, rng.randint(3, 14))]}
    if rng.random() < 0.5:
        tables["existing_users"] = [user(at) for at in range(5, 9)]
    return Case(
        tables={name: Table(list(rows[0]), rows) for name, rows in tables.items()},
        as_of=datetime(2026, 11, 22, 12, tzinfo=UTC),
        operation="audit",
        policy=Policy(),
        select_off=frozenset(),
    )


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("group", range(GROUPS))
def test_no_fix_makes_two_records_equal(group: int, unsafe: bool) -> None:
    made = withheld = 0
    for seed in range(group * 3 * SEEDS // GROUPS, (group + 1) * 3 * SEEDS // GROUPS):
        case = crowded(seed)
        report = check(case)
        with tempfile.TemporaryDirectory() as folder:
            fixes = report.fix(folder, unsafe=unsafe)
            try:
                require_sound(report, fixes, Path(folder))
                require_no_new_equals(case, Path(folder))
            except AssertionError as error:
                message = f"seed {seed}, unsafe {unsafe}: {error}"
                raise AssertionError(message) from error
        made += int(fixes.counts["made"].sum())
        withheld += int(fixes.counts["withheld"].sum())
    assert made > SEEDS // GROUPS
    assert withheld > SEEDS // GROUPS


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.1, 1.0])
def test_generated_data_gains_nothing_either(rate: float, unsafe: bool, tmp_path: Path) -> None:
    data = sw.generate(users=3_000, sessions=4_000, seed=7, defect_rate=rate)
    report = sw.check(
        users=data.users, sessions=data.sessions, channels=data.channels, as_of=data.as_of, default_region="US"
    )
    fixes = report.fix(tmp_path, unsafe=unsafe)
    require_sound(report, fixes, tmp_path)
    if rate == 0.0:
        assert not report.findings.filter(pl.col("severity") == "error").height
        assert not fixes.counts.filter(pl.col("code").str.starts_with("U101")).height
    else:
        assert fixes.counts.filter(code="U101")["made"].sum() > 0


def check(case: Case) -> sw.Report:
    """Check a case of the oracle's random data; rules that are off by default run, too."""
    names = ("users", "sessions", "channels", "existing_users")
    policy = {field.name: getattr(case.policy, field.name) for field in dataclasses.fields(case.policy)}
    return sw.check(
        **{name: frame(case.tables.get(name)) for name in names},
        as_of=case.as_of,
        operation=case.operation,
        policy=sw.Policy(**policy),
        select=["C", "U", "W", "S"],
        default_region="DE",
    )


def require_sound(report: sw.Report, fixes: Fixes, folder: Path) -> None:
    """All that must hold of what was mended."""
    before, after = found(report), found(fixes.report)
    changes = listed(folder / "changes.csv")
    mended_numbers = {(row["table"], int(row["row"])) for row in changes if row["column"] == KEY}
    for place in after.keys() - before.keys():
        table, row, code = place
        assert table == "users" and code in NUMBER_RULES and after[place][0] != "error", f"new: {place}"  # noqa: PT018
        assert code in RELATIVE or (table, row) in mended_numbers, f"new on a record that was left alone: {place}"
    for change in changes:
        place = (change["table"], int(change["row"]), change["code"])
        if change["code"] not in {"id18", "bulk-time"}:
            assert place in before, f"a change without a finding: {change}"
            assert after.get(place, ("", ""))[1] != change["column"], f"found again: {change}"
    for name in ("users", "sessions"):
        table = report.describer.tables.get(name)
        if table is not None:
            mine = [change for change in changes if change["table"] == name]
            require_no_other_change(table.source, folder / f"{name}.fixed.csv", mine)
    withheld = listed(folder / "withheld.csv")
    assert all(row["column"] == KEY and row["because"] for row in withheld), withheld
    assert fixes.counts["made"].sum() == len(changes)
    assert fixes.counts["withheld"].sum() == len(withheld)


def require_no_new_equals(case: Case, folder: Path) -> None:
    """No two records share an address, as the oracle reads addresses, that did not share one before.

    Records of one Id are a duplicate of another kind, before and after.
    """
    if "users" not in case.tables:
        return
    users = case.tables["users"]
    rows = [dict(row) for row in users.rows]
    mended = set()
    for change in listed(folder / "changes.csv"):
        if (change["table"], change["column"]) == ("users", KEY):
            row = int(change["row"])
            column = next(column for column in users.columns if column.lower() == KEY.lower())
            rows[row][column] = change["after"]
            mended.add(row)
    worlds = [
        World({**case.tables, "users": table}, case.as_of, case.operation, case.policy)
        for table in (users, Table(users.columns, rows))
    ]
    before, after = ([*map(world.address, world.sheets["users"].rows)] for world in worlds)
    ids = [row.key("Id") for row in worlds[0].sheets["users"].rows]
    for row in mended:
        for other, address in enumerate(after):
            if other != row and address == after[row] and (ids[row] is None or ids[row] != ids[other]):
                assert before[row] == before[other], f"records {row} and {other} were made equal: {address}"
        for existing in worlds[1].existing_by_address.get(after[row], []):
            if ids[row] is None or ids[row] != existing.key("Id"):
                assert before[row] == after[row], f"record {row} was made equal to one in the org: {after[row]}"


def require_no_other_change(source: Source, path: Path, changes: list[dict[str, str]]) -> None:
    """The mended file is the source with the listed changes, nulls and empty texts told apart."""
    columns = pl.concat(source.batches(source.schema.columns)).to_dict(as_series=False)
    headers = {header.lower(): header for header in columns}
    for change in changes:
        cells, row = columns[headers[change["column"].lower()]], int(change["row"])
        assert cells[row] == change["before"], change
        cells[row] = change["after"]
    written = pl.read_csv(path, infer_schema=False).to_dict(as_series=False)
    assert list(written) == list(columns)
    for header, cells in columns.items():
        assert written[header] == cells, header


def found(report: sw.Report) -> dict[tuple[str, int, str], tuple[str, str]]:
    """Severity and field of each finding by table, row and code."""
    columns = report.findings.select("table", "row", "code", "severity", "column").rows()
    return {(table, row, code): (severity, column) for table, row, code, severity, column in columns}


def listed(path: Path) -> list[dict[str, str]]:
    """The records of a list of changes."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
