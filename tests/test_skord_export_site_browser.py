"""The site in a folder as a real browser opens it by a double click: read and searched without any network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from builders import approved
from conftest import HALLAND, NOW
from desk import CHROMIUM
from exported import fill, house, installation
from skord.exports.order import Order, carry_out
from storage.shelf import draw_all
from storage.store import JOB

_TEXTS = (
    "Städerna växer och gymnasieskolan byggs ut #hallandväxer",
    "Ett nytt skogsbruk i norr #hallandväxer",
    "En cykelväg till havet är klar, säger Åsa #hallandväxer",
    "Havet är inte en cykelväg #hallandväxer #klimat",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in a folder."""
    folder = tmp_path_factory.mktemp("sajt")
    made = house(installation(folder / "a"))
    store = made.open_store(create=True)
    fill(store)
    for text in _TEXTS:
        approved(store, text=text)
    draw_all(store)
    carry_out(made, Order(format="html", campaign=HALLAND.id), folder / "ut", by=JOB)
    made.close()
    return folder / "ut"


@contextmanager
def opened(*, scripts: bool = True, expected: str = "", **context: Any) -> Iterator[Any]:
    """A page of a browser without any network, whose console stays silent and that asks for nothing but files."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium: no browser is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_context(offline=True, java_script_enabled=scripts, locale="sv-SE", **context)
        opened.set_default_timeout(20_000)
        page = opened.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
        page.on("requestfailed", lambda asked: faults.append(f"failed {asked.url}"))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else faults.append(asked.url))
        yield page
        browser.close()
        unexpected = [fault for fault in faults if not (expected and re.search(expected, fault))]
        assert not unexpected, unexpected


def found(page: Any, site: Path, asked: str) -> list[str]:
    """The words of the hits for a query string."""
    page.goto(f"{(site / 'search.html').as_uri()}?{asked}")
    page.wait_for_selector("html[data-found]")
    rows: list[str] = page.locator("#hits article").all_inner_texts()
    assert int(page.get_attribute("html", "data-found")) == len(rows)
    return rows


def test_browse_to_a_story(site: Path) -> None:
    """From the front over a year and a month one comes to a story, with picture, styles and fonts from the folder."""
    with opened() as page:
        page.goto((site / "index.html").as_uri())
        page.click(f"nav.years a:has-text('{NOW.year}')")
        page.click(".almanac-month h3 a")
        page.click("article:has-text('Laholm') h3 a")
        assert "/stories/" in page.url
        picture = page.locator(".story-body .pictures img")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('.pictures img').naturalWidth > 0")
        assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Newsreader'))")
        page.click(".story-side a:has-text('Laholm')")
        assert page.url.endswith("/places/laholm.html")


@pytest.mark.parametrize(
    ("asked", "count", "words"),
    [
        ("q=stad", 1, "Städerna"),  # a word that changes inside
        ("q=stader", 1, "Städerna"),  # typed without ä
        ("q=vaxa", 1, "Städerna"),  # and in another form
        ("q=%C3%A5sa", 1, "Åsa"),
        ("q=asa", 1, "Åsa"),
        ("q=skog", 1, "skogsbruk"),  # the beginning of a compound
        ("q=gymnasieskolor", 1, "gymnasieskolan"),  # a form that stands nowhere
        ("q=cykelv%C3%A4g+-%C3%85sa", 1, "Havet"),  # left out
        ("q=%22till+havet%22", 1, "till havet"),  # in a row
        ("q=%22klar+havet%22", 0, ""),
        ("q=%23klimat", 1, "klimat"),
        ("q=xyzzyx", 0, ""),
        ("place=laholm", 1, "Laholm"),
        ("q=cykelv%C3%A4g&place=laholm", 0, ""),
        ("q=b%C3%A5de+__proto__", 0, ""),
    ],
)
def test_search(site: Path, asked: str, count: int, words: str) -> None:
    """Words are found in all their forms, narrowed and left out, from a file and without any network."""
    with opened() as page:
        rows = found(page, site, asked)
        assert len(rows) == count
        if not count:
            assert "Inga träffar" in page.inner_text("#said")
        elif "q=" in asked:
            assert words in "".join(rows)
            assert page.locator("#hits mark").count()


def test_search_by_hand(site: Path) -> None:
    """Who types on the front page and narrows comes to the hits, and from a hit to its story."""
    with opened() as page:
        page.goto((site / "index.html").as_uri())
        page.fill("#q", "laholm")
        page.press("#q", "Enter")
        page.wait_for_selector("html[data-found]")
        page.click("#narrow summary")
        page.select_option("#f-place", "laholm")
        page.click("#searching button")
        page.wait_for_selector("html[data-found]")
        assert page.get_attribute("html", "data-found") == "1"
        assert page.input_value("#f-place") == "laholm"
        page.click("#hits h3 a")
        assert "/stories/" in page.url


def test_without_scripts(site: Path) -> None:
    """Without scripts the search says that it needs them and leads to the lists."""
    with opened(scripts=False) as page:
        page.goto((site / "search.html").as_uri())
        assert page.is_visible("text=Sökningen behöver skript")
        assert not page.is_visible("#searching")
        page.click(".folder-ways a >> nth=0")
        assert page.url.endswith("/years.html")


def test_a_part_is_missing(site: Path, tmp_path: Path) -> None:
    """Where a file of the index did not come along, the page says so instead of finding nothing."""
    copy = shutil.copytree(site, tmp_path / "delar")
    for each in (copy / "search").glob("docs-*.js"):
        each.unlink()
    with opened(expected="docs-0|ERR_FILE_NOT_FOUND") as page:
        page.goto(f"{(copy / 'search.html').as_uri()}?q=stad")
        page.wait_for_selector("text=En fil i mappen saknas")


def test_small_and_dark(site: Path) -> None:
    """No page is wider than a small screen, and dark screens get dark paper."""
    with opened(viewport={"width": 320, "height": 640}, color_scheme="dark") as page:
        for name in ("index", "search", "years", "places", "networks", "about", "strategy", f"years/{NOW.year}"):
            page.goto((site / f"{name}.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(252, 250, 246)"
