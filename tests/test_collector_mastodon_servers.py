"""The fediverse's servers differ: in what they say of themselves, in who may read, in ids, paging and software."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import collecting
from campaign.errors import CollectError
from campaign.language import LANGUAGES, catalogue
from collecting import status
from collector.networks import mastodon, mastodon_facts, mastodon_server, statuses
from collector.networks.page import Page
from conftest import NOW
from faults import FAULTS, Fault
from fediverse import NOT_FOUND, TAGS, Pixelfed, Place, ask, instance, numbers, serving, source, tags_asked, visiting
from servers import Reply, Request, Route, Server
from storage.store import Store

ULIDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number: int) -> str:
    """An id as GoToSocial gives it."""
    return "01JX7ZJ0000000000000000" + ULIDS[number // 1024 % 32] + ULIDS[number // 32 % 32] + ULIDS[number % 32]


def flake(number: int) -> str:
    """An id as Akkoma gives it: letters of both cases."""
    return f"AxK{'aZ9bY8cX7d'[number % 10]}{number:04}f"


# --- what a server says about itself ---------------------------------------------------------------------------


def test_a_server_is_asked_about_itself_once_a_day() -> None:
    """The answer is kept in the cursor; a day later it is asked for again."""
    with Server(serving(Place(3))) as server:
        first = ask(source(server))
        ask(source(server), first[-1].cursor)
        ask(source(server), first[-1].cursor, now=NOW + timedelta(hours=25))
        asked = [request.path for request in server.requests if "instance" in request.path]
    assert asked == ["/api/v2/instance"] * 2


def test_a_server_without_the_second_version_is_asked_in_the_first() -> None:
    """Takahē answers 500 there, and its older sister's answer counts."""
    routes = serving(Place(3), Reply(status=500), **{"/api/v1/instance": {"uri": "x", "version": "takahe/0.11.0"}})
    with Server(routes) as server:
        pages = ask(source(server))
        assert numbers(pages) == [3, 2, 1]
        assert pages[-1].cursor[server.url("")]["facts"]["version"] == "takahe/0.11.0"


@pytest.mark.parametrize("odd", [[], "nej", {"version": 4}, Reply(status=403), Reply(body="<html>"), NOT_FOUND])
def test_a_server_that_says_nothing_about_itself_is_asked_all_the_same(odd: Route) -> None:
    """What a server does not say stops nothing."""
    with Server(serving(Place(3), odd, **{"/api/v1/instance": odd})) as server:
        pages = ask(source(server))
    assert (numbers(pages), pages[-1].errors) == ([3, 2, 1], ())


SAID: list[tuple[str, tuple[str, bool, str, str]]] = [
    ("instancev2_mastodon_4.5", ("", True, "public", "https://streaming.mastodon.social")),
    ("instancev2_pixelfed", ("pixelfed", False, "", "")),
    ("instancev2_pleroma", ("pleroma", False, "", "https://fgc.network")),
    ("instancev2_friendica", ("friendica", False, "", "")),
    ("instance_akkoma", ("akkoma", False, "", "https://social.thisworksonmycomputer.local")),
    ("instance_pixelfed", ("pixelfed", False, "", "")),
]


@pytest.mark.parametrize(("name", "said"), SAID)
def test_recorded_servers_are_understood(corpus: Path, name: str, said: tuple[str, bool, str, str]) -> None:
    """Software, access and streaming address are found in what real servers of both versions answered."""
    facts = mastodon_facts.parse_instance(json.loads((corpus / f"api/tootsdk/{name}.json").read_text()))
    assert facts is not None
    assert (facts.software, facts.folds, facts.local, facts.streaming) == said


@pytest.mark.parametrize("address", ["javascript:alert(1)", "wss://", 7, None, "wss://a@b.se", "wss://b.se/?x=1"])
def test_a_senseless_streaming_address_is_none(address: Any) -> None:
    """Nobody is sent to what is no address."""
    facts = mastodon_facts.parse_instance({"version": "4.6.4", "configuration": {"urls": {"streaming": address}}})
    assert facts is not None
    assert facts.streaming == ""


# --- who may read ----------------------------------------------------------------------------------------------


ACCESS = [
    ({"local": "public", "remote": "authenticated"}, "", "local", "mastodon_only_local"),
    ({"local": "public", "remote": "disabled"}, "", "local", "mastodon_remote_off"),
    ({"local": "authenticated", "remote": "disabled"}, "nyckel", "local", "mastodon_remote_off"),
    ({"local": "authenticated", "remote": "public"}, "", "remote", "mastodon_only_remote"),
    ({"local": "disabled", "remote": "public"}, "nyckel", "remote", "mastodon_local_off"),
]


@pytest.mark.parametrize(("feeds", "token", "side", "key"), ACCESS)
def test_a_server_that_shows_one_side_is_asked_for_it_and_the_other_is_missed(
    feeds: dict[str, str], token: str, side: str, key: str
) -> None:
    """The open side comes in, and an error beside it says what is missing."""
    with Server(serving(Place(50), instance(**feeds))) as server:
        pages = ask(source(server, token=token))
        assert all(request.query[side] == "true" for request in tags_asked(server))
        again = ask(source(server, token=token), pages[-1].cursor)
    assert sorted(numbers(pages)) == list(range(1, 51))
    assert [error.key for error in pages[-1].errors] == [key]
    assert numbers(again) == []


@pytest.mark.parametrize("token", ["", "nyckel"])
def test_open_feeds_and_a_token_that_opens_them_are_asked_whole(token: str) -> None:
    """What we may read is read without asking for a side."""
    feeds = {"local": "public", "remote": "authenticated" if token else "public"}
    with Server(serving(Place(3), instance(**feeds))) as server:
        pages = ask(source(server, token=token))
        assert not any({"local", "remote"} & request.query.keys() for request in tags_asked(server))
    assert pages[-1].errors == ()


def test_a_side_that_opens_later_is_filled() -> None:
    """Once all is shown the whole feed is read from its beginning."""
    about: dict[str, Any] = instance(local="public", remote="authenticated")
    with Server(serving(Place(3), about)) as server:
        first = ask(source(server))
        server.routes["/api/v2/instance"] = instance(local="public", remote="public")
        second = ask(source(server), first[-1].cursor, now=NOW + timedelta(hours=25))
    assert numbers(second) == [3, 2, 1]
    assert second[-1].errors == ()


CLOSED = [
    ({"local": "authenticated", "remote": "authenticated"}, "", "mastodon_closed"),
    ({"local": "authenticated", "remote": "disabled"}, "", "mastodon_closed"),
    ({"local": "disabled", "remote": "disabled"}, "", "mastodon_off"),
    ({"local": "disabled", "remote": "disabled"}, "nyckel", "mastodon_off"),
]


@pytest.mark.parametrize(("feeds", "token", "key"), CLOSED)
@pytest.mark.parametrize(
    "answer", [[], Reply(status=422, body='{"error":"This method requires an authenticated user"}')]
)
def test_an_empty_page_of_a_closed_server_is_no_answer(
    feeds: dict[str, str], token: str, key: str, answer: Route
) -> None:
    """A server that says that its hashtags are closed is not believed when it says that there are none."""
    if token and isinstance(answer, Reply):
        key = "mastodon_refused"
    with Server(serving(answer, instance(**feeds))) as server, pytest.raises(CollectError) as refused:
        ask(source(server, token=token))
    assert (refused.value.key, refused.value.permanent) == (key, True)


def test_a_refusal_keeps_what_was_learnt() -> None:
    """The server is not asked about itself again within the day, though nothing else came."""
    with Server(serving([], instance(local="authenticated", remote="authenticated"))) as server:
        with visiting(source(server)) as visit:
            pages = mastodon.pages(visit)
            kept = next(pages)
            with pytest.raises(CollectError):
                next(pages)
        assert kept.unchanged
        assert kept.candidates == ()
        with pytest.raises(CollectError):
            ask(source(server), kept.cursor)
        asked = [request.path for request in server.requests if "instance" in request.path]
    assert asked == ["/api/v2/instance"]


def test_what_comes_counts_for_more_than_what_was_said() -> None:
    """A server that was opened since it was asked about itself is read, and its next empty page is believed."""
    place = Place(3)
    with Server(serving(place, instance(local="authenticated", remote="authenticated"))) as server:
        pages = ask(source(server))
        assert numbers(pages) == [3, 2, 1]
        assert numbers(ask(source(server), pages[-1].cursor)) == []


def test_accounts_are_read_where_hashtags_are_closed() -> None:
    """The closed hashtag is told once, the account's posts come in, and the next empty page is believed no more."""
    about = instance(local="authenticated", remote="authenticated")
    routes = serving([], about, **{"/api/v1/accounts/lookup": {"id": "42"}})
    routes["/api/v1/accounts/42/statuses"] = lambda request: [] if "max_id" in request.query else [status(1)]
    with Server(routes) as server:
        given = source(server, accounts=("@anna@annan.se",))
        first = ask(given)
        second = ask(given, first[-1].cursor)
    assert numbers(first) == [1]
    assert [[error.key for error in pages[-1].errors] for pages in (first, second)] == [["mastodon_closed"]] * 2


TOKENS = [
    (401, '{"error":"The access token was revoked"}', "mastodon_bad_token"),
    (400, "Invalid Bearer token", "mastodon_bad_token"),
    (401, '{"error":"Unauthorized: token not supplied"}', "mastodon_bad_token"),
    (403, '{"error":"This action is outside the authorized scopes"}', "mastodon_no_scope"),
    (403, '{"error":"Forbidden: token has insufficient scope permission"}', "mastodon_no_scope"),
    (403, '{"error":"Your login is currently disabled"}', "mastodon_refused"),
    (403, '{"message":""}', "mastodon_refused"),
]


@pytest.mark.parametrize(("code", "body", "key"), TOKENS)
def test_a_token_is_wrong_or_weak_or_its_account_shut(code: int, body: str, key: str) -> None:
    """Each has its own sentence, and none is shown with the token in it."""
    with Server(serving(Reply(status=code, body=body))) as server, pytest.raises(CollectError) as refused:
        ask(source(server, token="hemlig"))
    assert (refused.value.key, refused.value.permanent) == (key, True)
    assert "hemlig" not in str(refused.value)


def test_every_sentence_stands_in_both_languages() -> None:
    """What is missing, what is wrong and what to do: each error of this network has its three sentences."""
    keys = {f"error.{key}" for key in mastodon_server._NOTICES.values()}
    keys |= {"error.mastodon_off", "error.mastodon_no_scope", "error.mastodon_refused", "error.mastodon_no_stream"}
    for language in LANGUAGES:
        words = catalogue(language)
        assert not [f"{key}.{part}" for key in keys for part in ("what", "wait", "do") if f"{key}.{part}" not in words]


# --- other software --------------------------------------------------------------------------------------------


def nodeinfo(software: str) -> dict[str, Route]:
    """A server that is no Mastodon, and says what it is."""

    def index(request: Request) -> dict[str, Any]:
        href = f"http://{request.headers['host']}/nodeinfo/2.0"
        return {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": href}]}

    about = {"version": "2.0", "software": {"name": software, "version": "1"}}
    return {"/.well-known/nodeinfo": index, "/nodeinfo/2.0": about, "*": NOT_FOUND}


@pytest.mark.parametrize("software", ["misskey", "peertube", "wordpress", "Lemmy"])
def test_a_server_of_another_kind_is_named(software: str) -> None:
    """Where nothing of the interface is there, the software that nodeinfo names is told."""
    with Server(nodeinfo(software)) as server, pytest.raises(CollectError) as refused:
        ask(source(server, token="hemlig"))
    assert (refused.value.key, refused.value.facts["software"]) == ("mastodon_other_software", software.lower())
    assert [r.headers["authorization"] for r in server.requests if "nodeinfo" in r.path] == [None, None]


def test_a_server_that_shows_a_page_at_every_address_is_named() -> None:
    """200 with a web page is no posts; nodeinfo says whose page it is."""
    routes = nodeinfo("mobilizon") | {"*": Reply(body="<!doctype html><div id=app>")}
    with Server(routes) as server, pytest.raises(CollectError) as refused:
        ask(source(server))
    assert (refused.value.key, refused.value.facts["software"]) == ("mastodon_other_software", "mobilizon")


STRANGE: list[dict[str, Route]] = [
    {"*": Reply(status=404, body="<html>Not found</html>", headers={"Content-Type": "text/html"})},
    {"*": NOT_FOUND},
    {"*": NOT_FOUND, "/.well-known/nodeinfo": {"links": [{"rel": "nodeinfo", "href": "http://127.0.0.1:1/"}, 7]}},
    {"*": NOT_FOUND, "/.well-known/nodeinfo": []},
    {"*": NOT_FOUND, "/.well-known/nodeinfo": Reply(body="<html>")},
]


@pytest.mark.parametrize("routes", STRANGE)
def test_where_no_server_answers_it_is_said(routes: dict[str, Route]) -> None:
    """A web site is not taken for a server on which nobody used the hashtag."""
    with Server(routes) as server, pytest.raises(CollectError) as refused:
        ask(source(server))
    assert (refused.value.key, refused.value.permanent) == ("mastodon_unknown_server", True)


def test_a_server_that_was_closed_down_is_gone() -> None:
    """410 for everything is its own farewell."""
    with Server({"*": Reply(status=410, body='{"error":"Gone"}')}) as server, pytest.raises(CollectError) as refused:
        ask(source(server))
    assert refused.value.key == "http_gone"


def test_a_speaker_that_hides_is_believed() -> None:
    """A server that nodeinfo names as one of the family has no such hashtag, and is no stranger."""
    with Server(nodeinfo("gotosocial")) as server:
        assert numbers(ask(source(server))) == []


# --- other ids, other paging -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [ulid, flake, str], ids=["ulid", "flake", "short"])
def test_ids_of_every_kind_page_without_a_gap(ids: Any) -> None:
    """Filled backwards, then read forward, from the cursor of any page on: each post once."""
    place = Place(90, ids=ids)
    with Server(serving(place)) as server:
        first = ask(source(server))
        assert sorted(numbers(first)) == list(range(1, 91))
        place.add(130)
        second = ask(source(server), first[-1].cursor)
        assert sorted(numbers(second)) == list(range(91, 221))
        assert numbers(ask(source(server), second[-1].cursor)) == []
        for number in range(len(second)):
            rest = ask(source(server), second[number].cursor)
            assert sorted(numbers(second[: number + 1]) + numbers(rest)) == list(range(91, 221))


def test_pixelfed_is_read_from_above() -> None:
    """It gives the newest after an id: what lies between is fetched all the same, from the cursor of any page on."""
    place = Pixelfed(50)
    with Server(serving(place, instance("3.5.3 (compatible; Pixelfed 0.12.3)"))) as server:
        given = source(server, token="nyckel")
        first = ask(given)
        assert sorted(numbers(first)) == list(range(1, 51))
        place.add(130)
        second = ask(given, first[-1].cursor)
        assert sorted(numbers(second)) == list(range(51, 181))
        for number in range(len(second)):
            rest = ask(given, second[number].cursor)
            assert sorted(numbers(second[: number + 1]) + numbers(rest)) == list(range(51, 181))


def test_pixelfed_after_half_a_year_of_silence_still_gives_what_is_new() -> None:
    """It answers nothing around ids older than half a year, so that no id is asked after."""
    place = Pixelfed(2)
    with Server(serving(place, instance("3.5.3 (compatible; Pixelfed 0.12.3)"))) as server:
        first = ask(source(server, token="nyckel"))
        place.add(3)
        place.oldest = 3
        assert numbers(ask(source(server, token="nyckel"), first[-1].cursor)) == [5, 4, 3]


def test_a_server_that_takes_min_id_for_since_id_loses_nothing() -> None:
    """Nobody need say that it does: a full page is looked behind."""

    class Newest(Place):
        def __call__(self, request: Request) -> list[Any]:
            return self.within(request.query)[-40:][::-1] if TAGS[0] in TAGS and "v%C3%A4xer" in request.target else []

    place = Newest(10)
    with Server(serving(place)) as server:
        first = ask(source(server))
        place.add(95)
        second = ask(source(server), first[-1].cursor)
        assert sorted(numbers(second)) == list(range(11, 106))
        rest = ask(source(server), second[0].cursor)
        assert sorted(numbers(second[:1]) + numbers(rest)) == list(range(11, 106))


def test_friendicas_pages_the_other_way_round_are_read() -> None:
    """After an id it gives the oldest first; the newest is known by number or by date."""

    class Rising(Place):
        def __call__(self, request: Request) -> list[Any]:
            page = super().__call__(request)
            assert isinstance(page, list)
            return page[::-1] if "min_id" in request.query else page

    for ids in (str, ulid):
        place = Rising(5, ids=ids)
        with Server(serving(place)) as server:
            first = ask(source(server))
            place.add(100)
            second = ask(source(server), first[-1].cursor)
        assert sorted(numbers(second)) == list(range(6, 106))


def test_ids_are_never_numbers() -> None:
    """An id of any length is compared by its digits, and letters by their place and date."""
    huge = [{"id": "9" * 90}, {"id": "1" + "0" * 90}]
    assert statuses.newest(huge) == "1" + "0" * 90
    assert statuses.newer(huge, "9" * 90) == ([huge[1]], True)
    rising = [{"id": "b", "created_at": "2026-11-01T10:00:00Z"}, {"id": "a", "created_at": "2026-11-02T10:00:00Z"}]
    assert (statuses.newest(rising), statuses.oldest(rising)) == ("a", "b")
    assert statuses.newer(rising, "b") == ([rising[1]], True)
    assert statuses.newer(rising, "borta") == (rising, False)


# --- what fails ------------------------------------------------------------------------------------------------

OWN = {"mastodon_closed", "mastodon_bad_token", "mastodon_refused", "answer_odd"}


def _kept(pages: Iterator[Page], cursor: dict[str, Any]) -> tuple[dict[str, Any], CollectError]:
    """The last cursor before the failure, and the failure."""
    try:
        for page in pages:
            cursor = page.cursor
    except CollectError as failure:
        return cursor, failure
    raise AssertionError("nothing failed")


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("everywhere", [True, False])
def test_each_fault_is_named_and_loses_no_cursor(fault: Fault, everywhere: bool) -> None:
    """Whatever a server does instead of answering, the next run goes on where the last good one stood."""
    place = Place(45)
    with Server(serving(place)) as server:
        given = source(server)
        before = ask(given)[-1].cursor
        place.add(5)
        server.routes = {"*": fault.make()} if everywhere else serving(fault.make())
        with visiting(given, cursor=before, total=timedelta(seconds=0.5), now=NOW + timedelta(hours=25)) as visit:
            kept, failure = _kept(mastodon.pages(visit), before)
        assert failure.key in (fault.keys | OWN if fault.refusal else fault.keys)
        assert failure.retry_at == fault.retry_at
        server.routes = serving(place)
        later = NOW + timedelta(hours=26)
        assert sorted(numbers(ask(given, kept, now=later))) == list(range(46, 51))


def test_an_odd_element_never_loses_its_page() -> None:
    """Nonsense between the posts is left out; the posts come in."""
    good = [status(number) for number in (3, 2, 1)]
    odd: list[Any] = [None, 7, "x", [], {}, {"id": None}, {"id": 5}, {"id": "5", "account": 3, "visibility": "public"}]
    with Server(serving(lambda request: [] if "max_id" in request.query else [*odd, *good])) as server:
        assert set(numbers(ask(source(server)))) == {1, 2, 3}


def test_a_filling_is_told_until_it_is_done() -> None:
    """Each page says how far back the past has been read, the last one that all of it has."""
    place = Place(100)
    with Server(serving(place)) as server:
        pages = ask(source(server))
    told = [page.filled for page in pages]
    assert [each.done for each in told if each][-1]
    reached = [each.reached for each in told if each and not each.done]
    assert reached == sorted(reached, reverse=True)
    assert all(each.goal == NOW - timedelta(days=30) for each in told if each)


def test_a_forecast_counts_runs_and_pages() -> None:
    """Two servers, two spellings and an account each quarter of an hour for thirty days, and a little for pages."""
    with Server() as one, Server() as two:
        given = source(one, two, accounts=("@anna@annan.se",))
        found = mastodon.forecast(given, TAGS, 28.0)
        live = mastodon.forecast(source(one, token="n", stream=True), TAGS, 0.0)
    assert found.calls == 30 * 96 * 5 + 2 * 3 + 2 * 30
    assert (found.allowed, found.usd, found.notes) == (2 * 30 * 96 * 300, None, ("mastodon_rules",))
    assert live.notes == ("mastodon_rules", "mastodon_stream")


@pytest.mark.parametrize("software", ["mastodon", "pixelfed"])
def test_a_whole_run_stores_once(store: Store, software: str) -> None:
    """Collected twice into a real store, the second time nothing is new; then only what arrived."""
    place = Pixelfed(60) if software == "pixelfed" else Place(60)
    about = instance("3.5.3 (compatible; Pixelfed 0.12.3)") if software == "pixelfed" else instance()
    with Server(serving(place, about)) as server:
        asked = collecting.source("m", "mastodon", server=server.url(""), token="nyckel")
        given = collecting.settings(asked, allow=(server.address,))
        first = collecting.run(store, given)["m"]
        again = collecting.run(store, given)["m"]
        place.add(50)
        more = collecting.run(store, given)["m"]
    assert [(result.status, result.new, result.revised) for result in (first, again, more)] == [
        ("ok", 60, 0),
        ("ok", 0, 0),
        ("ok", 50, 0),
    ]
