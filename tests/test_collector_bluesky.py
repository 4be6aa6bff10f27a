"""Bluesky: search with a kept login, named accounts without one, posts and their offsets, what became of posts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import collecting
from campaign.collecting import Found, Known
from campaign.errors import CollectError, Fact
from campaign.language import LANGUAGES, Language
from campaign.records import Candidate
from campaign.settings import FetchSettings, SourceSettings
from collector.networks import atproto, bluesky
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from net.http import Fetcher
from servers import Reply, Request, Server
from skies import ANNA, BO, Bluesky, moment, refusal, uri, view
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/bluesky"
TAGS = ("hallandväxer", "hallandvaxer")
PASSWORD = "rätt-lösen-ord1"


def source(address: str, **changes: Any) -> SourceSettings:
    """A source of Bluesky that asks the loopback server with the right password."""
    made = {"identifier": "anna.example.se", "api": address, "token": PASSWORD, "every": timedelta(minutes=30)}
    return collecting.source("bsky", "bluesky", **(made | changes))


@contextmanager
def visiting(given: SourceSettings, *servers: Server, **changes: Any) -> Iterator[Visit]:
    """A visit as a run makes it."""
    allow = tuple(each.address for each in servers)
    settings = FetchSettings(allow=allow, per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        made: dict[str, Any] = {"now": NOW, "session": Forgetful(), "spellings": TAGS, "cursor": {}} | changes
        yield Visit(source=given, ask=ask, **made)


def ask(server: Server, *more: Server, options: dict[str, Any] | None = None, **changes: Any) -> list[Page]:
    """Ask once and return all pages."""
    with visiting(source(server.url(""), **(options or {})), server, *more, **changes) as visit:
        return list(bluesky.pages(visit))


def names(pages: list[Page]) -> list[str]:
    """The names of all candidates, in the order they came."""
    return [candidate.identity for page in pages for candidate in page.candidates]


def failure(server: Server, **changes: Any) -> CollectError:
    """The error in which asking ends."""
    with pytest.raises(CollectError) as caught:
        ask(server, **changes)
    return caught.value


# Posts


@pytest.mark.parametrize("path", sorted(DATA.glob("*.expected.json")), ids=lambda path: path.name.split(".")[0])
def test_answers(path: Path) -> None:
    """Each recorded or made answer becomes the records beside it."""
    answer = json.loads(path.with_name(path.name.replace(".expected", "")).read_text(encoding="utf-8"))
    found = [asdict(each) for each in map(atproto.from_view, answer["posts"]) if each]
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found, default=str)) == expected


def read(**changes: Any) -> Candidate:
    """A post with one thing changed, read."""
    found = atproto.from_view(view(1, **changes))
    assert found is not None
    return found


def test_offsets_count_bytes() -> None:
    """A facet's offsets count UTF-8 bytes, so that letters before it do not move its link."""
    text = "Åäö 🌱 se mer #hallandväxer"
    start = text.encode().index(b"#")
    tag = {"$type": "app.bsky.richtext.facet#tag", "tag": "hallandväxer"}
    facets = [{"index": {"byteStart": start, "byteEnd": start + 14}, "features": [tag]}]
    found = read(text=text, record={"facets": facets})
    assert (found.text, found.tags) == (text, ("hallandväxer",))
    assert 'mer <a href="https://bsky.app/hashtag/hallandv%C3%A4xer"' in found.html
    assert ">#hallandväxer</a>" in found.html


@pytest.mark.parametrize(
    "index",
    [
        {"byteStart": 1, "byteEnd": 3},
        {"byteStart": 5, "byteEnd": 2},
        {"byteStart": -3, "byteEnd": 4},
        {"byteStart": 0, "byteEnd": 10**9},
        {"byteStart": 0.5, "byteEnd": "4"},
        {"byteStart": True, "byteEnd": 4},
        None,
        [],
    ],
)
def test_broken_offsets(index: Any) -> None:
    """A facet whose offsets cut a letter, run backwards or out of the text loses its link; every word stays."""
    facet = {"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.se/"}]}
    found = read(text="ååå växer", record={"facets": [facet, None, 7, {"features": 3}]})
    assert (found.text, found.html) == ("ååå växer", "<p>ååå växer</p>")


def test_hostile_facets() -> None:
    """Nothing in a text or a facet becomes anything but text and safe links; overlapping facets lose the later."""
    features = [
        {"$type": "x#link", "uri": "javascript:alert(1)"},
        {"$type": "x#link", "uri": 'https://a.se/"><script>'},
    ]
    facets = [
        {"index": {"byteStart": 0, "byteEnd": 6}, "features": features},
        {"index": {"byteStart": 3, "byteEnd": 9}, "features": [{"$type": "x#mention", "did": f'{BO}"onclick=x'}]},
        {"index": {"byteStart": 10, "byteEnd": 12}, "features": [{"$type": "x#mention", "did": BO}]},
    ]
    found = read(text="<b>x</b> @bo &amp; \ud800", record={"facets": facets})
    assert found.text == "<b>x</b> @bo &amp;"
    assert not any(bad in found.html for bad in ("<script", "javascript", "<b>", "onclick="))
    assert found.html.count("<a ") == 2
    assert f'href="https://bsky.app/profile/{BO}"' in found.html


def test_tags_outside_the_text() -> None:
    """Tags of the record count beside those of facets, without #, each once."""
    assert read(text="Vi växer", record={"tags": ["#HallandVäxer", "HallandVäxer", 7, None]}).tags == ("HallandVäxer",)


def test_time_is_the_earlier() -> None:
    """A post is as old as the earlier of its own word and the index's, and neither needs to make sense."""
    assert read(record={"createdAt": "2031-01-01T00:00:00Z"}).published_at == moment(1)
    assert read(record={"createdAt": "1999-12-31T23:00:00+01:00"}).published_at.year == 1999  # type: ignore[union-attr]
    assert read(record={"createdAt": "0001-01-01T00:00:00+14:00"}).published_at == moment(1)
    assert read(record={"createdAt": None}, indexedAt=7).published_at is None


def test_permalink_never_breaks() -> None:
    """Links use the account's permanent name, which no change of handle breaks."""
    found = read(author={"handle": "handle.invalid", "displayName": ""})
    assert (found.url, found.author_url) == (
        f"https://bsky.app/profile/{ANNA}/post/3k00001",
        f"https://bsky.app/profile/{ANNA}",
    )
    assert (found.author_handle, found.author_name) == ("", "")


def test_labels() -> None:
    """Labels of moderation or the author's own warn; one that was taken back does not; a hidden post is none."""
    assert read(labels=[{"val": "nudity"}]).warning == "nudity"
    assert read(record={"labels": {"values": [{"val": "graphic-media"}]}}).sensitive
    assert not read(labels=[{"val": "porn", "neg": True}]).sensitive
    assert atproto.from_view(view(1, labels=[{"val": "!takedown"}])) is None


def test_members_only() -> None:
    """An author who wants to be seen by members only is marked as such."""
    assert read(author={"labels": [{"val": "!no-unauthenticated"}]}).members_only
    assert not read().members_only


@pytest.mark.parametrize(
    "odd",
    [None, 7, [], {}, {"uri": 7}, {"uri": "at://x/app.bsky.feed.post/1"}, {"uri": uri(1), "record": {"text": 7}}],
)
def test_odd_posts(odd: Any) -> None:
    """What is no post is none, whatever it is."""
    assert atproto.from_view(odd) is None


def test_wrong_types_everywhere() -> None:
    """A post whose every field has the wrong type is still read as far as it goes."""
    record = {"text": "#hallandväxer", "facets": 7, "tags": {}, "langs": "sv", "embed": [1], "labels": "x", "reply": 3}
    odd = {
        "uri": uri(1),
        "record": record,
        "author": [1],
        "embed": {"images": [3, {"fullsize": {}}]},
        "labels": {"a": 1},
    }
    found = atproto.from_view(odd)
    assert found is not None
    assert (found.text, found.media, found.author_name) == ("#hallandväxer", (), "")


def test_record_and_view_agree() -> None:
    """A picture in the stream's record has the address under which the view shows it, so that it is one picture."""
    answer = json.loads((DATA / "thread.json").read_text(encoding="utf-8"))["posts"][0]
    shown = atproto.from_view(answer)
    bare = atproto.from_record(
        answer["author"]["did"], answer["uri"].rpartition("/")[2], answer["record"], seen_at=None
    )
    assert shown is not None
    assert bare is not None
    assert (shown.media, shown.html, shown.identity) == (bare.media, bare.html, bare.identity)


# Search


def test_search_to_the_end() -> None:
    """Every spelling is searched, page after page until no cursor comes, and the next run finds nothing new."""
    network = Bluesky(*(view(number) for number in range(35)), view(99, text="vi #hallandvaxer"))
    with Server(network.routes()) as server:
        pages = ask(server)
        assert sorted(set(names(pages))) == sorted(each["uri"] for each in network.views)
        filled = pages[-1].filled
        assert filled is not None
        assert (filled.done, filled.reached, filled.goal) == (True, NOW - timedelta(days=30), NOW - timedelta(days=30))
        again = ask(server, cursor=pages[-1].cursor)
    asked = [request.query for request in server.requests if "since" in request.query]
    assert asked[0]["since"] == "2026-10-21T12:00:00.000Z"
    assert (asked[0]["limit"], asked[0]["sort"]) == ("100", "latest")
    newest = (moment(34) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert newest in {query["since"] for query in asked}
    assert set(names(again)) <= set(names(pages))
    assert again[-1].cursor == pages[-1].cursor


@pytest.mark.parametrize("stop", range(6))
def test_going_on_from_any_page(stop: int) -> None:
    """A run that ends after any page is gone on with by the next, which misses nothing, new posts included."""
    network = Bluesky(*(view(number) for number in range(45)))
    with Server(network.routes()) as server:
        pages = ask(server)[: stop + 1]
        network.views += [view(number) for number in range(45, 52)]
        later = ask(server, cursor=json.loads(json.dumps(pages[-1].cursor)))
        found = {*names(pages), *names(later)}
        assert found == {each["uri"] for each in network.views}
        assert later[-1].filled is not None
        assert later[-1].filled.done


def test_long_history_takes_several_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one run cannot read waits for the next, which also has what is new, and the way left is told."""
    monkeypatch.setattr(bluesky, "MOST_PAGES", 2)
    network = Bluesky(*(view(number * 200) for number in range(45)))
    cursor: dict[str, Any] = {}
    found: set[str] = set()
    with Server(network.routes()) as server:
        for run in range(12):
            network.views.append(view(9001 + run))
            pages = ask(server, cursor=cursor, spellings=TAGS[:1])
            cursor = json.loads(json.dumps(pages[-1].cursor))
            found |= set(names(pages))
            assert uri(9001 + run) in found
            assert pages[-1].filled is not None
            if pages[-1].filled.done:
                break
    assert found == {each["uri"] for each in network.views}
    assert 1 < run < 11


def test_ignored_parameters() -> None:
    """A network that takes since and until and does not care ends all the same, and gives nothing from before."""
    network = Bluesky(*(view(number) for number in range(30)), view(-40 * 1440))
    network.ignores = frozenset({"since", "until"})
    with Server(network.routes()) as server:
        pages = ask(server)
        assert uri(-40 * 1440) not in names(pages)
        later = ask(server, cursor=pages[1].cursor)
    assert {*names(pages[:2]), *names(later)} == {uri(number) for number in range(30)}


def test_a_cursor_that_never_ends() -> None:
    """A network that gives the same cursor for ever is not asked for ever."""
    network = Bluesky()
    network.refuses["searchPosts"] = {"posts": [view(1)], "cursor": "samma"}
    with Server(network.routes()) as server:
        assert set(names(ask(server))) == {uri(1)}
        assert len(server.requests) < 10


def test_odd_element_keeps_its_page() -> None:
    """An odd element of a page costs none of the others."""
    network = Bluesky()
    network.refuses["searchPosts"] = {"posts": [None, 7, {"uri": []}, view(1), {"record": 3}]}
    with Server(network.routes()) as server:
        assert set(names(ask(server))) == {uri(1)}


def test_same_cid_is_two_posts() -> None:
    """Two posts with the same CID are two posts."""
    network = Bluesky(view(1, cid="same"), view(1, cid="same", author={"did": BO}))
    with Server(network.routes()) as server:
        assert set(names(ask(server))) == {uri(1), uri(1, BO)}


# The login


def test_one_login_for_many_runs() -> None:
    """The login is kept between runs: twenty polls log in once."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        for _ in range(20):
            ask(server, session=session)
        assert (network.logins, network.renewals) == (1, 0)


def test_expired_token_is_renewed() -> None:
    """A token that has run out is renewed without the password, and the renewed pair is kept at once."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        for _ in range(3):
            assert names(ask(server, session=session))
            network.expire()
        assert (network.logins, network.renewals) == (1, 2)
        assert session.values["refreshJwt"] == network.refresh


def test_renewed_pair_is_kept_before_it_is_used() -> None:
    """A run that dies right after renewing has kept the pair, which could be had only once."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        ask(server, session=session)
        network.expire()
        kept: list[str] = []

        def dies(request: Request) -> Any:
            kept.append(session.values["refreshJwt"])
            return (
                refusal(400, "ExpiredToken")
                if request.headers["authorization"] == "Bearer access-1"
                else Reply(status=500)
            )

        network.refuses["searchPosts"] = dies
        failure(server, session=session)
        assert kept == ["refresh-1", "refresh-2"]


def test_another_run_renewed_meanwhile() -> None:
    """A run that meets an expired token takes the pair that another run has kept, and does not log in."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        ask(server, session=session)
        stale = dict(session.values)
        network.expire()
        ask(server, session=session)

        class Late(Forgetful):
            """A session that is read before the other run wrote it."""

            reads = 0

            def get(self) -> dict[str, str]:
                self.reads += 1
                return dict(stale) if self.reads == 1 else session.get()

        assert names(ask(server, session=Late()))
        assert (network.logins, network.renewals) == (1, 1)


def test_spent_refresh_token_logs_in_anew() -> None:
    """When both tokens are spent the password is used, once."""
    network, session = Bluesky(view(1)), Forgetful()
    with Server(network.routes()) as server:
        ask(server, session=session)
        network.expire()
        network.refresh = "revoked"
        assert names(ask(server, session=session))
        assert network.logins == 2


def test_calls_go_to_the_accounts_own_server() -> None:
    """Search goes to the server that the login names; the entry is only logged in to."""
    entry, home = Bluesky(), Bluesky(view(1))
    with Server(home.routes()) as pds, Server(entry.routes()) as server:
        entry.pds = pds.url("")

        def search(request: Request) -> Any:
            home.access = entry.access
            return home._searchPosts(request)

        home.refuses["searchPosts"] = search
        assert names(ask(server, pds))
        assert (entry.searches, entry.logins, home.logins) == (0, 1, 0)


def test_refused_password_is_not_tried_again() -> None:
    """A refused password is an error that waits for a person, and the same one is not even sent again."""
    network, session = Bluesky(view(1)), Forgetful()
    wrong = {"token": "fel"}
    with Server(network.routes()) as server:
        for _ in range(3):
            error = failure(server, options=wrong, session=session)
            assert (error.key, error.permanent) == ("bluesky_bad_password", True)
        assert network.logins == 1
        assert names(ask(server, session=session))
        assert network.logins == 2


def test_settings_that_cannot_log_in() -> None:
    """A bare user name, a missing password and a missing name are told before anything is sent."""
    with Server({}) as server:
        for options, key in (
            ({"identifier": "anna"}, "bluesky_bare_name"),
            ({"token": ""}, "bluesky_no_password"),
            ({"identifier": ""}, "bluesky_no_account_name"),
        ):
            error = failure(server, options=options)
            assert (error.key, error.permanent) == (key, True)
        assert server.requests == []


LIMITED = refusal(429, "RateLimitExceeded", **{"RateLimit-Reset": str(int(NOW.timestamp()) + 900)})


@pytest.mark.parametrize(
    ("reply", "key", "permanent"),
    [
        (refusal(401, "AuthFactorTokenRequired", "A sign in code has been sent"), "bluesky_two_factor", True),
        (refusal(401, "AccountTakedown", "Account has been taken down"), "bluesky_closed", True),
        (
            refusal(429, "RateLimitExceeded", **{"RateLimit-Reset": str(int(NOW.timestamp()) + 900)}),
            "http_too_many",
            False,
        ),
        (Reply(status=403, body="<html>no</html>"), "bluesky_refused", False),
        (Reply(status=502, body="bad"), "http_server", False),
        ({"accessJwt": 7}, "bluesky_odd", False),
        ({"accessJwt": "a", "refreshJwt": "b", "did": ANNA, "active": False}, "bluesky_closed", True),
    ],
)
def test_refused_logins(reply: Any, key: str, permanent: bool) -> None:
    """Each way to refuse a login has its own sentence; a limit says when to come back; none costs the password."""
    network, session = Bluesky(), Forgetful()
    network.refuses["createSession"] = reply
    with Server(network.routes()) as server:
        error = failure(server, session=session)
    assert (error.key, error.permanent) == (key, permanent)
    assert error.retry_at == (NOW + timedelta(minutes=15) if key == "http_too_many" else None)
    assert session.values == {}


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        (Reply(status=403, body="<html>no</html>"), "bluesky_refused"),
        (refusal(400, "BadQueryString", "bad q"), "bluesky_bad_query"),
        (refusal(401, "AuthMissing", "Authentication Required"), "bluesky_login_needed"),
        (refusal(400, "AccountTakedown"), "bluesky_closed"),
        (refusal(400, "InvalidRequest", "Search v2 is not enabled"), "bluesky_bad_query"),
        ({"hitsTotal": 3}, "bluesky_odd"),
        ({"posts": {"a": 1}}, "bluesky_odd"),
    ],
)
def test_refused_searches(reply: Any, key: str) -> None:
    """Each refusal that the network has for a search is its own sentence."""
    network = Bluesky()
    network.refuses["searchPosts"] = reply
    with Server(network.routes()) as server:
        assert failure(server).key == key


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_faults(fault: Fault) -> None:
    """However the network fails, the error has a name, waits as told, and leaves login and cursor as they were."""
    network, session = Bluesky(*(view(number) for number in range(15))), Forgetful()
    with Server(network.routes()) as server:
        pages = ask(server, session=session)
        kept = dict(session.values)
        network.refuses["searchPosts"] = fault.make()
        network.refuses["refreshSession"] = fault.make()
        error = failure(server, session=session, cursor=pages[0].cursor)
        del network.refuses["searchPosts"], network.refuses["refreshSession"]
        assert error.key in fault.keys or (fault.refusal and error.key.startswith("bluesky_"))
        assert error.retry_at == fault.retry_at
        assert session.values == kept
        assert {*names(pages[:1]), *names(ask(server, session=session, cursor=pages[0].cursor))} == set(names(pages))
        assert PASSWORD not in repr(error)


def test_fault_in_the_middle_keeps_what_came() -> None:
    """A network that fails at the second page has given the first, and the rest comes next time."""
    network, session = Bluesky(*(view(number) for number in range(15))), Forgetful()
    with Server(network.routes()) as server:
        real = network._searchPosts
        network.refuses["searchPosts"] = lambda request: (
            Reply(status=500) if "cursor" in request.query else real(request)
        )
        pages = ask(server, session=session)
        assert [error.key for error in pages[-1].errors] == ["http_server"]
        del network.refuses["searchPosts"]
        later = ask(server, session=session, cursor=pages[-1].cursor)
    assert {*names(pages), *names(later)} == {uri(number) for number in range(15)}


def test_a_network_that_wants_to_be_left_alone() -> None:
    """Until the moment that the network named it is not asked again, and then it goes on where it ended."""
    network = Bluesky(*(view(number) for number in range(15)))
    with Server(network.routes()) as server:
        real = network._searchPosts
        network.refuses["searchPosts"] = lambda request: LIMITED if "cursor" in request.query else real(request)
        pages = ask(server)
        assert pages[-1].errors[0].key == "http_too_many"
        del network.refuses["searchPosts"]
        searches = network.searches
        error = failure(server, cursor=pages[-1].cursor, spellings=TAGS[:1])
        assert (error.key, error.retry_at) == ("server_waits", NOW + timedelta(minutes=15))
        assert network.searches == searches
        later = ask(server, cursor=pages[-1].cursor, now=NOW + timedelta(minutes=16))
    assert {*names(pages), *names(later)} == {uri(number) for number in range(15)}


def test_allowance_is_told() -> None:
    """What the network says about how much may still be asked is passed on."""
    network = Bluesky(view(1))
    reset = int(NOW.timestamp()) + 60
    network.headers = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "2990", "RateLimit-Reset": str(reset)}
    with Server(network.routes()) as server:
        quota = ask(server)[-1].quotas[0]
    assert (quota.used, quota.limit, quota.resets_at) == (10, 3000, NOW + timedelta(seconds=60))


# Accounts


def test_named_accounts_need_no_login() -> None:
    """Named accounts are read to the end without a login; what they pass on or have pinned is left out."""
    passed = view(50, author={"did": BO, "handle": "anna.example.se"}, _item={"reason": {"$type": "x#reasonRepost"}})
    network = Bluesky(*(view(number) for number in range(25)), passed, view(-60 * 1440))
    options = {"identifier": "", "token": "", "accounts": ("@anna.example.se", "anna.example.se")}
    with Server(network.routes()) as server:
        pages = ask(server, options=options)
        assert sorted(names(pages)) == [uri(number) for number in range(25)]
        assert all(request.headers["authorization"] is None for request in server.requests)
        for stop in range(len(pages) - 1):
            later = ask(server, options=options, cursor=json.loads(json.dumps(pages[stop].cursor)))
            assert {*names(pages[: stop + 1]), *names(later)} == set(names(pages))


def test_unknown_account_is_told_by_name() -> None:
    """An account that does not exist is named, and keeps no other one away."""
    network = Bluesky(view(1))
    options = {"identifier": "", "token": "", "accounts": ("borta.example.se", "anna.example.se")}
    with Server(network.routes()) as server:
        pages = ask(server, options=options)
    assert names(pages) == [uri(1)]
    assert pages[-1].errors[0].facts["account"] == "borta.example.se"


# What became of posts


def recheck(server: Server, *uris: str) -> dict[str, Found]:
    """Ask what became of posts."""
    known = [Known(network="bluesky", identity=each, url="", local={}) for each in uris]
    with visiting(source(server.url(""), identifier="", token=""), server) as visit:
        return {each.identity: each.found for each in bluesky.recheck(visit, known)}


def test_recheck() -> None:
    """Posts are asked for 25 at a time, without a login; the one that is left out is absent."""
    network = Bluesky(*(view(number) for number in range(60)))
    with Server(network.routes()) as server:
        found = recheck(server, *(uri(number) for number in range(61)))
        assert [found[uri(60)], found[uri(59)]] == [Found.ABSENT, Found.LIVE]
        assert len(server.requests) == 3


def test_recheck_believes_no_empty_network() -> None:
    """A network that suddenly knows nobody is no witness; one that still knows the author is."""
    network = Bluesky()
    with Server(network.routes()) as server:
        assert recheck(server, uri(1)) == {uri(1): Found.ABSENT}
        network.refuses["getProfile"] = Reply(status=502, body="oops")
        assert recheck(server, uri(1)) == {uri(1): Found.UNKNOWN}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_recheck_faults(fault: Fault) -> None:
    """A network that fails says nothing about any post, and no deletion comes of it."""
    network = Bluesky(view(1))
    network.refuses["getPosts"] = fault.make()
    with Server(network.routes()) as server:
        assert recheck(server, uri(1), "https://example.se/x") == {
            uri(1): Found.UNKNOWN,
            "https://example.se/x": Found.UNKNOWN,
        }


# Together with the house


def test_collected_twice(store: Store) -> None:
    """A real run stores every post once; the second finds nothing new, and both log in once together."""
    network = Bluesky(*(view(number) for number in range(25)), view(99, text="bara #hallandvaxerinte"))
    with Server(network.routes()) as server:
        given = collecting.settings(source(server.url("")), allow=(server.address,))
        first = collecting.run(store, given)["bsky"]
        second = collecting.run(store, given, now=NOW + timedelta(hours=1))["bsky"]
    assert (first.status, first.new, second.status, second.new, second.revised) == ("ok", 25, "ok", 0, 0)
    assert network.logins == 1


def test_forecast() -> None:
    """A forecast counts the askings of a month and says that the network wants modest use."""
    told = bluesky.forecast(source("", accounts=("a.example.se",)), TAGS, 700)
    assert (told.calls, told.usd, told.notes) == (1440 * 3 + 1440, None, ("bluesky_modest",))


OWN_ERRORS = (
    *("no_password", "no_account_name", "bare_name", "bad_password", "two_factor", "closed"),
    *("refused", "login_needed", "bad_query", "no_such_account", "odd"),
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_error_has_three_sentences(code: str) -> None:
    """Every refusal of this network says what failed, whether waiting helps, and what to do."""
    language = Language(code, ZoneInfo("Europe/Stockholm"))
    facts: dict[str, Fact] = {"host": "h", "source": "s", "identifier": "i", "status": 403, "said": "s", "account": "a"}
    for key in OWN_ERRORS:
        for part in ("what", "wait", "do"):
            assert language.t(f"error.bluesky_{key}.{part}", **facts)
