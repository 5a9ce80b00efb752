"""Planned sends and eligibility through the API and the command: tables, files, and what cannot be done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.cli import run

from tables import AS_OF, Row, read_csv, sf_id, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SMS, WHATSAPP = sf_id("0Mj", 1), sf_id("0Mj", 2)
CREATED = "2026-01-01T00:00:00Z"


def channels() -> list[Row]:
    """An SMS channel with status-based and a WhatsApp channel with tab-based capacity."""
    return [
        {"Id": SMS, "MessageType": "Text", "PlatformType": "Enhanced", "CapacityModel": "StatusBased"},
        {"Id": WHATSAPP, "MessageType": "WhatsApp", "PlatformType": "Enhanced", "CapacityModel": "TabBased"},
    ]


def users() -> list[Row]:
    """Two SMS customers and a WhatsApp customer whose window is closed."""
    common = {"MessagingConsentStatus": "ExplicitlyOptedIn", "CreatedDate": CREATED}
    sms = {"MessagingChannelId": SMS, "MessageType": "Text", **common}
    late = {"MessagingChannelId": WHATSAPP, "MessageType": "WhatsApp", **common}
    return [
        {"Id": sf_id("0PA", 1), "MessagingPlatformKey": "+14155550001", "LastInboundMessageTime": None, **sms},
        {"Id": sf_id("0PA", 2), "MessagingPlatformKey": "+14155550002", "LastInboundMessageTime": None, **sms},
        {
            "Id": sf_id("0PA", 3),
            "MessagingPlatformKey": "14155550003",
            "LastInboundMessageTime": "2026-11-21T11:59:59Z",
            **late,
        },
    ]


def sessions() -> list[Row]:
    """A live session of the second customer with rep 1."""
    return [
        {
            "Id": sf_id("0Mw", 1),
            "MessagingEndUserId": sf_id("0PA", 2),
            "Status": "Active",
            "OwnerId": sf_id("005", 1),
            "StartTime": "2026-11-22T11:00:00Z",
            "Origin": "InboundInitiated",
        }
    ]


def sends() -> list[Row]:
    """Allowed, allowed for the same rep, blocked by another rep, blocked by the window, and a first SMS."""
    new = {"Phone": "+14155550009", "ConsentConfirmed": "true", "SourceRecordId": sf_id("003", 1)}
    rows: list[Row] = [
        {"MessagingEndUserId": sf_id("0PA", 1), "MessagingChannelId": SMS, "OwnerId": sf_id("005", 1)},
        {"MessagingEndUserId": sf_id("0PA", 2), "MessagingChannelId": SMS, "OwnerId": sf_id("005", 1)},
        {"MessagingEndUserId": sf_id("0PA", 2), "MessagingChannelId": SMS, "OwnerId": sf_id("005", 2)},
        {"MessagingEndUserId": sf_id("0PA", 3), "MessagingChannelId": WHATSAPP, "OwnerId": sf_id("005", 2)},
        {"MessagingChannelId": SMS, "OwnerId": sf_id("005", 2), **new},
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def tables(**changed: Any) -> dict[str, Any]:
    """All tables, as frames."""
    rows = {"channels": channels(), "users": users(), "sessions": sessions(), "sends": sends()}
    frames = {name: pl.DataFrame(of, schema=dict.fromkeys(of[0], pl.String)) for name, of in rows.items()}
    return {**frames, "as_of": AS_OF, **changed}


def test_every_send_is_decided() -> None:
    report = sw.check(**tables())
    assert report.sends is not None
    decisions = report.sends.decisions
    assert decisions["outcome"].to_list() == ["allowed", "allowed", "blocked", "blocked", "allowed"]
    assert decisions["because"].to_list() == [[], [], ["P104", "P112"], ["P105"], []]
    assert decisions["creates_user"].to_list() == [False, False, False, False, True]
    assert decisions["session_status"].to_list() == ["New", None, None, None, "New"]
    assert decisions["on_reply"].to_list() == ["same-rep", "same-rep", None, None, "same-rep"]
    ends = decisions["ends_if_silent_at"].dt.to_string("%Y-%m-%dT%H:%M:%SZ").to_list()
    assert ends == ["2026-11-24T12:00:00Z", None, None, None, "2026-11-24T12:00:00Z"]
    assert report.sends.mask.to_list() == [True, True, False, False, True]


def test_reps_learn_what_comes_back() -> None:
    report = sw.check(**tables())
    assert report.sends is not None
    assert report.sends.by_rep.rows() == [
        (sf_id("005", 1), 2, 0, 0, 1, 1, 3, 0, 0),
        (sf_id("005", 2), 3, 2, 0, 0, 0, 1, 0, 0),
    ]


def test_decisions_do_not_depend_on_the_selection() -> None:
    whole, part = sw.check(**tables()), sw.check(**tables(), select="U101")
    assert whole.sends is not None
    assert part.sends is not None
    assert part.sends.decisions.equals(whole.sends.decisions)
    assert part.sends.mask.all()  # no rule about sends was selected


def test_what_is_not_known_is_unknown() -> None:
    report = sw.check(**tables(sessions=None))
    assert report.sends is not None
    assert report.sends.decisions["outcome"].to_list() == ["unknown", "unknown", "unknown", "blocked", "allowed"]
    assert "sessions" in report.samples("P114", 1)["message"].item()
    assert report.sends.by_rep["load_now"].to_list() == [None, None]


def test_a_policy_says_what_channels_do_not() -> None:
    unsaid = tables()["channels"].drop("CapacityModel")
    outcomes = {}
    for model in (None, "StatusBased", "TabBased"):
        report = sw.check(**tables(channels=unsaid), policy=sw.Policy(capacity_model=model))
        assert report.sends is not None
        outcomes[model] = report.sends.decisions["on_reply"][0]
    assert outcomes == {None: "unknown", "StatusBased": "same-rep", "TabBased": "new-session-any-rep"}
    with pytest.raises(sw.ConfigError, match="capacity_model must be StatusBased or TabBased"):
        sw.Policy(capacity_model="Status")


def test_sends_alone_are_checked() -> None:
    report = sw.check(sends=tables()["sends"], as_of=AS_OF)
    assert report.sends is not None
    assert set(report.sends.decisions["outcome"]) == {"unknown"}
    assert report.counts.filter(pl.col("code") == "P201")["checked"].item() == 5


def test_a_send_needs_somebody_and_a_channel() -> None:
    frame = pl.DataFrame({"MessagingChannelId": [SMS], "OwnerId": ["x"]})
    with pytest.raises(sw.ColumnError, match="no column for MessagingEndUserId or Phone"):
        sw.check(sends=frame, as_of=AS_OF)
    with pytest.raises(sw.ColumnError, match="no column for MessagingChannelId"):
        sw.check(sends=frame.rename({"MessagingChannelId": "Phone"}), as_of=AS_OF)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_order_of_tables_and_threads_does_not_show(threads: int) -> None:
    lazy = {name: table.lazy() if isinstance(table, pl.DataFrame) else table for name, table in tables().items()}
    report, other = sw.check(**tables()), sw.check(**dict(reversed(lazy.items())), threads=threads)
    assert report.sends is not None
    assert other.sends is not None
    assert other.to_jsonl() == report.to_jsonl()
    assert other.sends.decisions.equals(report.sends.decisions)
    assert other.eligibility.equals(report.eligibility)


def test_eligibility_in_the_same_pass_or_later() -> None:
    later, same = sw.check(**tables()), sw.check(**tables(), eligibility=True)
    assert later.eligibility.equals(same.eligibility)
    assert later.findings.equals(same.findings)
    assert same.eligibility["can_send"].to_list() == ["freeform", "freeform", "template-only"]
    assert same.eligibility["because"].to_list() == [[], [], ["W101"]]
    assert same.eligibility["live_owner_id"].to_list() == [None, sf_id("005", 1), None]
    assert same.eligibility["kind"].to_list() == ["sms", "sms", "whatsapp"]


def test_eligibility_needs_users() -> None:
    report = sw.check(sends=tables()["sends"], as_of=AS_OF)
    with pytest.raises(sw.ConfigError, match="none were given"):
        _ = report.eligibility


def test_sends_are_parted_into_files(tmp_path: Path) -> None:
    report = sw.check(**tables())
    report.write(tmp_path / "out")
    ready, rejected = read_csv(tmp_path / "out/sends.ready.csv"), read_csv(tmp_path / "out/sends.rejected.csv")
    assert [len(ready), len(rejected)] == [4, 3]
    assert rejected[2][1].startswith("P105 template-required: ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A working directory with the tables as files, and the options that name them."""
    monkeypatch.chdir(tmp_path)
    options = ["--as-of", AS_OF, "--no-progress"]
    for name, rows in (("channels", channels()), ("users", users()), ("sessions", sessions()), ("sends", sends())):
        write_csv(tmp_path / f"{name}.csv", rows)
        options += [f"--{name}", f"{name}.csv"]
    return options


def test_the_command_sums_sends_up(folder: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sends", *folder]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert out.startswith("5 planned sends: 3 allowed, 2 blocked, 0 unknown.\n")
    assert "1 of them start with a new messaging user" in out
    assert "P105  template-required" in out
    assert f"{sf_id('005', 1)}  2 planned, 0 blocked; load now 1, 3 if every customer answers" in out


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "parquet"])
@pytest.mark.parametrize("command", ["sends", "eligibility"])
def test_the_commands_write_whole_tables(command: str, name: str, folder: list[str], tmp_path: Path) -> None:
    target = tmp_path / f"out.{name}"
    assert run([command, *folder, "--format", name, "--output", str(target)]) == 0
    column, expected = {
        "sends": ("outcome", ["allowed", "allowed", "blocked", "blocked", "allowed"]),
        "eligibility": ("can_send", ["freeform", "freeform", "template-only"]),
    }[command]
    if name == "parquet":
        found = pl.read_parquet(target)[column].to_list()
    elif name == "csv":
        found = pl.read_csv(target)[column].to_list()
    elif name == "json":
        found = [row[column] for row in json.loads(target.read_text(encoding="utf-8"))]
    else:
        found = [json.loads(line)[column] for line in target.read_text(encoding="utf-8").splitlines()]
    assert found == expected


def test_the_command_sums_eligibility_up(folder: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["eligibility", *folder]) == 0
    out, _ = capfd.readouterr()
    assert out.startswith("3 users: 2 freeform, 1 template-only, 0 no, 0 unknown.\n")
    assert "W101  whatsapp-window-closed" in out


def test_the_command_takes_a_policy_from_a_file(folder: list[str], tmp_path: Path) -> None:
    rows = [{name: cell for name, cell in row.items() if name != "CapacityModel"} for row in channels()]
    write_csv(tmp_path / "channels.csv", rows)
    (tmp_path / "own.toml").write_text('[policy]\ncapacity_model = "TabBased"\n', encoding="utf-8")
    assert run(["sends", *folder, "--config", "own.toml", "--format", "csv", "--output", "out.csv"]) == 0
    assert pl.read_csv(tmp_path / "out.csv")["on_reply"][0] == "new-session-any-rep"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sends", "--users", "users.csv"], "give --sends"),
        (["eligibility", "--sends", "sends.csv"], "give --users"),
        (["sends", "--sends", "sends.csv", "--output", "sends.csv"], "is an input of this check"),
        (["sends", "--sends", "none.csv"], "none.csv"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_makes_no_sense_is_refused(arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert said in capfd.readouterr().err


def test_many_sends_to_one_customer_take_no_longer() -> None:
    count = 200_000
    frame = pl.DataFrame({"row": range(count)}).select(
        pl.lit(sf_id("0PA", 2)).alias("MessagingEndUserId"),
        pl.lit(SMS).alias("MessagingChannelId"),
        pl.when(pl.col("row") % 1000 == 0)
        .then(pl.lit(sf_id("005", 2)))
        .otherwise(pl.lit(sf_id("005", 1)))
        .alias("OwnerId"),
    )
    crowd = pl.concat([tables()["sessions"]] * count).with_columns(Id=pl.lit(None, pl.String))
    report = sw.check(**tables(sends=frame, sessions=crowd))
    counts = dict(report.counts.select("code", "rows").iter_rows())
    assert counts["P104"] == 200
    assert counts["P112"] == count - 1
