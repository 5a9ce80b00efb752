"""Whole copies of files on web servers that give no parts of them."""

from __future__ import annotations

import base64
import shutil
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from sendworthy.errors import InputError
from sendworthy.sources.urls import shown
from sendworthy.texts import first_line

if TYPE_CHECKING:
    from sendworthy.private import PrivateFolder

_SECONDS = 60  # without a byte
_CHUNK = 1 << 20
#: Of a connection; and of an answer that is none, or that ends before it should.
_FAULTS = (OSError, HTTPException)


def gives_parts(url: str) -> bool:
    """Whether a server gives parts of a file, which reading without a copy needs.

    Args:
        url: An http or https URL.

    Returns:
        False only when the server answered and gave the whole; what else went wrong, reading tells.
    """
    try:
        with _opened(url, {"Range": "bytes=0-0"}) as answer:
            return bool(answer.status == HTTPStatus.PARTIAL_CONTENT)
    except _FAULTS as fault:
        _hang_up(fault)
        return True


def fetch(url: str, folder: PrivateFolder) -> Path:
    """Download a file into a folder, under the end of its name.

    Raises:
        InputError: When the server stops before the end.
    """
    path = folder.file(Path(urlsplit(url).path).name)
    try:
        with _opened(url, {}) as answer, path.open("wb") as copy:
            shutil.copyfileobj(answer, copy, _CHUNK)
            promised = answer.headers.get("Content-Length")
    except _FAULTS as error:
        _hang_up(error)
        message = f"{shown(url)}: could not be downloaded: {first_line(error)}"
        raise InputError(message) from error
    if promised is not None and int(promised) != path.stat().st_size:
        message = f"{shown(url)}: broke off after {path.stat().st_size:,} of {int(promised):,} bytes; try again"
        raise InputError(message)
    return path


def _hang_up(fault: Exception) -> None:
    """An answer that is an error holds its connection, as any other answer does."""
    if isinstance(fault, HTTPError):
        fault.close()


def _opened(url: str, headers: dict[str, str]) -> Any:
    parts = urlsplit(url)
    name, at, host = parts.netloc.rpartition("@")
    if at:
        headers = {**headers, "Authorization": f"Basic {base64.b64encode(unquote(name).encode()).decode()}"}
    return urlopen(Request(parts._replace(netloc=host, fragment="").geturl(), headers=headers), timeout=_SECONDS)  # noqa: S310  (only http and https come here)
