"""How many threads a check may use: as an argument or flag says, else the environment, else a file, else all cores.

That is the core. polars, which reads and writes files, has threads of its own: POLARS_MAX_THREADS says how many.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing itself is half of the start-up
if TYPE_CHECKING:
    from sendworthy.errors import ConfigError

#: The variable of the environment: it belongs to the machine, so it goes before a project's file.
VARIABLE = "SENDWORTHY_THREADS"
MOST = 1024


def thread_count(given: object) -> int | None:
    """The number of threads to ask the core for; None is one per core.

    Args:
        given: As an argument or a flag says; None when it says nothing.

    Raises:
        ConfigError: When it, or the environment, is no number of threads.
    """
    if given is None:
        return from_environment()
    if not isinstance(given, int) or isinstance(given, bool):
        message = f"threads must be a whole number from 1 to {MOST}, not {given!r}"
        raise _error(message)
    return _within(given, "threads", str(given))


def from_environment() -> int | None:
    """What SENDWORTHY_THREADS says; None when it is not set or empty.

    Raises:
        ConfigError: When it is no number of threads.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        message = f"{VARIABLE} must be a whole number from 1 to {MOST}, not {text[:20]!r}"
        raise _error(message)
    return _within(int(text[:5]), VARIABLE, text)


def _within(number: int, name: str, shown: str) -> int:
    if not 1 <= number <= MOST:
        message = f"{name} must be from 1 to {MOST}, not {shown[:20]}"
        raise _error(message)
    return number


def _error(message: str) -> ConfigError:
    from sendworthy.errors import ConfigError

    return ConfigError(message)
