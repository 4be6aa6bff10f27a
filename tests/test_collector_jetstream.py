"""Jetstream: what concerns us among all events, where reading goes on, servers that are lost, names that come late."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest

import collecting
from campaign.collecting import Signal
from campaign.errors import CollectError
from campaign.settings import FetchSettings, SourceSettings
from collector.networks import jetstream
from collector.networks.jetstream_match import Matcher, parsed
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from net.http import Fetcher
from servers import RawServer, Reply, Server
from skies import ANNA, BO, Bluesky, Stream, account, event, microseconds, uri, view
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/jetstream"
TAGS = ("hallandväxer",)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save often and give up soon, so that no test waits for minutes."""
    monkeypatch.setattr(jetstream, "SAVE_SECONDS", 0.2)
    monkeypatch.setattr(jetstream, "QUIET_SECONDS", 1)


@contextmanager
def visiting(*streams: Stream | str, index: str = "", **changes: Any) -> Iterator[Visit]:
    """A visit as a run makes it; the index that knows the names is closed where none is given."""
    servers = tuple(each if isinstance(each, str) else each.url for each in streams)
    options = {"servers": servers, "api": index or "http://127.0.0.1:9"} | changes.pop("options", {})
    given = collecting.source("ström", "jetstream", **options)
    allow = tuple(address.partition("//")[2] for address in (*servers, index) if address)
    settings = FetchSettings(allow=(*allow, "127.0.0.1:9"), per_host=timedelta(0), total=timedelta(seconds=1))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        made: dict[str, Any] = {"now": NOW, "session": Forgetful(), "spellings": TAGS, "cursor": {}, "source": given}
        yield Visit(ask=ask, **(made | {"clock": lambda: NOW} | changes))


def listen(*streams: Stream | str, **changes: Any) -> list[Page]:
    """Listen until caught up and return all pages."""
    with visiting(*streams, **changes) as visit:
        return list(jetstream.pages(visit))


def from_(seconds: float) -> dict[str, Any]:
    """A cursor so many seconds from NOW."""
    return {"time_us": microseconds(seconds)}


def names(pages: list[Page]) -> list[str]:
    """The last part of every post's name, in the order they came."""
    return [candidate.identity.rpartition("/")[2] for page in pages for candidate in page.candidates]


# Which events concern us


RECORDED = {"golden": {"keep": "all", "accounts": ("did:plc:q235v55g5unth4zjjdpacfdr",)}, "made": {}}


def heard(name: str) -> dict[str, Any]:
    """What a file of events becomes; of the recorded ones, in which nobody has our tag, all of one account."""
    events = (DATA / f"{name}.jsonl").read_bytes().splitlines()
    last = max(parsed(line)["time_us"] for line in events)
    now = NOW.fromtimestamp(last / 1e6, NOW.tzinfo)
    with Stream(*events) as stream:
        cursor = {"time_us": last - 60_000_000}
        pages = listen(stream, cursor=cursor, now=now, clock=lambda: now, options=RECORDED[name])
    found = {
        "candidates": [asdict(each) for page in pages for each in page.candidates],
        "withdrawals": [asdict(each) for page in pages for each in page.withdrawals],
    }
    told: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return told


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_events(name: str) -> None:
    """Recorded and made events become the posts and withdrawals beside them."""
    expected = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert heard(name) == expected


def post(text: str = "", **record: Any) -> bytes:
    """A new post as bytes, half of them escaped."""
    made = event(0, "x", text, **record)
    return json.dumps(made, ensure_ascii=len(text) % 2 == 0, separators=(",", ":")).encode()


OURS = [
    post("#hallandväxer"),
    post("#HALLANDVÄXER!"),
    post("Vi ses. #hallandva\u0308xer"),
    post("＃HallandVäxer"),
    post(tags=["hallandväxer"]),
    post(tags=["HALLANDVA\u0308XER"]),
    post("utan", facets=[{"index": {}, "features": [{"$type": "x#tag", "tag": "HallandVäxer"}]}]),
    post("(#hallandväxer)"),
    b'{"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","record":'
    b'{"text":"#hallandv\\u00E4xer"}}}',
    b'{ "kind" : "commit", "commit" : { "operation" : "create", "collection" : "app.bsky.feed.post", "record" :'
    b' {"text" : "#hallandv\\u00e4xer"} } }',
    post("#hallandväxer", facets=7, langs=3),
    post("#hallandväxer").replace(b"#halland", b"\\ud83c #halland"),
]
"""Each holds the tag, in one of the ways that a post can."""

OTHERS = [
    post("#hallandväxerinte"),
    post("hallandväxer"),
    post("#hallandvaxer"),
    post("x#hallandväxer"),
    post("", tags=["hallandväxerinte"], facets=[{"features": [{"tag": "halland"}]}]),
    post("#halland #växer"),
    json.dumps(event(0, "x") | {"commit": event(0, "x")["commit"] | {"collection": "app.bsky.feed.like"}}).encode(),
    b"",
    b"[]",
    b"null",
    b"#hallandv\xc3\xa4xer",
    b'{"kind":"identity","identity":{"handle":"hallandv"}}',
    b"{" * 100_000,
    b'{"commit":{"operation":"create","collection":"app.bsky.feed.post","record":{"text":["#hallandv\xc3\xa4xer"]}}}',
]
"""None of these concerns us, however much it looks like it."""

ALWAYS = [
    json.dumps(event(0, "x", operation="delete"), separators=(",", ":")).encode(),
    json.dumps(event(0, "x", "tagg borta", operation="update"), separators=(",", ":")).encode(),
    json.dumps(account(0, active=False, status="deleted")).encode(),
]
"""These concern posts that may be stored already, whatever is in them."""


@pytest.mark.parametrize("count", [1, 2, 50])
def test_matching(count: int) -> None:
    """Every way to write the tag is found, near misses are not, with one tag, with two, and with fifty."""
    matcher = Matcher(["#hallandväxer", *(f"tagg{number:02}x" for number in range(count - 1))])
    assert [matcher.concerns(each) for each in OURS] == [True] * len(OURS)
    assert [matcher.concerns(each) for each in OTHERS] == [False] * len(OTHERS)
    assert [matcher.concerns(each) for each in ALWAYS] == [True] * len(ALWAYS)
    assert len(matcher.runs) == (count if count < 3 else 0)


@pytest.mark.parametrize("tag", ["åäö", "på", "växö"])
def test_tags_without_ascii(tag: str) -> None:
    """A tag without three ASCII letters in a row is found all the same."""
    matcher = Matcher([tag])
    assert matcher.concerns(post(f"hej #{tag.upper()}"))
    assert not matcher.concerns(post("hej #något"))


def test_matching_agrees_with_reading_everything() -> None:
    """Looking at bytes first decides as reading every event does, whatever is mixed together."""
    rng = Random(7)
    parts = ["#", "＃", "halland", "HALLAND", "v", "ä", "a\u0308", "Ä", "xer", "XER", " ", "_", "x", "🌱", "\\", '"']
    matcher = Matcher(TAGS)
    for _ in range(3000):
        raw = post("".join(rng.choices(parts, k=rng.randrange(1, 12))))
        assert matcher.concerns(raw) == matcher._decoded(raw) == matcher._odd(raw), raw


# Reading


def test_first_run_wants_nothing_old() -> None:
    """A source that was just added begins now, and ends as soon as something new passes by."""
    with Stream(event(-100, "gammal")) as stream:
        pages = listen(stream)
        assert (names(pages), pages[-1].cursor["time_us"]) == ([], microseconds(0))


def test_reading_on_from_the_cursor() -> None:
    """A run goes on five seconds before the last one, ends where it began in time, and doubles nothing."""
    with Stream(event(-60, "a"), event(-30, "b"), event(-2, "c"), event(1, "d")) as stream:
        first = listen(stream, cursor=from_(-90))
        assert (names(first), stream.asked[0]) == (
            ["a", "b", "c", "d"],
            [("wantedCollections", "app.bsky.feed.post"), ("cursor", str(microseconds(-95)))],
        )
        stream.events.append(event(3, "e"))
        later = listen(stream, cursor=json.loads(json.dumps(first[-1].cursor)), now=NOW + timedelta(seconds=2))
    assert names(later) == ["e"]
    assert later[-1].cursor["time_us"] == microseconds(3)


def test_going_on_from_any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever page is the last that was kept, going on from it misses nothing and doubles nothing that was kept."""
    monkeypatch.setattr(jetstream, "_LOOK_EVERY", 1)
    monkeypatch.setattr(jetstream, "SAVE_SECONDS", -1.0)
    network = Bluesky(*(view(number) for number in range(20) if number % 3))
    told = [event(number - 19, f"3k{number:05}") for number in range(20)]
    with Stream(*told) as stream, Server(network.routes()) as index:
        pages = listen(stream, cursor=from_(-60), index=index.url(""))
        assert len(pages) > 5
        for stop in range(len(pages)):
            later = listen(stream, cursor=json.loads(json.dumps(pages[stop].cursor)), index=index.url(""))
            found = names(pages[: stop + 1]) + names(later)
            assert sorted(found) == [f"3k{number:05}" for number in range(20)]


def test_names_come_from_the_index() -> None:
    """What the stream leaves out is asked for: the author's name, and whether strangers may see the post."""
    shy = view(2, author={"did": BO, "handle": "bo.example.se", "labels": [{"val": "!no-unauthenticated"}]})
    network = Bluesky(view(1), shy)
    told = [event(-3, "3k00001"), event(-2, "3k00002", did=BO), event(-1, "3k00003"), event(1, "3k00004")]
    with Stream(*told) as stream, Server(network.routes()) as index:
        found = [each for page in listen(stream, cursor=from_(-9), index=index.url("")) for each in page.candidates]
    seen = [(each.author_handle, each.members_only) for each in found]
    assert seen == [("anna.example.se", False), ("bo.example.se", True), ("", True), ("", True)]
    assert found[2].author_url == f"https://bsky.app/profile/{ANNA}"


def test_late_index_is_waited_for() -> None:
    """A post that the index does not know yet waits a moment for its author's name; the cursor waits with it."""
    network = Bluesky()
    stop = threading.Event()
    with (
        Stream(event(-2, "3k00001"), event(-1, "3k00009", "annat")) as stream,
        Server(network.routes()) as index,
        visiting(stream, cursor=from_(-9), index=index.url(""), live=True, stopping=stop.is_set) as visit,
    ):
        threading.Timer(0.3, lambda: network.views.append(view(1))).start()
        found = list(until(jetstream.pages(visit), lambda page: bool(page.candidates), stop))
    assert found[-1].candidates[0].author_handle == "anna.example.se"
    assert all(page.cursor["time_us"] <= microseconds(-2) for page in found[:-1])


def until(pages: Iterator[Page], enough: Callable[[Page], bool], stop: threading.Event) -> Iterator[Page]:
    """Yield pages up to one that is enough, then stop; ten seconds at most."""
    threading.Timer(10, stop.set).start()
    for page in pages:
        yield page
        if enough(page):
            stop.set()
            return


def test_an_edit_keeps_its_name_and_new_words() -> None:
    """An edited post has the words of the stream and the name of the index, though the index is behind."""
    network = Bluesky(view(1))
    told = event(-1, "3k00001", "Nya ord #hallandväxer", operation="update")
    with Stream(told) as stream, Server(network.routes()) as index:
        pages = listen(stream, cursor=from_(-9), index=index.url(""))
    found = pages[-1].candidates[0]
    assert (found.text, found.author_handle) == ("Nya ord #hallandväxer", "anna.example.se")


def test_withdrawals() -> None:
    """Deletions are final, a closed account hides all its posts, and one that opens brings them back, in order."""
    told = [
        event(-5, "borta", operation="delete"),
        account(-4, active=False, status="takendown"),
        account(-3, active=True),
        account(-2, active=False, status="nytt ord"),
        {"did": "inget did", "time_us": microseconds(-1), "kind": "account", "account": {"active": False}},
        {"did": ANNA, "time_us": microseconds(-1), "kind": "account", "account": {"active": "nej"}},
    ]
    with Stream(*told) as stream:
        found = [each for page in listen(stream, cursor=from_(-9)) for each in page.withdrawals]
    assert [(each.signal, each.reason, each.identity, each.prefix) for each in found] == [
        (Signal.GONE, "bluesky_deleted", f"at://{ANNA}/app.bsky.feed.post/borta", ""),
        (Signal.HIDDEN, "bluesky_takendown", "", f"at://{ANNA}/"),
        (Signal.BACK, "bluesky_back", "", f"at://{ANNA}/"),
        (Signal.HIDDEN, "bluesky_account_closed", "", f"at://{ANNA}/"),
    ]


def test_written_and_deleted_at_once() -> None:
    """A post that is deleted before it was stored is not stored."""
    with Stream(event(-3, "x"), event(-2, "x", operation="delete"), event(1, "y")) as stream:
        pages = listen(stream, cursor=from_(-9))
    assert names(pages) == ["y"]


def test_named_accounts() -> None:
    """With named accounts the server is asked for them alone, and a server that does not care changes nothing."""
    told = [event(-3, "a", "utan tagg"), event(-2, "b", did=BO), account(-1, active=False, did=BO)]
    options = {"accounts": ("@anna.example.se", "borta.example.se"), "keep": "all"}
    with Stream(*told) as stream, Server(Bluesky().routes()) as index:
        pages = listen(stream, cursor=from_(-9), index=index.url(""), options=options)
        assert (names(pages), [w for page in pages for w in page.withdrawals]) == (["a"], [])
        assert ("wantedDids", ANNA) in stream.asked[0]
        assert [error.facts["account"] for page in pages for error in page.errors] == ["borta.example.se"]
        again = listen(stream, cursor=pages[-1].cursor, options={"accounts": ("anna.example.se",)})
        assert ("wantedDids", ANNA) in stream.asked[1]
        assert again[-1].errors == ()


def test_everything_is_refused() -> None:
    """Keeping every post of the whole network is refused before anything is asked."""
    with pytest.raises(CollectError) as caught:
        listen("http://127.0.0.1:9", options={"keep": "all"})
    assert (caught.value.key, caught.value.permanent) == ("jetstream_everything", True)


# Gaps and lost servers


def test_beyond_the_window() -> None:
    """What the servers no longer replay is told as missed, and reading goes on from what they have."""
    with Stream(event(-60, "a")) as stream:
        pages = listen(stream, cursor=from_(-3600 * 48))
    missed = [each for page in pages for each in page.missed]
    begins = [NOW - timedelta(hours=48), NOW - timedelta(hours=36)]
    assert [(each.from_at, each.reason) for each in missed] == [(begin, "jetstream_window") for begin in begins]
    assert names(pages) == ["a"]


def test_server_that_keeps_less() -> None:
    """A server that silently begins later than it was asked to is found out; a few quiet minutes are no gap."""
    with Stream(event(-3600, "a")) as stream:
        pages = listen(stream, cursor=from_(-7200))
        assert [each.to_at for page in pages for each in page.missed] == [NOW - timedelta(hours=1)]
        assert [each for page in listen(stream, cursor=from_(-3900)) for each in page.missed] == []


@pytest.mark.parametrize("then", ["close", "reset"])
def test_the_next_server_goes_on(then: str) -> None:
    """When a server is lost the next one goes on where it ended."""
    with Stream(event(-60, "a"), event(-50, "b"), then=then) as lost, Stream(event(-20, "c"), event(1, "d")) as good:
        pages = listen(lost, good, cursor=from_(-70))
        assert names(pages) == ["a", "b", "c", "d"]
        assert dict(good.asked[0])["cursor"] == str(microseconds(-55))


def test_refused_and_unknown_servers() -> None:
    """Servers that refuse, do not exist or are no stream are passed over; when all are, the first says why."""
    with Stream(event(1, "a")) as good, Stream() as busy, Server({"*": Reply(body="<html>")}) as page:
        busy.refuse = HTTPStatus.SERVICE_UNAVAILABLE
        assert names(listen("http://127.0.0.1:9", busy, page.url(""), good, cursor=from_(-1))) == ["a"]
        for bad, key in (
            (busy, "http_server"),
            ("http://127.0.0.1:9", "connect_refused"),
            (page.url(""), "bad_answer"),
        ):
            with pytest.raises(CollectError) as caught:
                listen(bad, cursor=from_(-1))
            assert caught.value.key == key


@pytest.mark.parametrize(
    ("status", "key"),
    [(401, "http_unauthorized"), (403, "http_forbidden"), (400, "http_client"), (429, "http_too_many")],
)
def test_refusals_by_status(status: int, key: str) -> None:
    """Each refusal of the connection has its name."""
    with Stream() as stream:
        stream.refuse = HTTPStatus(status)
        with pytest.raises(CollectError) as caught:
            listen(stream, cursor=from_(-1))
        assert caught.value.key == key


def test_slow_handshake() -> None:
    """A server that answers byte by byte is given up."""

    def drips(connection: Any) -> None:
        connection.recv(65536)
        for letter in b"HTTP/1.1 101 Switching Protocols" * 100:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    with RawServer(drips) as server, pytest.raises(CollectError) as caught:
        listen(server.url("").rstrip("/"), cursor=from_(-1))
    assert caught.value.key in ("dripped", "bad_answer")


def test_nonsense_in_the_stream() -> None:
    """Whatever passes by, what is ours is found and nothing breaks."""
    odd: list[bytes | dict[str, Any]] = [
        b"",
        b"nonsense",
        b"[" * 5000,
        b'{"kind":"commit","commit":{"collection":"app.bsky.feed.post","operation":"delete","rkey":["x"]},"did":7}',
        b'{"did":"did:plc:x","kind":"commit","commit":{"collection":"app.bsky.feed.post","operation":"update","rkey":"a/b"}}',
        b'{"time_us":9999999999999999999999}',
        b'{"did":"' + ANNA.encode() + b'","time_us":"x","kind":"account","account":[]}',
        {"did": ANNA, "time_us": microseconds(86400), "kind": "identity"},
    ]
    with Stream(*odd[:4], event(-2, "a"), *odd[4:], event(1, "b", facets=[7], embed=[], tags="x")) as stream:
        pages = listen(stream, cursor=from_(-9))
    assert names(pages) == ["a", "b"]
    assert pages[-1].cursor["time_us"] == microseconds(1)


def test_closed_index_costs_no_post() -> None:
    """When nobody tells names the posts come without, and the run does not fail."""
    network = Bluesky(view(1))
    network.refuses["getPosts"] = Reply(status=403, body="<html>no</html>")
    with Stream(event(-1, "3k00001")) as stream, Server(network.routes()) as index:
        pages = listen(stream, cursor=from_(-9), index=index.url(""))
    assert (names(pages), pages[-1].candidates[0].author_handle) == (["3k00001"], "")


# Live


def test_live_until_told_to_stop() -> None:
    """A live stream keeps its place every moment, gives posts as they come, outlives its server, and ends promptly."""
    stop = threading.Event()
    with (
        Stream(event(-9, "a"), then="close") as first,
        Stream(event(-5, "b")) as second,
        visiting(first, second, cursor=from_(-20), live=True, stopping=stop.is_set) as visit,
    ):
        found = list(until(jetstream.pages(visit), lambda page: "b" in names([page]), stop))
        began = time.monotonic()
        rest = list(jetstream.pages(replace(visit, cursor=found[-1].cursor)))
        assert time.monotonic() - began < 60
    assert names(found) == ["a", "b"]
    assert names(rest) == []


def test_live_gives_up_when_all_servers_are_lost() -> None:
    """When no server gives anything the run ends with an error, so that it is tried again later."""
    with Stream(then="close") as stream, pytest.raises(CollectError) as caught:
        listen(stream, live=True)
    assert caught.value.key == "stream_ended"


def test_stopping_loses_no_post() -> None:
    """A post that was heard but not stored when the run was stopped is heard again by the next."""
    stop = threading.Event()
    network = Bluesky()

    def slow(_: Any) -> Any:
        stop.set()
        return {"posts": []}

    network.refuses["getPosts"] = slow
    with Stream(event(-2, "3k00001"), event(-1, "annan", "utan")) as stream, Server(network.routes()) as index:
        with visiting(stream, cursor=from_(-9), index=index.url(""), live=True, stopping=stop.is_set) as visit:
            pages = list(jetstream.pages(visit))
        later = listen(stream, cursor=pages[-1].cursor if pages else from_(-9))
    assert names(pages) + names(later) == ["3k00001"]


# Together with the house


def source(stream: Stream, index: Server) -> SourceSettings:
    """The stream as a source of a campaign."""
    return collecting.source("ström", "jetstream", servers=(stream.url,), api=index.url(""))


def test_collected_and_withdrawn(store: Store) -> None:
    """Posts of the stream are stored once, the same post from search is no other, and a deletion takes it away."""
    network = Bluesky(*(view(number) for number in range(3)))
    events = [event(number + 1, f"3k{number:05}", f"Nummer {number} #hallandväxer") for number in range(3)]
    with Stream() as stream, Server(network.routes()) as index:
        given = collecting.settings(source(stream, index), allow=(stream.address, index.address))
        collecting.run(store, given)
        stream.events += events
        second = collecting.run(store, given, now=NOW + timedelta(seconds=10))["ström"]
        third = collecting.run(store, given, now=NOW + timedelta(seconds=20))["ström"]
        assert (second.new, second.revised, third.new, third.revised) == (3, 0, 0, 0)
        stream.events.append(event(25, "3k00001", operation="delete"))
        collecting.run(store, given, now=NOW + timedelta(seconds=30))
    gone = {row["identity"]: row["state"] for row in collecting.rows(store, "post")}
    assert gone == {uri(0): "live", uri(1): "gone", uri(2): "live"}


def test_forecast() -> None:
    """A forecast says that traffic is the cost."""
    told = jetstream.forecast(collecting.source("s", "jetstream"), TAGS, 7)
    assert (told.calls, told.usd, told.notes) == (60, None, ("jetstream_traffic",))


def test_withdrawals_have_words() -> None:
    """Every reason that the stream gives for a withdrawal has its sentence, and so has the gap."""
    from campaign.language import catalogue

    reasons = chain(jetstream._CLOSED.values(), ["bluesky_deleted", "bluesky_account_closed", "bluesky_back"])
    for code in ("sv", "en"):
        words = catalogue(code)
        assert all(f"withdrawal.{reason}" in words for reason in reasons)
        assert "gap.jetstream_window" in words
