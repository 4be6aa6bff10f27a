"""The pages of rules in a real browser: moved by keys, and without a known fault."""

from __future__ import annotations

from typing import Any

import pytest

from builders import node, story
from campaign.records import Role
from campaign.rules import Author, Effect
from conftest import NOW
from desk import Running, browser_page
from storage import schema
from storage.decisions import Action, decide
from storage.rules import list_rules
from test_web_accessible import AXE, LOOKS, RULES
from test_web_desk_rules import CAMPAIGN, kept, person, site

__all__ = ["site"]


def test_a_rule_moves_by_keys(site: Running) -> None:
    """Alt and an arrow on a rule move it, and the focus stays on it."""
    one, two = kept(site.store), kept(site.store, name="Annan")
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk/rules")
        page.locator(f"#rule-{two} a").first.focus()
        with page.expect_navigation():
            page.keyboard.press("Alt+ArrowUp")
        assert page.evaluate("document.activeElement.id") == f"rule-{two}"
        assert [record.rule.id for record in list_rules(site.store, CAMPAIGN)] == [two, one]
        page.goto(f"{site.address}/desk/rules/new")
        assert page.locator("[name=node]").is_hidden()
        page.select_option("[name=effect]", "suggest")
        assert page.locator("[name=node]").is_visible()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("look", LOOKS, ids=["wide", "narrow-dark", "forced"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_of_rules_have_no_known_fault(site: Running, look: dict[str, Any], language: str) -> None:
    """Axe finds nothing on list, form, trial, rule and card, and none of them scrolls sideways."""
    first = story(site.store, text="Rabatt nu", author_handle="a")
    decide(site.store, first.id, Action.APPROVE, by=person(site.store), now=NOW)
    long = "en-ovanligt-lång-avsändare-som-aldrig-tar-slut@en-mycket-lång-server.exempel.social"
    rule_id = kept(site.store, name="En regel med ett ovanligt långt namn som knappt får plats någonstans alls")
    kept(site.store, Effect.SUGGEST, name="Odling", words=("rabatt",), facts={"node": node(site.store)})
    kept(site.store, authors=(Author(name=f"@{long}", network="mastodon"),))
    hidden = story(site.store, text="Rabattkod och rabatter i Laholm", author_handle="b")
    site.person(Role.ADMINISTRATOR)
    with site.store.write() as connection:
        connection.execute(schema.account.update().values(language=language))
    found: list[str] = []
    with browser_page(site, role=Role.ADMINISTRATOR, bypass_csp=True, **look) as page:

        def check(name: str) -> None:
            page.evaluate(AXE)
            report = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            found.extend(f"{name}: {each['id']} {each['nodes'][0]['target']}" for each in report["violations"])
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                found.append(f"{name}: scrolls sideways")

        for path in ("/desk/rules", "/desk/rules/new", f"/desk/rules/{rule_id}", f"/desk/stories/{hidden.id}"):
            page.goto(site.address + path)
            check(path)
        page.goto(f"{site.address}/desk/rules/{rule_id}")
        page.fill("[name=words]", "rabatt*")
        page.click("[value=try]")
        page.wait_for_selector("#trial")
        check("tried")
    assert [fault for fault in found if not fault.startswith("/desk/stories")] == []
    assert not [fault for fault in found if "rule" in fault.partition(": ")[2]]
