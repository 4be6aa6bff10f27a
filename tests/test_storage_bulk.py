from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from builders import account, approved, candidate, ingest, newest, node, story
from campaign.errors import ConflictError, NotFoundError
from campaign.records import Review, Story
from conftest import NOW
from storage import schema
from storage.bulk import Deed, Press, Why, _do, decide_many, examine, mark, read_press, undo_many
from storage.decisions import Action, decide
from storage.store import Actor, Store
from storage.stories import get_stories
from storage.trail import trail
from storage.undoing import undo


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def press(deed: Deed, **more: Any) -> Press:
    return Press(bulk=uuid.uuid4().hex, campaign="hallandvaxer", deed=deed, **more)


def marks(made: Sequence[Story]) -> dict[int, str]:
    return {each.id: mark(each) for each in made}


def reviews(store: Store, made: Sequence[Story]) -> list[Review]:
    return [each.review for each in get_stories(store, [each.id for each in made], public=False)]


def flag(store: Store, made: Story) -> Story:
    with store.write() as connection:
        connection.execute(schema.story.update().where(schema.story.c.id == made.id).values(flags=["child"]))
    return made


def test_many_are_decided_each_by_itself_and_taken_back_by_one_undo(store: Store) -> None:
    """Every story has a group of its own and the press's name in its facts; the undo puts all back as they were."""
    made = [story(store) for _ in range(3)]
    asked = press(Deed.APPROVE)
    done = decide_many(store, asked, marks(made), by=person(store), now=NOW)
    assert set(done.stories) == {each.id for each in made}
    assert reviews(store, made) == [Review.APPROVED] * 3
    rows = [row for each in made for row in trail(store, story_id=each.id)]
    assert len({row.group for row in rows}) == 3
    assert all(row.facts["bulk"] == asked.bulk for row in rows)
    assert undo_many(store, asked.bulk, by=person(store), now=NOW) == ()
    assert reviews(store, made) == [Review.NEW] * 3
    assert read_press(store, asked.bulk).standing == ()


@pytest.mark.parametrize(
    ("deed", "more", "review"),
    [
        (Deed.HIDE, {"reason": "Reklam"}, Review.HIDDEN),
        (Deed.LATER, {"later_until": NOW + timedelta(days=7)}, Review.LATER),
    ],
)
def test_a_deed_carries_its_reason_and_its_day(store: Store, deed: Deed, more: dict[str, Any], review: Review) -> None:
    """What is hidden says why, what is put off says until when."""
    made = [story(store), story(store)]
    decide_many(store, press(deed, **more), marks(made), by=person(store), now=NOW)
    found = get_stories(store, [each.id for each in made], public=False)
    assert [each.review for each in found] == [review] * 2
    assert {each.later_until for each in found} == {more.get("later_until")}
    assert {trail(store, story_id=each.id)[0].reason for each in made} == {more.get("reason", "")}


def test_many_become_evidence_and_cease_to_be_by_one_undo(store: Store) -> None:
    """Attached to a node all together; one that was attached before stays so."""
    area, before = node(store), story(store)
    decide_many(store, press(Deed.ATTACH, node_id=area), marks([before]), by=person(store), now=NOW)
    made = [get_stories(store, [before.id], public=False)[0], story(store)]
    asked = press(Deed.ATTACH, node_id=area)
    decide_many(store, asked, marks(made), by=person(store), now=NOW)
    undo_many(store, asked.bulk, by=person(store), now=NOW)
    found = get_stories(store, [each.id for each in made], public=False)
    assert [len(each.nodes) for each in found] == [1, 0]


def test_what_changed_since_it_was_shown_is_left_as_it_is(store: Store) -> None:
    """Decided by a colleague, or edited by its author: not approved, and named."""
    first = candidate()
    ingest(store, first)
    edited, decided, stays = newest(store)[0], story(store), story(store)
    seen = marks([edited, decided, stays])
    ingest(store, candidate(identity=first.identity, text="Ny ordalydelse #hallandväxer"))
    decide(store, decided.id, Action.HIDE, by=person(store), now=NOW)
    done = decide_many(store, press(Deed.APPROVE), seen, by=person(store), now=NOW)
    assert done.stories == (stays.id,)
    assert set(done.left[Why.CHANGED]) == {edited.id, decided.id}
    assert reviews(store, [edited, decided, stays]) == [Review.NEW, Review.HIDDEN, Review.APPROVED]


def test_what_two_must_read_is_never_approved_among_many(store: Store) -> None:
    """A flagged story is left out of an approval, and of nothing else."""
    made = [flag(store, story(store)), story(store)]
    done = decide_many(store, press(Deed.APPROVE), marks(made), by=person(store), now=NOW)
    assert (done.stories, done.left) == ((made[1].id,), {Why.FLAGGED: (made[0].id,)})
    assert decide_many(store, press(Deed.HIDE), marks(made[:1]), by=person(store), now=NOW).stories == (made[0].id,)


def test_what_is_public_is_not_put_off_among_many(store: Store) -> None:
    """Approved and hidden stories are decided already; looked at before, they are left out with the same word."""
    made = [approved(store), story(store)]
    assert examine(store, [each.id for each in made], Deed.LATER) == (
        marks(made[1:]),
        {Why.ALREADY: (made[0].id,)},
    )
    done = decide_many(store, press(Deed.LATER), marks(made), by=person(store), now=NOW)
    assert done.left == {Why.ALREADY: (made[0].id,)}


def test_a_press_that_is_sent_again_does_nothing_twice(store: Store) -> None:
    """Same name, same marks: the same answer, and not one more row in the trail."""
    made = [story(store), story(store)]
    asked, seen = press(Deed.APPROVE), marks(made)
    first = decide_many(store, asked, seen, by=person(store), now=NOW)
    rows = len(trail(store))
    assert decide_many(store, asked, seen, by=person(store), now=NOW) == first
    assert len(trail(store)) == rows


def test_a_press_that_was_cut_short_is_finished_by_sending_it_again(store: Store) -> None:
    """What the first half has done stands, the rest follows, and all of it is one press to undo."""
    made = [story(store) for _ in range(4)]
    asked, seen = press(Deed.HIDE), marks(made)
    with pytest.raises(NotFoundError):
        decide_many(store, press(Deed.ATTACH, node_id=9999), seen, by=person(store), now=NOW)
    half, by = {each.id: seen[each.id] for each in made[:2]}, person(store)
    with store.write() as connection:
        assert [why for _, why in _do(connection, asked, list(half), half, by=by, now=NOW)] == [None, None]
    done = decide_many(store, asked, seen, by=person(store), now=NOW)
    assert (set(done.stories), done.left) == ({each.id for each in made}, {})
    undo_many(store, asked.bulk, by=person(store), now=NOW)
    assert reviews(store, made) == [Review.NEW] * 4


def test_an_undo_leaves_what_somebody_has_decided_since(store: Store) -> None:
    """It names that one, puts the others back, and one that was taken back alone is no trouble."""
    made = [story(store) for _ in range(3)]
    asked = press(Deed.HIDE)
    decide_many(store, asked, marks(made), by=person(store), now=NOW)
    undo(store, trail(store, story_id=made[1].id)[0].group, by=person(store), now=NOW)
    decide(store, made[0].id, Action.APPROVE, by=person(store), now=NOW)
    assert undo_many(store, asked.bulk, by=person(store), now=NOW) == (made[0].id,)
    assert reviews(store, made) == [Review.APPROVED, Review.NEW, Review.NEW]


def test_a_name_stands_for_one_press(store: Store) -> None:
    """The same name for another deed is refused; one that never was cannot be read."""
    made = [story(store), story(store)]
    asked = press(Deed.HIDE)
    decide_many(store, asked, marks(made[:1]), by=person(store), now=NOW)
    other = Press(bulk=asked.bulk, campaign="hallandvaxer", deed=Deed.APPROVE)
    with pytest.raises(ConflictError, match="press_elsewhere"):
        decide_many(store, other, marks(made[1:]), by=person(store), now=NOW)
    assert reviews(store, made[1:]) == [Review.NEW]
    with pytest.raises(NotFoundError, match="decision_missing"):
        read_press(store, "0" * 32)


def test_another_campaigns_story_is_not_touched(sqlite_store: Store) -> None:
    """Whatever ids a form carries."""
    made = story(sqlite_store)
    asked = Press(bulk=uuid.uuid4().hex, campaign="annan", deed=Deed.HIDE)
    with sqlite_store.write() as connection:
        connection.execute(schema.campaign.insert().values(id="annan", name="Annan", created_at=NOW))
    done = decide_many(sqlite_store, asked, marks([made]), by=person(sqlite_store), now=NOW)
    assert (done.stories, reviews(sqlite_store, [made])) == ((), [Review.NEW])
