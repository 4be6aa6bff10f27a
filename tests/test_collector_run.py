"""Runs against real servers and both databases: what is stored, what is recorded, what never happens twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from builders import account, candidate
from campaign.collecting import Filled, Quota
from campaign.errors import CollectError, InputError
from campaign.kinds import Way
from campaign.records import Candidate, Review
from collecting import Timeline, item, posts, rows, rss, run, settings, source, status
from collector.networks.page import Page, Visit
from collector.run import Progress, try_source
from conftest import NOW
from net.http import Fetcher
from played import play
from servers import Reply, Request, Server
from storage import sources as stored
from storage.decisions import Action, decide
from storage.posts import public
from storage.store import Actor, Store
from storage.stories import get_stories

HOUR = timedelta(hours=1)


def test_a_feed_comes_in_and_the_second_time_nothing_is_new(store: Store) -> None:
    """Tagged entries are stored with their words and names; asked again, the feed is unchanged."""
    body = rss(item(1), item(2), item(3, "utan tagg"))
    with Server({"/rss": body}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        first = run(store, given)["nyheter"]
        assert (first.status, first.new, first.skipped, first.skipped_why) == ("ok", 2, 1, {"no_tag": 1})
        second = run(store, given, now=NOW + HOUR)["nyheter"]
    assert (second.status, second.new, second.unchanged, second.error) == ("unchanged", 0, 0, None)
    found = posts(store)
    assert [(row.title, row.text, row.author_name) for row in found] == [
        ("Nyhet 2", "#hallandväxer", "Nyheter"),
        ("Nyhet 1", "#hallandväxer", "Nyheter"),
    ]
    assert found[0].identity == f"{server.address}/rss https://www.example.se/2"
    assert found[0].local == {"guid": "https://www.example.se/2"}
    assert [row["status"] for row in rows(store, "run")] == ["ok", "unchanged"]


def test_an_unchanged_feed_is_asked_for_with_its_marks(sqlite_store: Store) -> None:
    """ETag and Last-Modified come back to the server, and 304 is a good run."""

    def answer(request: Request) -> Reply:
        if request.headers["if-none-match"] == '"1"':
            return Reply(status=304)
        return Reply(body=rss(item(1)), headers={"ETag": '"1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"})

    with Server({"*": answer}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        assert run(sqlite_store, given)["nyheter"].status == "ok"
        for _ in range(2):
            assert run(sqlite_store, given)["nyheter"].status == "unchanged"
    assert server.requests[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"


def test_an_edit_of_an_approved_post_waits_and_shows_nowhere(store: Store) -> None:
    """The approved words stay public while the new version waits for a person."""
    with Server({"/rss": rss(item(1, "Före #hallandväxer"))}) as server:
        given = settings(source("nyheter", url=server.url("/rss"), keep="all"), allow=(server.address,))
        run(store, given)
        story_id = rows(store, "story")[0]["id"]
        person = Actor(kind="person", account_id=account(store))
        decide(store, story_id, Action.APPROVE, by=person, now=NOW)
        server.routes["/rss"] = rss(item(1, "Efter #hallandväxer"))
        result = run(store, given, now=NOW + HOUR)["nyheter"]
    assert (result.new, result.revised) == (0, 1)
    (seen,) = get_stories(store, [story_id], public=True)
    assert seen.lead.text == "Före #hallandväxer"
    (desk,) = get_stories(store, [story_id], public=False)
    assert (desk.lead.text, desk.waiting, desk.review) == ("Efter #hallandväxer", True, Review.APPROVED)


def test_one_post_from_two_servers_is_one(store: Store) -> None:
    """Two Mastodon servers that know the same post give one post, whichever answers first."""
    with Server({"*": Timeline(status(1), status(2))}) as one, Server({"*": Timeline(status(2), status(3))}) as two:
        given = settings(
            source("a", "mastodon", server=one.url("")),
            source("b", "mastodon", servers=(two.url(""), one.url(""))),
            allow=(one.address, two.address),
        )
        results = run(store, given)
    assert sum(result.new for result in results.values()) == 3
    assert [row.text for row in posts(store)] == [f"Inlägg {number} #hallandväxer" for number in (1, 2, 3)]


def test_a_mastodon_source_goes_on_where_it_stood(store: Store) -> None:
    """A second run asks only for what is newer, and a dated edit seen again is a revision."""
    timeline = Timeline(*(status(number) for number in range(1, 61)))
    with Server({"*": timeline}) as server:
        given = settings(source("m", "mastodon", server=server.url("")), allow=(server.address,))
        assert run(store, given)["m"].new == 60
        timeline.posts["hallandväxer"].append(status(61))
        before = len(server.requests)
        assert run(store, given)["m"].new == 1
        assert all("min_id" in request.query for request in server.requests[before:] if "v%C3%A4xer" in request.target)
    assert len(posts(store)) == 61


def test_failures_are_told_planned_and_leave_a_gap(store: Store) -> None:
    """A failing source is tried again later and later; its gap closes when it answers again."""
    with Server({"/rss": Reply(status=503)}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        waits = []
        moment = NOW
        for _ in range(3):
            result = run(store, given, now=moment)["nyheter"]
            assert result.next_attempt_at is not None
            waits.append(round((result.next_attempt_at - moment).total_seconds() / 60 / 15))
            moment = result.next_attempt_at
        assert (result.status, result.error and result.error.key) == ("failed", "http_server")
        assert waits == [1, 2, 4]
        (health,) = stored.list_health(store, now=moment)
        assert (health.failures, health.error and health.error.key) == (3, "http_server")
        assert health.gap_from is not None
        server.routes["/rss"] = rss(item(1))
        assert run(store, given, now=moment)["nyheter"].new == 1
    (gap,) = stored.list_gaps(store, since=NOW - HOUR)
    assert gap.to_at == moment
    (health,) = stored.list_health(store, now=moment)
    assert (health.failures, health.error, health.gap_from) == (0, None, None)


def test_the_servers_word_on_when_to_come_back_counts(sqlite_store: Store) -> None:
    """Retry-After wins over the planned delay."""
    with Server({"/rss": Reply(status=429, headers={"Retry-After": "7200"})}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        result = run(sqlite_store, given)["nyheter"]
    assert result.next_attempt_at == NOW + 2 * HOUR


def test_a_permanent_failure_waits_a_day(sqlite_store: Store) -> None:
    """What a person must mend is asked for once a day, not for ever."""
    with Server({"/rss": Reply(status=410)}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        result = run(sqlite_store, given)["nyheter"]
    assert result.next_attempt_at is not None
    assert result.next_attempt_at >= NOW + timedelta(days=1)
    assert rows(sqlite_store, "source")[0]["error"]["permanent"] is True


def test_a_failing_server_beside_a_good_one_is_a_partial_run(store: Store) -> None:
    """What the good server has is stored; the error of the other is told; no gap opens."""
    with Server({"*": Reply(status=503)}) as down, Server({"*": Timeline(status(1))}) as up:
        given = settings(source("m", "mastodon", servers=(down.url(""), up.url(""))), allow=(down.address, up.address))
        result = run(store, given)["m"]
    assert (result.status, result.new, result.error and result.error.key) == ("partial", 1, "http_server")
    assert stored.list_gaps(store, since=NOW - HOUR) == []


def test_a_server_that_asked_for_time_is_left_alone(sqlite_store: Store) -> None:
    """One of two servers said when to come back: until then the other alone is asked."""
    slow = Reply(status=429, headers={"Retry-After": "7200"}, body='{"error":"Too many requests"}')
    with Server({"*": slow}) as busy, Server({"*": Timeline(status(1))}) as up:
        given = settings(source("m", "mastodon", servers=(busy.url(""), up.url(""))), allow=(busy.address, up.address))
        run(sqlite_store, given)
        before = len(busy.requests)
        waiting = run(sqlite_store, given, now=NOW + HOUR)["m"]
        assert (waiting.status, waiting.error and waiting.error.key) == ("partial", "server_waits")
        assert len(busy.requests) == before
        run(sqlite_store, given, now=NOW + 3 * HOUR)
        assert len(busy.requests) > before


def test_a_slow_source_delays_no_other(sqlite_store: Store) -> None:
    """Results come as they are ready, the slow one last."""
    release = threading.Event()

    def slow(request: Request) -> str:
        release.wait(20)
        return rss(item(1))

    heard: list[str] = []

    def progress(result: object) -> None:
        heard.append(result.source)  # type: ignore[attr-defined]  # a RunResult
        if len(heard) == 3:
            release.set()

    with Server({"/slow": slow, "*": rss(item(2))}) as server:
        names = ("slow", "a", "b", "c")
        given = settings(*(source(name, url=server.url(f"/{name}")) for name in names), allow=(server.address,))
        results = run(sqlite_store, given, progress=progress)
    assert heard[-1] == "slow"
    assert list(results) == list(names)


def test_a_fault_of_ours_in_one_source_is_recorded_and_stops_no_other(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """A kind that the program cannot run ends as a failed run with a word for it, the claim given back."""
    with Server({"*": rss(item(1))}) as server:
        broken = source("trasig", "feed", url=server.url("/a"), campaigns=("hallandvaxer",), timezone="ingen zon")
        given = settings(broken, source("hel", url=server.url("/b")), allow=(server.address,))
        server.routes["/a"] = rss("<guid>1</guid><title>#hallandväxer</title><pubDate>2026-10-01T10:00:00</pubDate>")
        results = run(sqlite_store, given)
    assert results["hel"].new == 1
    assert (results["trasig"].status, results["trasig"].error and results["trasig"].error.key) == (
        "failed",
        "source_crashed",
    )
    assert [row["claimed_by"] for row in rows(sqlite_store, "source")] == [None, None]
    assert "run_crashed" in {record.__dict__.get("action") for record in caplog.records}


def test_a_dry_run_tells_and_stores_nothing(store: Store) -> None:
    """The counts are those of a real run; the database is as before, and the real run finds all as new."""
    with Server({"/rss": rss(item(1), item(2))}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        result = run(store, given, dry_run=True)["nyheter"]
        assert (result.status, result.new, result.next_attempt_at) == ("ok", 2, None)
        assert posts(store) == []
        assert rows(store, "run") == []
        assert run(store, given)["nyheter"].new == 2


def test_trying_a_source_tells_each_entrys_fate(sqlite_store: Store) -> None:
    """A trial shows what would be kept and why the rest would not, though the source was asked before."""
    with Server({"/rss": rss(item(1), item(2, "utan tagg"))}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        run(sqlite_store, given)
        with Fetcher(given.fetch, version="0", clock=lambda: NOW) as fetcher:
            tried = try_source(sqlite_store, fetcher, given, "nyheter", clock=lambda: NOW)
            server.routes["/rss"] = Reply(status=404)
            failed = try_source(sqlite_store, fetcher, given, "nyheter", clock=lambda: NOW)
    assert [(each.candidate.title, each.verdict.value, each.reason) for each in tried.entries] == [
        ("Nyhet 1", "unchanged", "same"),
        ("Nyhet 2", "skip", "no_tag"),
    ]
    assert tried.error is None
    assert (failed.entries, failed.error and failed.error.key) == ((), "http_not_found")
    assert len(rows(sqlite_store, "run")) == 1


def test_an_unknown_source_is_refused_before_anything_is_asked(sqlite_store: Store) -> None:
    """A misspelled name is the asker's fault, told with the known ones."""
    with Server({"*": rss(item(1))}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        with pytest.raises(InputError) as refused:
            run(sqlite_store, given, "nyheterna")
    assert refused.value.facts == {"source": "nyheterna", "known": "nyheter"}
    assert server.requests == []


def test_only_what_is_due_is_asked(sqlite_store: Store) -> None:
    """Without names the due sources are asked, and after a good run they are due an interval later."""
    with Server({"*": rss(item(1))}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        stored.sync_sources(sqlite_store, given, now=NOW)
        assert list(run(sqlite_store, given, sources=None)) == ["nyheter"]
        assert run(sqlite_store, given, sources=None, now=NOW + timedelta(minutes=59)) == {}
        assert list(run(sqlite_store, given, sources=None, now=NOW + timedelta(minutes=67))) == ["nyheter"]


def test_time_when_nothing_ran_is_a_gap(sqlite_store: Store) -> None:
    """A source asked long after it was due was not asked because nothing ran: from its time to this run."""
    with Server({"*": rss(item(1))}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        first = run(sqlite_store, given)["nyheter"]
        run(sqlite_store, given, now=NOW + timedelta(days=2))
    (gap,) = stored.list_gaps(sqlite_store, since=NOW)
    assert (gap.reason, gap.from_at, gap.to_at) == ("not_running", first.next_attempt_at, NOW + timedelta(days=2))


def test_one_source_is_never_asked_twice_at_once(store: Store) -> None:
    """While a run is under way in this very process, another one is told so and asks nothing."""
    inside, release = threading.Event(), threading.Event()

    def slow(request: Request) -> str:
        inside.set()
        release.wait(20)
        return rss(item(1))

    with Server({"*": slow}) as server:
        given = settings(source("nyheter", url=server.url("/rss")), allow=(server.address,))
        first = threading.Thread(target=run, args=(store, given))
        first.start()
        assert inside.wait(20)
        assert run(store, given)["nyheter"].status == "busy"
        assert stored.free_dead_claims(store, now=NOW) == []
        release.set()
        first.join()
        assert len(server.requests) == 1
    assert len(posts(store)) == 1


def test_many_collectors_on_the_same_posts_store_each_once(store: Store) -> None:
    """Eight sources that give the same posts in other orders at the same time: no double, no failure."""
    numbers = list(range(1, 41))

    def shuffled(request: Request) -> list[object]:
        if "max_id" in request.query or "min_id" in request.query or "v%C3%A4xer" not in request.target:
            return []
        return random.sample([status(number) for number in numbers], len(numbers))

    servers = [Server({"*": shuffled}) for _ in range(8)]
    try:
        for server in servers:
            server.__enter__()
        given = settings(
            *(source(f"s{number}", "mastodon", server=server.url("")) for number, server in enumerate(servers)),
            allow=tuple(server.address for server in servers),
        )
        results = run(store, given)
    finally:
        for server in servers:
            server.__exit__(None, None, None)
    assert {result.status for result in results.values()} == {"ok"}
    assert sum(result.new for result in results.values()) == 40
    assert len({row.identity for row in posts(store)}) == len(posts(store)) == 40
    assert len(rows(store, "story")) == 40


def test_stopping_ends_after_the_page_in_hand_and_goes_on_from_there(sqlite_store: Store) -> None:
    """A run that is told to stop keeps what it has stored and is due at once."""
    with Server({"*": Timeline(*(status(number) for number in range(1, 101)))}) as server:
        given = settings(source("m", "mastodon", server=server.url("")), allow=(server.address,))
        asked = iter([False, True])
        result = run(sqlite_store, given, stopping=lambda: next(asked, True))["m"]
        assert (result.status, result.new, result.next_attempt_at) == ("ok", 40, NOW)
        assert run(sqlite_store, given)["m"].new == 60


def test_a_run_whose_claim_was_given_away_stores_nothing_more(sqlite_store: Store) -> None:
    """After two silent hours a claim is another's: the old run is told so and leaves the new one's cursor alone."""
    late: list[str] = []

    def slow(request: Request) -> list[object]:
        if not late:
            late.append("x")
            assert stored.claim_source(sqlite_store, "m", now=NOW + 3 * HOUR) is not None
        return [status(1)]

    with Server({"*": slow}) as server:
        given = settings(source("m", "mastodon", server=server.url("")), allow=(server.address,))
        assert run(sqlite_store, given)["m"].status == "busy"
    assert posts(sqlite_store) == []


def test_pictures_of_an_own_source_carry_the_right(sqlite_store: Store) -> None:
    """``rights = "own"`` records the right to a source's pictures as they come in."""
    body = rss("<guid>1</guid><title>#hallandväxer</title><enclosure url='https://f.se/1.jpg' type='image/jpeg'/>")
    with Server({"*": body}) as server:
        given = settings(source("eget", url=server.url("/rss"), rights="own"), allow=(server.address,))
        run(sqlite_store, given)
    (media,) = rows(sqlite_store, "media")
    assert (media["right"], media["url"]) == ("own", "https://f.se/1.jpg")


def test_nothing_that_comes_in_is_public_before_a_person_decides(store: Store) -> None:
    """The public condition finds none of the new posts."""
    from sqlalchemy import func, select

    from storage import schema

    with Server({"*": rss(item(1), item(2))}) as server:
        run(store, settings(source("nyheter", url=server.url("/rss")), allow=(server.address,)))
    with store.read() as connection:
        seen = connection.execute(select(func.count()).select_from(schema.post).where(public())).scalar_one()
    assert (seen, len(posts(store))) == (0, 2)


CHILD = """
import sys
sys.path[:0] = {paths!r}
from collecting import run, settings, source
from datetime import timedelta
from storage.store import open_store
from pathlib import Path
store = open_store({url!r}, media=Path({media!r}), secret=b"x")
given = settings(source("m", "mastodon", server={server!r}), source("f", url={server!r} + "/rss"), allow=({address!r},))
print("ready", flush=True)
run(store, given)
"""


def test_kill_9_while_collecting_loses_and_doubles_nothing(
    sqlite_url: str, sqlite_store: Store, tmp_path: Path
) -> None:
    """A collector killed at any moment, again and again, has in the end stored every post exactly once."""
    here = Path(__file__).parent
    timeline = Timeline(*(status(number) for number in range(1, 301)))
    feed = rss(*(item(number) for number in range(1, 60)))

    def answer(request: Request) -> object:
        time.sleep(0.02)
        return feed if request.path == "/rss" else timeline(request)

    dice = random.Random(7)
    with Server({"*": answer}) as server:  # type: ignore[dict-item]  # a page or a feed
        code = CHILD.format(
            paths=[str(here.parent), str(here)], url=sqlite_url, media=str(tmp_path / "media"),
            server=server.url(""), address=server.address,
        )  # fmt: skip
        for _ in range(6):
            child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0, 0.35))
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            child.stdout.close()
        given = settings(
            source("m", "mastodon", server=server.url("")), source("f", url=server.url("/rss")), allow=(server.address,)
        )
        results = run(sqlite_store, given)
    assert {result.status for result in results.values()} <= {"ok", "unchanged"}
    found = posts(sqlite_store)
    assert len({row.identity for row in found}) == len(found) == 359
    assert len(rows(sqlite_store, "version")) == 359
    assert "killed" in {row["status"] for row in rows(sqlite_store, "run")}


def test_what_a_person_brings_is_asked_for_by_nobody(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never due, and asked for by name it says so in words; nothing is recorded against it."""
    play(monkeypatch, lambda _: iter(()), name="brought", way=Way.BROUGHT)
    monkeypatch.setattr(stored, "_BROUGHT", ("brought",))
    given = settings(source("b", "brought"))
    stored.sync_sources(sqlite_store, given, now=NOW)
    assert run(sqlite_store, given, sources=None) == {}
    result = run(sqlite_store, given)["b"]
    assert (result.status, result.error and result.error.key) == ("failed", "source_brought")
    assert (rows(sqlite_store, "run"), stored.list_gaps(sqlite_store, since=NOW - HOUR)) == ([], [])


def test_what_a_channel_says_reaches_the_health(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even from a page without posts; several errors stand beside each other; the result knows how far back."""
    filled = Filled(reached=NOW - HOUR, goal=NOW - 2 * HOUR, done=False)
    errors = tuple(CollectError("http_server", host=host, status=500) for host in ("a.example", "b.example"))

    def pages(visit: Visit) -> Iterator[Page]:
        page = Page(candidates=(), cursor={}, unchanged=True)
        yield replace(page, quotas=(Quota(name="calls", used=1, limit=2),), filled=filled, every=3 * HOUR)
        yield replace(page, errors=errors)
        yield replace(page, errors=errors)

    play(monkeypatch, pages)
    given = settings(source("p", "played"))
    result = run(sqlite_store, given)["p"]
    assert (result.status, result.filled) == ("partial", filled)
    (health,) = stored.list_health(sqlite_store, now=NOW)
    assert (health.quotas, health.filled) == ((Quota(name="calls", used=1, limit=2),), filled)
    assert health.error is not None
    assert [error.facts["host"] for error in (health.error, *health.beside)] == ["a.example", "b.example"]
    assert (health.interval, health.interval_reason) == (3 * HOUR, "network")
    assert result.next_attempt_at is not None
    assert result.next_attempt_at >= NOW + 3 * HOUR


def test_a_silent_source_is_asked_more_seldom_until_something_comes(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After weeks without news its interval grows; starting the house anew does not undo that; news does."""
    news: list[Candidate] = []

    def pages(visit: Visit) -> Iterator[Page]:
        yield Page(candidates=tuple(news), cursor={"at": visit.now.isoformat()})

    play(monkeypatch, pages)
    given = settings(source("p", "played"))
    run(sqlite_store, given)
    later = NOW + timedelta(weeks=5)
    planned = run(sqlite_store, given, now=later)["p"].next_attempt_at
    assert planned is not None
    assert planned >= later + 4 * HOUR
    stored.sync_sources(sqlite_store, given, now=later)
    (health,) = stored.list_health(sqlite_store, now=later)
    assert (health.interval, health.interval_reason, health.next_attempt_at) == (4 * HOUR, "quiet", planned)
    news.append(candidate(network="played"))
    run(sqlite_store, given, now=later + 5 * HOUR)
    (health,) = stored.list_health(sqlite_store, now=later)
    assert (health.interval, health.interval_reason) == (HOUR, "configured")


def test_every_page_tells_how_far_it_has_come(sqlite_store: Store) -> None:
    """Whoever waits for a long history hears after each page what is new."""
    heard: list[Progress] = []
    with Server({"*": Timeline(*(status(number) for number in range(1, 101)))}) as server:
        given = settings(source("m", "mastodon", server=server.url("")), allow=(server.address,))
        run(sqlite_store, given, paging=heard.append)
    counts = [progress.new for progress in heard]
    assert (counts[0], counts[-1]) == (40, 100)
    assert counts == sorted(counts)
