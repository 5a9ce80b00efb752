"""What is written down must be what the product says and does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import sendworthy as sw
from click.testing import CliRunner
from sendworthy import names
from sendworthy.cli.main import main
from sendworthy.cli.terminal import Session
from sendworthy.config import load
from sendworthy.outputs import FORMATS

from tables import sf_id, user_rows, write_csv

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_rulebook_page_is_what_the_rules_say() -> None:
    told = CliRunner().invoke(main, ["rules", "--format", "markdown"]).output
    assert (ROOT / "RULES.md").read_text() == told, "stale: run make docs"
    assert all(code in told for code in sw.rules()["code"])


@pytest.fixture(params=[0.0, 0.05], ids=["sound", "damaged"])
def data(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Generated data in a folder of their own, as the README names them; whether they are sound."""
    monkeypatch.chdir(tmp_path)
    made = sw.generate(users=300, sessions=400, defect_rate=request.param)
    made.channels.write_csv("channels.csv")
    made.sessions.write_csv("sessions.csv")
    made.users.with_columns(pl.lit("gold").alias("Segment__c")).write_csv("users.csv")
    return request.param == 0


def status(command: list[str]) -> int:
    """The exit status of a command; what is raised is an error of the test, not a status."""
    session = Session()
    told = CliRunner().invoke(main, command, obj=session)
    assert told.exception is None or isinstance(told.exception, SystemExit), (command, told.exception)
    return max(told.exit_code, session.status)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def test_every_block_of_the_readme_is_of_a_kind_that_is_tested() -> None:
    kinds = re.findall(r"^```(\w*)\n.*?^```$", README, flags=re.DOTALL | re.MULTILINE)
    assert {*kinds} == {"console", "python", "toml"}


def test_every_option_that_the_readme_names_exists() -> None:
    told = CliRunner().invoke(main, ["check", "--help"]).output
    plugin = [sys.executable, "-m", "pytest", "-p", "pytest_sendworthy", "--help"]
    told += subprocess.run(plugin, capture_output=True, text=True, check=True).stdout  # noqa: S603  (our own plugin)
    known = set(re.findall(r"--[a-z][a-z-]+", told))
    named = set(re.findall(r"--[a-z][a-z-]+", README))
    assert len(named) > 20
    assert named - known == set()


def test_every_command_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "users.csv", [{**row, "phone": row["MessagingPlatformKey"]} for row in user_rows(5)])
    write_csv(tmp_path / "sends.csv", [{"Phone": "+14155550000", "MessagingChannelId": sf_id("0Mj", 1)}])
    (tmp_path / "mapping.sdl").write_text("phone=MessagingPlatformKey\n")
    options = re.findall(r"`(--[a-z][^`]*[^`-])`", README)
    commands = [
        f"check --users users.csv {option}".split() for option in options if " " in option and "FILE" not in option
    ]
    formats = re.findall(r"`--format [^|]*", README)
    commands += [["check", "--users", "users.csv", "--format", name] for name in named_formats(formats)]
    commands += [
        command.split()
        for command in re.findall(r"`sendworthy ((?:rule|sends|eligibility|schema|config)\b[^`]*)`", README)
    ]
    assert len(commands) > 20
    for command in commands:
        assert status(command) in {0, 1}, command


def named_formats(cells: list[str]) -> set[str]:
    """The formats that cells of the table of outputs name: the first after its option, others alone."""
    known = {*FORMATS}
    named = {word for cell in cells for word in re.findall(r"`(?:--format )?([a-z]+)\b", cell)}
    assert known - named == {"text"}, "a format without a word in the README"
    return named & known


def test_every_block_of_shell_commands_of_the_readme_can_be_run(data: bool) -> None:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    makefile = (ROOT / "Makefile").read_text()
    assert "make demo" in lines
    assert "make test" in lines
    for program, _, rest in (line.partition(" ") for line in lines):
        if program == "make":
            assert re.search(rf"^{rest}:", makefile, flags=re.MULTILINE), rest
        else:
            assert program == "sendworthy"
            assert status([*rest.split(), "--as-of", "2026-11-22T12:00:00Z"]) == int(not data)


def test_the_extras_and_files_that_the_readme_names_are_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.findall(r"pip install \"\.\[(\w+)\]\"", README)
    assert extras
    assert set(extras) <= set(project["optional-dependencies"])
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_counts_the_rules() -> None:
    codes = sw.rules()["code"].unique().to_list()
    told = dict(re.findall(r"^\| ([A-Z]\d?) \| (\d+) \|", README, flags=re.MULTILINE))
    counted = Counter(code[: 2 if code[0] == "U" else 1] for code in codes)
    assert {family: int(rules) for family, rules in told.items()} == counted
    assert f"\n{len(codes)} rules. " in README


def test_the_python_of_the_readme_runs(data: bool, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    snippets = [block for block in blocks("python") if "def test_" not in block]
    assert len(snippets) == 3
    for number, snippet in enumerate(snippets):
        code = compile(snippet, f"README.md, block {number}", "exec")
        if number == 0 and not data:  # its last line is the gate
            with pytest.raises(sw.FindingsError):
                exec(code, names)  # noqa: S102  (the README is ours)
        else:
            exec(code, names)  # noqa: S102
    assert ("Not ready" in capsys.readouterr().out) is not data
    for made in ("out/users.ready.csv", "report.html", "mended/changes.csv"):
        assert Path(made).exists()


def test_the_pytest_of_the_readme_runs(data: bool) -> None:
    (snippet,) = [block for block in blocks("python") if "def test_" in block]
    Path("test_load.py").write_text(snippet)
    run = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_sendworthy", "-p", "no:cacheprovider", "test_load.py"]
    (option,) = re.findall(r"`pytest (--\S+)=DIR`", README)
    told = subprocess.run([*run, f"{option}=pages"], capture_output=True, text=True, check=False)  # noqa: S603
    assert told.returncode == int(not data), told.stdout
    assert len([*Path("pages").glob("*.html")]) == int(not data)
    assert ("1 passed" in told.stdout) is data


def test_the_options_of_the_readme_are_read(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    for name in ("users-1.csv", "channels.csv", "accepted.json"):
        (tmp_path / name).touch()
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    assert load(file).source.endswith("[tool.sendworthy]")


def test_the_page_about_the_article_names_what_there_is() -> None:
    page = (ROOT / "ARTICLE.md").read_text()
    known = set(sw.rules()["code"])
    named = set(re.findall(r"\b[CUWSP][1-4]\d\d\b", page))
    assert named - known == set()
    code = "".join(
        path.read_text() for folder in ("src", "tests/python") for path in (ROOT / folder).rglob("*.[rp][sy]")
    )
    tests = re.findall(r"`([a-z][a-z0-9_]+_[a-z0-9_]+)`", "\n".join(re.findall(r"[^|]*\|$", page, flags=re.MULTILINE)))
    assert len(tests) > 20
    assert [name for name in tests if f" {name}(" not in code] == []
    columns = [*names.decisions_schema(), *names.by_rep_schema(), *names.eligibility_schema()]
    told = re.findall(r"`([a-z_]+)`[^|]*in `(?:sends|report)\.(?:decisions|by_rep|eligibility)`", page)
    assert told
    assert [name for name in told if name not in columns] == []
