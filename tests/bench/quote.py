"""Write CSV files again with every value between quotes, as Data Loader exports them."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def main() -> None:
    """From one folder into another."""
    given, quoted = map(Path, sys.argv[1:])
    quoted.mkdir()
    for path in given.glob("*.csv"):
        pl.scan_csv(path, infer_schema=False).sink_csv(quoted / path.name, quote_style="always")


if __name__ == "__main__":
    main()
