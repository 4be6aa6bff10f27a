"""Many sources asked in one round: few commits, nothing held that is not asked, every end written."""

from __future__ import annotations

import time

from sqlalchemy import event

from campaign.settings import Settings
from collecting import item, posts, rows, rss, run, settings, source
from conftest import NOW
from servers import Request, Server
from storage.sources import claim_source
from storage.store import Store


def _many(server: Server, count: int = 40) -> Settings:
    server.routes["*"] = rss(*(item(number, "inget") for number in range(30)))
    sources = (source(f"f{number}", url=server.url(f"/{number}")) for number in range(count))
    return settings(*sources, allow=(server.address,))


def test_quiet_sources_are_begun_and_ended_with_few_commits(sqlite_store: Store) -> None:
    """Forty feeds without the hashtag are claimed, asked and recorded with fewer commits than there are feeds."""
    commits: list[object] = []
    with Server({}) as server:
        given = _many(server)
        event.listen(sqlite_store.engine, "commit", commits.append)
        found = run(sqlite_store, given)
    assert {result.status for result in found.values()} == {"ok"}
    assert len(commits) < 40
    assert {row["status"] for row in rows(sqlite_store, "run")} == {"ok"}
    assert {row["pages"] for row in rows(sqlite_store, "run")} == {1}


def test_a_page_without_posts_leaves_its_cursor(store: Store) -> None:
    """The second time, feeds that brought nothing but a cursor are known to be unchanged."""
    with Server({}) as server:
        given = _many(server, 10)
        run(store, given)
        again = run(store, given)
    assert {result.status for result in again.values()} == {"unchanged"}
    assert all(row["cursor"]["body"] for row in rows(store, "source"))
    assert not posts(store)


def test_sources_that_were_claimed_but_not_asked_are_free_again(store: Store) -> None:
    """Told to stop after the first answer, a round leaves no source claimed and no run under way."""
    with Server({}) as server:
        given = _many(server)
        found = run(store, given, workers=1, stopping=lambda: bool(server.requests))
    assert len(server.requests) == 1
    assert sorted({result.status for result in found.values()}) == ["busy", "ok"]
    assert not [row["id"] for row in rows(store, "source") if row["claimed_by"]]
    assert not [row for row in rows(store, "run") if row["status"] == "running"]


def test_a_source_in_other_hands_keeps_nobody_of_its_round_waiting(store: Store) -> None:
    """Of ten sources the one that another process is asking is busy, and the others are asked."""
    with Server({}) as server:
        given = _many(server, 10)
        run(store, given)
        assert claim_source(store, "f3", now=NOW, holder="elsewhere 1 1")
        again = run(store, given)
    assert [name for name, result in again.items() if result.status == "busy"] == ["f3"]
    assert sum(result.status == "unchanged" for result in again.values()) == 9


def test_a_slow_source_holds_up_no_other(sqlite_store: Store) -> None:
    """While one source of forty is still answering, those that have answered are free, and the unasked ones too."""
    seen: list[set[str]] = []

    def slow(_: Request) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            claimed = {row["id"] for row in rows(sqlite_store, "source") if row["claimed_by"]}
            if claimed == {"f9"}:
                break
            time.sleep(0.1)
        seen.append(claimed)
        return rss(item(1, "inget"))

    with Server({"/9": slow}) as server:
        found = run(sqlite_store, _many(server), workers=2)
    assert seen == [{"f9"}]
    assert {result.status for result in found.values()} == {"ok"}
