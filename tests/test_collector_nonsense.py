"""A clock that was wrong for a while, ids that cannot be, events without end: nothing of it stops a source for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

import fediverse
import test_collector_bluesky as at_bluesky
import test_collector_jetstream as at_jetstream
from campaign.errors import CollectError
from collecting import status
from collector.networks import mastodon_facts, statuses
from collector.networks.mastodon_stream import Event, read_events
from collector.networks.page import Forgetful
from conftest import NOW
from fediverse import Place, serving
from servers import Server
from skies import Bluesky, Stream, event, microseconds, view

YEAR = timedelta(days=365)


def test_a_server_is_not_left_alone_for_a_year_because_the_clock_was_wrong() -> None:
    """A week is the longest that any server is waited for; what says more was written by a clock put right since."""
    with Server(serving(Place(3))) as server:
        given = fediverse.source(server)
        cursor = {server.url(""): {"until": (NOW + YEAR).isoformat()}}
        assert fediverse.numbers(fediverse.ask(given, cursor)) == [3, 2, 1]
        cursor = {server.url(""): {"until": (NOW + timedelta(days=6)).isoformat()}}
        with pytest.raises(CollectError):
            fediverse.ask(given, cursor)


def test_what_a_server_said_in_the_future_is_asked_again() -> None:
    """Facts are as old as they are, also where their day has not come yet."""
    facts = mastodon_facts.Facts(asked_at=(NOW + YEAR).isoformat())
    assert not facts.are_fresh(NOW)


def test_bluesky_forgets_what_a_wrong_clock_wrote() -> None:
    """Neither a wish to be left alone nor a refused password holds for a year."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        at_bluesky.failure(server, options={"token": "fel"}, session=session, now=NOW + YEAR)
        at_bluesky.failure(server, options={"token": "fel"}, session=session)
        assert network.logins == 2
        cursor = {"tag:hallandväxer": {"until": (NOW + YEAR).isoformat()}}
        assert at_bluesky.names(at_bluesky.ask(server, cursor=cursor))


def test_jetstream_does_not_wait_for_a_wrong_clock() -> None:
    """A cursor from the future is read from as far back as there is anything, and is true again afterwards."""
    with Stream(event(-60, "a"), event(1, "b")) as stream:
        pages = at_jetstream.listen(stream, cursor=at_jetstream.from_(YEAR.total_seconds()))
    assert at_jetstream.names(pages) == ["a", "b"]
    assert pages[-1].cursor["time_us"] == microseconds(1)


@pytest.mark.parametrize("odd", ["9" * 40, 2**70, "zzz", "x" * 5000, "９９９９９９９９９９９９９９９９９９９９９"])
def test_an_id_that_cannot_be_moves_no_cursor(odd: object) -> None:
    """One status with a nonsense id among good ones neither becomes the newest nor the oldest."""
    page = [status(3) | {"id": odd}, status(2), status(1), status(0) | {"id": odd}]
    assert (statuses.newest(page), statuses.oldest(page)) == (status(2)["id"], status(1)["id"])
    assert statuses.newer(page, status(1)["id"]) == ([page[1]], True)


def test_ids_with_letters_are_ordered_by_their_place() -> None:
    """Where most ids hold letters, a number among them is one of them."""
    page = [status(number) | {"id": name} for number, name in ((3, "01C"), (2, "123"), (1, "01A"))]
    assert (statuses.newest(page), statuses.oldest(page)) == ("01C", "01A")


def test_an_event_of_endless_empty_lines_takes_no_memory() -> None:
    """Lines without a word count too, so that nobody can fill the memory with them."""

    def lines() -> Iterator[bytes]:
        yield b"event: update"
        for _ in range(1_200_000):
            yield b"data:"
        yield from (b"", b"event: delete", b"data: 5", b"")

    assert list(read_events(lines())) == [Event("delete", "5")]
