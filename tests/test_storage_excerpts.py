"""Excerpts that an editor marks in a text: found unaltered, shown in lists and letters, put aside with a new text."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders import account, approved, candidate, ingest, story
from campaign.errors import ConflictError, InputError
from campaign.excerpts import EXCERPT_MAX, picked_span, span_between
from campaign.records import Story
from conftest import NOW
from desk import Running, fields, running
from digest.compose import compose
from digest.excerpt import marked
from digest.letter import Item
from digest_samples import issue as made_issue
from digest_samples import item as made_item
from digest_samples import settings as letter_settings
from storage.decisions import Action, decide
from storage.excerpts import clear_excerpt, set_excerpt
from storage.store import Actor, Store
from storage.stories import find_story
from storage.undoing import undo

TEXT = "I dag öppnar bron. Den har kostat mycket, men nu är den här.\nVi firar med kaffe! Kom och gå över #hallandväxer"
WORDS = "Den har kostat mycket, men nu är den här.\nVi firar med kaffe!"
START = TEXT.index("Den")


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


def marked_story(store: Store, **changes: Any) -> Story:
    """An approved story of which an editor marked some words."""
    made = approved(store, **({"text": TEXT, "html": ""} | changes))
    mark(store, made)
    return seen(store, made.id)


def mark(store: Store, made: Story) -> str:
    """Mark the same words in a story's text."""
    post = made.lead
    start = post.text.index("Den")
    return set_excerpt(
        store, made.id, post_id=post.id, version_id=post.version_id, start=start, end=start + len(WORDS),
        by=person(store), now=NOW,
    )  # fmt: skip


def seen(store: Store, story_id: int, *, public: bool = True) -> Story:
    """A story as the public, or the desk, sees it."""
    found = find_story(store, story_id, public=public)
    assert found is not None
    return found


def told(tmp_path: Path, made: Story, **changes: Any) -> Item:
    """How the letter tells a story."""
    letter = compose(made_issue(), [made_item(made.id, **changes)], {made.id: made}, (), letter_settings(tmp_path))
    return letter.items[0]


# --- finding words ---------------------------------------------------------------------------------------


def test_selected_words_are_found_where_they_were_selected() -> None:
    """Twice the same words: the nearest; a browser's other line breaks do not matter."""
    text = "kaffe och  bulle,\nsedan kaffe\noch bulle"
    assert picked_span(text, "kaffe och bulle", 20) == (24, 39)
    assert picked_span(text, "kaffe\r\noch bulle", 0) == (0, 16)


def test_first_and_last_words_frame_an_excerpt() -> None:
    """In whatever capitals; one of them alone goes to the text's end or from its beginning."""
    assert TEXT[slice(*span_between(TEXT, "den har", "MED KAFFE!"))] == WORDS
    assert TEXT[slice(*span_between(TEXT, "Vi firar", ""))] == TEXT[TEXT.index("Vi") :]
    assert TEXT[slice(*span_between(TEXT, "", "bron."))] == "I dag öppnar bron."


@pytest.mark.parametrize(
    ("first", "last", "field"), [("", " ", "first"), ("Den hade", "", "first"), ("Vi firar", "bron.", "last")]
)
def test_words_that_do_not_stand_there_are_refused(first: str, last: str, field: str) -> None:
    """The last words must come after the first."""
    with pytest.raises(InputError) as refused:
        span_between(TEXT, first, last)
    assert refused.value.field == field


def test_an_excerpt_has_a_length() -> None:
    """A list has no room for more."""
    long = "ord " * 200
    with pytest.raises(InputError, match="excerpt_long"):
        picked_span(long, long[: EXCERPT_MAX + 2], 0)


@pytest.mark.parametrize(
    ("title", "start", "end", "expected"),
    [
        ("Bron", START, START + len(WORDS), ("Bron", f"[…] {WORDS} […]")),
        ("Bron", 0, START - 1, ("Bron", "I dag öppnar bron. […]")),
        ("Bron", START, len(TEXT), ("Bron", f"[…] {TEXT[START:]}")),
        ("", START, START + len(WORDS), ("[…] Den har kostat mycket, men nu är den här.", "Vi firar med kaffe! […]")),
        ("", 0, START - 1, ("I dag öppnar bron. […]", "")),
    ],
)
def test_left_out_words_are_marked(title: str, start: int, end: int, expected: tuple[str, str]) -> None:
    """Where the text goes on before or after, and there alone; not a word is changed."""
    made = marked(title, TEXT, start, end)
    assert (made.title, made.text) == expected
    assert not made.shortened


# --- storing ---------------------------------------------------------------------------------------------


def test_an_excerpt_is_one_press_and_undone(store: Store) -> None:
    """Marking the same again is none; taking it away is one, too."""
    made = approved(store, text=TEXT)
    press = mark(store, made)
    assert seen(store, made.id).marked is not None
    assert mark(store, made) == ""
    gone = clear_excerpt(store, made.id, by=person(store), now=NOW)
    assert seen(store, made.id).marked is None
    undo(store, gone, by=person(store), now=NOW)
    found = seen(store, made.id).marked
    assert found is not None
    assert TEXT[found.start : found.end] == WORDS
    undo(store, press, by=person(store), now=NOW)
    assert seen(store, made.id).excerpt is None


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (9, 4), (0, len(TEXT) + 1)])
def test_what_is_not_inside_the_text_is_refused(store: Store, start: int, end: int) -> None:
    """No excerpt can point beyond what was written."""
    made = approved(store, text=TEXT)
    with pytest.raises(InputError):
        set_excerpt(
            store, made.id, post_id=made.lead.id, version_id=made.lead.version_id, start=start, end=end,
            by=person(store), now=NOW,
        )  # fmt: skip


def test_a_new_version_puts_the_excerpt_aside_until_somebody_has_looked(store: Store) -> None:
    """While the approved text stands, its excerpt does; with the new text approved it waits to be marked again."""
    made = marked_story(store, identity="https://exempel.social/1")
    edited = candidate(identity="https://exempel.social/1", text=TEXT.replace("kaffe", "te"), html="")
    ingest(store, edited)
    assert seen(store, made.id).marked is not None
    assert seen(store, made.id, public=False).marked is None
    decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    assert seen(store, made.id).marked is None
    with pytest.raises(ConflictError):
        mark(store, made)


# --- showing ---------------------------------------------------------------------------------------------


def test_the_letter_tells_the_excerpt_unless_an_editor_wrote(store: Store, tmp_path: Path) -> None:
    """Marked words stand before made ones, and a person's own before both."""
    made = marked_story(store, title="Bron")
    assert told(tmp_path, made).text == f"[…] {WORDS} […]"
    assert told(tmp_path, made).quoted
    assert told(tmp_path, made, text="Egna ord.").text == "Egna ord."


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk that answers."""
    with running(sqlite_store) as site:
        yield site


def long_story(site: Running) -> Story:
    """An approved story with a text that lists cut."""
    return approved(site.store, title="Bron", text=TEXT + "\n" + "Mer text följer här. " * 20, html="")


def press(site: Running, made: Story, **form: str) -> Any:
    """Send the form of the excerpt as the queue has it."""
    client = site.client()
    path = f"/desk/stories/{made.id}/excerpt"
    return client.post(path, data=fields(client.get("/desk?pile=approved").text, path) | form)


def test_lists_show_what_was_marked_and_the_page_the_whole(site: Running) -> None:
    """Marked by first and last words, without scripts; the story's own page is unaltered."""
    made = long_story(site)
    reader = site.client(None)
    assert "[…]" not in reader.get("/archive").text
    done = press(site, made, first_words="Den har kostat", last_words="med kaffe!")
    assert done.status_code == 303
    for path in ("/archive", "/"):
        assert f"[…] {WORDS} […]" in html.unescape(reader.get(path).text)
    page = html.unescape(reader.get(f"/stories/{made.id}").text)
    assert "I dag öppnar bron." in page
    client = site.client()
    client.post("/desk/undo", data=fields(client.get(done.headers["location"]).text, "/desk/undo"))
    assert "[…]" not in reader.get("/archive").text


def test_what_is_wrong_is_told_and_the_words_stay(site: Running) -> None:
    """The form comes back open with what was written."""
    made = long_story(site)
    answer = press(site, made, first_words="Det har kostat")
    assert answer.status_code == 422
    assert f'id="excerpt-{made.id}-error"' in answer.text
    assert 'value="Det har kostat"' in answer.text


def test_an_excerpt_put_aside_is_kept_by_one_press_where_its_words_still_stand(site: Running) -> None:
    """The card says so, and asks."""
    made = marked_story(site.store, identity="https://exempel.social/9", title="Bron")
    ingest(site.store, candidate(identity="https://exempel.social/9", title="Bron", text="Nytt. " + TEXT, html=""))
    decide(site.store, made.id, Action.APPROVE, by=person(site.store), now=NOW)
    page = site.client().get("/desk?pile=approved").text
    assert "Utdraget är lagt åt sidan" in page
    assert "Samma ord står kvar" in page
    press(site, made, picked=WORDS)
    again = seen(site.store, made.id)
    assert again.marked is not None
    assert again.lead.text[again.marked.start : again.marked.end] == WORDS


def test_a_short_text_has_nothing_to_mark(site: Running) -> None:
    """It stands in lists whole, and the card stays calm."""
    made = story(site.store)
    assert f"/desk/stories/{made.id}/excerpt" not in site.client().get("/desk").text
