"""The live preview of an issue in a real browser: every way to look, no jumps, keyboard, what the marks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import approved, node
from campaign.records import Role
from conftest import NOW
from desk import PASSWORD, Running, browser_page, running
from digest import desk as digest_desk
from storage.evidence import attach
from storage.issue_edits import edit
from storage.people import add_account
from storage.store import Actor, Store


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with a draft long enough to scroll, half of it under each of two focus areas."""
    made_by = add_account(sqlite_store, "editor", role=Role.EDITOR, password=PASSWORD, now=NOW, email="editor@x.se")
    by = Actor(kind="person", account_id=made_by.id)
    area = node(sqlite_store)
    other = node(sqlite_store, code="hallbar", title="En hållbar region", position=1)
    for number in range(14):
        made = approved(
            sqlite_store, at=NOW - timedelta(hours=20 - number), by=by, author_name=f"Förening {number}",
            title=f"Rubrik {number}", text="Det växer så det knakar. " * 9 + "#hallandväxer",
        )  # fmt: skip
        attach(sqlite_store, made.id, area if number % 2 else other, by=by, now=NOW)
    with running(sqlite_store) as found:
        digest_desk.draft_now(sqlite_store, found.settings, "veckobrevet", by=by, now=NOW)
        yield found


def scrolled(page: Any) -> int:
    """How far the letter in its frame is scrolled."""
    return int(page.evaluate("document.querySelector('#preview iframe').contentWindow.scrollY"))


def until(page: Any, expression: str) -> None:
    """Wait until something is so in the page, whose policy lets no test evaluate by itself."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {expression}")


def settled(page: Any) -> None:
    """Wait until the frame shows the latest letter."""
    until(
        page,
        "!document.querySelector('#preview[aria-busy], #preview iframe.coming')"
        " && document.querySelector('#preview iframe').contentDocument?.readyState === 'complete'"
        " && Boolean(document.querySelector('#preview iframe').contentDocument.querySelector('h1'))",
    )


def test_the_preview_follows_without_jumping(site: Running) -> None:
    """After words are saved the frame shows them, and what was read is still in view."""
    with browser_page(site, viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        settled(page)
        page.evaluate("document.querySelector('#preview iframe').contentWindow.scrollTo(0, 900)")
        heading = "() => [...document.querySelector('#preview iframe').contentDocument.querySelectorAll('h3')]"
        over = page.evaluate(f"({heading})().findLast(e => e.getBoundingClientRect().top <= 8).textContent")
        page.get_by_label("Inledning").first.fill("En ny inledning som är lång. " * 12)
        page.locator("#save-words").click()
        page.frame_locator("#preview iframe:not(.coming)").locator("text=En ny inledning").first.wait_for()
        settled(page)
        top = f"({heading})().find(e => e.textContent === over).getBoundingClientRect().top"
        assert page.evaluate(f"over => {top} <= 8 && {top} > -400", over)
        assert scrolled(page) > 900
        assert page.locator("#preview iframe").count() == 1


def test_every_way_to_look_is_reached_by_keyboard(site: Running) -> None:
    """Narrow is a phone's width, dark is dark, and the focus stays on the button that was pressed."""
    with browser_page(site, viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        for name in ("narrow", "dark", "bare"):
            page.locator(f"#show-{name}").focus()
            page.keyboard.press("Enter")
            page.locator(f'#show-{name}[aria-pressed="true"]').wait_for()
            settled(page)
            assert page.evaluate("document.activeElement.id") == f"show-{name}"
        until(page, "document.querySelector('#preview iframe').contentWindow.innerWidth === 375")
        assert page.frame_locator("#preview iframe").locator('img[src="data:,"]').count() > 0
        page.locator("#show-text").focus()
        page.keyboard.press("Enter")
        page.locator("#preview pre", has_text="Rubrik 3").wait_for()
        page.keyboard.press("Enter")
        page.locator("#preview iframe").wait_for()
        assert page.locator("#show-dark").get_attribute("aria-pressed") == "true"


def test_a_reader_who_chose_an_area_gets_what_is_shown(site: Running) -> None:
    """Choosing a reader shows that reader's letter at once, the plain text too."""
    with browser_page(site, viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        settled(page)
        page.locator("#preview-area").select_option(label="Den som valt En attraktiv region")
        letter = page.frame_locator("#preview iframe:not(.coming)")
        letter.get_by_text("Rubrik 2", exact=True).first.wait_for(state="detached")
        assert letter.get_by_text("Rubrik 1", exact=True).first.is_visible()
        page.locator("#show-text").click()
        page.locator("#preview pre", has_text="Rubrik 1").wait_for()
        assert "Rubrik 2\n" not in page.locator("#preview pre").inner_text()


def test_the_marks_go_with_the_button_and_stay_over_a_reload(site: Running) -> None:
    """Another's change is told on top; a reload keeps it, the button takes it away."""
    other = add_account(site.store, "anna", role=Role.EDITOR, password=PASSWORD, now=NOW, email="anna@x.se")
    with browser_page(site, viewport={"width": 320, "height": 800}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        site.now += timedelta(minutes=3)
        edit(site.store, 1, by=Actor(kind="person", account_id=other.id), now=site.now, subject="Annas ämne")
        for _ in range(2):
            page.goto(f"{site.address}/desk/issues/1")
            page.locator("#since", has_text="1 ändring sedan du tittade").wait_for()
        page.locator("#seen-it").click()
        page.locator("#since").wait_for(state="detached")
        page.reload()
        assert page.locator("#since").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_around_the_issue(site: Running, scheme: str, width: int) -> None:
    """With every fold open, voices, silence, shortening, pictures and weight have no fault that an engine finds."""
    from axe_playwright_python.sync_playwright import Axe

    with browser_page(site, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        page.goto(f"{site.address}/desk/issues/1")
        settled(page)
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
