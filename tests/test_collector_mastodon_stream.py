"""Streaming: events as they come, deletions, what a stream missed, several at once, refusals and broken lines."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import collecting
from campaign.collecting import Signal
from campaign.errors import CollectError
from campaign.settings import FetchSettings
from collecting import status
from collector.networks import mastodon, mastodon_stream
from collector.networks.mastodon_facts import Facts
from collector.networks.mastodon_server import Server as Asked
from collector.networks.mastodon_stream import Event, read_events
from collector.networks.page import Page, Visit
from collector.run import RunResult
from collector.streams import keep_streams
from conftest import NOW
from fediverse import TAGS, Place, instance, numbers, serving, source, tags_asked, visiting
from net.http import Fetcher
from servers import Reply, Request, Route, Server
from storage import sources as stored
from storage.store import Store

STREAM = "/api/v1/streaming/hashtag"


# --- reading ---------------------------------------------------------------------------------------------------


def test_events_are_read_among_heartbeats() -> None:
    """Comments and silence are passed over, data over several lines is joined, nameless events are none."""
    lines = [b":)", None, b"event: update", b'data: {"id":', b'data: "1"}', b"", b":thump", None]
    lines += [b"event: delete\r", b"data: 116\r", b"\r", b"data: alone", b"", b"event: filters_changed", b"", b"id: 5"]
    assert list(read_events(iter(lines))) == [Event("update", '{"id":\n"1"}'), Event("delete", "116")]


def test_an_event_without_end_is_dropped() -> None:
    """What is longer than any post is passed over, and the next event is read."""
    lines = [b"event: update", *[b"data: " + b"x" * 100_000] * 11, b"", b"event: delete", b"data: 5", b""]
    assert list(read_events(iter(lines))) == [Event("delete", "5")]


def test_recorded_events_are_read(corpus: Path) -> None:
    """What a real server streamed over HTTP is an update with its post."""
    found = []
    recorded = yaml.safe_load((corpus / "api/mastodon-py/test_stream_user_local.yaml").read_text())
    for exchange in recorded["interactions"]:
        if "/streaming/" in exchange["request"]["uri"]:
            lines = exchange["response"]["body"]["string"].encode().split(b"\n")
            found += list(read_events(iter(lines)))
    assert [event.name for event in found] == ["update"]
    assert json.loads(found[0].payload)["content"] == "<p>it&#39;s cool guy</p>"


def asked(url: str = "https://social.example.se", **facts: Any) -> Asked:
    """A server as the stream knows it, that is never asked."""
    with Fetcher(FetchSettings(), version="0", clock=lambda: NOW) as fetcher:
        return Asked(ask=fetcher, url=url, token="n", facts=Facts(**facts))


ADDRESSES = [
    ({}, "https://social.example.se"),
    ({"streaming": "https://streaming.example.se"}, "https://streaming.example.se"),
    ({"streaming": "http://streaming.example.se:4000"}, "https://streaming.example.se:4000"),
]


@pytest.mark.parametrize(("facts", "base"), ADDRESSES)
def test_the_token_never_travels_in_clear_or_in_the_address(facts: dict[str, str], base: str) -> None:
    """The stream of a server that is asked over TLS is read over TLS."""
    assert mastodon_stream.address(asked(**facts), "hallandväxer") == f"{base}{STREAM}?tag=hallandv%C3%A4xer"


def test_one_side_is_streamed_where_one_is_shown() -> None:
    """A server that shows only its own users' posts streams only those."""
    server = asked(local="public", remote="disabled")
    assert mastodon_stream.address(server, "a") == f"https://social.example.se{STREAM}/local?tag=a"


def test_spellings_that_a_server_folds_are_one_stream() -> None:
    """Mastodon from 4 on takes ä and a for one; others get a stream for each spelling."""
    spellings = ("hallandväxer", "växhalland", "hallandvaxer", "vaxhalland")
    assert mastodon_stream.streamed_tags(asked(version="4.6.4"), spellings) == ("hallandväxer", "växhalland")
    assert mastodon_stream.streamed_tags(asked(version="3.5.3"), spellings) == spellings


# --- listening -------------------------------------------------------------------------------------------------


class Wire:
    """What a server streams: events put here go out to every connection of their tag; a last one may hang up."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.open = 0
        self.hung_up = threading.Event()

    def say(self, name: str, payload: Any, *, tag: str = TAGS[0]) -> None:
        """Send one event."""
        words = payload if isinstance(payload, str) else json.dumps(payload)
        self.sent.append((tag, f"event: {name}\ndata: {words}\n\n".encode()))

    def __call__(self, request: Request) -> Reply:
        """Answer a listener."""
        return Reply(headers={"Content-Type": "text/event-stream"}, chunks=self._pour(request.query["tag"]))

    def _pour(self, tag: str) -> Iterator[bytes]:
        yield b":)\n"
        self.open += 1
        at = 0
        while not self.hung_up.is_set():
            while at < len(self.sent):
                wanted, data = self.sent[at]
                at += 1
                if wanted == tag:
                    yield data
            time.sleep(0.01)
            yield b":thump\n"


class Listening:
    """A live visit whose pages are read one by one, until told to stop."""

    def __init__(self, visit: Visit, stop: threading.Event) -> None:
        self.pages = mastodon.pages(visit)
        self.stop = stop
        self.seen: list[Page] = []

    def until(self, number: int) -> Page:
        """Read on until a post comes."""
        for page in self.pages:
            self.seen.append(page)
            if number in numbers([page]):
                return page
        raise AssertionError("the stream ended")

    def rest(self) -> list[Page]:
        """Stop, and read what is left."""
        self.stop.set()
        self.seen += list(self.pages)
        return self.seen


@contextmanager
def listening(server: Server, *also: Server, cursor: Any = None, **changes: Any) -> Iterator[Listening]:
    """Listen to a server with a token."""
    stop = threading.Event()
    more: dict[str, Any] = {key: changes.pop(key) for key in ("clock", "spellings") if key in changes}
    given = source(server, token="hemlig", stream=True, **changes)
    try:
        with visiting(given, *also, cursor=cursor or {}, live=True, stopping=stop.is_set, **more) as visit:
            yield Listening(visit, stop)
    finally:
        stop.set()


def routes(place: Route, wire: Route, **more: Any) -> dict[str, Route]:
    """A server that streams at its own address."""
    return serving(place, **{STREAM: wire, **more})


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire that hangs up at the end of its test."""
    made = Wire()
    yield made
    made.hung_up.set()


def test_posts_edits_and_deletions_come_as_they_happen(wire: Wire) -> None:
    """What was there comes first, then what is streamed; a deletion names the post as this server does."""
    with Server(routes(Place(3), wire)) as server, listening(server) as heard:
        heard.until(1)
        wire.say("update", status(7))
        assert heard.until(7).withdrawals == ()
        wire.say("status.update", status(7, content="<p>Rättat #hallandväxer</p>", edited_at="2026-11-22T08:00:00Z"))
        assert heard.until(7).candidates[0].text == "Rättat #hallandväxer"
        wire.say("delete", "116000000000000007")
        wire.say("notification", {"id": "1"})
        wire.say("update", "{")
        wire.say("update", [1, None])
        wire.say("update", status(8, visibility="private"))
        wire.say("update", status(9))
        heard.until(9)
        told = [each for page in heard.rest() for each in page.withdrawals]
        authorised = {request.headers["authorization"] for request in server.requests if request.path == STREAM}
    assert [(each.local, each.signal, each.reason) for each in told] == [
        ((server.url(""), "116000000000000007"), Signal.GONE, "deleted")
    ]
    assert authorised == {"Bearer hemlig"}
    assert set(numbers(heard.seen)) == {1, 2, 3, 7, 9}


def test_nothing_falls_between_asking_and_listening(wire: Wire) -> None:
    """A post that arrives after the first asking and before the stream stands comes by asking once more."""
    place = Place(3)

    def late(request: Request) -> Reply:
        place.add(1)
        return wire(request)

    with Server(routes(place, late)) as server, listening(server) as heard:
        heard.until(4)
        heard.rest()
    assert sorted(numbers(heard.seen)) == [1, 2, 3, 4]


def test_the_stream_moves_no_cursor(wire: Wire) -> None:
    """What a stream gave is asked for again the next time: it may have left something out."""
    with Server(routes(Place(3), wire)) as server, listening(server) as heard:
        heard.until(1)
        wire.say("update", status(50))
        cursor = heard.until(50).cursor
        heard.rest()
    assert cursor[server.url("")]["tag:hallandväxer"]["newest"] == str(10**17 + 3)


def test_two_spellings_are_two_streams_read_as_one(wire: Wire) -> None:
    """On a server that keeps them apart each has its connection."""
    with Server(routes(Place(1), wire)) as server:
        server.routes["/api/v2/instance"] = instance("3.5.3")
        with listening(server) as heard:
            heard.until(1)
            wire.say("update", status(5), tag=TAGS[0])
            heard.until(5)
            wire.say("update", status(6), tag=TAGS[1])
            heard.until(6)
            assert wire.open == 2
            heard.rest()


def test_the_stream_may_live_elsewhere(wire: Wire) -> None:
    """The address that the server names is listened to."""
    with Server({STREAM: wire}) as other, Server(routes(Place(1), [])) as server:
        about = instance()
        about["configuration"]["urls"]["streaming"] = other.url("").replace("http", "ws")
        server.routes["/api/v2/instance"] = about
        with listening(server, other) as heard:
            heard.until(1)
            wire.say("update", status(5))
            heard.until(5)
            heard.rest()
        assert {request.path for request in other.requests} == {STREAM}


def test_while_it_listens_it_asks_at_the_usual_interval(wire: Wire) -> None:
    """Other servers and what a stream missed are not forgotten, and a server that fails then ends nothing."""
    moment = [NOW]

    def clock() -> datetime:
        return moment[0]

    place = Place(3)
    with Server(routes(place, wire)) as server, listening(server, clock=clock) as heard:
        heard.until(1)
        wire.say("update", status(50))
        heard.until(50)
        before = len(tags_asked(server))
        place.add(1)
        moment[0] += timedelta(minutes=15)
        heard.until(4)
        wire.say("update", status(51))
        heard.until(51)
        assert len(tags_asked(server)) > before
        server.routes["*"] = Reply(status=503)
        moment[0] += timedelta(minutes=15)
        wire.say("update", status(60))
        heard.until(60)
        wire.say("update", status(61))
        heard.until(61)
        errors = [error.key for page in heard.rest() for error in page.errors]
    assert errors == ["http_server"]


def test_a_broken_stream_fails_after_its_pages(wire: Wire) -> None:
    """What came before is stored; then the run fails, and is repeated by the schedule."""
    with Server(routes(Place(1), wire)) as server, listening(server) as heard:
        heard.until(1)
        wire.say("update", status(5))
        heard.until(5)
        wire.hung_up.set()
        with pytest.raises(CollectError) as broken:
            list(heard.pages)
    assert broken.value.key in ("stream_ended", "cut_off")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tag-")]


REFUSED = [
    (Reply(status=401, body='{"error":"Missing access token"}'), "mastodon_bad_token"),
    (Reply(status=403, body='{"error":"Access token does not cover required scopes"}'), "mastodon_no_scope"),
    (Reply(status=404, body='{"error":"Not found"}'), "mastodon_no_stream"),
    (Reply(status=400, body='{"error":"Unknown stream type"}'), "mastodon_no_stream"),
    (Reply(status=426, body="Upgrade Required"), "mastodon_no_stream"),
    (Reply(status=302, headers={"Location": "https://annan.se/"}), "mastodon_no_stream"),
    (Reply(body="<html>", headers={"Content-Type": "text/html"}), "mastodon_no_stream"),
    (Reply(status=503), "http_server"),
]


@pytest.mark.parametrize(("reply", "key"), REFUSED)
def test_a_stream_that_is_refused_stops_no_asking(reply: Reply, key: str) -> None:
    """The posts come in, an error beside them says why there is no stream, and the run ends."""
    with Server(routes(Place(3), reply)) as server, listening(server) as heard:
        pages = list(heard.pages)
    assert numbers(pages) == [3, 2, 1]
    assert [error.key for page in pages for error in page.errors] == [key]


@pytest.mark.parametrize("changes", [{"stream": False}, {"token": ""}])
def test_without_option_or_token_nothing_is_opened(changes: dict[str, Any]) -> None:
    """A live visit of a source that does not stream ends when it has caught up."""
    with Server(serving(Place(3))) as server:
        given = source(server, **({"stream": True, "token": "n"} | changes))
        with visiting(given, live=True) as visit:
            assert numbers(list(mastodon.pages(visit))) == [3, 2, 1]
        assert not [request for request in server.requests if request.path == STREAM]


# --- the whole way ---------------------------------------------------------------------------------------------


def until(holds: Callable[[], bool]) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_stream_is_stored_and_a_deletion_takes_the_post_away(sqlite_store: Store, wire: Wire) -> None:
    """Through the whole collector: the timeline first, then what is streamed; a deleted post leaves its tombstone."""

    def states() -> list[tuple[str, str]]:
        return [(row["state"], row["state_reason"]) for row in collecting.rows(sqlite_store, "post")]

    stop = threading.Event()
    results: list[RunResult] = []
    with Server(routes(Place(2), wire)) as server:
        asked_for = collecting.source("m", "mastodon", server=server.url(""), token="hemlig", stream=True)
        given = collecting.settings(asked_for, allow=(server.address,))
        stored.sync_sources(sqlite_store, given, now=NOW)
        with Fetcher(given.fetch, version="0", clock=lambda: NOW) as fetcher:
            reading = threading.Thread(
                target=keep_streams,
                args=(sqlite_store, fetcher, given),
                kwargs={"clock": lambda: NOW, "rng": Random(1), "stopping": stop.is_set, "ended": results.append},
            )
            reading.start()
            until(lambda: len(states()) == 2 and wire.open > 0)
            wire.say("update", collecting.status(9))
            until(lambda: len(states()) == 3)
            wire.say("delete", str(10**17 + 9))
            until(lambda: ("gone", "deleted") in states())
            wire.say("update", collecting.status(9))
            wire.say("update", collecting.status(10))
            until(lambda: len(states()) == 4)
            stop.set()
            reading.join()
    assert sorted(state for state, _ in states()) == ["gone", "live", "live", "live"]
    assert [(result.status, result.new) for result in results] == [("ok", 4)]
