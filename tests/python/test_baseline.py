"""Findings that do not count: tolerated up to a limit, or accepted in a baseline."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import sendworthy as sw
from sendworthy.cli import run

from tables import AS_OF, damaged_users, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

ONLY: dict[str, Any] = {"as_of": AS_OF, "select": "U101,U205"}
FLAGS = ["--as-of", AS_OF, "--select", "U101,U205"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with bad.csv: 20 users, one U101, one U205."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "bad.csv", damaged_users())
    return tmp_path


def no_plus(numbers: int, *, ids: bool = True) -> list[dict[str, Any]]:
    """200 users, the first few of them without a plus sign."""
    rows = user_rows(200)
    for row in rows[:numbers]:
        row["MessagingPlatformKey"] = row["MessagingPlatformKey"][1:]
    return rows if ids else [{key: value for key, value in row.items() if key != "Id"} for row in rows]


# --- limits


@pytest.mark.parametrize(
    ("limit", "number", "ok"),
    [
        (3, 3, True),
        (3, 4, False),
        (0, 1, False),
        (0, 0, True),
        ("1%", 2, True),
        ("1%", 3, False),
        ("1.49%", 2, True),
        ("1.5%", 3, True),
        ("0%", 1, False),
        ("99.5%", 199, True),
        ("99.5%", 200, False),
        ("100%", 200, True),
    ],
)
def test_a_limit_tolerates_up_to_its_number(limit: int | str, number: int, ok: bool) -> None:
    report = sw.check(no_plus(number), **ONLY, max={"U101": limit})
    assert report.ok is ok
    assert report.counts.filter(code="U101")["rows"].item() == number
    assert report.users is not None
    assert report.users.rejected.height == number
    (line,) = report.pardoned.to_dicts()
    assert line["tolerated"] == (number if ok else 0)
    assert report.worst_rows("info") == (0 if ok else number)


def test_a_share_is_exact() -> None:
    """0.29 * 100 is 28.999... as a float."""
    rows = [row | {"MessagingPlatformKey": "1"} if at < 29 else row for at, row in enumerate(user_rows(100))]
    assert sw.check(rows, **ONLY, max={"phone-not-e164": "29%"}).ok


def test_a_shared_name_limits_each_rule() -> None:
    rows = [row | {"MessageType": None} for row in user_rows(2)]
    report = sw.check(rows, as_of=AS_OF, select="U201", max={"missing-value": 2})
    assert report.ok
    assert report.pardoned["code"].to_list() == ["U201"]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"U999": 1}, "there is no rule 'U999'"),
        ({"U": 1}, "is no rule but the beginning of"),
        ({"U101": -1}, "at least 0"),
        ({"U101": True}, "at least 0"),
        ({"U101": 1.5}, "at least 0"),
        ({"U101": "5"}, "a share such as"),
        ({"U101": "101%"}, "a share such as"),
        ({"U101": "-1%"}, "a share such as"),
    ],
)
def test_limits_that_are_none(limits: dict[str, Any], said: str) -> None:
    with pytest.raises(sw.ConfigError, match=said):
        sw.check(user_rows(2), **ONLY, max=limits)


@pytest.mark.usefixtures("folder")
def test_the_command_tells_what_is_tolerated(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--users", "bad.csv", *FLAGS, "--max", "U101=5", "--max", "U205=10%"]) == 0
    out = capfd.readouterr().out
    assert out.startswith("Ready: no errors but 2 accepted or tolerated in 20 users; 0 warnings.\n")
    assert "U101, users: tolerated: 1 of at most 5\n" in out
    assert "U205, users: tolerated: 1 of at most 2\n" in out
    assert run(["check", "--users", "bad.csv", *FLAGS, "--max", "U101=0", "--max", "U205=1"]) == 1
    out = capfd.readouterr().out
    assert out.startswith("Not ready: 1 blocking rule, 2 of 20 users would be rejected.\n")
    assert "U101, users: not tolerated: 1 are more than 0\n" in out
    assert run(["check", "--users", "bad.csv", *FLAGS, "--max", "U101"]) == 2
    assert run(["check", "--users", "bad.csv", *FLAGS, "--max", "U101=some"]) == 2


def test_limits_are_in_json_and_in_the_summary(folder: Path) -> None:
    report = sw.check("bad.csv", **ONLY, max={"U101": 5})
    told = [{"code": "U101", "table": "users", "accepted": 0, "tolerated": 1, "limit": 5}]
    data = json.loads(report.to_json())
    assert (data["ok"], data["pardoned"], len(data["findings"])) == (False, told, 2)
    report.write("out")
    assert json.loads((folder / "out/summary.json").read_text())["pardoned"] == told


def test_gates_follow_limits() -> None:
    sw.check(no_plus(2), **ONLY, max={"U101": 2}).raise_for_findings("info")
    with pytest.raises(sw.FindingsError, match="3 findings"):
        sw.check(no_plus(3), **ONLY, max={"U101": 2}).raise_for_findings()


# --- baselines


def test_accepted_findings_do_not_count(folder: Path) -> None:
    first = sw.check("bad.csv", **ONLY)
    assert first.write_baseline("b.json") == 2
    again = sw.check("bad.csv", **ONLY, baseline="b.json")
    assert again.ok
    assert again.notices == []
    assert again.counts.equals(first.counts)
    assert again.users is not None
    assert again.users.rejected.height == 2
    rows = damaged_users()
    rows[11]["MessagingPlatformKey"] = "123"
    write_csv(folder / "bad.csv", rows)
    later = sw.check("bad.csv", **ONLY, baseline="b.json")
    assert not later.ok
    assert later.worst_rows("error") == 1
    assert later.pardoned.select("code", "accepted").rows() == [("U101", 1), ("U205", 1)]


def test_the_record_is_known_wherever_it_stands_and_however_its_id_is_written() -> None:
    rows = damaged_users()
    baseline = "b.json"
    with pytest.MonkeyPatch.context() as patch:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            patch.chdir(folder)
            sw.check(rows, **ONLY).write_baseline(baseline)
            shorter = [row | {"Id": row["Id"][:15]} for row in reversed(rows)]
            assert sw.check(shorter, **ONLY, baseline=baseline).ok


def test_a_second_finding_of_one_id_is_new(tmp_path: Path) -> None:
    rows = damaged_users()
    path = tmp_path / "b.json"
    sw.check(rows, **ONLY).write_baseline(path)
    report = sw.check([*rows, rows[2]], **ONLY, baseline=path)
    assert report.worst_rows("error") == 1


def test_stale_entries_are_told_unless_their_rule_did_not_run(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    sw.check(damaged_users(), **ONLY).write_baseline(path)
    report = sw.check(user_rows(20), **ONLY, baseline=path)
    assert report.ok
    assert report.notices == [f"2 accepted findings of the baseline {path} are gone; --write-baseline leaves them out"]
    report = sw.check(user_rows(20), as_of=AS_OF, select="U101", baseline=path)
    assert report.notices == [f"1 accepted finding of the baseline {path} is gone; --write-baseline leaves them out"]


def test_an_expired_baseline_is_ignored_loudly(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = "b.json"
    write = ["--write-baseline", path, "--baseline-expires", "2026-11-22"]
    assert run(["check", "--users", "bad.csv", *FLAGS, *write]) == 0
    assert capfd.readouterr().err == f"wrote {path}: 2 findings are accepted\n"
    assert run(["check", "--users", "bad.csv", *FLAGS, "--baseline", path]) == 0  # on its last day
    late = ["--as-of", "2026-11-23T00:00:00Z", "--select", "U101,U205", "--baseline", path]
    capfd.readouterr()
    assert run(["check", "--users", "bad.csv", *late]) == 1
    assert f"the baseline {path} expired on 2026-11-22: it is ignored" in capfd.readouterr().out
    assert run(["check", "--users", "bad.csv", *late, "--format", "jsonl"]) == 1
    assert "expired on 2026-11-22" in capfd.readouterr().err
    with pytest.warns(UserWarning, match="expired on 2026-11-22"):
        report = sw.check(folder / "bad.csv", as_of="2026-11-23T00:00:00Z", select="U101", baseline=path)
    assert not report.ok


@pytest.mark.parametrize("ids", ["none", "phones", "15 digits"])
def test_a_baseline_holds_no_personal_data(ids: str, tmp_path: Path) -> None:
    """Without Salesforce Ids, findings are known by a short hash, and telephone numbers do not get into the file."""
    rows = no_plus(3, ids=False)
    if ids != "none":
        rows = [row | {"Id": row["MessagingPlatformKey"].rjust(15 if ids == "15 digits" else 0, "4")} for row in rows]
    path = tmp_path / "b.json"
    assert sw.check(rows, **ONLY).write_baseline(path) == 3
    text = path.read_text()
    data = json.loads(text)
    assert not any(row["MessagingPlatformKey"].lstrip("+") in text or row["Name"] in text for row in rows)
    assert all(
        set(one) == {"table", "code", "hash"} and re.fullmatch("[0-9a-f]{6}", one["hash"]) for one in data["accepted"]
    )
    assert sw.check(rows, **ONLY, baseline=path).ok
    rows[50]["MessagingPlatformKey"] = "999"
    assert sw.check(rows, **ONLY, baseline=path).worst_rows("error") == 1


def test_the_file_is_sorted_and_stays_comparable(folder: Path) -> None:
    path = folder / "b.json"
    sw.check(no_plus(9, ids=False), **ONLY).write_baseline(path, expires="2027-01-31")
    first = json.loads(path.read_text())
    assert first["expires"] == "2027-01-31"
    assert first["version"] == sw.__version__
    assert first["accepted"] == sorted(first["accepted"], key=lambda one: (one["code"], one["hash"]))
    sw.check(no_plus(8, ids=False), **ONLY).write_baseline(path)
    second = json.loads(path.read_text())
    assert second["salt"] == first["salt"]
    assert len([one for one in second["accepted"] if one in first["accepted"]]) == 8


def test_the_level_says_what_is_accepted(tmp_path: Path) -> None:
    weak = {**ONLY, "severity": {"U101": "warning", "U205": "info"}}
    rows = damaged_users()
    path = tmp_path / "b.json"
    assert sw.check(rows, **weak).write_baseline(path) == 0
    assert sw.check(rows, **weak).write_baseline(path, level="warning") == 1
    assert sw.check(rows, **weak).write_baseline(path, level="info") == 2
    with pytest.raises(sw.ConfigError, match="level must be one of"):
        sw.check(rows, **weak).write_baseline(path, level="all")
    with pytest.raises(sw.ConfigError, match="is no date"):
        sw.check(rows, **weak).write_baseline(path, expires="soon")


GOOD = {
    "sendworthy_baseline": 1,
    "version": "0.1.0",
    "created": "2026-11-22",
    "expires": None,
    "salt": "x",
    "accepted": [{"table": "users", "code": "U101", "id": "0PA000000000001"}],
}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff",
        b"[]",
        b"3",
        b"[" * 100_000,
        json.dumps(GOOD | {"sendworthy_baseline": 2}).encode(),
        json.dumps(GOOD | {"expires": "soon"}).encode(),
        json.dumps(GOOD | {"salt": None}).encode(),
        json.dumps(GOOD | {"accepted": 3}).encode(),
        json.dumps(GOOD | {"accepted": [3]}).encode(),
        json.dumps(GOOD | {"accepted": [{"table": "users", "code": "U101"}]}).encode(),
        json.dumps(GOOD | {"accepted": [{"table": "users", "code": "U101", "id": 3}]}).encode(),
        json.dumps(GOOD | {"accepted": [GOOD["accepted"][0] | {"count": 0}]}).encode(),  # type: ignore[index]
    ],
)
def test_a_file_that_is_no_baseline(broken: bytes, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "b.json").write_bytes(broken)
    with pytest.raises(sw.ConfigError, match=r"^b\.json: is"):
        sw.check("bad.csv", **ONLY, baseline="b.json")
    assert run(["check", "--users", "bad.csv", *FLAGS, "--write-baseline", "b.json"]) == 2  # it may be something dear
    assert (folder / "b.json").read_bytes() == broken
    assert "is no baseline" in (err := capfd.readouterr().err) or "this version reads form 1" in err


@pytest.mark.usefixtures("folder")
def test_baseline_options_that_make_no_sense(capfd: pytest.CaptureFixture[str]) -> None:
    users = ["check", "--users", "bad.csv", *FLAGS]
    assert run([*users, "--baseline", "absent.json"]) == 2
    assert "absent.json: No such file" in capfd.readouterr().err
    assert run([*users, "--write-baseline", "no/such/b.json"]) == 2
    assert "the directory for --write-baseline is not there" in capfd.readouterr().err
    assert run([*users, "--baseline-expires", "2027-01-01"]) == 2
    assert "--baseline-expires is for --write-baseline" in capfd.readouterr().err
    assert run([*users, "--write-baseline", "b.json", "--baseline-expires", "2027-1-1"]) == 2
    assert "is no date" in capfd.readouterr().err


def test_a_baseline_and_a_limit_work_together(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    sw.check(no_plus(2), **ONLY).write_baseline(path)
    assert sw.check(no_plus(5), **ONLY, baseline=path, max={"U101": 3}).ok
    report = sw.check(no_plus(6), **ONLY, baseline=path, max={"U101": 3})
    assert report.worst_rows("error") == 4
    assert "not tolerated: 4 are more than 3" in report.to_text()
    assert "accepted by the baseline: 2 findings (U101 2)" in report.to_text()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_same_finding_is_accepted_as_often_as_it_was_there(times: int, tmp_path: Path) -> None:
    same = [{**no_plus(1, ids=False)[0], "Name": "Same"}] * times
    path = tmp_path / "known.json"
    assert sw.check(same, as_of=AS_OF, select="U101").write_baseline(path) == times
    (entry,) = json.loads(path.read_text())["accepted"]
    assert entry.get("count") == (None if times == 1 else times)
    assert sw.check(same, as_of=AS_OF, select="U101", baseline=path).ok
    assert not sw.check([*same, same[0]], as_of=AS_OF, select="U101", baseline=path).ok


def test_what_is_accepted_stands_in_order_of_codes_and_records(tmp_path: Path) -> None:
    rows = damaged_users()
    rows[9]["MessagingPlatformKey"] = "4155550009"
    path = tmp_path / "known.json"
    sw.check([*reversed(rows)], **ONLY).write_baseline(path)
    accepted = [(one["code"], one["id"]) for one in json.loads(path.read_text())["accepted"]]
    assert len({code for code, _ in accepted}) == 2
    assert accepted == sorted(accepted)
    assert [known for _, known in accepted] != sorted(known for _, known in accepted)
