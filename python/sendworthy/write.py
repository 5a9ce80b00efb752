"""Ready and rejected records as files that Salesforce's loaders take."""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

import polars as pl

from sendworthy.beside import Behind, Feed
from sendworthy.errors import ConfigError, InputError
from sendworthy.names import SPLIT_TABLES
from sendworthy.outputs.json import iso
from sendworthy.rulebook import ruleset
from sendworthy.sources.base import as_frame
from sendworthy.staging import Staging
from sendworthy.writing import (
    csv_header,
    csv_records,
    require_csv_types,
    require_header_within_limits,
    require_records_within_limits,
    sink_parquet,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike

    from sendworthy.findings import CheckedTable, Describer
    from sendworthy.progress import Reporter
    from sendworthy.report import Report
    from sendworthy.sources.base import Records
    from sendworthy.split import Split

    #: The number of the first record, records, and which of them are ready.
    _Batch: TypeAlias = tuple[int, Records, pl.Series]

#: Bulk API takes 150,000,000 bytes after base64, which makes four bytes of three.
PART_BYTES = 100_000_000
_SLICE_ROWS = 16_384
_GATHERED_ROWS = 131_072
_RESULT = re.compile(r"(users|sessions)\.(ready|rejected)(-\d+)?\.(csv|parquet)")
_SUMMARY = "summary.json"


class _Style(NamedTuple):
    """The columns that say why a record was rejected."""

    before: tuple[str, ...]
    after: tuple[str, ...]


_STYLES = {"bulk": _Style(("sf__Id", "sf__Error"), ()), "dataloader": _Style((), ("ERROR",))}
STYLES = tuple(_STYLES)


def write_report(report: Report, directory: str | PathLike[str], style: str, told: Reporter) -> list[Path]:
    """Write ``users.ready.csv``, ``users.rejected.csv``, the same of sessions, and ``summary.json``.

    Parquet input gives Parquet files. A CSV that would be too large for one Bulk API job is cut into numbered parts.

    Args:
        report: Whose records to write.
        directory: Where to; made if it is not there.
        style: bulk or dataloader.
        told: Is told how far it is.

    Returns:
        The files written.

    Raises:
        ConfigError: When there is no such style.
        FileExistsError: When files of another run would mix with the new ones, or an input would be replaced.
    """
    if style not in _STYLES:
        message = f"style must be one of {', '.join(STYLES)}, not {style!r}"
        raise ConfigError(message)
    describer = report.describer
    splits = {name: split for name in SPLIT_TABLES if (split := getattr(report, name)) is not None}
    suffixes = {name: "parquet" if describer.tables[name].source.kind == "parquet" else "csv" for name in splits}
    target = Path(directory)
    refuse_leftovers(target, _RESULT, lambda match: suffixes.get(match[1]) == match[4])
    files: list[dict[str, Any]] = []
    told.begin("writing", {name: describer.tables[name].source for name in splits})
    with Staging(target, alone=True) as staging:
        for name, split in splits.items():
            job = _Job(describer, describer.tables[name], split, _STYLES[style], staging, told)
            files += job.write_parquet() if suffixes[name] == "parquet" else job.write_csv()
        staging.path(_SUMMARY).write_text(_summary(report, files), encoding="utf-8")
        refuse_leftovers(target, _RESULT, lambda match: match[0] in staging.names)
        refuse_inputs(target, staging.names, describer)
        return staging.commit()


class _Job:
    """The splitting of one table."""

    def __init__(  # noqa: PLR0913, PLR0917  (what a table is written with)
        self,
        describer: Describer,
        table: CheckedTable,
        split: Split,
        style: _Style,
        staging: Staging,
        told: Reporter,
    ) -> None:
        self._describer, self._table, self._split, self._style, self._staging = describer, table, split, style, staging
        self._told = told
        service = {name.lower() for name in (*style.before, *style.after)}
        pairs = zip(table.source.schema.columns, table.source.headers, strict=True)
        kept = [(name, header) for name, header in pairs if header.lower() not in service]
        self._kept = [name for name, _ in kept]  # a rejected file that is checked again gets its reasons anew
        self._headers = [*style.before, *(header for _, header in kept), *style.after]

    def write_csv(self) -> list[dict[str, Any]]:
        source = self._table.source
        require_csv_types(source.label, source.schema)
        require_header_within_limits(source.label, source.headers)
        ready = _CsvParts(self._staging, f"{self._table.name}.ready", source.headers)
        rejected = _CsvParts(self._staging, f"{self._table.name}.rejected", self._headers)
        with ready, rejected, Behind() as behind:
            for batches in _gathered(self._batches()):
                for offset, records, mask in batches:
                    require_records_within_limits(source.label, offset, records, mask)
                    behind.do(partial(ready.write, records, mask))
                behind.do(partial(rejected.write, self._rejected(batches)))
        self._require_all(ready.rows, rejected.rows)
        return [
            {"table": self._table.name, "part": part, **file}
            for part, written in (("ready", ready), ("rejected", rejected))
            for file in written.files()
        ]

    def write_parquet(self) -> list[dict[str, Any]]:
        schema = self._table.source.schema
        none = self._rejected([(0, schema, pl.Series("ready", [], dtype=pl.Boolean))])
        with Feed() as ready, Feed() as rejected:
            ready.start(partial(self._parquet, "ready", ready, schema))
            rejected.start(partial(self._parquet, "rejected", rejected, none))
            for offset, records, mask in self._batches():
                ready.put(as_frame(records).filter(mask))
                rejected.put(self._rejected([(offset, records, mask)]))
            files = [ready.end(), rejected.end()]
        self._require_all(files[0]["rows"], files[1]["rows"])
        return files

    def _batches(self) -> Iterator[_Batch]:
        self._told.table(self._table.name)
        for offset, records, mask in self._split.records():
            yield offset, records, mask
            self._told.advance(offset + records.height)

    def _parquet(self, part: str, frames: Iterable[pl.DataFrame], schema: pl.DataFrame) -> dict[str, Any]:
        rows = 0

        def counted() -> Iterator[pl.DataFrame]:
            nonlocal rows
            for frame in frames:
                rows += frame.height
                yield frame

        name = f"{self._table.name}.{part}.parquet"
        path = self._staging.path(name)
        with path.open("wb") as file:
            sink_parquet(counted(), schema, file)
        with path.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        size = path.stat().st_size
        return {"table": self._table.name, "part": part, "name": name, "rows": rows, "bytes": size, "sha256": digest}

    def _rejected(self, batches: Sequence[_Batch]) -> pl.DataFrame:
        """Rejected records of some batches with the reasons."""
        rejected = pl.concat(_kept(records, ~mask) for _, records, mask in batches)
        reasons = pl.Series("ERROR", [], dtype=pl.String)
        if rejected.height:
            text = pl.format("{} {}: {}", "code", "name", "message")
            found = self._describer.errors(self._table, ((offset, records) for offset, records, _ in batches))
            by_row = found.group_by("row", maintain_order=True).agg(text.str.join("; ").alias("ERROR"))
            rows = pl.concat((~mask).arg_true().cast(pl.UInt64) + offset for offset, _, mask in batches).alias("row")
            reasons = rows.to_frame().join(by_row, on="row", how="left", maintain_order="left")["ERROR"]
        columns = rejected.select(self._kept).get_columns()
        if not self._style.before:
            return pl.DataFrame([*columns, reasons])
        column = self._describer.outcome.id_column(self._table.name)
        ids = rejected[column] if column else pl.Series([None] * rejected.height, dtype=pl.String)
        return pl.DataFrame([ids.alias("sf__Id"), reasons.alias("sf__Error"), *columns])

    def _require_all(self, ready: int, rejected: int) -> None:
        expected = self._describer.outcome.rejected(self._table.name)
        if ready + rejected != self._table.rows or rejected != expected:
            message = (
                f"{self._table.source.label}: {ready:,} ready and {rejected:,} rejected records do not add up to the "
                f"{self._table.rows:,} that were checked; the data changed meanwhile, so nothing was written"
            )
            raise InputError(message)


class _CsvParts:
    """One logical CSV file, cut so that each part can be loaded."""

    def __init__(self, staging: Staging, stem: str, headers: list[str]) -> None:
        self._staging, self._stem = staging, stem
        self._header = csv_header(headers)
        self._parts: list[dict[str, Any]] = []
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def rows(self) -> int:
        """Records written so far."""
        return sum(part["rows"] for part in self._parts)

    def write(self, records: Records, keep: pl.Series | None = None) -> None:
        """Append records; only those that `keep` is true for, when it is given."""
        for at in range(0, records.height, _SLICE_ROWS):
            self._append(records.slice(at, _SLICE_ROWS), None if keep is None else keep.slice(at, _SLICE_ROWS))

    def files(self) -> list[dict[str, Any]]:
        """The parts with their final names, rows, bytes and checksums."""
        if len(self._parts) == 1:
            only, name = self._parts[0], f"{self._stem}.csv"
            self._staging.rename(only["name"], name)
            only["name"] = name
        return self._parts

    def _append(self, records: Records, keep: pl.Series | None) -> None:
        rows = records.height if keep is None else int(keep.sum())
        if not rows:
            return
        data = csv_records(records, None if rows == records.height else keep)
        part = self._parts[-1]
        if part["bytes"] + len(data) > PART_BYTES:
            if (count := records.height) > 1:
                for at, length in ((0, count // 2), (count // 2, count - count // 2)):
                    self._append(records.slice(at, length), None if keep is None else keep.slice(at, length))
                return
            if part["rows"]:
                self._end()
                part = self._begin()
        self._put(data)
        part["rows"] += rows

    def _begin(self) -> dict[str, Any]:
        name = f"{self._stem}-{len(self._parts) + 1:03}.csv"
        self._file = self._staging.path(name).open("wb")
        self._digest = hashlib.sha256()
        self._parts.append({"name": name, "rows": 0, "bytes": 0})
        self._put(self._header)
        return self._parts[-1]

    def _put(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
            self._digest.update(data)
            self._parts[-1]["bytes"] += len(data)

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self._parts[-1]["sha256"] = self._digest.hexdigest()


def _gathered(batches: Iterator[_Batch]) -> Iterator[list[_Batch]]:
    """Several at once where they are small: what is done for each list takes a while even where nothing is rejected."""
    gathered: list[_Batch] = []
    for batch in batches:
        gathered.append(batch)
        if sum(records.height for _, records, _ in gathered) >= _GATHERED_ROWS:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _kept(records: Records, keep: pl.Series) -> pl.DataFrame:
    """Those of the records that the mask is true for."""
    if isinstance(records, pl.DataFrame):
        return records.filter(keep)
    return pl.DataFrame(records.filter(keep.to_frame()))


def _summary(report: Report, files: list[dict[str, Any]]) -> str:
    summary = {
        "version": report.version,
        "ruleset": ruleset(report.rules),
        "as_of": iso(report.as_of),
        "inputs": report.inputs,
        "ok": report.ok,
        "counts": report.counts.to_dicts(),
        "skipped": report.skipped.to_dicts(),
        "pardoned": report.pardoned.to_dicts(),
        "files": files,
    }
    return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"


def refuse_leftovers(directory: Path, results: re.Pattern[str], belongs: Callable[[re.Match[str]], bool]) -> None:
    """Files of an earlier run that the new ones do not replace would be taken for part of them."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        match = results.fullmatch(path.name)
        if match and not belongs(match):
            message = (
                f"{path}: is of an earlier run and would mix with the new files; remove it or give another directory"
            )
            raise FileExistsError(message)


def refuse_inputs(directory: Path, names: list[str], describer: Describer) -> None:
    """No file of a result may replace what it was made from."""
    for table in describer.tables.values():
        for path in table.source.paths:
            if path.name in names and path.resolve() == (directory / path.name).resolve():
                message = f"{path}: is an input of this check and would be replaced; give another directory"
                raise FileExistsError(message)
