"""The desk by keyboard and by ear: where Tab leads, what opens and closes, and what is said aloud, word by word."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import TimeoutError

from builders import account, candidate, ingest, newest, node, picture
from campaign.records import Role
from conftest import NOW
from desk import browser_page
from moody import Moody, moody
from storage import schema
from storage.decisions import Action, decide
from storage.people import set_preferences
from storage.store import Actor, Store

#: Where menus stand.
PLACES = (".desk-head", "[role=search]", "#queue > li:first-child")

TROUBLE = "ERR_|Failed to load resource"

#: Names an element so that it is known again after the pulse has drawn its part of the page anew.
SIGN = """const sign = (each) => [each.tagName, each.id, each.name, each.value, each.getAttribute('href'),
  each.closest('.queue-item')?.dataset.story, each.getAttribute('aria-label'), each.textContent.trim().slice(0, 40),
  each.closest('form')?.getAttribute('action')].join('|');"""

#: What can be reached by Tab, in the order of the page; of radio buttons one a group.
REACHABLE = f"""() => {{ {SIGN}
  const groups = new Set();
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  return all.filter((each) => {{
    if (each.disabled || each.tabIndex < 0 || each.type === 'hidden') return false;
    if (!each.checkVisibility({{visibilityProperty: true}})) return false;
    const key = `${{each.form?.action}} ${{each.name}}`;
    return each.type !== 'radio' || (!groups.has(key) && groups.add(key));
  }}).map(sign); }}"""

#: What has the focus: its name, where it stands, and whether that can be seen.
AT = f"""() => {{ {SIGN}
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  const parts = {{skip: '.skip', head: '.desk-head', piles: '#piles', search: '[role=search]', card: '.queue-card'}};
  const part = Object.entries(parts).find(([, where]) => at.closest(where));
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {{
    sign: sign(at), part: part ? part[0] : 'other', card: at.closest('.queue-item')?.dataset.story ?? '',
    seen: ringed && box.bottom > 0 && box.top < innerHeight,
  }}; }}"""


def fill(store: Store, count: int) -> None:
    for number in range(1, count + 1):
        ingest(
            store,
            candidate(
                author_name=f"Nr {number}",
                author_handle="",
                title=f"Berättelse {number}",
                text="Om cykelvägen #hallandväxer",
                published_at=NOW - timedelta(hours=number),
                media=(picture(alt=""),) if number == 1 else (),
            ),
        )


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Moody]:
    """A desk with stories that wait, Nr 1 the newest, and goals to attach to."""
    fill(sqlite_store, 8)
    node(sqlite_store)
    goal = node(sqlite_store, code="mal", title="Ett mål", position=1)
    with sqlite_store.write() as connection:
        connection.execute(schema.node.update().where(schema.node.c.id == goal).values(kind="goal"))
    with moody(sqlite_store) as found:
        yield found


def prefer(site: Moody, *, language: str = "sv", shortcuts: bool = True) -> None:
    """Let the editor of the browser have a language, or no single keys."""
    who = site.person(Role.EDITOR)
    set_preferences(site.store, who.id, display_name=who.name, email=who.email, language=language, shortcuts=shortcuts)


def colleague(site: Moody) -> Actor:
    return Actor(kind="person", account_id=account(site.store, name="karim"))


def said(page: Any, sentence: str) -> None:
    """Wait until exactly this is in the region that is read aloud."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function("text => document.getElementById('said').textContent.trim() === text", arg=sentence)
    heard = " ".join(page.locator("#said[role=status]").text_content().split())
    assert heard == sentence


def current(page: Any) -> str:
    return str(page.locator(".queue-card[aria-current] .who strong").first.inner_text())


SPOKEN = {
    "sv": {
        "approve": "Godkänd: Berättelse 1. 7 kvar.",
        "hide": "Dold: Berättelse 2. 6 kvar.",
        "later": "Lagd åt sidan tills vidare: Berättelse 3. 5 kvar.",
        "undo": "Tillbaka där den låg: Berättelse 3. 6 kvar.",
        "attach": "Kopplad till strategin: Berättelse 3. 6 kvar.",
        "nothing": "Det finns inget att ångra här. Äldre beslut ångras i historiken.",
        "conflict": "Karim har godkänt den här. Ditt beslut ändrade ingenting.",
        "refused": "Karim har dolt den här: Berättelse 1. 7 kvar.",
        "gone": "Redaktionen svarar inte. Besluten ligger kvar här och skickas när den svarar. Stäng inte sidan.",
        "back": "Dold: Berättelse 3. 4 kvar. Alla beslut är sparade.",
        "above": "1 ny ovanför",
        "try": "Försök nu",
    },
    "en": {
        "approve": "Approved: Berättelse 1. 7 left.",
        "hide": "Hidden: Berättelse 2. 6 left.",
        "later": "Put aside until further notice: Berättelse 3. 5 left.",
        "undo": "Back where it was: Berättelse 3. 6 left.",
        "attach": "Attached to the strategy: Berättelse 3. 6 left.",
        "nothing": "There is nothing to undo here. Older decisions are undone in the history.",
        "conflict": "Karim has approved this. Your decision changed nothing.",
        "refused": "Karim has hidden this: Berättelse 1. 7 left.",
        "gone": "The desk does not answer. The decisions stay here and are sent when it does. Do not close the page.",
        "back": "Hidden: Berättelse 3. 4 left. All decisions are saved.",
        "above": "1 new above",
        "try": "Try now",
    },
}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_is_decided_is_said(site: Moody, language: str) -> None:
    """Approving, hiding, putting aside, undoing and attaching are said with the story's name and what is left."""
    prefer(site, language=language)
    words = SPOKEN[language]
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("u")
        said(page, words["nothing"])
        page.keyboard.press("j")
        for key, what in (("a", "approve"), ("h", "hide"), ("l", "later"), ("u", "undo"), ("1", "attach")):
            page.keyboard.press(key)
            said(page, words[what])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_trouble_is_said(site: Moody, language: str) -> None:
    """That the server is gone, that it is back, that a colleague was faster and that posts came in above are said."""
    prefer(site, language=language)
    words = SPOKEN[language]
    stories = {story.lead.title: story.id for story in newest(site.store)}
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        for key in "jah":
            page.keyboard.press(key)
        said(page, words["hide"])
        site.kill()
        page.keyboard.press("h")
        said(page, words["gone"])
        decide(site.store, stories["Berättelse 8"], Action.HIDE, by=colleague(site), now=NOW)
        site.start()
        page.get_by_role("button", name=words["try"]).click()
        said(page, words["back"])
        assert current(page) == "Nr 4"
        decide(site.store, stories["Berättelse 4"], Action.APPROVE, by=colleague(site), now=NOW)
        page.locator(f"#story-{stories['Berättelse 4']} .overtaken").wait_for()
        page.keyboard.press("a")
        said(page, words["conflict"])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_refused_press_is_said(site: Moody, language: str) -> None:
    """A press that meets a colleague's decision is answered aloud with whose it was and which story."""
    prefer(site, language=language)
    first = newest(site.store)[0]
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        page.keyboard.press("a")
        decide(site.store, first.id, Action.HIDE, by=colleague(site), now=NOW)
        site.held.clear()
        said(page, SPOKEN[language]["refused"])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_comes_in_above_is_said_and_takes_nothing(site: Moody, language: str) -> None:
    """The pulse puts a card above what is read: a polite region says so; focus and what is being written stay."""
    prefer(site, language=language)
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        for _ in range(5):
            page.keyboard.press("j")
        page.keyboard.press("n")
        page.keyboard.type("Ring dem")
        ingest(site.store, candidate(title="Ny", published_at=NOW))
        page.locator("[role=status] #above-show").wait_for()
        assert page.locator("[role=status]:has(#above)").inner_text() == SPOKEN[language]["above"]
        assert page.evaluate("document.activeElement.value") == "Ring dem"
        page.keyboard.type(" i dag")
        assert page.evaluate("document.activeElement.value") == "Ring dem i dag"
        assert current(page) == "Nr 5"


@pytest.mark.parametrize("width", [1440, 320])
def test_tab_leads_through_everything_in_the_order_of_the_page(site: Moody, width: int) -> None:
    """The skip link is first, then head, piles, search and the first card; all can be reached, and be seen to be."""
    with browser_page(site, viewport={"width": width, "height": 900}, reduced_motion="reduce") as page:
        page.goto(f"{site.address}/desk")
        page.locator(".queue-card[aria-current]").wait_for()
        reachable = page.evaluate(REACHABLE)
        walked: list[dict[str, Any]] = []
        for _ in range(len(reachable) + 5):
            page.keyboard.press("Tab")
            at = page.evaluate(AT)
            if at is None or (walked and at["sign"] == walked[0]["sign"]):
                break
            walked.append(at)
        assert [each["sign"] for each in walked if not each["seen"]] == []
        assert [each["sign"] for each in walked] == reachable
        parts = [each["part"] for each in walked]
        order = list(dict.fromkeys(parts))
        # On a phone the search stands behind a fold, which is closed.
        assert order[:4] == ["skip", "head", "piles", "search" if width > 640 else "other"]
        assert order.index(order[3]) < order.index("card")
        cards = [each["card"] for each in walked if each["card"]]
        assert list(dict.fromkeys(cards)) == [str(story.id) for story in newest(site.store)]


def test_the_skip_link_leads_past_the_head(site: Moody) -> None:
    """Enter on it, and the next Tab is inside the page's own content."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_menus_open_by_enter_and_give_the_focus_back(site: Moody) -> None:
    """Each menu of the page opens by Enter, closes by Escape, and whoever came by Tab is where they were."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.locator(".queue-card[aria-current]").wait_for()
        menus = page.locator(
            ".desk-head details.menu, [role=search] details.menu, #queue > li:first-child details.menu"
        )
        names = []
        for number in range(menus.count()):
            menu = menus.nth(number)
            summary = menu.locator("> summary")
            if not summary.is_visible():
                continue
            summary.focus()
            page.keyboard.press("Enter")
            assert menu.evaluate("each => each.open")
            page.keyboard.press("Tab")
            page.keyboard.press("Escape")
            assert not menu.evaluate("each => each.open")
            assert summary.evaluate("each => each === document.activeElement")
            names.append(summary.evaluate("each => each.getAttribute('aria-label') ?? each.innerText"))
        assert len(names) >= 6
        assert len(set(names)) == len(names)


def test_the_cheat_sheet_keeps_the_focus_and_gives_it_back(site: Moody) -> None:
    """? opens it with a name, Tab stays inside, no key of the desk acts through it, Escape leads back."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        for key in "jj":
            page.keyboard.press(key)
        before = page.evaluate("document.activeElement.id")
        page.keyboard.press("?")
        assert page.get_by_role("dialog", name="Kortkommandon").is_visible()
        for _ in range(6):
            assert page.evaluate(
                "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
            )
            page.keyboard.press("Tab")
        page.keyboard.press("a")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == before
        assert page.locator("#presses").get_attribute("data-count") in (None, "0")


def test_no_single_key_acts_where_they_are_switched_off(site: Moody) -> None:
    """Nothing is decided, opened or moved by a letter, and the page speaks of none; buttons and Tab go on working."""
    prefer(site, shortcuts=False)
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.locator(".queue-card[aria-current]").wait_for()
        for key in ("j", "a", "h", "l", "u", "1", "n", "x", "?", "/"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement === document.body")
        assert not page.locator("dialog[open]").count()
        assert page.locator("#presses").get_attribute("data-count") in (None, "0")
        assert not page.locator(".keys-hint").count()
        page.get_by_role("button", name="Godkänn").first.press("Enter")
        said(page, SPOKEN["sv"]["approve"])


@pytest.mark.parametrize(("language", "undo", "named"), [("sv", "Ångra", "Beslut"), ("en", "Undo", "Decision")])
def test_names_say_what_they_are_about(site: Moody, language: str, undo: str, named: str) -> None:
    """A card is named by who wrote and when, its decisions are a group, and each undo names what it undoes."""
    prefer(site, language=language)
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        for key in "jah":
            page.keyboard.press(key)
        said(page, SPOKEN[language]["hide"])
        undoes = page.get_by_role("button", name=undo)
        labels = undoes.evaluate_all("all => all.map((each) => each.getAttribute('aria-label') ?? each.innerText)")
        assert sorted(labels) == sorted([f"{undo}: Berättelse 1", *[f"{undo}: Berättelse 2"] * 2])
        card = page.get_by_role("article", name="Nr 3")
        assert card.count() == 1
        assert card.get_by_role("group", name=named).count() == 1
        assert page.get_by_role("form").count() <= 1
        doubled = card.evaluate(
            """card => { const all = [...card.querySelectorAll('button, summary')];
              const shown = all.filter((each) => each.checkVisibility());
              const names = shown.map((each) => each.getAttribute('aria-label') ?? each.innerText.trim());
              return names.filter((name, at) => !name || names.indexOf(name) !== at); }"""
        )
        assert doubled == []
