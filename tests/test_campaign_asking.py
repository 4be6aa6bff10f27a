"""The words that ask for a picture."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.asking import REPLY_MAX, Question, ask, language_for, length
from campaign.language import Language
from campaign.records import Use

ZONE = ZoneInfo("Europe/Stockholm")


def question(**changes: Any) -> Question:
    """A question about one picture on Bluesky, with one thing changed."""
    values: dict[str, Any] = {
        "network": "bluesky",
        "author": "@anna.bsky.social",
        "who": "Region Halland",
        "post": "https://bsky.app/profile/anna/post/1",
        "terms": "https://hallandvaxer.se/privacy",
    }
    return Question(**(values | changes))


@pytest.mark.parametrize("code", ["sv", "en"])
@pytest.mark.parametrize("network", [*REPLY_MAX, "somewhere"])
@pytest.mark.parametrize("who", ["Region Halland", "Samordningsförbundet för hållbar tillväxt " * 12])
@pytest.mark.parametrize("author", ["", "@a", "@" + "långt" * 30, "安娜" * 60])
def test_the_short_words_fit_the_network(code: str, network: str, who: str, author: str) -> None:
    """However long names, days and uses are, a reply can be sent as it stands."""
    asked = ask(
        question(network=network, who=who, author=author, until=date(2029, 12, 31), count=3), Language(code, ZONE)
    )
    assert 0 < length(asked.short, network) <= asked.most


def test_both_say_who_asks_for_what_and_until_when() -> None:
    """Nobody agrees to something that was not said."""
    made = ask(question(until=date(2027, 6, 30), uses=(Use.WEB, Use.MAIL)), Language("sv", ZONE))
    for text in (made.short, made.long):
        assert "@anna.bsky.social" in text
        assert "Region Halland" in text
        assert "på vår webbplats och i vårt nyhetsbrev till och med 30 juni 2027" in text
        assert "tryck" not in text
        assert "https://hallandvaxer.se/privacy" in text
    assert "https://bsky.app/profile/anna/post/1" in made.long


def test_for_good_and_for_everything_names_no_day() -> None:
    """Three uses are listed, and no day is invented."""
    made = ask(question(), Language("en", ZONE))
    assert "on our website, in our newsletter and in print, with your name" in made.short
    assert "until" not in made.short


def test_several_pictures_are_asked_for_in_plural() -> None:
    """The words agree with the number."""
    assert "dina bilder" in ask(question(count=4), Language("sv", ZONE)).long


@pytest.mark.parametrize(
    ("code", "expected"), [("sv", "sv"), ("sv-SE", "sv"), ("en", "en"), ("ar", "en"), ("nb", "en"), (None, "sv")]
)
def test_who_writes_another_language_is_asked_in_english(code: str | None, expected: str) -> None:
    """A post without a language is asked in the site's own."""
    assert language_for(code, "sv") == expected


def test_letters_that_a_network_counts_twice_are_counted_twice() -> None:
    """X gives most of the world's letters the weight of two."""
    assert (length("å安", "x"), length("å安", "mastodon")) == (3, 2)
