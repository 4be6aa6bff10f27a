from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import account, candidate, ingest, newest, node, picture
from campaign.records import Review, Role
from conftest import NOW
from desk import browser_page
from moody import Moody, moody
from storage import schema
from storage.decisions import Action, decide
from storage.logins import begin_login, log_out_everywhere
from storage.store import Actor, Store
from storage.trail import trail

#: What a browser writes to its console about a server that is not there, answers 502, 409 or 403.
TROUBLE = "ERR_|Failed to load resource"


def fill(store: Store, count: int) -> None:
    for number in range(count):
        ingest(
            store,
            candidate(
                author_name=f"Nr {number + 1}",
                text=f"Berättelse {number + 1} om cykelvägen #hallandväxer",
                published_at=NOW - timedelta(hours=number + 1),
                media=(picture(alt=""),) if number == 1 else (),
            ),
        )


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Moody]:
    """A desk with twelve stories that wait, Nr 1 the newest, and a node to attach to."""
    fill(sqlite_store, 12)
    node(sqlite_store)
    goal = node(sqlite_store, code="mal", title="Ett mål", position=1)
    with sqlite_store.write() as connection:
        connection.execute(schema.node.update().where(schema.node.c.id == goal).values(kind="goal"))
    with moody(sqlite_store) as found:
        yield found


def reviews(store: Store) -> str:
    """The first letter of what was decided about each story, newest first; n: nothing yet."""
    return "".join(str(story.review)[0] for story in newest(store))


def current(page: Any) -> str:
    return str(page.locator(".queue-card[aria-current] .who strong").first.inner_text())


def keys(page: Any, pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def settled(page: Any) -> None:
    """Wait until nothing waits to be saved."""
    page.locator("#presses:is([data-count='0'], :not([data-count]))").wait_for(state="attached")


def actions(store: Store) -> list[str]:
    """What was done, the oldest first, one entry a press."""
    found = {record.group: record.action for record in reversed(trail(store, limit=1000)) if record.story_id}
    return list(found.values())


def colleague(site: Moody) -> Actor:
    return Actor(kind="person", account_id=account(site.store, name="karim"))


def test_ten_quick_presses_arrive_in_order_while_nobody_answers(site: Moody) -> None:
    """The focus is on the next card after every key although nothing is answered; then all are saved, in order."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "j")
        for number, key in enumerate("ahlahlahla", 1):
            page.keyboard.press(key)
            assert current(page) == f"Nr {number + 1}"
            assert page.evaluate("document.activeElement.classList.contains('queue-card')")
        page.locator("#presses", has_text="10 beslut väntar på att sparas.").wait_for()
        assert page.locator("#presses li").first.inner_text().startswith("Berättelse 1 om")
        assert reviews(site.store) == "n" * 12
        site.held.clear()
        page.locator("#said", has_text=re.compile("Godkänd: Berättelse 10 .* 2 kvar")).wait_for(state="attached")
        page.locator("#presses").wait_for(state="hidden")
    assert reviews(site.store) == "ahlahlahla" + "nn"
    assert actions(site.store) == ["approve", "hide", "later"] * 3 + ["approve"]


def test_the_server_is_killed_and_comes_back_and_nothing_is_lost(site: Moody) -> None:
    """What is pressed while it is gone waits with its names, is said once, and is saved once when it is back."""
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "ja")
        settled(page)
        site.kill()
        keys(page, "ahl")
        page.locator("#presses.trouble", has_text="3 beslut väntar på att sparas.").wait_for()
        assert "svarar inte" in page.locator("#said").inner_text()
        assert current(page) == "Nr 5"
        site.start()
        page.get_by_role("button", name="Försök nu").click()
        page.locator("#presses").wait_for(state="hidden")
        page.locator("#said", has_text="Alla beslut är sparade.").wait_for(state="attached")
        keys(page, "h")
        settled(page)
    assert reviews(site.store) == "aahlh" + "n" * 7
    assert actions(site.store) == ["approve", "approve", "hide", "later", "hide"]


def test_a_press_whose_answer_is_lost_is_carried_out_once(site: Moody) -> None:
    """The server did it and nobody heard: the same press is sent again and changes nothing more, evidence too."""
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "j")
        site.lost.set()
        keys(page, "1a")
        page.locator("#presses.trouble").wait_for()
        site.lost.clear()
        page.get_by_role("button", name="Försök nu").click()
        settled(page)
        assert current(page) == "Nr 2"
    assert len(site.arrived) >= 3
    assert actions(site.store) == ["attach", "approve"]


def test_an_unsent_press_is_taken_back_without_being_sent(site: Moody) -> None:
    """u cancels what has not left the page, and undoes what is under way once that is answered."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "jaa")
        assert current(page) == "Nr 3"
        keys(page, "u")
        assert current(page) == "Nr 2"
        assert "Ångrat, innan det sparades: Berättelse 2" in page.locator("#said").inner_text()
        keys(page, "u")
        assert current(page) == "Nr 1"
        site.held.clear()
        settled(page)
    assert reviews(site.store) == "n" * 12
    assert actions(site.store) == ["approve", "undo_approve"]


def test_u_goes_further_back_each_time(site: Moody) -> None:
    """Three presses, three u: the cards come back one after the other, at their places, the latest first."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "jahl")
        settled(page)
        for name in ("Nr 3", "Nr 2", "Nr 1"):
            keys(page, "u")
            assert current(page) == name
        settled(page)
        keys(page, "u")
        assert "inget att ångra" in page.locator("#said").inner_text()
        names = page.locator(".queue-item .who strong").all_inner_texts()
        assert names[:4] == ["Nr 1", "Nr 2", "Nr 3", "Nr 4"]
        keys(page, "a")
        settled(page)
    assert reviews(site.store) == "a" + "n" * 11


def test_ones_own_quick_presses_never_conflict(site: Moody) -> None:
    """A mark, a focus area and the approval of one card, pressed before anything is answered, are all taken."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "jfi1a")
        site.held.clear()
        settled(page)
    made = newest(site.store)[0]
    assert (made.featured, made.coming, len(made.nodes), made.review) == (True, True, 1, Review.APPROVED)


def test_pressing_a_mark_twice_before_the_answer_is_on_and_off(site: Moody) -> None:
    """What a mark shows is what the next press acts on, answered or not."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "jff11")
        site.held.clear()
        settled(page)
        assert page.locator(".queue-card").first.locator('[aria-pressed="true"]').count() == 0
    assert actions(site.store) == ["feature", "unfeature", "attach", "detach"]


def test_a_colleagues_decision_is_never_overwritten_in_silence(site: Moody) -> None:
    """One's presses meet another's decision: none is taken, the card comes back saying so, the focus stays put."""
    first = newest(site.store)[0]
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "jfa")
        decide(site.store, first.id, Action.HIDE, by=colleague(site), now=NOW)
        assert current(page) == "Nr 2"
        site.held.clear()
        page.locator(f"#story-{first.id} .notice", has_text="Karim har dolt den här.").wait_for()
        assert current(page) == "Nr 2"
        assert page.evaluate("document.activeElement.closest('.queue-item').dataset.title").startswith("Berättelse 2")
        page.locator(".toast").get_by_role("button", name="Visa").click()
        assert current(page) == "Nr 1"
    assert reviews(site.store)[0] == "h"
    assert actions(site.store) == ["hide"]


def test_a_login_that_ended_keeps_the_presses_until_the_same_person_is_back(site: Moody) -> None:
    """Logged out, then another person, then oneself again: only then is the press sent, as oneself."""
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        log_out_everywhere(site.store, site.person().id)
        keys(page, "ja")
        page.locator("#presses", has_text="Du har loggats ut").wait_for()
        login = page.get_by_role("link", name="Logga in")
        assert (login.get_attribute("target"), "/desk/login" in login.get_attribute("href")) == ("_blank", True)
        for role, expected in ((Role.REVIEWER, "Någon annan är inloggad"), (Role.EDITOR, None)):
            token = begin_login(site.store, site.person(role).id, now=site.now)
            page.context.add_cookies([{"name": "skord", "value": token, "domain": "127.0.0.1", "path": "/desk"}])
            page.get_by_role("button", name="Försök nu").click()
            if expected:
                page.locator("#presses", has_text=expected).wait_for()
                assert reviews(site.store)[0] == "n"
        settled(page)
        keys(page, "a")
        settled(page)
    assert reviews(site.store)[:2] == "aa"
    assert {record.who for record in trail(site.store) if record.story_id} == {"editor"}


def test_leaving_the_page_warns_only_while_something_waits(site: Moody) -> None:
    """The browser asks before it leaves a press that is not saved, and does not when all is."""
    with browser_page(site) as page:
        asked: list[str] = []

        def answer(dialog: Any) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        page.goto(f"{site.address}/desk")
        page.on("dialog", answer)
        site.held.set()
        keys(page, "ja")
        page.locator("#presses").wait_for()
        page.evaluate("location.assign('/desk/account')")
        page.wait_for_timeout(300)
        assert asked == ["beforeunload"]
        site.held.clear()
        settled(page)
        page.get_by_role("link", name="Källor").first.click()
        page.wait_for_url("**/desk/sources")
    assert asked == ["beforeunload"]


def test_menus_by_key_hide_with_a_reason_and_put_off_to_a_day(site: Moody) -> None:
    """H and L open the choices with the focus on the first; arrows and Enter choose; Escape gives the focus back."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("Shift+H")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.classList.contains('queue-card')")
        page.keyboard.press("Shift+H")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert current(page) == "Nr 2"
        page.keyboard.press("Shift+L")
        page.keyboard.press("Enter")
        assert current(page) == "Nr 3"
        settled(page)
    first, second = newest(site.store)[:2]
    assert (first.review, second.review) == (Review.HIDDEN, Review.LATER)
    assert second.later_until is not None
    assert next(record for record in trail(site.store) if record.action == "hide").reason == "Reklam"


def test_the_last_card_leaves_the_focus_on_the_empty_state(site: Moody) -> None:
    """Twelve cards decided: what is left says so and has the focus, at once and after the last answer."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        site.held.set()
        keys(page, "j" + "a" * 12)
        assert "gått igenom allt" in page.evaluate("document.activeElement.innerText")
        site.held.clear()
        settled(page)
        assert "Allt är granskat." in page.evaluate("document.activeElement.innerText")
        keys(page, "u")
        assert current(page) == "Nr 12"
        settled(page)
    assert reviews(site.store) == "a" * 11 + "n"


def test_older_cards_come_by_themselves_and_the_focus_never_waits(sqlite_store: Store) -> None:
    """Forty-five stories, one key each: the pages follow each other without another key."""
    fill(sqlite_store, 45)
    with moody(sqlite_store) as site, browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "j")
        for number in range(1, 46):
            page.locator(".queue-card:focus .who strong", has_text=re.compile(rf"^Nr {number}$")).wait_for()
            keys(page, "a")
        settled(page)
        page.locator("#empty", has_text="Allt är granskat.").wait_for()
    assert reviews(sqlite_store) == "a" * 45


def test_the_first_key_acts_on_the_card_that_is_marked(site: Moody) -> None:
    """The first card is marked when the page opens, so that nothing unseen is approved; readers hear the heading."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.locator(".queue-card[aria-current]").wait_for()
        assert current(page) == "Nr 1"
        assert page.evaluate("document.activeElement === document.body")
        keys(page, "a")
        settled(page)
    assert reviews(site.store)[:2] == "an"


def other_page(page: Any, site: Moody, role: Role = Role.REVIEWER) -> Any:
    """A second person's page in a browser of their own."""
    opened = page.context.browser.new_context(locale="sv-SE")
    opened.set_default_timeout(10_000)
    token = begin_login(site.store, site.person(role).id, now=site.now)
    opened.add_cookies([{"name": "skord", "value": token, "domain": "127.0.0.1", "path": "/desk"}])
    return opened.new_page()


def test_a_card_that_a_colleague_has_open_is_marked(site: Moody) -> None:
    """Two people at the queue see each other's open card by name; going on takes the mark along."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "j")
        theirs = other_page(page, site)
        theirs.goto(f"{site.address}/desk")
        first, second = (f"#story-{story.id} .looking" for story in newest(site.store)[:2])
        theirs.locator(first, has_text="editor tittar på den här").wait_for()
        keys(page, "j")
        theirs.locator(second, has_text="editor tittar på den här").wait_for()
        theirs.locator(first).wait_for(state="hidden")


def test_what_a_colleague_decides_leaves_other_cards_and_marks_the_open_one(site: Moody) -> None:
    """Behind one's back cards go quietly; the one that is read stays, says who did what, and takes no press."""
    first, second, third = newest(site.store)[:3]
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "jj")
        assert current(page) == "Nr 2"
        page.locator("#nav-desk", has_text="12").wait_for()
        page.wait_for_timeout(1500)
        for story, action in ((first, Action.APPROVE), (second, Action.HIDE), (third, Action.FEATURE)):
            decide(site.store, story.id, action, by=colleague(site), now=NOW)
        page.locator(f"#story-{second.id} .overtaken", has_text="Karim har dolt den här.").wait_for()
        page.locator(f"#story-{first.id}").wait_for(state="detached")
        page.locator(f"#story-{third.id} .badge", has_text="Lyft").wait_for()
        assert current(page) == "Nr 2"
        keys(page, "a")
        assert "Ditt beslut ändrade ingenting" in page.locator("#said").inner_text()
        page.locator("#nav-desk", has_text="10").wait_for()
        keys(page, "j")
        assert current(page) == "Nr 3"
        page.locator(f"#story-{second.id}").wait_for(state="detached")
    assert reviews(site.store)[:3] == "ahn"


def test_new_stories_come_in_without_moving_what_is_read(site: Moody) -> None:
    """A newer one stands above, a quiet link leads to it; the card that is read stays where it is on the screen."""
    with browser_page(site, viewport={"width": 900, "height": 600}) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "jjjj")
        stands = "document.querySelector('.queue-card[aria-current]').getBoundingClientRect().top"
        before = page.evaluate(stands)
        ingest(site.store, candidate(author_name="Ny", text="Nyss #hallandväxer", published_at=NOW))
        link = page.locator("#above button", has_text="1 ny ovanför")
        link.wait_for()
        assert (current(page), page.evaluate(f"Math.round({stands} - {before})")) == ("Nr 4", 0)
        names = page.locator(".queue-item .who strong").all_inner_texts()
        assert names[:2] == ["Ny", "Nr 1"]
        link.click()
        assert current(page) == "Ny"
        link.wait_for(state="hidden")


def test_what_comes_in_ends_the_empty_state(site: Moody) -> None:
    """Everything is reviewed and the page stays open: the next story stands there by itself, with the focus."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        keys(page, "j" + "h" * 12)
        page.locator("#empty", has_text="Allt är granskat.").wait_for()
        settled(page)
        ingest(site.store, candidate(author_name="Ny", text="Nyss #hallandväxer", published_at=NOW))
        page.locator(".queue-card:focus .who strong", has_text="Ny").wait_for()
        assert page.locator("#empty .empty").count() == 0


def test_two_people_at_one_queue_never_decide_the_same_story_unnoticed(sqlite_store: Store) -> None:
    """Forty stories, two pages pressing as fast as they can: each story has one decision that stands, and whoever was
    second was told."""
    fill(sqlite_store, 40)
    with moody(sqlite_store) as site, browser_page(site, expected=TROUBLE) as page:
        theirs = other_page(page, site)
        both = (page, theirs)
        for each in both:
            each.goto(f"{site.address}/desk")
            keys(each, "j")
        for _ in range(40):
            for each, key in ((page, "a"), (theirs, "h")):
                if each.locator(".queue-item:not(.gone, .returned) .queue-card[aria-current]").count():
                    keys(each, key)
        for each in both:
            settled(each)
    decided = [record for record in trail(sqlite_store, limit=1000) if record.story_id]
    assert len({record.story_id for record in decided}) == len(decided)
    assert {record.action for record in decided} <= {"approve", "hide"}


#: For every key of the sheet what can be seen after it; the mouse is never used.
SHEET = {
    "j": ("jj", "document.activeElement.closest('.queue-item').dataset.title.startsWith('Berättelse 2')"),
    "k": ("jjk", "document.activeElement.closest('.queue-item').dataset.title.startsWith('Berättelse 1 ')"),
    "a": ("ja", "document.querySelector('.queue-item.gone, .queue-item') && document.activeElement.id !== ''"),
    "h": ("jh", "document.activeElement.closest('.queue-item').dataset.title.startsWith('Berättelse 2')"),
    "H": ("jH", "document.activeElement.value.startsWith('hide:')"),
    "l": ("jl", "document.activeElement.closest('.queue-item').dataset.title.startsWith('Berättelse 2')"),
    "L": ("jL", "document.activeElement.value.startsWith('later:')"),
    "u": ("jau", "document.activeElement.closest('.queue-item').dataset.title.startsWith('Berättelse 1 ')"),
    "f": ("jf", "document.querySelector('[data-key=f]').getAttribute('aria-pressed') === 'true'"),
    "i": ("ji", "document.querySelector('[data-key=i]').getAttribute('aria-pressed') === 'true'"),
    "1": ("j1", "document.querySelector('[data-key=\"1\"]').getAttribute('aria-pressed') === 'true'"),
    "v": ("jv", "document.activeElement.matches('[name=weight]:checked')"),  # of what 1 attached before
    "e": ("je", "document.activeElement.matches('[data-find]')"),
    "t": ("jjt", "document.activeElement.name === 'alt'"),
    "n": ("jn", "document.activeElement.matches('.queue-card textarea')"),
    "x": ("jx", "document.querySelector('.queue-card [data-key=x]').checked"),
    "/": ("/", "document.activeElement.id === 'words'"),
    "?": ("?", "document.getElementById('keys').open"),
}

#: Keys of the sheet that leave the page or need a proposal; proven below and in the tests of proposals.
ELSEWHERE = {"r", "o", "s", "m", "g", "p", "y"}


def type_key(page: Any, key: str) -> None:
    page.keyboard.press(f"Shift+{key}" if key in "HL" else key)


def test_every_key_of_the_cheat_sheet_works(site: Moody) -> None:
    """The sheet lists what the keys do, and each does it with the keyboard alone."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        listed = page.locator("#keys dd").evaluate_all("all => all.map(each => each.dataset.for)")
        assert set(listed) == set(SHEET) | ELSEWHERE
        for key, (pressed, seen) in SHEET.items():
            page.goto(f"{site.address}/desk")
            for each in pressed:
                type_key(page, each)
            assert page.evaluate(seen), key
            settled(page)
            if key in "ahl":
                type_key(page, "u")
                settled(page)


def test_r_and_s_and_o_act_on_the_card(site: Moody) -> None:
    """r brings a hidden story back into review, o opens the original in a window of its own, s the story's page."""
    story = newest(site.store)[0]
    decide(site.store, story.id, Action.HIDE, by=colleague(site), now=NOW)
    with browser_page(site, expected="ERR_") as page:
        page.goto(f"{site.address}/desk?pile=hidden")
        keys(page, "jr")
        settled(page)
        assert reviews(site.store)[0] == "n"
        page.goto(f"{site.address}/desk")
        with page.context.expect_page() as opened:
            keys(page, "jo")
        opened.value.close()
        keys(page, "s")
        page.wait_for_url(f"**/desk/stories/{story.id}")
