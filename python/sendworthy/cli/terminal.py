"""What commands share: where they write, and what they have done so far."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sendworthy.outputs import Options
from sendworthy.staging import Staging
from sendworthy.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 100


@dataclass
class Session:
    """One run of the command.

    Attributes:
        status: The exit status so far.
        quiet: Nothing but errors on standard error.
        writes: Whether the command was asked to write files.
        stop: Stops it, and knows the files that are complete.
    """

    status: int = 0
    quiet: bool = False
    writes: bool = False
    stop: Stop = field(default_factory=Stop)

    def notice(self, text: str) -> None:
        """Say something on standard error that is no result."""
        if not self.quiet:
            sys.stderr.write(f"{text}\n")

    def kept(self) -> str:
        """What is left behind when the run ends early; nothing to say when nothing was to be written."""
        if not self.writes:
            return ""
        if not self.stop.completed:
            return "nothing was written"
        return f"complete and kept: {', '.join(map(_from_here, self.stop.completed))}"


def _from_here(path: Path) -> str:
    """A path as somebody in this folder would write it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def screen_options(max_findings: int | None = None, redact: str | None = None) -> Options:
    """How to render for standard output."""
    terminal = sys.stdout.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((_WIDTH, 40)).columns if terminal else _WIDTH
    return Options(color=color, width=max(width, 40), max_findings=max_findings, redact=redact)


@contextmanager
def standard_output(*, whole: bool = False) -> Iterator[IO[bytes]]:
    """Standard output for bytes. A terminal gets them as text, in the encoding that it has.

    Args:
        whole: The bytes are one document, of which a part is worth nothing: they go out when all of them are there.
    """
    if not sys.stdout.isatty():
        sys.stdout.flush()
        if whole:
            with tempfile.TemporaryFile() as file:
                yield file
                file.seek(0)
                shutil.copyfileobj(file, sys.stdout.buffer)
        else:
            yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    buffer = BytesIO()
    yield buffer
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(buffer.getvalue().decode().encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


@contextmanager
def output_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete; a device or pipe is written to as it is."""
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
        return
    with Staging(path.absolute().parent) as staging:
        with staging.path(path.name).open("wb") as file:
            yield file
        staging.commit()
