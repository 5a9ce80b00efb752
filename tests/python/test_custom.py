"""Rules of one's own: what they find, where they show, and what is refused."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.cli import run

from tables import AS_OF, channel_rows, damaged_users, session_rows, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT = pl.col("Segment__c").is_in(["gold", "silver"])
OWN = {"as_of": AS_OF, "select": "X"}


def rule(check: pl.Expr = SEGMENT, code: str = "X001", **given: Any) -> sw.Rule:
    given = {"table": "users", "name": f"rule-{code.lower()}", "message": "It is not so."} | given
    return sw.Rule(code, check=check, **given)


def rows(count: int = 10) -> list[dict[str, Any]]:
    """Users of which every third has another segment, and every fifth none."""
    return [
        row | {"Segment__c": None if at % 5 == 0 else "tin" if at % 3 == 0 else "gold"}
        for at, row in enumerate(user_rows(count))
    ]


def wrong(count: int = 10) -> list[int]:
    return [at for at in range(count) if at % 3 == 0 and at % 5]


# --- what is found


def test_true_passes_false_is_a_finding_null_is_undecided() -> None:
    report = sw.check(rows(), **OWN, rules=[rule(severity="error")])
    assert report.counts.rows() == [("X001", "rule-x001", "error", "users", 3, 8)]
    found = report.findings
    assert found["row"].to_list() == wrong() == [3, 6, 9]
    assert found.select("code", "name", "severity", "column", "value", "message").rows()[0] == (
        "X001",
        "rule-x001",
        "error",
        "Segment__c",
        "tin",
        "It is not so.",
    )
    assert found["record_id"].to_list() == [rows()[at]["Id"] for at in wrong()]
    assert found.schema == sw.check(rows(), as_of=AS_OF).findings.schema
    assert not report.ok
    assert report.users is not None
    assert report.users.rejected["Segment__c"].to_list() == ["tin"] * 3
    assert report.users.ready.columns == list(rows()[0])
    assert report.samples("rule-x001", 1)["row"].to_list() == [3]
    assert report.samples("x001", 2)["row"].to_list() == [3, 6]


@pytest.mark.parametrize("form", ["csv", "parquet", "ndjson", "frame", "lazy", "records", "arrow", "pandas", "csv.gz"])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_source_and_number_of_threads_finds_the_same(form: str, threads: int, tmp_path: Path) -> None:
    count = 70_001  # more than one chunk of the core
    frame = pl.DataFrame(rows(count))
    path = tmp_path / f"u.{form}"
    data: Any = path
    match form:
        case "csv":
            frame.write_csv(path)
        case "csv.gz":
            import gzip

            path.write_bytes(gzip.compress(frame.write_csv().encode()))
        case "parquet":
            frame.write_parquet(path, row_group_size=999)
        case "ndjson":
            frame.write_ndjson(path)
        case "frame":
            data = frame
        case "lazy":
            data = frame.lazy()
        case "records":
            data = frame.to_dicts()
        case "arrow":
            data = frame.to_arrow()
        case "pandas":
            data = frame.to_pandas()
    report = sw.check(data, **OWN, rules=[rule()], threads=threads)
    expected = wrong(count)
    assert report.counts.select("rows", "checked").row(0) == (len(expected), frame["Segment__c"].is_not_null().sum())
    assert report.findings["row"].to_list() == expected
    assert set(report.findings["value"]) == {"tin"}


def test_it_runs_beside_the_others_and_follows_every_option(tmp_path: Path) -> None:
    data = [one | {"Segment__c": "tin"} for one in damaged_users()]
    own = [rule(), rule(pl.col("Name") != "User 4", "X002", severity="info")]
    plain = sw.check(data, as_of=AS_OF)
    both = sw.check(data, as_of=AS_OF, rules=own)
    assert both.counts.filter(~pl.col("code").str.starts_with("X")).equals(plain.counts)
    assert both.findings.filter(~pl.col("code").str.starts_with("X")).equals(plain.findings)
    assert both.findings.filter(code="X001").height == 20
    assert both.findings.filter(code="X002").select("row", "column", "value").rows() == [(4, "Name", "User 4")]
    order = both.findings.select("row", "code").rows()
    assert sorted(order) == order
    options: dict[str, Any] = {"as_of": AS_OF, "rules": own}
    assert sw.check(data, **options, select="X002").counts["code"].to_list() == ["X002"]
    assert "X001" not in sw.check(data, **options, ignore="rule-x001").counts["code"].to_list()
    assert sw.check(data, **options, select="X", severity={"X": "error"}).worst_rows("error") == 21
    assert sw.check(data, **options, select="X", severity={"X": "error"}, max={"rule-x001": 20, "X002": 1}).ok
    path = tmp_path / "b.json"
    sw.check(data, **options, select="X").write_baseline(path, level="info")
    assert sw.check(data, **options, select="X", baseline=path).worst_rows("info") == 0
    with pytest.raises(sw.ConfigError, match="X003"):
        sw.check(data, **options, select="X003")


def test_every_output_has_it(tmp_path: Path) -> None:
    report = sw.check(rows(), **OWN, rules=[rule(severity="error")])
    assert [one["code"] for one in json.loads(report.to_json())["findings"]] == ["X001"] * 3
    assert len(report.to_jsonl().splitlines()) == 3
    assert "X001 rule-x001, users: 3\n  It is not so.\n" in report.to_text()
    assert "sendworthy rule X001" not in report.to_text()
    report.write(tmp_path)
    assert "X001 rule-x001: It is not so." in (tmp_path / "users.rejected.csv").read_text()
    other = sw.check(rows(), **OWN, rules=[rule(pl.col("Segment__c") == "gold", severity="error")])
    rulesets = {json.loads(one.to_json())["ruleset"] for one in (report, other, sw.check(rows(), as_of=AS_OF))}
    assert len(rulesets) == 3
    assert sw.diff(other, report).unchanged.height == 3


def test_rules_of_every_table(tmp_path: Path) -> None:
    own = [
        rule(pl.col("MessageType") == "WhatsApp", "X001", table="channels"),
        rule(pl.col("Name") == "", "X002"),
        rule(pl.col("Status") == "New", "X003", table="sessions"),
    ]
    data = {"users": user_rows(3), "sessions": session_rows(2), "channels": channel_rows()}
    report = sw.check(**data, **OWN, rules=own)
    assert report.counts.select("table", "code", "rows").rows() == [
        ("channels", "X001", 1),
        ("users", "X002", 3),
        ("sessions", "X003", 2),
    ]
    assert report.findings["code"].to_list() == ["X001", "X002", "X002", "X002", "X003", "X003"]
    report = sw.check(user_rows(3), **OWN, rules=own)
    assert report.skipped.select("code", "reason").rows() == [
        ("X001", "no channels were given"),
        ("X003", "no sessions were given"),
    ]
    del tmp_path


def test_findings_show_the_column_asked_for() -> None:
    both = pl.col("Segment__c").is_not_null() & (pl.col("Name") != "User 3")
    assert sw.check(rows(), **OWN, rules=[rule(both)]).findings.select("column", "value").row(0) == (None, None)
    shown = sw.check(rows(), **OWN, rules=[rule(both, column="Name")]).findings.select("column", "value").rows()
    assert shown == [("Name", "User 0"), ("Name", "User 3"), ("Name", "User 5")]
    numbers = pl.DataFrame(rows()).with_columns(n=pl.int_range(pl.len()), tags=pl.concat_list("Name", "Segment__c"))
    own = [rule(pl.col("n") < 9, "X001"), rule(pl.col("tags").list.len() > 2, "X002", column="tags")]
    found = sw.check(numbers, **OWN, rules=own).findings.filter(pl.col("row") == 9)
    assert found["value"].to_list() == ["9", "['User 9', 'tin']"]


def test_the_source_is_compared_when_it_is_read_again() -> None:
    """A query that gives other values each time is found out, not described wrongly."""
    order = random.Random(1)
    frame = pl.DataFrame(rows(100))
    query = frame.lazy().map_batches(lambda part: part.sample(fraction=1, shuffle=True, seed=order.randrange(1 << 30)))
    report = sw.check(query, **OWN, rules=[rule()])
    with pytest.raises(sw.InputError):
        report.findings  # noqa: B018  (made when asked for)


def test_mapped_and_uncommon_names(tmp_path: Path) -> None:
    data = [{"tel ü": one.pop("MessagingPlatformKey"), "a,b": "1", **one} for one in user_rows(4)]
    path = write_csv(tmp_path / "u.csv", data)
    own = [rule(pl.col("tel ü").str.ends_with("3"), "X001"), rule(pl.col("a,b").cast(pl.Int64) == 2, "X002")]
    report = sw.check(path, columns={"users": {"MessagingPlatformKey": "tel ü"}}, **OWN, rules=own)
    assert report.findings.filter(code="X001")["value"].to_list() == ["+14155550000", "+14155550001", "+14155550002"]
    assert report.findings.filter(code="X002").height == 4


# --- what is refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code": "U901"}, "rule U901: a code of your own is X and three digits"),
        ({"code": "X1"}, "X and three digits"),
        ({"code": "x001"}, "X and three digits"),
        ({"code": 1}, "code must be text"),
        ({"name": "Not Kebab"}, "is not in kebab case"),
        ({"table": "cars"}, "table must be one of channels, sends, users, sessions"),
        ({"table": "existing_users"}, "table must be one of"),
        ({"severity": "fatal"}, "severity must be one of error, warning, info"),
        ({"message": " "}, "message is blank"),
        ({"check": "Name"}, "check must be a polars expression, not a str"),
        ({"check": pl.all().is_null()}, "must name the columns"),
        ({"check": pl.col("^N.*$").is_null()}, "must name the columns"),
        ({"check": pl.lit(True)}, "must name the columns"),
    ],
)
def test_a_rule_that_makes_no_sense(given: dict[str, Any], said: str) -> None:
    parts = {"code": "X001", "table": "users", "name": "a", "check": SEGMENT, "message": "m"} | given
    with pytest.raises(sw.ConfigError, match=said):
        sw.Rule(**parts)


@pytest.mark.parametrize(
    "check",
    [
        pl.col("a").is_duplicated(),
        ~pl.col("a").is_unique(),
        pl.col("a").is_first_distinct() | pl.col("b").is_null(),
        pl.col("n") < pl.col("n").max(),
        pl.col("n") == pl.col("n").max().over("a"),
        pl.col("n") > pl.col("n").shift(1),
        pl.col("n").cum_sum() < 10,
        pl.col("n").diff() > 0,
        pl.col("n").rank() > 1,
        pl.col("n").forward_fill() > 1,
        pl.col("n").fill_null(strategy="mean") > 1,
        pl.col("n").rolling_mean(2) > 1,
        pl.len() > pl.col("n"),
        pl.col("n") == pl.col("n").first(),
        pl.col("n").sort() == pl.col("n"),
        pl.col("n").reverse() == pl.col("n"),
        pl.col("n").shuffle() == pl.col("n"),
        pl.col("n").filter(pl.col("n") > 1) > 1,
        pl.when(pl.col("n").sum() > 1).then(pl.col("a").is_null()),
        pl.col("a").str.to_datetime() > pl.datetime(2026, 1, 1),  # the format is guessed from the first values
        pl.col("a").is_in(pl.col("b")),
        pl.col("a").is_in(pl.col("b").implode()),
        pl.col("a").replace_strict(pl.col("b"), pl.col("b")) == "x",
        pl.col("a").map_elements(lambda _: True, return_dtype=pl.Boolean),
        pl.col("a").map_batches(lambda column: column.is_duplicated(), return_dtype=pl.Boolean),
        (pl.col("n") > 1) & pl.col("a").map_batches(lambda column: column.is_null(), return_dtype=pl.Boolean),
    ],
    ids=str,
)
def test_what_looks_at_other_records_is_refused(check: pl.Expr) -> None:
    with pytest.raises(sw.ConfigError, match=r"rule X001: check (must judge each record by itself|has a part)"):
        rule(check)


@pytest.mark.parametrize(
    "check",
    [
        pl.col("a") == "x",
        pl.col("a").is_null() | (pl.col("b").str.len_chars() > 3),
        pl.when(pl.col("n") > 1).then(pl.col("a").is_not_null()).otherwise(None),
        pl.any_horizontal(pl.col("a").is_null(), pl.col("n") > 1),
        pl.col("a").is_in(["x", "y"]),
        pl.col("a").is_in(pl.Series(["x"])),
        pl.col("a").str.contains_any(["x"]),
        pl.col("a").replace_strict({"x": 1}, default=pl.col("n")) == 1,
        pl.col("a").str.to_datetime("%Y", strict=False) > pl.datetime(2026, 1, 1),
        pl.coalesce("a", "b").str.contains("x"),
        pl.concat_str("a", "b") == "xy",
        pl.col("b").str.split(",").list.len() > 1,
        pl.col("n").is_between(1, 2) & (pl.col("n").cast(pl.String) != pl.col("a")),
    ],
    ids=str,
)
def test_what_looks_at_one_record_is_taken(check: pl.Expr) -> None:
    frame = pl.DataFrame({"a": ["x", None, "2027"], "b": ["y", "p,q", "long text"], "n": [1, 2, None]})
    data = frame.with_columns(
        MessagingPlatformKey=pl.lit("+1"), MessagingChannelId=pl.lit("c"), MessageType=pl.lit("Text")
    )
    report = sw.check(data, **OWN, rules=[rule(check)])
    told = frame.select(pl.Series("ok", data.select(check).to_series()))["ok"]
    assert report.findings["row"].to_list() == [at for at, verdict in enumerate(told) if verdict is False]
    assert report.counts["checked"].item() == told.len() - told.null_count()


def test_checks_that_do_not_fit_the_data(tmp_path: Path) -> None:
    def said(check: pl.Expr, kind: type[Exception], data: Any = None, **given: Any) -> str:
        with pytest.raises(kind) as caught:
            sw.check(rows() if data is None else data, **OWN, rules=[rule(check, **given)])
        return str(caught.value)

    text = said(pl.col("segment") == "x", sw.ColumnError)
    assert text == (
        "rule X001 (rule-x001): users: list of dicts: there is no column 'segment'; the nearest are Segment__c"
    )
    assert "there is no column 'Owner'" in said(SEGMENT, sw.ColumnError, column="Owner")
    assert "(Name is String)" in said(pl.col("Name") > 3, sw.ColumnError)
    assert "failed in column 'Name'" in said(pl.col("Name").cast(pl.Int64) > 3, sw.ColumnError)
    assert "it gives String on list of dicts" in said(pl.col("Name"), sw.ConfigError)
    path = write_csv(tmp_path / "u.csv", [row | {"n": at} for at, row in enumerate(rows())])
    assert "columns of CSV files are text: cast them" in said(pl.col("n") > 3, sw.ColumnError, path)
    late = pl.concat(
        [pl.DataFrame(rows(300_000)).with_columns(n=pl.lit("1")), pl.DataFrame(rows(1)).with_columns(n=pl.lit("x"))]
    )
    assert "check cannot be evaluated" in said(pl.col("n").cast(pl.Int64) > 3, sw.ColumnError, late)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (rule(), "rules must be a list of sendworthy.Rule, not a Rule"),
        ("X001", "not a str"),
        ([SEGMENT], "but one is a Expr"),
        ([rule(), rule(name="b")], "the code X001 is given to two rules"),
        ([rule(name="a"), rule(code="X002", name="a")], "the name a is given to two rules"),
        ([rule(name="missing-value")], "the name missing-value is taken by U201"),
        ([rule(code=f"X{at:03}") for at in range(64)], "room for [0-9]+ rules of your own"),
    ],
)
def test_lists_of_rules_that_are_none(rules: Any, said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.check(rows(), as_of=AS_OF, rules=rules)


def test_as_many_rules_as_a_table_has_room_for() -> None:
    with pytest.raises(sw.ConfigError) as caught:
        sw.check(rows(), **OWN, rules=[rule(code=f"X{at:03}") for at in range(64)])
    room = int(str(caught.value).partition("room for ")[2].partition(" ")[0])
    assert room > 5
    own = [rule(pl.col("Name") != f"User {at}", f"X{at:03}") for at in range(room)]
    report = sw.check(rows(room), as_of=AS_OF, rules=own)
    found = report.findings.filter(pl.col("code").str.starts_with("X"))
    assert found.select("row", "code").rows() == [(at, f"X{at:03}") for at in range(room)]
    assert sw.check(rows(), as_of=AS_OF, rules=[*own, rule(code="X999")], ignore="X000").counts.height > room


# --- files of rules

MODULE = """
import polars as pl
import sendworthy as sw

RULES = [
    sw.Rule("X001", table="users", name="segment", check=pl.col("Segment__c") == "gold", message="No gold.",
            severity="error"),
]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with users.csv and rules.py."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "users.csv", rows())
    (tmp_path / "rules.py").write_text(MODULE)
    return tmp_path


def test_the_command_takes_a_file_of_rules(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["check", "--users", "users.csv", "--as-of", AS_OF, "--select", "X", "--format", "jsonl", "--quiet"]
    assert run([*command, "--rules-module", "rules.py"]) == 1
    assert [json.loads(line)["row"] for line in capfd.readouterr().out.splitlines()] == [3, 6, 9]
    assert run([*command, "--rules-module", "rules.py", "--max", "segment=3", "--severity", "segment=error"]) == 0
    assert run(command) == 2
    (folder / "below").mkdir()
    (folder / "rules.py").rename(folder / "below/rules.py")
    (folder / "below/x.toml").write_text('rules_module = "rules.py"\nignore = "X002"\nmax = {segment = 1}\n')
    assert run([*command, "--config", "below/x.toml"]) == 2  # there is no X002 to ignore
    (folder / "below/x.toml").write_text('rules_module = "rules.py"\nmax = {segment = 1}\n')
    assert run([*command, "--config", "below/x.toml"]) == 1
    report = sw.check("users.csv", as_of=AS_OF, select="X", config="below/x.toml")
    assert report.pardoned["limit"].to_list() == [1]
    assert run(["config", "show", "--config", "below/x.toml"]) == 0
    assert "rules_module" in capfd.readouterr().out


BROKEN = {
    "RULES = [": "rules.py: line 1: ",
    "x = 1\nraise KeyError('gone')": "rules.py: line 2: KeyError: 'gone'",
    "RULS = []": "rules.py: defines no RULES",
    "RULES = 3": "rules.py: rules must be a list",
    "import nothing_of_this_name": "rules.py: line 1: ModuleNotFoundError",
    MODULE.replace("X001", "U001"): "rules.py: rule U001: a code of your own",
    MODULE + "RULES += RULES": "rules.py: rule X001: the code X001 is given to two rules",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_of_rules_that_is_broken(text: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.py").write_text(text)
    assert run(["check", "--users", "users.csv", "--rules-module", "rules.py"]) == 2
    assert BROKEN[text] in (err := capfd.readouterr().err)
    assert err.count("\n") == 1
    assert "rules" not in sys.modules


@pytest.mark.usefixtures("folder")
def test_no_file_of_rules_is_run_unasked(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "users.csv", "--rules-module", "absent.py"]) == 2
    assert "absent.py: No such file" in capfd.readouterr().err
    assert run(["check", "--users", "users.csv", "--as-of", AS_OF]) in {0, 1}
    assert "X001" not in capfd.readouterr().out
