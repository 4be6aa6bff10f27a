"""What became of stored posts: batches, one by one, whose word counts, and what is no word at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

import collecting
from builders import account
from campaign.collecting import Found, Known, Rechecked
from campaign.settings import Settings
from collecting import status
from collector import recheck as collector_recheck
from collector.networks import mastodon
from conftest import NOW
from faults import FAULTS, Fault
from fediverse import NOT_FOUND, Place, instance, names, serving, source, visiting
from net.http import Fetcher
from servers import Reply, Request, Route, Server
from storage.decisions import Action, decide
from storage.store import Actor, Store


class Library(Place):
    """A server that answers for single posts and, from version 4.3 on, for many at once."""

    def __init__(self, count: int = 0, *, batches: bool = True) -> None:
        super().__init__(count)
        self.batches = batches

    def __call__(self, request: Request) -> Any:
        """Answer for what stands; anything else is not found."""
        if request.path == "/api/v2/instance":
            return instance("4.6.4" if self.batches else "4.2.0")
        if request.path == "/api/v1/statuses":
            return [post for post in self.posts if post["id"] in names(request)] if self.batches else NOT_FOUND
        return next((post for post in self.posts if request.path.endswith(f"/{post['id']}")), NOT_FOUND)

    def remove(self, *numbers: int) -> None:
        """Let these posts be deleted."""
        gone = {self.ids(number) for number in numbers}
        self.posts = [post for post in self.posts if post["id"] not in gone]


def known(number: int, *servers: Server) -> Known:
    """A stored post that these servers know."""
    one = status(number)
    return Known(
        network="mastodon",
        identity=one["uri"],
        url=one["url"],
        local={server.url(""): one["id"] for server in servers},
    )


def became(posts: Sequence[Known], *servers: Server, **changes: Any) -> dict[int, Rechecked]:
    """What became of posts, by their numbers."""
    visit_changes = {key: changes.pop(key) for key in ("stopping", "total") if key in changes}
    with visiting(source(*servers, **changes), **visit_changes) as visit:
        answers = list(mastodon.recheck(visit, posts))
    assert len({each.identity for each in answers}) == len(answers)
    return {int(each.identity.rpartition("/")[2]): each for each in answers}


def kinds(answers: dict[int, Rechecked]) -> dict[Found, list[int]]:
    """The numbers of posts by what became of them."""
    found: dict[Found, list[int]] = {}
    for number, each in answers.items():
        found.setdefault(each.found, []).append(number)
    return found


def test_a_hundred_posts_are_three_questions() -> None:
    """Forty at a time; what is left out of an answer that holds others is absent."""
    library = Library(100)
    library.remove(3, 50, 99)
    with Server({"*": library}) as server:
        answers = became([known(number, server) for number in range(1, 101)], server)
        asked = [len(names(request)) for request in server.requests]
    assert asked == [40, 40, 20]
    assert kinds(answers)[Found.ABSENT] == [3, 50, 99]
    assert len(kinds(answers)[Found.LIVE]) == 97


def test_a_post_that_stands_comes_with_its_words() -> None:
    """An edit is seen: the answer holds the post as it is now."""
    library = Library(2)
    library.posts[0] |= {"content": "<p>Rättat #hallandväxer</p>", "edited_at": "2026-11-21T10:00:00Z"}
    with Server({"*": library}) as server:
        answers = became([known(1, server), known(2, server)], server)
    candidate = answers[1].candidate
    assert candidate is not None
    assert (candidate.text, candidate.edited_at is not None) == ("Rättat #hallandväxer", True)


def test_an_older_server_is_asked_one_by_one() -> None:
    """Where many cannot be asked for at once, each is; the batch is tried once."""
    library = Library(60, batches=False)
    library.remove(7)
    with Server({"*": library}) as server:
        answers = became([known(number, server) for number in range(1, 61)], server)
        batches = [request for request in server.requests if request.path == "/api/v1/statuses"]
    assert kinds(answers)[Found.ABSENT] == [7]
    assert len(kinds(answers)[Found.LIVE]) == 59
    assert len(batches) == 1


IGNORING: list[Route] = [[], [status(900), status(901)], {"error": "?"}, [None, 7], Reply(status=400, body="{}")]


@pytest.mark.parametrize("answer", IGNORING)
def test_a_batch_that_was_not_understood_says_nothing(answer: Route) -> None:
    """A server that ignores the ids, or answers with other posts, has not said that ours are gone."""
    library = Library(3)
    with Server({"*": library, "/api/v1/statuses": answer}) as server:
        answers = became([known(number, server) for number in (1, 2, 3, 4)], server)
    assert kinds(answers) == {Found.LIVE: [1, 2, 3], Found.ABSENT: [4]}


def test_a_server_that_became_something_else_says_nothing() -> None:
    """Where every post is 404 and the server does not speak the interface any more, nobody knows."""
    with Server({"*": NOT_FOUND}) as server:
        answers = became([known(number, server) for number in (1, 2)], server)
    assert kinds(answers) == {Found.UNKNOWN: [1, 2]}


def test_all_deleted_on_a_server_that_stands_are_absent() -> None:
    """The server still tells about itself: its 404 is about the posts."""
    with Server({"*": Library(0)}) as server:
        answers = became([known(number, server) for number in (1, 2)], server)
    assert kinds(answers) == {Found.ABSENT: [1, 2]}


@pytest.mark.parametrize("code", [404, 410])
def test_an_explicit_word_about_one_post_counts(code: int) -> None:
    """404 and 410 about the post itself, but not as a web page."""
    gone = Reply(status=code, body='{"error":"Record not found"}')
    page = Reply(status=code, body="<html>Not here</html>")
    with Server({"*": Library(0), f"/api/v1/statuses/{10**17 + 1}": gone}) as server:
        assert became([known(1, server)], server)[1].found is Found.ABSENT
        server.routes[f"/api/v1/statuses/{10**17 + 1}"] = page
        assert became([known(1, server)], server)[1].found is Found.UNKNOWN


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("count", [1, 3])
def test_no_fault_is_a_deletion(fault: Fault, count: int) -> None:
    """A server that is down, refuses or talks nonsense has not said that anything is gone."""
    with Server({"*": fault.make()}) as server:
        posts = [known(number, server) for number in range(1, count + 1)]
        answers = became(posts, server, total=timedelta(seconds=0.5))
    assert kinds(answers) == {Found.UNKNOWN: list(range(1, count + 1))}


def test_a_server_that_is_down_is_not_asked_a_hundred_times() -> None:
    """After the first failure that all would share, the rest waits for the next time."""
    with Server({"*": Reply(status=503)}) as server:
        answers = became([known(number, server) for number in range(1, 101)], server)
        assert len(server.requests) == 1
    assert kinds(answers) == {Found.UNKNOWN: list(range(1, 101))}


def test_a_spent_allowance_ends_the_asking() -> None:
    """A server that allows no more questions is asked no more."""
    library = Library(80)

    def spent(request: Request) -> Reply:
        answer = library(request)
        return Reply(body=json.dumps(answer), headers={"X-RateLimit-Remaining": "0"})

    with Server({"*": spent}) as server:
        answers = became([known(number, server) for number in range(1, 81)], server)
        assert len(server.requests) == 1
    assert len(kinds(answers)[Found.LIVE]) == 40
    assert len(kinds(answers)[Found.UNKNOWN]) == 40


def test_all_that_know_a_post_must_say_that_it_is_gone() -> None:
    """Where the author's server is not ours, one copy that stands keeps the post, and one silence keeps the doubt."""
    first, second = Library(4), Library(4)
    first.remove(1, 2, 4)
    second.remove(1, 3)
    with Server({"*": first}) as one, Server({"*": second}) as two:
        posts = [known(1, one, two), known(2, one, two), known(3, one, two), known(4, one)]
        assert kinds(became(posts, one, two)) == {Found.ABSENT: [1, 4], Found.LIVE: [2, 3]}
        two.routes = {"*": Reply(status=503)}
        assert kinds(became(posts, one, two)) == {Found.UNKNOWN: [1, 2], Found.LIVE: [3], Found.ABSENT: [4]}


def test_the_authors_own_server_has_the_last_word() -> None:
    """Where it is among ours it alone is asked: a stale copy elsewhere keeps nothing alive."""
    with Server({"*": Library(0)}) as home, Server({"*": Library(1)}) as other:
        one = status(1)
        post = Known(
            network="mastodon",
            identity=one["uri"],
            url=home.url("/@anna/1"),
            local={other.url(""): one["id"], home.url(""): one["id"]},
        )
        assert kinds(became([post], other, home)) == {Found.ABSENT: [1]}
        assert other.requests == []
        home.routes = {"*": Reply(status=503)}
        assert kinds(became([post], other, home)) == {Found.UNKNOWN: [1]}


def test_a_post_that_no_server_of_ours_knows_stays_unknown() -> None:
    """There is nobody to ask."""
    with Server({"*": Library(1)}) as server, Server() as former:
        assert kinds(became([known(1, former)], server)) == {Found.UNKNOWN: [1]}
        assert server.requests == []


STANDING = [
    ({"visibility": "unlisted"}, Found.LIVE),
    ({"visibility": "private"}, Found.ABSENT),
    ({"uri": "https://annan.se/users/bo/statuses/9"}, Found.UNKNOWN),
    ({"id": "5"}, Found.UNKNOWN),
]


@pytest.mark.parametrize(("changes", "found"), STANDING)
def test_what_stands_under_the_name_must_be_the_post(changes: dict[str, Any], found: Found) -> None:
    """Another post under its name says nothing; a post that its author hid is no longer there for the public."""
    with Server({"*": Library(0), f"/api/v1/statuses/{10**17 + 1}": status(1, **changes)}) as server:
        assert became([known(1, server)], server)[1].found is found


def test_it_ends_when_told_to_stop() -> None:
    """Nothing more is asked; what was not asked for is not answered."""
    with Server({"*": Library(80)}) as server:
        posts = [known(number, server) for number in range(1, 81)]
        assert became(posts, server, stopping=lambda: len(server.requests) > 0).keys() == set(range(1, 41))


def test_a_token_goes_to_its_own_server_only() -> None:
    """Asking again shows no server the token of another."""
    with Server(serving(Place())) as one, Server(serving(Place())) as two:
        became([known(1, one), known(2, two)], one, two, token="hemlig")
        assert {request.headers["authorization"] for request in one.requests} == {"Bearer hemlig"}
        assert {request.headers["authorization"] for request in two.requests} == {None}


def after(store: Store, given: Settings, now: datetime) -> list[str]:
    """The states of all posts once those that are due were asked for, oldest post first."""
    with Fetcher(given.fetch, version="0", clock=lambda: now) as fetcher:
        collector_recheck.recheck(store, fetcher, given, clock=lambda: now)
    return [row["state"] for row in sorted(collecting.rows(store, "post"), key=lambda row: row["sort_key"])]


def test_a_published_post_is_asked_for_again_and_taken_away(sqlite_store: Store) -> None:
    """Through the whole collector: missing at the first explicit word, gone at the second, an edit seen on the way."""

    class Whole(Library):
        def __call__(self, request: Request) -> Any:
            return Place.__call__(self, request) if "/timelines/" in request.path else super().__call__(request)

    place = Whole(3)
    with Server({"*": place}) as server:
        given = collecting.settings(collecting.source("m", "mastodon", server=server.url("")), allow=(server.address,))
        assert collecting.run(sqlite_store, given)["m"].new == 3
        person = Actor(kind="person", account_id=account(sqlite_store))
        for story in collecting.rows(sqlite_store, "story"):
            decide(sqlite_store, story["id"], Action.APPROVE, by=person, now=NOW)
        place.remove(1)
        place.posts[0] |= {"content": "<p>Rättat #hallandväxer</p>", "edited_at": "2026-11-22T09:00:00Z"}
        assert after(sqlite_store, given, NOW + timedelta(days=1)) == ["missing", "live", "live"]
        assert after(sqlite_store, given, NOW + timedelta(days=3)) == ["gone", "live", "live"]
    texts = [row.text for row in collecting.posts(sqlite_store)]
    assert "Rättat #hallandväxer" in texts
