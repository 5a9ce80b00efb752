"""Values that may be personal are in no output that is masked, whatever the data; the same value has one token."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from report_cases import CASES, HOSTILE
from sendworthy.cli import run
from sendworthy.masking import masked
from sendworthy.outputs import FORMATS, Options, renderer

from tables import AS_OF, channel_rows, damaged_users, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

FORMS = (
    *("+{0}", "{0}", "+1 ({0})", "00{0}", "{1} {0}", "{1}@example.org", "U{0}", "{0},{0}", "{0}{0}{0}{0}"),
    *("{2}", "+1 {2}", "tel:{2}", "={0}", "'+{0}", "{0}@s.whatsapp.net", "whatsapp:+{0}"),
)
#: What people write between the digits of a number.
_BETWEEN = re.compile(r"(?<=\d)[ ().\-/\u00a0\u200b]{1,2}(?=\d)")
PUBLISHED = ("html", "markdown", "junit", "github", "gitlab", "sarif")
SEEDS = range(8)
KEY = "SENDWORTHY_REDACT_KEY"


def rendered(report: sw.Report, name: str, redact: str | None = None) -> str:
    """An output as text; Parquet as the text of its cells."""
    buffer = io.BytesIO()
    renderer(name)(report, buffer, Options(redact=redact))
    if name == "parquet":
        return pl.read_parquet(buffer.getvalue()).cast(pl.String).write_csv()
    return buffer.getvalue().decode()


def spoiled(random_: random.Random) -> tuple[sw.Report, set[str]]:
    """A report on data in which numbers and names stand in every kind of column, and those numbers and names."""
    secrets: set[str] = set()

    def secret() -> str:
        digits = "".join(random_.choices("0123456789", k=random_.randint(7, 17)))
        word = "".join(random_.choices("abcdefghijklmnopqrstuvwxyz", k=9)).capitalize()
        parted = random_.choice(("-", " ", ".", "/", "\u00a0", ") ")).join((digits[:3], digits[3:6], digits[6:]))
        form = random_.choice(FORMS)
        text = form.format(digits, word, parted)
        secrets.update((text, digits))  # neither as it is written, nor as a rule or a fix reads it
        secrets.update(found for found in re.findall(r"\d{6,}", text))
        if "@" in text or " " in text:
            secrets.add(word)
        return text

    def spoil(rows: list[dict[str, Any]], share: float) -> pl.DataFrame:
        for row in rows:
            for name in row:
                if random_.random() < share:
                    row[name] = secret()
        return pl.DataFrame(rows)

    share = random_.choice((0.05, 0.3, 1.0))
    users, sessions = user_rows(25), session_rows(15)
    for at, row in enumerate(users):
        row |= {"MessagingPlatformKey": secret(), "Name": secret(), "Locale": "en_US", "IsoCountryCode": "US"}
        row |= {"CreatedDate": "2026-11-20T10:00:00Z", "MessagingExternalUserKey": secret(), "AccountId": None}
        row["MessageType"] = random_.choice(("Text", "WhatsApp", "Facebook", "Line"))
        if at % 4 == 1:  # the same address, and the same Id, again
            row["MessagingPlatformKey"] = users[at - 1]["MessagingPlatformKey"]
            row["MessageType"] = users[at - 1]["MessageType"]
            row["Id"] = users[at - 1]["Id"]
    planned = {"MessagingChannelId": sf_id("0Mj", 1), "MessageKind": "freeform", "SendTime": AS_OF}
    sends = [planned | {"MessagingEndUserId": row["Id"], "Phone": secret()} for row in users]
    for row in sends[::2]:
        row["MessagingEndUserId"] = None
    channel = channel_rows()[0] | {"MasterLabel": secret(), "MessagingPlatformKey": secret()}
    report = sw.check(
        users=spoil(users, share),
        sessions=spoil(sessions, share),
        sends=spoil(sends, share),
        channels=pl.concat([pl.DataFrame([channel]), spoil([dict(channel) for _ in range(6)], share)]),
        existing_users=spoil(user_rows(5), share),
        as_of=AS_OF,
        operation=random_.choice(("audit", "insert")),
    )
    return report, secrets


@pytest.mark.parametrize("seed", SEEDS)
def test_no_output_that_is_masked_has_a_value(seed: int) -> None:
    report, secrets = spoiled(random.Random(seed))
    assert len(secrets) > 50
    given = rendered(report, "csv")
    assert sum(secret in given for secret in secrets) > 10  # so that there is something to mask
    for name in FORMATS:
        for redact in ("last2", "hash") + ((None,) if name in PUBLISHED else ()):
            text = rendered(report, name, redact)
            text += _BETWEEN.sub("", text)
            leaked = [secret for secret in secrets if secret in text or secret.lower() in text]
            assert not leaked, (name, redact, leaked[:3])


def test_masks_cover_every_rule_that_quotes_values() -> None:
    quoting: set[str] = set()
    for seed in SEEDS:
        findings = spoiled(random.Random(seed))[0].findings
        quoting |= {*findings.filter(pl.col("value").is_not_null())["code"]}
    assert {"C102", "C103", "U101", "U105", "U202", "U204", "U208", "S202", "S204", "S401", "P103", "P201"} <= quoting


@pytest.mark.parametrize("name", FORMATS)
def test_own_files_are_as_given_and_published_ones_masked(name: str) -> None:
    report = sw.check(users=damaged_users(), channels=channel_rows(), as_of=AS_OF)
    number = "4155550003"
    assert (number in rendered(report, name)) == (name not in PUBLISHED)
    assert number not in rendered(report, name, "last2")
    if name not in {"github", "gitlab"}:  # their messages quote no number
        assert number in rendered(report, name, "none")
        assert "***03" in rendered(report, name, "last2").replace("&#42;", "*")


def test_the_same_value_has_the_same_token_in_all_outputs() -> None:
    rows = user_rows(6)
    for at in (1, 2, 4):
        rows[at]["MessagingPlatformKey"] = "415 555 0100"
    report = sw.check(users=rows, channels=channel_rows(), as_of=AS_OF, select="U101")
    tokens = {
        token for name in ("text", "csv", "json", "junit", "sarif") for token in _tokens(rendered(report, name, "hash"))
    }
    assert len(tokens) == 1
    assert _tokens(rendered(report, "parquet", "hash")) == [*tokens] * 3
    other = sw.check(users=rows[4:], channels=channel_rows(), as_of=AS_OF, select="U101")
    assert _tokens(other.to_jsonl(redact="hash")) == [*tokens]


def _tokens(text: str) -> list[str]:
    return re.findall("#[b-df-hj-np-t]{16}", text)


@pytest.mark.parametrize("given", ["sixteen letters.", "more than sixteen letters"])
def test_tokens_are_keyed_blake2(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, given)
    key = hashlib.blake2b(given.encode()).digest()
    report = sw.check(users=damaged_users(), as_of=AS_OF, select="U101")
    expected = hashlib.blake2b(b"4155550003", key=key, digest_size=8).hexdigest()
    letters = expected.translate(str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst"))
    assert _tokens(report.to_jsonl(redact="hash")) == [f"#{letters}"]


@pytest.mark.parametrize("given", ["short", "fifteen letters"])
def test_keys_that_can_be_guessed_are_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, given)
    with pytest.raises(sw.ConfigError, match="at least 16"):
        sw.check(users=damaged_users(), as_of=AS_OF).to_text(redact="hash")


def test_two_runs_without_a_key_have_other_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    path = write_csv(tmp_path / "users.csv", damaged_users())
    options = ["--users", path, "--select", "U101", "--isolated", "--format", "jsonl", "--redact", "hash", "--quiet"]
    command = [sys.executable, "-m", "sendworthy", "check", *map(str, options)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2)]  # noqa: S603
    first, second = (_tokens(done.stdout) for done in runs)
    assert len(first) == len(second) == 1
    assert first != second


def test_masking_keeps_rows_columns_and_what_is_not_personal() -> None:
    report = CASES["generated"](None)  # type: ignore[arg-type]
    findings = report.findings
    shown = masked(findings)
    assert shown.schema == findings.schema
    assert shown.height == findings.height
    kept = ["table", "row", "code", "name", "severity", "column", "related_row", "fix_safety"]
    assert shown.select(kept).equals(findings.select(kept))
    for name in ("record_id", "value", "related_id", "fix"):
        assert shown[name].is_null().equals(findings[name].is_null())
    picked = findings.filter(code="S303")
    assert picked.height
    assert picked.equals(shown.filter(code="S303"))  # Ids alone
    assert masked(shown.clear()).is_empty()
    assert masked(findings, "none").equals(findings)


def test_masking_twice_changes_nothing_more_to_see() -> None:
    findings = CASES["damaged"](None).findings  # type: ignore[arg-type]
    assert "4155550003" not in masked(masked(findings)).write_json()


def test_hostile_values_are_masked() -> None:
    report = CASES["hostile"](None)  # type: ignore[arg-type]
    long = [text for text in HOSTILE if len(text) > 6]
    for name in FORMATS:
        text = rendered(report, name, "last2")
        assert not [one for one in long if one[:20] in text], name


def test_unknown_redactions_are_refused() -> None:
    report = sw.check(users=damaged_users(), as_of=AS_OF)
    with pytest.raises(sw.ConfigError, match="redact must be one of last2, hash, none, not 'most'"):
        report.to_text(redact="most")


class Command:
    """The command, run in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: object) -> tuple[int, str]:
        """Its status, and what it wrote to standard output."""
        status = run(["check", *map(str, arguments), "--as-of", AS_OF, "--quiet"])
        return status, self._capture.readouterr().out


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(capfd)


def test_the_flag_alone_means_the_last_two(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "users.csv", damaged_users())
    plain = ("--users", path, "--isolated", "--format", "csv")
    for flags in (["--redact", "--no-progress"], ["--redact=last2"], ["--redact", "last2"]):
        status, text = command(*plain, *flags)
        assert status == 1
        assert "***03" in text
        assert "4155550003" not in text
    assert "4155550003" in command(*plain)[1]
    assert "4155550003" in command("--users", path, "--isolated", "--format", "markdown", "--redact", "none")[1]
    assert command("--users", path, "--redact", "most")[0] == 2


def test_the_option_of_the_file_is_the_flags(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "users.csv", damaged_users())
    config = tmp_path / "own.toml"
    config.write_text('redact = "hash"\nformat = "json"\n', encoding="utf-8")
    values = [one["value"] for one in json.loads(command("--users", path, "--config", config)[1])["findings"]]
    assert any(_tokens(value) for value in values)
    assert "4155550003" in command("--users", path, "--config", config, "--redact", "none")[1]


def test_files_to_be_loaded_keep_their_values(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "users.csv", damaged_users())
    status, text = command("--users", path, "--isolated", "--redact", "--write", tmp_path / "out", "--format", "text")
    assert status == 1
    assert "4155550003" not in text
    assert "4155550003" in (tmp_path / "out/users.rejected.csv").read_text(encoding="utf-8")
