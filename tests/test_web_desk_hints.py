"""What a card points at before deciding: language, private data, missing words of pictures, what the letter told."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

from builders import picture, story
from campaign.records import Role
from desk import Running, running
from storage.store import Store
from web.desk.hints import hints

ENGLISH = "We have opened a new shop and hope that all of you will come to the square #hallandväxer"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store."""
    with running(sqlite_store) as found:
        yield found


def card(site: Running, role: Role = Role.REVIEWER) -> str:
    """The queue as somebody sees it."""
    return html.unescape(site.client(role).get("/desk").text)


def test_another_language_than_the_source_says_is_told_with_its_words(site: Running) -> None:
    """English text of a source that says Swedish is pointed out with the words that tell so."""
    story(site.store, text=ENGLISH, language="sv")
    page = card(site)
    assert "Texten ser ut att vara på engelska, men källan säger svenska." in page
    assert "Ord som tyder på det: have, and, that." in page


@pytest.mark.parametrize(("language", "why"), [("en", ""), (None, "none"), ("sv", "other")])
def test_a_language_is_pointed_out_only_where_nobody_said_it(
    sqlite_store: Store, language: str | None, why: str
) -> None:
    """What the source says itself needs no hint; what it leaves open does where readers expect another language."""
    made = story(sqlite_store, text=ENGLISH, language=language)
    found = hints(made, language="sv", wordless=0, likes=[], told={})
    assert [hint.why for hint in found] == [why] * bool(why)


def test_private_data_is_pointed_out_and_the_number_never_repeated(site: Running) -> None:
    """A telephone is shown, an identity number only told of."""
    story(site.store, text="Ring 070-123 45 67. Personnummer 19811218-9876. #hallandväxer", html="")
    page = card(site)
    assert "Ett mobilnummer står i texten: 070-123 45 67." in page
    assert "Ett personnummer ser ut att stå i texten." in page


def test_pictures_without_words_are_counted(site: Running) -> None:
    """The card says how many pictures lack a description."""
    story(site.store, media=(picture(alt=None), picture(url="https://example.se/2.jpg", alt=None)))
    assert "2 bilder saknar bildtext." in card(site)


def test_a_story_like_one_in_the_letter_is_told(sqlite_store: Store) -> None:
    """The numbers of the issues that told a like story stand there, each once."""
    made = story(sqlite_store, text="Höst i Laholm")
    (hint,) = hints(made, language="sv", wordless=0, likes=[7, 8], told={7: [12, 13], 8: [12]})
    assert (hint.kind, hint.numbers) == ("told", (12, 13))


def test_a_plain_story_has_no_hints(sqlite_store: Store) -> None:
    """Ordinary Swedish with nothing private is left in peace."""
    made = story(
        sqlite_store, text="Nu öppnar vi dörrarna till den nya butiken på torget och alla är välkomna till oss"
    )
    assert hints(made, language="sv", wordless=0, likes=[], told={}) == ()


def test_a_reader_gets_no_hints(site: Running) -> None:
    """Who decides nothing is not asked to look anything over."""
    story(site.store, text=ENGLISH, language="sv")
    assert "Texten ser ut att vara" not in card(site, Role.READER)
