import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import candidate, ingest, newest, node, picture
from campaign.records import Review, Role
from conftest import NOW
from desk import Running, browser_page, running
from storage.store import Store


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with four stories that wait, the newest first called Ett, Två, Tre, Fyra."""
    for number, name in enumerate(("Ett", "Två", "Tre", "Fyra")):
        ingest(
            sqlite_store,
            candidate(
                author_name=name,
                text=f"{name} om cykelvägen #hallandväxer",
                published_at=NOW - timedelta(hours=number + 1),
                media=(picture(),) if number == 1 else (),
            ),
        )
    node(sqlite_store)
    with running(sqlite_store) as found:
        yield found


def reviews(store: Store) -> list[Review]:
    return [story.review for story in newest(store)]


def current(page: object) -> str:
    return str(page.locator(".queue-card[aria-current] strong").first.inner_text())  # type: ignore[attr-defined]


def test_the_keyboard_alone_reviews_the_queue(site: Running) -> None:
    """j, k, a, h, l decide one card after the other; the focus moves on; the decision is told; the count falls."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert current(page) == "Ett"
        page.keyboard.press("a")
        assert current(page) == "Två"
        page.locator("#said", has_text="Godkänd: Ett om cykelvägen #hallandväxer. 3 kvar.").wait_for(state="attached")
        page.keyboard.press("h")
        page.keyboard.press("l")
        put_off = re.compile("Lagd åt sidan tills vidare: Tre .* 1 kvar")
        page.locator("#said", has_text=put_off).wait_for(state="attached")
        assert current(page) == "Fyra"
        assert page.evaluate("document.activeElement.classList.contains('queue-card')")
        assert page.locator("#nav-desk").inner_text() == "1"
        page.keyboard.press("a")
        page.locator("#empty", has_text="Allt är granskat.").wait_for()
    assert reviews(site.store) == [Review.APPROVED, Review.HIDDEN, Review.LATER, Review.APPROVED]


def test_u_takes_the_latest_press_back_and_the_card_returns_to_its_place(site: Running) -> None:
    """The undone story stands where it stood, with the focus on it, and waits again."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.locator("#toasts form.undo").wait_for()
        page.keyboard.press("u")
        page.locator("#said", has_text="Godkännandet ångrat:").wait_for(state="attached")
        names = page.locator(".queue-card .who strong").all_inner_texts()
        assert names == ["Ett", "Två", "Tre", "Fyra"]
        assert current(page) == "Två"
    assert reviews(site.store) == [Review.NEW] * 4


def test_marks_and_focus_areas_by_one_key_each(site: Running) -> None:
    """f, i and a number change the card in place, and the card keeps the focus."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        for key, said in (("f", "Lyft fram:"), ("i", "Kommer med i nästa brev:"), ("1", "Kopplad till strategin:")):
            page.keyboard.press(key)
            page.locator("#said", has_text=said).wait_for(state="attached")
        assert current(page) == "Ett"
        first = page.locator(".queue-card").first
        assert first.locator('.area[aria-pressed="true"]').count() == 1
        page.keyboard.press("1")
        page.locator("#said", has_text="Inte längre kopplad:").wait_for(state="attached")
    made = newest(site.store)[0]
    assert (made.featured, made.coming, made.nodes, made.review) == (True, True, (), Review.NEW)


def test_keys_do_nothing_while_somebody_writes_or_has_switched_them_off(site: Running) -> None:
    """A letter in the search field is a letter; without shortcuts a key decides nothing."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.locator("#words").press("a")
        assert page.locator("#words").input_value() == "a"
        page.goto(f"{site.address}/desk/account")
        page.get_by_label("Enstaka tangenter granskar").uncheck()
        page.get_by_role("button", name="Spara").click()
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_timeout(150)
    assert reviews(site.store) == [Review.NEW] * 4


def test_the_cheat_sheet_opens_and_closes_by_keys(site: Running) -> None:
    """The question mark opens it, Escape closes it, and the page is as it was."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("?")
        assert page.locator("dialog#keys").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("dialog#keys").is_visible()


def test_everything_works_without_scripts(site: Running) -> None:
    """Approve, undo, hide with a reason and attach by plain forms; each leads back and says what happened."""
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/desk")
        page.get_by_role("button", name="Godkänn").first.click()
        page.locator(".notice.said", has_text="editor godkände").wait_for()
        assert reviews(site.store)[0] is Review.APPROVED
        page.locator(".notice.said").get_by_role("button", name="Ångra").click()
        page.locator(".notice.said", has_text="Ångrat.").wait_for()
        assert reviews(site.store)[0] is Review.NEW
        page.locator(".area").first.click()
        page.locator(".notice.said", has_text="kopplade till").wait_for()
        page.locator(".actions .menu > summary").first.click()
        page.get_by_role("button", name="Reklam").first.click()
        page.locator(".notice.said").wait_for()
    assert reviews(site.store)[0] is Review.HIDDEN


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_at_the_desk(site: Running, scheme: str, width: int) -> None:
    """The pages of the desk have no fault that an engine can find, on a wide screen and on the smallest phone."""
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    story = newest(site.store)[1]
    pages = ("/desk", f"/desk/stories/{story.id}", "/desk/cases", "/desk/sources", "/desk/account", "/desk/accounts")
    with browser_page(
        site, role=Role.ADMINISTRATOR, color_scheme=scheme, viewport={"width": width, "height": 900}
    ) as page:
        for path in pages:
            page.goto(site.address + path)
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((each) => { each.open = true })")
            found = Axe().run(page, options={"runOnly": rules}).response["violations"]
            assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found] == [], path
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"), path
