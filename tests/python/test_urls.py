"""URLs: which ones can be read, what of them is shown, and what helps."""

from __future__ import annotations

from pathlib import Path

import pytest
import sendworthy as sw
from sendworthy.sources.urls import advice, is_url, is_web, localized, may_glob, shown


@pytest.mark.parametrize(
    ("location", "url", "web", "glob"),
    [
        ("http://h/a.csv", True, True, False),
        ("https://h/a.csv", True, True, False),
        ("s3://b/*.csv", True, False, True),
        ("s3a://b/*.csv", True, False, True),
        ("gs://b/*.csv", True, False, True),
        ("gcs://b/*.csv", True, False, True),
        *((f"{scheme}://c/*.csv", True, False, True) for scheme in ("az", "azure", "adl", "abfs", "abfss")),
        ("hf://datasets/a.csv", True, False, False),
        ("file:///a.csv", True, False, False),
        ("C:\\users.csv", False, False, False),
        ("C://users.csv", False, False, False),  # a drive
        ("1a://b", False, False, False),
        ("://b", False, False, False),
        ("folder/http://h/a.csv", False, False, False),
        ("users*.csv", False, False, False),
    ],
)
def test_what_is_a_url(location: str, *, url: bool, web: bool, glob: bool) -> None:
    assert (is_url(location), is_web(location), may_glob(location)) == (url, web, glob)


def test_a_file_url_is_a_path_of_this_machine() -> None:
    assert localized("file:///a%20b/c.csv") == str(Path("/a b/c.csv"))
    assert localized("file://localhost/a.csv") == str(Path("/a.csv"))
    for same in ("a.csv", "/a%20b.csv", "s3://b/a%20b.csv", "http://h/a.csv?x=1", "hf://datasets/a.csv"):
        assert localized(same) == same
    with pytest.raises(sw.InputError, match=r"^file://other/a\.csv: names the machine 'other'; a file of this one"):
        localized("file://other/a.csv")
    with pytest.raises(sw.InputError) as caught:
        localized("ftp://me:secret@h/a.csv?key=secret")
    assert str(caught.value) == (
        "ftp://h/a.csv: a URL of this kind cannot be read; known are http:// https:// s3:// gs:// az:// file://"
    )


def test_nothing_that_may_be_secret_is_shown() -> None:
    assert shown("https://me:se@cret@h:8080/a/b.csv?key=secret#secret") == "https://h:8080/a/b.csv"
    assert shown("a@b?c#d.csv") == "a@b?c#d.csv"


@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_what_helps_with_s3_depends_on_what_is_set(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    for name in names:
        monkeypatch.setenv(name, "x")
    assert advice(f"{scheme}://b/a.csv").startswith("check the bucket, its AWS_REGION, and what the key in AWS_ACCESS")
    monkeypatch.setenv(names[1], "")
    assert advice(f"{scheme}://b/a.csv").startswith("AWS_SECRET_ACCESS_KEY not set: give credentials and AWS_REGION (")
    monkeypatch.delenv(names[0])
    assert advice(f"{scheme}://b/a.csv").startswith("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set: ")


@pytest.mark.parametrize(
    ("schemes", "told"),
    [
        (("gs", "gcs"), "GOOGLE_APPLICATION_CREDENTIALS"),
        (("az", "azure", "adl", "abfs", "abfss"), "AZURE_STORAGE_ACCOUNT_NAME"),
        (("http", "https", "hf"), "check the address, and that its server can be reached"),
    ],
)
def test_what_helps_with_others(schemes: tuple[str, ...], told: str) -> None:
    assert all(told in advice(f"{scheme}://b/a.csv") for scheme in schemes)
