"""Instagram: named lists before hashtag hits, thirty tags in seven days, 24 hours of a tag, refusals by name."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import collecting
from campaign.collecting import Found, Known
from campaign.errors import CollectError
from campaign.language import LANGUAGES, Language
from campaign.settings import FetchSettings, SourceSettings
from collector.networks import graph_errors, instagram
from collector.networks.instagram_media import candidate
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from meta_server import TOKEN, Meta, refusal, spoiling, written
from net.http import Fetcher
from servers import Reply, Server
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/instagram"
TAGS = ("hallandväxer", "hallandvaxer")
ME = "17841400000000001"
ALL = ("hashtag", "own", "tagged")


def source(server: Server, **options: Any) -> SourceSettings:
    """A source of Instagram that asks the loopback server."""
    token = options.pop("token", TOKEN)
    every = options.pop("every", timedelta(hours=6))
    return collecting.source(
        "ig", "instagram", token=token, every=every, **({"account": ME, "api": server.url("")} | options)
    )


@contextmanager
def visiting(
    given: SourceSettings, server: Server, cursor: dict[str, Any] | None = None, *, now: datetime = NOW,
    tags: tuple[str, ...] = TAGS,
) -> Iterator[Visit]:  # fmt: skip
    """A visit as a run makes it."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: now) as ask:
        yield Visit(source=given, ask=ask, cursor=cursor or {}, spellings=tags, now=now, session=Forgetful())


def ask(
    server: Server, cursor: dict[str, Any] | None = None, *, now: datetime = NOW, tags: tuple[str, ...] = TAGS,
    **options: Any,
) -> list[Page]:  # fmt: skip
    """Ask once and return all pages."""
    with visiting(source(server, **options), server, cursor, now=now, tags=tags) as visit:
        return list(instagram.pages(visit))


def medium(number: int, *, at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A picture; its number makes its id and, where no time is given, an hour each its age."""
    made = {
        "id": str(17_900_000_000_000_000 + number),
        "caption": f"Nummer {number} #hallandväxer",
        "media_type": "IMAGE",
        "media_url": f"https://scontent.cdninstagram.com/v/{number}_n.jpg?oh={number}&oe=6A0B0C0D",
        "permalink": f"https://www.instagram.com/p/D{number}/",
        "timestamp": (at or NOW - timedelta(hours=1000 - number)).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    return made | changes


def newest_first(*numbers: int, **changes: Any) -> list[dict[str, Any]]:
    return [medium(number, **changes) for number in sorted(numbers, reverse=True)]


def playing(**lists: list[dict[str, Any]]) -> Meta:
    """Instagram with an account and these lists; tags are named in them without ä."""
    meta = Meta()
    meta.things[ME] = {"id": ME, "username": "hallandvaxer", "name": "Halland växer"}
    meta.lists |= {f"{ME}/media": lists.get("own", []), f"{ME}/tags": lists.get("tagged", [])}
    meta.lists[f"{ME}/recently_searched_hashtags"] = lists.get("searched", [])
    for number, tag in enumerate(TAGS):
        meta.things[f"tag:{tag}"] = {"data": [{"id": f"1784300000000000{number}"}]}
        meta.lists[f"1784300000000000{number}/recent_media"] = lists.get(f"recent{number}", [])
        meta.lists[f"1784300000000000{number}/top_media"] = lists.get(f"top{number}", [])
    return meta


def numbers(pages: list[Page]) -> list[int]:
    return [int(each.identity) - 17_900_000_000_000_000 for page in pages for each in page.candidates]


def recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


READ = [
    ("own", {"door": "own", "handle": "ikroskun", "name": "Ikros"}),
    ("made_own", {"door": "own", "handle": "hallandvaxer", "name": "Halland växer"}),
    ("tagged", {"door": "tagged"}),
    ("partner", {"door": "partner:facebookfordevelopers", "handle": "facebookfordevelopers", "name": "Meta"}),
    ("hashtag_top", {"door": "hashtag"}),
    ("made_hashtag", {"door": "hashtag"}),
]


@pytest.mark.parametrize(("name", "how"), READ)
def test_recorded_and_made_answers_become_the_expected_records(name: str, how: dict[str, str]) -> None:
    """Every medium of an answer becomes exactly the record beside it; a hit of a hashtag has no author."""
    answer = recorded(name)
    items = answer["business_discovery"]["media"]["data"] if name == "partner" else answer["data"]
    found = [written(made) for each in items if (made := candidate(each, **how)) is not None]
    assert found == recorded(f"{name}.expected")
    assert how["door"] != "hashtag" or not any("author_name" in each for each in found)


ODD: list[Any] = [
    None, 3, "x", [], {}, {"id": 5}, {"id": "17", "permalink": 3}, {"id": "17", "permalink": "javascript:alert(1)"},
    {"id": "1,2", "permalink": "https://www.instagram.com/p/x/"},
    {"id": "17", "permalink": "https://www.instagram.com/p/x/", "caption": ["x"], "media_type": {}, "media_url": 5,
     "children": [], "timestamp": 3, "username": {"a": 1}, "alt_text": 7},
    {"id": "17", "permalink": "https://www.instagram.com/p/x/", "caption": "\ud800\x00", "timestamp": "9999-99-99",
     "children": {"data": [None, 3, {"media_url": "file:///etc/passwd"}]}, "username": "a b<script>"},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_media_do_no_harm(odd: Any) -> None:
    """Whatever shape comes, it is a storable candidate or none."""
    found = candidate(odd, door="own")
    if found is not None:
        (found.identity + found.text + found.url).encode()
        assert (found.url.startswith("https://"), found.author_handle, found.media) == (True, "", ())


def test_an_odd_element_does_not_lose_its_page() -> None:
    """What cannot be read is left out, what stands beside it is kept."""
    meta = playing(own=[None, 7, {"id": []}, *newest_first(900)])  # type: ignore[list-item]  # what no network should send
    with Server({"*": meta}) as server:
        assert numbers(ask(server, read=("own",))) == [900]


def test_a_new_signature_of_a_pictures_address_is_no_edit() -> None:
    """Meta signs addresses anew with every answer; the same file on another of its hosts is the same picture."""
    url = "https://scontent-arn2-1.cdninstagram.com/v/7_n.jpg?oh=zzz&oe=7"
    first, again = candidate(medium(7), door="own"), candidate(medium(7, media_url=url), door="own")
    other = candidate(medium(7, media_url="https://scontent.cdninstagram.com/v/8_n.jpg"), door="own")
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.digest == again.digest != other.digest


def test_own_and_tagged_media_are_read_to_the_wanted_past_and_then_forward() -> None:
    """120 media on three pages come once each; what is older than since does not; later only new ones are new."""
    meta = playing(own=newest_first(*range(881, 1000)), tagged=newest_first(500, 100, username="anna.b"))
    with Server({"*": meta}) as server:
        first = ask(server)
        assert sorted(numbers(first)) == [500, *range(881, 1000)]
        assert first[-1].filled is not None
        assert first[-1].filled.done
        meta.lists[f"{ME}/media"].insert(0, medium(1000))
        second = ask(server, first[-1].cursor)
    # The last three days are read again, for what was edited in them.
    assert set(numbers(second)) == {500, *range(927, 1001)}
    by = {each.author_handle: each.author_name for page in first for each in page.candidates}
    assert by == {"hallandvaxer": "Halland växer", "anna.b": ""}


def test_going_on_from_any_page_misses_nothing() -> None:
    """A run that dies after a page is gone on with at the next one, and what was posted meanwhile comes too."""
    meta = playing(own=newest_first(*range(700, 1000)), tagged=newest_first(*range(600, 700)))
    meta.size = 40
    with Server({"*": meta}) as server:
        pages = ask(server)
        meta.lists[f"{ME}/media"].insert(0, medium(1000))
        for number, page in enumerate(pages):
            rest = ask(server, json.loads(json.dumps(page.cursor)))
            assert set(numbers(pages[: number + 1]) + numbers(rest)) == set(range(600, 1001))
            assert rest[-1].filled is not None
            assert rest[-1].filled.done


def test_a_backfill_says_how_far_it_has_come() -> None:
    """Before the last page the past is not reached, and the moment moves backwards."""
    meta = playing(own=newest_first(*range(700, 1000)))
    with Server({"*": meta}) as server:
        told = [page.filled for page in ask(server, read=("own",)) if page.filled]
    assert [each.done for each in told] == [False] * 5 + [True, True]
    reached = [each.reached for each in told]
    assert reached[:5] == sorted(reached[:5], reverse=True)
    assert told[0].goal == NOW - timedelta(days=30)


def test_a_cursor_that_grew_old_begins_its_stretch_again() -> None:
    """Where Meta no longer knows a cursor, the stretch is read from its top; nothing is missed."""
    meta = playing(own=newest_first(*range(700, 1000)))
    with Server({"*": meta}) as server:
        half = ask(server, read=("own",))[1].cursor
        seen = meta.asked("/media")

        def forgetful(request: Any) -> Reply:
            if request.query.get("after") == "c100" and meta.asked("/media") == seen + 1:
                meta.targets.append("/media")
                return refusal(100)
            return meta(request)

        server.routes["*"] = forgetful
        assert set(range(700, 900)) <= set(numbers(ask(server, half, read=("own",))))


def test_the_fields_that_a_version_does_not_know_are_left_out_from_then_on() -> None:
    """A question that is refused for its fields is asked again with fewer, at once and at later runs."""
    meta = playing(own=newest_first(900))

    def strict(request: Any) -> Reply:
        if "alt_text" in request.query.get("fields", ""):
            meta.targets.append("refused")
            return refusal(100, message="(#100) Tried accessing nonexisting field (alt_text)")
        return meta(request)

    with Server({"*": strict}) as server:
        first = ask(server, read=("own",))
        ask(server, first[-1].cursor, read=("own",))
    assert (numbers(first), meta.asked("refused")) == ([900], 1)


def test_partners_media_are_paged_inside_the_answer_and_one_wrong_name_stops_no_other() -> None:
    """Business discovery has cursors without an address of the next page; an unknown partner is an error beside."""
    meta = playing()
    meta.lists["partnern"] = newest_first(*range(800, 920))
    with Server({"*": meta}) as server:
        pages = ask(server, read=("partners",), partners=("@okand", "@Partnern"))
        again = ask(server, pages[-1].cursor, read=("partners",), partners=("@okand", "@Partnern"))
    assert sorted(numbers(pages)) == list(range(800, 920))
    one = next(each for page in pages for each in page.candidates)
    assert (one.author_handle, one.author_name) == ("partnern", "Partnern")
    assert [(error.key, error.facts["partner"]) for error in pages[-1].errors] == [("instagram_no_partner", "@okand")]
    assert set(numbers(again)) <= set(range(840, 920))


# --- hashtag search --------------------------------------------------------------------------------------


def test_both_spellings_are_searched_once_and_their_numbers_kept_for_good() -> None:
    """The first run asks what the tags' numbers are, and for the most popular media; later runs do neither."""
    meta = playing(recent0=newest_first(990, 991), recent1=newest_first(992), top0=newest_first(10))
    with Server({"*": meta}) as server:
        first = ask(server, read=("hashtag",))
        searched = [each.query["q"] for each in server.requests if each.path.endswith("ig_hashtag_search")]
        second = ask(server, first[-1].cursor, read=("hashtag",), now=NOW + timedelta(days=40))
    assert (searched, sorted(numbers(first))) == (list(TAGS), [10, 990, 991, 992])
    assert (meta.asked("ig_hashtag_search"), meta.asked("top_media"), meta.asked("recent_media")) == (2, 2, 4)
    assert sorted(numbers(second)) == [990, 991, 992]
    assert all(each.author_name == each.author_handle == "" for page in first for each in page.candidates)


@pytest.mark.parametrize("same_cursor", [False, True])
def test_a_tag_is_paged_to_its_end_even_where_every_cursor_looks_the_same(same_cursor: bool) -> None:
    """The end shows in media that repeat themselves or a missing next page, never in the look of the cursor."""
    meta = playing(recent0=newest_first(*range(800, 1000)))
    meta.same_cursor = same_cursor
    with Server({"*": meta}) as server:
        assert sorted(numbers(ask(server, read=("hashtag",)))) == list(range(800, 1000))


def test_a_tag_whose_next_page_leads_to_itself_ends() -> None:
    """Where ``after`` is accepted and ignored, the second page is the first again, and the run goes on elsewhere."""
    meta = playing(recent0=newest_first(*range(800, 1000)), recent1=newest_first(7))
    meta.ignores = {"after", "limit"}
    meta.size = 50
    with Server({"*": meta}) as server:
        found = numbers(ask(server, read=("hashtag",)))
    # Ignored with "limit", a page has 25.
    assert (sorted(found), meta.asked("0/recent_media")) == ([7, *range(975, 1000)], 2)


def test_a_tag_without_an_end_stops_at_the_pages_of_one_run() -> None:
    """A list that always brings new media is left after 25 pages and not counted as read."""
    meta = playing(recent0=newest_first(*range(1, 3000)))
    with Server({"*": meta}) as server:
        pages = ask(server, read=("hashtag",), tags=TAGS[:1])
    assert meta.asked("recent_media") == 25
    assert "read" not in pages[-1].cursor["tags"]["hallandväxer"]


def test_what_was_shown_by_a_named_list_is_not_taken_from_a_hashtag_again() -> None:
    """The author that the tagged list knows is not lost to the hashtag's answer, which has none."""
    mine = medium(995, at=NOW - timedelta(hours=2), username="anna")
    bare = {key: value for key, value in mine.items() if key != "username"}
    meta = playing(tagged=[mine], recent0=[bare, medium(996)])
    with Server({"*": meta}) as server:
        first = ask(server, read=ALL)
        second = ask(server, first[-1].cursor, read=ALL)
    for pages in (first, second):
        assert [(each.identity, each.author_handle) for page in pages for each in page.candidates] == [
            (mine["id"], "anna"),
            (medium(996)["id"], ""),
        ]


def test_more_than_a_day_between_two_readings_of_a_tag_is_a_gap() -> None:
    """Twelve hours are none; sixty leave out what is older than a day now."""
    meta = playing(recent0=newest_first(990))
    with Server({"*": meta}) as server:
        first = ask(server, read=("hashtag",), tags=TAGS[:1])
        soon = ask(server, first[-1].cursor, read=("hashtag",), tags=TAGS[:1], now=NOW + timedelta(hours=12))
        late = ask(server, first[-1].cursor, read=("hashtag",), tags=TAGS[:1], now=NOW + timedelta(hours=60))
    assert [missed for page in (*first, *soon) for missed in page.missed] == []
    (missed,) = (missed for page in late for missed in page.missed)
    assert (missed.from_at, missed.to_at, missed.reason) == (NOW, NOW + timedelta(hours=36), "instagram_day")


def test_a_tag_that_nobody_has_used_is_empty_and_no_error() -> None:
    """Error 24 is the answer for it, and the other spelling is read."""
    meta = playing(recent1=newest_first(990))
    del meta.things["tag:hallandväxer"]
    with Server({"*": meta}) as server:
        pages = ask(server, read=("hashtag",))
    assert (numbers(pages), pages[-1].errors, meta.asked("ig_hashtag_search")) == ([990], (), 2)


def searched(count: int, *names: str) -> list[dict[str, Any]]:
    """So many tags that Instagram counts, these among them."""
    listed = [{"id": str(number), "name": f"annan{number}"} for number in range(count - len(names))]
    return [*listed, *({"id": name, "name": name} for name in names)]


def test_the_thirty_tags_are_told_and_never_passed() -> None:
    """With 29 counted one spelling is searched; the other is refused in words before Instagram is asked for it."""
    meta = playing(searched=searched(29), recent0=newest_first(990), recent1=newest_first(991))
    with Server({"*": meta}) as server:
        pages = ask(server, read=("hashtag",))
    quota = next(each for each in pages[-1].quotas if each.name == "instagram_hashtags")
    assert (quota.used, quota.limit, quota.resets_at) == (30, 30, NOW + timedelta(days=7))
    assert (numbers(pages), meta.asked("ig_hashtag_search")) == ([990], 1)
    (error,) = pages[-1].errors
    assert (error.key, error.facts["tag"], error.retry_at) == (
        "instagram_tags_spent",
        "#hallandvaxer",
        NOW + timedelta(days=7),
    )


def test_a_tag_that_counts_already_is_free() -> None:
    """With all thirty used and ours among them, ours are searched."""
    meta = playing(searched=searched(30, *TAGS), recent0=newest_first(990))
    with Server({"*": meta}) as server:
        pages = ask(server, read=("hashtag",))
    assert (numbers(pages), pages[-1].errors) == ([990], ())


def test_where_instagram_does_not_tell_what_counts_our_own_book_does() -> None:
    """Thirty spellings are searched, the thirty-first is not; after seven days they are free again."""
    tags = tuple(f"tagg{number}" for number in range(31))
    meta = playing()
    meta.refuses[f"{ME}/recently_searched_hashtags"] = refusal(100)
    for number, tag in enumerate(tags):
        meta.things[f"tag:{tag}"] = {"data": [{"id": f"5{number}"}]}
        meta.lists |= {f"5{number}/recent_media": [], f"5{number}/top_media": []}
    with Server({"*": meta}) as server:
        pages = ask(server, read=("hashtag",), tags=tags)
        assert [error.facts["tag"] for error in pages[-1].errors if error.key == "instagram_tags_spent"] == ["#tagg30"]
        week = ask(server, pages[-1].cursor, read=("hashtag",), tags=tags[30:], now=NOW + timedelta(days=7))
    assert (week[-1].errors, next(each.used for each in week[-1].quotas)) == ((), 1)


def test_two_spellings_that_are_one_tag_to_instagram_are_read_once() -> None:
    """The same number for both is asked for its media a single time."""
    meta = playing(recent0=newest_first(990))
    meta.things["tag:hallandvaxer"] = meta.things["tag:hallandväxer"]
    with Server({"*": meta}) as server:
        assert numbers(ask(server, read=("hashtag",))) == [990]
    assert meta.asked("recent_media") == 1


def test_without_the_review_hashtag_search_says_what_to_apply_for_and_the_rest_is_read() -> None:
    """A missing right for one list stops no other."""
    meta = playing(own=newest_first(900))
    for path in ("ig_hashtag_search", f"{ME}/recently"):
        meta.refuses[path] = refusal(
            10, message="(#10) To use Instagram Public Content Access, your use must be reviewed"
        )
    with Server({"*": meta}) as server:
        pages = ask(server, read=ALL)
    assert (numbers(pages), {error.key for error in pages[-1].errors}) == ([900], {"instagram_no_search"})


def test_a_list_that_is_refused_is_not_waited_for() -> None:
    """The past counts as read when all lists are that can be, and a right given later is used."""
    meta = playing(own=newest_first(900), tagged=newest_first(800))
    meta.refuses[f"{ME}/tags"] = refusal(10)
    with Server({"*": meta}) as server:
        first = ask(server)
        meta.refuses.clear()
        second = ask(server, first[-1].cursor)
    assert first[-1].filled is not None
    assert (first[-1].filled.done, [error.key for error in first[-1].errors]) == (True, ["graph_no_permission"])
    assert set(numbers(second)) == {900, 800}


# --- refusals --------------------------------------------------------------------------------------------

BUSY = json.dumps({ME: [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 25}]})
REFUSALS: list[tuple[Reply, str, dict[str, Any]]] = [
    (refusal(190, 463, status=401), "graph_token_expired", {}),
    (refusal(190, 460, status=400), "graph_token_password", {}),
    (refusal(190, 467), "graph_token_invalid", {}),
    (refusal(190, 459), "graph_token_locked", {}),
    (refusal(190), "graph_token_invalid", {}),
    (refusal(10), "graph_no_permission", {"permission": "instagram_basic"}),
    (
        refusal(200, status=403, message="Requires instagram_manage_insights permission"),
        "graph_no_permission",
        {"permission": "instagram_manage_insights"},
    ),
    (refusal(4, status=403), "graph_too_many", {}),
    (refusal(4, status=200), "graph_too_many", {}),
    (refusal(80002, X_Business_Use_Case_Usage=BUSY), "graph_too_many", {}),
    (refusal(100, 33), "instagram_no_account", {"account": ME}),
    (refusal(1, status=500), "graph_later", {}),
    (refusal(2, status=503), "graph_later", {}),
    (refusal(368), "graph_blocked", {}),
    (refusal(100, message="API calls from the server require an appsecret_proof argument"), "graph_needs_proof", {}),
    (refusal(99999), "graph_refused", {"code": 99999}),
]


@pytest.mark.parametrize(("reply", "key", "facts"), REFUSALS)
def test_each_refusal_has_its_own_sentence(reply: Reply, key: str, facts: dict[str, Any]) -> None:
    """An expired token, a missing right and a used-up allowance are told apart; the token stands in none of them."""
    with Server({"*": reply}) as server, pytest.raises(CollectError) as told:
        ask(server)
    assert told.value.key == key
    assert facts.items() <= told.value.facts.items()
    for code in LANGUAGES:
        said = str(Language(code, ZoneInfo("Europe/Stockholm")).explain(told.value))
        assert "{" not in said
        assert TOKEN not in said
        assert not said.startswith(key)
    if "X-Business-Use-Case-Usage" in reply.headers:
        assert told.value.retry_at == NOW + timedelta(minutes=25)


def test_every_error_of_meta_has_words() -> None:
    """Each error that its numbers may become is explained in both languages."""
    answers = [
        {"code": code, "error_subcode": sub}
        for code in (*range(-1, 400), 613, 803, 80001)
        for sub in (0, 33, 460, 463, 464)
    ]
    for answer in answers:
        error = graph_errors.told(answer, host="h", needs="r", what="w", retry_at=None)
        for code in LANGUAGES:
            said = Language(code, ZoneInfo("Europe/Stockholm")).explain(error)
            assert all((said.wait, said.do, "{" not in str(said))), error


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_common_faults_are_named_and_lose_nothing(fault: Fault) -> None:
    """Whatever the server does instead of answering, the error says it, and a later run goes on."""
    meta = playing(own=newest_first(*range(900, 1000)))
    with Server({"*": meta}) as server:
        cursor = ask(server, read=("own",))[0].cursor
        server.routes["*"] = fault.make()
        with pytest.raises(CollectError) as told:
            ask(server, cursor, read=("own",))
        assert told.value.key in fault.keys
        assert told.value.retry_at == fault.retry_at
        server.routes["*"] = meta
        assert set(numbers(ask(server, cursor, read=("own",)))) >= set(range(900, 950))


def test_a_used_up_allowance_in_the_middle_keeps_what_came_and_waits_as_long_as_meta_says() -> None:
    """Refused with status 200 after the first list, the run keeps it, and the next one asks nothing before its time."""
    meta = playing(own=newest_first(900))
    meta.refuses[f"{ME}/tags"] = refusal(4, status=200, X_Business_Use_Case_Usage=BUSY)
    with Server({"*": meta}) as server:
        pages = ask(server)
        assert (numbers(pages), [error.key for error in pages[-1].errors]) == ([900], ["graph_too_many"])
        count = len(server.requests)
        with pytest.raises(CollectError) as told:
            ask(server, pages[-1].cursor)
        assert (told.value.key, told.value.retry_at) == ("server_waits", NOW + timedelta(minutes=25))
        assert len(server.requests) == count
        meta.refuses.clear()
        assert ask(server, pages[-1].cursor, now=NOW + timedelta(minutes=26))[-1].errors == ()


def test_what_is_used_is_told_in_percent_and_near_the_end_a_run_leaves_off() -> None:
    """At 95 percent each list still gives its first page, and the rest waits."""
    meta = playing(own=newest_first(*range(700, 1000)))
    meta.usage["X-App-Usage"] = json.dumps({"call_count": 28, "total_time": 95, "total_cputime": "x"})
    with Server({"*": meta}) as server:
        pages = ask(server, read=("own",))
    assert (pages[-1].quotas[0].name, pages[-1].quotas[0].used, pages[-1].quotas[0].limit) == ("graph_calls", 95, 100)
    assert (len(numbers(pages)), pages[-1].filled and pages[-1].filled.done) == (50, False)


@pytest.mark.parametrize("header", ["", "x", "[]", '{"a": 3}', '{"a": [7, null, {"call_count": {}}]}', "[" * 5000])
def test_odd_headers_do_no_harm(header: str) -> None:
    """What cannot be read of the allowance says nothing."""
    meta = playing(own=newest_first(900))
    meta.usage = {"X-App-Usage": header, "X-Business-Use-Case-Usage": header}
    with Server({"*": meta}) as server:
        assert numbers(ask(server, read=("own",))) == [900]


def test_the_end_of_the_token_is_asked_for_once_a_day_and_when_it_changes() -> None:
    """The nearer of its two ends is told by every run; the question carries the token in its body."""
    meta = playing()
    meta.token = json.loads((DATA / "token.json").read_text(encoding="utf-8"))["data"] | {
        "data_access_expires_at": 1800000000
    }
    with Server({"*": meta}) as server:
        first = ask(server)
        second = ask(server, first[-1].cursor, now=NOW + timedelta(hours=20))
        assert meta.asked("") - meta.asked("media") - meta.asked("tags") - meta.asked(ME) == 1
        ask(server, second[-1].cursor, now=NOW + timedelta(hours=20), token="EAAny")
        ask(server, second[-1].cursor, now=NOW + timedelta(hours=25))
        assert [each.method for each in server.requests].count("POST") == 3
    assert {page.token_expires_at for page in (first[-1], second[-1])} == {datetime.fromtimestamp(1577347200, UTC)}


BAD_SETTINGS = [
    ({"account": "@hallandvaxer"}, "instagram_account_bad"),
    ({"read": ("stories",)}, "instagram_read_bad"),
    ({"read": ("partners",)}, "instagram_partners_missing"),
    ({"partners": ("a){id}",)}, "instagram_no_partner"),
    ({"version": "25"}, "graph_version_bad"),
    ({"token": ""}, "graph_no_token"),
    ({"rights": "own"}, "graph_rights_mixed"),
    ({"since": "snart"}, "since_bad"),
]


@pytest.mark.parametrize(("options", "key"), BAD_SETTINGS)
def test_settings_that_cannot_be_followed_are_said(options: dict[str, Any], key: str) -> None:
    """A wrong setting is a permanent error of its own."""
    with Server({"*": playing()}) as server, pytest.raises(CollectError) as told:
        ask(server, **options)
    assert (told.value.key, told.value.permanent) == (key, True)


def test_whatever_stands_in_an_answer_no_run_crashes() -> None:
    """Any part of any answer may be of any other kind: it is passed over, or told as an error."""
    meta = playing(
        own=newest_first(998, 999), tagged=newest_first(997), recent0=newest_first(996), top0=newest_first(9)
    )
    meta.lists["partnern"] = newest_first(995)
    posts = [known(998), known(999)]
    meta.things |= {each.identity: medium(998) for each in posts}
    options: dict[str, Any] = {"read": (*ALL, "partners"), "partners": ("partnern",)}
    rng = Random(7)
    for _ in range(10):
        with Server({"*": spoiling(meta, rng)}) as server:
            cursor: dict[str, Any] = {}
            for _ in range(2):
                with contextlib.suppress(CollectError):
                    pages = ask(server, cursor, **options)
                    cursor = json.loads(json.dumps(pages[-1].cursor))
            with contextlib.suppress(CollectError), visiting(source(server, **options), server, cursor) as visit:
                list(instagram.recheck(visit, posts))


# --- asking again, forecast, storing ---------------------------------------------------------------------


def known(number: int, door: str = "own") -> Known:
    own = medium(number)
    place = f"instagram:own:{ME}" if door == "own" else f"instagram:{door}"
    return Known(network="instagram", identity=own["id"], url=own["permalink"], local={place: own["id"]})


def again(server: Server, *posts: Known) -> dict[int, Found]:
    cursor = {"account": {"asked": NOW.isoformat(), "handle": "hallandvaxer", "name": "Halland växer"}}
    with visiting(source(server), server, cursor) as visit:
        told = list(instagram.recheck(visit, posts))
    assert sorted(each.identity for each in told) == sorted(each.identity for each in posts)
    return {int(each.identity) - 17_900_000_000_000_000: each.found for each in told}


def test_own_media_are_asked_for_in_batches_and_singly_where_one_is_gone() -> None:
    """What stands is live, what the token would reach is absent, what others posted is unknown."""
    meta = playing()
    meta.things |= {medium(number)["id"]: medium(number) for number in (1, 2)}
    with Server({"*": meta}) as server:
        assert again(server, known(1), known(2)) == {1: Found.LIVE, 2: Found.LIVE}
        assert len(server.requests) == 2
        assert again(server, known(1), known(3), known(4, "hashtag"), known(5, "tagged")) == {
            1: Found.LIVE, 3: Found.ABSENT, 4: Found.UNKNOWN, 5: Found.UNKNOWN,
        }  # fmt: skip


def test_nothing_is_absent_while_the_token_does_not_reach_its_own_account() -> None:
    """Meta's word for deleted is also its word for forbidden."""
    meta = playing()
    del meta.things[ME]
    with Server({"*": meta}) as server:
        assert again(server, known(1)) == {1: Found.UNKNOWN}


def test_what_is_found_again_is_the_same_version() -> None:
    """The post as asked for singly equals the post as the list gave it."""
    meta = playing(own=newest_first(900))
    meta.things[medium(900)["id"]] = medium(900, media_url="https://scontent-2.cdninstagram.com/v/900_n.jpg?oh=nytt")
    with Server({"*": meta}) as server:
        pages = ask(server, read=("own",))
        with visiting(source(server), server, pages[-1].cursor) as visit:
            (told,) = instagram.recheck(visit, [known(900)])
    assert told.candidate is not None
    assert told.candidate.digest == pages[0].candidates[0].digest


def test_a_forecast_counts_the_calls_of_a_month_and_warns() -> None:
    """Six lists every six hours, the account and the token once a day; too slow for a tag is said."""
    with Server({}) as server:
        given = source(server, read=ALL, every=timedelta(hours=6))
        told = instagram.forecast(given, TAGS, 7.0)
        slow = instagram.forecast(source(server, read=ALL, every=timedelta(days=1)), TAGS, 7.0)
    assert (told.calls, told.allowed, told.usd) == (120 * 5 + 60 + 1, None, None)
    assert told.notes == ("graph_allowance", "instagram_no_author")
    assert "instagram_slow" in slow.notes


def test_a_source_is_stored_once(store: Store) -> None:
    """Through the real run into a real store; the second time nothing is new or changed."""
    part = {"id": "1", "media_type": "IMAGE", "media_url": medium(3)["media_url"]}
    album = medium(961, media_type="CAROUSEL_ALBUM", children={"data": [part]})
    meta = playing(
        own=newest_first(*range(900, 960)), tagged=[album | {"username": "anna"}], recent0=newest_first(990),
        top0=newest_first(10),
    )  # fmt: skip
    with Server({"*": meta}) as server:
        given = collecting.settings(source(server, read=ALL), allow=(server.address,))
        first = collecting.run(store, given)["ig"]
        for lists in meta.lists.values():
            for item in lists:
                item["media_url"] = item.get("media_url", "") + "&oh=signerad-pa-nytt"
        second = collecting.run(store, given, now=NOW + timedelta(hours=6))["ig"]
    assert (first.status, first.new, first.error) == ("ok", 63, None)
    assert (second.status, second.new, second.revised, second.error) == ("ok", 0, 0, None)
    assert [row.author_handle for row in collecting.posts(store) if row.identity == medium(990)["id"]] == [""]


def test_a_post_that_two_named_lists_show_is_one_version(store: Store) -> None:
    """What a partner posts and tags us in is told by both lists, with and without the name: it is no edit each time."""
    theirs = medium(995, at=NOW - timedelta(hours=5), username="partnern")
    mine = medium(994, at=NOW - timedelta(hours=6), username="hallandvaxer")
    meta = playing(own=[mine | {"alt_text": "Äpplen"}], tagged=[theirs, mine, medium(990, username="anna")])
    meta.lists["partnern"] = [theirs]
    with Server({"*": meta}) as server:
        given = source(server, read=("own", "tagged", "partners"), partners=("@partnern",))
        for _ in range(3):
            collecting.run(store, collecting.settings(given, allow=(server.address,)))
    stored = {post.identity: post for post in collecting.posts(store)}
    assert len(stored) == 3
    assert len(collecting.rows(store, "version")) == 3
    assert stored[theirs["id"]].author_name == "Partnern"


def test_popular_media_found_later_do_not_take_the_author_away(store: Store) -> None:
    """A post that is known with its author stays as it is where a hashtag shows it bare, however old it is."""
    mine = medium(800, username="hallandvaxer", alt_text="Äpplen")
    bare = {key: value for key, value in mine.items() if key not in ("username", "alt_text")}
    meta = playing(own=[mine], top0=[bare])
    with Server({"*": meta}) as server:
        collecting.run(store, collecting.settings(source(server, read=("own",)), allow=(server.address,)))
        collecting.run(store, collecting.settings(source(server, read=("own", "hashtag")), allow=(server.address,)))
    (post,) = collecting.posts(store)
    assert (post.author_handle, len(collecting.rows(store, "version"))) == ("hallandvaxer", 1)


def test_places_do_not_pile_up_while_the_allowance_stays_nearly_used() -> None:
    """Where every run may read one page alone, what is left to read stays a short list, and nothing of it is lost."""
    meta = playing(own=newest_first(*range(500, 700)))
    meta.usage = {"X-App-Usage": json.dumps({"call_count": 95})}
    with Server({"*": meta}) as server:
        cursor: dict[str, Any] = {}
        seen: set[int] = set()
        for hour in range(12):
            # Each run meets more than a page of new media.
            meta.lists[f"{ME}/media"] = newest_first(*range(500, 760 + hour * 60))
            pages = ask(server, cursor, read=("own",), now=NOW + timedelta(hours=hour))
            cursor = pages[-1].cursor
            seen |= set(numbers(pages))
        most = len(cursor["own"]["spans"])
        meta.usage = {}
        for _ in range(12):
            pages = ask(server, cursor, read=("own",), now=NOW + timedelta(hours=13))
            cursor = pages[-1].cursor
            seen |= set(numbers(pages))
    assert most <= 8
    assert set(range(500, 1420)) == seen
