"""Streams: open while the house runs, claimed, kept alive, ended within seconds, opened again when they break."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from campaign.collecting import Signal, Withdrawal
from campaign.errors import CollectError
from campaign.kinds import Way
from campaign.records import Candidate
from campaign.settings import Settings
from collecting import posts, rows, run, settings, source
from collector.networks.page import Page, Visit
from collector.run import RunResult
from collector.streams import keep_streams
from collector.watch import Watch
from conftest import NOW
from net.http import Fetcher
from played import play
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
    assert [row["status"] for row in rows(store, "run")] == ["ok", "unchanged"]


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


def test_a_paused_stream_ends_within_seconds(sqlite_store: Store, stream: Stream) -> None:
    """Pausing reaches the open connection; resuming opens it again."""
    known = given(sqlite_store)
    with kept(sqlite_store, known) as ended:
        until(lambda: stream.opened == 1)
        stored.set_paused(sqlite_store, "s", True, now=utc_now())
        until(lambda: len(ended) == 1, seconds=5)
        stored.set_paused(sqlite_store, "s", False, now=utc_now())
        until(lambda: stream.opened == 2, seconds=5)


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
