"""What a first-time user stumbled on at the keyboard: keys that open nothing, and a field that keeps old words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from builders import newest, node, story
from campaign.records import Review, Role
from conftest import HALLAND
from desk import Running, browser_page, running
from storage.store import Store
from storage.stories import find_story

OURS = replace(HALLAND, places=("Hallands län",))


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store whose campaign offers the places of Halland."""
    with running(sqlite_store, campaigns={OURS.id: OURS}) as found:
        yield found


def test_the_strategy_is_searched_by_its_key_also_where_every_node_is_a_button(site: Running) -> None:
    """With areas alone ``e`` opens the search: the letters stay words, and Enter attaches what they find."""
    node(site.store, code="1", title="Kompetens")
    area = node(site.store, code="2", title="Natur och hav", position=1)
    made = story(site.store, text="Höst")
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.keyboard.type("natur")
        assert page.evaluate("document.activeElement.value") == "natur"
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#story-{made.id}[data-changes='1'] .area[aria-pressed=true]:has-text('Natur och hav')")
    (found,) = newest(site.store)
    assert [each.id for each in found.nodes] == [area]
    assert found.review is Review.NEW


def test_an_unknown_place_is_mended_by_typing_on_or_by_one_press(site: Running) -> None:
    """The field stays open with its text selected, ``p`` selects it again, and the near name is a button."""
    made = story(site.store, text="Höst")
    with browser_page(site, role=Role.REVIEWER, expected="422") as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("p")
        page.keyboard.type("Vraberg")
        page.keyboard.press("Enter")
        page.wait_for_selector("input[name=place][aria-invalid=true]:focus")
        assert page.evaluate("getSelection().toString()") == "Vraberg"
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        page.keyboard.type("Vrabeg")
        assert page.evaluate("document.activeElement.value") == "Vrabeg"
        page.get_by_role("button", name="Menade du Varberg?").click()
        page.wait_for_selector(".place[aria-pressed=true]:has-text('Varberg')")
    found = find_story(site.store, made.id, public=False)
    assert found is not None
    assert found.places == ("varberg",)
