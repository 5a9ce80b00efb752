"""Makes the pictures of the report from generated data: ``make screenshot``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pages
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars"
SELECT = ["U206", "W101", "S301", "S402", "P104", "P105"]
MOST_BYTES = 200_000
WIDTH, HEIGHT = 1080, 955


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("make screenshot needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        directory = Path(name)
        report = pages.generated(users=100_000, directory=directory, select=SELECT)
        report.to_html(directory / "report.html")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto((directory / "report.html").as_uri())
        page.screenshot(path=HERE / "report.png")
        page.emulate_media(color_scheme="dark")
        page.locator("#data").screenshot(path=HERE / "report-data.png")
        browser.close()
    for picture in (HERE / "report.png", HERE / "report-data.png"):
        size = picture.stat().st_size
        if size > MOST_BYTES:
            sys.exit(f"{picture} has {size:,} bytes, more than {MOST_BYTES:,}")
        print(f"{picture.name}: {size:,} bytes")


if __name__ == "__main__":
    main()
