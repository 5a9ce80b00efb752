"""What is written down must be what the product says and does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import sendworthy as sw
from click.testing import CliRunner
from sendworthy import names
from sendworthy.cli.main import main

from tables import session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]


def test_the_rulebook_page_is_what_the_rules_say() -> None:
    told = CliRunner().invoke(main, ["rules", "--format", "markdown"]).output
    assert (ROOT / "RULES.md").read_text() == told, "stale: run make docs"
    assert all(code in told for code in sw.rules()["code"])


def test_every_option_that_the_readme_names_exists() -> None:
    told = CliRunner().invoke(main, ["check", "--help"]).output
    named = set(re.findall(r"--[a-z][a-z-]+", (ROOT / "README.md").read_text()))
    assert len(named) > 10
    assert {option for option in named if option not in told} == set()


def test_every_command_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "users.csv", [{**row, "phone": row["MessagingPlatformKey"]} for row in user_rows(5)])
    write_csv(tmp_path / "sends.csv", [{"Phone": "+14155550000", "MessagingChannelId": sf_id("0Mj", 1)}])
    (tmp_path / "mapping.sdl").write_text("phone=MessagingPlatformKey\n")
    readme = (ROOT / "README.md").read_text()
    options = re.findall(r"`(--[a-z][^`]*[^`-])`", readme)
    commands = [f"check --users users.csv {option}".split() for option in options if " " in option]
    commands += [command.split() for command in re.findall(r"`sendworthy ((?:rule|sends|eligibility) [^`]*)`", readme)]
    assert len(commands) > 8
    for command in commands:
        told = CliRunner().invoke(main, command)
        assert told.exit_code in {0, 1}, (command, told.output)


def test_the_readme_snippet_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "users.csv", user_rows(5))
    write_csv(tmp_path / "sessions.csv", session_rows(5))
    (tmp_path / "channels.csv").write_text("Id,MessageType\n" + user_rows(1)[0]["MessagingChannelId"] + ",Text\n")
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102  (the README is ours)
    assert (tmp_path / "out" / "users.ready.csv").exists()
    assert (tmp_path / "mended" / "changes.csv").exists()


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
