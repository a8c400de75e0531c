"""The page in Debian's Chromium: no code runs and nothing leaves it; it works in dark mode, on a
phone, on paper, by keyboard and with a screen reader."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sample_pages import HOSTILE, PAGES

from homelab.output.columns import visible
from homelab.output.page.tables import LONGEST

if sys.version_info < (3, 10):
    pytest.skip("Playwright needs Python 3.10", allow_module_level=True)
try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError as error:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip(f"Playwright is not here: {error}", allow_module_level=True)

pytestmark = [
    pytest.mark.long("Chromium shows and prints each page, and axe reads it"),
    pytest.mark.needs("chromium", "pdftotext"),
]
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


class Opened:
    """A page in a window of its own, with its messages and requests."""

    def __init__(self, browser: Browser, path: Path, width: int = 1100, **options: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        # the test puts axe into the page, against the page's own policy
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, bypass_csp=True, **options
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def written(folder: Path, name: str) -> Path:
    path = folder / f"{name}.html"
    path.write_text(PAGES[name](), encoding="ascii")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_it_says_nothing_asks_for_nothing_and_all_can_read_it(
    name: str, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    path = written(tmp_path, name)
    with Opened(browser, path, color_scheme=scheme) as opened:
        grounds = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()
        assert found.response["passes"]
        assert opened.said == []
        assert opened.asked == [path.as_uri()]


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_has_nothing_to_refuse(name: str, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(written(tmp_path, name).as_uri())
    page.wait_for_load_state("load")
    assert said == []
    assert page.evaluate("getComputedStyle(document.querySelector('dl')).display") == "grid"
    # the policy would refuse this: the same page with an image from another site
    path = tmp_path / "image.html"
    path.write_text(PAGES[name]().replace("<main", '<img src="http://127.0.0.1:9/x"><main', 1))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    assert any("Content Security Policy" in text for text in said)
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_tables_and_not_the_page(
    name: str, width: int, browser: Browser, tmp_path: Path
) -> None:
    with Opened(browser, written(tmp_path, name), width) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width
        inside = """[...document.querySelectorAll('body *:not(.scroll *):not(.skip)')].filter(
            each => each.getBoundingClientRect().right > innerWidth + 1
                && !each.closest('svg svg') && !each.classList.contains('unseen')
        ).map(each => each.outerHTML.slice(0, 200))"""
        assert opened.page.evaluate(inside) == []


def test_labels_are_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "hostile")) as opened:
        heads = opened.page.locator("#top tbody th").all_text_contents()
        shown = [visible(label) for label in HOSTILE]
        assert heads == [
            s if len(s) <= LONGEST else s[: LONGEST - 1] + "…" for s in shown if s.strip()
        ] + ["-"]
        assert opened.page.evaluate("document.querySelectorAll('script, img').length") == 0


def test_the_keyboard_reaches_all_there_is(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "month")) as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the contents"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "contents"
        reached = []
        for _ in range(40):
            page.keyboard.press("Tab")
            here = page.evaluate(
                "document.activeElement.tagName + ' ' + document.activeElement.className"
            )
            reached.append(here.strip())
            if here.startswith("SUMMARY"):
                assert not page.evaluate("document.querySelector('details').open")
                page.keyboard.press("Enter")
                assert page.evaluate("document.querySelector('details').open")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert here.startswith("BODY") or outline == "solid"
            if here.startswith("BODY"):
                break
        assert reached.count("DIV scroll") == 5  # the trend is two tables
        assert reached.count("SUMMARY") == 1


def test_paper_has_every_section_and_no_dark_ground(browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, "month")
    paper = tmp_path / "month.pdf"
    with Opened(browser, path, color_scheme="dark") as opened:
        opened.page.emulate_media(media="print")
        grounds = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert grounds == "rgb(255, 255, 255)"
        assert opened.page.evaluate("getComputedStyle(document.querySelector('nav')).display") == (
            "none"
        )
        opened.page.pdf(path=str(paper), format="A4")
    done = subprocess.run(
        ["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True
    )
    text = re.sub(r"\s+", " ", done.stdout)
    for piece in ("Most used", "Over time", "Failures", "Runs of each verb.", "made by a test"):
        assert piece in text
    assert "Skip to the contents" not in text
    for number in range(21):
        assert text.count(f"verb number{number} ") >= 3  # also in the folded table's row
    info = subprocess.run(["pdfinfo", str(paper)], capture_output=True, text=True, check=True)
    pages = int(re.findall(r"Pages:\s+(\d+)", info.stdout)[0])
    assert 2 <= pages <= 6


def test_a_picture_is_read_by_its_name(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "few")) as opened:
        page = opened.page
        names = [
            page.get_by_role("img", name=name).count()
            for name in ("Runs by verb", "Runs per day", "Failure rate by verb")
        ]
        assert names == [1, 1, 1]
        assert page.get_by_role("table", name="Most used").count() == 1
        assert page.get_by_role("rowheader", name="verb number0").count() >= 1
        assert page.get_by_role("region", name="Failures").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
