"""Data Loader mappings and lengths of time: whatever is written is read back, whatever else is there is an error."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sendworthy as sw
from hypothesis import given, settings
from hypothesis import strategies as st
from sendworthy.config.kinds import Duration, Where
from sendworthy.sdl import read_sdl

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ["MessagingPlatformKey", "Name", "Score__c", "MessagingChannel.MasterLabel", "Contact.Key__c", "OwnerId"]
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1, max_size=12)


def _escaped(text: str) -> str:
    """A key as Java writes it in properties."""
    out = ""
    for char in text:
        if char in "=: \t\f\\#!":
            out += {"\t": "\\t", "\f": "\\f"}.get(char, f"\\{char}")
        else:
            out += char
    return out


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sdl") / "m.sdl"


@given(
    st.dictionaries(st.sampled_from(_NAMES), _TEXT.filter(lambda text: not text.startswith('"')), min_size=1),
    st.sampled_from(["=", ":", " ", " = ", "\t:\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.sampled_from(["# a comment", "! another=one", "", "   ", "\t#"]), max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_a_mapping_is_read_as_it_was_written(
    path: Path, mapping: dict[str, str], between: str, end: str, others: list[str]
) -> None:
    lines = [f"{_escaped(column)}{between}{field}" for field, column in mapping.items()]
    path.write_bytes(end.join([*others, *lines, *others, ""]).encode())
    assert read_sdl(path) == mapping


@given(st.binary(max_size=80) | st.text('ab=:#!\\u00e9"\n\r\t ,-', max_size=60).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_mapping_or_an_error_that_names_the_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        mapping = read_sdl(path)
    except sw.ConfigError as error:
        assert str(path) in str(error)  # noqa: PT017  (most contents are no error)
        return
    assert mapping
    assert all(field and column for field, column in mapping.items())


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NUMBER = st.integers(0, 10**10).map(str) | st.text("0123456789 -+.eE\u0663\u00b2\n", max_size=6)


@given(st.tuples(_NUMBER, st.sampled_from(["s", "m", "h", "d", "", "w", " h", "H", "h\n", "dd"])).map("".join))
@settings(max_examples=200, deadline=None)
def test_a_length_of_time_is_what_it_says_or_an_error(text: str) -> None:
    number, unit = text.removesuffix("\n")[:-1], text.removesuffix("\n")[-1:]
    sound = number.isascii() and number.isdigit() and len(number) <= 8 and unit in _SECONDS
    try:
        read = Duration().parse(text, Where("file.toml", "policy.whatsapp_window"))
    except sw.ConfigError as error:
        assert not sound
        assert "policy.whatsapp_window" in str(error)  # noqa: PT017  (most texts are no error)
    else:
        assert sound
        assert read == timedelta(seconds=int(number) * _SECONDS[unit])
