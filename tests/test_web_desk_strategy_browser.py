"""The strategy at the desk in a real browser: a weight by keys, by thumb and without scripts, a part on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from builders import story
from campaign.figures import Weight
from campaign.records import Role
from campaign.strategy_edit import find
from conftest import NOW
from desk import Running, browser_page
from storage.evidence import attach, evidence_of
from storage.strategy import read_document
from test_web_desk_strategy import OWN, node_id, person, site

__all__ = ["site"]

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 700}, "has_touch": True, "is_mobile": True}


def evidence(site: Running) -> tuple[int, int]:
    """A story that is evidence for a goal."""
    made, goal = story(site.store), node_id(site, "1.1")
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    return made.id, goal


def test_a_milestone_by_keys_alone(site: Running) -> None:
    """v opens the fold, arrows choose, Tab and words and Enter save; the card says milestone without a reload."""
    made, goal = evidence(site)
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("v")
        page.locator(f"#s{made}-w{goal}-2").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Nycklarna är överlämnade")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#story-{made} small:text('milstolpe')")
        assert page.locator(f"#s{made}-weigh[open]").count() == 0
    found = evidence_of(site.store, [made])[made][0]
    assert (found.weight, found.reason) == (Weight.MILESTONE, "Nycklarna är överlämnade")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_weight_by_thumb(site: Running, scripts: bool) -> None:
    """On a phone the fold opens within the page, and saves also where no script runs."""
    made, goal = evidence(site)
    with browser_page(site, role=Role.REVIEWER, scripts=scripts, **PHONE) as page:
        page.goto(f"{site.address}/desk")
        page.locator(f"#s{made}-weight").tap()
        box = page.locator(f"#s{made}-weigh .menu-body").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        page.locator(f"label[for=s{made}-w{goal}-1]").tap()
        page.locator(f"#s{made}-weigh button").tap()
        page.wait_for_selector(f"#story-{made} small:text('berör')")
    assert evidence_of(site.store, [made])[made][0].weight is Weight.TOUCHES


def test_a_part_is_written_on_a_phone(site: Running) -> None:
    """From the overview to a part, a new heading, saved; nothing scrolls sideways on the way."""
    with browser_page(site, **PHONE) as page:
        for path in ("/desk/strategy", f"/desk/nodes/{node_id(site, '1.1')}", "/desk/strategy/halland/versions/1"):
            page.goto(site.address + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(f"{site.address}/desk/strategy")
        page.locator("th a", has_text="Levande städer").tap()
        page.locator("#f-title").fill("Levande torg")
        page.locator("button[value=save]").tap()
        page.wait_for_selector("[role=status] >> text=Sparat")
    made = find(read_document(site.store, OWN), "1.2")
    assert made is not None
    assert made.title == "Levande torg"
