"""Places at the desk: proposed with the reason, set by one press or by typing, undone, and shown to readers."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from builders import approved, candidate, ingest, story
from campaign.places import offer
from campaign.records import Role
from conftest import HALLAND, NOW
from desk import Running, browser_page, fields, running, settings
from storage.places import set_place
from storage.store import Actor, Store
from storage.stories import find_story, get_stories
from web.desk.cards import Cards
from web.desk.place_cards import place_row

OURS = replace(HALLAND, places=("Hallands län", "Tylösand, Halmstad"))
TEXT = "Halmstads hamn bygger ut, och i Getinge firar man. #hallandväxer"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store whose campaign offers the places of Halland."""
    with running(sqlite_store, campaigns={OURS.id: OURS}) as found:
        yield found


def places(store: Store, story_id: int) -> tuple[str, ...]:
    """The places of a story."""
    found = find_story(store, story_id, public=False)
    return found.places if found else ()


def press(site: Running, story_id: int, role: Role = Role.REVIEWER, **values: str) -> str:
    """Send the form of a card's places from its own page, and return the page that comes back."""
    client = site.client(role)
    form = fields(client.get(f"/desk/stories/{story_id}").text, f"/desk/stories/{story_id}/places")
    answer = client.post(f"/desk/stories/{story_id}/places", data=form | values, follow_redirects=True)
    return html.unescape(answer.text)


def test_a_card_proposes_places_with_the_reason(site: Running) -> None:
    """The card names each place that the text speaks of with the words for which it does."""
    made = story(site.store, text=TEXT)
    page = html.unescape(site.client(Role.REVIEWER).get("/desk").text)
    assert f'value="place:halmstad" aria-pressed="false" id="s{made.id}-p-halmstad"' in page
    assert "”Halmstads” i texten" in page
    assert f'id="s{made.id}-p-getinge"' in page


def test_one_press_sets_and_takes_away_a_place(site: Running) -> None:
    """The proposal's button sets it, the chip's button takes it away, and both can be undone from the page."""
    made = story(site.store, text=TEXT)
    page = press(site, made.id, press="place:halmstad")
    assert places(site.store, made.id) == ("halmstad",)
    assert "reviewer satte platsen Halmstad" in page
    assert fields(page, "/desk/undo")["group"]
    press(site, made.id, press="unplace:halmstad")
    assert places(site.store, made.id) == ()


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("laholm", "laholm"),
        ("Laholms kommun", "laholm"),
        ("Torup, Hylte", "torup"),
        ("Tylösand", "tylosand-halmstad"),
        ("Göteborg", "goteborg"),
        ("varb", "varberg"),
        ("lahol", "laholm"),
        ("götebo", "goteborg"),
    ],
)
def test_a_place_is_found_by_typing(site: Running, typed: str, wanted: str) -> None:
    """The field takes any municipality, the campaign's towns and its own places, without scripts."""
    made = story(site.store, text="Höst")
    press(site, made.id, press="place", place=typed)
    assert places(site.store, made.id) == (wanted,)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Halmstd", ">Menade du Halmstad?</button>"),
        ("ha", "Flera platser börjar på «ha». Välj den du menar."),
        ("Atlantis", "Ingen plats heter «Atlantis»."),
        ("Järna", ">Järna, Södertälje</button>"),
        ("", "Ingen plats heter «»."),
    ],
)
def test_what_means_no_place_is_said_at_the_field(site: Running, typed: str, told: str) -> None:
    """A name that means none or several changes nothing, and the field says what to write instead."""
    made = story(site.store, text="Höst")
    page = press(site, made.id, press="place", place=typed)
    assert told in page
    assert 'aria-invalid="true"' in page
    assert places(site.store, made.id) == ()


def test_a_reader_sees_places_and_sets_none(site: Running) -> None:
    """Who may only read gets words without buttons."""
    made = story(site.store, text=TEXT)
    set_place(site.store, made.id, "laholm", by=Actor(kind="person", account_id=site.person().id), now=NOW)
    page = site.client(Role.READER).get(f"/desk/stories/{made.id}").text
    assert "Laholm" in page
    assert f"/desk/stories/{made.id}/places" not in page


def test_a_place_that_no_register_knows_any_more_can_be_taken_away(site: Running) -> None:
    """What a configuration named once and does no longer still stands on the card, under its id."""
    made = story(site.store, text="Höst")
    set_place(site.store, made.id, "gamla-torget", by=Actor(kind="person", account_id=site.person().id), now=NOW)
    press(site, made.id, press="unplace:gamla-torget")
    assert places(site.store, made.id) == ()


def test_readers_see_where_a_story_takes_place(site: Running) -> None:
    """The public page of a story and its card in the archive name the place, and only what a person set."""
    made = approved(site.store, text=TEXT)
    reader = site.client(None)
    assert "Getinge" not in reader.get("/archive").text.replace("i Getinge", "")
    set_place(site.store, made.id, "laholm", by=Actor(kind="person", account_id=site.person().id), now=NOW)
    for path in (f"/stories/{made.id}", "/archive"):
        page = reader.get(path).text
        assert "Laholm" in page, path
        assert "Halmstads kommun" not in page


def test_proposals_ask_nothing_of_the_database(sqlite_store: Store) -> None:
    """A page of cards takes as many questions with one story as with twenty."""
    texts = [f"Nummer {count} om Halmstad, helt för sig: {'xyzåäö'[count % 6] * 9} {count * 77}" for count in range(20)]
    ingest(sqlite_store, *(candidate(text=text, identity=f"n{count}") for count, text in enumerate(texts)))
    with sqlite_store.read() as connection:
        ids = list(connection.exec_driver_sql("SELECT id FROM story").scalars())
    stories = get_stories(sqlite_store, ids, public=False)
    cards = Cards(sqlite_store, OURS, site_language="sv", sources={}, now=NOW)
    asked: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    (one,) = cards.make(stories[:1])
    first = len(asked)
    assert len(cards.make(stories)) == len(stories) > 10
    assert [each.place.id for each in one.places.proposed] == ["halmstad"]
    assert len(asked) - first == first


def test_the_source_s_place_is_the_last_reason(sqlite_store: Store) -> None:
    """Where no text names a place, the one of the source is proposed, unless the story has one already."""
    made = story(sqlite_store, text="Höst")
    source = replace(settings().sources["nyheter"], id=made.lead.source, place="Laholms kommun")
    known = offer(OURS.places)
    row = place_row(made, known, {source.id: source})
    assert [(each.place.id, each.why) for each in row.proposed] == [("laholm", "source")]
    assert place_row(replace(made, places=("varberg",)), known, {source.id: source}).proposed == ()


def test_the_keyboard_alone_sets_places(site: Running) -> None:
    """``y`` takes the first proposal, ``p`` opens the field, typing and Enter set another, ``u`` undoes it."""
    made = story(site.store, text=TEXT)
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("y")
        page.wait_for_selector(
            ".place[aria-pressed=true]:has-text('Getinge'), .place[aria-pressed=true]:has-text('Halmstad')"
        )
        page.keyboard.press("p")
        assert page.evaluate("document.activeElement.name") == "place"
        page.keyboard.type("Varberg")
        page.keyboard.press("Enter")
        page.wait_for_selector(".place[aria-pressed=true]:has-text('Varberg')")
        assert "varberg" in places(site.store, made.id)
        page.keyboard.press("u")
        page.wait_for_selector(".place[aria-pressed=true]:has-text('Varberg')", state="detached")
    assert len(places(site.store, made.id)) == 1
