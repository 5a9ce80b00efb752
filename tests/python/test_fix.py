"""Fixes: what is certain is mended in new files, listed, and nothing else changes."""

from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
import sendworthy as sw
from sendworthy import fixing
from sendworthy.mending import Mending
from sendworthy.sources.base import as_frame
from sendworthy.staging import Staging

from tables import AS_OF, Row, channel_rows, read_csv, session_rows, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = ["table", "row", "record_id", "column", "before", "after", "code", "safety"]
CHANNEL = "0MjHo000000PCQzKAO"
US = {"IsoCountryCode": "US"}


def check(users: Any, **options: Any) -> sw.Report:
    """Check at the moment that these tests rely on."""
    return sw.check(users=users, as_of=AS_OF, **options)


def user(**cells: str | None) -> Row:
    """One sound SMS user with some cells replaced."""
    times = {"CreatedDate": "2026-11-01T00:00:00Z", "LastInboundMessageTime": None}
    return user_rows(1)[0] | times | {"MessagingConsentStatus": None, "ContactId": None} | cells


def text_frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as a frame of text columns."""
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def numbered(*keys: str, **cells: str | None) -> list[Row]:
    """Sound users but for these platform keys."""
    rows = user_rows(len(keys))
    return [row | {"MessagingPlatformKey": key} | cells for row, key in zip(rows, keys, strict=True)]


def changes(folder: Path) -> list[tuple[str, ...]]:
    """What changes.csv lists: table, row, column, before, after, code, safety."""
    header, *rows = read_csv(folder / "changes.csv")
    assert header == HEADER
    return [(table, row, *rest) for table, row, _, *rest in rows]


def keys(folder: Path) -> list[str]:
    """The platform keys of the mended users."""
    header, *rows = read_csv(folder / "users.fixed.csv")
    return [row[header.index("MessagingPlatformKey")] for row in rows]


SAFE = [
    ("MessagingPlatformKey", "+1 (415) 555-0123", "+14155550123", "U101"),
    ("MessagingPlatformKey", "0014155550123", "+14155550123", "U101"),
    ("MessagingPlatformKey", "+1\u200b415\u00a05550123", "+14155550123", "U101"),
    ("MessagingPlatformKey", "＋１４１５５５５０１２３", "+14155550123", "U101"),  # noqa: RUF001
    ("MessagingPlatformKey", "'+14155550123", "+14155550123", "U101"),
    ("MessageType", "text", "Text", "U202"),
    ("MessagingConsentStatus", "OPTEDOUT", "OptedOut", "U202"),
    ("MessagingChannelId", CHANNEL.lower(), CHANNEL, "U204"),
    ("Id", sf_id("0PA", 1).lower(), sf_id("0PA", 1), "U204"),
    ("Id", sf_id("0PA", 1)[:15], sf_id("0PA", 1), "id18"),
    ("ContactId", sf_id("003", 1)[:15], sf_id("003", 1), "id18"),
    ("CreatedDate", "2026-11-01T00:00:00+0100", "2026-10-31T23:00:00.000Z", "bulk-time"),
    ("CreatedDate", "2026-11-01 00:00:00Z", "2026-11-01T00:00:00.000Z", "bulk-time"),
    ("CreatedDate", "11/21/2026 00:00:00Z", "2026-11-21T00:00:00.000Z", "bulk-time"),
    ("LastInboundMessageTime", "2026-11-01T00:00:00.123456Z", "2026-11-01T00:00:00.123Z", "bulk-time"),
]
UNSAFE = [
    ("MessagingPlatformKey", "4155550123", "+14155550123", "U101"),
    ("MessagingPlatformKey", "(415) 555-0123", "+14155550123", "U101"),
    ("CreatedDate", "2026-11-01T00:00:00", "2026-11-01T00:00:00.000Z", "U209"),
    ("CreatedDate", "2026-11-01", "2026-11-01T00:00:00.000Z", "U209"),
    ("LastInboundMessageTime", "11/21/2026", "2026-11-21T00:00:00.000Z", "U209"),
]
NONE = [
    ("MessagingPlatformKey", "1.41555E+10"),
    ("MessagingPlatformKey", "+1415555CALL"),
    ("MessagingPlatformKey", "+14155550123 ext 5"),
    ("MessageType", "SMS"),
    ("MessageType", "pstnvoice"),
    ("MessagingConsentStatus", " OptedOut"),
    ("ContactId", "003"),
    ("ContactId", sf_id("0PA", 1)),
    ("ContactId", "000000000000000"),
    ("CreatedDate", "03/04/2026 00:00:00Z"),
    ("CreatedDate", "03/04/2026"),
    ("CreatedDate", "yesterday"),
    ("CreatedDate", "2026-11-01T00:00:00.000+01:00"),
    ("LastInboundMessageTime", "#N/A"),
]


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("fix", SAFE)
def test_safe_fixes_are_made(fix: tuple[str, str, str, str], unsafe: bool, tmp_path: Path) -> None:
    column, before, after, code = fix
    report = check([user(**{column: before}, **US)])
    fixes = report.fix(tmp_path, unsafe=unsafe)
    assert changes(tmp_path) == [("users", "0", column, before, after, code, "safe")]
    header, row = read_csv(tmp_path / "users.fixed.csv")
    assert dict(zip(header, row, strict=True))[column] == after
    assert code not in fixes.report.findings["code"]
    if code.startswith("U"):
        found = report.findings.filter(pl.col("code") == code)
        assert found.select("fix", "fix_safety").rows() == [(after, "safe")]


@pytest.mark.parametrize(("column", "before", "after", "code"), UNSAFE)
def test_unsafe_fixes_are_made_only_when_asked_for(
    column: str, before: str, after: str, code: str, tmp_path: Path
) -> None:
    report = check([user(**{column: before}, **US)])
    found = report.findings.filter(pl.col("code") == code)
    assert found.select("fix", "fix_safety").rows() == [(after, "unsafe")]
    fixes = report.fix(tmp_path / "safe")
    assert changes(tmp_path / "safe") == []
    assert fixes.counts.rows() == [("users", code, "unsafe", 0, 0, 1)]
    assert "made only when asked for" in fixes.to_text()
    fixes = report.fix(tmp_path / "unsafe", unsafe=True)
    assert changes(tmp_path / "unsafe") == [("users", "0", column, before, after, code, "unsafe")]
    assert code not in fixes.report.findings["code"]


@pytest.mark.parametrize(("column", "value"), NONE)
def test_what_is_not_certain_is_left_alone(column: str, value: str, tmp_path: Path) -> None:
    report = check([user(**{column: value}, **US)], default_region="US")
    assert report.findings["fix"].null_count() == report.findings.height
    report.fix(tmp_path, unsafe=True)
    assert changes(tmp_path) == []
    header, row = read_csv(tmp_path / "users.fixed.csv")
    assert dict(zip(header, row, strict=True))[column] == value


def test_sessions_are_mended(tmp_path: Path) -> None:
    (session,) = session_rows(1)
    session |= {"Status": "ENDED", "Origin": "inboundinitiated", "StartTime": "2026-11-20 10:00:00"}
    session |= {"MessagingEndUserId": session["MessagingEndUserId"].lower(), "Id": session["Id"][:15]}
    report = sw.check(sessions=[session], as_of=AS_OF)
    fixes = report.fix(tmp_path, unsafe=True)
    assert [path.name for path in fixes.files] == ["sessions.fixed.csv", "changes.csv", "withheld.csv"]
    assert changes(tmp_path) == [
        ("sessions", "0", "Id", sf_id("0Mw", 1)[:15], sf_id("0Mw", 1), "id18", "safe"),
        ("sessions", "0", "MessagingEndUserId", sf_id("0PA", 1).lower(), sf_id("0PA", 1), "S204", "safe"),
        ("sessions", "0", "Status", "ENDED", "Ended", "S202", "safe"),
        ("sessions", "0", "Origin", "inboundinitiated", "InboundInitiated", "S202", "safe"),
        ("sessions", "0", "StartTime", "2026-11-20 10:00:00", "2026-11-20T10:00:00.000Z", "S402", "unsafe"),
    ]
    assert fixes.report.ok


def test_fixes_are_counted_by_table_rule_and_safety(tmp_path: Path) -> None:
    users = numbered("4155550123", "+1 415 555 0124", "+1 415 555 0125", **US)
    users[2] |= {"MessageType": "text", "Id": users[2]["Id"][:15]}
    sessions = [row | {"Status": "ENDED"} for row in session_rows(1)]
    fixes = check(users, sessions=sessions).fix(tmp_path)
    assert fixes.counts.rows() == [
        ("users", "U101", "safe", 2, 0, 0),
        ("users", "U101", "unsafe", 0, 0, 1),
        ("users", "U202", "safe", 1, 0, 0),
        ("users", "id18", "safe", 1, 0, 0),
        ("sessions", "S202", "safe", 1, 0, 0),
    ]
    assert "still found: 1 U101;" in fixes.to_text()


def test_of_two_runs_into_one_folder_one_is_refused(tmp_path: Path) -> None:
    report = check([user(MessageType="text")])
    with Staging(tmp_path, alone=True), pytest.raises(OSError, match="another run is writing its files there"):
        report.fix(tmp_path)
    assert report.fix(tmp_path).files


def test_channels_name_their_fix_and_are_not_written(tmp_path: Path) -> None:
    channels = channel_rows()
    channels[0] |= {"Id": channels[0]["Id"].lower(), "MessageType": "TEXT"}
    report = check(user_rows(2), channels=channels)
    found = report.findings.filter(pl.col("table") == "channels").select("code", "fix", "fix_safety").rows()
    assert found == [("C102", sf_id("0Mj", 1), "safe"), ("C103", "Text", "safe")]
    report.fix(tmp_path)
    assert not list(tmp_path.glob("channels*"))


def test_every_other_cell_keeps_its_value(tmp_path: Path) -> None:
    lines = [
        'Id,MessagingPlatformKey,MessagingChannelId,MessageType,Name,Note__c,"odd ""header"""',
        f'{sf_id("0PA", 1)},+1 415 555 0123,{CHANNEL},Text,"a ""b"", c",,""',
        f'{sf_id("0PA", 2)},+14155550124,{CHANNEL},text,#N/A,"",#N/A',
        f'{sf_id("0PA", 3)},+14155550125,{CHANNEL},Text," x ",=1+1,"two\nlines"',
        f"{sf_id('0PA', 4)},+14155550126,{CHANNEL},Text,é😀,00123,1e5",
    ]
    path = tmp_path / "u.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    check(path).fix(tmp_path / "out")
    expected = "\n".join(lines).replace("+1 415 555 0123", "+14155550123").replace(",text,", ",Text,")
    assert (tmp_path / "out/users.fixed.csv").read_text(encoding="utf-8") == expected.replace('" x "', " x ") + "\n"
    assert (
        pl.read_csv(path, infer_schema=False)
        .drop("MessagingPlatformKey", "MessageType")
        .equals(
            pl.read_csv(tmp_path / "out/users.fixed.csv", infer_schema=False).drop(
                "MessagingPlatformKey", "MessageType"
            )
        )
    )


def test_a_sound_file_is_written_byte_for_byte(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "u.csv", user_rows(50))
    fixes = check(path).fix(tmp_path / "out", unsafe=True)
    assert (tmp_path / "out/users.fixed.csv").read_bytes() == path.read_bytes()
    assert fixes.counts.is_empty()
    assert fixes.to_text().startswith("mended 0 cells: users.fixed.csv, ")


DAMAGED = [
    user(MessagingPlatformKey="+1 415 555 0123", **US),
    user(Id=sf_id("0PA", 2)[:15], MessagingPlatformKey="4155550124", MessageType="text", **US),
    user(Id=sf_id("0PA", 3), MessagingPlatformKey="+14155550125", CreatedDate="2026-11-01", **US),
]


def _tsv(folder: Path) -> Path:
    path = folder / "u.tsv"
    text_frame(DAMAGED).write_csv(path, separator="\t")
    return path


def _gzip(folder: Path) -> Path:
    path = folder / "u.csv.gz"
    path.write_bytes(gzip.compress(text_frame(DAMAGED).write_csv().encode()))
    return path


def _saved(suffix: str, save: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        getattr(text_frame(DAMAGED), save)(folder / f"u.{suffix}")
        return folder / f"u.{suffix}"

    return make


def _parts(folder: Path) -> list[Path]:
    return [write_csv(folder / f"{at}.csv", [row]) for at, row in enumerate(DAMAGED)]


KINDS: dict[str, Callable[[Path], Any]] = {
    "csv": lambda folder: write_csv(folder / "u.csv", DAMAGED),
    "parts": _parts,
    "tsv": _tsv,
    "gzip": _gzip,
    "parquet": _saved("parquet", "write_parquet"),
    "ndjson": _saved("ndjson", "write_ndjson"),
    "ipc": _saved("arrow", "write_ipc"),
    "frame": lambda _: text_frame(DAMAGED),
    "categorical": lambda _: text_frame(DAMAGED).with_columns(pl.all().cast(pl.Categorical)),
    "lazy": lambda _: text_frame(DAMAGED).lazy(),
    "pandas": lambda _: pd.DataFrame(DAMAGED),
    "stream": lambda _: text_frame(DAMAGED).to_arrow().to_reader(),
    "dicts": lambda _: DAMAGED,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_input_is_mended_alike(kind: str, tmp_path: Path) -> None:
    fixes = check(KINDS[kind](tmp_path)).fix(tmp_path / "out", unsafe=True)
    assert [row[1:5] for row in changes(tmp_path / "out")] == [
        ("0", "MessagingPlatformKey", "+1 415 555 0123", "+14155550123"),
        ("1", "Id", sf_id("0PA", 2)[:15], sf_id("0PA", 2)),
        ("1", "MessageType", "text", "Text"),
        ("1", "MessagingPlatformKey", "4155550124", "+14155550124"),
        ("2", "CreatedDate", "2026-11-01", "2026-11-01T00:00:00.000Z"),
    ]
    expected = text_frame(DAMAGED).with_columns(
        pl.Series("Id", [sf_id("0PA", at) for at in (1, 2, 3)]),
        pl.Series("MessagingPlatformKey", [f"+1415555012{at}" for at in (3, 4, 5)]),
        pl.lit("Text").alias("MessageType"),
        pl.Series("CreatedDate", ["2026-11-01T00:00:00Z"] * 2 + ["2026-11-01T00:00:00.000Z"]),
    )
    if kind == "parquet":
        found = pl.read_parquet(tmp_path / "out/users.fixed.parquet")
    else:
        found = pl.read_csv(tmp_path / "out/users.fixed.csv", infer_schema=False)
    assert found.fill_null("").equals(expected.cast(pl.String).fill_null(""))
    assert fixes.report.ok


def test_parquet_keeps_its_types_where_it_can(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "Id": pl.Series([sf_id("0PA", 1), sf_id("0PA", 2)]),
            "MessagingPlatformKey": pl.Series([4155550123, None], dtype=pl.Int64),
            "MessagingChannelId": pl.Series([CHANNEL, CHANNEL], dtype=pl.Categorical),
            "MessageType": pl.Series(["text", "Text"], dtype=pl.Enum(["text", "Text"])),
            "MessagingConsentStatus": pl.Series(["OptedOut", None], dtype=pl.Enum(["OptedOut"])),
            "CreatedDate": pl.Series(["2026-11-01T00:00:00.123456", None]).str.to_datetime(),
            "LastInboundMessageTime": pl.Series(["2026-11-01T00:00:00+02:00", None]).str.to_datetime(time_zone="UTC"),
            "list": [[1], None],
        }
    )
    frame.write_parquet(tmp_path / "u.parquet")
    report = check(tmp_path / "u.parquet", default_region="us")
    report.fix(tmp_path / "safe")
    safe = pl.read_parquet(tmp_path / "safe/users.fixed.parquet")
    assert safe.schema == frame.schema | {"MessageType": pl.String()}
    assert safe["MessageType"].to_list() == ["Text", "Text"]
    assert safe.drop("MessageType").equals(frame.drop("MessageType"))
    fixes = report.fix(tmp_path / "unsafe", unsafe=True)
    unsafe = pl.read_parquet(tmp_path / "unsafe/users.fixed.parquet")
    assert unsafe["MessagingPlatformKey"].to_list() == ["+14155550123", None]
    assert unsafe["CreatedDate"].equals(frame["CreatedDate"].dt.replace_time_zone("UTC"))
    untouched = ["Id", "MessagingChannelId", "MessagingConsentStatus", "LastInboundMessageTime", "list"]
    assert unsafe.select(untouched).equals(frame.select(untouched))
    assert fixes.report.findings.filter(pl.col("severity") == "error")["code"].to_list() == ["U201"]


def test_categories_are_mended_as_categories(tmp_path: Path) -> None:
    frame = text_frame([user(MessagingChannelId=CHANNEL.lower())]).cast({"MessagingChannelId": pl.Categorical})
    frame.write_parquet(tmp_path / "u.parquet")
    check(tmp_path / "u.parquet").fix(tmp_path)
    mended = pl.read_parquet(tmp_path / "users.fixed.parquet")
    assert mended.schema == frame.schema
    assert mended["MessagingChannelId"].to_list() == [CHANNEL]


def test_dates_become_utc_times(tmp_path: Path) -> None:
    frame = text_frame([user()]).with_columns(pl.lit("2026-11-01").str.to_date().alias("CreatedDate"))
    fixes = check(frame).fix(tmp_path, unsafe=True)
    assert changes(tmp_path)[0][2:6] == ("CreatedDate", "2026-11-01", "2026-11-01T00:00:00.000Z", "U209")
    assert "2026-11-01T00:00:00.000Z" in (tmp_path / "users.fixed.csv").read_text()
    assert "U209" not in fixes.report.findings["code"]


@pytest.mark.parametrize(
    ("given", "mended", "because"),
    [
        (["4155550123", "+14155550123"], [], [("0", "U206", "1")]),
        (["+14155550123", "4155550123"], [], [("1", "U206", "0")]),
        (["4155550123", "(415) 555-0123"], ["0", "1"], []),  # duplicates they were before
        (["4155550123", "+1 415 555 0123"], ["1"], [("0", "U206", "1")]),  # what adds nothing comes first
        (["+1\u00a0415\u00a05550123", "＋14155550123"], [], [("0", "U206", "1"), ("1", "U206", "0")]),  # noqa: RUF001
        (["+14155550123", "+1 415 555 0123"], ["1"], []),  # a duplicate it was before, and says so still
        (["4155550123", "4155550123"], ["0", "1"], []),
        (["4155550123", "4155550124", "+14155550123"], ["1"], [("0", "U206", "2")]),
        (["+14155550123", "4155550123", "4155550123"], [], [("1", "U206", "0"), ("2", "U206", "0")]),
        (["4155550123", "4155550123", "+14155550123"], [], [("0", "U206", "2"), ("1", "U206", "2")]),
        (["＋１４１５５５５０１２３", "+14155550123"], [], [("0", "U206", "1")]),  # noqa: RUF001
    ],
)
def test_a_fix_that_would_make_a_duplicate_is_withheld(
    given: list[str], mended: list[str], because: list[tuple[str, ...]], tmp_path: Path
) -> None:
    report = check(numbered(*given, **US))
    fixes = report.fix(tmp_path, unsafe=True)
    assert [row[1] for row in changes(tmp_path)] == mended
    header, *withheld = read_csv(tmp_path / "withheld.csv")
    assert header == [*HEADER, "because", "related_row"]
    assert [(row[1], *row[-2:]) for row in withheld] == because
    assert int(fixes.counts["withheld"].sum()) == len(because)
    assert ("withheld" in fixes.to_text().partition("\n")[2]) == bool(because)
    before = report.findings.filter(pl.col("code") == "U206").select("row", "related_row")
    assert fixes.report.findings.filter(pl.col("code") == "U206").select("row", "related_row").equals(before)


def test_no_key_is_mended_where_a_new_finding_names_none_that_was() -> None:
    describer = check(numbered("4155550123", "4155550124", **US)).describer
    mending = Mending(describer.outcome, describer.tables["users"], unsafe=True)
    found = pl.DataFrame(
        {"row": [1], "code": ["U206"], "other": [0]}, schema_overrides={"row": pl.UInt64, "other": pl.UInt64}
    )
    assert mending.withhold(found)
    assert mending.no_keys
    assert not mending.withhold(found)  # nothing more can be taken back
    fates = pl.concat(changes["fate"] for _, changes in mending.batches(["MessagingPlatformKey"]))
    assert fates.to_list() == ["withheld", "withheld"]
    assert not mending.mends_keys


def test_records_of_one_id_do_not_become_equal_either(tmp_path: Path) -> None:
    rows = [row | {"Id": sf_id("0PA", 1)} for row in numbered("4155550123", "+14155550123", **US)]
    check(rows).fix(tmp_path, unsafe=True)
    assert changes(tmp_path) == []
    assert [(row[1], *row[-2:]) for row in read_csv(tmp_path / "withheld.csv")[1:]] == [("0", "U206", "1")]


def test_records_that_a_mended_one_leaves_behind_are_no_new_duplicates(tmp_path: Path) -> None:
    rows = numbered("4155550123", "4155550123", "4155550123", "+1 415 555 0124", IsoCountryCode=None)
    rows[0]["IsoCountryCode"] = "US"
    fixes = check(rows).fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == ["+14155550123", "4155550123", "4155550123", "+14155550124"]
    assert fixes.report.findings.filter(pl.col("code") == "U206").select("row", "related_row").rows() == [(2, 1)]


def test_a_finding_made_an_error_withholds_what_brings_it(tmp_path: Path) -> None:
    """Any error counts, also one of a rule that could not read the number before."""
    users = [user(MessagingPlatformKey="＋4155550123")]  # noqa: RUF001
    existing = [user(MessagingPlatformKey="4155550123", Id=sf_id("0PA", 9))]
    check(users, existing_users=existing, severity={"U206": "info"}).fix(tmp_path)
    assert keys(tmp_path) == ["＋4155550123"]  # noqa: RUF001


def test_fixes_that_only_others_kept_apart_are_withheld_in_turn(tmp_path: Path) -> None:
    """Mending record 1 makes room for record 2; when record 1 keeps its number, record 2 must, too."""
    given = ["+14155550123", "4155550123", "＋4155550123"]  # noqa: RUF001
    fixes = check(numbered(*given), default_region="US").fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == given
    assert [row[1] for row in read_csv(tmp_path / "withheld.csv")[1:]] == ["1", "2"]
    assert "U206" not in fixes.report.findings["code"]


def test_a_chain_without_end_is_withheld_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixing, "_ROUNDS", 1)  # so that two of them are such a chain
    given = ["+14155550123", "4155550123", "＋4155550123", "+1 415 555 0124"]  # noqa: RUF001
    check(numbered(*given), default_region="US").fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == given
    assert [row[1] for row in read_csv(tmp_path / "withheld.csv")[1:]] == ["1", "2", "3"]


@pytest.mark.parametrize("options", [{}, {"select": "U101"}])
def test_a_fix_that_collides_with_the_org_is_withheld(options: dict[str, Any], tmp_path: Path) -> None:
    existing = [user_rows(1)[0] | {"Id": sf_id("0PA", 99), "MessagingPlatformKey": "+14155550123"}]
    users = numbered("4155550123", "4155550124", **US)
    check(users, existing_users=existing, **options).fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == ["4155550123", "+14155550124"]
    (withheld,) = read_csv(tmp_path / "withheld.csv")[1:]
    assert withheld[1:3] == ["0", users[0]["Id"]]
    assert withheld[-2:] == ["U206", ""]


@pytest.mark.parametrize("options", [{"select": "U101"}, {"ignore": ["U206", "U205"]}])
def test_duplicates_are_seen_though_their_rule_is_not_selected(options: dict[str, Any], tmp_path: Path) -> None:
    users = numbered("4155550123", "+14155550123", "4155550124", "+1 415 555 0125", "+1 415 555 0125", **US)
    check(users, **options).fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == ["4155550123", "+14155550123", "+14155550124", "+14155550125", "+14155550125"]


def test_other_fixes_of_a_withheld_record_are_made(tmp_path: Path) -> None:
    users = numbered("4155550123", "+14155550123", **US)
    users[0]["MessageType"] = "text"
    check(users).fix(tmp_path, unsafe=True)
    assert [row[2] for row in changes(tmp_path)] == ["MessageType"]


def test_only_what_selected_rules_look_at_is_mended(tmp_path: Path) -> None:
    users = [user(Id=sf_id("0PA", 1)[:15], MessagingPlatformKey="+1 415 5550123", MessageType="text")]
    check(users, select="U202").fix(tmp_path / "1")
    assert [row[2] for row in changes(tmp_path / "1")] == ["MessageType"]
    check(users, ignore=["U204", "U202"]).fix(tmp_path / "2")
    assert [row[2] for row in changes(tmp_path / "2")] == ["MessagingPlatformKey"]


def test_a_column_that_holds_two_fields_is_left_alone(tmp_path: Path) -> None:
    rows = numbered("+1 415 555 0123")
    check(rows, columns={"users": dict.fromkeys(("Name", "MessagingPlatformKey"), "MessagingPlatformKey")}).fix(
        tmp_path
    )
    assert changes(tmp_path) == []


def test_mapped_columns_are_mended_under_their_own_header(tmp_path: Path) -> None:
    (row,) = numbered("+1 415 555 0123")
    row["phone"] = row.pop("MessagingPlatformKey")
    check([row], columns={"users": {"MessagingPlatformKey": "phone"}}).fix(tmp_path)
    header, cells = read_csv(tmp_path / "users.fixed.csv")
    assert cells[header.index("phone")] == "+14155550123"
    assert changes(tmp_path)[0][2] == "MessagingPlatformKey"


def test_keys_of_other_systems_are_left_alone(tmp_path: Path) -> None:
    (row,) = user_rows(1)
    row["MessagingChannel.MasterLabel"] = row.pop("MessagingChannelId")[:15].lower()
    row["Legacy__c"] = row.pop("Id")[:15]
    check([row], columns={"users": {"Id": "Legacy__c"}}).fix(tmp_path)
    assert changes(tmp_path) == []


@pytest.mark.parametrize(
    ("record", "channel", "default", "expected"),
    [
        ("US", None, None, "+14155550123"),
        ("us", "DE", "DE", "+14155550123"),
        (None, "US", None, "+14155550123"),
        ("#N/A", "US", "DE", "+14155550123"),
        (None, None, "US", "+14155550123"),
        (None, "#N/A", "US", "+14155550123"),
        (None, None, None, None),
        ("??", "US", "US", None),  # a country that cannot be read is no licence to take another
        ("USA", "US", "US", None),
        (None, "??", "US", None),
    ],
)
def test_the_country_comes_from_the_record_then_the_channel_then_the_default(
    record: str | None, channel: str | None, default: str | None, expected: str | None, tmp_path: Path
) -> None:
    channels = [channel_rows()[0] | {"IsoCountryCode": channel}]
    report = check(numbered("4155550123", IsoCountryCode=record), channels=channels, default_region=default)
    assert report.findings.filter(pl.col("code") == "U101")["fix"].to_list() == [expected]
    report.fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == [expected or "4155550123"]


@pytest.mark.parametrize(
    ("given", "country", "after", "safety"),
    [
        ("030 123456", "DE", "+4930123456", "unsafe"),
        ("020 7946 0958", "gb", "+442079460958", "unsafe"),
        ("06 1234 5678", "IT", "+390612345678", "unsafe"),
        ("+44 (0)20 7946 0958", None, "+442079460958", "safe"),
        ("+44 020 7946 0958", None, "+442079460958", "unsafe"),  # the zero may be a slip of another kind
        ("0044 20 7946 0958", None, "+442079460958", "safe"),
        ("011 44 20 7946 0958", "US", "+442079460958", "unsafe"),
        ("14155550123.0", "US", "+14155550123", "unsafe"),
    ],
)
def test_numbers_are_repaired_by_the_plan_of_their_country(
    given: str, country: str | None, after: str, safety: str, tmp_path: Path
) -> None:
    report = check(numbered(given, IsoCountryCode=country))
    assert report.findings.filter(code="U101").select("fix", "fix_safety").rows() == [(after, safety)]
    fixes = report.fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == [after]
    assert not fixes.report.findings.filter(pl.col("code").is_in(["U101", "U102"])).height


def test_numbers_that_a_frame_holds_as_floats_are_mended(tmp_path: Path) -> None:
    frame = pd.DataFrame(user_rows(3))
    frame["MessagingPlatformKey"] = [4155550123, None, 4155550124]
    assert frame["MessagingPlatformKey"].dtype == float
    fixes = check(frame, default_region="US").fix(tmp_path, unsafe=True)
    assert keys(tmp_path) == ["+14155550123", "", "+14155550124"]
    assert fixes.report.findings["code"].to_list() == ["U201"]


@pytest.mark.parametrize("region", ["", "USA", "1", "ZZ", "U S"])
def test_a_default_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(sw.ConfigError, match="default_region must be an ISO 3166-1 alpha-2 code"):
        check(user_rows(1), default_region=region)


def test_mending_twice_changes_nothing_more(tmp_path: Path) -> None:
    check(write_csv(tmp_path / "u.csv", DAMAGED)).fix(tmp_path / "1", unsafe=True)
    check(tmp_path / "1/users.fixed.csv").fix(tmp_path / "2", unsafe=True)
    assert changes(tmp_path / "2") == []
    assert (tmp_path / "2/users.fixed.csv").read_bytes() == (tmp_path / "1/users.fixed.csv").read_bytes()


def test_the_report_on_mended_records_is_that_of_the_written_file(tmp_path: Path) -> None:
    fixes = check(write_csv(tmp_path / "u.csv", DAMAGED)).fix(tmp_path / "out")
    again = check(tmp_path / "out/users.fixed.csv")
    records = ~pl.col("code").str.starts_with("F")  # rules about bytes need a file
    assert fixes.report.counts.filter(records).equals(again.counts.filter(records))
    assert fixes.report.findings.equals(again.findings.filter(records))


def test_writing_again_replaces_the_same_files_and_none_of_another_run_is_mixed_in(tmp_path: Path) -> None:
    out = tmp_path / "out"
    check(DAMAGED).fix(out)
    check(user_rows(3)).fix(out)
    assert sorted(path.name for path in out.iterdir()) == ["changes.csv", "users.fixed.csv", "withheld.csv"]
    assert len(read_csv(out / "users.fixed.csv")) == 4
    with pytest.raises(FileExistsError, match=r"users\.fixed\.csv: is of an earlier run"):
        sw.check(sessions=session_rows(2), as_of=AS_OF).fix(out)


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "users.fixed.csv", DAMAGED)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="is an input of this check"):
        check(path).fix(tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("late", [0, 1, 2])
def test_whatever_goes_wrong_nothing_half_remains(
    error: BaseException, late: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def csv_records(frame: pl.DataFrame) -> bytes:
        nonlocal calls
        calls += 1
        if calls > late:
            raise error
        return frame.write_csv(include_header=False).encode()

    report = check(DAMAGED)
    monkeypatch.setattr(fixing, "csv_records", csv_records)
    with pytest.raises(type(error)):
        report.fix(tmp_path / "new" / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_parquet_that_cannot_be_written_leaves_nothing(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_frame(DAMAGED).write_parquet(tmp_path / "u.parquet")
    report = check(tmp_path / "u.parquet")

    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(fixing, "csv_records", fail)
    with pytest.raises(type(error)):
        report.fix(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_source_that_changes_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"u.{suffix}"

    def save(rows: list[Row]) -> None:
        frame = text_frame(rows)
        frame.write_csv(path) if suffix == "csv" else frame.write_parquet(path)

    save(DAMAGED)
    report = check(path)
    save(DAMAGED[:2])
    with pytest.raises(sw.InputError, match="changed since it was checked"):
        report.fix(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_column_that_csv_cannot_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(sw.InputError, match="column 'extra' is of type List"):
        check(pl.DataFrame(user_rows(1)).with_columns(extra=pl.lit([1, 2]))).fix(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def in_batches(report: sw.Report, rows: int) -> sw.Report:
    """The report, its users read in batches of so many rows from now on."""
    source = report.describer.tables["users"].source
    read = source._records  # noqa: SLF001
    source._records = lambda columns, limit, scans: (  # type: ignore[method-assign]  # noqa: SLF001
        part for records in read(columns, limit, scans) for part in as_frame(records).iter_slices(rows)
    )
    return report


def test_a_fix_of_a_later_batch_is_withheld(tmp_path: Path) -> None:
    rows = numbered("+14155550123", "+14155550124", "+1 415 555 0123", "4155550125", **US)
    in_batches(check(write_csv(tmp_path / "u.csv", rows)), 2).fix(tmp_path / "out", unsafe=True)
    assert [row[1] for row in changes(tmp_path / "out")] == ["2", "3"]  # it was a duplicate before
    rows[2]["MessagingPlatformKey"] = "4155550123"
    in_batches(check(write_csv(tmp_path / "u.csv", rows)), 2).fix(tmp_path / "out", unsafe=True)
    assert [row[1] for row in changes(tmp_path / "out")] == ["3"]
    assert [row[1] for row in read_csv(tmp_path / "out/withheld.csv")[1:]] == ["2"]


def test_many_batches_are_mended_in_order(tmp_path: Path) -> None:
    rows = user_rows(9_000)
    for at in range(0, 9_000, 7):
        rows[at]["MessagingPlatformKey"] = f"+1 415 555 {at:04d}"
    in_batches(check(write_csv(tmp_path / "u.csv", rows)), 113).fix(tmp_path / "out")
    assert keys(tmp_path / "out") == [f"+1415555{at:04d}" for at in range(9_000)]
    assert [int(row[1]) for row in changes(tmp_path / "out")] == list(range(0, 9_000, 7))


def test_full_text_and_screen_mark_fixes() -> None:
    report = check(numbered("+1 415 555 0123", "4155550124", "4", **US))
    for text in (report.to_text(), report.to_text(full=True)):
        assert "'+1 415 555 0123' [safe fix] '+14155550123'" in text
        assert "'4155550124' [unsafe fix] '+14155550124'" in text
        assert "MessagingPlatformKey '4'\n" in text or "MessagingPlatformKey '4':" in text


def test_tables_carry_the_mark(tmp_path: Path) -> None:
    report = check(numbered("+1 415 555 0123", "4155550124", "4", **US), select="U101")
    assert '"fix":"+14155550123","fix_safety":"safe"' in report.to_jsonl()
    assert '"fix":null,"fix_safety":null' in report.to_jsonl()
    assert list(csv.DictReader(report.findings.write_csv().splitlines()))[1]["fix_safety"] == "unsafe"
    assert report.findings["fix_safety"].to_list() == ["safe", "unsafe", None]
    assert tmp_path.is_dir()
