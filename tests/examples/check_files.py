"""Check files, look at what was found and part what is ready from what is not."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import sendworthy as sw


def worst(report: sw.Report) -> list[str]:
    """Codes of the rules that found errors, the most frequent first."""
    errors: pl.DataFrame = report.counts.filter(pl.col("severity") == "error", pl.col("rows") > 0)
    return errors.sort("rows", descending=True)["code"].to_list()


def main(folder: Path) -> int:
    """Check what lies in a folder."""
    seen: list[int] = []

    def progress(state: sw.Progress) -> None:
        seen.append(state.rows)

    try:
        report = sw.check(
            users=folder / "users.csv",
            sessions=[str(folder / "sessions.csv")],
            channels=folder / "channels.csv",
            as_of=datetime(2026, 11, 22, 12, tzinfo=UTC),
            policy=sw.Policy(),
            severity={"W103": "info"},
            max={"U101": 3, "U103": "0.5%"},
            progress=progress,
        )
    except (sw.ColumnError, sw.InputError) as error:
        print(f"cannot be checked: {error}")
        return 2
    for code in worst(report):
        print(sw.explain(code).splitlines()[0], report.samples(code, 1)["message"].to_list())
    paths: list[Path] = report.write(folder / "out", style="dataloader")
    users = report.users
    assert users is not None
    ready, rejected = users.ready, users.rejected
    mask: pl.Series = users.mask
    assert ready.height + rejected.height == mask.len()
    fixes = report.fix(folder / "mended")
    print(len(paths), len(fixes.files), ready.height, rejected.height, sw.__version__)
    again = fixes.report
    difference: sw.Diff = sw.diff(report, again)
    print(difference.errors)
    try:
        report.raise_for_findings("error")
    except sw.FindingsError as failure:
        print(failure.report is report)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
