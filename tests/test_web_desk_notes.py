"""Notes and flags on a card: by form, by script, by key; hostile words are words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from builders import account, approved, story
from campaign.flags import Flag
from campaign.records import Role
from conftest import NOW
from desk import Running, browser_page, fields, running
from storage.decisions import Action, decide
from storage.flags import set_flag
from storage.notes import add_note, notes_of
from storage.store import Actor, Store
from storage.stories import find_story
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
        page.locator("#said", has_text="Anteckningen är sparad").wait_for(state="attached")
        assert page.locator(f"#notes-{one.id}").get_attribute("open") is not None
        assert page.locator(f"#notes-{one.id} .note-text").inner_text() == "Skriven med tangenter"
        assert page.locator("#said").inner_text().startswith("Anteckningen är sparad")


def flag_press(site: Running, client: httpx.Client, story_id: int, press: str, reason: str = "") -> httpx.Response:
    """Press a flag's button on the card."""
    sent = fields(client.get("/desk").text, f"/desk/stories/{story_id}/flags") | {"press": press, "reason": reason}
    return client.post(f"/desk/stories/{story_id}/flags", data=sent, follow_redirects=True)


def approve_press(client: httpx.Client, story_id: int) -> httpx.Response:
    """Press Approve on the card."""
    sent = fields(client.get(f"/desk/stories/{story_id}").text, f"/desk/stories/{story_id}/decide")
    sent["press"] = "approve"
    return client.post(f"/desk/stories/{story_id}/decide", data=sent, follow_redirects=True)


def test_a_flagged_story_is_on_no_public_surface_before_the_second_approval(site: Running) -> None:
    """From the flag over one approval to two: page, front, archive, search, feeds, wall."""
    one = story(site.store, text="Bygdens hemlighet #hallandväxer")
    anna, bo, public = site.client(Role.EDITOR), site.client(Role.REVIEWER), site.client(None)

    def shown() -> list[str]:
        surfaces = ("/", "/archive", "/archive?q=bygdens", "/feed.atom", "/feed.json", f"/stories/{one.id}", "/wall")
        return [where for where in surfaces if "Bygdens hemlighet" in public.get(where).text]

    assert "Två personer måste godkänna." in flag_press(site, anna, one.id, "set:child", "Klassbild").text
    assert "en till behövs" in approve_press(anna, one.id).text
    assert shown() == []
    assert "väntar på en kollega" in anna.get("/desk?pile=second").text
    assert "Godkänd av" in bo.get("/desk?pile=second").text
    assert "kollega måste också" in approve_press(anna, one.id).text
    assert shown() == []
    approve_press(bo, one.id)
    assert {"/", "/archive", f"/stories/{one.id}"} <= set(shown())


def test_the_card_warns_before_a_public_story_is_flagged(site: Running) -> None:
    """Flagging takes down what is public, and the card says so first."""
    one = approved(site.store)
    client = site.client()
    page = client.get(f"/desk/stories/{one.id}").text
    assert "tas den ner tills två har godkänt den igen" in page
    sent = fields(page, f"/desk/stories/{one.id}/flags") | {"press": "set:crime"}
    client.post(f"/desk/stories/{one.id}/flags", data=sent)
    assert site.client(None).get(f"/stories/{one.id}").status_code in (404, 410)


def test_who_is_alone_is_told_that_a_colleague_is_needed(site: Running) -> None:
    """With one account the card says that nobody can be the second."""
    one = story(site.store)
    client = site.client()
    flag_press(site, client, one.id, "set:patient")
    assert "Bara du kan godkänna här." in client.get("/desk").text
    site.person(Role.REVIEWER)
    assert "Bara du kan godkänna här." not in client.get("/desk").text


def test_a_proposed_flag_says_why_and_is_set_by_one_press(site: Running) -> None:
    """Words in the text propose a flag with the reason; the proposal alone holds nothing back."""
    one = story(site.store, text="Eleverna på skolan planterar #hallandväxer")
    page = site.client().get("/desk").text
    assert "Nämner eleverna." in page
    assert f'id="s{one.id}-propose-child"' in page
    found = find_story(site.store, one.id, public=False)
    assert found is not None
    assert found.flags == ()


def test_the_head_counts_what_this_person_can_act_on(site: Running) -> None:
    """A story of one's own first approval is counted for colleagues, on every page of theirs, and not for oneself."""
    one = story(site.store)
    anna, bo = site.client(Role.EDITOR), site.client(Role.REVIEWER)
    flag_press(site, anna, one.id, "set:child")
    approve_press(anna, one.id)
    for page in ("/desk", "/desk/log"):
        assert re.search(r'id="nav-desk" hidden>0<', anna.get(page).text)
        assert re.search(r'id="nav-desk">1<', bo.get(page).text)


def test_why_a_flag_was_set_stands_beside_it(site: Running) -> None:
    """The reason is read on the card, hostile words as words, and goes with the flag."""
    one = story(site.store)
    client = site.client()
    card = flag_press(site, client, one.id, "set:child", "<b>Klassbild</b>").text.partition('class="flagged"')[2]
    assert "&lt;b&gt;Klassbild&lt;/b&gt;" in card.partition("</div>")[0]
    cleared = flag_press(site, client, one.id, "clear:child").text
    assert 'class="flagged"' not in cleared


def test_an_unknown_flag_is_refused(site: Running) -> None:
    """Only the flags that exist can be set."""
    one = story(site.store)
    answer = flag_press(site, site.client(), one.id, "set:everything")
    assert (answer.status_code, "Flaggan finns inte." in answer.text) == (404, True)


def test_the_command_line_is_no_way_round(sqlite_store: Store) -> None:
    """What ``skord post decide`` calls holds a flagged story for two like the desk does."""
    one = story(sqlite_store)
    by = Actor(kind="person", account_id=account(sqlite_store))
    set_flag(sqlite_store, one.id, Flag.CHILD, on=True, by=by, now=NOW)
    assert decide(sqlite_store, one.id, Action.APPROVE, by=by, now=NOW).action == "approve_first"
    assert find_story(sqlite_store, one.id, public=True) is None
