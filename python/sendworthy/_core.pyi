"""The compiled core: binding, decoding, rules and findings. Tables go in and come out as Arrow streams."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, Protocol, TypedDict, final, type_check_only

__all__ = [
    "DEBUG_BUILD",
    "ColumnError",
    "ConfigError",
    "CsvReader",
    "CsvRecords",
    "Engine",
    "FileScan",
    "Generated",
    "InputError",
    "Outcome",
    "SendworthyError",
    "SoundStream",
    "__version__",
    "compacted",
    "count_assigned",
    "csv_records",
    "generate",
    "is_e164_column",
    "phone_info_column",
    "redacted",
    "repair_phone",
    "rules",
    "to_e164_column",
    "to_id18_column",
]

# Whether it was built without optimization: nothing that is released or measured may be.
DEBUG_BUILD: bool
__version__: str

@type_check_only
class ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class SendworthyError(Exception): ...
class InputError(SendworthyError): ...
class ColumnError(SendworthyError): ...
class ConfigError(SendworthyError): ...

@type_check_only
class RuleDoc(TypedDict):
    code: str
    name: str
    severity: str
    table: str
    scope: str
    enabled: bool
    summary: str
    since: str
    fixes: bool
    doc: str

@final
class SoundStream:
    """An Arrow stream of another program, of which every batch is validated before it is passed on.

    Columns that are run-end-encoded are written out.
    """

    def __new__(cls, producer: object) -> SoundStream: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    @property
    def fault(self) -> str | None:
        """What was wrong with it, as soon as that was met."""

def rules() -> list[RuleDoc]: ...
def redacted(findings: ArrowStream, mode: str, key: bytes) -> ArrowStream:
    """Mask record_id, value, related_id, message and fix: `last2`, or `hash` with a key of at most 64 bytes."""

@final
class Engine:
    """One check: bind and push each table, finish it, then take the outcome.

    Tables go in this order: channels, sends, existing_users, users, sessions; any of them may be left out.
    """

    def __new__(
        cls,
        *,
        as_of: int,
        operation: str = "audit",
        policy: Mapping[str, Any] | None = None,
        select: Sequence[str] | None = None,
        ignore: Sequence[str] | None = None,
        severity: Mapping[str, str] | None = None,
        threads: int | None = None,
        rules: Sequence[tuple[str, str, str, str, str]] | None = None,
        eligibility: bool = False,
        default_region: str | None = None,
    ) -> Engine: ...
    def selected(self) -> list[str]:
        """The codes of the rules that were selected."""

    def bind(
        self,
        table: str,
        source: str,
        schema: ArrowStream,
        columns: Mapping[str, str] | None = None,
        *,
        headers: Sequence[str] | None = None,
        constants: Sequence[str] | None = None,
    ) -> list[str]:
        """Match headers to fields; gives the source's columns that the rules need, in the source's order.

        `headers` are the columns as the source spells them. `constants` are fields that a Data Loader mapping fills
        without a column; with them, even none, only what is mapped is loaded.
        """

    def wants_files(self, table: str) -> bool:
        """Whether a selected rule looks at the bytes of the table's files."""

    def files(self, table: str, readers: Sequence[CsvReader]) -> None:
        """Give the readers of a table's files, all read, in the order of its records, before the table is finished."""

    def no_files(self, table: str, reason: str) -> None:
        """Say why the bytes of a table are not looked at."""

    def part_of(self, user_ids_known: bool, number_forms: Sequence[tuple[bytes, int, int]]) -> None:
        """Say what is known about the whole of which this engine sees a part.

        That is whether any user has a readable Id, and of each channel with both forms of WhatsApp numbers how many
        users have which. Findings name other records by Id alone then.
        """

    def repeat(self, rows: Sequence[int]) -> None:
        """Say which sessions of this part repeat the Id of a record in whatever part; before `finish`."""

    def place_columns(self, table: str) -> list[str]:
        """The columns that `places` and `facts` look at."""

    def places(self, table: str, batch: ArrowStream) -> ArrowStream:
        """What records meet others by: `id`, and `other` (users: channel and address; sessions: their customer)."""

    def facts(self, table: str, batch: ArrowStream) -> tuple[int, list[tuple[bytes, int, int]]]:
        """Of a batch of users: how many have a readable Id; per channel, users with either form of WhatsApp number."""

    def push(self, table: str, batch: ArrowStream | CsvRecords) -> int:
        """Queue the next rows of a table (only the columns that bind named); gives the rows queued so far."""

    def finish_table(self, table: str) -> int:
        """Wait until all rows of a table are decoded and checked; gives their number."""

    def cancel(self) -> None: ...
    def finish(self) -> Outcome:
        """Run the rules that look across rows and tables."""

@final
class CsvReader:
    """Reads columns of one CSV file and looks at its bytes on the way; lets other threads of the interpreter run.

    `columns` are numbers in the header, counted from 0, with names. Without a path, bytes are pushed.
    """

    def __new__(
        cls, name: str, separator: int, columns: Sequence[tuple[int, str]], path: str | PathLike[str] | None = None
    ) -> CsvReader: ...
    def read(self) -> CsvRecords | None:
        """The next records of the file; None at its end."""

    def push(self, data: bytes) -> CsvRecords | None:
        """Take the next bytes; gives the records that end in them, if any does."""

    def finish(self) -> CsvRecords | None:
        """The end of the bytes; gives the last record when no line end follows it."""

@final
class CsvRecords:
    """Records of a CSV file: text columns for whoever takes Arrow streams; the engine takes them as they are."""

    @property
    def height(self) -> int: ...
    @property
    def longest(self) -> int:
        """How many bytes the longest one has."""

    def slice(self, offset: int, length: int) -> CsvRecords:
        """Some of them."""

    def filter(self, keep: ArrowStream) -> ArrowStream:
        """Those that the Boolean column `keep` is true for."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

@final
class FileScan:
    """Looks at the bytes of one CSV file; lets other threads of the interpreter run meanwhile."""

    def __new__(cls, name: str, separator: int) -> FileScan: ...
    def push(self, data: bytes) -> None:
        """Take the next bytes."""

    def finish(self) -> None:
        """The end of the file."""

    def explain(self) -> str | None:
        """The first fault that a reader cannot read over: rule, record, place, cure, how many there are."""

    def faults(self) -> list[tuple[int | None, str, int, int, int]]:
        """Of every fault: record (none: the header), kind, offset, line, detail."""

    def header_readable(self) -> bool:
        """Whether the names of the columns can be told apart."""

    @property
    def header(self) -> list[str]:
        """The names of the columns as spelled."""

    @property
    def records(self) -> int: ...

@final
class Outcome:
    def rows(self, table: str) -> int: ...
    def counts(self) -> ArrowStream: ...
    def skipped(self) -> ArrowStream: ...
    def flagged(self, table: str) -> int:
        """Rows of a table with a finding."""

    def rejected(self, table: str) -> int:
        """Rows of a table with a finding of severity error."""

    def ready_mask(self, table: str, offset: int, length: int) -> ArrowStream:
        """One Boolean column `ready`: true for rows without an error."""

    def source_findings(self, table: str, *, most: int | None = None) -> ArrowStream:
        """Findings about a table's files and headers and none of its rows, at most so many of each rule."""

    def first_rows(self, table: str, code: str, n: int) -> list[int]:
        """The first n rows of a table that a rule flagged."""

    def place(self, table: str, row: int) -> tuple[int, int | None] | None:
        """The number of a row's file, and its line where that is known; None where no bytes were scanned."""

    def by_file(self, table: str, code: str) -> list[int]:
        """How many findings of a rule each file of a table has; empty where no bytes were scanned."""

    def related_rows(self, table: str) -> int:
        """How many leading rows of a table hold every record that findings refer to; 0 when none is needed."""

    def learn_ids(self, table: str, offset: int, batch: ArrowStream | CsvRecords) -> None:
        """Give the Id column of rows from offset on, so that related_id can be named."""

    def decisions(self) -> ArrowStream | None:
        """What becomes of every planned send; None without sends."""

    def by_rep(self) -> ArrowStream | None:
        """What the planned sends ask of each rep; None without sends."""

    def eligibility(self, offset: int, batch: ArrowStream) -> ArrowStream | None:
        """Whether and how each user of a batch may be written to; None unless the engine was made to keep that."""

    def tallies(self) -> tuple[ArrowStream, ArrowStream, ArrowStream]:
        """What was counted for charts: users by region, windows by hours left, live sessions by age."""

    def changes(self, table: str, offset: int, batch: ArrowStream) -> ArrowStream:
        """The cells of a batch that starts at row `offset` that have a certain replacement (columns as bound)."""

    def new_findings(self, before: Outcome, table: str) -> ArrowStream:
        """Findings that an earlier check of the same records did not have: errors, and those that name a record."""

    def id_column(self, table: str) -> str | None:
        """The source column bound to Id."""

    def findings(
        self,
        table: str,
        offset: int,
        batch: ArrowStream | CsvRecords,
        *,
        rows: Sequence[int] | None = None,
        errors_only: bool = False,
    ) -> ArrowStream:
        """Describe the flagged rows of a batch that starts at row `offset` (columns as bound).

        Raises InputError when the rows no longer say what was checked.
        """

# Columns of text, chunk by chunk; null stays null. Raise ColumnError for columns of other types.
def is_e164_column(column: ArrowStream) -> ArrowStream:
    """Whether each text is a number in E.164 form."""

def phone_info_column(column: ArrowStream) -> ArrowStream:
    """Structs of e164, valid, region, kind and reason."""

def to_e164_column(column: ArrowStream, region: str | None = None) -> ArrowStream:
    """The E.164 form of each text; null where it is in doubt. Raises ConfigError for an unknown region."""

def to_id18_column(column: ArrowStream) -> ArrowStream:
    """The 18-character form of each Id; null where a text is no Id."""

def count_assigned(column: ArrowStream) -> int:
    """How many texts are a plus sign and the digits of an assigned number: the bare lookup, for measurements."""

def repair_phone(text: str, region: str | None = None) -> tuple[str, bool] | None:
    """The E.164 form of a text and whether it is certain; None where it is in doubt."""

def compacted(records: ArrowStream) -> ArrowStream:
    """Text columns whose bytes are their own: what is left of a few records holds no memory of all."""

def csv_records(records: ArrowStream | CsvRecords, keep: ArrowStream | None = None) -> bytes:
    """Records of text columns as CSV; only those that the Boolean column `keep` is true for, when it is given."""

def generate(
    *,
    users: int,
    sessions: int,
    channels: int = 40,
    seed: int = 1,
    defect_rate: float = 0.02,
    as_of: int,
    chunk: int = 250_000,
) -> Generated: ...

@final
class Generated:
    """Synthetic data, made chunk by chunk."""

    def channels(self) -> ArrowStream: ...
    def users(self) -> Iterator[ArrowStream]: ...
    def sessions(self) -> Iterator[ArrowStream]: ...
    def truth(self) -> ArrowStream:
        """table, row, code of every planted defect; complete once users and sessions are read."""
