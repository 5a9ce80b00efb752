"""What each command says of itself."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner
from sendworthy.cli.main import main


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command."""
    found = [path]
    for name, command in group.commands.items():
        words = (*path, name)
        found += commands(command, words) if isinstance(command, click.Group) else [words]
    return found


ALL = commands()


def test_there_are_commands() -> None:
    assert {(), ("check",), ("sends",), ("config", "show")} <= set(ALL)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_fits_and_says_how_to_call_and_what_comes_back(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*words, "--help"], terminal_width=80)
    assert told.exit_code == 0
    assert [line for line in told.output.splitlines() if len(line) > 80] == []
    assert told.output.startswith(f"Usage: {' '.join(('main', *words))} [OPTIONS]")
    assert "..." not in told.output.replace("[ARGS]...", "")  # no sentence is cut off
    if words != ("config",):
        assert "Exit status" in told.output
        assert "Examples:\n    sendworthy " in told.output


@pytest.mark.parametrize("variable", ["NO_COLOR", "SENDWORTHY_REDACT_KEY"])
def test_variables_of_the_environment_are_named(variable: str) -> None:
    for words in ([], ["check"]):
        assert variable in CliRunner().invoke(main, [*words, "--help"]).output
