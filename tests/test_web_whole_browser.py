"""The growth rings in a browser: a week is chosen by slider, pointer and finger, and leads to its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import approved, node
from conftest import NOW
from desk import Running, browser_page, running
from storage.store import Store


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site with stories of two weeks, five weeks apart."""
    node(sqlite_store)
    for days in (0, 0, 35):
        approved(sqlite_store, published_at=NOW - timedelta(days=days, hours=1))
    with running(sqlite_store) as found:
        yield found


def middle_of(page: object, week: int, *, year: int = 2026) -> tuple[float, float]:
    """The place of a week's segment on the screen, in the only ring."""
    found = page.evaluate(  # type: ignore[attr-defined]
        """([week, year]) => {
            const svg = document.querySelector("#ring-figure svg");
            const all = document.getElementById("ring-figure").dataset.rings.split(";");
            const rings = all.map((each) => each.split(",").map(Number));
            const [, low, high, weeks] = rings.find((each) => each[0] === year);
            const slot = Math.asin(21 / low), step = (2 * Math.PI - 2 * slot) / weeks;
            const turn = slot + step * (week - 0.5), radius = (low + high) / 2;
            const place = new DOMPoint(320 + radius * Math.sin(turn), 320 - radius * Math.cos(turn));
            const there = place.matrixTransform(svg.getScreenCTM());
            return [there.x, there.y];
        }""",
        [week, year],
    )
    return found[0], found[1]


def test_the_slider_tells_every_week_and_leads_to_those_with_stories(site: Running) -> None:
    """It begins at the newest week that has any; a step back tells the week before, which has none and no link."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/whole")
        slider, says, link = page.locator("#ring-week"), page.locator("#ring-says"), page.locator("#ring-link")
        assert says.inner_text().startswith("Vecka 47 2026, 16 november 2026\n2 berättelser: ")
        assert link.get_attribute("href").endswith("/weeks/2026-W47")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        assert says.inner_text() == "Vecka 46 2026, 9 november 2026\nInga berättelser"
        assert slider.get_attribute("aria-valuetext") == "Vecka 46 2026, 9 november 2026. Inga berättelser"
        assert not link.is_visible()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.wait_for_url("**/weeks/2026-W47")
        assert page.locator("h1").is_visible()


def test_a_mouse_tells_by_pointing_and_reads_by_pressing(site: Running) -> None:
    """Pointing at a week tells it; a press leads to its page, and outside of the rings nothing happens."""
    with browser_page(site, viewport={"width": 1280, "height": 1000}) as page:
        page.goto(f"{site.address}/whole")
        page.locator("#ring-figure svg").scroll_into_view_if_needed()
        page.mouse.move(*middle_of(page, 42))
        assert page.locator("#ring-says").inner_text().startswith("Vecka 42 2026")
        page.mouse.move(*middle_of(page, 50))
        assert page.locator("#ring-says").inner_text().endswith("Veckan har inte kommit än")
        page.mouse.click(*middle_of(page, 42))
        page.wait_for_url("**/weeks/2026-W42")


def test_a_finger_chooses_first(site: Running) -> None:
    """A tap tells the week and stays; the link below it leads on. In English the words are English."""
    phone = {"viewport": {"width": 320, "height": 700}, "has_touch": True, "is_mobile": True}
    with browser_page(site, **phone) as page:
        page.goto(f"{site.address}/en/whole")
        page.locator("#ring-figure svg").scroll_into_view_if_needed()
        page.touchscreen.tap(*middle_of(page, 42))
        assert page.locator("#ring-says").inner_text().startswith("Week 42, 2026, 12 October 2026\n1 story")
        assert page.url.endswith("/en/whole")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.locator("#ring-link").tap()
        page.wait_for_url("**/en/weeks/2026-W42")


def test_without_scripts_the_table_leads_to_the_weeks(site: Running) -> None:
    """No slider is shown that does nothing; the table unfolds and its weeks are links."""
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/whole")
        assert not page.locator("#ring-reader").is_visible()
        page.locator("#ring-figure ~ .whole-words summary").click()
        page.get_by_role("link", name="Vecka 42 2026").first.click()
        page.wait_for_url("**/weeks/2026-W42")
