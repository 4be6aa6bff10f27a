"""YouTube: channels and searches within the day's allowance, and what became of videos."""

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
from collector.networks import youtube
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from net.http import Fetcher
from servers import Reply, Request, Server
from storage.store import Store

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DATA = Path(__file__).parent / "data/networks/youtube"
TAGS = ("hallandväxer", "hallandvaxer")


def read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def source(server: Server, **options: Any) -> SourceSettings:
    """A source that reads one channel of the loopback server, or what ``options`` say."""
    wanted = {"channels": ("@exempel",)} if not options.keys() & {"channels", "search"} else {}
    return collecting.source("yt", "youtube", token="hemlig-nyckel", api=server.url(""), **wanted, **options)


@contextmanager
def visiting(
    given: SourceSettings, server: Server, cursor: dict[str, Any] | None = None, **changes: Any
) -> Iterator[Visit]:
    """A visit as a run makes it."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        made: dict[str, Any] = {"now": NOW, "session": Forgetful(), "spellings": TAGS} | changes
        yield Visit(source=given, ask=ask, cursor=cursor or {}, **made)


def ask(server: Server, cursor: dict[str, Any] | None = None, **options: Any) -> list[Page]:
    """Ask once and return all pages."""
    visited = {name: options.pop(name) for name in ("session", "now") if name in options}
    with visiting(source(server, **options), server, cursor, **visited) as visit:
        return list(youtube.pages(visit))


class Tube:
    """Plays YouTube: a channel's uploads and a search, newest first, in pages; videos by their ids."""

    def __init__(self, count: int, size: int = 3) -> None:
        self.numbers = list(range(1, count + 1))
        self.size = size
        self.gone: set[int] = set()
        self.refuses: dict[str, Reply] = {}

    def video(self, number: int) -> dict[str, Any]:
        """A film of its number; the higher the later, an hour apart."""
        at = (NOW - timedelta(hours=100 - number)).isoformat().replace("+00:00", "Z")
        told = {"title": f"Film {number}", "description": "#hallandväxer", "publishedAt": at, "channelTitle": "Exempel"}
        return {"id": f"film{number}", "snippet": told, "status": {"privacyStatus": "public"}}

    def __call__(self, request: Request) -> dict[str, Any] | Reply:
        """Answer as the interface would."""
        path = request.path.strip("/")
        if path in self.refuses:
            return self.refuses[path]
        if path == "channels":
            return {"items": [{"contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}]}
        if path == "videos":
            wanted = [int(each[4:]) for each in request.query["id"].split(",")]
            return {"items": [self.video(number) for number in wanted if number not in self.gone]}
        start = int(request.query.get("pageToken", "p0")[1:])
        part = list(reversed(self.numbers))[start : start + self.size]
        after = {"nextPageToken": f"p{start + self.size}"} if len(self.numbers) > start + self.size else {}
        if path == "search":
            return {
                "items": [{"id": {"videoId": f"film{n}"}, "snippet": self.video(n)["snippet"]} for n in part]
            } | after
        at = {number: self.video(number)["snippet"]["publishedAt"] for number in part}
        return {"items": [{"contentDetails": {"videoId": f"film{n}", "videoPublishedAt": at[n]}} for n in part]} | after


def found_in(pages: list[Page]) -> list[int]:
    return [int(each.identity[4:]) for page in pages for each in page.candidates]


@pytest.mark.parametrize("name", ["videos", "swedish"])
def test_recorded_and_made_answers_become_the_expected_records(name: str) -> None:
    """Every video of an answer becomes exactly the record beside it, or none where it must not be taken."""
    found = [made for each in read(name)["items"] if (made := youtube.candidate(each)) is not None]
    told = json.loads(json.dumps([asdict(each) for each in found], default=lambda moment: moment.isoformat()))
    assert told == read(f"{name}.expected")


def test_recorded_lists_of_uploads_are_followed_and_their_videos_asked_for() -> None:
    """The thirteen films of two recorded pages are asked for by their ids, ten and three."""
    answers = {"": read("uploads_1"), "CAoQAA": read("uploads_2")}
    routes = {
        "/channels": {"items": [{"contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}]},
        "/playlistItems": lambda request: answers[request.query.get("pageToken", "")],
        "/videos": {"items": []},
    }
    with Server(routes) as server:
        ask(server, since="2015-01-01")
    asked = [len(request.query["id"].split(",")) for request in server.requests if request.path == "/videos"]
    assert asked == [10, 3]


def test_a_recorded_search_gives_its_videos() -> None:
    """The ids of a recorded search are those that are asked for in full."""
    with Server({"/search": read("search") | {"nextPageToken": None}, "/videos": {"items": []}}) as server:
        ask(server, search=True)
    (first, *_) = [request.query["id"] for request in server.requests if request.path == "/videos"]
    assert first.split(",") == [each["id"]["videoId"] for each in read("search")["items"]]


def test_the_key_travels_in_a_header() -> None:
    """The key is in no address, where logs would keep it."""
    with Server({"*": Tube(1)}) as server:
        ask(server)
    assert {request.headers["x-goog-api-key"] for request in server.requests} == {"hemlig-nyckel"}
    assert not [request for request in server.requests if "hemlig" in request.target]


def test_pages_are_followed_to_the_end_and_the_next_run_asks_for_one() -> None:
    """Eight films on three pages come once; two more at the next run, with those that overlap and no more."""
    tube = Tube(8)
    with Server({"*": tube}) as server:
        first = ask(server)
        tube.numbers += [9, 10, 11, 12]
        tube.size = 50
        second = ask(server, first[-1].cursor)
    assert sorted(found_in(first)) == list(range(1, 9))
    assert set(found_in(second)) >= {9, 10, 11, 12}


def test_what_is_older_than_the_overlap_is_not_asked_for_again() -> None:
    """The second run stops at the first page that lies before the newest film it knew, less two days."""
    tube = Tube(90, size=20)
    with Server({"*": tube}) as server:
        first = ask(server)
        before = len(server.requests)
        ask(server, first[-1].cursor)
    lists = [request for request in server.requests[before:] if request.path == "/playlistItems"]
    assert len(lists) == 4  # 48 hours of overlap at one film an hour: two pages and a half, and the one that ends it


def test_going_on_from_any_page_misses_nothing() -> None:
    """A run that dies after a page is gone on with at the next one."""
    tube = Tube(8)
    with Server({"*": tube}) as server:
        pages = ask(server)
        tube.numbers.append(9)
        for number in range(len(pages)):
            rest = ask(server, pages[number].cursor)
            later = ask(server, rest[-1].cursor)
            assert set(found_in(pages[: number + 1]) + found_in(rest) + found_in(later)) == set(range(1, 10))


def test_a_page_that_youtube_forgot_is_begun_anew() -> None:
    """A refused page token is given up: the walk begins at the top."""
    tube = Tube(8)

    def answer(request: Request) -> dict[str, Any] | Reply:
        if request.query.get("pageToken") == "p3":
            return Reply(status=400, body='{"error":{"errors":[{"reason":"invalidPageToken"}],"code":400}}')
        return tube(request)

    with Server({"*": tube}) as server:
        half = ask(server)[0].cursor
        tube.size = 50
        server.routes["*"] = answer
        assert sorted(found_in(ask(server, half))) == list(range(1, 9))


def test_the_first_walk_ends_at_since_and_tells_how_far_it_is() -> None:
    """Only films from the last fifty hours are taken; the past is said to be read when it is."""
    with Server({"*": Tube(90, size=20)}) as server:
        pages = ask(server, since="50h")
    assert sorted(found_in(pages)) == list(range(50, 91))
    told = [page.filled.done for page in pages if page.filled]
    assert told == [False, False, False, True]


def test_a_day_has_so_many_searches_and_then_it_waits_for_midnight_in_california() -> None:
    """The third search of a day that has two is not made; the run says when it may go on."""
    session = Forgetful()
    with Server({"*": Tube(1)}) as server:
        first = ask(server, search=True, searches_per_day=2, session=session)
        asked = len(server.requests)
        with pytest.raises(CollectError) as told:
            ask(server, first[-1].cursor, search=True, searches_per_day=2, session=session)
        assert len(server.requests) == asked
    assert told.value.key == "youtube_quota"
    assert told.value.retry_at is not None
    assert told.value.retry_at.astimezone(ZoneInfo("America/Los_Angeles")).strftime("%H:%M") == "00:00"
    assert [(each.name, each.used, each.limit) for each in first[-1].quotas] == [
        ("youtube_searches", 2, 2),
        ("youtube_units", 2, 10_000),
    ]


def test_one_unknown_channel_does_not_stop_the_others() -> None:
    """The channel that is there is read; the other is told beside it."""
    tube = Tube(2)

    def answer(request: Request) -> dict[str, Any] | Reply:
        return {"items": []} if request.query.get("forHandle") == "@saknas" else tube(request)

    with Server({"*": answer}) as server:
        pages = ask(server, channels=("@saknas", "https://www.youtube.com/@exempel/videos"))
    assert sorted(found_in(pages)) == [1, 2]
    assert [(error.key, error.facts["channel"]) for error in pages[-1].errors] == [("youtube_no_channel", "@saknas")]


def refusal(reason: str, code: int = 403) -> str:
    return json.dumps({"error": {"code": code, "message": "no", "errors": [{"reason": reason, "domain": "x"}]}})


REFUSALS = [
    (400, json.dumps(read("error_key")), "youtube_bad_key"),
    (400, '{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}', "youtube_bad_key"),
    (403, refusal("accessNotConfigured"), "youtube_not_enabled"),
    (403, '{"error":{"code":403,"details":[{"reason":"SERVICE_DISABLED"}]}}', "youtube_not_enabled"),
    (403, '{"error":{"code":403,"details":[{"reason":"API_KEY_IP_ADDRESS_BLOCKED"}]}}', "youtube_key_restricted"),
    (403, refusal("quotaExceeded"), "youtube_quota"),
    (200, refusal("quotaExceeded"), "youtube_quota"),
    (429, '{"error":{"code":429,"message":"Quota exceeded for metric Search Queries per day"}}', "youtube_quota"),
    (403, json.dumps(read("error_permission")), "http_forbidden"),
]


@pytest.mark.parametrize(("status", "body", "key"), REFUSALS)
def test_each_refusal_has_its_own_sentence(status: int, body: str, key: str) -> None:
    """A wrong key, an interface not switched on, a key locked to other places, a used up day (with 200 too)."""
    with Server({"*": Reply(status=status, body=body)}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert told.value.key == key
    for code in LANGUAGES:
        assert Language(code, STOCKHOLM).explain(told.value).do


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_faulty_network_is_named_and_nothing_is_lost(fault: Fault) -> None:
    """Each way to fail raises an error with words, and the same cursor goes on once the network is well."""
    tube = Tube(4)
    with Server({"*": tube}) as server:
        half = ask(server)[0].cursor
        server.routes["*"] = fault.make()
        with pytest.raises(CollectError) as told:
            ask(server, half)
        assert told.value.key in fault.keys or (fault.refusal and told.value.key.startswith("youtube_"))
        assert fault.retry_at is None or told.value.retry_at == fault.retry_at
        server.routes["*"] = tube
        assert found_in(ask(server, half)) == [1]


def test_what_became_of_videos_is_asked_fifty_at_a_time() -> None:
    """Of sixty, the two that are left out of the answers are absent and the others stand."""
    tube = Tube(60)
    tube.gone = {7, 55}
    known = [Known(network="youtube", identity=f"film{number}", url="", local={}) for number in range(1, 61)]
    with Server({"*": tube}) as server, visiting(source(server), server) as visit:
        found = {each.identity: each for each in youtube.recheck(visit, known)}
    assert {name for name, each in found.items() if each.found is Found.ABSENT} == {"film7", "film55"}
    assert (len(found), len(server.requests)) == (60, 2)


def test_a_forecast_warns_where_the_searches_do_not_last() -> None:
    """Two spellings every half hour are ninety-six searches a day; every ten minutes they are too many."""
    with Server({}) as server:
        given = source(server, search=True, searches_per_day=50)
    assert "youtube_too_often" not in youtube.forecast(given, TAGS, 3).notes  # hourly: forty-eight a day
    assert "youtube_too_often" in youtube.forecast(given, (*TAGS, "halland"), 3).notes


def test_a_whole_run_stores_each_video_once(store: Store) -> None:
    """Run by the collector, eight films are stored; the second run finds nothing new."""
    with Server({"*": Tube(8)}) as server:
        given = collecting.settings(source(server), allow=(server.address,))
        first = collecting.run(store, given)["yt"]
        second = collecting.run(store, given)["yt"]
    assert (first.status, first.new, second.new, len(collecting.posts(store))) == ("ok", 8, 0, 8)


@pytest.mark.parametrize(
    ("written", "channel"),
    [
        ("https://www.youtube.com/@RegionHalland/videos", "@RegionHalland"),
        ("youtube.com/@RegionHalland", "@RegionHalland"),
        ("www.youtube.com/channel/UCabcdefghijklmnopqrstuv", "UCabcdefghijklmnopqrstuv"),
        ("https://www.youtube.com/@h%C3%A4st", "@häst"),
        ("RegionHalland", "@RegionHalland"),
        ("@RegionHalland", "@RegionHalland"),
    ],
)
def test_a_channel_is_understood_however_it_was_written(written: str, channel: str) -> None:
    """Addresses with and without their beginning, handles and numbers all name the channel that they mean."""
    with Server({"*": Tube(1)}) as server:
        found = ask(server, channels=(written,))
    assert f"channel:{channel}" in found[-1].cursor


@pytest.mark.parametrize("written", ["https://www.youtube.com/c/RegionHalland", "https://www.youtube.com/user/x", ""])
def test_an_address_that_names_no_channel_is_never_read_as_a_strangers(written: str) -> None:
    """Old addresses do not become "@c" or "@user", which belong to somebody else."""
    with Server({"*": Tube(1)}) as server:
        with pytest.raises(CollectError, match="youtube_no_channel"):
            ask(server, channels=(written,))
        assert not server.requests


def test_a_film_dated_in_the_future_hides_nothing_that_comes_after_it() -> None:
    """A date that has not come yet does not move the place from which the next run reads on."""
    tube = Tube(97)
    with Server({"*": tube}) as server:
        first = ask(server)
        tube.numbers.append(5000)
        second = ask(server, first[-1].cursor)
        tube.numbers = [*range(1, 99), 5000]
        third = ask(server, second[-1].cursor)
    assert 98 in found_in(third)


def test_an_empty_page_does_not_hide_the_next_one() -> None:
    """YouTube leaves out what is gone and may so send a page of nothing: the walk goes on."""
    tube = Tube(6, size=2)

    def answer(request: Request) -> dict[str, Any] | Reply:
        found = tube(request)
        if request.path.strip("/") == "playlistItems" and request.query.get("pageToken") == "p2":
            assert isinstance(found, dict)
            return found | {"items": []}
        return found

    with Server({"*": answer}) as server:
        assert found_in(ask(server)) == [6, 5, 2, 1]


def test_a_film_that_cannot_be_read_is_not_taken_for_a_deleted_one() -> None:
    """What is in the answer and cannot be read is there; only what is left out, or private, is not."""
    answer = {"items": [{"id": "film1", "snippet": None}, {"id": "film2", "snippet": {}, "status": "x"}]}
    with Server({"*": answer}) as server, visiting(source(server), server) as visit:
        known = [Known(network="youtube", identity=f"film{n}", url="", local={}) for n in (1, 2, 3)]
        told = {each.identity: each.found for each in youtube.recheck(visit, known)}
    assert told == {"film1": Found.UNKNOWN, "film2": Found.UNKNOWN, "film3": Found.ABSENT}


def test_the_allowance_that_is_used_up_is_the_one_that_is_told() -> None:
    """Where the units are gone, the error names their number and not that of the searches."""
    refused = Reply(status=403, body=json.dumps({"error": {"errors": [{"reason": "quotaExceeded"}]}}))
    tube = Tube(1)
    tube.refuses["playlistItems"] = refused
    with Server({"*": tube}) as server, pytest.raises(CollectError, match="youtube_quota") as told:
        ask(server)
    assert told.value.facts["limit"] == 10_000


@pytest.mark.parametrize("key", ["två\nrader", "a\nb", "nyckäl"])
def test_a_key_that_cannot_be_one_is_said_and_nowhere_repeated(key: str, caplog: pytest.LogCaptureFixture) -> None:
    """A key file with something else in it gives a sentence, never a fault that writes the key into the log."""
    with Server({"*": Tube(1)}) as server:
        given = collecting.source("yt", "youtube", token=key, api=server.url(""), channels=("@x",))
        with visiting(given, server) as visit, pytest.raises(CollectError, match="bad_token"):
            list(youtube.pages(visit))
    assert key not in caplog.text
