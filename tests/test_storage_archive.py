"""The public archive in numbers and pages, the same on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from builders import account, approved, candidate, ingest, node, story
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse, findable_stories, latest, neighbours, outline, public_picture, was_removed
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.revision import PublicRevision
from storage.store import Actor, Store, _mark


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def merge(store: Store, into: int, other: int) -> None:
    """Put the posts of one story under another, as a merge does."""
    with store.write() as connection:
        connection.execute(update(schema.post).where(schema.post.c.story_id == other).values(story_id=into))
        _mark(connection, "story", [into, other])


def ids(store: Store, **wanted: object) -> list[int]:
    """The stories that are found, newest first."""
    return [each.id for each in browse(store, "hallandvaxer", Wanted(**wanted), limit=50).stories]  # type: ignore[arg-type]


def test_a_story_of_several_posts_stands_once_at_its_newest(store: Store) -> None:
    """A story told twice is one line of the archive, where its newest public post stands."""
    old = approved(store, published_at=NOW - timedelta(days=9))
    approved(store, published_at=NOW - timedelta(days=5))
    new = approved(store, published_at=NOW - timedelta(days=1))
    merge(store, old.id, new.id)
    assert ids(store) == [old.id, 2]
    assert len(outline(store, "hallandvaxer").entries) == 2


def test_a_hidden_post_does_not_move_its_story(store: Store) -> None:
    """Where a story stands depends on what may be seen, not on a newer post that waits."""
    old = approved(store, published_at=NOW - timedelta(days=9))
    waiting = story(store, published_at=NOW - timedelta(days=1))
    merge(store, old.id, waiting.id)
    page = browse(store, "hallandvaxer", Wanted(), limit=5)
    assert page.keys == [old.sort_key]
    assert [len(each.posts) for each in page.stories] == [1]


def test_pages_join_without_gap_or_double(store: Store) -> None:
    """Older and newer keys lead through everything once, also with a filter."""
    for number in range(7):
        approved(store, published_at=NOW - timedelta(days=number))
    first = browse(store, "hallandvaxer", Wanted(), limit=3)
    second = browse(store, "hallandvaxer", Wanted(), limit=3, older_than=first.older)
    third = browse(store, "hallandvaxer", Wanted(), limit=3, older_than=second.older)
    assert [[each.id for each in page.stories] for page in (first, second, third)] == [[1, 2, 3], [4, 5, 6], [7]]
    assert (first.newer, third.older) == (None, None)
    back = browse(store, "hallandvaxer", Wanted(), limit=3, newer_than=third.newer)
    assert [each.id for each in back.stories] == [4, 5, 6]


def test_no_nodes_find_nothing(store: Store) -> None:
    """An empty set of nodes selects nothing, and is not the same as no wish."""
    approved(store)
    assert ids(store, nodes=()) == []
    assert ids(store, nodes=None) == [1]


def test_the_outline_counts_evidence_by_node(store: Store) -> None:
    """Every public story comes with the nodes it stands under, in the strategy's order."""
    made = approved(store)
    second, first = node(store, code="b", position=2), node(store, code="a", position=1)
    attach(store, made.id, second, by=person(store), now=NOW)
    attach(store, made.id, first, by=person(store), now=NOW)
    assert [entry.nodes for entry in outline(store, "hallandvaxer").entries] == [(first, second)]


def test_featured_stories_can_be_asked_for(store: Store) -> None:
    """The newest story that the desk lifted is found among younger ones."""
    lifted = approved(store, published_at=NOW - timedelta(days=9))
    approved(store, published_at=NOW - timedelta(days=1))
    decide(store, lifted.id, Action.FEATURE, by=person(store), now=NOW)
    assert [each.id for each in latest(store, "hallandvaxer", limit=1, featured=True)] == [lifted.id]


def test_neighbours_are_public(store: Store) -> None:
    """The stories before and after are the nearest that may be seen."""
    for number in range(4):
        approved(store, published_at=NOW - timedelta(days=number))
    decide(store, 2, Action.HIDE, by=person(store), now=NOW)
    older, newer = neighbours(store, "hallandvaxer", 3)
    assert older is not None
    assert newer is not None
    assert (older.id, newer.id) == (4, 1)
    assert neighbours(store, "hallandvaxer", 2) == (None, None)


def test_a_story_that_was_never_shown_was_not_removed(store: Store) -> None:
    """Only what stood in the archive once is told to be gone; the rest was never known."""
    made, waiting = approved(store), story(store)
    decide(store, made.id, Action.HIDE, by=person(store), now=NOW)
    assert was_removed(store, "hallandvaxer", made.id)
    assert not was_removed(store, "hallandvaxer", waiting.id)
    assert not was_removed(store, "hallandvaxer", 999)


def test_shy_authors_are_not_findable(store: Store) -> None:
    """A story with one shy author is left out of what search engines are told."""
    made = approved(store)
    approved(store, shy=True)
    assert [story_id for story_id, _ in findable_stories(store, "hallandvaxer")] == [made.id]


def test_an_unknown_picture_is_not_public(store: Store) -> None:
    """A name that no picture has is answered no."""
    assert not public_picture(store, "0" * 64, now=NOW)


def test_the_revision_rises_at_once_with_what_readers_see(store: Store) -> None:
    """Approving moves the watched number in the same moment; what only comes in does not."""
    watch = PublicRevision(store)
    before = watch.now()
    ingest(store, candidate())
    assert watch.now() == before
    approved(store)
    assert watch.now() > before
    watch.close()
