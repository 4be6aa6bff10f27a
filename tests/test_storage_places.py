"""Where stories take place: set by people, in the trail, undone, and kept through joining and splitting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import account, approved, story
from campaign.errors import ConflictError, NotFoundError
from conftest import NOW
from storage.merging import join, split
from storage.places import set_place, unset_place
from storage.store import Actor, Store, public_revision
from storage.stories import find_story
from storage.trail import trail
from storage.undoing import undo

LATER = NOW + timedelta(minutes=5)


def anna(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def places(store: Store, story_id: int) -> tuple[str, ...]:
    """The places of a story as the desk reads them."""
    found = find_story(store, story_id, public=False)
    return found.places if found else ()


def test_a_place_is_set_and_taken_away_in_the_trail(store: Store) -> None:
    """Each press is a line of the trail with the place, and the story has what was set last."""
    made, by = story(store), anna(store)
    set_place(store, made.id, "laholm", by=by, now=NOW)
    set_place(store, made.id, "varberg", by=by, now=NOW)
    unset_place(store, made.id, "laholm", by=by, now=LATER)
    assert places(store, made.id) == ("varberg",)
    told = [(line.action, line.facts["place"], line.who) for line in trail(store, story_id=made.id)]
    assert told == [("unplace", "laholm", "Anna"), ("place", "varberg", "Anna"), ("place", "laholm", "Anna")]


def test_what_changes_nothing_leaves_no_line(store: Store) -> None:
    """A place that stands there is not set again, one that does not is not taken away."""
    made, by = story(store), anna(store)
    set_place(store, made.id, "laholm", by=by, now=NOW)
    assert set_place(store, made.id, "laholm", by=by, now=LATER) == ""
    assert unset_place(store, made.id, "varberg", by=by, now=LATER) == ""
    assert len(trail(store, story_id=made.id)) == 1


def test_a_press_that_is_sent_again_changes_nothing(store: Store) -> None:
    """The same press, sent twice, is one line; also after somebody took the place away meanwhile."""
    made, by, press = story(store), anna(store), "a" * 32
    assert set_place(store, made.id, "laholm", by=by, now=NOW, press=press) == press
    unset_place(store, made.id, "laholm", by=by, now=NOW)
    assert set_place(store, made.id, "laholm", by=by, now=LATER, press=press) == press
    assert places(store, made.id) == ()


def test_a_place_is_undone_both_ways(store: Store) -> None:
    """Undoing takes away what was set and puts back what was taken away."""
    made, by = story(store), anna(store)
    group = set_place(store, made.id, "laholm", by=by, now=NOW)
    undo(store, group, by=by, now=LATER)
    assert places(store, made.id) == ()
    set_place(store, made.id, "laholm", by=by, now=NOW)
    group = unset_place(store, made.id, "laholm", by=by, now=NOW)
    undo(store, group, by=by, now=LATER)
    assert places(store, made.id) == ("laholm",)


def test_only_a_later_word_on_the_same_place_stops_an_undo(store: Store) -> None:
    """Another place set since does not matter; the same one taken away since does."""
    made, by = story(store), anna(store)
    first = set_place(store, made.id, "laholm", by=by, now=NOW)
    second = set_place(store, made.id, "varberg", by=by, now=NOW)
    unset_place(store, made.id, "varberg", by=by, now=NOW)
    undo(store, first, by=by, now=LATER)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, second, by=by, now=LATER)


def test_readers_see_a_new_place_at_once(store: Store) -> None:
    """Setting a place raises what the public pages are kept by, and the public story has it."""
    made, by = approved(store), anna(store)
    before = public_revision(store)
    set_place(store, made.id, "laholm", by=by, now=NOW)
    assert public_revision(store) > before
    seen = find_story(store, made.id, public=True)
    assert seen is not None
    assert seen.places == ("laholm",)


def test_places_survive_joining_and_its_undoing(store: Store) -> None:
    """A joined story has the places of both, each once; undone, each has its own again."""
    by = anna(store)
    one, other = story(store, text="Ett, något helt för sig"), story(store, text="Två, om andra saker som sker")
    for place in ("laholm", "varberg"):
        set_place(store, one.id, place, by=by, now=NOW)
    for place in ("varberg", "hylte"):
        set_place(store, other.id, place, by=by, now=NOW)
    done = join(store, one.id, other.id, by=by, now=LATER)
    assert sorted(places(store, done.story_id)) == ["hylte", "laholm", "varberg"]
    undo(store, done.group, by=by, now=LATER)
    assert sorted(places(store, one.id)) == ["laholm", "varberg"]
    assert sorted(places(store, other.id)) == ["hylte", "varberg"]


def test_a_post_that_leaves_takes_back_its_place(store: Store) -> None:
    """A story that is split off whole, as it came, has the places that it came with."""
    by = anna(store)
    one, other = story(store, text="Ett, något helt för sig"), story(store, text="Två, om andra saker som sker")
    set_place(store, other.id, "hylte", by=by, now=NOW)
    joined = join(store, one.id, other.id, by=by, now=LATER)
    mine = [post.id for post in (one if joined.story_id != one.id else other).posts]
    left = split(store, joined.story_id, mine, by=by, now=LATER)
    assert {places(store, joined.story_id), places(store, left.story_id)} == {("hylte",), ()}


def test_a_story_that_is_not_there_gets_no_place(store: Store) -> None:
    """An unknown story is refused."""
    with pytest.raises(NotFoundError, match="story_missing"):
        set_place(store, 4711, "laholm", by=anna(store), now=NOW)
