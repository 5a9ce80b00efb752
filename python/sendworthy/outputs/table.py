"""The findings as a table: CSV and Parquet."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from sendworthy.masking import masked
from sendworthy.names import findings_schema
from sendworthy.writing import csv_header, csv_records, sink_parquet

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report


def render_csv(report: Report, out: IO[bytes], options: Options) -> None:
    """Write all findings as CSV, batch by batch."""
    out.write(csv_header(findings_schema().names()))
    for frame in report.findings_batches():
        out.write(csv_records(masked(frame, options.redaction())))


def render_parquet(report: Report, out: IO[bytes], options: Options) -> None:
    """Write all findings as Parquet, batch by batch."""
    frames = (masked(frame, options.redaction()) for frame in report.findings_batches())
    sink_parquet(frames, findings_schema().to_frame(), out)
