"""Arrow producers that break the rules, each checked in turn. Run as a script: a producer may end the process.

One line of JSON goes out for each case as soon as it is known what became of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import random
import struct
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import sendworthy as sw

from tables import AS_OF, channel_rows, user_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 20
_KEY = "MessagingPlatformKey"
_TEXT = [f"+1415555{at:04d} and more than a view holds" for at in range(ROWS)]
_OFFSETS = [len(_TEXT[0]) * at for at in range(ROWS + 1)]
_DATA = "".join(_TEXT).encode()


def users() -> pa.Table:
    """Users that nothing is wrong with."""
    return pa.Table.from_pylist(user_rows(ROWS))


def with_keys(keys: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The same with another column of keys."""
    table = users()
    return table.set_column(table.column_names.index(_KEY), _KEY, keys)


def texts(offsets: list[int], data: bytes = _DATA, kind: pa.DataType | None = None) -> pa.Array:
    """A column of text over these offsets, which nobody looks at."""
    form = "q" if kind == pa.large_string() else "i"
    packed = struct.pack(f"<{len(offsets)}{form}", *offsets)
    return pa.Array.from_buffers(kind or pa.string(), ROWS, [None, pa.py_buffer(packed), pa.py_buffer(data)])


def views(place: int, value: int) -> pa.Array:
    """A column of views of which one has another length (0), buffer (8) or offset (12)."""
    validity, packed, *data = pa.array(_TEXT, pa.string_view()).buffers()
    changed = bytearray(packed.to_pybytes())
    changed[16 * 3 + place : 16 * 3 + place + 4] = struct.pack("<i", value)
    return pa.Array.from_buffers(pa.string_view(), ROWS, [validity, pa.py_buffer(bytes(changed)), *data])


def dictionary(index: int) -> pa.Array:
    """A column whose last place in the dictionary is this one."""
    packed = struct.pack(f"<{ROWS}i", *([0] * (ROWS - 1)), index)
    values = pa.array(["+14155550123"])
    kind = pa.dictionary(pa.int32(), pa.string())
    return pa.DictionaryArray.from_buffers(kind, ROWS, [None, pa.py_buffer(packed)], values)


def runs(ends: list[int]) -> pa.Array:
    """A column of runs with these ends, as Arrow data of which nobody looked at the ends."""
    plain = pc.run_end_encode(pa.array([text for text in _TEXT[:10] for _ in "ab"]))
    packed = pa.py_buffer(struct.pack("<10i", *ends))
    children = [pa.Array.from_buffers(pa.int32(), 10, [None, packed]), plain.values]
    return pa.Array.from_buffers(plain.type, ROWS, [None], children=children)


class Stream(ctypes.Structure):
    """The struct of Arrow's C stream interface."""


_GET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.c_void_p)
_SAY = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(Stream))
_END = ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))
Stream._fields_ = [
    ("get_schema", _GET),
    ("get_next", _GET),
    ("get_last_error", _SAY),
    ("release", _END),
    ("private_data", ctypes.c_void_p),
]


class Producer:
    """A stream by hand: its schema, its batches whatever their schema, and an error in the end."""

    def __init__(
        self, schema: pa.Schema, batches: list[pa.RecordBatch], *, error: bytes | None = b"", code: int = 0
    ) -> None:
        self._stream, self._schema, self._batches = Stream(), schema, iter(batches)
        self._error = None if error is None else ctypes.create_string_buffer(error)
        self._code = code
        self._stream.get_schema = _GET(self._get_schema)
        self._stream.get_next = _GET(self._get_next)
        self._stream.get_last_error = _SAY(self._last_error)
        self._stream.release = _END(self._release)

    def _get_schema(self, _stream: object, out: int) -> int:
        self._schema._export_to_c(out)  # noqa: SLF001
        return 0

    def _get_next(self, _stream: object, out: int) -> int:
        batch = next(self._batches, None)
        if batch is not None:
            batch._export_to_c(out)  # noqa: SLF001
        elif self._code:
            return self._code
        else:  # what was released is the end
            ctypes.memset(out, 0, 80)
        return 0

    def _last_error(self, _stream: object) -> int | None:
        return None if self._error is None else ctypes.addressof(self._error)

    def _release(self, stream: Any) -> None:
        stream.contents.release = _END()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self._stream), b"arrow_array_stream", None)


def _batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _breaking_off() -> Iterator[pa.RecordBatch]:
    yield _batch(users())
    message = "the database went away"
    raise ValueError(message)


class _Answer:
    """An object whose stream is whatever it was given."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._answer()


def _raise() -> object:
    message = "no"
    raise RuntimeError(message)


def _spent() -> object:
    reader = users().to_reader()
    reader.read_all()
    return reader


def _moved(place: int, offset: int) -> list[int]:
    offsets = list(_OFFSETS)
    offsets[place] = offset
    return offsets


_OTHER = pa.schema([*users().schema, pa.field("More", pa.string())])

#: What is given, by name; then whether it breaks the rules so that it must be refused.
CASES: dict[str, tuple[Callable[[], object], bool]] = {
    "sound": (users, False),
    "sound by hand": (lambda: Producer(users().schema, [_batch(users())]), False),
    "text that is not UTF-8": (lambda: with_keys(texts(_OFFSETS, _DATA[:50] + b"\xff\xfe" + _DATA[52:])), True),
    "large text that is not UTF-8": (lambda: with_keys(texts(_OFFSETS, b"\xff" + _DATA[1:], pa.large_string())), True),
    "letters cut in two": (lambda: with_keys(texts([min(at, 20) for at in range(ROWS + 1)], "é".encode() * 10)), True),
    "a surrogate in UTF-8": (lambda: with_keys(texts(_OFFSETS, b"\xed\xa0\x80" + _DATA[3:])), True),
    "offsets that go back": (lambda: with_keys(texts(_moved(5, 700))), True),
    "offsets that go far away": (lambda: with_keys(texts(_moved(5, 2**31 - 1))), True),
    "negative offsets": (lambda: with_keys(texts(_moved(5, -4))), True),
    "large offsets that go back": (lambda: with_keys(texts(_moved(7, 2**40), _DATA, pa.large_string())), True),
    "a stream of offsets that go back": (lambda: with_keys(texts(_moved(5, 700))).to_reader(), True),
    "a view into no buffer": (lambda: with_keys(views(8, 99)), True),
    "a view into a negative buffer": (lambda: with_keys(views(8, -1)), True),
    "a view beyond its buffer": (lambda: with_keys(views(12, 10**6)), True),
    "a view with a negative offset": (lambda: with_keys(views(12, -8)), True),
    "a view with a negative length": (lambda: with_keys(views(0, -8)), True),
    "a view with another start": (lambda: with_keys(views(4, 77)), True),
    "a place beyond the dictionary": (lambda: with_keys(dictionary(77)), True),
    "a place before the dictionary": (lambda: with_keys(dictionary(-5)), True),
    "runs that go back": (lambda: with_keys(runs([2, 4, 6, 8, 4, 12, 14, 16, 18, 20])), True),
    "runs of no length": (lambda: with_keys(runs([2, 4, 4, 8, 10, 12, 14, 16, 18, 20])), True),
    "negative runs": (lambda: with_keys(runs([-2, 4, 6, 8, 10, 12, 14, 16, 18, 20])), True),
    "a batch with a column less": (lambda: Producer(_OTHER, [_batch(users())]), True),
    "a batch with a column more": (
        lambda: Producer(users().schema, [_batch(users().append_column("More", pa.array([""] * ROWS)))]),
        True,
    ),
    "a batch of another type": (
        lambda: Producer(users().schema, [_batch(users()), _batch(with_keys(pa.array(range(ROWS))))]),
        True,
    ),
    "an error without words": (lambda: Producer(users().schema, [_batch(users())], error=None, code=5), True),
    "an error of bytes": (lambda: Producer(users().schema, [_batch(users())], error=b"\xff\xfe", code=5), True),
    "an error at once": (lambda: Producer(users().schema, [], error=b"gone", code=5), True),
    "no batch": (lambda: Producer(users().schema, []), True),
    "a generator that raises": (
        lambda: pa.RecordBatchReader.from_batches(users().schema, _breaking_off()),
        True,
    ),
    "a method that raises": (lambda: _Answer(_raise), True),
    "no capsule": (lambda: _Answer(lambda: 42), True),
    "nothing": (lambda: _Answer(lambda: None), True),
    "a stream of an array": (lambda: _Answer(lambda: pa.chunked_array([[1, 2]]).__arrow_c_stream__()), True),
    "a stream that was read": (_spent, True),
    "a column name twice": (lambda: pa.table([users()["Id"]] * 2, names=["Id", "Id"]), True),
    "no column": (lambda: pa.table({}), True),
    "no record": (lambda: users().slice(0, 0), True),
}


def damaged(seed: int) -> pa.Table:
    """A column of any kind in whose buffers a few bytes are others; the end of the text stays where it is.

    The C interface tells no consumer how long a buffer is, so an end beyond the memory cannot be noticed by anybody.
    """
    chance = random.Random(seed)
    kind = chance.choice([pa.string(), pa.large_string(), pa.string_view(), "dictionary", "runs"])
    column: pa.Array
    match kind:
        case "dictionary":
            column = pa.array(_TEXT).dictionary_encode()
        case "runs":
            column = pc.run_end_encode(pa.array([text for text in _TEXT[:10] for _ in "ab"]))
        case _:
            column = pa.array(_TEXT, kind)
    while True:
        with contextlib.suppress(pa.ArrowInvalid):  # pyarrow itself notices some
            return with_keys(_damaged(column, chance, width={pa.string(): 4, pa.large_string(): 8}.get(column.type, 0)))


def _damaged(column: pa.Array, chance: random.Random, *, width: int) -> pa.Array:
    if isinstance(column, pa.RunEndEncodedArray):
        ends = _damaged(column.run_ends, chance, width=0)
        return pa.Array.from_buffers(column.type, len(column), [None], children=[ends, column.values])
    if isinstance(column, pa.DictionaryArray):
        indices = _damaged(column.indices, chance, width=0)
        return pa.DictionaryArray.from_buffers(column.type, len(column), indices.buffers(), column.dictionary)
    buffers = column.buffers()
    at = chance.choice([at for at, buffer in enumerate(buffers) if buffer is not None and buffer.size])
    changed = bytearray(buffers[at].to_pybytes())
    # What a slice or padding leaves out is no part of the column; the last offset is the end of the text.
    size = len(column) * width if width and at == 1 else len(changed)
    for _ in range(chance.randint(1, 3)):
        changed[chance.randrange(size)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    buffers[at] = pa.py_buffer(bytes(changed))
    return pa.Array.from_buffers(column.type, len(column), buffers)


def judged(data: object) -> str:
    """What becomes of a check: the number of findings, or the error."""
    try:
        report = sw.check(users=data, channels=channel_rows(), as_of=AS_OF)
        assert report.users.ready.height + report.users.rejected.height == ROWS
    except sw.SendworthyError as error:
        return f"{type(error).__name__}: {error}"
    return f"{report.findings.height} findings"


def _tell(case: object, outcome: str) -> None:
    sys.stdout.write(f"{json.dumps([case, outcome])}\n")
    sys.stdout.flush()


def main() -> None:
    """Every case by name; with two numbers as many random ones from a seed."""
    if sys.argv[1:]:
        count, seed = map(int, sys.argv[1:])
        for at in range(seed, seed + count):
            _tell(at, judged(damaged(at)))
        return
    for name, (make, _) in CASES.items():
        _tell(name, judged(make()))


if __name__ == "__main__":
    main()
