"""The work by which a released core is optimized: `maturin build --pgo` runs it with a core that counts what it does.

It is what users do most: all default rules on users and sessions, from plain and quoted CSV, Parquet and memory, mostly
sound and all bad, with planned sends, what may be sent, and written files. pyproject.toml names it (`pgo-command`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl
import sendworthy as sw

AS_OF = "2026-11-22T12:00:00Z"
RECORDS = 300_000


def sends(users: pl.DataFrame) -> pl.DataFrame:
    """A planned send to every third user."""
    some = users.gather_every(3)
    return some.select(
        MessagingEndUserId="Id",
        MessagingChannelId="MessagingChannelId",
        OwnerId=pl.lit("005000000000001AAA"),
        SendTime=pl.lit(AS_OF),
        MessageKind=pl.lit("freeform"),
    )


def work(folder: Path, records: int, defect_rate: float) -> int:
    """Check made-up data in each of the ways; how many findings there were."""
    made = sw.generate(users=records, sessions=records, seed=7, defect_rate=defect_rate, as_of=AS_OF)
    frames = {"channels": made.channels, "users": made.users, "sessions": made.sessions}
    plain, quoted, parquet = (
        {table: folder / f"{table}.{end}" for table in frames} for end in ("csv", "quoted.csv", "parquet")
    )
    for table, frame in frames.items():
        frame.write_csv(plain[table])
        frame.write_csv(quoted[table], quote_style="always")
        frame.write_parquet(parquet[table])
    reports = [sw.check(**source, as_of=AS_OF) for source in (plain, quoted, parquet, frames)]
    reports.append(sw.check(**frames, sends=sends(made.users), as_of=AS_OF, eligibility=True))
    reports[0].write(folder / "written")
    return sum(batch.height for report in reports for batch in report.findings_batches())


def main() -> None:
    """Mostly sound data, and a tenth as many all bad."""
    findings = 0
    for records, defect_rate in ((RECORDS, 0.02), (RECORDS // 10, 1.0)):
        with tempfile.TemporaryDirectory() as folder:
            findings += work(Path(folder), records, defect_rate)
    if not findings:
        sys.exit("nothing was found: this trains a core for nothing")
    print(f"trained by {findings:,} findings")


if __name__ == "__main__":
    main()
