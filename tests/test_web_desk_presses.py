"""Everything that a card's forms save goes through the queue of presses: carried out once, nothing written lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import candidate, ingest, newest, picture
from campaign.records import Review, Role
from conftest import NOW
from desk import browser_page, fields
from moody import Moody, moody
from storage.notes import notes_of
from storage.store import Store
from storage.trail import trail

ONCE = "c" * 32
TROUBLE = "ERR_|Failed to load resource"
TEXT = "Först kom traktorn. Sedan kom alla andra och firade. " + "Mer om dagen. " * 20


def filled(store: Store) -> None:
    """Five stories that wait, the newest with a picture without words and of nobody known."""
    for number in range(5):
        ingest(
            store,
            candidate(
                author_name="" if number == 0 else f"Nr {number + 1}",
                author_handle="",
                text=f"Berättelse {number + 1} #hallandväxer {TEXT}",
                html="",
                published_at=NOW - timedelta(hours=number + 1),
                media=(picture(alt=None),) if number == 0 else (),
            ),
        )


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Moody]:
    """A desk in front of a server with moods."""
    filled(sqlite_store)
    with moody(sqlite_store) as found:
        yield found


def actions(store: Store) -> list[str]:
    """What was done, the oldest first, one entry a press."""
    return list({each.group: each.action for each in reversed(trail(store, limit=1000)) if each.story_id}.values())


def settled(page: Any) -> None:
    page.locator("#presses:is([data-count='0'], :not([data-count]))").wait_for(state="attached")


KINDS = {
    "alt": ("/desk/media/{media}", {"alt": "En traktor.", "right": "none"}),
    "right": ("/desk/media/{media}", {"right": "own", "use_web": "yes", "right_from": "Vi"}),
    "withdraw": ("/desk/media/{media}/withdraw", {}),
    "asked": ("/desk/media/{media}/asked", {}),
    "noted": ("/desk/stories/{story}/notes", {"note": "Ring kommunen."}),
    "flag": ("/desk/stories/{story}/flags", {"press": "set:child"}),
    "credit": ("/desk/posts/{post}/credit", {"credit": "Anna i Laholm"}),
    "excerpt": ("/desk/stories/{story}/excerpt", {"first_words": "Sedan kom", "last_words": "firade."}),
    "apart": ("/desk/stories/{story}/join", {"press": "apart"}),
    "join": ("/desk/stories/{story}/join", {"press": "join"}),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_press_that_is_sent_again_changes_nothing_and_answers_as_before(store: Store, kind: str) -> None:
    """One press in the trail, the same answer, whatever of a card it saved."""
    filled(store)
    one, other = newest(store)[:2]
    path, more = KINDS[kind]
    where = path.format(media=one.lead.media[0].id, story=one.id, post=one.lead.id)
    with moody(store) as site:
        client = site.client()
        token = fields(client.get("/desk").text, f"/desk/stories/{one.id}/notes")
        sent = token | {
            "once": ONCE, "other": str(other.id), "about": str(one.lead.id), "version": str(one.lead.version_id),
        } | more  # fmt: skip
        answers = [client.post(where, data=sent, headers={"HX-Request": "true"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    names = ("X-Skord-Press", "X-Skord-Changes", "X-Skord-Gone")
    heads = [{name: each.headers.get(name) for name in names} for each in answers]
    assert heads[0] == heads[1]
    assert actions(store) == [kind]
    assert len(notes_of(store, [one.id]).get(one.id, ())) == (kind == "noted")


def test_a_note_is_taken_away_once(store: Store) -> None:
    """The same press sent again is answered as before, although the note is gone."""
    filled(store)
    one = newest(store)[0]
    with moody(store) as site:
        client = site.client()
        token = fields(client.get("/desk").text, f"/desk/stories/{one.id}/notes")
        client.post(f"/desk/stories/{one.id}/notes", data=token | {"note": "Fel"})
        number = notes_of(store, [one.id])[one.id][0].id
        sent = {"data": token | {"once": ONCE}, "headers": {"HX-Request": "true"}}
        answers = [client.post(f"/desk/notes/{number}/remove", **sent) for _ in range(2)]
        other = client.post(f"/desk/notes/{number}/remove", data=token | {"once": "e" * 32})
    assert [each.status_code for each in (*answers, other)] == [200, 200, 404]
    assert actions(store) == ["noted", "note_removed"]


def test_words_of_a_picture_survive_a_server_that_is_gone(site: Moody) -> None:
    """Written and saved by keys while nobody answers, three decisions after it: all in the trail once, in order."""
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        site.kill()
        page.keyboard.press("t")
        page.keyboard.type("En traktor på ett fält.")
        page.keyboard.press("Control+Enter")
        assert page.evaluate("document.activeElement.classList.contains('queue-card')")
        assert page.locator(".queue-card").first.locator("details.picture-form[open]").count() == 0
        assert "En traktor på ett fält." in page.locator(".alt-words").first.inner_text()
        for key in "ahl":
            page.keyboard.press(key)
        page.locator("#presses.trouble", has_text="4 ").wait_for()
        site.start()
        page.get_by_role("button", name="Försök nu").click()
        page.locator("#presses").wait_for(state="hidden")
        settled(page)
    assert actions(site.store) == ["alt", "approve", "hide", "later"]
    assert newest(site.store)[0].lead.media[0].alt == "En traktor på ett fält."


def test_a_form_that_is_refused_opens_again_with_what_was_written(site: Moody) -> None:
    """A right for nothing: the form is open, its words are there, the error is told, and the correction is saved."""
    number = newest(site.store)[0].lead.media[0].id
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("t")
        page.keyboard.type("En traktor.")
        page.locator(f"#right-{number}-permission").check()
        page.locator(f"#picture-{number} .button.main").click()
        page.locator(f"#picture-{number}[open] .error").first.wait_for()
        page.locator(f"#from-{number}:focus").wait_for()
        assert page.locator(f"#alt-{number}").input_value() == "En traktor."
        page.locator(f"#use-{number}-web").check()
        page.locator(f"#from-{number}").fill("Anna")
        page.keyboard.press("Control+Enter")
        settled(page)
        page.locator("#said", has_text="Bildens uppgifter är sparade").wait_for(state="attached")
    assert newest(site.store)[0].lead.media[0].alt == "En traktor."


def test_a_note_that_was_not_sent_comes_back_with_u(site: Moody) -> None:
    """Taken back unsaved, its words stand in the field again; saved, it stands once and the field is empty."""
    one = newest(site.store)[0]
    with browser_page(site, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        site.held.set()
        page.keyboard.press("f")
        page.keyboard.press("n")
        page.keyboard.type("Ring kommunen")
        page.keyboard.press("Control+Enter")
        assert page.locator(f"#notes-{one.id} .note-text").inner_text() == "Ring kommunen"
        page.keyboard.press("u")
        assert page.locator(f"#note-{one.id}").input_value() == "Ring kommunen"
        page.locator(f"#note-{one.id}").press("Control+Enter")
        site.held.clear()
        settled(page)
        assert page.locator(f"#note-{one.id}").input_value() == ""
        assert page.locator(f"#notes-{one.id} .note-text").count() == 1
    assert actions(site.store) == ["feature", "noted"]


def test_undoing_on_a_storys_own_page_works_with_scripts(site: Moody) -> None:
    """The page has no queue, and its button undoes all the same."""
    one = newest(site.store)[0]
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk/stories/{one.id}")
        page.get_by_role("button", name="Godkänn").first.click()
        page.locator(".notice.said").wait_for()
        assert newest(site.store)[0].review is Review.APPROVED
        page.locator("aside form.undo button").first.click()
        page.locator(".notice.said", has_text="Ångrat.").wait_for()
    assert newest(site.store)[0].review is Review.NEW
