"""What the Tab key offers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sendworthy as sw
from click.shell_completion import BashComplete, CompletionItem
from sendworthy.cli import run
from sendworthy.cli.main import main


def offered(words: list[str], incomplete: str) -> list[CompletionItem]:
    return BashComplete(main, {}, "sendworthy", "_SENDWORTHY_COMPLETE").get_completions(words, incomplete)


def values(words: list[str], incomplete: str) -> list[str]:
    return [item.value for item in offered(words, incomplete)]


@pytest.mark.parametrize("words", [["check", "--select"], ["check", "--users", "u.csv", "--ignore"], ["rule"]])
def test_codes_and_names_of_rules(words: list[str]) -> None:
    known = sw.rules()
    assert values(words, "") == [*known["code"], *known["name"].unique(maintain_order=True)]
    assert values(words, "U10") == [code for code in known["code"] if code.startswith("U10")]
    assert values(words, "u101") == ["U101"]
    assert values(words, "phone-not-e") == ["phone-not-e164"]
    assert offered(words, "U101")[0].help == "phone-not-e164"
    assert values(words, "nothing") == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["check", "--users"], "file"),
        (["check", "--format", "json", "--output"], "file"),
        (["check", "--config"], "file"),
        (["check", "--write"], "dir"),
        (["eligibility", "--sessions"], "file"),
        (["diff"], "file"),
        (["generate"], "dir"),
    ],
)
def test_files_are_left_to_the_shell(words: list[str], kind: str) -> None:
    assert [(item.type, item.value) for item in offered(words, "da")] == [(kind, "da")]


def test_commands_formats_and_options() -> None:
    assert values([], "ru") == ["rule", "rules"]
    assert values(["check", "--format"], "j") == ["json", "jsonl", "junit"]
    assert values(["check"], "--exi") == ["--existing-users", "--exit-zero"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_command_gives_each_shell_its_script_and_answers_it(shell: str) -> None:
    asked = {"COMP_WORDS": "sendworthy check --select U10", "COMP_CWORD": "U10" if shell == "fish" else "3"}
    told = {}
    for wanted in ("source", "complete"):
        environment = os.environ | asked | {"_SENDWORTHY_COMPLETE": f"{shell}_{wanted}"}
        environment["PYTHONPATH"] = os.pathsep.join(part for part in sys.path if part)
        done = subprocess.run(
            [sys.executable, "-m", "sendworthy"], capture_output=True, text=True, check=False, env=environment
        )
        assert (done.returncode, done.stderr) == (0, "")
        told[wanted] = done.stdout
    assert f"_SENDWORTHY_COMPLETE={shell}_complete" in told["source"]
    assert "U101" in told["complete"]
    assert "S101" not in told["complete"]


def test_an_unknown_shell_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_SENDWORTHY_COMPLETE", "tcsh_source")
    assert run([]) == 2
    assert "expected bash_source, zsh_source or fish_source" in capsys.readouterr().err
