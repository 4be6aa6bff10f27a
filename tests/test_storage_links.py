"""Posts that a person brings: one row in the trail, one post however often, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from builders import account, candidate, newest, picture
from campaign.errors import InputError
from campaign.records import PostState, Review, Right
from conftest import HALLAND, NOW
from storage import schema
from storage.links import bring, find_brought
from storage.store import Actor, Store
from storage.trail import trail


def test_what_a_person_brings_waits_with_their_name(store: Store) -> None:
    """No source, no hashtag needed, nothing approved; the trail says who, what link and what they typed."""
    by = Actor(kind="person", account_id=account(store))
    made = candidate(network="web", text="Utan hashtag", tags=(), media=(picture(),))
    brought = bring(store, HALLAND.id, made, by=by, now=NOW, typed=("text",), alt="Ett band", credit="Bo Ek")
    (story,) = newest(store)
    assert (brought.is_new, brought.story_id, brought.post_id) == (True, story.id, story.lead.id)
    assert (story.lead.source, story.review, story.waiting) == ("", Review.NEW, True)
    shown = story.lead.media[0]
    assert (shown.alt, shown.right, shown.right_from) == ("Ett band", Right.NONE, "Bo Ek")
    (line,) = trail(store, story_id=story.id)
    assert (line.action, line.who, line.post_id, line.undoable) == ("brought", "Anna", brought.post_id, False)
    assert line.facts == {"url": made.url, "typed": "text"}


def test_the_same_post_stands_once_whoever_brings_it(store: Store) -> None:
    """By its name or by its address it is the one that stands, unchanged; a stranger's address is another."""
    by = Actor(kind="person", account_id=account(store))
    made = candidate()
    first = bring(store, HALLAND.id, made, by=by, now=NOW)
    for other in (candidate(identity=made.identity, text="Ändrat"), candidate(network="web", url=made.url)):
        again = bring(store, HALLAND.id, other, by=by, now=NOW)
        assert (again.is_new, again.post_id, find_brought(store, HALLAND.id, other)) == (False, first.post_id, again)
    assert find_brought(store, HALLAND.id, candidate()) is None
    assert newest(store)[0].lead.version_number == 1


def test_two_at_once_bring_one_post(store: Store) -> None:
    """Several people who press at the same moment store it once, and all are led to it."""
    by, made = Actor(kind="person", account_id=account(store)), candidate()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bring(store, HALLAND.id, made, by=by, now=NOW), range(4)))
    assert len({each.post_id for each in found}) == 1
    assert [each.is_new for each in found].count(True) == 1
    assert len(newest(store)) == 1


def test_what_is_gone_stays_gone(store: Store) -> None:
    """A post that was deleted at its source is refused, by name and by address."""
    by, made = Actor(kind="person", account_id=account(store)), candidate()
    bring(store, HALLAND.id, made, by=by, now=NOW)
    with store.write() as connection:
        connection.execute(schema.post.update().values(state=PostState.GONE))
    for other in (made, candidate(network="web", url=made.url)):
        with pytest.raises(InputError) as caught:
            bring(store, HALLAND.id, other, by=by, now=NOW)
        assert (caught.value.field, caught.value.key) == ("url", "link_gone")
