"""The schedule: one process works, the rest wait; what a dead one had in hand goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from campaign.kinds import Way
from collector.networks.page import Page, Visit
from conftest import NOW
from played import play
from skord import schedule, work
from skord.schedule import Schedule
from skord.wiring import House, utc_now
from storage import leases
from storage.sources import Health, claim_source, list_health, sync_sources
from storage.store import Store
from storage.tasks import add_task, get_task, take_task


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> House:
    """A house whose store is fresh and whose configuration asks nobody."""
    (tmp_path / "config.toml").write_text(
        """
[site]
name = "Halland växer"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"
[storage]
url = "sqlite:///skord.db"
media = "media"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
[source.nyheter]
kind = "feed"
url = "http://127.0.0.1:9/nyheter.rss"
""",
        encoding="utf-8",
    )
    made = House(config=tmp_path / "config.toml", environ={})
    made.__dict__["store"] = sqlite_store
    return made


def until(holds: Callable[[], bool]) -> None:
    """Wait for something to come true, ten seconds at most."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def health(house: House, source_id: str) -> Health:
    """How a source is."""
    return next(each for each in list_health(house.store, now=utc_now()) if each.id == source_id)


def test_every_job_exists() -> None:
    """What the schedule names, work has."""
    assert [name for name in schedule.EVERY if not callable(getattr(work, name, None))] == []


def test_a_due_source_is_asked_and_its_failure_told(house: House) -> None:
    """With the schedule running a source that cannot be reached has its error in words, and a next attempt."""
    sync_sources(house.store, house.settings, now=utc_now())
    running = Schedule(house)
    running.start()
    try:
        until(lambda: list_health(house.store, now=utc_now())[0].error is not None)
    finally:
        running.stop()
    found = list_health(house.store, now=utc_now())[0]
    assert found.error is not None
    assert house.language.explain(found.error).do
    assert found.next_attempt_at > utc_now()


def test_a_second_process_waits(house: House) -> None:
    """While another process holds the lease no job runs here; the queued task stays queued."""
    other = leases.take(house.store, "scheduler", now=utc_now(), holder="elsewhere/1:1:a", term=timedelta(minutes=5))
    assert other is not None
    task_id = add_task(house.store, "collect", {"source": "nyheter"}, now=NOW)
    running = Schedule(house)
    running.start()
    try:
        time.sleep(1.5)
        assert not running.holds_lease
        assert get_task(house.store, task_id).state == "queued"
    finally:
        running.stop()


def test_what_a_dead_process_had_in_hand_goes_on(house: House) -> None:
    """A task that was running and a source that was claimed when the process died are taken up at the next start."""
    sync_sources(house.store, house.settings, now=utc_now())
    task_id = add_task(house.store, "collect", {"source": "nyheter"}, now=NOW)
    take_task(house.store, now=NOW)
    claim_source(house.store, "nyheter", now=utc_now(), holder=f"{leases._machine()}:999999999:x")
    running = Schedule(house)
    running.start()
    try:
        until(lambda: get_task(house.store, task_id).ended)
    finally:
        running.stop()
    assert get_task(house.store, task_id).state == "done"


def test_stopping_gives_the_lease_back(house: House) -> None:
    """After a clean stop the next process need not wait for the term to end."""
    running = Schedule(house)
    running.start()
    running.stop()
    assert leases.holder_of(house.store, "scheduler", utc_now()) is None


def test_what_hangs_outside_does_not_hold_up_the_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and never answers is not waited for: stopping says so, and gives the lease back."""
    asked: list[bool] = []
    over = threading.Event()

    def pages(visit: Visit) -> Iterator[Page]:
        asked.append(True)
        over.wait(30)
        yield from ()

    sync_sources(house.store, house.settings, now=utc_now())
    play(monkeypatch, pages, name="feed")
    running = Schedule(house)
    running.start()
    try:
        until(lambda: bool(asked))
        began = time.monotonic()
        assert not running.stop(patience=0.5)
        assert time.monotonic() - began < 3
        assert leases.take(house.store, "scheduler", now=house.clock(), term=timedelta(seconds=30), holder="x@y:1")
    finally:
        over.set()


def test_streams_stand_beside_the_sources_and_end_with_the_schedule(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open stream keeps no due source waiting; stopping ends it within seconds and leaves it due at once."""
    opened: list[bool] = []

    def pages(visit: Visit) -> Iterator[Page]:
        opened.append(visit.live)
        while not visit.stopping():
            time.sleep(0.05)
        yield Page(candidates=(), cursor={"at": "end"})

    known = house.settings.sources["nyheter"]
    play(monkeypatch, pages, name="feed", way=Way.STREAM)
    other = replace(known, id="annan", kind="mastodon", options={"server": "http://127.0.0.1:9"})
    house.__dict__["settings"] = replace(house.settings, sources={"nyheter": known, "annan": other})
    sync_sources(house.store, house.settings, now=utc_now())
    running = Schedule(house)
    running.start()
    try:
        until(lambda: opened == [True] and health(house, "annan").error is not None)
        began = time.monotonic()
    finally:
        running.stop()
    assert time.monotonic() - began < 5
    found = health(house, "nyheter")
    assert (found.running, found.error) == (False, None)
    assert found.next_attempt_at <= utc_now()
