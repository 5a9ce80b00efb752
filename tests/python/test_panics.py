"""A panic in the core: an exception that says whose fault it is and shows no value, and the interpreter lives on."""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
import sendworthy as sw
from sendworthy import _core

from tables import AS_OF, channel_rows, session_rows, user_rows

if TYPE_CHECKING:
    from collections.abc import Callable

_ROWS = 4096


def _engine() -> _core.Engine:
    return _core.Engine(as_of=1_795_348_800_000, threads=2)


def _in_a_worker() -> None:
    """What the core takes from polars is not validated again: a view beyond its buffer is met by the decoder."""
    users = pa.Table.from_pylist(user_rows(_ROWS))
    validity, views, *data = users["Id"].cast(pa.string_view()).combine_chunks().buffers()
    changed = bytearray(views.to_pybytes())
    changed[12:16] = struct.pack("<i", 10**8)
    ids = pa.Array.from_buffers(pa.string_view(), _ROWS, [validity, pa.py_buffer(bytes(changed)), *data])
    engine, users = _engine(), users.set_column(users.column_names.index("Id"), "Id", ids)
    engine.bind("users", "test", users)
    engine.push("users", users)
    engine.finish_table("users")


def _in_the_calling_thread() -> None:
    """A record that was never pushed is said to be repeated."""
    engine = _engine()
    sessions = pa.Table.from_pylist(session_rows(3))
    engine.bind("sessions", "test", sessions)
    engine.repeat([10**6])
    engine.push("sessions", sessions)
    engine.finish_table("sessions")
    engine.finish()


_PANICS = {"worker": _in_a_worker, "caller": _in_the_calling_thread}


@pytest.mark.parametrize("panic", _PANICS.values(), ids=_PANICS)
def test_a_panic_is_an_exception_and_the_next_check_runs(
    panic: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError, match=r"^internal error in sendworthy \(please report it\): at ") as caught:
            panic()
        assert "src/" in str(caught.value)
        assert "555" not in str(caught.value)
    assert "panicked" not in "".join(capfd.readouterr())
    report = sw.check(users=user_rows(5), channels=channel_rows(), as_of=AS_OF)
    assert report.ok
    assert report.users.ready.height == 5


@pytest.mark.parametrize("name", _PANICS)
def test_who_looks_for_the_fault_sees_where_it_was(name: str) -> None:
    script = (
        "import sys; sys.path.insert(0, 'tests/python'); import test_panics\n"
        f"try:\n    test_panics._PANICS['{name}']()\nexcept RuntimeError as error:\n    print(error)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**_environment(), "SENDWORTHY_DEBUG": "1"},
    )
    assert "panicked at" in done.stderr
    assert done.stdout.startswith("internal error in sendworthy (please report it): ")


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "RUST_BACKTRACE": "0"}
