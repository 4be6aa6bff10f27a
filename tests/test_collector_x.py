"""X: search within a cap, both spellings of its fields, and what became of posts."""

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
from campaign.errors import CollectError
from campaign.language import LANGUAGES, Language
from campaign.settings import FetchSettings, SourceSettings
from collector.networks import x
from collector.networks.page import Forgetful, Page, Visit
from collector.networks.x_posts import candidate
from conftest import NOW
from faults import FAULTS, Fault
from net.http import Fetcher
from servers import Reply, Request, Server
from storage.store import Store

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DATA = Path(__file__).parent / "data/networks/x"
TAGS = ("hallandväxer", "hallandvaxer")


def source(server: Server, **changes: Any) -> SourceSettings:
    """A source of X that asks the loopback server, with a cap of a thousand posts a month."""
    options = {"posts_per_month": 1000, "api": server.url("")} | changes.pop("options", {})
    return collecting.source("x", "x", token="hemlig-nyckel", every=timedelta(hours=8), **changes, **options)


@contextmanager
def visiting(
    given: SourceSettings, server: Server, cursor: dict[str, Any] | None = None, **changes: Any
) -> Iterator[Visit]:
    """A visit as a run makes it."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        made: dict[str, Any] = {"now": NOW, "session": Forgetful(), "spellings": TAGS} | changes
        yield Visit(source=given, ask=ask, cursor=cursor or {}, **made)


def ask(server: Server, cursor: dict[str, Any] | None = None, **changes: Any) -> list[Page]:
    """Ask once and return all pages."""
    visited = {name: changes.pop(name) for name in ("session", "now") if name in changes}
    with visiting(source(server, **changes), server, cursor, **visited) as visit:
        return list(x.pages(visit))


def post(number: int, **changes: Any) -> dict[str, Any]:
    made = {"id": str(2_050_000_000_000_000_000 + number), "author_id": "1", "text": f"Nummer {number} #hallandväxer"}
    return made | {"created_at": (NOW - timedelta(hours=1)).isoformat(), "lang": "sv"} | changes


class Search:
    """Plays recent search: newest first, ``since_id``, ``next_token``; pages of three."""

    def __init__(self, count: int, size: int = 3) -> None:
        self.posts = [post(number) for number in range(1, count + 1)]
        self.size = size
        self.refuses: dict[str, Reply] = {}

    def __call__(self, request: Request) -> dict[str, Any] | Reply:
        """Answer a search."""
        query = request.query
        for name, reply in self.refuses.items():
            if name in query:
                return reply
        found = [each for each in reversed(self.posts) if int(each["id"]) > int(query.get("since_id", 0))]
        start = int(query.get("next_token", "t0")[1:])
        part = found[start : start + self.size]
        meta: dict[str, Any] = {"result_count": len(part)}
        if part:
            meta |= {"newest_id": part[0]["id"], "oldest_id": part[-1]["id"]}
        if len(found) > start + self.size:
            meta["next_token"] = f"t{start + self.size}"
        return {"data": part, "includes": {"users": [{"id": "1", "name": "Åsa", "username": "asa"}]}, "meta": meta}


def ids(pages: list[Page]) -> list[int]:
    return [int(each.identity) - 2_050_000_000_000_000_000 for page in pages for each in page.candidates]


@pytest.mark.parametrize(
    "name", sorted(path.name[:-5] for path in DATA.glob("*[!d].json") if "expected" not in path.name)
)
def test_recorded_and_made_answers_become_the_expected_records(name: str) -> None:
    """Every post of an answer becomes exactly the record beside it, or none where it must not be taken."""
    answer = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    found = [made for each in answer["data"] if (made := candidate(each, answer)) is not None]
    told = json.loads(json.dumps([asdict(each) for each in found], default=lambda moment: moment.isoformat()))
    assert told == json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))


def test_one_question_asks_for_both_spellings_without_reposts_and_keeps_the_token_out_of_the_address() -> None:
    """The tags are joined by OR; the token travels in its header."""
    with Server({"*": Search(1)}) as server:
        ask(server)
    (request,) = server.requests
    assert request.query["query"] == "(#hallandväxer OR #hallandvaxer) -is:retweet"
    assert request.headers["authorization"] == "Bearer hemlig-nyckel"
    assert "hemlig" not in request.target


def test_pages_are_followed_to_the_end_and_the_next_run_begins_there() -> None:
    """Eight posts on three pages come once; two written since come at the next run, then none."""
    search = Search(8)
    with Server({"*": search}) as server:
        first = ask(server)
        search.posts += [post(9), post(10)]
        second = ask(server, first[-1].cursor)
        third = ask(server, second[-1].cursor)
    assert (sorted(ids(first)), sorted(ids(second)), ids(third)) == (list(range(1, 9)), [9, 10], [])


def test_going_on_from_any_page_misses_nothing() -> None:
    """A run that dies after a page is gone on with at the next one, and what is written meanwhile comes too."""
    search = Search(8)
    with Server({"*": search}) as server:
        pages = ask(server)
        search.posts.append(post(9))
        for number in range(len(pages)):
            rest = ask(server, pages[number].cursor)
            later = ask(server, rest[-1].cursor)
            assert set(ids(pages[: number + 1]) + ids(rest) + ids(later)) == set(range(1, 10))


def test_a_page_that_the_network_forgot_is_begun_anew() -> None:
    """A refused next_token is given up: the search begins at the top again."""
    search = Search(8)
    with Server({"*": search}) as server:
        half = ask(server)[0].cursor
        search.refuses["next_token"] = Reply(status=400, body='{"title": "Invalid Request", "detail": "next_token"}')
        search.size = 100
        assert sorted(ids(ask(server, half))) == list(range(1, 9))


def test_a_source_that_slept_for_too_long_says_what_it_missed() -> None:
    """After eight days search starts at its window, and the day before is a gap."""
    with Server({"*": Search(2)}) as server:
        cursor = ask(server)[-1].cursor
        (page,) = ask(server, cursor, now=NOW + timedelta(days=8))
    (missed,) = page.missed
    assert (missed.from_at, missed.to_at, missed.reason) == (NOW, NOW + timedelta(days=1), "x_window")
    assert "since_id" not in server.requests[-1].query


def test_the_other_names_are_tried_once_and_remembered() -> None:
    """Where the network has renamed its fields, the new names are used from then on."""
    search = Search(1)
    search.refuses["tweet.fields"] = Reply(
        status=400, body='{"errors":[{"message":"The query parameter [tweet.fields] is not one of ..."}]}'
    )
    with Server({"*": search}) as server:
        cursor = ask(server)[-1].cursor
        ask(server, cursor)
    assert ["post.fields" in request.query for request in server.requests] == [False, True, True]


def test_the_months_cap_is_never_passed_and_ends_with_the_month() -> None:
    """With twelve posts allowed, twelve are read; then the run says when it may go on."""
    session = Forgetful()
    with Server({"*": Search(30, size=12)}) as server:
        with visiting(source(server, options={"posts_per_month": 12}), server, session=session) as visit:
            run = x.pages(visit)
            page = next(run)
            with pytest.raises(CollectError) as told:
                next(run)
        assert (page.quotas[0].used, page.quotas[0].limit) == (12, 12)
        assert server.requests[0].query["max_results"] == "12"
        assert (told.value.key, told.value.retry_at and told.value.retry_at.isoformat()) == (
            "x_budget",
            "2026-12-01T00:00:00+00:00",
        )
        december = {"session": session, "now": NOW + timedelta(days=12)}
        with visiting(source(server, options={"posts_per_month": 12}), server, page.cursor, **december) as visit:
            assert next(x.pages(visit)).quotas[0].used == 12


REFUSALS = [
    (401, '{"title":"Unauthorized","status":401}', "x_bad_token"),
    (403, '{"title":"Client Forbidden","reason":"client-not-enrolled"}', "x_no_access"),
    (402, '{"title":"CreditsDepleted","detail":"no credits"}', "x_no_credits"),
    (429, '{"title":"UsageCapExceeded","type":"https://api.x.com/2/problems/usage-capped"}', "x_no_credits"),
    (
        200,
        '{"errors":[{"title":"UsageCapExceeded","type":"https://api.x.com/2/problems/usage-capped"}]}',
        "x_no_credits",
    ),
    (200, '{"errors":[{"detail":"Something new"}]}', "x_refused"),
]


@pytest.mark.parametrize(("status", "body", "key"), REFUSALS)
def test_each_refusal_has_its_own_sentence(status: int, body: str, key: str) -> None:
    """Wrong token, no access, no credits (with status 200 too) are told apart, in both languages."""
    with Server({"*": Reply(status=status, body=body)}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert told.value.key == key
    for code in LANGUAGES:
        assert Language(code, STOCKHOLM).explain(told.value).do


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_faulty_network_is_named_and_nothing_is_lost(fault: Fault) -> None:
    """Each way to fail raises an error with words, and the same cursor goes on once the network is well."""
    search = Search(4)
    with Server({"*": search}) as server:
        half = ask(server)[0].cursor
        server.routes["*"] = fault.make()
        with pytest.raises(CollectError) as told:
            ask(server, half)
        own = fault.refusal and told.value.key.startswith("x_")
        assert own or told.value.key in fault.keys
        assert fault.retry_at is None or told.value.retry_at == fault.retry_at
        server.routes["*"] = search
        assert ids(ask(server, half)) == [1]


def test_what_became_of_posts_is_asked_in_one_question() -> None:
    """One stands edited, one is gone, one is locked away, and of one the network says nothing."""
    answer = {
        "data": [post(12, edit_history_tweet_ids=[post(1)["id"], post(12)["id"]], text="Rättat #hallandväxer")],
        "includes": {"users": [{"id": "1", "username": "asa"}]},
        "errors": [
            {"resource_id": post(2)["id"], "type": "https://api.x.com/2/problems/resource-not-found"},
            {"resource_id": post(3)["id"], "type": "https://api.x.com/2/problems/not-authorized-for-resource"},
            {"resource_id": post(4)["id"], "type": "https://api.x.com/2/problems/operational-disconnect"},
        ],
    }
    latest = {1: 12, 2: 2, 3: 3, 4: 4}
    known = [
        Known(network="x", identity=post(number)["id"], url=f"https://x.com/a/status/{post(last)['id']}", local={})
        for number, last in latest.items()
    ]
    with Server({"*": answer}) as server, visiting(source(server), server) as visit:
        found = {each.identity: each for each in x.recheck(visit, known)}
    told = [found[post(number)["id"]].found if post(number)["id"] in found else None for number in latest]
    assert told == [Found.LIVE, Found.ABSENT, Found.ABSENT, None]
    edited = found[post(1)["id"]].candidate
    assert edited is not None
    assert edited.text == "Rättat #hallandväxer"


def test_a_forecast_stops_at_the_cap() -> None:
    """Fifty posts a week cost three dollars; a cap of a hundred holds it at half of that."""
    with Server({}) as server:
        free = x.forecast(source(server), TAGS, 50)
        capped = x.forecast(source(server, options={"posts_per_month": 100}), TAGS, 50)
    assert (free.calls, free.usd, capped.usd) == (90, 3.21, 1.5)
    assert "x_capped" in capped.notes


def test_a_whole_run_stores_each_post_once(store: Store) -> None:
    """Run by the collector, eight posts are stored; the second run finds nothing new."""
    with Server({"*": Search(8)}) as server:
        given = collecting.settings(source(server), allow=(server.address,))
        first = collecting.run(store, given)["x"]
        second = collecting.run(store, given)["x"]
    assert (first.status, first.new, second.new, len(collecting.posts(store))) == ("ok", 8, 0, 8)


def test_a_page_of_nothing_but_closed_accounts_does_not_end_the_search() -> None:
    """A page without a single post that may be kept leads on to the next one all the same."""
    search = Search(9)
    for each in search.posts[3:6]:
        each["text"] = "RT @annan: #hallandväxer"
    with Server({"*": search}) as server:
        found = ask(server)
    assert ids(found) == [9, 8, 7, 3, 2, 1]


def test_a_search_that_leads_nowhere_ends_before_the_months_cap() -> None:
    """A network that answers every page with the same posts and one more token is not paid for over and over."""
    first = {"data": [post(3), post(2)], "meta": {"newest_id": post(3)["id"], "next_token": "samma"}}
    with Server({"*": first}) as server:
        found = ask(server)
        asked = len(server.requests)
    assert ids(found[:1]) == [3, 2]
    assert asked <= 3
    assert found[-1].cursor["page"] is None


def test_pages_without_any_post_do_not_go_on_for_ever() -> None:
    """Empty pages that each promise another are followed a few times, not without end."""
    numbers = iter(range(10_000))

    def empty(_: Request) -> dict[str, Any]:
        return {"meta": {"result_count": 0, "next_token": f"t{next(numbers)}"}}

    with Server({"*": empty}) as server:
        ask(server)
        assert len(server.requests) < 20


def test_a_forgotten_page_is_not_paid_for_from_the_beginning_of_the_window() -> None:
    """Where only the place in the search is refused, what was read in earlier runs is not asked for again."""
    search = Search(9)
    search.refuses["next_token"] = Reply(status=400, body='{"title": "Invalid Request"}')
    cursor = {"since_id": post(6)["id"], "asked_at": NOW.isoformat(), "page": {"token": "gammal", "newest": "1"}}
    with Server({"*": search}) as server:
        found = ask(server, cursor)
    assert ids(found) == [9, 8, 7]
    assert found[-1].cursor["since_id"] == post(9)["id"]


@pytest.mark.parametrize("meta", [{}, {"newest_id": "skräp"}, {"newest_id": 17}, {"newest_id": "1"}])
def test_where_the_next_run_begins_is_told_by_the_posts_themselves(meta: dict[str, Any]) -> None:
    """An answer without a usable newest id does not make the next run pay for the whole window again."""
    with Server({"*": {"data": [post(1), post(2)], "meta": meta}}) as server:
        found = ask(server)
    assert found[-1].cursor["since_id"] == post(2)["id"]


@pytest.mark.parametrize("price", ["nan", "inf", "-1", "1e999"])
def test_a_price_that_is_none_is_refused(price: str) -> None:
    """A forecast is never told in numbers that mean nothing."""
    with Server({}) as server, pytest.raises(CollectError, match="x_price_bad"):
        x.forecast(source(server, options={"usd_per_post": price}), TAGS, 10.0)


def test_a_foreign_account_name_cannot_change_where_a_post_leads() -> None:
    """What is no account name of X stands in no address."""
    included = {"users": [{"id": "1", "name": "Å", "username": "x/status/1?"}]}
    found = candidate(post(7), {"includes": included})
    assert found is not None
    assert found.url == f"https://x.com/i/status/{post(7)['id']}"
    assert found.author_url == ""
