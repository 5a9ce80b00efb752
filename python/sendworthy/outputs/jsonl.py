"""The findings, one JSON object a line."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from sendworthy.masking import masked

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write all findings, batch by batch."""
    for frame in report.findings_batches():
        if frame.height:
            out.write(masked(frame, options.redaction()).write_ndjson().encode())
