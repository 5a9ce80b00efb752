"""What the Tab key offers in bash, zsh and fish."""

from __future__ import annotations

from itertools import product
from string import ascii_uppercase
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from sendworthy.names import CHECK_ORDER, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Codes of rules, each with its name beside it, then their names; after a comma those of one more."""
    from sendworthy import _core

    done, comma, last = incomplete.rpartition(",")
    known = _core.rules()
    codes = [
        CompletionItem(f"{done}{comma}{rule['code']}", help=rule["name"])
        for rule in known
        if rule["code"].startswith(last.upper())
    ]
    names = dict.fromkeys(rule["name"] for rule in known)  # several rules may share one
    return codes + [CompletionItem(f"{done}{comma}{name}") for name in names if name.startswith(last.lower())]


def severities(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """RULE=LEVEL."""
    rule, _, level = incomplete.partition("=")
    levels = [name for name in SEVERITIES if name.startswith(level)]
    known = rules(context, parameter, rule)
    return [CompletionItem(f"{one.value}={name}", help=one.help) for one in known for name in levels]


def tables(after: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A table and the sign that follows it.

    Args:
        after: The sign.
    """

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(f"{name}{after}") for name in CHECK_ORDER if name.startswith(incomplete)]

    return complete


def regions(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Countries that have telephone numbers."""
    codes = map("".join, product(ascii_uppercase, repeat=2))
    return [CompletionItem(code) for code in codes if code.startswith(incomplete.upper()) and _dials(code)]


def _dials(region: str) -> bool:
    from sendworthy import _core

    try:
        _core.repair_phone("", region)
    except _core.ConfigError:
        return False
    return True
