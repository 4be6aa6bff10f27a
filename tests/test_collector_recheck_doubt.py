"""Absences of everything at once: doubted from the first day, believed when the source keeps to its word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign.collecting import Found, Rechecked
from campaign.errors import CollectError
from campaign.kinds import Door
from collecting import rows, run
from conftest import NOW
from storage.rechecks import list_doubted
from storage.sources import list_health
from storage.store import Store
from test_collector_recheck import DAY, Played, again, approve_all, made, playing, shown, states


def doubts(store: Store) -> set[tuple[int, object]]:
    """How often each post was said to be gone without being believed, and since when."""
    return {(row["doubts"], row["doubted_at"]) for row in rows(store, "post")}


def test_a_doubt_is_remembered_and_believed_after_three_days(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of five absent stay public for three days of the same answer, then are hidden, and gone a day later."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    for day in range(3):
        (result,) = again(store, given, now=NOW + day * DAY)
        assert (result.held, result.missing, shown(store)) == (5, 0, 5)
        assert doubts(store) == {(day + 1, NOW)}
    (believed,) = again(store, given, now=NOW + 3 * DAY)
    assert (believed.held, believed.missing, states(store), shown(store)) == (0, 5, ["missing"] * 5, 0)
    (over,) = again(store, given, now=NOW + 4 * DAY)
    assert (over.held, over.gone, states(store)) == (0, 5, ["gone"] * 5)


def test_three_days_without_three_answers_are_not_enough(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that failed meanwhile, or half way, has not said it: the doubt stays as it was, and the posts public."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    again(store, given, now=NOW)
    network.error = CollectError("server_unreachable", host="example.se")
    for day in range(1, 6):
        (result,) = again(store, given, now=NOW + day * DAY)
        assert (result.unknown, result.missing) == (5, 0)
    assert doubts(store) == {(1, NOW)}
    network.error = None
    (second,) = again(store, given, now=NOW + 6 * DAY)
    assert (second.held, doubts(store)) == (5, {(2, NOW)})
    (third,) = again(store, given, now=NOW + 7 * DAY)
    assert (third.held, third.missing) == (0, 5)


def test_one_that_stands_clears_the_doubt_of_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source shows one of them again: the doubt of all is over, and the absence of the rest is believed."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    again(store, given, now=NOW)
    network.otherwise = Found.UNKNOWN
    network.found["n1"] = Rechecked(identity="n1", found=Found.LIVE)
    network.found["n2"] = Rechecked(identity="n2", found=Found.ABSENT)
    (result,) = again(store, given, now=NOW + DAY)
    assert (result.held, result.missing) == (0, 1)
    assert doubts(store) == {(0, None)}
    assert sorted(states(store)) == ["live"] * 4 + ["missing"]


def test_a_witness_in_doubt_that_stands_clears_it_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked beside those that are due, one that was doubted is there: nothing of the source is in doubt any more."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    again(store, given, now=NOW)
    network.candidates = (*network.candidates, made(6))
    run(store, given, now=NOW + timedelta(hours=1))
    approve_all(store, now=NOW + timedelta(hours=1))
    network.found["n1"] = Rechecked(identity="n1", found=Found.LIVE)
    (result,) = again(store, given, now=NOW + timedelta(hours=2))
    assert (result.asked, result.missing, doubts(store)) == (1, 1, {(0, None)})


def test_few_are_not_believed_where_a_witness_is_not_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that leaves out what it gave an hour ago as well answers with nothing at all: held like many."""
    network, given = playing(monkeypatch, store, 2)
    network.candidates = (*network.candidates, made(3))
    run(store, given, now=NOW + timedelta(hours=1))
    network.otherwise = Found.ABSENT
    (result,) = again(store, given, now=NOW + timedelta(hours=2))
    assert (result.asked, result.held, result.missing) == (2, 2, 0)
    network.found["n3"] = Rechecked(identity="n3", found=Found.LIVE)
    (result,) = again(store, given, now=NOW + timedelta(hours=26))
    assert (result.held, result.missing) == (0, 2)


def test_one_of_those_in_doubt_alone_is_doubted_still(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doubt is of each post: asked one at a time none of them is believed sooner."""
    network, given = playing(monkeypatch, sqlite_store, 5)
    network.otherwise = Found.ABSENT
    again(sqlite_store, given, now=NOW)
    (result,) = again(sqlite_store, given, now=NOW + DAY, limit=1)
    assert (result.asked, result.held, result.missing) == (1, 1, 0)


def test_a_paid_network_is_asked_for_no_witness_of_a_few(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question costs there, and the network says of each post by itself that it is not found."""
    network = Played(monkeypatch, [made(1), made(2)], door=Door.PAID)
    given = network.collected(sqlite_store)
    network.candidates = (made(3),)
    run(sqlite_store, given, now=NOW + timedelta(hours=1))
    network.otherwise = Found.ABSENT
    (result,) = again(sqlite_store, given, now=NOW + timedelta(hours=2))
    assert (len(network.asked), result.held, result.missing) == (1, 0, 2)


def test_health_counts_what_is_doubted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many published posts the source says are gone, since when, and which; hidden ones are in doubt no more."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    again(store, given, now=NOW)
    again(store, given, now=NOW + DAY)
    (health,) = list_health(store, now=NOW + DAY)
    assert (health.doubted, health.doubted_since) == (5, NOW)
    assert [each.url for each in list_doubted(store, "p", limit=2)] == ["https://example.se/1", "https://example.se/2"]
    again(store, given, now=NOW + 3 * DAY)
    (health,) = list_health(store, now=NOW + 3 * DAY)
    assert (health.doubted, health.doubted_since) == (0, None)
