"""What a web server may do while a file is fetched from it: the whole file is checked, or the fault is told."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from sendworthy.private import PrivateFolder
from sendworthy.sources import open_source
from sendworthy.sources.fetching import fetch, gives_parts

from tables import user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"


@contextmanager
def serving(answer: bytes, asked: list[bytes] | None = None) -> Iterator[str]:
    """The address of a server that gives every request the same answer and hangs up."""
    with create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        if not (data := connection.recv(1 << 16)):
                            break
                        request += data
                    if request and asked is not None:
                        asked.append(request)
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        yield f"127.0.0.1:{port}"
        server.shutdown(2)
    thread.join()


def _sized(body: bytes, size: int | None = None) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) if size is None else size) + body


def _chunked(*chunks: bytes, end: bool = True) -> bytes:
    parts = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + parts + (b"0\r\n\r\n" if end else b"")


@pytest.fixture
def table(tmp_path: Path) -> bytes:
    return write_csv(tmp_path / "t.csv", user_rows(50)).read_bytes()


@pytest.mark.parametrize("how", ["sized", "chunked", "until the end"])
def test_what_a_server_gives_as_a_whole_is_read_from_a_private_copy(how: str, table: bytes) -> None:
    answers = {
        "sized": _sized(table),
        "chunked": _chunked(table[:100], table[100:]),
        "until the end": HEAD.replace(b"1.1", b"1.0") + b"\r\n" + table,
    }
    asked: list[bytes] = []
    with serving(answers[how], asked) as server:
        source = open_source("users", f"http://me:pass%20word@{server}/a%20b.csv?key=secret#part")
    assert [row["Id"] for row in user_rows(50)] == [one for frame in source.batches(["Id"]) for one in frame["Id"]]
    assert source.label == f"http://{server}/a%20b.csv"
    assert [request.split(b"\r\n")[0] for request in asked] == [b"GET /a%20b.csv?key=secret HTTP/1.1"] * 2
    assert all(b"Authorization: Basic bWU6cGFzcyB3b3Jk\r\n" in request for request in asked)
    assert [b"Range: bytes=0-0\r\n" in request for request in asked] == [True, False]
    (copy,) = source.paths
    assert Path(copy).stat().st_mode & 0o777 == 0o600
    del source
    assert not Path(copy).exists()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("sized", r"broke off after [\d,]+ of [\d,]+ bytes; try again"),
        ("chunked", "could not be downloaded: "),
        ("within a chunk", "could not be downloaded: "),
        ("status", "could not be downloaded: HTTP Error 500"),
        ("garbage", "could not be downloaded: "),
        ("nothing", "could not be downloaded: "),
    ],
)
def test_a_download_that_breaks_off_is_told_and_leaves_nothing(
    how: str, told: str, table: bytes, tmp_path: Path
) -> None:
    answers = {
        "sized": _sized(table[:500], len(table)),
        "chunked": _chunked(table[:500], end=False),
        "within a chunk": _chunked(table[:500])[:-200],
        "status": b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
        "garbage": b"\0\1\2 no answer at all\r\n\r\n",
        "nothing": b"",
    }
    folder = PrivateFolder("fetching-", tmp_path)
    with serving(answers[how]) as server, pytest.raises(sw.InputError) as caught:
        fetch(f"http://me:secret@{server}/u.csv?key=secret", folder)
    assert caught.match(rf"^http://{server}/u\.csv: {told}")
    assert "secret" not in str(caught.value)
    del caught
    gc.collect()  # a connection that was left open would be told of here


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/9\r\n\r\nI", True),
        (_sized(b"Id"), False),
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", True),  # reading tells
        (b"\0\1\2 no answer at all\r\n\r\n", True),
        (b"", True),
    ],
)
def test_only_a_server_that_answers_with_the_whole_gives_no_parts(answer: bytes, *, parts: bool) -> None:
    with serving(answer) as server:
        assert gives_parts(f"http://{server}/u.csv") is parts
    gc.collect()  # a connection that was left open would be told of here
