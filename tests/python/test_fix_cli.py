"""``sendworthy check --fix``: what it needs, what it says, and what is left when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sendworthy.cli import run

from tables import AS_OF, read_csv, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = ["summary.json", "users.ready.csv", "users.rejected.csv"]
MENDED = ["changes.csv", "users.fixed.csv", "withheld.csv"]
CHECK = ["check", "--users", "u.csv", "--as-of", AS_OF]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with u.csv: a number with blanks, a national one, and one that would be its equal."""
    monkeypatch.chdir(tmp_path)
    rows = user_rows(4)
    for row, key in zip(rows, ["+1 415 555 0100", "4155550101", "4155550102", "+14155550102"], strict=True):
        row["MessagingPlatformKey"] = key
    write_csv(tmp_path / "u.csv", rows)
    return tmp_path


def test_safe_fixes_are_written_beside_the_results(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (folder / "u.csv").read_bytes()
    assert run([*CHECK, "--write", "out", "--fix"]) == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == sorted(RESULTS + MENDED)
    assert [row[5] for row in read_csv(folder / "out/changes.csv")[1:]] == ["+14155550100"]
    assert (folder / "u.csv").read_bytes() == before
    out, err = capfd.readouterr()
    assert out.startswith("Not ready: ")
    assert err.splitlines() == [
        "wrote 3 files to out",
        "mended 1 cell: users.fixed.csv, changes.csv, withheld.csv",
        "  users U101 phone-not-e164 [safe fix]: 1 made",
        "still found: 2 U101; what is neither withheld nor left has no certain replacement",
        "mended records: Not ready: 1 blocking rule, 2 of 4 users would be rejected.",
    ]


def test_unsafe_fixes_take_the_default_region(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--write", "out", "--fix", "--unsafe-fixes", "--default-region", "US", "--format", "json"]
    assert run([*CHECK, *options]) == 1
    assert [row[5] for row in read_csv(folder / "out/changes.csv")[1:]] == ["+14155550100", "+14155550101"]
    out, err = capfd.readouterr()
    found = json.loads(out)["findings"]
    assert [(one["fix"], one["fix_safety"]) for one in found] == [
        ("+14155550100", "safe"),
        ("+14155550101", "unsafe"),
        ("+14155550102", "unsafe"),
    ]
    assert "[unsafe fix]: 1 made, 1 withheld" in err
    assert "withheld.csv names the other record" in err


@pytest.mark.usefixtures("folder")
def test_quiet_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*CHECK, "--write", "out", "--fix", "--quiet", "--format", "jsonl"]) == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fix"], "--fix needs --write DIR"),
        (["--unsafe-fixes"], "--unsafe-fixes needs --fix"),
        (["--write", "out", "--unsafe-fixes"], "--unsafe-fixes needs --fix"),
        (["--default-region", "Germany"], "default_region must be an ISO 3166-1 alpha-2 code"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], said: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*CHECK, *options]) == 2
    assert said in capfd.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["u.csv"]


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_leaves_no_half_file(number: int, status: int, folder: Path) -> None:
    rows = user_rows(1)
    header, line = (folder / "u.csv").read_text().splitlines()[0], ",".join(rows[0].values())
    short = line.replace(rows[0]["Id"], rows[0]["Id"][:15])
    (folder / "u.csv").write_text("\n".join([header, *[short] * 400_000]) + "\n")
    command = [sys.executable, "-m", "sendworthy", *CHECK, "--select", "U204", "--write", "out", "--fix"]
    path = os.pathsep.join(part for part in sys.path if part)
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    ) as process:
        while not list((folder / "out").glob(".sendworthy-*/users.fixed.csv")):
            assert process.poll() is None, "ended before it could be stopped"
            time.sleep(0.005)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == status
    assert sorted(path.name for path in (folder / "out").iterdir()) == RESULTS
    if number == signal.SIGINT:
        assert err.decode().splitlines()[-1].startswith("Stopped; complete and kept: out/users.ready.csv, ")
