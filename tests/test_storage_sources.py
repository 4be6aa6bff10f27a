import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from builders import candidate, judge, newest
from campaign.errors import CollectError, NotFoundError
from campaign.settings import Settings, Site, SourceSettings, StorageSettings
from conftest import HALLAND, NOW
from storage import leases
from storage.pages import Page, save_page
from storage.sources import (
    claim_source,
    due_sources,
    finish_run,
    free_dead_claims,
    list_gaps,
    list_health,
    set_paused,
    sync_sources,
)
from storage.store import Store

HOUR = timedelta(hours=1)


def settings(*names: str, url: str = "https://example.se/a.rss") -> Settings:
    sources = {
        name: SourceSettings(id=name, kind="feed", campaigns=("hallandvaxer",), every=HOUR, options={"url": url})
        for name in names
    }
    return Settings(
        file=Path("config.toml"),
        site=Site(name="x", owner="x", base_url="http://x", contact="x@example.se"),
        storage=StorageSettings(url="sqlite://", media=Path("media")),
        campaigns={HALLAND.id: HALLAND},
        sources=sources,
        newsletters={},
    )


def test_a_new_source_is_due_at_once_and_asked_by_one(store: Store) -> None:
    """Only one run at a time asks a source; the second gets no claim."""
    sync_sources(store, settings("a"), now=NOW)
    assert due_sources(store, now=NOW) == ["a"]
    assert claim_source(store, "a", now=NOW) is not None
    assert claim_source(store, "a", now=NOW, holder="elsewhere/1:1:x") is None
    assert due_sources(store, now=NOW) == []


def test_a_page_is_stored_with_its_cursor(store: Store) -> None:
    """Posts, counts and cursor arrive together, and the same page again changes nothing."""
    sync_sources(store, settings("a"), now=NOW)
    claim = claim_source(store, "a", now=NOW)
    assert claim is not None
    page = Page(candidates=[candidate(), candidate()], campaigns=["hallandvaxer"], cursor={"min_id": "7"})
    for new in (2, 0):
        assert save_page(store, claim, page, judge={"hallandvaxer": judge}, now=NOW, own=False).new == new
    finish_run(store, claim, status="ok", next_attempt_at=NOW + HOUR, now=NOW)
    again = claim_source(store, "a", now=NOW + HOUR)
    assert again is not None
    assert again.cursor == {"min_id": "7"}
    assert len(newest(store)) == 2


def test_a_page_that_breaks_stores_nothing(store: Store) -> None:
    """When judging fails halfway, neither posts nor cursor of that page are kept."""
    sync_sources(store, settings("a"), now=NOW)
    claim = claim_source(store, "a", now=NOW)
    assert claim is not None
    seen = []

    def breaks(stored: object, arrived: object) -> object:
        seen.append(arrived)
        return judge(stored, arrived) if len(seen) < 2 else 1 / 0  # type: ignore[arg-type]

    page = Page(candidates=[candidate(), candidate()], campaigns=["hallandvaxer"], cursor={"min_id": "7"})
    with pytest.raises(ZeroDivisionError):
        save_page(store, claim, page, judge={"hallandvaxer": breaks}, now=NOW, own=False)  # type: ignore[dict-item]
    assert newest(store) == []


def test_a_failure_opens_a_gap_and_the_next_good_run_closes_it(store: Store) -> None:
    """The gap reaches from the last good run to the next, under the name of what failed."""
    sync_sources(store, settings("a"), now=NOW)
    for hours, status in ((0, "ok"), (1, "failed"), (2, "failed"), (3, "ok")):
        at = NOW + hours * HOUR
        claim = claim_source(store, "a", now=at)
        assert claim is not None
        error = CollectError("timed_out", host="example.se") if status == "failed" else None
        finish_run(store, claim, status=status, error=error, next_attempt_at=at + HOUR, now=at)
        if hours == 2:
            health = list_health(store, now=at)[0]
            assert (health.failures, health.gap_from) == (2, NOW)
            assert health.error is not None
            assert health.error.key == "timed_out"
    gaps = list_gaps(store, since=NOW - HOUR)
    assert [(gap.from_at, gap.to_at, gap.reason) for gap in gaps] == [(NOW, NOW + 3 * HOUR, "timed_out")]


def test_time_when_nothing_ran_is_a_gap(store: Store) -> None:
    """After a week of standing still the first good run leaves a closed gap for that week."""
    sync_sources(store, settings("a"), now=NOW)
    claim = claim_source(store, "a", now=NOW)
    assert claim is not None
    finish_run(store, claim, status="ok", next_attempt_at=NOW + HOUR, now=NOW)
    later = NOW + timedelta(days=7)
    claim = claim_source(store, "a", now=later)
    assert claim is not None
    finish_run(store, claim, status="ok", next_attempt_at=later + HOUR, now=later)
    assert [(gap.from_at, gap.to_at, gap.reason) for gap in list_gaps(store, since=NOW)] == [
        (NOW + HOUR, later, "not_running")
    ]


def test_what_people_bring_is_never_missed(store: Store) -> None:
    """A file that is brought in long after its source was set up leaves no gap: nobody was to ask for it."""
    given = settings()
    archive = SourceSettings(id="arkiv", kind="import", campaigns=("hallandvaxer",), every=HOUR)
    sync_sources(store, replace(given, sources={"arkiv": archive}), now=NOW)
    assert claim_source(store, "arkiv", now=NOW + timedelta(days=7)) is not None
    assert list_gaps(store, since=NOW) == []


def test_the_claim_of_a_killed_process_is_freed(store: Store) -> None:
    """After kill -9 the source is due again, and its run is told as killed."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    sync_sources(store, settings("a"), now=NOW)
    assert claim_source(store, "a", now=NOW, holder=f"{leases._machine()}:{int(gone.stdout)}:x")
    assert free_dead_claims(store, now=NOW) == ["a"]
    assert due_sources(store, now=NOW) == ["a"]


def test_the_claim_of_a_living_process_stands(store: Store) -> None:
    """A source that another process is asking is left to it."""
    sync_sources(store, settings("a"), now=NOW)
    assert claim_source(store, "a", now=NOW, holder=f"{leases._machine()}:{os.getppid()}:x")
    assert free_dead_claims(store, now=NOW) == []


def test_a_source_that_asks_elsewhere_begins_anew(store: Store) -> None:
    """Another address in the configuration drops the cursor and the old failure."""
    sync_sources(store, settings("a"), now=NOW)
    claim = claim_source(store, "a", now=NOW)
    assert claim is not None
    page = Page(candidates=[], campaigns=["hallandvaxer"], cursor={"etag": "x"})
    save_page(store, claim, page, judge={"hallandvaxer": judge}, now=NOW, own=False)
    finish_run(store, claim, status="failed", error=CollectError("http_gone"), next_attempt_at=NOW + HOUR, now=NOW)
    sync_sources(store, settings("a", url="https://example.se/b.rss"), now=NOW)
    claim = claim_source(store, "a", now=NOW)
    assert claim is not None
    assert (claim.cursor, claim.failures) == ({}, 0)


def test_a_removed_source_is_not_asked_and_comes_back(store: Store) -> None:
    """Taking a source out of the file stops asking it; putting it back goes on."""
    sync_sources(store, settings("a", "b"), now=NOW)
    sync_sources(store, settings("b"), now=NOW)
    assert due_sources(store, now=NOW) == ["b"]
    assert [health.id for health in list_health(store, now=NOW)] == ["b"]
    sync_sources(store, settings("a", "b"), now=NOW)
    assert due_sources(store, now=NOW) == ["a", "b"]


def test_pausing_is_a_gap(store: Store) -> None:
    """A paused source is not due, and the pause is told as a gap."""
    sync_sources(store, settings("a"), now=NOW)
    set_paused(store, "a", True, now=NOW)
    assert due_sources(store, now=NOW) == []
    assert [gap.reason for gap in list_gaps(store, since=NOW)] == ["paused"]
    set_paused(store, "a", False, now=NOW + HOUR)
    assert due_sources(store, now=NOW + HOUR) == ["a"]


def test_an_unknown_source_is_told(store: Store) -> None:
    """Asking for a source that is not there says so."""
    with pytest.raises(NotFoundError, match="source_missing"):
        claim_source(store, "x", now=NOW)
