"""Streams: open while the house runs, claimed, kept alive, ended within seconds, opened again when they break."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from campaign.collecting import Signal, Withdrawal
from campaign.errors import CollectError
from campaign.kinds import Way
from campaign.records import Candidate
from campaign.settings import Settings
from collecting import Timeline, posts, rows, run, settings, source, status
from collector.networks.page import Page, Visit
from collector.run import RunResult
from collector.streams import keep_streams
from collector.watch import Watch
from conftest import NOW
from net.http import Fetcher
from played import play
from servers import Reply, Request, Route, Server
from storage import sources as stored
from storage.store import Store


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def made(number: int) -> Candidate:
    """A post of the played network."""
    return Candidate(
        network="played", identity=f"n{number}", url=f"https://example.se/{number}", text=f"{number} #hallandväxer"
    )


class Stream:
    """A network with an open connection, through which a test says things."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[Page | CollectError] = []
        self.opened = 0
        self.cursors: list[dict[str, int]] = []
        play(monkeypatch, self.pages, way=Way.STREAM, every=timedelta(minutes=1))

    def say(self, number: int, **more: Withdrawal) -> None:
        """Let a post come."""
        self.waiting.append(Page(candidates=(made(number),), cursor={"at": number}, **more))  # type: ignore[arg-type]

    def pages(self, visit: Visit) -> Iterator[Page]:
        """Yield what is said; go on until told to stop, or when not live as long as there is something."""
        self.opened += 1
        self.cursors.append(dict(visit.cursor))
        while not visit.stopping():
            if self.waiting:
                said = self.waiting.pop(0)
                if isinstance(said, CollectError):
                    raise said
                yield said
            elif not visit.live:
                return
            else:
                time.sleep(0.02)


@contextmanager
def kept(store: Store, given: Settings, clock: Callable[[], datetime] = utc_now) -> Iterator[list[RunResult]]:
    """Keep the streams open inside the block; they end within seconds after it."""
    over = threading.Event()
    ended: list[RunResult] = []
    with Fetcher(given.fetch, version="0", clock=clock) as fetcher:
        keeper = threading.Thread(
            target=keep_streams,
            args=(store, fetcher, given),
            kwargs={"clock": clock, "rng": Random(1), "stopping": over.is_set, "ended": ended.append},
        )
        keeper.start()
        try:
            yield ended
        finally:
            over.set()
            keeper.join(5)
            assert not keeper.is_alive()


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    """A network with an open connection."""
    return Stream(monkeypatch)


def given(store: Store) -> Settings:
    """A configuration with one stream, known to the database."""
    made = settings(source("s", "played"))
    stored.sync_sources(store, made, now=utc_now())
    return made


def test_a_stream_stays_open_and_stores_as_it_comes(store: Store, stream: Stream) -> None:
    """Posts and withdrawals arrive while the one connection stands; after the end it goes on from its cursor."""
    gone = Withdrawal(network="played", signal=Signal.GONE, reason="deleted", identity="n1")
    known = given(store)
    with kept(store, known) as ended:
        stream.say(1)
        until(lambda: len(posts(store)) == 1)
        stream.waiting.append(Page(candidates=(made(2),), cursor={"at": 2}, withdrawals=(gone,)))
        until(lambda: [row["state"] for row in rows(store, "post")] == ["gone", "live"])
        assert stream.opened == 1
        (health,) = stored.list_health(store, now=utc_now())
        assert health.running
    assert [(result.status, result.new) for result in ended] == [("ok", 2)]
    with kept(store, known):
        until(lambda: stream.opened == 2)
    assert stream.cursors == [{}, {"at": 2}]
    assert [row["status"] for row in rows(store, "run")] == ["ok", "killed"]


def test_asked_by_name_it_ends_when_it_has_caught_up(store: Store, stream: Stream) -> None:
    """``skord collect`` reads what there is; without a name, streams are not the runs' business."""
    stream.say(1)
    stream.say(2)
    known = given(store)
    assert run(store, known, sources=None, now=utc_now()) == {}
    assert run(store, known)["s"].new == 2
    assert stream.waiting == []


def test_while_it_stands_nobody_else_asks(sqlite_store: Store, stream: Stream) -> None:
    """A run by name is told that the source is asked already."""
    known = given(sqlite_store)
    with kept(sqlite_store, known):
        until(lambda: stream.opened == 1)
        assert run(sqlite_store, known, now=utc_now())["s"].status == "busy"


def test_a_broken_stream_is_told_and_opened_again_after_a_growing_delay(sqlite_store: Store, stream: Stream) -> None:
    """Half a minute, then twice as long each time; what came before the break is stored."""
    moment = [NOW]
    known = settings(source("s", "played"))
    stored.sync_sources(sqlite_store, known, now=NOW)
    waits = []
    with kept(sqlite_store, known, clock=lambda: moment[0]) as ended:
        for number in range(1, 5):
            stream.say(number)
            stream.waiting.append(CollectError("cut_off", host="example.se"))
            until(lambda expected=number: len(ended) == expected)  # type: ignore[misc]
            planned = ended[-1].next_attempt_at
            assert planned is not None
            waits.append(round((planned - moment[0]).total_seconds() / 30))
            moment[0] = planned
    assert waits == [1, 2, 4, 8]
    assert len(posts(sqlite_store)) == 4
    assert {(result.status, result.error and result.error.key) for result in ended} == {("failed", "cut_off")}


def test_a_stream_that_stands_again_is_well(sqlite_store: Store, stream: Stream) -> None:
    """The old error goes and the gap closes while it is open, not when it ends days later."""
    known = given(sqlite_store)
    stream.waiting.append(CollectError("cut_off", host="example.se"))
    run(sqlite_store, known, now=utc_now() - timedelta(hours=2))
    assert stored.list_health(sqlite_store, now=utc_now())[0].gap_from is not None
    with kept(sqlite_store, known):
        stream.say(1)
        until(lambda: stored.list_health(sqlite_store, now=utc_now())[0].error is None)
        (health,) = stored.list_health(sqlite_store, now=utc_now())
        assert (health.running, health.gap_from) == (True, None)
        assert health.last_ok_at is not None


def test_a_stream_that_has_said_nothing_yet_is_not_well(sqlite_store: Store) -> None:
    """A server that accepts and never answers is no good run, however long it is listened to."""
    given(sqlite_store)
    claim = stored.claim_source(sqlite_store, "s", now=NOW)
    assert claim is not None
    seconds = [1000.0]
    watch = Watch(
        sqlite_store, claim, clock=lambda: NOW, stopping=lambda: False, live=True, monotonic=lambda: seconds[0]
    )
    for _ in range(20):
        assert not watch()
        seconds[0] += 30
    assert stored.list_health(sqlite_store, now=NOW)[0].last_ok_at is None
    watch.heard = True
    assert not watch()
    assert stored.list_health(sqlite_store, now=NOW)[0].last_ok_at == NOW


def test_what_goes_wrong_beside_an_open_stream_is_told_while_it_stands(sqlite_store: Store, stream: Stream) -> None:
    """Another server of the source is down: that is not kept secret until the stream ends months later."""
    known = given(sqlite_store)
    down = CollectError("connect_refused", host="b.example.se")
    stream.waiting.append(Page(candidates=(made(1),), cursor={"at": 1}, errors=(down,)))
    with kept(sqlite_store, known):
        until(lambda: stored.list_health(sqlite_store, now=utc_now())[0].last_ok_at is not None)
        (health,) = stored.list_health(sqlite_store, now=utc_now())
        assert health.error is not None
        assert (health.error.key, health.running) == ("connect_refused", True)


def test_an_error_beside_a_stream_that_does_not_come_again_is_over(sqlite_store: Store) -> None:
    """What a server had an hour ago is told; what it had this morning is not."""
    given(sqlite_store)
    claim = stored.claim_source(sqlite_store, "s", now=NOW)
    assert claim is not None
    seconds = [1000.0]
    watch = Watch(
        sqlite_store, claim, clock=lambda: NOW, stopping=lambda: False, live=True, monotonic=lambda: seconds[0]
    )
    watch.hear([CollectError("connect_refused", host="b.example.se")])
    told = []
    for _ in range(4):
        seconds[0] += 3600
        watch()
        told.append(stored.list_health(sqlite_store, now=NOW)[0].error is not None)
    assert told == [True, True, False, False]


def test_a_stream_ended_before_it_was_answered_tells_of_no_good_run(sqlite_store: Store, stream: Stream) -> None:
    """Stopped while nothing had come, its old error and its gap stand."""
    known = given(sqlite_store)
    stream.waiting.append(CollectError("cut_off", host="example.se"))
    run(sqlite_store, known, now=utc_now() - timedelta(hours=2))
    with kept(sqlite_store, known) as ended:
        until(lambda: stream.opened == 2)
    assert [result.status for result in ended] == ["killed"]
    (health,) = stored.list_health(sqlite_store, now=utc_now())
    assert (health.last_ok_at, health.error is None, health.gap_from is None) == (None, False, False)
    assert stored.due_sources(sqlite_store, now=utc_now()) == ["s"]


def test_a_paused_stream_ends_within_seconds(sqlite_store: Store, stream: Stream) -> None:
    """Pausing reaches the open connection; resuming opens it again."""
    known = given(sqlite_store)
    with kept(sqlite_store, known) as ended:
        until(lambda: stream.opened == 1)
        stored.set_paused(sqlite_store, "s", True, now=utc_now())
        until(lambda: len(ended) == 1, seconds=5)
        stored.set_paused(sqlite_store, "s", False, now=utc_now())
        until(lambda: stream.opened == 2, seconds=5)
        assert len(ended) == 1


def test_an_open_stream_keeps_its_claim_for_days(sqlite_store: Store, stream: Stream) -> None:
    """A run of two hours' silence is taken for dead; one that shows that it is alive is not."""
    known = given(sqlite_store)
    claim = stored.claim_source(sqlite_store, "s", now=NOW)
    assert claim is not None
    moment, seconds = [NOW], [0.0]
    watch = Watch(
        sqlite_store, claim, clock=lambda: moment[0], stopping=lambda: False, live=True, monotonic=lambda: seconds[0]
    )
    for _ in range(3 * 24 * 30):
        moment[0] += timedelta(minutes=2)
        seconds[0] += 120
        assert not watch()
    assert stored.free_dead_claims(sqlite_store, now=moment[0]) == []
    assert stored.free_dead_claims(sqlite_store, now=moment[0] + timedelta(hours=3)) == ["s"]
    assert watch() is False  # looked a moment ago
    seconds[0] += 10
    assert watch() is True
    assert known.sources["s"].id == "s"


def test_streams_hold_up_no_other_source(sqlite_store: Store, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """While streams stand, what is due is asked as always."""

    def once(visit: Visit) -> Iterator[Page]:
        yield Page(candidates=(made(7),), cursor={"read": str(visit.now)})

    play(monkeypatch, once, name="asked")
    known = settings(source("s", "played"), source("a", "asked"))
    stored.sync_sources(sqlite_store, known, now=utc_now())
    with kept(sqlite_store, known):
        until(lambda: stream.opened == 1)
        assert run(sqlite_store, known, sources=None, now=utc_now())["a"].new == 1


CONFIG = """
[site]
name = "Halland växer"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"
[storage]
url = "{url}"
media = "{media}"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
[source.m]
kind = "mastodon"
server = "{server}"
token_file = "token"
stream = true
[fetch]
allow = ["{address}"]
per_host = "50/s"
"""


class Wire:
    """A Mastodon server's open connections: what is said goes out to all of them."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.open = 0
        self.hung_up = threading.Event()

    def __call__(self, request: Request) -> Reply:
        """Open one more."""
        assert request.headers["authorization"] == "Bearer hemlig"
        return Reply(headers={"Content-Type": "text/event-stream"}, chunks=self._pour(len(self.said)))

    def _pour(self, at: int) -> Iterator[bytes]:
        self.open += 1
        yield b":)\n"
        while not self.hung_up.is_set():
            for data in self.said[at:]:
                at += 1
                yield data
            time.sleep(0.05)
            yield b":thump\n"


@contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, serving on a port of its own; killed at the end if it still runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "skord.cli", "--config", str(folder / "config.toml"), "serve", "--port", str(port)]
    process = subprocess.Popen(
        words, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_program_streams_survives_a_kill_and_ends_when_asked(
    sqlite_url: str, sqlite_store: Store, tmp_path: Path
) -> None:
    """A post and its deletion arrive through the open connection; kill -9 costs nothing; SIGTERM takes seconds."""
    wire, timeline = Wire(), Timeline(status(1))
    routes: dict[str, Route] = {
        "/api/v1/streaming/hashtag": wire,
        "*": timeline,
        "/api/v2/instance": {"version": "4.4.0"},
    }
    with Server(routes) as server:
        config = CONFIG.format(url=sqlite_url, media=tmp_path / "media", server=server.url(""), address=server.address)
        (tmp_path / "config.toml").write_text(config, encoding="utf-8")
        (tmp_path / "token").write_text("hemlig", encoding="utf-8")
        try:
            with serving(tmp_path):
                until(lambda: wire.open >= 1 and len(posts(sqlite_store)) == 1, 60)
                wire.said.append(b"event: update\ndata: " + json.dumps(status(2)).encode() + b"\n\n")
                until(lambda: len(posts(sqlite_store)) == 2, 20)
            timeline.posts["hallandväxer"].append(status(3))
            opened = wire.open
            with serving(tmp_path) as process:
                until(lambda: wire.open > opened and len(posts(sqlite_store)) == 3, 60)
                wire.said.append(b"event: delete\ndata: " + str(10**17 + 2).encode() + b"\n\n")
                until(lambda: [row["state"] for row in rows(sqlite_store, "post")].count("gone") == 1, 20)
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert process.wait(50) == 0  # under load; on a quiet machine it is a second or two
                assert time.monotonic() - began < 60
        finally:
            wire.hung_up.set()
    assert [row["status"] for row in rows(sqlite_store, "run")] == ["killed", "ok"]
    assert rows(sqlite_store, "source")[0]["claimed_by"] is None
