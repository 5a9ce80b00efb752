"""Files: one, several, a glob, or a URL."""

from __future__ import annotations

import glob as globbing
import os
import re
import stat
from dataclasses import dataclass
from errno import ENOENT
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import polars as pl

from sendworthy.diagnose import diagnose, read_header, require_lines
from sendworthy.errors import InputError
from sendworthy.private import PrivateFolder
from sendworthy.sources.base import Frames, Source
from sendworthy.sources.csv_files import read_csv
from sendworthy.sources.sizes import expected_rows
from sendworthy.sources.streaming import stream
from sendworthy.sources.urls import advice, is_url, is_web, localized, may_glob, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sendworthy._core import CsvReader
    from sendworthy.sources.base import Records


class Format(NamedTuple):
    """How a file is read."""

    kind: str
    separator: str = ","


CSV, TSV, PARQUET, NDJSON, IPC = Format("csv"), Format("csv", "\t"), Format("parquet"), Format("ndjson"), Format("ipc")
_FORMATS = {
    ".csv": CSV,
    ".csv.gz": CSV,
    ".csv.zst": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".tsv.gz": TSV,
    ".tsv.zst": TSV,
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".arrow": IPC,
    ".ipc": IPC,
    ".feather": IPC,
}
_DUPLICATED = re.compile(r"(?s)(.+)_duplicated_\d+")
_READ_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass(frozen=True)
class _Part:
    """One file of a source. `seen` is its size and time of change, None for a URL."""

    location: str
    name: str
    seen: tuple[int, int] | None
    schema: pl.Schema
    header: list[str] | None = None


class FileSource(Source):
    """One or more files of one format, read one after the other.

    Attributes:
        folders: Private folders that copies lie in; they go with the source.
    """

    def __init__(self, paths: Sequence[Path | str], file_format: Format, label: str, name: str | None = None) -> None:
        """Look at every file's header.

        Args:
            paths: The files, in order.
            file_format: What they all are.
            label: What the source is called.
            name: What a single file is called in messages, when its path means nothing to the user.
        """
        self.label, self.kind, self._format = label, file_format.kind, file_format
        self.folders: list[PrivateFolder] = []
        self.separator = file_format.separator
        known = None
        places = [(self._within_reach(str(path)), name or shown(str(path))) for path in paths]
        if self.kind == "ndjson" and len(places) > 1:  # a key may be absent from some of the files
            schemas = [self._schema_of(*place).to_frame() for place in places]
            known = pl.concat(schemas, how="diagonal_relaxed").schema
        self._parts = [self._open(*place, known) for place in places]
        self.paths = [Path(part.location) for part in self._parts if part.seen is not None]
        self.files = [] if name else [part.name for part in self._parts]
        first = self._parts[0]
        for part in self._parts[1:]:
            _require_same_columns(first, part)
        frame = first.schema.to_frame()
        self.schema = frame.select(_flattened(first.schema)) if self.kind == "ndjson" else frame
        self.headers = self._original_headers(first)

    def check_unchanged(self) -> None:
        """Raise InputError when a file was written to or replaced since it was first read."""
        for part in self._parts:
            if part.seen is not None and part.seen != _fingerprint(part.location):
                message = f"{part.name}: changed since it was checked; run the check again"
                raise InputError(message)

    def expected_rows(self) -> int | None:
        """Exact where the file says it, estimated from the lengths of some lines where it has lines."""
        if self._rows is not None or any(part.seen is None for part in self._parts):
            return self._rows
        counts = [expected_rows(Path(part.location), self._format) for part in self._parts]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def bytes_unseen(self) -> str | None:
        """A URL is read by polars, which says nothing of bytes."""
        if self._format.kind != "csv":
            return super().bytes_unseen()
        if any(part.seen is None for part in self._parts):
            return "the bytes behind a URL are not looked at; download the file and check that"
        return None

    def _records(self, columns: list[str], limit: int | None, scans: list[CsvReader] | None) -> Iterator[Records]:
        for part in self._parts:
            if self._format.kind == "csv" and part.seen is not None:
                places = [(part.schema.names().index(name), name) for name in columns]
                read: Iterator[Records] = read_csv(Path(part.location), part.name, self.separator, places, scans)
            else:
                read = self._streamed(part, columns, limit)
            for records in read:
                yield records
                limit = None if limit is None else max(limit - records.height, 0)
                if limit == 0:
                    return

    def _streamed(self, part: _Part, columns: list[str], limit: int | None) -> Frames:
        query = scan(part.location, self._format, part.schema)
        if self.kind == "ndjson":
            query = query.select(_flattened(part.schema))
        query = query.select(columns)
        try:
            yield from stream(query if limit is None else query.head(limit))
        except _READ_ERRORS as error:
            raise self._explained(part.location, part.name, error) from None  # polars quotes values

    def _open(self, location: str, name: str, known: pl.Schema | None) -> _Part:
        if is_url(location):
            return _Part(location, name, None, known or self._schema_of(location, name))
        seen = _fingerprint(location)
        if Path(location).is_dir():
            message = f"{name}: is a directory; give its files, for example {Path(location) / '*.csv'}"
            raise InputError(message)
        if seen[0] == 0:
            message = f"{name}: is empty: it has no header and no records"
            raise InputError(message)
        header = read_header(Path(location), name, self._format.separator) if self.kind == "csv" else None
        if self.kind == "ndjson":
            require_lines(Path(location), name)
        schema = known or (_text_schema(header) if header is not None else self._schema_of(location, name))
        return _Part(location, name, seen, schema, header)

    def _within_reach(self, location: str) -> str:
        """Where to read a file: a private copy of it when a web server gives only the whole."""
        if not is_web(location):
            return location
        from sendworthy.sources.fetching import fetch, gives_parts

        if gives_parts(location):
            return location
        self.folders.append(PrivateFolder("sendworthy-"))
        return str(fetch(location, self.folders[-1]))

    def _schema_of(self, location: str, name: str) -> pl.Schema:
        try:
            return scan(location, self._format).collect_schema()
        except _READ_ERRORS as error:
            raise self._explained(location, name, error) from None

    def _explained(self, location: str, name: str, error: BaseException) -> BaseException:
        """What a failed reading means, in words; a file that cannot be opened stays the standard error."""
        path = None if is_url(location) else Path(location)
        if isinstance(error, FileNotFoundError | PermissionError):
            return error if path else type(error)(error.errno or ENOENT, "is not there or may not be read", name)
        found = diagnose(path, name, self.kind, self._format.separator, error)
        return found if path else InputError(f"{found}; {advice(location)}")

    def _original_headers(self, part: _Part) -> list[str]:
        names = self.schema.columns
        if self.kind != "csv":
            return names
        if part.header is not None:
            return part.header
        repeated = {name: match[1] for name in names if (match := _DUPLICATED.fullmatch(name)) and match[1] in names}
        return [repeated.get(name, name) for name in names]


def open_paths(table: str, given: Sequence[str | os.PathLike[str]]) -> Source:
    """A source of paths, globs and URLs."""
    paths = [path for one in given for path in _expand(os.fspath(one))]
    if len(paths) == 1 and _is_pipe(paths[0]):
        from sendworthy.sources.spool import spool_csv  # it makes a FileSource itself

        with Path(paths[0]).open("rb") as pipe:
            return spool_csv(pipe, paths[0])
    formats = {path: _format_of(path) for path in paths}
    file_format = formats[paths[0]]
    for path, other in formats.items():
        if other != file_format:
            message = f"{table}: files of different formats cannot be one table: {shown(paths[0])} and {shown(path)}"
            raise InputError(message)
    label = shown(os.fspath(given[0])) if len(given) == 1 else ", ".join(shown(os.fspath(one)) for one in given)
    return FileSource(paths, file_format, label)


def scan(location: str, file_format: Format, schema: pl.Schema | None = None) -> pl.LazyFrame:
    """A polars query over a file. CSV is always text: a phone keeps its plus sign and its zeros."""
    match file_format.kind:
        case "csv":
            return pl.scan_csv(location, infer_schema=False, separator=file_format.separator, glob=may_glob(location))
        case "parquet":
            return pl.scan_parquet(location, glob=may_glob(location))
        case "ndjson":  # all of it is looked at for the schema: a type that changes late must not fail the check
            return pl.scan_ndjson(location, schema=schema, infer_schema_length=None)
        case _:
            return pl.scan_ipc(location, glob=may_glob(location))


def _expand(given: str) -> list[str]:
    path = localized(given)
    if is_url(path) or Path(path).exists() or not globbing.has_magic(path):
        return [path]
    found = sorted(globbing.glob(path, recursive=True))  # noqa: PTH207  (Path.glob takes no absolute pattern)
    if not found:
        message = "no file matches"
        raise FileNotFoundError(ENOENT, message, path)
    return found


def _format_of(path: str) -> Format:
    name = (urlsplit(path).path if is_url(path) else path).lower()
    for suffix, file_format in _FORMATS.items():
        if name.endswith(suffix):
            return file_format
    if Path(path).is_dir():
        message = f"{path}: is a directory; give its files, for example {Path(path) / '*.csv'}"
        raise InputError(message)
    if not is_url(path):
        _fingerprint(path)  # a file that is not there is told before its name is judged
    message = f"{shown(path)}: the name does not end in a known format; known are {' '.join(_FORMATS)}"
    raise InputError(message)


def _is_pipe(path: str) -> bool:
    return not is_url(path) and Path(path).exists() and stat.S_ISFIFO(Path(path).stat().st_mode)


def _fingerprint(location: str) -> tuple[int, int]:
    status = Path(location).stat()
    return status.st_size, status.st_mtime_ns


def _flattened(schema: pl.Schema, prefix: str = "", parent: pl.Expr | None = None) -> list[pl.Expr]:
    """Nested JSON objects as `Parent.Field` columns; simple-salesforce's `attributes` dropped."""
    columns: list[pl.Expr] = []
    for name, dtype in schema.items():
        cell = pl.col(name) if parent is None else parent.struct.field(name)
        if not isinstance(dtype, pl.Struct):
            columns.append(cell.alias(f"{prefix}{name}"))
        elif name != "attributes":
            columns += _flattened(pl.Schema(dtype.to_schema()), f"{prefix}{name}.", cell)
    return columns


def _text_schema(header: Sequence[str]) -> pl.Schema:
    """Text columns; names that occur again are told apart as polars does it."""
    names: dict[str, pl.DataType] = {}
    for name in header:
        again = (f"{name}_duplicated_{at}" for at in count())
        names[name if name not in names else next(one for one in again if one not in names)] = pl.String()
    return pl.Schema(names)


def _require_same_columns(first: _Part, part: _Part) -> None:
    missing = [name for name in first.schema if name not in part.schema]
    extra = [name for name in part.schema if name not in first.schema]
    if missing or extra:
        what = f"lacks the column {missing[0]!r}" if missing else f"has the column {extra[0]!r} too many"
        message = f"{part.name}: {what}, compared with {first.name}; files of one table must have the same columns"
        raise InputError(message)
    for name, dtype in first.schema.items():
        if part.schema[name] != dtype:
            message = (
                f"{part.name}: column {name!r} is {part.schema[name]} here and {dtype} in {first.name}; "
                "files of one table must have the same types"
            )
            raise InputError(message)
