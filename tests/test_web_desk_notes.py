"""Notes and flags on a card: by form, by script, by key; hostile words are words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import account, story
from campaign.records import Role
from conftest import NOW
from desk import Running, browser_page, fields, running
from storage.notes import add_note, notes_of
from storage.store import Actor, Store
from storage.trail import trail

HOSTILE = '<script>alert(1)</script> {{ 7*7 }} "><img src=x onerror=alert(1)> \u202ebakvänt'


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site."""
    with running(sqlite_store) as made:
        yield made


def test_a_note_is_written_without_scripts_and_shown_with_its_count(site: Running) -> None:
    """A plain form writes a note; the card counts it and shows who wrote it."""
    one = story(site.store)
    client = site.client()
    sent = fields(client.get("/desk").text, f"/desk/stories/{one.id}/notes") | {"note": "Ring kommunen"}
    answer = client.post(f"/desk/stories/{one.id}/notes", data=sent, follow_redirects=True)
    assert "Anteckningen är sparad." in answer.text
    assert "1 anteckning" in answer.text
    assert "Ring kommunen" in answer.text


def test_hostile_words_in_a_note_are_words(site: Running) -> None:
    """Markup, template marks and attributes in a note are shown as they were typed and do nothing."""
    one = story(site.store)
    add_note(site.store, one.id, HOSTILE, by=Actor(kind="person", account_id=account(site.store)), now=NOW)
    page = site.client().get("/desk").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page


def test_a_note_that_is_too_long_comes_back_with_its_words(site: Running) -> None:
    """The form says what is wrong, and nothing that was written is lost."""
    one = story(site.store)
    client = site.client()
    sent = fields(client.get("/desk").text, f"/desk/stories/{one.id}/notes") | {"note": "x" * 2001}
    answer = client.post(f"/desk/stories/{one.id}/notes", data=sent)
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    assert notes_of(site.store, [one.id]) == {}


def test_ones_own_note_goes_and_anothers_stays(site: Running) -> None:
    """Only what one wrote oneself, within a day, has a button; a forged press for another's note is refused."""
    one = story(site.store)
    add_note(site.store, one.id, "Annas", by=Actor(kind="person", account_id=account(site.store)), now=NOW)
    add_note(site.store, one.id, "Min", by=Actor(kind="person", account_id=site.person(Role.EDITOR).id), now=site.now)
    client = site.client()
    theirs, mine = notes_of(site.store, [one.id])[one.id]
    page = client.get("/desk").text
    assert f"/desk/notes/{mine.id}/remove" in page
    assert f"/desk/notes/{theirs.id}/remove" not in page
    sent = fields(page, f"/desk/notes/{mine.id}/remove")
    client.post(f"/desk/notes/{theirs.id}/remove", data=sent)
    client.post(f"/desk/notes/{mine.id}/remove", data=sent)
    assert [note.text for note in notes_of(site.store, [one.id])[one.id]] == ["Annas"]
    site.now = NOW + timedelta(days=2)
    assert "/desk/notes/" not in client.get("/desk").text


def test_a_reader_reads_notes_and_writes_none(site: Running) -> None:
    """Who only reads sees the notes without a form, and is refused at the address."""
    one = story(site.store)
    add_note(site.store, one.id, "Läs mig", by=Actor(kind="person", account_id=account(site.store)), now=NOW)
    client = site.client(Role.READER)
    page = client.get("/desk").text
    assert "Läs mig" in page
    assert f"/desk/stories/{one.id}/notes" not in page
    assert client.post(f"/desk/stories/{one.id}/notes", data={"note": "nej"}).status_code == 403


def test_the_trail_of_a_story_tells_of_its_notes(site: Running) -> None:
    """The story's page says in words that somebody wrote a note."""
    one = story(site.store)
    add_note(site.store, one.id, "Hej", by=Actor(kind="person", account_id=account(site.store)), now=NOW)
    assert trail(site.store, story_id=one.id)[0].action == "noted"
    assert "Anna skrev en anteckning" in site.client().get(f"/desk/stories/{one.id}").text


def test_a_note_is_written_by_keys_alone(site: Running) -> None:
    """n opens the notes with the field ready, Ctrl and Enter save, and the notes stay open with what was written."""
    one = story(site.store)
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("n")
        page.wait_for_selector("textarea[name=note]:focus")
        page.keyboard.type("Skriven med tangenter")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(f"#notes-{one.id} .note-text")
        assert page.locator(f"#notes-{one.id}").get_attribute("open") is not None
        assert page.locator(f"#notes-{one.id} .note-text").inner_text() == "Skriven med tangenter"
        assert page.locator("#said").inner_text().startswith("Anteckningen är sparad.")
