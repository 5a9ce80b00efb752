"""The page and the notebook display: whole, small, masked, and honest about what is not known."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pages
import polars as pl
import pytest
import sendworthy as sw

from tables import AS_OF, channel_rows, damaged_users, sf_id, user_rows, write_csv

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[sw.Report, Path]:
    directory = tmp_path_factory.mktemp("generated")
    return pages.generated(directory=directory), directory


def damaged() -> sw.Report:
    return sw.check(users=damaged_users(), channels=channel_rows(), as_of=AS_OF, select=["U101", "U205"])


def text_of(page: str) -> str:
    """The page without tags, scripts there are none of."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))


def test_everything_that_matters_is_on_the_page(generated: tuple[sw.Report, Path]) -> None:
    report, directory = generated
    page = report.to_html()
    text = text_of(page)
    assert page.startswith("<!doctype html>")
    assert "Not ready" in text
    assert report.version in text
    assert AS_OF in text
    for line in report.counts.filter(pl.col("rows") > 0).to_dicts():
        assert f"{line['code']} {line['name']}" in text
        assert f"{line['rows']:,} {line['table']}" in text
        assert f"{min(line['rows'], 3)} of {line['rows']:,}, {line['table']}" in text
    for code, name, _, reason in report.skipped.rows():
        assert f"{code} {name}" in text
        assert reason.replace("'", "&#39;") in text
    for given in report.inputs:
        assert str(directory / f"{given['table']}.csv") in text
        assert f"{given['rows']:,}" in text
    for outcome, number in report.sends.decisions["outcome"].value_counts().rows():
        assert re.search(rf"{outcome} {number:,}", text)


def test_checksums_are_those_of_the_files(generated: tuple[sw.Report, Path]) -> None:
    import hashlib

    report, directory = generated
    page = report.to_html()
    digests = {hashlib.sha256((directory / f"{one['table']}.csv").read_bytes()).hexdigest() for one in report.inputs}
    assert set(re.findall(r"\b[0-9a-f]{64}\b", page)) == digests


def test_no_key_of_a_customer_shows_unless_asked_for(generated: tuple[sw.Report, Path]) -> None:
    report, directory = generated
    keys = pl.read_csv(directory / "users.csv", infer_schema=False)["MessagingPlatformKey"].drop_nulls().to_list()
    digits = {"".join(filter(str.isdigit, key)) for key in keys}
    long = {number for number in digits if len(number) > 5}
    assert len(long) > 15_000

    def shown(page: str) -> set[str]:
        runs = re.findall(r"\d[\d ().\-/]{4,}\d", re.sub(r"<style>.*?</style>|[0-9a-f]{64}", "", page, flags=re.DOTALL))
        return long & {"".join(filter(str.isdigit, run)) for run in runs}

    assert not shown(report.to_html())
    assert not shown(report._repr_html_())
    assert shown(report.to_html(redact="none")), "the search must be able to find something"


def test_values_show_when_asked_for() -> None:
    report = damaged()
    assert "4155550003" not in report.to_html()
    assert re.search(r"<bdi>[^<0-9]+03</bdi>", report.to_html())
    assert "4155550003" in report.to_html(redact="none")
    assert "last two characters" not in report.to_html(redact="none")


def test_the_page_holds_no_script_and_names_no_other_place(generated: tuple[sw.Report, Path], tmp_path: Path) -> None:
    for page in (generated[0].to_html(), pages.hostile(tmp_path).to_html(redact="none"), pages.clean().to_html()):
        assert not re.search(r"<(script|iframe|object|embed|link|img|base|form|video|audio)\b", page)
        assert not re.search(r"<[^>]*\s(on\w+|src|srcset|style=[^>]*url)=", page)
        assert not re.search(r"(href|action)=\"(?!#)", page), "no files were written, so every link is to the page"
        assert "url(" not in page
        assert "@import" not in page
        assert "://" not in re.sub(r"<!doctype[^>]*>", "", page)


def test_the_page_of_ever_so_many_findings_is_small(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    few, many = pages.hostile(tmp_path / "few"), pages.hostile(tmp_path, 3_000)
    assert many.counts["rows"].sum() > 200_000
    sizes = [len(report.to_html(redact="none").encode()) for report in (few, many)]
    assert sizes[1] - sizes[0] < 10_000
    assert sizes[1] < MEGABYTE
    assert len(many._repr_html_().encode()) <= 25_000


def test_the_page_is_small_whatever_is_in_every_place() -> None:
    """Every rule there is with findings, each text as long as it may be and as expensive to escape."""
    report = sw.check(users=user_rows(3), as_of=AS_OF)
    long = "&" * 100_000
    tables = ["channels", "users", "sessions", "sends", "existing_users"]
    rules = sw.rules().select("code", "name", "severity", table=pl.col("table").replace("all", ",".join(tables)))
    found = rules.with_columns(table=pl.col("table").str.split(",")).explode("table")
    found = found.with_columns(rows=pl.lit(10**12), checked=pl.lit(10**13))
    schema = report.findings.schema
    report.counts = found.cast(dict(report.counts.schema))
    texts = {name: long for name, kind in schema.items() if kind == pl.String and name not in found.columns}
    samples = found.with_columns(**{name: pl.lit(text) for name, text in texts.items()})
    samples = samples.with_columns(row=pl.lit(10**12), related_row=pl.lit(1), fix_safety=pl.lit("unsafe"))
    samples = samples.select(schema.names()).cast(dict(schema))
    report.describer.samples = lambda *_: pl.concat([samples] * 3)  # type: ignore[method-assign]
    report.skipped = pl.DataFrame({"code": ["U101"], "name": ["x"], "table": ["users"], "reason": [long]})
    page = report.to_html(redact="none")
    assert page.count("<summary><span") == found.height > 100
    assert 0 < page.count('class="sample"') < 3 * found.height, "some had to go"
    assert len(page.encode()) <= MEGABYTE


@pytest.mark.parametrize("as_frame", [True, False])
def test_a_clean_report_says_so(as_frame: bool) -> None:
    page = pages.clean().to_html() if as_frame else sw.check(users=user_rows(4), as_of=AS_OF, select="U101").to_html()
    assert "nothing found" in page
    assert "Load the data: nothing that was checked stands in the way." in page
    assert 'id="samples"' not in page


def test_departures_from_the_guidance_limits_and_notices_show(tmp_path: Path) -> None:
    users = damaged_users()
    baseline = tmp_path / "accepted.json"
    sw.check(users=users, as_of=AS_OF, select="U205").write_baseline(baseline)
    policy = sw.Policy(whatsapp_window=timedelta(hours=72), sessions_complete=True)
    report = sw.check(
        users=users[:7] + users[8:],
        as_of=AS_OF,
        select=["U1", "U205"],
        policy=policy,
        max={"U101": 1},
        baseline=baseline,
    )
    text = text_of(report.to_html())
    assert "whatsapp_window is 72h (published guidance: 24h)" in re.sub(r" (?=\))|(?<=\() ", "", text)
    assert "sessions_complete is true" in text
    assert "Does not count: 1 tolerated, of at most 1" in text
    assert report.notices
    assert all(notice in text for notice in report.notices)


def test_written_files_are_linked_from_where_the_page_lies(tmp_path: Path) -> None:
    report = damaged()
    assert report.written == []
    report.write(tmp_path / "out & more #1")
    assert "Load the ready files below" in report.to_html()
    report.fix(tmp_path / "out & more #1")
    (tmp_path / "pages").mkdir()
    file = tmp_path / "pages" / "report.html"
    page = report.to_html(file)
    assert file.read_text(encoding="utf-8") == page
    hrefs = re.findall(r'href="([^#"][^"]*)"', page)
    assert [(file.parent / unquote(href)).resolve() for href in hrefs] == report.written
    assert all(path.is_file() for path in report.written)
    assert len(hrefs) > 4
    assert "Have mended" not in page, "it was done already"


def test_a_page_replaces_an_old_one_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    damaged().to_html(file)
    before = file.read_bytes()
    report = damaged()
    monkeypatch.setattr("sendworthy.outputs.html.page.sends", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.to_html(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_always_has_the_same_page() -> None:
    report = damaged()
    assert report.to_html() == report.to_html()
    assert report._repr_html_() == report._repr_html_()


def test_the_command_writes_the_page_and_links_what_it_wrote(tmp_path: Path) -> None:
    write_csv(tmp_path / "users.csv", damaged_users())
    command = [sys.executable, "-m", "sendworthy", "check", "--users", "users.csv", "--as-of", AS_OF, "--write", "out"]
    done = subprocess.run(  # noqa: S603
        [*command, "--format", "html", "--output", "report.html"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="out/users.rejected.csv"' in page
    piped = subprocess.run(  # noqa: S603
        [*command[:-2], "--format", "html"], cwd=tmp_path, capture_output=True, check=False
    )
    assert piped.stdout.startswith(b"<!doctype html>")


def test_a_changed_file_has_no_page(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "users.csv", damaged_users())
    report = sw.check(users=file, as_of=AS_OF, select=["U101"])
    write_csv(file, damaged_users(30))
    with pytest.raises(sw.InputError, match="changed"):
        report.to_html()


def test_the_notebook_display_reads_nothing_again(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "users.csv", damaged_users())
    report = sw.check(users=file, as_of=AS_OF)
    file.unlink()
    shown = report._repr_html_()
    assert "Not ready" in shown
    assert "phone-not-e164" in shown


def test_the_notebook_display_does_not_compare_with_a_baseline_by_itself(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "users.csv", damaged_users())
    sw.check(users=file, as_of=AS_OF).write_baseline(tmp_path / "accepted.json")
    report = sw.check(users=file, as_of=AS_OF, baseline=tmp_path / "accepted.json")
    assert "Not compared with the baseline yet" in report._repr_html_()
    assert report.ok
    assert "Ready" in report._repr_html_()


def test_the_notebook_display_is_small_and_safe(generated: tuple[sw.Report, Path], tmp_path: Path) -> None:
    for report in (generated[0], pages.hostile(tmp_path), pages.clean()):
        shown = report._repr_html_()
        assert len(shown.encode()) <= 25_000
        assert not re.search(r"<(script|style|link|img|svg)\b|url\(|://", shown)
        assert set(re.findall(r'class="([^"]*)"', shown)) == {"sendworthy-report"}
    assert "<script" not in text_of(pages.hostile(tmp_path)._repr_html_())


def test_the_notebook_display_is_quick_the_first_time() -> None:
    program = """
import sys, time, sendworthy as sw
data = sw.generate(users=20_000, sessions=20_000)
report = sw.check(users=data.users, sessions=data.sessions, channels=data.channels, as_of=data.as_of)
assert "jinja2" not in sys.modules and "markupsafe" not in sys.modules
started = time.process_time()
report._repr_html_()
print(time.process_time() - started)
assert "jinja2" not in sys.modules
"""
    seconds = min(
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)  # noqa: S603
        for _ in range(3)
    )
    assert seconds < 0.05


def test_the_notebook_display_stays_quick_with_the_data() -> None:
    users = pl.DataFrame(
        {"MessagingPlatformKey": ["x"], "MessagingChannelId": [sf_id("0Mj", 1)], "MessageType": "Text"}
    )
    report = sw.check(users=pl.concat([users] * 1_000_000), as_of=AS_OF)
    assert report.counts["rows"].max() == 1_000_000
    started = time.process_time()
    shown = report._repr_html_()
    assert time.process_time() - started < 0.05
    assert "1,000,000 users" in shown
