"""Two reports compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sendworthy as sw
from sendworthy.cli import run

from tables import AS_OF, damaged_users, user_rows

if TYPE_CHECKING:
    from pathlib import Path

ONLY: dict[str, Any] = {"as_of": AS_OF, "select": "U101,U205"}


def later_users() -> list[dict[str, Any]]:
    """The damaged users, moved by one record; U205 is mended, a second number has lost its plus sign."""
    rows = damaged_users()
    rows[7]["Id"] = user_rows(8)[7]["Id"]
    rows[9]["MessagingPlatformKey"] = "4155550009"
    return [*user_rows(30)[29:], *rows]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with old.json and new.json."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.json").write_text(sw.check(damaged_users(), **ONLY).to_json())
    (tmp_path / "new.json").write_text(sw.check(later_users(), **ONLY).to_json())
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", ["files", "reports"])
def test_findings_are_new_gone_or_unchanged(form: str) -> None:
    if form == "files":
        found = sw.diff("old.json", "new.json")
    else:
        found = sw.diff(sw.check(damaged_users(), **ONLY), sw.check(later_users(), **ONLY))
    assert found.new.select("code", "row").rows() == [("U101", 10)]
    assert found.gone.select("code", "row").rows() == [("U205", 7)]
    assert found.unchanged.select("code", "row").rows() == [("U101", 4)]
    assert found.counts.select("code", "new", "gone", "unchanged").rows() == [("U101", 1, 0, 1), ("U205", 0, 1, 0)]
    assert found.errors == 1
    assert found.notes == []
    assert found.new.schema == found.gone.schema == sw.check(damaged_users(), **ONLY).findings.schema


def test_records_without_an_id_are_known_by_their_number() -> None:
    rows = [{key: value for key, value in row.items() if key != "Id"} for row in damaged_users()]
    moved = [*rows[1:], rows[0]]
    old, new = (sw.check(one, as_of=AS_OF, select="U101") for one in (rows, moved))
    assert sw.diff(old, old).unchanged.height == 1
    assert (sw.diff(old, new).new.height, sw.diff(old, new).gone.height) == (1, 1)


def test_ids_of_15_and_18_characters_are_the_same() -> None:
    old = sw.check(damaged_users(), **ONLY)
    new = sw.check([row | {"Id": row["Id"][:15]} for row in damaged_users()], **ONLY)
    assert sw.diff(old, new).unchanged.height == 2


def test_repeated_findings_of_one_record_are_counted() -> None:
    rows = damaged_users()
    old, new = sw.check(rows, **ONLY), sw.check([*rows, rows[2], rows[2]], **ONLY)
    found = sw.diff(old, new)
    assert (found.new.height, found.gone.height, found.unchanged.height) == (2, 0, 2)
    back = sw.diff(new, old)
    assert (back.new.height, back.gone.height) == (0, 2)


def test_rules_that_did_not_run_are_named() -> None:
    old = sw.check(damaged_users(), as_of=AS_OF, select="U101")
    new = sw.check(damaged_users(), **ONLY)
    assert "U205 did not run everywhere in old report" in sw.diff(old, new).notes[0]
    assert "are gone for that reason" in sw.diff(new, old).notes[0]


@pytest.mark.usefixtures("folder")
def test_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "old.json", "new.json"]) == 1
    out = capfd.readouterr().out
    assert out.startswith("1 new finding (1 error), 1 gone, 1 unchanged: old.json to new.json\n")
    assert "New:\n  U101 users 0PA" in out
    assert "Gone:\n  U205 users 0PA" in out
    assert run(["diff", "old.json", "new.json", "--exit-zero"]) == 0
    assert run(["diff", "old.json", "old.json"]) == 0
    capfd.readouterr()
    assert run(["diff", "old.json", "new.json", "--format", "json"]) == 1
    data = json.loads(capfd.readouterr().out)
    assert [[one["code"] for one in data[change]] for change in ("new", "gone", "unchanged")] == [
        ["U101"],
        ["U205"],
        ["U101"],
    ]
    assert run(["diff", "old.json", "new.json", "--format", "json", "--output", "d.json"]) == 1
    assert capfd.readouterr().out == ""


def test_new_warnings_are_status_0(folder: Path) -> None:
    weak = sw.check(later_users(), **ONLY, severity={"U101": "warning"})
    (folder / "weak.json").write_text(weak.to_json())
    assert run(["diff", "old.json", "weak.json"]) == 0


def _edited(folder: Path, change: dict[str, Any]) -> bytes:
    return json.dumps(json.loads((folder / "old.json").read_text()) | change).encode()


BROKEN: dict[str, Any] = {
    "empty": b"",
    "text": b"not json",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "another object": b"{}",
    "no findings": {"findings": None},
    "odd findings": {"findings": [3, 4]},
    "findings left out": {"findings": []},
    "an unknown table": {"findings": [{"table": "cars", "code": "U101", "severity": "error"}] * 2},
    "no code": {"findings": [{"table": "users", "severity": "error"}] * 2},
    "odd counts": {"counts": [{"rows": "many"}]},
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_that_is_no_report_is_status_2(fault: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = BROKEN[fault]
    (folder / "x.json").write_bytes(given if isinstance(given, bytes) else _edited(folder, given))
    for order in (["old.json", "x.json"], ["x.json", "old.json"]):
        assert run(["diff", *order]) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert err.startswith("sendworthy: error: x.json: is no report of sendworthy (")
        assert err.count("\n") == 1


def test_a_capped_or_absent_report_is_status_2(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "x.json").write_text(sw.check(damaged_users(), **ONLY).to_json(max_findings=1))
    assert run(["diff", "old.json", "x.json"]) == 2
    assert "lists only some of its findings (--max-findings); make it again without" in capfd.readouterr().err
    assert run(["diff", "old.json", "absent.json"]) == 2
    assert "absent.json: No such file" in capfd.readouterr().err


def test_findings_about_a_file_are_known_by_what_they_are_about(folder: Path) -> None:
    report = json.loads((folder / "old.json").read_text())
    whole = {"row": None, "record_id": None, "code": "U101", "column": "c"}
    for name, values in (("a.json", ["x", "y"]), ("b.json", ["y", "z"])):
        findings = [one | whole | {"value": value} for one, value in zip(report["findings"], values, strict=True)]
        (folder / name).write_text(json.dumps(report | {"findings": findings}))
    found = sw.diff("a.json", "b.json")
    changes = [frame["value"].to_list() for frame in (found.new, found.gone, found.unchanged)]
    assert changes == [["z"], ["x"], ["y"]]


def test_of_many_findings_the_first_are_listed_and_the_others_counted() -> None:
    rows = user_rows(60)
    for row in rows:
        row["MessagingPlatformKey"] = "7"
    text = sw.diff(sw.check(user_rows(60), **ONLY), sw.check(rows, **ONLY)).to_text()
    listed = text[text.index("New:\n") :].splitlines()[1:]
    assert len(listed) - 1 + int(listed[-1].split()[1]) == 60
    assert listed[-1] == f"  and {60 - len(listed) + 1} more: --format json"


@pytest.mark.parametrize("key", ["table", "severity", "code"])
def test_a_finding_that_lacks_what_all_have_is_refused(key: str, folder: Path) -> None:
    told = json.loads((folder / "new.json").read_text())
    told["findings"][0][key] = None
    (folder / "new.json").write_text(json.dumps(told))
    with pytest.raises(sw.InputError, match=f"new.json.*a finding without {key}"):
        sw.diff(folder / "old.json", folder / "new.json")
