"""What the Tab key offers in bash, zsh and fish."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

#: Set by the script that a shell evaluates; `bash_source` prints that script, `bash_complete` answers it.
VARIABLE = "_SENDWORTHY_COMPLETE"


def complete(instruction: str) -> int:
    """Answer a shell.

    Args:
        instruction: The shell and what it wants, such as ``bash_source``.

    Returns:
        The exit status.

    Raises:
        click.UsageError: When there is no such shell.
    """
    from sendworthy.cli.main import main

    shell, _, wanted = instruction.partition("_")
    if get_completion_class(shell) is None or wanted not in {"source", "complete"}:
        message = f"{VARIABLE}={instruction}: expected bash_source, zsh_source or fish_source"
        raise click.UsageError(message)
    return shell_complete(main, {}, "sendworthy", VARIABLE, instruction)


def any_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever files the shell itself finds."""
    return [CompletionItem(incomplete, type="file")]


def directories(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever directories the shell itself finds."""
    return [CompletionItem(incomplete, type="dir")]


def rules(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of rules, each with its name beside it, then their names."""
    from sendworthy import _core

    known = _core.rules()
    codes = [
        CompletionItem(rule["code"], help=rule["name"]) for rule in known if rule["code"].startswith(incomplete.upper())
    ]
    names = dict.fromkeys(rule["name"] for rule in known)  # several rules may share one
    return codes + [CompletionItem(name) for name in names if name.startswith(incomplete.lower())]
