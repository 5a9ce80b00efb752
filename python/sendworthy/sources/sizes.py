"""How many records a file may hold, without reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sendworthy.packed import is_packed

if TYPE_CHECKING:
    from pathlib import Path

    from sendworthy.sources.files import Format

_SAMPLES, _SAMPLE_BYTES = 16, 1 << 16


def expected_rows(path: Path, file_format: Format) -> int | None:
    """The number of records: exact for Parquet and Arrow IPC, estimated for lines, None for what is compressed."""
    if file_format.kind in {"csv", "ndjson"}:
        return _lines(path)
    scan = pl.scan_parquet if file_format.kind == "parquet" else pl.scan_ipc
    try:
        return int(scan(path, glob=False).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):  # the reading itself says what is wrong with it
        return None


def _lines(path: Path) -> int | None:
    """From the line ends in a few places, one megabyte at most."""
    size = path.stat().st_size
    ends = looked = 0
    with path.open("rb") as file:
        for at in range(_SAMPLES):
            file.seek(at * size // _SAMPLES)
            sample = file.read(min(_SAMPLE_BYTES, size // _SAMPLES + 1))
            if at == 0 and is_packed(sample):
                return None
            ends += sample.count(b"\n")
            looked += len(sample)
    return ends * size // looked if ends else None
