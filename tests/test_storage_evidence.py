"""Evidence: attached with a weight and a reason, put back as it was, moved to what came after a node."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from builders import account, approved, node, story
from campaign.errors import ConflictError, NotFoundError
from campaign.figures import Weight
from campaign.language import Language
from conftest import NOW
from storage import schema
from storage.evidence import Evidence, attach, detach, evidence_of, move
from storage.store import Actor, Store
from storage.strategy import list_nodes
from storage.trail import trail
from storage.undoing import undo
from web.desk.trail import lines

LATER = NOW + timedelta(hours=1)
SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))


def person(store: Store) -> Actor:
    """Somebody who attaches."""
    return Actor(kind="person", account_id=account(store))


def at(store: Store, story_id: int, node_id: int) -> Evidence | None:
    """How a story stands at a node."""
    return next((each for each in evidence_of(store, [story_id]).get(story_id, ()) if each.node_id == node_id), None)


def end(store: Store, node_id: int, *heirs: int) -> None:
    """End a node as a new version of its strategy does, with what came after it."""
    with store.write() as connection:
        connection.execute(update(schema.node).where(schema.node.c.id == node_id).values(ended_at=NOW))
        for heir in heirs:
            values = {"campaign": "hallandvaxer", "node_id": node_id, "heir_id": heir, "at": NOW}
            connection.execute(insert(schema.node_heir).values(values))


def test_attaching_shows_and_says_who_and_when(store: Store) -> None:
    """Evidence that is attached with one press has the weight "shows", and the person's name."""
    made, goal = story(store), node(store)
    attach(store, made.id, goal, by=person(store), now=NOW)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason, found.who, found.at) == (Weight.SHOWS, "", "Anna", NOW)


def test_weight_and_reason_are_changed_together(store: Store) -> None:
    """With a weight, both become what was given, an emptied reason too."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason=" Bron är öppnad ")
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason) == (Weight.MILESTONE, "Bron är öppnad")
    attach(store, made.id, goal, by=by, now=LATER, weight=Weight.TOUCHES)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason) == (Weight.TOUCHES, "")


def test_attaching_again_without_a_weight_takes_no_milestone_away(store: Store) -> None:
    """A press for many stories at once leaves the weight and the reason of those that stand there already."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason="Första spadtaget")
    attach(store, made.id, goal, by=by, now=LATER)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason) == (Weight.MILESTONE, "Första spadtaget")


def test_undo_puts_the_weight_and_the_reason_back(store: Store) -> None:
    """A changed weight is undone to the one before, with the reason and the person of then."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason="Första spadtaget")
    other = Actor(kind="person", account_id=account(store, name="bo"))
    press = attach(store, made.id, goal, by=other, now=LATER, weight=Weight.TOUCHES)
    undo(store, press, by=other, now=LATER)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason, found.who, found.at) == (Weight.MILESTONE, "Första spadtaget", "Anna", NOW)


def test_undoing_a_detach_brings_the_milestone_back(store: Store) -> None:
    """Taking evidence away and regretting it loses neither weight nor reason."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason="Första spadtaget")
    undo(store, detach(store, made.id, goal, by=by, now=LATER), by=by, now=LATER)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason) == (Weight.MILESTONE, "Första spadtaget")


def test_a_press_from_before_there_were_weights_can_still_be_undone(store: Store) -> None:
    """What an old line of the trail kept of evidence has no weight; putting it back shows."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW, reason="Gammalt")
    press = detach(store, made.id, goal, by=by, now=LATER)
    with store.write() as connection:
        row = connection.execute(select(schema.decision).where(schema.decision.c.group == press)).one()
        had = {name: value for name, value in row.before["had"].items() if name != "weight"}
        connection.execute(update(schema.decision).where(schema.decision.c.id == row.id).values(before={"had": had}))
    undo(store, press, by=by, now=LATER)
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.reason) == (Weight.SHOWS, "Gammalt")


def test_the_trail_names_the_weight_the_code_of_then_and_why(store: Store) -> None:
    """A milestone is told as one, with the code that the node had when it was attached."""
    made, goal, by = story(store), node(store, code="1.2", title="Gröna jobb"), person(store)
    attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason="för att fabriken är öppen")
    with store.write() as connection:
        connection.execute(update(schema.node).where(schema.node.c.id == goal).values(code="2.7"))
    line = lines(trail(store, story_id=made.id), SWEDISH, nodes={})[0]
    assert line.sentence == "Anna kopplade till 1.2 Gröna jobb som milstolpe"
    assert line.reason == "för att fabriken är öppen"


def test_an_ended_node_takes_no_new_evidence(store: Store) -> None:
    """A node of an earlier version refuses a new story, and is not among those offered."""
    made, goal = story(store), node(store)
    end(store, goal)
    with pytest.raises(ConflictError, match="node_ended"):
        attach(store, made.id, goal, by=person(store), now=NOW)
    assert list_nodes(store, "hallandvaxer") == []


def test_evidence_of_an_ended_node_can_still_be_weighed(store: Store) -> None:
    """What stands at an ended node stays there and can be reasoned about."""
    made, goal, by = story(store), node(store), person(store)
    attach(store, made.id, goal, by=by, now=NOW)
    end(store, goal)
    attach(store, made.id, goal, by=by, now=LATER, weight=Weight.MILESTONE, reason="Var först")
    found = at(store, made.id, goal)
    assert found is not None
    assert (found.weight, found.ended_at) == (Weight.MILESTONE, NOW)


def test_the_heirs_of_a_split_node_are_named_also_through_one_that_was_split_again(store: Store) -> None:
    """What came after an ended node are the nodes in force, over several versions, each once."""
    old, between, first, second = (node(store, code=code, position=at) for at, code in enumerate("abcd"))
    made = story(store)
    attach(store, made.id, old, by=person(store), now=NOW)
    end(store, old, between, first)
    end(store, between, first, second)
    found = at(store, made.id, old)
    assert found is not None
    assert [heir.code for heir in found.heirs] == ["c", "d"]


def test_moving_to_an_heir_is_one_press_with_weight_and_reason(store: Store) -> None:
    """Evidence moves whole, and one undo brings it back to where it was."""
    made, old, new, by = approved(store), node(store, code="a"), node(store, code="b"), person(store)
    attach(store, made.id, old, by=by, now=NOW, weight=Weight.MILESTONE, reason="Först i landet")
    end(store, old, new)
    press = move(store, made.id, old, new, by=by, now=LATER)
    there = at(store, made.id, new)
    assert there is not None
    assert (there.weight, there.reason, at(store, made.id, old)) == (Weight.MILESTONE, "Först i landet", None)
    undo(store, press, by=by, now=LATER)
    back = at(store, made.id, old)
    assert back is not None
    assert (back.weight, back.reason, at(store, made.id, new)) == (Weight.MILESTONE, "Först i landet", None)


def test_moving_leaves_what_stands_at_the_heir_already(store: Store) -> None:
    """A story that is evidence for both keeps the heir's own weight and reason."""
    made, old, new, by = story(store), node(store, code="a"), node(store, code="b"), person(store)
    attach(store, made.id, old, by=by, now=NOW, weight=Weight.TOUCHES)
    attach(store, made.id, new, by=by, now=NOW, weight=Weight.MILESTONE, reason="Eget")
    move(store, made.id, old, new, by=by, now=LATER)
    there = at(store, made.id, new)
    assert there is not None
    assert (there.weight, there.reason, at(store, made.id, old)) == (Weight.MILESTONE, "Eget", None)


def test_a_press_that_is_sent_again_changes_nothing(store: Store) -> None:
    """The same press of attaching with a weight, twice, is one line of the trail."""
    made, goal, by = story(store), node(store), person(store)
    for _ in range(2):
        attach(store, made.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, press="a" * 32)
    with store.read() as connection:
        rows = select(func.count()).select_from(schema.decision).where(schema.decision.c.action == "attach")
        assert connection.execute(rows).scalar_one() == 1


def test_what_is_not_there_cannot_be_moved(store: Store) -> None:
    """Moving from a node where the story is not is refused."""
    made, old, new = story(store), node(store, code="a"), node(store, code="b")
    with pytest.raises(NotFoundError, match="node_missing"):
        move(store, made.id, old, new, by=person(store), now=NOW)
