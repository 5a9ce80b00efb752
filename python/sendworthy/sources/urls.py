"""URLs: which ones can be read, how they are shown, and what may help when one cannot be."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sendworthy.errors import InputError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_WEB = ("http", "https")
_S3 = ("s3", "s3a")
_GOOGLE = ("gs", "gcs")
_AZURE = ("az", "azure", "adl", "abfs", "abfss")
#: Stores whose files can be listed, so that a glob means something.
_STORES = (*_S3, *_GOOGLE, *_AZURE)
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def is_url(location: str) -> bool:
    """Whether a location is a URL and not a path."""
    return _URL.match(location) is not None


def is_web(location: str) -> bool:
    """Whether a location is on a web server."""
    return is_url(location) and urlsplit(location).scheme in _WEB


def localized(location: str) -> str:
    """A ``file://`` URL as the path that it stands for; anything else as it is.

    Args:
        location: A path or URL.

    Raises:
        InputError: When no reader knows the URL's scheme, or a ``file://`` URL names another machine.
    """
    if not is_url(location):
        return location
    url = urlsplit(location)
    if url.scheme in {*_WEB, *_STORES, "hf"}:
        return location
    if url.scheme != "file":
        known = " ".join(f"{scheme}://" for scheme in (*_WEB, "s3", "gs", "az", "file"))
        message = f"{shown(location)}: a URL of this kind cannot be read; known are {known}"
        raise InputError(message)
    if url.netloc not in {"", "localhost"}:
        message = f"{location}: names the machine {url.netloc!r}; a file of this one has three slashes: file:///path"
        raise InputError(message)
    return url2pathname(url.path)


def may_glob(location: str) -> bool:
    """Whether a reader should expand the stars of a location: those of local paths are expanded before."""
    return is_url(location) and urlsplit(location).scheme in _STORES


def shown(location: str) -> str:
    """A path as it is; a URL without what may be secret in it."""
    if not is_url(location):
        return location
    url = urlsplit(location)
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"


def advice(location: str) -> str:
    """What to look at when a URL could not be read."""
    scheme = urlsplit(location).scheme
    if scheme in _S3:
        other = "AWS_ENDPOINT_URL is the address of a server that is not Amazon's"
        missing = [key for key in _KEYS if not os.environ.get(key)]
        if missing:
            return f"{' and '.join(missing)} not set: give credentials and AWS_REGION ({other})"
        return f"check the bucket, its AWS_REGION, and what the key in AWS_ACCESS_KEY_ID may read ({other})"
    if scheme in _GOOGLE:
        return "check the bucket and the credentials (GOOGLE_APPLICATION_CREDENTIALS names their file)"
    if scheme in _AZURE:
        return "check the container and the credentials (AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY)"
    return "check the address, and that its server can be reached from here"
