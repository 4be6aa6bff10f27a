"""Facebook: Pages read into the past and forward, edits and late posts, a Page's own token, refusals by name."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import collecting
from campaign.collecting import Found, Known
from campaign.errors import CollectError
from campaign.language import LANGUAGES, Language
from campaign.records import lasting_address
from campaign.settings import FetchSettings, SourceSettings
from collector.networks import facebook
from collector.networks.facebook_posts import candidate
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from meta_server import TOKEN, Meta, refusal, spoiling, written
from net.http import Fetcher
from servers import Reply, Request, Server
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/facebook"
PAGE, OTHER = "100000000000001", "100000000000009"


def source(server: Server, **options: Any) -> SourceSettings:
    """A source of Facebook that asks the loopback server."""
    token = options.pop("token", TOKEN)
    given = {"pages": ("exempelregionen",), "api": server.url("")} | options
    return collecting.source("fb", "facebook", token=token, every=timedelta(hours=1), **given)


@contextmanager
def visiting(
    given: SourceSettings, server: Server, cursor: dict[str, Any] | None = None, *, now: datetime = NOW
) -> Iterator[Visit]:
    """A visit as a run makes it."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: now) as ask:
        yield Visit(source=given, ask=ask, cursor=cursor or {}, spellings=(), now=now, session=Forgetful())


def ask(server: Server, cursor: dict[str, Any] | None = None, *, now: datetime = NOW, **options: Any) -> list[Page]:
    """Ask once and return all pages."""
    with visiting(source(server, **options), server, cursor, now=now) as visit:
        return list(facebook.pages(visit))


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(number: int, page: str = PAGE, **changes: Any) -> dict[str, Any]:
    """A Page's post; its number makes its id, and an hour each its age."""
    at = stamp(NOW - timedelta(hours=1000 - number))
    made = {
        "id": f"{page}_{number}",
        "message": f"Nummer {number} #hallandväxer",
        "created_time": at,
        "updated_time": at,
        "permalink_url": f"https://www.facebook.com/{page}/posts/{number}",
        "full_picture": f"https://scontent.xx.fbcdn.net/v/{number}_n.jpg?oe=6A0B0C0D",
        "is_hidden": False,
        "is_published": True,
        "is_expired": False,
    }
    return made | changes


def newest_first(*numbers: int) -> list[dict[str, Any]]:
    return [post(number) for number in sorted(numbers, reverse=True)]


def playing(*own: int, tagged: list[dict[str, Any]] | None = None) -> Meta:
    """Facebook with one Page, known by its name and its number, and these posts of it."""
    meta = Meta()
    meta.things |= {name: {"id": PAGE, "name": "Exempelregionen"} for name in ("exempelregionen", PAGE)}
    meta.lists |= {f"{PAGE}/published_posts": newest_first(*own), f"{PAGE}/tagged": tagged or []}
    return meta


def numbers(pages: list[Page]) -> list[int]:
    return [int(each.identity.rpartition("_")[2]) for page in pages for each in page.candidates]


def recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


READ = [
    ("feed", "19292868552", "Meta for Developers"),
    ("made_posts", PAGE, "Exempelregionen"),
    ("single", "175154750010052", "Test"),
]


@pytest.mark.parametrize(("name", "page", "title"), READ)
def test_recorded_and_made_answers_become_the_expected_records(name: str, page: str, title: str) -> None:
    """Every post becomes exactly the record beside it; hidden, planned and expired ones become none."""
    answer = recorded(name)
    items = answer.get("data") or [answer]
    found = [written(made) for each in items if (made := candidate(each, page_id=page, page_name=title)) is not None]
    assert found == recorded(f"{name}.expected")


ODD: list[Any] = [
    None, 3, [], {}, {"id": 5}, {"id": "1_2/../3"}, {"id": "1_2", "permalink_url": "javascript:alert(1)"},
    {"id": "1_2", "message": ["x"], "from": 3, "attachments": [], "created_time": {}, "full_picture": 7},
    {"id": "1_2", "message": "\ud800\x00", "from": {"id": "../x", "name": None},
     "attachments": {"data": [None, 3, {"media": [], "subattachments": {"data": 3}},
                              {"media": {"image": {"src": "file:///x"}}}]}},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_posts_do_no_harm(odd: Any) -> None:
    """Whatever shape comes, it is a storable candidate or none."""
    found = candidate(odd, page_id="1")
    if found is not None:
        (found.identity + found.text + found.url).encode()
        assert found.url.startswith("https://www.facebook.com/")
        assert (found.media, found.author_url) in (((), ""), ((), "https://www.facebook.com/1"))


def test_a_visitors_post_is_not_the_pages() -> None:
    """A post that tags the Page and names no author has none."""
    found = candidate(post(1, OTHER))
    assert found is not None
    assert (found.author_name, found.author_url) == ("", "")


SIGNED = [
    ("https://scontent-1.xx.fbcdn.net/v/t1/p720x720/1_2_n.jpg?oh=a&oe=1", "1_2_n.jpg"),
    ("https://external.xx.fbcdn.net/safe_image.php?d=AQ&url=https%3A%2F%2Fa.se%2Fb.jpg", "https://a.se/b.jpg"),
    ("https://scontent.cdninstagram.com/", "https://scontent.cdninstagram.com/"),
    ("https://www.example.se/v/1_2_n.jpg?oh=a", "https://www.example.se/v/1_2_n.jpg?oh=a"),
    ("https://evilfbcdn.net/v/1_2_n.jpg?oh=a", "https://evilfbcdn.net/v/1_2_n.jpg?oh=a"),
    ("https://[x", "https://[x"),
]


@pytest.mark.parametrize(("url", "lasting"), SIGNED)
def test_only_the_networks_own_signed_addresses_are_cut(url: str, lasting: str) -> None:
    """What Meta signs anew keeps the name of its file, all else its whole address."""
    assert lasting_address(url) == lasting


def test_a_page_is_read_into_the_past_and_then_forward() -> None:
    """What is older than since stays out; later, new posts come, and edited ones again however old they are."""
    meta = playing(100, *range(400, 1000))
    with Server({"*": meta}) as server:
        first = ask(server)
        assert sorted(numbers(first)) == list(range(400, 1000))
        meta.lists[f"{PAGE}/published_posts"].insert(0, post(1000))
        old = next(each for each in meta.lists[f"{PAGE}/published_posts"] if each["id"] == f"{PAGE}_500")
        old |= {"message": "Rättat #hallandväxer", "updated_time": stamp(NOW + timedelta(minutes=1))}
        second = ask(server, first[-1].cursor, now=NOW + timedelta(hours=1))
    assert {each.author_name for page in first for each in page.candidates} == {"Exempelregionen"}
    assert {500, 1000} <= set(numbers(second)) <= {500, *range(927, 1001)}
    assert [page.filled.done for page in first if page.filled][-2:] == [True, True]


def test_going_on_from_any_page_misses_nothing() -> None:
    """A run that dies after a page is gone on with at the next one, and what was posted meanwhile comes too."""
    meta = playing(*range(400, 1000), tagged=[post(number, OTHER) for number in range(390, 300, -1)])
    with Server({"*": meta}) as server:
        pages = ask(server, read=("own", "tagged"))
        meta.lists[f"{PAGE}/published_posts"].insert(0, post(1000))
        for number in range(0, len(pages), 3):
            rest = ask(server, json.loads(json.dumps(pages[number].cursor)), read=("own", "tagged"))
            assert set(numbers(pages[: number + 1]) + numbers(rest)) == {*range(301, 391), *range(400, 1001)}


def test_a_cursor_that_grew_old_is_replaced_by_the_time_it_stood_at() -> None:
    """Where Meta no longer knows a cursor, the rest is asked for by its date."""
    meta = playing(*range(400, 1000))
    with Server({"*": meta}) as server:
        half = ask(server)[3].cursor
        refused: list[Request] = []

        def forgetful(request: Request) -> Reply:
            if request.query.get("after") != "c200" or refused:
                return meta(request)
            refused.append(request)
            return refusal(100)

        server.routes["*"] = forgetful
        rest = ask(server, half)
        asked = [each.query for each in server.requests if "until" in each.query]
    assert set(numbers(rest)) >= set(range(400, 800))
    assert int(asked[0]["until"]) == int((NOW - timedelta(hours=151)).timestamp()) + 1


def test_more_pages_than_one_run_reads_wait_for_the_next() -> None:
    """A run reads 25 pages of a list; the following ones go on where it stopped."""
    meta = playing(*range(100, 1000))
    meta.size = 10
    with Server({"*": meta}) as server:
        pages = ask(server, since="60d")
        assert sorted(numbers(pages)) == list(range(750, 1000))
        assert pages[-1].filled is not None
        assert not pages[-1].filled.done
        found, cursor = numbers(pages), pages[-1].cursor
        for _ in range(6):
            pages = ask(server, cursor, since="60d")
            found, cursor = found + numbers(pages), pages[-1].cursor
    assert set(found) == set(range(100, 1000))


@pytest.mark.parametrize("ignored", [{"since"}, {"until"}, {"limit"}, {"since", "until", "limit"}])
def test_parameters_that_are_accepted_and_ignored_change_nothing(ignored: set[str]) -> None:
    """Dates are looked at here too, and the end of a list shows in its next page."""
    meta = playing(100, *range(700, 1000))
    meta.ignores = ignored
    with Server({"*": meta}) as server:
        first = ask(server)
        assert sorted(numbers(first)) == list(range(700, 1000))
        assert set(numbers(ask(server, first[-1].cursor))) <= set(range(900, 1000))


def test_a_list_that_cannot_be_turned_says_so() -> None:
    """Where ``after`` is ignored, the first page is kept and what lies below is said to be out of reach."""
    meta = playing(*range(700, 1000))
    meta.ignores = {"after"}
    with Server({"*": meta}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert told.value.key == "graph_repeats"
    with Server({"*": meta}) as server, visiting(source(server), server) as visit:
        assert sorted(numbers([next(facebook.pages(visit))])) == list(range(950, 1000))


def test_a_cursor_that_looks_the_same_on_every_page_still_leads_on() -> None:
    """Six pages with one cursor are six pages."""
    meta = playing(*range(700, 1000))
    meta.same_cursor = True
    with Server({"*": meta}) as server:
        assert sorted(numbers(ask(server))) == list(range(700, 1000))


def test_a_list_that_is_paged_by_time_alone_is_followed() -> None:
    """The recorded answer has no cursor, only the address of its next page, of which nothing but the time is taken."""
    answer = recorded("by_time")
    asked: list[Request] = []

    def by_time(request: Request) -> Any:
        if not request.path.endswith("published_posts"):
            return {"id": "4", "name": "Mark"} if request.method == "GET" else []
        asked.append(request)
        return answer if len(asked) == 1 else {"data": []}

    with Server({"*": by_time}) as server:
        pages = ask(server, since="2020-01-01", pages=("4",))
    assert len(numbers(pages)) == 5
    assert [each.query.get("until") for each in asked] == [None, "1624385168"]


def test_too_much_at_once_is_asked_for_in_smaller_parts() -> None:
    """Meta refuses large answers; half as many are asked for until it copes, and that is remembered."""
    meta = playing(*range(900, 1000))

    def weak(request: Request) -> Reply:
        if int(request.query.get("limit", 0)) > 12:
            return refusal(1, status=500, message="Please reduce the amount of data you're asking for")
        return meta(request)

    with Server({"*": weak}) as server:
        first = ask(server)
        count = len(server.requests)
        ask(server, first[-1].cursor)
        limits = [each.query["limit"] for each in server.requests[count:] if "limit" in each.query]
    assert (sorted(numbers(first)), set(limits)) == (list(range(900, 1000)), {"12"})


def test_a_pages_own_token_is_used_and_kept_nowhere() -> None:
    """A person's token gives that of the Page; the lists are asked for with it, and no cursor has it."""
    meta = playing(900)
    meta.things["exempelregionen"] |= {"access_token": "EAAsidans"}
    with Server({"*": meta}) as server:
        pages = ask(server)
        used = {each.path.rpartition("/")[2]: each.headers["authorization"] for each in server.requests}
    assert (used["exempelregionen"], used["published_posts"]) == (f"Bearer {TOKEN}", "Bearer EAAsidans")
    assert "EAAsidans" not in repr(pages)


def test_one_page_that_is_not_there_stops_no_other() -> None:
    """Its error comes beside what the others gave."""
    with Server({"*": playing(900)}) as server:
        pages = ask(server, pages=("borta", "https://www.facebook.com/exempelregionen/"))
    assert (numbers(pages), [(each.key, each.facts) for each in pages[-1].errors]) == (
        [900],
        [("facebook_no_page", {"page": "borta"})],
    )


def test_a_name_that_goes_to_another_page_begins_anew() -> None:
    """The state of a list is that of a Page, not of a name."""
    meta = playing(*range(900, 910))
    with Server({"*": meta}) as server:
        first = ask(server)
        meta.things["exempelregionen"] = {"id": OTHER, "name": "Ny"}
        meta.lists[f"{OTHER}/published_posts"] = [post(500, OTHER)]
        assert numbers(ask(server, first[-1].cursor)) == [500]


BAD_SETTINGS = [
    ({"read": ("hashtag",)}, "facebook_no_hashtag"),
    ({"read": ("groups",)}, "facebook_read_bad"),
    ({"pages": ("två ord",)}, "facebook_page_bad"),
    ({"pages": ("",)}, "facebook_page_bad"),
    ({"pages": ("https://www.facebook.com/../..",)}, "facebook_page_bad"),
    ({"version": "v25.0/me"}, "graph_version_bad"),
    ({"token": ""}, "graph_no_token"),
    ({"rights": "own", "read": ("own", "tagged")}, "graph_rights_mixed"),
]


@pytest.mark.parametrize(("options", "key"), BAD_SETTINGS)
def test_settings_that_cannot_be_followed_are_said(options: dict[str, Any], key: str) -> None:
    """A wrong setting is a permanent error of its own; a wish for hashtag search has its own sentence."""
    with Server({"*": playing()}) as server, pytest.raises(CollectError) as told:
        ask(server, **options)
    assert (told.value.key, told.value.permanent, server.requests) == (key, True, [])


REFUSALS = [
    (refusal(190, 463, status=401), "graph_token_expired"),
    (refusal(190, 460), "graph_token_password"),
    (refusal(10, message="(#10) This endpoint requires Page Public Content Access"), "graph_no_page_access"),
    (refusal(10), "graph_no_page_access"),
    (refusal(200, message="(#200) Requires pages_read_user_content"), "graph_no_permission"),
    (refusal(80001), "graph_too_many"),
    (refusal(32), "graph_too_many"),
    (refusal(4, status=200), "graph_too_many"),
    (refusal(100, 33), "facebook_no_page"),
    (refusal(803, status=404), "facebook_no_page"),
    (refusal(2, status=500), "graph_later"),
]


@pytest.mark.parametrize(("reply", "key"), REFUSALS)
def test_each_refusal_has_its_own_sentence(reply: Reply, key: str) -> None:
    """A dead token, a missing right and a used-up allowance are told apart; the token stands in none of them."""
    with Server({"*": reply}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert told.value.key == key
    for code in LANGUAGES:
        said = str(Language(code, ZoneInfo("Europe/Stockholm")).explain(told.value))
        assert not any(word in said for word in ("{", TOKEN, key))


@pytest.mark.parametrize("name", ["error_page_access", "error_missing"])
def test_the_recorded_refusals_say_which_access_is_missing(name: str) -> None:
    """Both real answers, with code 100, mean the reviewed access to public content."""
    answer = Reply(status=400, body=json.dumps(recorded(name)))
    with Server({"*": answer}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert (told.value.key, told.value.permanent) == ("graph_no_page_access", True)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_common_faults_are_named_and_lose_nothing(fault: Fault) -> None:
    """Whatever the server does instead of answering, the error says it, and a later run goes on."""
    meta = playing(*range(900, 1000))
    with Server({"*": meta}) as server:
        cursor = ask(server)[0].cursor
        server.routes["*"] = fault.make()
        with pytest.raises(CollectError) as told:
            ask(server, cursor)
        assert (told.value.key in fault.keys, told.value.retry_at) == (True, fault.retry_at)
        server.routes["*"] = meta
        assert set(numbers(ask(server, cursor))) >= set(range(900, 950))


def test_whatever_stands_in_an_answer_no_run_crashes() -> None:
    """Any part of any answer may be of any other kind: it is passed over, or told as an error."""
    meta = playing(998, 999, tagged=[post(997, OTHER)])
    posts = [known(998), known(999)]
    meta.things |= {each.identity: post(998) for each in posts}
    options: dict[str, Any] = {"read": ("own", "tagged")}
    rng = Random(7)
    for _ in range(10):
        with Server({"*": spoiling(meta, rng)}) as server:
            cursor: dict[str, Any] = {}
            for _ in range(2):
                with contextlib.suppress(CollectError):
                    pages = ask(server, cursor, **options)
                    cursor = json.loads(json.dumps(pages[-1].cursor))
            with contextlib.suppress(CollectError), visiting(source(server, **options), server, cursor) as visit:
                list(facebook.recheck(visit, posts))


# --- asking again, forecast, storing ---------------------------------------------------------------------


def known(number: int, page: str = PAGE) -> Known:
    name = f"{page}_{number}"
    return Known(network="facebook", identity=name, url=f"https://www.facebook.com/{name}", local={"facebook": name})


def again(server: Server, *posts: Known) -> dict[int, Found]:
    with visiting(source(server), server) as visit:
        told = list(facebook.recheck(visit, posts))
    return {int(each.identity.rpartition("_")[2]): each.found for each in told}


def test_posts_are_asked_for_again_and_only_the_pages_own_count_as_absent() -> None:
    """Live, absent, hidden by its Page; of a stranger's post nobody can say."""
    meta = playing()
    meta.things |= {f"{PAGE}_{number}": post(number) for number in (1, 2)}
    meta.things[f"{PAGE}_2"] |= {"is_hidden": True}
    with Server({"*": meta}) as server:
        assert again(server, known(1), known(2), known(3), known(4, OTHER)) == {
            1: Found.LIVE, 2: Found.ABSENT, 3: Found.ABSENT, 4: Found.UNKNOWN,
        }  # fmt: skip


def test_nothing_is_absent_while_the_token_does_not_reach_the_page() -> None:
    """Meta's word for deleted is also its word for forbidden."""
    meta = playing()
    meta.things.clear()
    with Server({"*": meta}) as server:
        assert set(again(server, known(1)).values()) <= {Found.UNKNOWN}
        server.routes["*"] = refusal(190, 463)
        with pytest.raises(CollectError):
            again(server, known(1))


def test_what_is_found_again_is_the_same_version() -> None:
    """The post as asked for singly equals the post as the list gave it, new signatures and comments aside."""
    meta = playing(900)
    fresh = {"updated_time": stamp(NOW), "full_picture": "https://scontent-2.xx.fbcdn.net/v/900_n.jpg?oe=7"}
    meta.things[f"{PAGE}_900"] = post(900, **fresh)
    with Server({"*": meta}) as server:
        pages = ask(server)
        with visiting(source(server), server, pages[-1].cursor) as visit:
            (told,) = facebook.recheck(visit, [known(900)])
    assert told.candidate is not None
    assert told.candidate.digest == pages[0].candidates[0].digest


def test_a_forecast_counts_the_calls_of_a_month() -> None:
    """Two Pages with two lists each, every hour."""
    with Server({}) as server:
        told = facebook.forecast(source(server, pages=("a", "b"), read=("own", "tagged")), (), 7.0)
    assert (told.calls, told.allowed, told.usd) == (720 * 6 + 31, None, None)
    assert "facebook_no_search" in told.notes


def test_a_source_is_stored_once_and_edits_become_versions(store: Store) -> None:
    """Through the real run into a real store; the second time only the edited post is another."""
    meta = playing(*range(900, 960))
    with Server({"*": meta}) as server:
        given = collecting.settings(source(server), allow=(server.address,))
        first = collecting.run(store, given)["fb"]
        for item in meta.lists[f"{PAGE}/published_posts"]:
            item["full_picture"] += "&oh=signerad-pa-nytt"
        second = collecting.run(store, given, now=NOW + timedelta(hours=1))["fb"]
        meta.lists[f"{PAGE}/published_posts"][0]["message"] = "Rättat #hallandväxer"
        third = collecting.run(store, given, now=NOW + timedelta(hours=2))["fb"]
    assert (first.status, first.new, first.error) == ("ok", 60, None)
    assert (second.status, second.new, second.revised, second.error) == ("ok", 0, 0, None)
    assert (third.new, third.revised) == (0, 1)
