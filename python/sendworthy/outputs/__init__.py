"""One renderer per output format. Each takes a report and writes bytes; none keeps all findings in memory."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import IO, TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from pathlib import Path

    from sendworthy.report import Report


@dataclass(frozen=True)
class Options:
    """How to render.

    Attributes:
        color: Whether the reader sees colours.
        width: Columns of the reader's screen.
        max_findings: The most findings that a JSON report lists.
        redact: How values are masked: last2, hash or none; what suits the format when not given.
        base: The directory that the output will lie in: links are relative to it.
    """

    color: bool = False
    width: int = 100
    max_findings: int | None = None
    redact: str | None = None

    def redaction(self, *, published: bool = False) -> str:
        """How values are masked: as asked; else what is made for others is masked and the owner's own files are not."""
        return self.redact or ("last2" if published else "none")

    base: Path | None = None


class Renderer(Protocol):
    """What a format module offers."""

    def __call__(self, report: Report, out: IO[bytes], options: Options, /) -> None:
        """Write the report."""


_RENDERERS = {
    "text": ("text", "render"),
    "full": ("text", "render_full"),
    "json": ("json", "render"),
    "jsonl": ("jsonl", "render"),
    "csv": ("table", "render_csv"),
    "parquet": ("table", "render_parquet"),
    "markdown": ("markdown", "render"),
    "junit": ("junit", "render"),
    "github": ("github", "render"),
    "gitlab": ("gitlab", "render"),
    "sarif": ("sarif", "render"),
    "html": ("html", "render"),
}
FORMATS = tuple(_RENDERERS)
#: Formats of which every line stands for itself. The others are worth nothing in part.
STREAMED_FORMATS = frozenset({"jsonl", "csv"})
#: Formats that mean nothing on a terminal.
BINARY_FORMATS = frozenset({"parquet", "html"})


def renderer(name: str) -> Renderer:
    """The renderer of a format, imported when asked for."""
    module, function = _RENDERERS[name]
    return cast("Renderer", getattr(import_module(f"sendworthy.outputs.{module}"), function))
