"""The findings as a table: CSV and Parquet."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from sendworthy.names import findings_schema
from sendworthy.writing import csv_header, csv_records, sink_parquet

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report


def render_csv(report: Report, out: IO[bytes], _options: Options) -> None:
    """Write all findings as CSV, batch by batch."""
    out.write(csv_header(findings_schema().names()))
    for frame in report.findings_batches():
        out.write(csv_records(frame))


def render_parquet(report: Report, out: IO[bytes], _options: Options) -> None:
    """Write all findings as Parquet, batch by batch."""
    sink_parquet(report.findings_batches(), findings_schema().to_frame(), out)
