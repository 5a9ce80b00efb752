"""``report.fix``: new files in which everything is mended that has one certain replacement, and a list of changes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from sendworthy import _core
from sendworthy.mending import COMPARING, FATES, Anonymous, MendedSource, Mending, changes_schema
from sendworthy.names import FIX_SAFETIES, REPORT_ORDER
from sendworthy.staging import Staging
from sendworthy.texts import plural
from sendworthy.write import refuse_inputs, refuse_leftovers
from sendworthy.writing import csv_header, csv_records, require_csv_types, sink_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sendworthy.progress import Reporter
    from sendworthy.report import Report
    from sendworthy.sources import Source

_MENDED = ("users", "sessions")
#: How often fixes are taken back before none of a number is made: only a chain of numbers made to be one needs more.
_ROUNDS = 10
_RESULT = re.compile(r"(users|sessions)\.fixed\.(csv|parquet)")
_CHANGES, _WITHHELD = "changes.csv", "withheld.csv"
_NAMES = {"id18": "15 to 18 characters", "bulk-time": "time in the form of Bulk API"}


@dataclass(frozen=True)
class Fixes:
    """What was mended.

    Attributes:
        files: The files written.
        counts: Cells by table, code and safety: made, withheld (the fix would make a duplicate or another error), and
            left (unsafe, and only safe ones were asked for).
        report: The check of the mended records.
    """

    files: list[Path]
    counts: pl.DataFrame
    report: Report

    def to_text(self) -> str:
        """What was mended, and what was left and why."""
        from sendworthy.outputs.text import verdict

        made = int(self.counts["made"].sum())
        names = {rule["code"]: rule["name"] for rule in _core.rules()} | _NAMES
        lines = [f"mended {plural(made, 'cell')}: {', '.join(path.name for path in self.files)}"]
        for table, code, safety, *fates in self.counts.rows():
            told = ", ".join(f"{count:,} {fate}" for fate, count in zip(FATES, fates, strict=True) if count)
            lines.append(f"  {table} {code} {names.get(code, '')} [{safety} fix]: {told}")
        if self.counts["withheld"].sum():
            lines.append(f"withheld: would make a duplicate or another error; {_WITHHELD} names the other record")
        if self.counts["left"].sum():
            lines.append("left: unsafe fixes add what the data does not say, and are made only when asked for")
        after = self.report.counts.filter((pl.col("rows") > 0) & pl.col("code").is_in(self.counts["code"].to_list()))
        if after.height:
            found = ", ".join(f"{rows:,} {code}" for code, rows in after.select("code", "rows").rows())
            lines.append(f"still found: {found}; what is neither withheld nor left has no certain replacement")
        lines.append(f"mended records: {verdict(self.report)}")
        return "\n".join(lines)


def fix_report(report: Report, directory: str | PathLike[str], told: Reporter, *, unsafe: bool) -> Fixes:
    """Write ``users.fixed.csv``, the same of sessions, ``changes.csv`` and ``withheld.csv``.

    Args:
        report: Whose records to mend.
        directory: Where to; made if it is not there.
        told: Is told how far it is.
        unsafe: Make unsafe fixes, too.

    Returns:
        What was mended.

    Raises:
        FileExistsError: When files of another run would mix with the new ones, or an input would be replaced.
        InputError: When the data changed since it was checked, or CSV cannot hold a column.
    """
    describer, target = report.describer, Path(directory)
    tables = {name: describer.tables[name] for name in _MENDED if name in describer.tables}
    suffixes = {name: "parquet" if table.source.kind == "parquet" else "csv" for name, table in tables.items()}
    for name, table in tables.items():
        if suffixes[name] == "csv":
            require_csv_types(table.source.label, table.source.schema)
    refuse_leftovers(target, _RESULT, lambda match: suffixes.get(match[1]) == match[2])
    mendings = {name: Mending(describer.outcome, table, unsafe=unsafe) for name, table in tables.items()}
    after = _settle(report, mendings)
    told.begin("writing", {name: table.source for name, table in tables.items()})
    with Staging(target, alone=True) as staging:
        results = {name: staging.path(f"{name}.fixed.{suffix}") for name, suffix in suffixes.items()}
        with staging.path(_CHANGES).open("wb") as changes, staging.path(_WITHHELD).open("wb") as withheld:
            files = _Files(changes, withheld)
            for name, path in results.items():
                files.write(mendings[name], path, told)
        refuse_leftovers(target, _RESULT, lambda match: match[0] in staging.names)
        refuse_inputs(target, staging.names, describer)
        return Fixes(staging.commit(), files.counts(), after)


def _settle(report: Report, mendings: dict[str, Mending]) -> Report:
    """Check the mended records, and take back fixes until no record has a new error or a new equal.

    Only a mended platform key can bring either: every other fix leaves a cell that rules read as they did before.
    """
    before = _with_comparisons(report)
    addresses: Report | None = None
    for settling in range(_ROUNDS + 1):
        for mending in mendings.values():
            mending.begin()
            mending.no_keys |= settling == _ROUNDS  # a chain without end: no number is mended
        sources = {name: MendedSource(mending) for name, mending in mendings.items()}
        after = before.again(**_sources(before) | sources)
        found = {name: mending.grave(_new(before, after, name)) for name, mending in mendings.items()}
        if "users" in mendings and mendings["users"].mends_keys:
            addresses = addresses or _addresses(before, before.describer.tables["users"].source)
            equal = _new(addresses, _addresses(before, sources["users"]), "users")
            found["users"] = pl.concat([found["users"], equal])
        found = {name: new for name, new in found.items() if new.height}
        if not found:
            return after
        if not any([mendings[name].withhold(new) for name, new in found.items()]):  # noqa: C419  (each must withhold)
            break
    codes = ", ".join(sorted({code for new in found.values() for code in new["code"]}))
    message = f"fixes would bring new findings of {codes}; nothing was written"
    raise RuntimeError(message)


def _new(before: Report, after: Report, table: str) -> pl.DataFrame:
    """Findings that the later report has and the earlier one had not."""
    stream = after.describer.outcome.new_findings(before.describer.outcome, table)
    return pl.DataFrame(stream).cast({"code": pl.String})


def _addresses(report: Report, users: Source) -> Report:
    """Which users of the file share an address, whatever their Ids are and the org holds.

    U206 itself names one reason for a record, so that another one may hide behind it.
    """
    column = report.describer.outcome.id_column("users")
    given = _sources(report)
    given = {"users": Anonymous(users, column) if column else users} | (
        {"channels": given["channels"]} if "channels" in given else {}
    )
    columns = report.again.keywords["columns"] or {}
    columns = {name: mapping for name, mapping in columns.items() if name in given}
    return report.again(**given, columns=columns, select="U206", ignore=None, severity=None)


def _with_comparisons(report: Report) -> Report:
    """The report, or one by more rules when those that compare records were not selected."""
    ran = {*report.counts["code"], *report.skipped["code"]}
    absent = {*COMPARING} - ran
    if not absent:
        return report
    return report.again(**_sources(report), select=sorted(ran | absent), ignore=None)


def _sources(report: Report) -> dict[str, object]:
    return {name: table.source for name, table in report.describer.tables.items()}


class _Files:
    """The files of one run."""

    def __init__(self, changes: IO[bytes], withheld: IO[bytes]) -> None:
        self._changes, self._withheld = changes, withheld
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        changes.write(csv_header(["table", *changes_schema()]))
        withheld.write(csv_header(["table", *changes_schema(), "because", "related_row"]))

    def write(self, mending: Mending, path: Path, told: Reporter) -> None:
        source, headers = mending.table.source, set(mending.headers)
        frames = self._frames(mending, headers, told)
        with path.open("wb") as file:
            if path.suffix == ".parquet":
                sink_parquet(frames, mending.retyped(source.schema, headers), file)
            else:
                file.write(csv_header(source.headers))
                for frame in frames:
                    file.write(csv_records(frame))

    def counts(self) -> pl.DataFrame:
        """Cells by table, code and safety."""
        keys = sorted({key[:3] for key in self._counts}, key=lambda key: (REPORT_ORDER.index(key[0]), key))
        rows = [(*key, *(self._counts[*key, fate] for fate in FATES)) for key in keys]
        fates = {fate: pl.UInt64() for fate in FATES}
        schema = {"table": pl.Enum(REPORT_ORDER), "code": pl.String(), "safety": pl.Enum(FIX_SAFETIES), **fates}
        return pl.DataFrame(rows, schema=pl.Schema(schema), orient="row")

    def _frames(self, mending: Mending, headers: set[str], told: Reporter) -> Iterator[pl.DataFrame]:
        told.table(mending.table.name)
        rows = 0
        for frame, changes in mending.batches(mending.table.source.schema.columns, headers=headers):
            self._note(mending.table.name, changes)
            yield frame
            rows += frame.height
            told.advance(rows)

    def _note(self, table: str, changes: pl.DataFrame) -> None:
        columns = [pl.lit(table).alias("table"), *changes_schema()]
        self._changes.write(csv_records(changes.filter(fate="made").select(columns)))
        withheld = changes.filter(fate="withheld").select(*columns, "because", "related_row")
        self._withheld.write(csv_records(withheld))
        for code, safety, fate, count in changes.group_by("code", "safety", "fate").len().rows():
            self._counts[table, code, safety, fate] += count
