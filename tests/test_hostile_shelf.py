"""The shelf under attack: many at once, stopped half-way, another clock. What stands is what would be drawn anew."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event, select, text

from builders import account, approved, candidate, ingest, newest, node
from campaign import words
from campaign.errors import SkordError
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse, changed_since
from storage.counts import tally
from storage.decisions import Action, decide
from storage.evidence import attach, detach
from storage.hooks import begin_hook, hook_state, tell_hook
from storage.matches import Ask, facet_token, found
from storage.merging import join, split
from storage.places import set_place
from storage.shelf import bring_up, draw_all, is_drawn
from storage.store import Actor, Store, _mark
from storage.undoing import undo
from test_hostile_races import at_once
from test_storage_shelf import CAMPAIGN, standing


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def test_many_who_decide_at_once_leave_a_shelf_that_is_right(store: Store) -> None:
    """Eight who approve, hide, join, part, attach and place the same stories, one who collects and one who draws
    everything anew: nobody meets a fault of the database, and shelf, counts and words are those of a new drawing.
    """
    by = person(store)
    nodes = [node(store), node(store, code="inkluderande", title="En inkluderande region", position=1)]
    ingest(store, *(candidate(published_at=NOW, text=f"Hamnen i Halmstad, del {n}.") for n in range(16)))
    ids = [each.id for each in newest(store)]

    def press(chance: random.Random) -> None:
        it, other = chance.sample(ids, 2)
        deeds = (
            lambda: decide(store, it, Action.APPROVE, by=by, now=NOW),
            lambda: decide(store, it, Action.APPROVE, by=by, now=NOW),
            lambda: decide(store, it, Action.HIDE, by=by, now=NOW),
            lambda: join(store, it, other, by=by, now=NOW),
            lambda: part(it),
            lambda: attach(store, it, chance.choice(nodes), by=by, now=NOW),
            lambda: detach(store, it, chance.choice(nodes), by=by, now=NOW),
            lambda: set_place(store, it, chance.choice(["laholm", "halmstad"]), by=by, now=NOW),
        )
        chance.choice(deeds)()

    def part(story_id: int) -> None:
        found = next((each for each in newest(store) if each.id == story_id), None)
        if found is not None:
            split(store, story_id, [found.posts[0].id], by=by, now=NOW)

    def decider(number: int) -> None:
        chance = random.Random(number)
        for _ in range(25):
            with contextlib.suppress(SkordError):
                press(chance)

    def collector() -> None:
        for number in range(10):
            ingest(store, candidate(published_at=NOW, text=f"Hallen i Varberg, dag {number}."))

    def drawer() -> None:
        for _ in range(4):
            draw_all(store)

    acts = [*(lambda n=n: decider(n) for n in range(8)), collector, drawer, drawer]
    found = at_once(*acts)
    assert [each for each in found if isinstance(each, Exception)] == []
    before = standing(store)
    assert before["shelf"]
    draw_all(store)
    assert standing(store) == before


def test_a_drawing_that_was_stopped_half_way_is_done_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who dies between two thousands leaves some stories on the shelf: whoever opens the database next draws all."""
    for number in range(5):
        approved(store, text=f"Hamnen, del {number}")
    whole = standing(store)
    with store.write() as connection:
        for table in (schema.shelf, schema.shelf_count, schema.shelf_drawn):
            connection.execute(table.delete())
        connection.execute(text("DELETE FROM search_public"))
    monkeypatch.setattr("storage.shelf._AT_ONCE", 2)

    def die(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_all(store, progress=die)
    assert len(standing(store)["shelf"]) == 4
    assert not is_drawn(store)
    bring_up(store)
    assert is_drawn(store)
    assert standing(store) == whole


def test_another_clock_counts_anew(store: Store) -> None:
    """A site whose zone is another one has its weeks and months counted by it, and a story that goes leaves nothing."""
    bring_up(store)
    told = approved(store, published_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert [each.period for each in tally(store, CAMPAIGN, "all", period="month")] == ["2026-01"]
    store.zone = ZoneInfo("UTC")
    assert not is_drawn(store)
    bring_up(store)
    assert is_drawn(store)
    assert [each.period for each in tally(store, CAMPAIGN, "all", period="month")] == ["2025-12"]
    decide(store, told.id, Action.HIDE, by=person(store), now=NOW)
    assert standing(store)["counts"] == []


@contextlib.contextmanager
def _between(store: Store, table: str, deed: Any) -> Iterator[None]:
    """Do something just before a table is asked for the first time."""
    left = [deed]

    def look(_: Connection, __: Any, statement: str, *___: Any) -> None:
        if left and f"FROM {table} " in statement.replace("\n", " ") and statement.startswith("SELECT"):
            left.pop()()

    event.listen(store.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", look)


def test_what_changes_while_changes_are_asked_for_is_told_the_next_time(store: Store) -> None:
    """One story comes and another goes between asking for what came and for what went: who follows hears of both."""
    by = person(store)
    first = approved(store)
    late = ingest_only(store)

    def come_and_go() -> None:
        decide(store, late, Action.APPROVE, by=by, now=NOW)
        decide(store, first.id, Action.HIDE, by=by, now=NOW)

    with _between(store, "shelf_gone", come_and_go):
        found = changed_since(store, CAMPAIGN, 0, limit=100)
    last = found[-1].changed
    found += changed_since(store, CAMPAIGN, last, limit=100)
    assert {(each.subject, each.gone) for each in found} >= {(late, False), (first.id, True)}


def ingest_only(store: Store) -> int:
    """Store one post and return its story, not yet decided about."""
    known = {each.id for each in newest(store)}
    ingest(store, candidate(published_at=NOW - timedelta(days=2)))
    return next(each.id for each in newest(store) if each.id not in known)


def test_a_slow_call_takes_nothing_back_of_what_a_later_one_told(store: Store) -> None:
    """The number that a receiver was told up to never falls, whichever of two calls ends last."""
    begin_hook(store, CAMPAIGN)
    tell_hook(store, CAMPAIGN, changed=20, now=NOW)
    tell_hook(store, CAMPAIGN, changed=10, now=NOW)
    state = hook_state(store, CAMPAIGN)
    assert state is not None
    assert state.changed == 20


def test_parting_two_stories_puts_back_what_stood_twice_whatever_was_attached_since(store: Store) -> None:
    """Two under one goal are joined, a third is attached, the join is taken back: all three are evidence again."""
    by, goal = person(store), node(store)
    third, one, two = approved(store), approved(store), approved(store)
    for each in (one, two):
        attach(store, each.id, goal, by=by, now=NOW)
    joined = join(store, two.id, one.id, by=by, now=NOW)
    attach(store, third.id, goal, by=by, now=NOW)
    undo(store, joined.group, by=by, now=NOW)
    assert [(each.value, each.count) for each in tally(store, CAMPAIGN, "nodes", period="month")] == [(str(goal), 3)]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_what_hardly_any_row_has_is_found_without_reading_every_row(store: Store) -> None:
    """PostgreSQL looks up a goal without stories and a word that nobody wrote in the index of words, whatever its
    statistics make of what they do not know; what is common is read in its order. Found is the same.
    """
    row = "INSERT INTO search_public (sort_key, words, facets) SELECT n, '''hamn''', '''k_story''' "
    with store.write() as connection:
        connection.execute(text(row + "FROM generate_series(1, 20000) AS n"))
        connection.execute(text("ANALYZE search_public"))
    rare = [
        Ask(facets=[("k_story",), (facet_token("node", "7"),)]),
        Ask(terms=words.query("trädgård"), facets=[("k_story",)]),
    ]
    common = Ask(terms=words.query("hamn"), facets=[("k_story",)])
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _, __, statement, *___: asked.append(statement))
    with store.read() as connection:
        assert [found(connection, each, limit=31) for each in rare] == [[], []]
        assert found(connection, common, limit=2) == [20000, 19999]
    orders = [each.split("ORDER BY ")[1] for each in asked if "ORDER BY" in each]
    assert orders == ["sort_key + 0 DESC LIMIT %s"] * 2 + ["sort_key DESC LIMIT %s"]


def test_a_thousand_posts_of_one_midnight_leave_room_for_a_letter_of_that_midnight(store: Store) -> None:
    """A story whose key a letter holds already can be approved: the letter steps aside, and both are found."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    told = approved(store, text="Hamnen växer", published_at=at)
    with store.write() as connection:
        held = select(schema.shelf.c.key).where(schema.shelf.c.subject == told.id)
        key = connection.execute(held).scalar_one()
        row = {"campaign": CAMPAIGN, "changed": 1, "at": NOW, "kind": "issue", "subject": 7, "key": key}
        connection.execute(schema.shelf.delete().where(schema.shelf.c.key == key))
        connection.execute(schema.shelf.insert().values(row | {"title": "Brev", "path": "/issues/veckobrevet/7"}))
        connection.execute(schema.shelf_count.delete())
        _mark(connection, "story", [told.id])
    asked = Wanted(kinds=("story", "issue"))
    hits = browse(store, CAMPAIGN, asked, limit=5).hits
    assert sorted((each.kind, each.subject, each.key) for each in hits) == [
        ("issue", 7, key - 1024), ("story", told.id, key)
    ]  # fmt: skip


def test_a_word_that_never_ends_holds_nobody_up() -> None:
    """A post that is one word of a million letters is indexed in a pass: none of its patterns begins at each letter."""
    endless = "åäö" * 350_000
    assert words.index(endless)[0].startswith("åäö")
    assert words.vocabulary(endless) == set()
    assert words.vocabulary("Skriv till anna@exempel.se om hamnen") == words.vocabulary("Skriv till om hamnen")
