"""Configuration files: what is read, what wins, what is refused, and that the schema says the same as the parser."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
import sendworthy as sw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sendworthy.cli import run
from sendworthy.config import discover, load
from sendworthy.config.load import parse
from sendworthy.config.schema import schema
from sendworthy.names import CHECK_ORDER
from sendworthy.policy import Policy

from tables import AS_OF, channel_rows, damaged_users, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = schema()
CHECKER = jsonschema.Draft202012Validator(SCHEMA)
BASE = f'users = "bad.csv"\nas_of = {AS_OF}\nselect = "U101,U205"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with bad.csv, which has one U101 and one U205, and channels.csv."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "bad.csv", damaged_users())
    write_csv(tmp_path / "channels.csv", channel_rows())
    return tmp_path


def codes(report: sw.Report) -> list[str]:
    return report.counts["code"].to_list()


# --- the schema and the parser


def sound(part: dict[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911  (one per kind)
    """Values that a schema allows."""
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if "anyOf" in part:
        return st.one_of(*map(sound, part["anyOf"]))
    match part["type"]:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(part["minimum"], part["minimum"] + 99)
        case "string":
            return st.from_regex(part["pattern"])
        case "array":
            return st.lists(sound(part["items"]), min_size=part.get("minItems", 0), max_size=3)
    if "properties" not in part:
        return st.dictionaries(sound(part["propertyNames"]), sound(part["additionalProperties"]), max_size=3)
    needed = part.get("required", [])
    fields = {name: sound(one) for name, one in part["properties"].items()}
    required = {name: fields.pop(name) for name in needed}
    return st.fixed_dictionaries(required, optional=fields)


JUNK = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from(
            [1.0, 0.5, "", "-", " ", "x", "U101", "U,S1", "U,,S", "24h", "7 d", "1.5h", "101%", "0.5%", "1 %"]
        ),
        st.sampled_from(["error", "Error", "csv", "xml", "0Mj000000000001", "0Mj", AS_OF, "2026-11-22T12:00:00"]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["users", "id", "U101", "x y"]), inner),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A sound configuration in which one value is replaced, or one key is added or missing."""
    config = draw(sound(SCHEMA))
    place = draw(st.sampled_from(places(config)))
    if not place:
        return config | {draw(st.sampled_from(["userz", "fail-on", "sends_", "policy", "select"])): draw(JUNK)}
    config = copy.deepcopy(config)
    at = config
    for key in place[:-1]:
        at = at[key]
    kind = draw(st.sampled_from(["replace", "remove", "add"]))
    if kind == "remove":
        del at[place[-1]]
    elif kind == "add" and isinstance(at[place[-1]], dict):
        at[place[-1]]["unheard_of"] = draw(JUNK)
    else:
        at[place[-1]] = draw(JUNK)
    return config


def refusal(config: Any) -> str | None:
    try:
        parse(config, "file")
    except sw.ConfigError as error:
        return str(error)
    return None


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(sound(SCHEMA))
def test_what_the_schema_allows_is_parsed(config: dict[str, Any]) -> None:
    assert refusal(config) is None
    assert CHECKER.is_valid(config)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_parser_and_schema_agree_on_damaged_configurations(config: Any) -> None:
    said = refusal(config)
    assert (said is None) == CHECKER.is_valid(config), said
    assert said is None or said.startswith("file: ")


def test_the_schema_is_a_schema_and_complete() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert set(CHECK_ORDER) <= set(properties)
    assert set(properties["policy"]["properties"]) == set(Policy.__dataclass_fields__)
    assert all(one["title"] and one["description"] for one in properties.values())
    assert all(one["description"] for one in properties["policy"]["properties"].values())


def test_every_option_of_the_command_can_stand_in_a_file() -> None:
    from sendworthy.cli.check import check

    own = {"maps": "columns", "sdls": "sdl", "severities": "severity", "limits": "max", "formats": "format"}
    own |= {"outputs": "output", "directory": "write"}
    flags = {own.get(parameter.name or "", parameter.name) for parameter in check.params}
    not_in_files = {"config", "isolated", "new_baseline", "expires", "fix", "unsafe_fixes", "help"}
    assert flags - not_in_files == set(SCHEMA["properties"]) - {"channel", "policy"}


# --- in Python


def test_a_file_is_read_only_when_asked_for(folder: Path) -> None:
    (folder / "sendworthy.toml").write_text(BASE)
    with pytest.raises(sw.ConfigError, match="nothing to check"):
        sw.check()
    assert codes(sw.check(config="sendworthy.toml")) == ["U101", "U205"]


def test_arguments_win_over_the_file(folder: Path) -> None:
    path = folder / "x.toml"
    path.write_text(BASE + 'severity = {U101 = "info", U205 = "info"}\noperation = "insert"\n')
    report = sw.check(user_rows(3), config=path, severity={"U205": "error"}, select="U101,U205,U201")
    assert report.inputs[0]["source"] == "list of dicts"
    assert report.operation == "insert"
    assert dict(report.counts.select("code", "severity").rows()) == {"U101": "info", "U201": "error", "U205": "error"}
    assert sw.check(config=path, operation="audit").operation == "audit"


def test_everything_in_a_file_arrives(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    rows = [{"tel": row.pop("MessagingPlatformKey"), "Key": row.pop("Id"), **row} for row in damaged_users()]
    write_csv(below / "u.csv", rows)
    (below / "m.sdl").write_text("Key=Id\ntel=Name\n")
    (below / "pyproject.toml").write_text(
        f"""
        [project]
        name = "other"
        [tool.sendworthy]
        users = ["u.csv"]
        as_of = "{AS_OF}"
        ignore = ["U2", "phone-not-e164"]
        threads = 1
        max = {{U301 = "1%"}}
        sdl.users = "m.sdl"
        columns.users = {{MessagingPlatformKey = "tel"}}
        columns.sessions = {{Id = "not there, and no sessions either"}}
        [tool.sendworthy.policy]
        whatsapp_window = "90m"
        messenger_window = "3d"
        clock_tolerance = "0s"
        ended_statuses = ["Ended"]
        """
    )
    report = sw.check(config=below / "pyproject.toml", columns={"users": {"Name": "Name"}})
    assert report.policy == Policy(
        whatsapp_window=timedelta(minutes=90),
        messenger_window=timedelta(days=3),
        clock_tolerance=timedelta(0),
        ended_statuses=("Ended",),
    )
    assert not {"U101", "U205"} & set(codes(report))
    assert report.describer.outcome.id_column("users") == "Key"
    assert report.inputs[0]["rows"] == 20
    own = Policy(sessions_complete=True)
    assert sw.check(config=below / "pyproject.toml", columns={"users": {"Name": "Name"}}, policy=own).policy == own


WRONG = {
    'userz = "x"': "there is no option 'userz'; did you mean users",
    "nothing_like_it = 1": "there is no option 'nothing_like_it'; there are users, ",
    "users = 3": "users: expected a path, not an integer 3",
    'users = "-"': "users: expected a path",
    "users = []": "users: the list is empty",
    'users = ["a.csv", true]': "users.1: expected a path, not a boolean true",
    "as_of = 2026-11-22": "as_of: expected a time with a zone",
    'as_of = "2026-13-22T12:00:00Z"': "as_of: as_of: '2026-13-22T12:00:00Z' is not an ISO 8601 time",
    'operation = "inzert"': "operation: expected one of audit, insert, update, upsert; did you mean insert?",
    'select = "U9"': "select: no rule has the code, name or prefix 'U9'",
    'ignore = ["U101", "phone-not-e146"]': "the nearest are phone-not-e164",
    'severity = {U101 = "fatal"}': "severity.U101: expected one of error, warning, info",
    'severity = {U999 = "error"}': "severity: no rule has the code",
    "max = {U1 = 3}": "max: 'U1' is no rule but the beginning of U101",
    "max = {U101 = -1}": "max.U101: expected a whole number of at least 0",
    'max = {U101 = "0,5%"}': 'or a share such as "0.5%"',
    "threads = 0": "threads: expected a whole number of at least 1",
    'policy = {whatsapp_window = "1 day"}': "policy.whatsapp_window: expected a length of time such as 90s, 30m,",
    "policy = {whatsapp_window = 24}": "expected a length of time",
    'policy = {whatsapp_window = "0h"}': "policy.whatsapp_window must be a positive length of time",
    'policy = {whatsap_window = "1h"}': "policy: there is no option 'whatsap_window'; did you mean whatsapp_window",
    'policy = {ended_statuses = ["Done"]}': "policy.ended_statuses: 'Done' is no session status",
    'channel = [{surface = "web"}]': "channel.0: id is missing",
    'channel = [{id = "0Mj", surface = "web"}]': "channel.0.id: expected a MessagingChannel Id",
    'columns = {userz = {Id = "x"}}': "columns: there is no option 'userz'; did you mean users",
    'output = [{format = "json"}]': "output.0: file is missing",
    'sends_ = "x"': "there is no option 'sends_'",
    "users = ": "is not valid TOML",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_says_where_and_what(text: str, folder: Path) -> None:
    (folder / "x.toml").write_text(text)
    with pytest.raises(sw.ConfigError) as caught:
        sw.check("bad.csv", config="x.toml")
    assert WRONG[text] in str(caught.value)
    assert str(caught.value).startswith("x.toml: ")


def test_files_that_are_none(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load("absent.toml")
    (folder / "x.toml").write_bytes(b"users = '\xff'")
    with pytest.raises(sw.ConfigError, match="is not UTF-8"):
        load("x.toml")
    (folder / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(sw.ConfigError, match=r"has no table \[tool.sendworthy\]"):
        load("pyproject.toml")
    assert discover() is None
    (folder / "pyproject.toml").write_text("[tool]\nsendworthy = 3\n")
    with pytest.raises(sw.ConfigError, match=r"pyproject.toml \[tool.sendworthy\]: expected a table"):
        discover()


# --- hints about channels


def web_channels(**more: Any) -> list[dict[str, Any]]:
    kinds = ("EmbeddedMessaging", "EmbeddedMessaging", "Text")
    return [{"Id": sf_id("0Mj", at + 1), "MessageType": kind} | more for at, kind in enumerate(kinds)]


def web_users() -> list[dict[str, Any]]:
    return [
        row | {"MessagingChannelId": sf_id("0Mj", at + 1), "MessageType": "EmbeddedMessaging"}
        for at, row in enumerate(user_rows(2))
    ]


HINT = f'[[channel]]\nid = "{sf_id("0Mj", 1)[:15]}"\nsurface = "in-app"\ncapacity_model = "TabBased"\n'


@pytest.mark.parametrize("form", ["records", "frame", "lazy", "csv", "parquet", "arrow"])
def test_hints_fill_what_the_channels_do_not_tell(form: str, folder: Path) -> None:
    (folder / "x.toml").write_text(f'as_of = {AS_OF}\nselect = "U306"\n' + HINT)
    frame = pl.DataFrame(web_channels())
    frame.write_csv(folder / "c.csv")
    frame.write_parquet(folder / "c.parquet")
    channels = {
        "records": web_channels(),
        "frame": frame,
        "lazy": frame.lazy(),
        "csv": "c.csv",
        "parquet": "c.parquet",
        "arrow": frame.to_arrow(),
    }[form]
    bare = sw.check(web_users(), channels=channels, as_of=AS_OF, select="U306")
    assert bare.findings["row"].to_list() == [0, 1]
    report = sw.check(web_users(), channels=channels, config="x.toml")
    assert report.findings["row"].to_list() == [1]
    assert report.inputs[0]["rows"] == 3


def test_hints_fill_blanks_under_any_name(folder: Path) -> None:
    (folder / "x.toml").write_text(
        f'as_of = {AS_OF}\nselect = "U306"\ncolumns.channels = {{Surface = "where"}}\n' + HINT
    )
    rows = web_channels(where=" ")
    rows[1]["where"] = "web"
    report = sw.check(web_users(), channels=rows, config="x.toml")
    assert report.findings.is_empty()
    assert report.counts["checked"].to_list() == [2]


def test_hints_that_cannot_be_right(folder: Path) -> None:
    path = folder / "x.toml"

    def said(text: str, channels: Any) -> str:
        path.write_text(text)
        with pytest.raises(sw.ConfigError) as caught:
            sw.check(web_users(), channels=channels, config=path, as_of=AS_OF)
        return str(caught.value)

    assert "no channels are given" in said(HINT, None)
    assert "no record of list of dicts has the Id 0Mj000000000001" in said(HINT, web_channels()[1:])
    assert "says 'web'; mend one of them" in said(HINT, web_channels(Surface="web"))
    assert "stands in two entries" in said(HINT + HINT.replace("000001", "000001AAA"), web_channels())


# --- the command


def test_the_command_reads_the_working_directory(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "sendworthy.toml").write_text(BASE)
    assert run(["check"]) == 1
    assert "2 blocking rules" in capfd.readouterr().out
    assert run(["check", "--isolated"]) == 2
    assert "nothing to check" in capfd.readouterr().err
    assert run(["check", "--isolated", "--config", "sendworthy.toml"]) == 2
    assert "contradict" in capfd.readouterr().err
    assert run(["check", "--select", "U101"]) == 1
    assert "1 blocking rule," in capfd.readouterr().out
    (folder / "pyproject.toml").write_text("[tool.sendworthy]\n")
    assert run(["check"]) == 2
    assert "are both there" in capfd.readouterr().err


def test_the_command_takes_its_own_options_from_the_file(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text(
        "[tool.sendworthy]\n"
        + BASE
        + 'severity = {U101 = "warning", U205 = "warning"}\nfail_on = "warning"\nquiet = true\nwrite = "out"\n'
        + 'style = "dataloader"\nformat = "jsonl"\n[[tool.sendworthy.output]]\nformat = "csv"\nfile = "f.csv"\n'
    )
    assert run(["check"]) == 1
    out, err = capfd.readouterr()
    assert [json.loads(line)["code"] for line in out.splitlines()] == ["U101", "U205"]
    assert err == ""
    assert pl.read_csv("f.csv").height == 2
    assert (folder / "out/users.rejected.csv").read_text().splitlines()[0].endswith(",ERROR")
    (folder / "f.csv").unlink()
    assert run(["check", "--fail-on", "error", "--format", "text", "--style", "bulk"]) == 0
    assert capfd.readouterr().out.startswith("Ready: ")
    assert not (folder / "f.csv").exists()
    assert "sf__Error" in (folder / "out/users.rejected.csv").read_text()
    assert run(["check", "--severity", "U101=error", "--fail-on", "error"]) == 1


def test_a_cap_for_a_report_that_flags_replace_is_dropped(folder: Path) -> None:
    (folder / "sendworthy.toml").write_text(BASE + 'format = "json"\nmax_findings = 1\n')
    assert run(["check"]) == 1
    assert run(["check", "--format", "text"]) == 1
    assert run(["check", "--format", "text", "--max-findings", "1"]) == 2


def test_flags_complete_maps_of_the_file(folder: Path) -> None:
    rows = [{"tel": row.pop("MessagingPlatformKey"), "Key": row.pop("Id"), **row} for row in damaged_users()]
    write_csv(folder / "bad.csv", rows)
    (folder / "sendworthy.toml").write_text(BASE + 'columns.users = {MessagingPlatformKey = "wrong", Id = "Key"}\n')
    assert run(["check"]) == 2
    assert run(["check", "--map", "users.MessagingPlatformKey=tel"]) == 1


def test_the_command_hints_channels(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_csv(folder / "c.csv", web_channels())
    write_csv(folder / "u.csv", web_users())
    (folder / "sendworthy.toml").write_text(f'channels = "c.csv"\nas_of = {AS_OF}\n' + HINT)
    assert run(["check", "--users", "u.csv", "--select", "U306", "--format", "jsonl", "--quiet"]) == 0
    assert [json.loads(line)["row"] for line in capfd.readouterr().out.splitlines()] == [1]


def test_show_tells_where_values_come_from(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "sendworthy.toml").write_text(BASE + 'policy = {stale_new_after = "48h"}\n' + HINT)
    assert run(["config", "show", "--format", "json"]) == 0
    lines = {one["key"]: (one["value"], one["source"]) for one in json.loads(capfd.readouterr().out)}
    assert lines["users"] == ("bad.csv", "sendworthy.toml")
    assert lines["as_of"] == (AS_OF, "sendworthy.toml")
    assert lines["fail_on"] == ("error", "default")
    assert lines["policy.stale_new_after"] == ("48h", "sendworthy.toml")
    assert lines["policy.user_available_after"] == ("10m", "default")
    assert "surface = in-app" in lines["channel"][0]
    assert set(SCHEMA["properties"]) - {"policy"} | {f"policy.{name}" for name in Policy.__dataclass_fields__} == set(
        lines
    )
    assert run(["config", "show", "--isolated"]) == 0
    assert "sendworthy.toml" not in capfd.readouterr().out
    (folder / "sendworthy.toml").write_text("x = 1")
    assert run(["config", "show"]) == 2


def test_the_schema_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema"]) == 0
    assert json.loads(capfd.readouterr().out) == SCHEMA


# --- selectors


@pytest.mark.usefixtures("folder")
def test_selectors_may_stand_in_one_list() -> None:
    assert codes(sw.check("bad.csv", select="U101, U205", as_of=AS_OF)) == ["U101", "U205"]
    assert run(["check", "--users", "bad.csv", "--select", "U101,U205", "--ignore", "U101,U205"]) == 2


def test_a_shared_name_explains_every_rule(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "missing-value"]) == 0
    assert [line[:4] for line in capfd.readouterr().out.splitlines() if " missing-value (" in line] == ["U201", "S201"]
    assert run(["rule", "missing-value", "--format", "json"]) == 0
    assert [one["code"] for one in json.loads(capfd.readouterr().out)] == ["U201", "S201"]
    assert run(["rule", "U20"]) == 2
    assert "is no rule but the beginning of U201, U202" in capfd.readouterr().err


def test_the_example_of_the_readme_is_right() -> None:
    import re
    import tomllib
    from pathlib import Path

    (text,) = re.findall(r"```toml\n(.*?)```", (Path(__file__).parents[2] / "README.md").read_text(), flags=re.DOTALL)
    table = tomllib.loads(text)["tool"]["sendworthy"]
    assert parse(table, "README.md")["max"] == {"W101": 100, "U103": "0.5%"}
    assert CHECKER.is_valid(table)


def test_a_file_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(sw.ConfigError, match=r"deep\.toml: is nested too deeply to be read"):
        sw.check(users=pl.DataFrame(user_rows(1)), config=path)
