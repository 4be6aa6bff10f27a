from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders import candidate, ingest, newest
from desk import Running, browser_page, running
from storage.store import Store

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

#: The story whose words are uppermost on the screen, and those whose decisions stay at the thumb.
UPPER = """[...document.querySelectorAll('.queue-item:not(.gone)')].find(item =>
  item.querySelector('.decide').getBoundingClientRect().top > 48
  && item.getBoundingClientRect().bottom - item.querySelector('.decide').offsetHeight > 48)?.dataset.story"""
STUCK = """[...document.querySelectorAll('.decide')].filter(bar => getComputedStyle(bar).position === 'sticky')
  .map(bar => bar.closest('.queue-item').dataset.story)"""


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk whose cards are short and long by turns."""
    for number in range(8):
        told = "Cykelvägen längs kusten är klar. " * (40 if number % 2 else 1)
        ingest(sqlite_store, candidate(author_name=f"Nr {number + 1}", text=f"{number} {told} #hallandväxer"))
    with running(sqlite_store) as found:
        yield found


def swipe(page: Any, by: int) -> None:
    """A thumb moves over the screen."""
    touch = page.context.new_cdp_session(page)
    for step in range(11):
        kind = "touchMove" if step else "touchStart"
        at = {"x": 300, "y": 600 - by * step / 10}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()
    page.wait_for_timeout(80)  # the page may glide on
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_the_decisions_at_the_thumb_belong_to_the_card_that_is_read(site: Running) -> None:
    """Wherever a thumb scrolls, only the uppermost card's decisions stay at the thumb, and the focus is not taken."""
    with browser_page(site, **PHONE) as page:
        page.goto(f"{site.address}/desk")
        page.locator(".queue-card[aria-current]").wait_for()
        page.wait_for_timeout(300)
        seen = set()
        for _ in range(30):
            swipe(page, 170)
            upper = page.evaluate(UPPER)
            assert page.evaluate(STUCK) == [upper]
            assert page.evaluate("document.activeElement === document.body")
            seen.add(upper)
        assert len(seen) > 4


def test_after_a_decision_the_next_cards_head_is_uppermost_with_its_own_decisions(site: Running) -> None:
    """Card after card is decided at the thumb: each next one stands at the top, and nothing lies over its buttons."""
    with browser_page(site, **PHONE) as page:
        page.goto(f"{site.address}/desk")
        for left in range(8, 3, -1):
            page.locator(".queue-card[aria-current] [data-key=a]").tap()
            page.locator("#nav-desk", has_text=str(left - 1)).wait_for()
            page.locator(".toast").wait_for()
            card = page.locator(".queue-card[aria-current]")
            assert 0 <= card.bounding_box()["y"] < 48
            assert page.evaluate(STUCK) == [page.evaluate(UPPER)]
            box = card.locator("[data-key=h]").bounding_box()
            at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            hit = page.evaluate("at => document.elementFromPoint(...at)?.closest('[data-key]')?.dataset.key", at)
            assert hit == "h"
    assert len(newest(site.store)) == 8


def test_menus_open_where_there_is_room(site: Running) -> None:
    """At the screen's lower edge a card's menu opens upwards, whole."""
    with browser_page(site, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{site.address}/desk")
        summary = page.locator("details[id$=-why] > summary").nth(1)
        summary.evaluate("each => scrollBy(0, each.getBoundingClientRect().bottom - innerHeight + 20)")
        summary.click()
        page.locator("details.menu.up").wait_for()
        box = page.locator("details[open] > .menu-body").bounding_box()
        assert box["y"] > 0
        assert box["y"] + box["height"] <= 720


def test_a_phones_queue_begins_with_its_first_card(site: Running) -> None:
    """Search and filters fold behind one row, with and without scripts, and open there."""
    for scripts in (True, False):
        with browser_page(site, scripts=scripts, **PHONE) as page:
            page.goto(f"{site.address}/desk")
            assert page.locator(".queue-card").first.bounding_box()["y"] < 250
            assert not page.locator("#words").is_visible()
            page.locator(".chrome-fold > summary").tap()
            page.locator("#words").wait_for(state="visible")
