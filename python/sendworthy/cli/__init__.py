"""The command line. This module turns whatever happens into one message and an exit status.

0: nothing at or above --fail-on; 1: findings; 2: could not run; 130: stopped by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendworthy.cli.terminal import Session

CLEAN, FINDINGS, FAILED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
_SHOW_CURSOR = "\x1b[?25h"


def run(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: What stands after the command's name.

    Returns:
        The exit status.
    """
    import click

    from sendworthy.cli.terminal import Session
    from sendworthy.stopping import attend

    session = Session()
    with contextlib.suppress(ValueError):  # signals can be set in the main thread only
        signal.signal(signal.SIGTERM, _terminate)
    try:
        attend(lambda: _invoke(arguments, session), _keep_ctrl_c(), session.stop)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return FAILED
    except BrokenPipeError:  # whoever read the results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        _tidy()
        _say(f"Stopped; {session.kept() or 'nothing was written'}.")
        return INTERRUPTED
    except BaseException as error:
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        kept = session.kept()
        _say(f"sendworthy: {_explain(error)}{kept and f' ({kept})'}")
        if os.environ.get("SENDWORTHY_DEBUG"):
            raise
        return FAILED
    return session.status


def _keep_ctrl_c() -> Callable[[], None]:
    """Something to be called now and then, so that Ctrl-C always comes here.

    polars takes it over when it is imported, and ends what it reads by panicking, which threads of its report.
    """
    handler = signal.getsignal(signal.SIGINT)

    def keep() -> None:
        if callable(handler):
            with contextlib.suppress(ValueError):  # signals can be set in the main thread only
                signal.signal(signal.SIGINT, handler)

    return keep


def _invoke(arguments: Sequence[str], session: Session) -> None:
    if instruction := os.environ.get("_SENDWORTHY_COMPLETE"):  # a shell asks what the Tab key is to offer
        from sendworthy.cli.completing import complete

        session.status = complete(instruction)
        return
    from sendworthy.cli.main import main

    with main.make_context("sendworthy", list(arguments), obj=session) as context:
        main.invoke(context)
    sys.stdout.flush()


def _tidy() -> None:
    """Remove what work that does not end at once would leave behind."""
    private = sys.modules.get("sendworthy.private")  # what was never imported has made no folders
    if private is not None:
        private.discard_all()
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)  # a bar hides it


def _explain(error: BaseException) -> str:
    from sendworthy.errors import SendworthyError

    if isinstance(error, SendworthyError):
        return f"error: {error}"
    if isinstance(error, OSError):
        return f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "error: not enough memory"
    from sendworthy.texts import discreet

    return (
        f"this is a fault in sendworthy, not in your data: {type(error).__name__}: {discreet(error)}. "
        "Please report it; SENDWORTHY_DEBUG=1 shows where it happened."
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _terminate(_signal: int, _frame: object) -> NoReturn:
    """Leave in order, so that temporary files go."""
    raise SystemExit(TERMINATED)
