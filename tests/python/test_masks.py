"""Single cells masked: no number is shown in any field, and tokens and their keys are what they are told to be."""

from __future__ import annotations

import hashlib
import random

import polars as pl
import pytest
import sendworthy as sw
from sendworthy.masking import masked, masked_cells, require_key, require_redaction

KEY = "SENDWORTHY_REDACT_KEY"
#: Fields of every type: free text, Ids, picklists, times, switches.
FIELDS = {
    "users": (
        "Id", "MessagingPlatformKey", "MessagingChannelId", "MessageType", "CreatedDate", "LastInboundMessageTime",
        "IsoCountryCode", "Locale", "Name", "OwnerId", "AccountId", "MessagingConsentStatus", "own column",
    ),
    "sessions": ("Id", "MessagingEndUserId", "Status", "StartTime", "EndTime", "AcceptTime", "OwnerId", "Origin"),
    "channels": ("Id", "MessageType", "IsActive", "MasterLabel", "MessagingPlatformKey", "Surface"),
    "sends": ("MessagingChannelId", "MessagingEndUserId", "Phone", "OwnerId", "SendTime", "MessageKind"),
}  # fmt: skip
NUMBER_FORMS = ("{}", "+{}", "00{}", "-{}", "{}.0", " {} ", "{}e0", "+1 {}", "tel:{}", "'{}")
EACH = 20


def findings(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """What of findings is read to mask them."""
    names = ("table", "column", "record_id", "value", "related_id", "message", "fix")
    return pl.DataFrame(
        [{name: row.get(name) for name in names} for row in rows], schema=dict.fromkeys(names, pl.String)
    )


@pytest.mark.parametrize("redact", ["last2", "hash"])
def test_a_number_is_shown_in_no_field(redact: str) -> None:
    random_ = random.Random(4)
    rows: list[dict[str, str | None]] = []
    for table, columns in FIELDS.items():
        for column in columns:
            for at in range(EACH):
                # Of any length that a number has; every other one of eight digits, which are a day as well.
                digits = (
                    str(random_.randint(10**6, 10**16))
                    if at % 2
                    else f"20{random_.randint(10, 99)}0{at % 9 + 1}1{at % 10}"
                )
                for form in NUMBER_FORMS:
                    value = form.format(digits)
                    told = f"'{value}' is none; {value} was given."
                    rows.append({"table": table, "column": column, "value": value, "message": told, "fix": value})
    shown = masked(findings(rows), redact)
    assert shown.height == len(rows) == 33 * EACH * len(NUMBER_FORMS)
    for row, cells in zip(rows, shown.select("value", "message", "fix").rows(), strict=True):
        digits = "".join(filter(str.isdigit, row["value"] or ""))
        assert not [cell for cell in cells if digits[-4:] in cell or digits[:4] in cell], (row, cells)


def test_cells_are_masked_as_values_of_their_field() -> None:
    frame = pl.DataFrame(
        {"who": ["0PAHo000000PCQz", "14155550123"], "day": ["2026-11-22", None], "rest": ["14155550123", "Ann"]}
    )
    fields = {"who": ("users", "Id"), "day": ("users", "CreatedDate")}
    shown = masked_cells(frame, "last2", fields)
    assert shown.columns == frame.columns
    assert shown["who"].to_list() == ["0PAHo000000PCQz", "***23"]
    assert shown["day"].to_list() == ["2026-11-22", None]
    assert shown["rest"].equals(frame["rest"])
    assert masked_cells(frame, None, fields).equals(frame)
    assert masked_cells(frame, "none", fields).equals(frame)
    assert masked_cells(frame, "hash", fields)["who"][1].startswith("#")


def test_the_last_two_stay_unless_asked_otherwise() -> None:
    rows = findings([{"table": "users", "column": "Name", "value": "+14155550123"}])
    assert masked(rows)["value"].to_list() == ["***23"]
    assert masked(rows, "none") is rows
    assert masked(rows.clear()).height == 0


@pytest.mark.parametrize("given", ["k" * 16, "k" * 17, "\udcff" * 16])
def test_a_given_key_makes_the_tokens(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, given)
    require_key("hash")
    key = hashlib.blake2b(given.encode("utf-8", "surrogateescape")).digest()
    expected = hashlib.blake2b(b"+14155550123", key=key, digest_size=8).hexdigest()
    letters = expected.translate(str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst"))
    rows = findings([{"table": "users", "column": "Name", "value": "+14155550123"}])
    assert masked(rows, "hash")["value"].to_list() == [f"#{letters}"]


def test_without_a_key_the_process_has_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = findings([{"table": "users", "column": "Name", "value": "+14155550123"}])
    tokens = []
    for given in (None, ""):
        monkeypatch.delenv(KEY, raising=False)
        if given is not None:
            monkeypatch.setenv(KEY, given)
        tokens.append(masked(rows, "hash")["value"][0])
    assert tokens[0] == tokens[1]
    monkeypatch.setenv(KEY, "k" * 16)
    assert masked(rows, "hash")["value"][0] != tokens[0]


def test_a_key_that_can_be_guessed_is_refused_where_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k" * 15)
    with pytest.raises(sw.ConfigError, match="SENDWORTHY_REDACT_KEY has 15 characters; a key of at least 16"):
        require_key("hash")
    require_key("last2")
    require_key("none")
    with pytest.raises(sw.ConfigError, match="redact must be one of last2, hash, none, not 'most'"):
        require_key("most")
    with pytest.raises(sw.ConfigError, match="not 'most'"):
        require_redaction("most")
    with pytest.raises(sw.ConfigError, match="not 'most'"):
        masked(findings([]), "most")
