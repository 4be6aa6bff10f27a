"""Which told story a story may go on from."""

from __future__ import annotations

import random
from typing import Any

from campaign.continuing import MOST, continuings
from campaign.records import Story
from digest_samples import AREAS, GOAL, story

BEGUN = "Första spadtaget för den nya bron över Nissan. Cyklisterna jublar. #hallandväxer"
OPEN = "Bron över Nissan är färdig och cyklisterna rullar. #hallandväxer"


def new(**changed: Any) -> Story:
    """A story about the opening of a bridge in Halmstad."""
    return story(50, **{"text": OPEN, "places": ("halmstad",), "nodes": (GOAL,), **changed})


def old(number: int = 1, **changed: Any) -> Story:
    """An older story about its beginning."""
    return story(number, **{"text": BEGUN, "places": ("halmstad",), **changed})


def test_same_place_and_rare_words_propose_with_what_they_share() -> None:
    """The reason names the place and the words as the later story wrote them, whatever their ending."""
    (found,) = continuings(new(), [old(), story(2, text="En ny skola i Laholm")])
    assert (found.story_id, found.places, found.nodes) == (1, ("halmstad",), ())
    assert {"Nissan", "cyklisterna"} <= set(found.words)
    assert not found.same_voice


def test_neither_place_nor_goal_in_common_is_no_continuation() -> None:
    """Words alone propose nothing."""
    assert continuings(new(), [old(places=("laholm",))]) == []
    assert [each.nodes for each in continuings(new(), [old(places=(), nodes=(GOAL,))])] == [(GOAL.id,)]


def test_place_and_goal_without_words_are_no_continuation() -> None:
    """Two stories of one town about one goal are just that."""
    other = old(text="Ny idrottshall invigd med pompa och ståt", nodes=(GOAL,))
    assert continuings(new(), [other]) == []


def test_words_that_many_told_stories_have_say_nothing() -> None:
    """What everybody in town writes about marks none of them out."""
    told = [old(number) for number in range(1, 12)]
    assert continuings(new(), told) == []
    assert continuings(new(), told[:2])


def test_names_of_places_and_of_the_campaign_are_no_shared_words() -> None:
    """The town has counted already."""
    town = "Invigning i Halmstad i dag, säger Halland växer"
    other = old(text="Halmstad fick pris igen, Halland växer hurrar")
    assert continuings(new(text=town), [other], names=("Halmstad", "Halland växer")) == []


def test_story_goes_on_from_older_ones_only() -> None:
    """Neither from itself nor from what came after."""
    assert continuings(new(), [new(), story(60, text=BEGUN, places=("halmstad",))]) == []


def test_most_shared_comes_first_and_few_are_proposed_in_any_order() -> None:
    """More reasons go before fewer, and the order in which they are handed over does not matter."""
    told = [
        old(1, text="Nissan och cyklisterna"),
        old(2, nodes=(GOAL,)),
        story(3, text="Skördefest", places=("falkenberg",)),
    ]
    found = continuings(new(), told)
    assert [each.story_id for each in found] == [2, 1]
    shuffled = random.Random(1).sample(told, len(told))
    assert continuings(new(), shuffled) == found
    many = [story(n, text=f"Ordet{n} ordet{n}b spadtag", places=("halmstad",)) for n in range(1, 9)]
    words = " ".join(f"ordet{n} ordet{n}b" for n in range(1, 9))
    assert len(continuings(new(text=words, nodes=(AREAS[0],)), many)) == MOST
