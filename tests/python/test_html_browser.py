"""The page in a browser: it renders, folds, fits, prints and can be read by everybody; and it asks for nothing."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pages
import pytest
from sendworthy.outputs.html.words import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
)
UNFOLD = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: What notebooks do to the elements in them.
NOTEBOOK = """
<meta charset="utf-8"><title>Notebook</title><html lang="en"><body style="margin:12px;{colors}"><main><h1>Cell</h1>
<style>table {{ table-layout: fixed; margin-left: auto; font-size: 12px }} td, th {{ text-align: right; padding: .5em;
border: none; max-width: none }} tbody tr:nth-child(odd) {{ background: {stripe} }} div {{ overflow: visible }}</style>
{shown}</main></body></html>
"""
THEMES = {
    "JupyterLab": ("background:#fff;color:#000000de", "#f5f5f5"),
    "JupyterLab Dark": ("background:#111;color:#ffffffde", "#212121"),
    "VS Code Dark": ("background:#1e1e1e;color:#d4d4d4", "#2a2a2a"),
    "Colab Dark": ("background:#383838;color:#d5d5d5", "#444"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        message = "Chromium is not installed: the page was not looked at in a browser"
        if os.environ.get("SENDWORTHY_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of a few reports, by name."""
    directory = tmp_path_factory.mktemp("pages")
    generated = pages.generated(directory=directory)
    generated.write(directory / "out")
    few = pages.generated(select=["C104", "U101", "W101", "W103", "S303", "P104", "P201", "U404"])
    reports = {"generated": generated, "few": few, "clean": pages.clean(), "hostile": pages.hostile(directory)}
    for name, report in reports.items():
        report.to_html(directory / f"{name}.html", redact="none" if name == "hostile" else None)
    for theme, (colors, stripe) in THEMES.items():
        shown = few._repr_html_()
        page = NOTEBOOK.format(colors=colors, stripe=stripe, shown=shown)
        (directory / f"{theme}.html").write_text(page, encoding="utf-8")
    return {name: directory / f"{name}.html" for name in (*reports, *THEMES)}


@pytest.fixture
def show(browser: Browser, files: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Opens a page and, at the end of the test, complains of whatever it asked for or was unhappy about."""
    contexts, complaints = [], []

    def opened(name: str, width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        url = files[name].as_uri()

        def only_the_page(route: Any) -> None:
            if route.request.url == url:
                route.continue_()
            else:
                complaints.append(f"asked for {route.request.url}")
                route.abort()

        page.route("**/*", only_the_page)
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def accessibility(page: Page) -> list[str]:
    """What axe-core has against a page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    assert len(found["passes"]) > 15, "axe must have looked at something"
    return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [("few", "light", 1280), ("few", "dark", 400), ("clean", "light", 400), ("hostile", "dark", 1280)],
)
def test_everybody_can_read_it(show: Callable[..., Page], name: str, scheme: str, width: int) -> None:
    page = show(name, width=width, color_scheme=scheme)
    page.evaluate(UNFOLD)
    assert accessibility(page) == []


@pytest.mark.parametrize("name", ["generated", "clean", "hostile"])
def test_it_never_scrolls_sideways(show: Callable[..., Page], name: str) -> None:
    page = show(name)
    page.evaluate(UNFOLD)
    for width in (320, 400, 640, 800, 961, 1280, 1920):  # 640: 1280 at 200 % zoom; 320: at 400 %
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SIDEWAYS) == 0, f"at {width} pixels"


def test_nothing_is_cut_off_when_text_is_twice_as_large(show: Callable[..., Page]) -> None:
    page = show("generated", bypass_csp=True)
    page.add_style_tag(content="html { font-size: 200% !important }")
    page.evaluate(UNFOLD)
    assert page.evaluate(SIDEWAYS) == 0
    cut = "[...document.querySelectorAll('th,td,dd,p,h1,h2,h3,li')].filter(e => e.scrollWidth > e.clientWidth + 1 &&"
    cut += " getComputedStyle(e).display !== 'inline' && getComputedStyle(e).overflow !== 'visible').length"
    assert page.evaluate(cut) == 0


def test_folds_open_by_click_and_by_keyboard(show: Callable[..., Page]) -> None:
    page = show("generated")
    folds = page.locator("#samples details")
    assert folds.count() > 20
    assert page.locator("#samples details[open]").count() == 1
    second, third = folds.nth(1), folds.nth(2)
    second.locator("summary").click()
    assert second.locator(".sample").first.is_visible()
    third.locator("summary").focus()
    page.keyboard.press("Enter")
    assert third.locator(".sample").first.is_visible()
    page.keyboard.press("Space")
    assert not third.locator(".sample").first.is_visible()


def test_a_rule_leads_to_its_samples(show: Callable[..., Page]) -> None:
    page = show("generated")
    rule = page.locator("#findings a.rule").nth(4)
    samples = page.locator(str(rule.get_attribute("href"))).locator(".sample").first
    assert not samples.is_visible()
    rule.click()
    assert samples.is_visible()


def test_the_keyboard_comes_to_the_findings_first(show: Callable[..., Page]) -> None:
    page = show("generated")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the findings"
    assert skip.bounding_box()["x"] >= 0, "it shows once it has the focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("#findings :focus").count() == 1


def test_dark_is_dark_and_light_is_light(show: Callable[..., Page]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    assert max(show("generated", color_scheme="dark").evaluate(ground)) < 40
    assert min(show("generated", color_scheme="light").evaluate(ground)) > 230


def test_hostile_values_are_text(show: Callable[..., Page]) -> None:
    page = show("hostile")
    page.evaluate(UNFOLD)
    text = page.inner_text("body")
    for value in pages.HOSTILE:
        assert " ".join(cut(value).split()) in text
    assert page.title().startswith("Not ready")
    assert page.locator("h1").count() == 1
    assert page.locator("script, img, iframe").count() == 0
    assert page.evaluate("document.querySelectorAll('bdi').length") > 20


def test_all_of_it_prints(show: Callable[..., Page], files: dict[str, Path]) -> None:
    page = show("hostile", color_scheme="dark")
    seen = "[...document.querySelectorAll('.sample')].filter(e => e.checkVisibility({contentVisibilityAuto: true}))"
    samples = page.locator(".sample").count()
    assert page.evaluate(f"{seen}.length") == 3, "on the screen all folds but the first are shut"
    page.emulate_media(media="print")
    assert page.evaluate(f"{seen}.filter(e => e.getBoundingClientRect().height > 0).length") == samples > 10
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    printed = page.pdf(path=files["hostile"].with_suffix(".pdf"), format="A4")
    assert printed.startswith(b"%PDF")
    assert 4 <= printed.count(b"/Type /Page\n") <= 20


def test_written_files_can_be_reached(show: Callable[..., Page], files: dict[str, Path]) -> None:
    links = show("generated").locator("#next a")
    hrefs = links.evaluate_all("links => links.map(link => link.href)")
    assert hrefs == [(files["generated"].parent / "out" / name).as_uri() for name in links.all_inner_texts()]
    assert len(hrefs) == 7


@pytest.mark.parametrize("theme", THEMES)
def test_the_notebook_display_can_be_read_in_every_theme(show: Callable[..., Page], theme: str) -> None:
    page = show(theme, width=900)
    assert accessibility(page) == []
    page.set_viewport_size({"width": 480, "height": 800})
    assert page.evaluate(SIDEWAYS) == 0
