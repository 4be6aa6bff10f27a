"""What a person means who types into the search field."""

from __future__ import annotations

import pytest

from campaign.places import offer
from campaign.question import MOST_LETTERS, Names, Question, read

NAMES = Names(
    places=offer(("Hallands län",)),
    areas=(("attraktiv", "attraktiv"), ("En attraktiv region", "attraktiv"), ("1.2", "1.2")),
    networks=(("mastodon", "mastodon"), ("bluesky", "bluesky"), ("feed", "feed"), ("Webbflöde", "feed")),
    sources=(("fbg", "fbg"), ("Falkenbergs kommun", "fbg"), ("Region Halland", "rh")),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cykelväg", Question(text="cykelväg")),
        ("cykelväg plats:Varberg", Question(text="cykelväg", places=("varberg",))),
        ("PLATS:varberg cykelväg", Question(text="cykelväg", places=("varberg",))),
        ("place: varberg", Question(places=("varberg",))),
        ("plats:”Laholms kommun”", Question(places=("laholm",))),
        ("kommun:laholms", Question(places=("laholm",))),
        ("plats:kungsb", Question(places=("kungsbacka",))),
        ("plats:varberg plats:hylte", Question(places=("varberg", "hylte"))),
        ("område:attraktiv", Question(areas=("attraktiv",))),
        ('omrade:"en attraktiv region"', Question(areas=("attraktiv",))),
        ("mål:1.2 skog", Question(text="skog", areas=("1.2",))),
        ("nätverk:Bluesky", Question(networks=("bluesky",))),
        ("natverk:webbflode", Question(networks=("feed",))),
        ("år:2024", Question(years=((2024, 2024),))),
        ("ar:2023-2025", Question(years=((2023, 2025),))),
        ("year:2025–2023", Question(years=((2023, 2025),))),
        ("år:2024-", Question(years=((2024, 2200),))),
        ("från:falkenberg", Question(sources=("fbg",))),
        ('from:"region halland" bad', Question(text="bad", sources=("rh",))),
        ("typ:nyhetsbrev", Question(kinds=("issue",))),
        ("kind:yearbook", Question(kinds=("yearbook",))),
        ("skog -plats:Laholm", Question(text="skog", without=(("place", "laholm"),))),
        ("-from:fbg", Question(without=(("source", "fbg"),))),
        ("http://a.se/plats:x", Question(text="http://a.se/plats:x")),
        ('"plats:Varberg"', Question(text='"plats:Varberg"')),
        ("kl: 12 plats:", Question(text="kl: 12 plats:")),
        ("  ", Question()),
    ],
)
def test_a_question_is_read_as_meant(typed: str, meant: Question) -> None:
    """Named parts are read in both languages, any case, with or without marks and quotes; the rest are words."""
    assert read(typed, NAMES) == meant


@pytest.mark.parametrize(
    ("typed", "text", "name", "near"),
    [
        ("plats:Kungsbaka", "Kungsbaka", "place", ("Kungsbacka",)),
        ("år:202x bad", "202x bad", "year", ()),
        ("år:1066", "1066", "year", ()),
        ("-år:2024", "-2024", "year", ()),
        ("nätverk:blusky", "blusky", "network", ("bluesky",)),
        ('från:"anna svensson"', '"anna svensson"', "source", ()),
        ("typ:väder", "väder", "kind", ()),
    ],
)
def test_what_is_not_understood_is_told(typed: str, text: str, name: str, near: tuple[str, ...]) -> None:
    """A part with an unknown value is told with the nearest names, and its value is looked for as words."""
    question = read(typed, NAMES)
    assert question.text == text
    assert [(each.name, each.near) for each in question.unknown] == [(name, near)]


@pytest.mark.parametrize("typed", ["plats:" * 2_000, '"' * 5_000, "år:" + "9" * 5_000, "\0plats:\0", "a:" * 900])
def test_endless_and_broken_questions_are_read(typed: str) -> None:
    """Whatever is typed is read, to a bounded length, in a time that does not grow with its oddness."""
    assert len(read(typed, NAMES).text) <= 2 * MOST_LETTERS
