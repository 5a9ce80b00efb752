"""What the Tab key offers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from click.shell_completion import BashComplete, CompletionItem
from click.testing import CliRunner
from sendworthy.cli import run
from sendworthy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


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


def test_values_that_have_parts() -> None:
    assert values(["check", "--select"], "U101,W10") == [f"U101,W10{at}" for at in range(1, 5)]
    assert values(["check", "--max"], "u205") == ["U205"]
    assert values(["check", "--severity"], "U205") == ["U205=error", "U205=warning", "U205=info"]
    assert values(["check", "--severity"], "U205=w") == ["U205=warning"]
    assert values(["check", "--map"], "u") == ["users."]
    assert values(["check", "--sdl"], "se") == ["sends=", "sessions="]


def test_no_region_is_offered_that_a_check_would_refuse() -> None:
    found = values(["check", "--default-region"], "")
    assert len(found) > 200
    user = {"MessagingPlatformKey": "1", "MessagingChannelId": "2", "MessageType": "3"}
    for region in found:
        sw.check(users=[user], default_region=region, select="U101")
    assert values(["check", "--default-region"], "d")[:2] == ["DE", "DJ"]


#: What each shell is told, so that it completes this command and prints what it offers.
_LINE = "sendworthy check --select U10"
_IN_SHELL = {
    "bash": (
        'eval "$(_SENDWORTHY_COMPLETE=bash_source sendworthy)"; '
        f"COMP_WORDS=({_LINE}); COMP_CWORD=3; _sendworthy_completion sendworthy; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    ),
    "zsh": (
        "compdef() { :; }; compadd() { :; }; _describe() { print -l -- ${(P)3} }; "
        'eval "$(_SENDWORTHY_COMPLETE=zsh_source sendworthy)"; '
        f"words=({_LINE}); CURRENT=4; _sendworthy_completion"
    ),
    "fish": f'_SENDWORTHY_COMPLETE=fish_source sendworthy | source; complete -C "{_LINE}"',
}


@pytest.mark.skipif(os.name == "nt", reason="shells of POSIX")
@pytest.mark.parametrize("shell", _IN_SHELL)
def test_the_script_works_in_the_shell_itself(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None and os.environ.get("SENDWORTHY_SHELLS") != "required":
        pytest.skip(f"no {shell} on this machine")
    assert program is not None, f"{shell} is required and not there"
    command = tmp_path / "sendworthy"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sendworthy "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S603  (a shell that is known)
        [program, "-c", _IN_SHELL[shell]], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    offers = {line.split()[0].partition(":")[0] for line in done.stdout.splitlines() if line.strip()}
    assert offers == {f"U10{at}" for at in range(1, 8)}, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("chek", "check"),
        ("check --user a.csv", "--users"),
        ("check --users a.csv --format jsn", "json"),
        ("check --users a.csv --fail-on warn", "warning"),
        ("check --users a.csv --operation updat", "update"),
        ("rules --format markdwn", "markdown"),
        ("config shw", "show"),
    ],
)
def test_what_is_mistyped_is_answered_with_the_nearest(words: str, nearest: str) -> None:
    told = CliRunner().invoke(main, words.split())
    assert told.exit_code == 2
    assert re.search(rf"Did you mean [^?]*'{nearest}'", told.output), told.output


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
