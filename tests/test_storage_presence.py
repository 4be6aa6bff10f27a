from datetime import timedelta

from builders import account, candidate, ingest, newest, node, story
from campaign.records import Role
from conftest import NOW
from storage.arrivals import arrived, latest, newest_decision, standing
from storage.decisions import Action, decide
from storage.evidence import attach, detach
from storage.presence import SEEN_FOR, look, looking
from storage.queue import Filters, Spot
from storage.store import Actor, Store
from storage.trail import trail

_CAMPAIGN = "hallandvaxer"


def test_who_looks_is_told_to_the_others_alone(store: Store) -> None:
    """A person's open story is shown to others by name, never to the person; opening another moves them."""
    one, two = story(store), story(store)
    anna, karim = account(store), account(store, name="karim", role=Role.REVIEWER)
    look(store, anna, _CAMPAIGN, one.id, now=NOW)
    look(store, karim, _CAMPAIGN, one.id, now=NOW)
    assert looking(store, _CAMPAIGN, [one.id, two.id], but=karim, now=NOW) == {one.id: ("Anna",)}
    look(store, anna, _CAMPAIGN, two.id, now=NOW)
    assert looking(store, _CAMPAIGN, [one.id, two.id], but=0, now=NOW) == {one.id: ("Karim",), two.id: ("Anna",)}


def test_a_look_that_is_not_renewed_is_gone(store: Store) -> None:
    """After fifteen seconds without a word nobody looks; renewed in between they still do."""
    made, anna = story(store), account(store)
    look(store, anna, _CAMPAIGN, made.id, now=NOW)
    look(store, anna, _CAMPAIGN, made.id, now=NOW + timedelta(seconds=10))
    assert looking(store, _CAMPAIGN, [made.id], but=0, now=NOW + timedelta(seconds=20)) == {made.id: ("Anna",)}
    assert looking(store, _CAMPAIGN, [made.id], but=0, now=NOW + timedelta(seconds=10) + SEEN_FOR) == {}


def test_a_closed_card_or_a_story_from_elsewhere_is_no_look(store: Store) -> None:
    """Closing ends the look; a story of another campaign never begins one."""
    made, anna = story(store), account(store)
    look(store, anna, _CAMPAIGN, made.id, now=NOW)
    look(store, anna, _CAMPAIGN, None, now=NOW)
    look(store, anna, "elsewhere", made.id, now=NOW)
    assert looking(store, _CAMPAIGN, [made.id], but=0, now=NOW) == {}
    assert looking(store, "elsewhere", [made.id], but=0, now=NOW) == {}


def test_what_changed_and_who_did_it_since(store: Store) -> None:
    """The counters tell that a story changed, the trail after a row who did what; before it nothing is told."""
    one, two = story(store), story(store)
    person = Actor(kind="person", account_id=account(store))
    before = standing(store, [one.id, two.id])
    decide(store, one.id, Action.APPROVE, by=person, now=NOW)
    since = newest_decision(store)
    decide(store, two.id, Action.HIDE, by=person, now=NOW)
    after = standing(store, [one.id, two.id])
    assert {story_id for story_id in before if before[story_id] != after[story_id]} == {one.id, two.id}
    found = latest(store, [one.id, two.id], since=since)
    assert {story_id: (done.action, done.who) for story_id, done in found.items()} == {two.id: ("hide", "Anna")}


def test_what_came_in_stands_above_the_end_of_the_page(store: Store) -> None:
    """New stories of the pile are found in its order; what the next page will show is left to it."""
    ingest(store, *(candidate(published_at=NOW - timedelta(hours=hours)) for hours in (1, 2, 3, 4)))
    first, second, third, fourth = newest(store)
    filters = Filters(campaign=_CAMPAIGN)
    end = Spot(rank=0, sort_key=third.sort_key)
    assert arrived(store, filters, [second.id], now=NOW, down_to=end, limit=9) == [first.id]
    assert arrived(store, filters, [second.id], now=NOW, down_to=None, limit=2) == [first.id, third.id]
    decide(store, first.id, Action.HIDE, by=Actor(kind="job"), now=NOW)
    assert arrived(store, filters, [second.id], now=NOW, down_to=None, limit=9) == [third.id, fourth.id]


def test_attaching_and_detaching_again_by_the_same_press_changes_nothing(store: Store) -> None:
    """A press that is sent twice leaves one row, also when somebody took it back in between."""
    made, area, by = story(store), node(store), Actor(kind="person", account_id=account(store))
    press, other = "a" * 32, "b" * 32
    for _ in range(2):
        assert attach(store, made.id, area, by=by, now=NOW, press=press) == press
    for _ in range(2):
        assert detach(store, made.id, area, by=by, now=NOW, press=other) == other
    assert attach(store, made.id, area, by=by, now=NOW, press=press) == press
    assert newest(store)[0].nodes == ()
    assert [record.action for record in trail(store, story_id=made.id)] == ["detach", "attach"]
