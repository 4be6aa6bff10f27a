"""A planner follows up in a real browser, from the first analysis to the public page, without touching the mouse."""

from __future__ import annotations

from datetime import date

from campaign.strategy import Node, NodeKind, Strategy
from conftest import HALLAND, NOW
from desk import browser_page, running
from frozen import frozen, lay, person
from storage.analyses import analyses
from storage.snapshots import publish, snapshots
from storage.store import Store
from storage.strategy import save_strategy

PLAN = "plan"


def test_five_goals_are_judged_by_keyboard_frozen_and_published(sqlite_store: Store) -> None:
    """Arrow keys, Tab and Ctrl + Enter judge five goals; what is frozen and published is what readers see."""
    goals = [Node(code=f"1.{at}", parent="1", kind=NodeKind.GOAL, title=f"Mål nummer {at}") for at in range(1, 6)]
    plan = Strategy(
        id=PLAN, title="Planen", owner="Regionen", period_from=date(2024, 1, 1), period_to=date(2030, 12, 31),
        nodes=(Node(code="1", title="Livskvalitet"), *goals),
    )  # fmt: skip
    save_strategy(sqlite_store, HALLAND.id, plan, origin="sheet", by=person(sqlite_store), now=NOW)
    with running(sqlite_store) as site, browser_page(site, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{site.address}/desk/strategy/{PLAN}/followup")
        page.locator("[name=status]").first.focus()
        for at in range(5):
            page.keyboard.press("Space")
            for _ in range(at % 3):
                page.keyboard.press("ArrowRight")
            page.keyboard.press("Tab")
            page.keyboard.type(f"Därför, mål {at + 1}.")
            page.keyboard.press("Control+Enter")
            page.locator("#progress", has_text=f"{at + 1} av 5").wait_for()
            page.locator("[name=status]:focus").wait_for()
        told = analyses(sqlite_store, PLAN)
        assert [str(each.status) for each in told.values()] == ["on_track", "unsure", "missed", "on_track", "unsure"]
        assert [each.text for each in told.values()] == [f"Därför, mål {at}." for at in range(1, 6)]
        page.goto(f"{site.address}/desk/strategy/{PLAN}/snapshots")
        page.locator("button[value=look]").press("Enter")
        page.locator("button[value=freeze]").press("Enter")
        page.get_by_role("link", name="Titta och publicera").press("Enter")
        page.get_by_role("button", name="Publicera", exact=True).press("Enter")
        page.get_by_role("link", name="Den publika sidan").press("Enter")
        page.wait_for_url(f"**/followup/{snapshots(sqlite_store, PLAN)[0].id}")
        assert "Därför, mål 5." in page.content()
        assert page.locator(".goal .status-missed").count() == 1


_WIDTHS = """cell => { const node = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode();
const at = node.data.indexOf(","), range = document.createRange();
return [at, at + 1].map(place => { range.setStart(node, place); range.setEnd(node, place + 1);
return range.getBoundingClientRect().width; }); }"""


def test_a_comma_in_a_table_stands_close_to_its_figures(sqlite_store: Store) -> None:
    """It is clearly narrower than a figure, though figures stand in columns."""
    laid = lay(sqlite_store)
    made = publish(sqlite_store, frozen(sqlite_store).id, by=laid.by, now=NOW)
    with running(sqlite_store) as site, browser_page(site, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{site.address}/followup/{made.id}")
        page.evaluate("document.fonts.ready")
        comma, figure = page.locator("td.number", has_text="81,4").first.evaluate(_WIDTHS)
        assert comma < figure * 0.6
