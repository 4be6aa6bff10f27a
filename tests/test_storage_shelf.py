"""The shelf: what stands in the archive, drawn in the transaction that changes it, counted, and noted as gone."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from campaign.collecting import Signal, Withdrawal
from campaign.errors import ConflictError, InputError
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse, changed_since, findable_page
from storage.counts import tally, total
from storage.decisions import Action, decide
from storage.evidence import attach, detach
from storage.merging import join, split
from storage.places import set_place, unset_place
from storage.search import facet_token, facet_values
from storage.shelf import bring_up, draw_all, is_drawn
from storage.store import Actor, Store, public_revision
from storage.undoing import undo
from storage.withdrawals import _withdraw
from tests.builders import account, approved, candidate, ingest, newest, node, story

CAMPAIGN = "hallandvaxer"


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def standing(store: Store) -> dict[str, list[Any]]:
    """Everything on the shelf, its counts and its full text; what says only when it was drawn is left out."""
    shelf = schema.shelf.c
    columns = [column for column in shelf if column.name not in ("changed", "at")]
    key = "rowid" if store.dialect == "sqlite" else "sort_key"
    searched = f"SELECT {key}, words, facets FROM search_public ORDER BY 1"
    with store.read() as connection:
        return {
            "shelf": [tuple(row) for row in connection.execute(select(*columns).order_by(shelf.key))],
            "counts": sorted(tuple(row) for row in connection.execute(select(schema.shelf_count))),
            "words": [tuple(row) for row in connection.execute(text(searched))],
        }


def test_whatever_people_do_the_shelf_is_what_it_would_be_drawn_anew(store: Store) -> None:
    """After any row of presses, undoing and withdrawals shelf, counts and full text are those of a new drawing."""
    by, chance, groups = person(store), random.Random(7), list[str]()
    nodes = [node(store), node(store, code="inkluderande", title="En inkluderande region", position=1)]
    made = [
        candidate(published_at=NOW - timedelta(days=each * 5), text=f"Hamnen växer, sort {each}.") for each in range(9)
    ]
    ingest(store, *made)
    draw_all(store)

    def withdraw(_: int) -> None:
        gone = chance.choice(made)
        signal = chance.choice([Signal.HIDDEN, Signal.BACK])
        told = Withdrawal(network=gone.network, identity=gone.identity, reason="deleted", signal=signal)
        with store.write() as connection:
            _withdraw(connection, [told], now=NOW)

    def other(story_id: int) -> int:
        return chance.choice([each.id for each in newest(store) if each.id != story_id])

    def part(story_id: int) -> None:
        posts = next(each for each in newest(store) if each.id == story_id).posts
        groups.append(split(store, story_id, [posts[0].id], by=by, now=NOW).group)

    presses: list[Callable[[int], Any]] = [
        lambda it: groups.append(decide(store, it, Action.APPROVE, by=by, now=NOW).group),
        lambda it: groups.append(decide(store, it, Action.APPROVE, by=by, now=NOW).group),
        lambda it: groups.append(decide(store, it, Action.HIDE, by=by, now=NOW).group),
        lambda it: groups.append(decide(store, it, Action.FEATURE, by=by, now=NOW).group),
        lambda it: groups.append(join(store, it, other(it), by=by, now=NOW).group),
        part,
        lambda it: groups.append(attach(store, it, chance.choice(nodes), by=by, now=NOW)),
        lambda it: detach(store, it, chance.choice(nodes), by=by, now=NOW),
        lambda it: groups.append(set_place(store, it, chance.choice(["laholm", "halmstad"]), by=by, now=NOW)),
        lambda it: unset_place(store, it, "laholm", by=by, now=NOW),
        lambda _: undo(store, chance.choice(groups), by=by, now=NOW) if groups else None,
        withdraw,
    ]
    for _ in range(120):
        stories = [each.id for each in newest(store)]
        with contextlib.suppress(ConflictError, InputError):
            chance.choice(presses)(chance.choice(stories))
    before = standing(store)
    assert before["shelf"]
    draw_all(store)
    assert standing(store) == before


def test_a_story_stands_on_the_shelf_while_it_may_be_seen(store: Store) -> None:
    """Approving puts it up, hiding takes it down and notes it as gone, restoring forgets that it was."""
    made, by = approved(store), person(store)
    first = changed_since(store, CAMPAIGN, 0, limit=10)
    assert [(each.kind, each.subject, each.gone) for each in first] == [("story", made.id, False)]
    decide(store, made.id, Action.HIDE, by=by, now=NOW)
    second = changed_since(store, CAMPAIGN, first[-1].changed, limit=10)
    assert [(each.kind, each.subject, each.gone) for each in second] == [("story", made.id, True)]
    assert browse(store, CAMPAIGN, Wanted(), limit=5).hits == []
    decide(store, made.id, Action.APPROVE, by=by, now=NOW)
    third = changed_since(store, CAMPAIGN, second[-1].changed, limit=10)
    assert [(each.subject, each.gone) for each in third] == [(made.id, False)]
    assert [(each.subject, each.gone) for each in changed_since(store, CAMPAIGN, 0, limit=10)] == [(made.id, False)]


def test_changes_can_be_followed_in_small_steps(store: Store) -> None:
    """Asking two by two from the last number told gives every change once, those that left among them."""
    made = [approved(store) for _ in range(7)]
    for each in made[::2]:
        decide(store, each.id, Action.HIDE, by=person(store), now=NOW)
    found, last = [], 0
    while step := changed_since(store, CAMPAIGN, last, limit=2):
        found += step
        last = step[-1].changed
    assert sorted((each.subject, each.gone) for each in found) == [
        (each.id, at % 2 == 0) for at, each in enumerate(made)
    ]


def test_weeks_and_months_are_those_of_the_sites_clock(store: Store) -> None:
    """Half past eleven on New Year's Eve in UTC is in the first week and month of the next year in Sweden."""
    approved(store, published_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert [(each.period, each.count) for each in tally(store, CAMPAIGN, "all")] == [("2026-W01", 1)]
    assert [(each.period, each.count) for each in tally(store, CAMPAIGN, "all", period="month")] == [("2026-01", 1)]
    assert total(store, CAMPAIGN) == 1


def test_a_story_counts_in_each_of_its_networks_and_places_and_once_for_its_nodes(store: Store) -> None:
    """Two posts on two networks are one story, one of each network, one of each place, one of their nodes together."""
    by = person(store)
    one, two = approved(store), approved(store, network="bluesky", identity="at://x/1")
    into = join(store, one.id, two.id, by=by, now=NOW).story_id
    first, second = node(store), node(store, code="inkluderande", title="Inkluderande", position=1)
    for each in (second, first):
        attach(store, into, each, by=by, now=NOW)
    for place in ("laholm", "halmstad"):
        set_place(store, into, place, by=by, now=NOW)
    found = {
        facet: [(each.value, each.count) for each in tally(store, CAMPAIGN, facet)]
        for facet in ("all", "network", "nodes", "place")
    }
    assert found == {
        "all": [("", 1)],
        "network": [("bluesky", 1), ("mastodon", 1)],
        "nodes": [(f"{first}+{second}", 1)],
        "place": [("halmstad", 1), ("laholm", 1)],
    }


@pytest.mark.parametrize("facet", ["place", "source", "network"])
def test_a_facets_token_gives_its_value_back(facet: str) -> None:
    """Whatever an id is written with, its token is one word of the full text and stands for that id alone."""
    values = ["laholm", "skee-by", "a_b", "a_2d_b", "å ä", "Stor", "1380"]
    tokens = [facet_token(facet, each) for each in values]
    assert all(token.isascii() and token == token.lower() and " " not in token for token in tokens)
    assert facet_values(tokens)[facet] == values


def test_a_shelf_that_was_never_drawn_is_drawn(store: Store) -> None:
    """An archive whose shelf is empty, as after an upgrade, is drawn once, whoever comes first."""
    approved(store)
    whole = standing(store)
    with store.write() as connection:
        for table in (schema.shelf, schema.shelf_count, schema.shelf_drawn):
            connection.execute(table.delete())
        connection.execute(text("DELETE FROM search_public"))
    assert not is_drawn(store)
    bring_up(store)
    assert is_drawn(store)
    assert standing(store) == whole
    revision = public_revision(store)
    bring_up(store)
    assert public_revision(store) == revision


def test_those_who_are_not_to_be_found_stand_in_the_archive_alone(store: Store) -> None:
    """A story of an author who asks not to be found is browsed and not told to search engines."""
    shy, open_ = approved(store, shy=True), approved(store)
    assert {each.id for each in browse(store, CAMPAIGN, Wanted(), limit=5).stories} == {shy.id, open_.id}
    assert [each for each, _ in findable_page(store, CAMPAIGN, limit=5)] == [open_.id]


def test_what_waits_is_nowhere_on_the_shelf(store: Store) -> None:
    """A post that nobody has approved is not on the shelf, nor counted, nor in the public full text."""
    story(store, text="Hemligt bygge")
    assert standing(store) == {"shelf": [], "counts": [], "words": []}
