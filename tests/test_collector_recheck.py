"""Posts asked for again: what their sources say is believed, what nobody can say changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from builders import account, approved
from campaign.collecting import Found, Known, Rechecked
from campaign.errors import CollectError
from campaign.kinds import Way
from campaign.records import Candidate, PostState
from campaign.settings import Settings
from collecting import item, posts, rows, rss, run, settings, source
from collector.networks.page import Page, Visit
from collector.recheck import RecheckResult, recheck
from conftest import NOW
from net.http import Fetcher
from played import play
from servers import Reply, Server
from storage import schema
from storage import sources as stored
from storage.decisions import Action, decide
from storage.store import Actor, Store
from storage.stories import get_stories
from storage.trail import trail

DAY = timedelta(days=1)


def approve_all(store: Store, *, now: datetime = NOW) -> None:
    """Approve every story."""
    person = Actor(kind="person", account_id=account(store))
    for story in rows(store, "story"):
        decide(store, story["id"], Action.APPROVE, by=person, now=now)


def again(store: Store, given: Settings, *, now: datetime, **more: Any) -> list[RecheckResult]:
    """Ask for what is due at a moment."""
    with Fetcher(given.fetch, version="0", clock=lambda: now) as fetcher:
        return recheck(store, fetcher, given, clock=lambda: now, **more)


def states(store: Store) -> list[str]:
    """The states of all posts, oldest post first."""
    return [row["state"] for row in sorted(rows(store, "post"), key=lambda row: row["sort_key"])]


def shown(store: Store) -> int:
    """How many stories the public sees."""
    return len(get_stories(store, [row["id"] for row in rows(store, "story")], public=True))


class Pages:
    """A site with a feed of so many entries, each with a page of its own that can be taken away."""

    def __init__(self, server: Server, number: int) -> None:
        self.server = server
        self.number = number
        entries = [item(each).replace("https://www.example.se", server.url("")) for each in range(1, number + 1)]
        server.routes["/rss"] = rss(*entries)
        self.answer(Reply(body="<p>Nyhet</p>"))

    def answer(self, reply: Reply, *numbers: int) -> None:
        """Answer with this for these pages, or for all."""
        for each in numbers or range(1, self.number + 1):
            self.server.routes[f"/{each}"] = reply


@pytest.fixture
def site() -> Iterator[Pages]:
    """A site with three entries."""
    with Server() as server:
        yield Pages(server, 3)


def collected(store: Store, site: Pages) -> Settings:
    """Collect the site's feed and approve it all."""
    given = settings(source("f", url=site.server.url("/rss")), allow=(site.server.address,))
    run(store, given)
    approve_all(store)
    return given


def test_a_page_taken_away_is_hidden_at_once_and_gone_a_day_later(store: Store, site: Pages) -> None:
    """404 hides the post; the same word a day later makes it gone; each step stands in the trail; never before."""
    given = collected(store, site)
    site.answer(Reply(status=404), 2)
    (first,) = again(store, given, now=NOW)
    assert (first.asked, first.missing, first.gone) == (3, 1, 0)
    assert (states(store), shown(store)) == (["live", "missing", "live"], 2)
    assert again(store, given, now=NOW + timedelta(hours=23)) == []
    (second,) = again(store, given, now=NOW + DAY)
    assert (second.missing, second.gone) == (0, 1)
    assert states(store) == ["live", "gone", "live"]
    (story_id,) = (row["story_id"] for row in rows(store, "post") if row["state"] == "gone")
    assert [line.action for line in trail(store, story_id=story_id)] == ["post_gone", "post_missing", "approve"]
    assert run(store, given, now=NOW + DAY)["f"].new == 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401), Reply(status=403), Reply(status=429, headers={"Retry-After": "60"}), Reply(status=500),
        Reply(status=503), Reply(status=302, headers={"Location": "/"}), Reply(body="<p>Sidan finns inte</p>"),
    ],
    ids=lambda reply: str(reply.status),
)  # fmt: skip
def test_what_is_no_explicit_absence_changes_nothing(sqlite_store: Store, site: Pages, reply: Reply) -> None:
    """A refusal, a server in trouble, a redirect, a page in other words: the post stays, and is asked for tomorrow."""
    given = collected(sqlite_store, site)
    site.server.routes["/"] = "<p>Start</p>"
    site.answer(reply)
    again(sqlite_store, given, now=NOW)
    assert (states(sqlite_store), shown(sqlite_store)) == (["live"] * 3, 3)
    assert {row["recheck_at"] for row in rows(sqlite_store, "post")} == {NOW + DAY}


def test_a_server_that_is_down_is_no_deletion_of_what_is_missing(sqlite_store: Store, site: Pages) -> None:
    """Between the first absence and the second a trouble counts for nothing, however long it lasts."""
    given = collected(sqlite_store, site)
    site.answer(Reply(status=410), 1)
    again(sqlite_store, given, now=NOW)
    site.answer(Reply(status=502), 1)
    for days in range(1, 5):
        again(sqlite_store, given, now=NOW + days * DAY)
    assert states(sqlite_store) == ["live", "live", "missing"]


def test_a_page_that_answers_again_is_shown_again(store: Store, site: Pages) -> None:
    """Its own address has to answer: not a redirect to the front page."""
    given = collected(store, site)
    site.answer(Reply(status=404), 3)
    again(store, given, now=NOW)
    site.server.routes["/"] = "<p>Start</p>"
    site.answer(Reply(status=301, headers={"Location": "/"}), 3)
    again(store, given, now=NOW + DAY)
    assert states(store) == ["missing", "live", "live"]
    site.answer(Reply(body="<p>Nyhet</p>" * 9000), 3)
    (back,) = again(store, given, now=NOW + 2 * DAY)
    assert (back.back, states(store), shown(store)) == (1, ["live"] * 3, 3)


def test_a_host_that_is_silent_is_asked_once(sqlite_store: Store, site: Pages) -> None:
    """After the first trouble the others of the host wait until tomorrow."""
    given = collected(sqlite_store, site)
    site.answer(Reply(status=500))
    before = len(site.server.requests)
    (result,) = again(sqlite_store, given, now=NOW)
    assert (len(site.server.requests) - before, result.unknown) == (1, 3)


def test_stopping_leaves_the_rest_due(sqlite_store: Store, site: Pages) -> None:
    """What was answered is kept; what was not asked is asked at the next look."""
    given = collected(sqlite_store, site)
    asked = iter([False, True])
    (result,) = again(sqlite_store, given, now=NOW, stopping=lambda: next(asked, True))
    assert result.asked == 1
    (rest,) = again(sqlite_store, given, now=NOW)
    assert rest.asked == 2


class Played:
    """A network that answers what it is told to, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, candidates: Sequence[Candidate], **changes: Any) -> None:
        self.found: dict[str, Rechecked] = {}
        self.otherwise = Found.LIVE
        self.asked: list[list[Known]] = []
        self.tokens: list[str] = []
        self.error: CollectError | None = None
        self.candidates = tuple(candidates)
        play(monkeypatch, self.pages, recheck=self.recheck, **changes)

    def collected(self, store: Store) -> Settings:
        """Collect and approve its posts."""
        given = settings(source("p", "played", token="hemlig"))
        run(store, given)
        approve_all(store)
        return given

    def pages(self, visit: Visit) -> Iterator[Page]:
        """Yield all at once."""
        assert visit.cursor == {}
        yield Page(candidates=self.candidates, cursor={})

    def recheck(self, visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
        """Answer one by one."""
        self.asked.append(list(known))
        self.tokens.append(visit.source.token)
        for post in known:
            if self.error is not None:
                raise self.error
            yield self.found.get(post.identity, Rechecked(identity=post.identity, found=self.otherwise))


def made(number: int, **changes: Any) -> Candidate:
    """A post of the played network."""
    given: dict[str, Any] = {
        "network": "played",
        "identity": f"n{number}",
        "url": f"https://example.se/{number}",
        "published_at": NOW - number * DAY,
        "text": f"Inlägg {number} #hallandväxer",
        "local": (("example.se", str(number)),),
    }
    return Candidate(**(given | changes))


def playing(monkeypatch: pytest.MonkeyPatch, store: Store, number: int = 3) -> tuple[Played, Settings]:
    """A played network whose posts are collected and approved."""
    network = Played(monkeypatch, [made(each) for each in range(1, number + 1)])
    return network, network.collected(store)


def test_a_network_is_asked_in_its_own_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets the posts with all their names, and the token of the source that collected them."""
    network, given = playing(monkeypatch, store, 1)
    again(store, given, now=NOW)
    assert network.asked == [
        [Known(network="played", identity="n1", url="https://example.se/1", local={"example.se": "1"})]
    ]
    assert network.tokens == ["hemlig"]


def test_an_explicit_deletion_is_believed_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network's own word needs no second one."""
    network, given = playing(monkeypatch, store)
    network.found["n2"] = Rechecked(identity="n2", found=Found.DELETED)
    again(store, given, now=NOW)
    assert (states(store), shown(store)) == (["live", "gone", "live"], 2)


def test_an_edit_found_by_asking_again_waits_as_a_version(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The approved words stay public, the new ones wait for a person."""
    network, given = playing(monkeypatch, store, 1)
    edited = made(1, text="Ändrat #hallandväxer")
    network.found["n1"] = Rechecked(identity="n1", found=Found.LIVE, candidate=edited)
    again(store, given, now=NOW)
    (story,) = rows(store, "story")
    assert story["waiting"] is True
    (public,) = get_stories(store, [story["id"]], public=True)
    assert public.lead.text == "Inlägg 1 #hallandväxer"
    assert [row.text for row in posts(store)] == ["Ändrat #hallandväxer"]


def test_a_missing_post_that_is_found_changed_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands again, but nothing of it is public before somebody has seen the new words; unchanged it is at once."""
    network, given = playing(monkeypatch, store, 2)
    network.found = {name: Rechecked(identity=name, found=Found.ABSENT) for name in ("n1", "n2")}
    again(store, given, now=NOW)
    assert shown(store) == 0
    network.found = {
        "n1": Rechecked(identity="n1", found=Found.LIVE, candidate=made(1)),
        "n2": Rechecked(identity="n2", found=Found.LIVE, candidate=made(2, text="Ändrat #hallandväxer")),
    }
    again(store, given, now=NOW + DAY)
    assert (states(store), shown(store)) == (["live", "live"], 1)


def test_all_missing_at_once_is_not_believed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of five absent, and no post that surely stands: held back and told, until a witness stands."""
    network, given = playing(monkeypatch, store, 5)
    network.otherwise = Found.ABSENT
    (result,) = again(store, given, now=NOW)
    assert (result.held, result.missing, states(store)) == (5, 0, ["live"] * 5)
    network.candidates = (made(6),)
    run(store, given, now=NOW + timedelta(hours=1))
    network.found["n6"] = Rechecked(identity="n6", found=Found.LIVE)
    (believed,) = again(store, given, now=NOW + DAY)
    assert (believed.held, believed.missing) == (0, 5)


def test_what_is_not_known_for_certain_is_asked_again_tomorrow(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal half way, answers about other posts, a fault of ours: what was said stands, the rest stays live."""
    network, given = playing(monkeypatch, store)
    network.error = CollectError("http_forbidden", host="example.se")
    (result,) = again(store, given, now=NOW)
    assert (result.unknown, result.error and result.error.key) == (3, "http_forbidden")
    network.error = None
    network.found = {f"n{number}": Rechecked(identity="annan", found=Found.DELETED) for number in (1, 2, 3)}
    (result,) = again(store, given, now=NOW + DAY)
    assert (result.unknown, states(store)) == (3, ["live"] * 3)


def test_the_schedule_is_daily_then_weekly_then_monthly(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from when the post became public: thirty days, a year, after that."""
    network, given = playing(monkeypatch, sqlite_store, 1)
    moment, days = NOW, []
    while moment < NOW + 500 * DAY:
        again(sqlite_store, given, now=moment)
        (row,) = rows(sqlite_store, "post")
        days.append((row["recheck_at"] - moment).days)
        moment = row["recheck_at"]
    assert (days.count(1), days.count(7), days.count(30)) == (30, 48, 5)
    assert len(network.asked) == len(days)


def test_only_what_is_public_is_asked_for(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was merely collected waits for its approval; what a person wrote, without an address, is nobody's to ask."""
    network = Played(monkeypatch, [made(1)])
    given = settings(source("p", "played"))
    run(sqlite_store, given)
    approved(sqlite_store, url="")
    assert again(sqlite_store, given, now=NOW) == []
    assert network.asked == []


def test_a_source_that_is_no_longer_configured_is_not_asked(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its posts stay as they are, and do not hold up the others."""
    network, given = playing(monkeypatch, sqlite_store, 1)
    stored.sync_sources(sqlite_store, replace(given, sources={}), now=NOW)
    (result,) = again(sqlite_store, replace(given, sources={}), now=NOW)
    assert (result.unknown, states(sqlite_store), network.asked) == (1, [PostState.LIVE], [])
    assert rows(sqlite_store, "post")[0]["recheck_at"] == NOW + 30 * DAY


def test_a_pasted_page_is_looked_up_though_it_has_no_source(sqlite_store: Store, site: Pages) -> None:
    """What a person brought from the web is hidden like all else when its page is taken away."""
    given = collected(sqlite_store, site)
    approved(sqlite_store, network="instagram", identity="brought", url=site.server.url("/2"))
    again(sqlite_store, given, now=NOW)
    site.answer(Reply(status=410), 2)
    again(sqlite_store, given, now=NOW + DAY)
    (brought,) = (row for row in rows(sqlite_store, "post") if row["identity"] == "brought")
    assert (brought["state"], brought["source_id"]) == ("missing", None)


def test_what_came_in_a_file_is_asked_for_nowhere(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be asked about an archive that somebody handed in; it does not hold up the others."""
    network, given = playing(monkeypatch, sqlite_store, 1)
    play(monkeypatch, network.pages, way=Way.BROUGHT)
    (result,) = again(sqlite_store, given, now=NOW)
    assert (result.unknown, network.asked, states(sqlite_store)) == (1, [], ["live"])
    assert again(sqlite_store, given, now=NOW + 29 * DAY) == []


def test_what_came_through_the_stream_is_asked_for_at_its_network(sqlite_store: Store) -> None:
    """A stream can be asked nothing: Bluesky itself is, for every post that its stream brought."""
    uris = [f"at://did:plc:anna/app.bsky.feed.post/{number}" for number in (1, 2)]
    author = {"did": "did:plc:anna", "handle": "anna.example.se"}
    record = {"$type": "app.bsky.feed.post", "text": "#hallandväxer", "createdAt": "2026-11-01T12:00:00Z"}
    view = {"uri": uris[0], "cid": "c", "author": author, "record": record, "indexedAt": "2026-11-01T12:00:00Z"}
    with Server({"*": {"posts": [view]}}) as server:
        given = settings(source("j", "jetstream", api=server.url("")), allow=(server.address,))
        stored.sync_sources(sqlite_store, given, now=NOW)
        for uri in uris:
            approved(sqlite_store, network="bluesky", identity=uri)
        with sqlite_store.write() as connection:
            connection.execute(update(schema.post).values(source_id="j"))
        (result,) = again(sqlite_store, given, now=NOW)
    assert (result.asked, result.missing, result.unknown) == (2, 1, 0)
    assert {row["identity"]: row["state"] for row in rows(sqlite_store, "post")} == {
        uris[0]: "live",
        uris[1]: "missing",
    }
