"""The report as one HTML page for people: it needs nothing else, and its size does not grow with the data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sendworthy.outputs import Options
from sendworthy.staging import Staging

if TYPE_CHECKING:
    from os import PathLike

    from jinja2 import Environment

    from sendworthy.report import Report

#: The most bytes of a page.
_LIMIT = 1_000_000


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the page, with values masked unless asked otherwise."""
    out.write(_page(report, options.base or Path.cwd(), options.redaction(published=True)).encode())


def save_page(report: Report, path: str | PathLike[str] | None, redact: str | None) -> str:
    """The page, which is written to a file as well if one is named."""
    redact = Options(redact=redact).redaction(published=True)
    if path is None:
        return _page(report, Path.cwd(), redact)
    file = Path(path).absolute()
    page = _page(report, file.parent, redact)
    with Staging(file.parent) as staging:
        staging.path(file.name).write_bytes(page.encode())
        staging.commit()
    return page


def _page(report: Report, base: Path, redact: str) -> str:
    """The page; where values are so long that it would be too large, with fewer samples, which it counts anyway."""
    from sendworthy.outputs.html.page import page

    template, said = templates().get_template("report.html.j2"), page(report, base, redact)
    made = template.render(said)
    for samples in (1, 0):
        if len(made.encode()) <= _LIMIT:
            break
        made = template.render(said | {"lines": [line.with_samples(samples) for line in said["lines"]]})
    return made


@cache
def templates() -> Environment:
    """The templates. Everything that is put into them is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
