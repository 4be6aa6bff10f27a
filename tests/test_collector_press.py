"""Press rooms: addresses put together from what a person knows, read as feeds; Google News as leads alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import collecting
from campaign.errors import CollectError
from campaign.settings import FetchSettings
from collector.networks import press
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from net.http import Fetcher
from servers import Reply, Server
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/press"
TAGS = ("hallandväxer", "hallandvaxer")
SITEVISION = "/4.3f2a/12.9c1b.portlet"


@contextmanager
def visiting(server: Server, cursor: dict[str, Any] | None = None, **options: Any) -> Iterator[Visit]:
    """A visit as a run makes it, to services that are played on loopback."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        given = collecting.source("pressen", "press", **({"api": server.url("")} | options))
        yield Visit(source=given, ask=ask, cursor=cursor or {}, spellings=TAGS, now=NOW, session=Forgetful())


def ask(server: Server, cursor: dict[str, Any] | None = None, **options: Any) -> list[Page]:
    """Ask once and return all pages."""
    with visiting(server, cursor, **options) as visit:
        return list(press.pages(visit))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"service": "mynewsdesk", "room": "71234"}, "https://www.mynewsdesk.com/se/rss/current_news/71234"),
        (
            {"service": "mynewsdesk", "room": "71234/pressrelease"},
            "https://www.mynewsdesk.com/se/rss/source/71234/pressrelease",
        ),
        ({"service": "cision", "room": "exempel-ab"}, "https://news.cision.com/se/exempel-ab/ListItems?format=rss"),
        (
            {"service": "Cision", "query": "halland växer"},
            "https://news.cision.com/se/ListItems?format=rss&q=halland+v%C3%A4xer",
        ),
        (
            {"service": "google-news", "query": '"halland växer" when:7d'},
            "https://news.google.com/rss/search?q=%22halland+v%C3%A4xer%22+when%3A7d&hl=sv&gl=SE&ceid=SE%3Asv",
        ),
        (
            {"service": "sitevision", "url": f"https://www.example.se{SITEVISION}"},
            f"https://www.example.se{SITEVISION}?state=rss&sv.contenttype=text/xml;charset=UTF-8",
        ),
        (
            {"service": "sitevision", "url": "https://www.example.se/4.1/12.2.portlet?state=rss&sv.contenttype=x"},
            "https://www.example.se/4.1/12.2.portlet?state=rss&sv.contenttype=x",
        ),
    ],
)
def test_addresses_are_put_together(options: dict[str, str], expected: str) -> None:
    """Each service's address as its rooms have it, odd letters encoded."""
    assert press.address(collecting.source("p", "press", **options)) == expected


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"service": "notified", "room": "1"}, "press_service"),
        ({"service": "", "room": "1"}, "press_service"),
        ({"service": "mynewsdesk", "room": "region-exempel"}, "press_incomplete"),
        ({"service": "mynewsdesk", "room": "1/../../x"}, "press_incomplete"),
        ({"service": "cision", "url": "https://x.example.se"}, "press_incomplete"),
        ({"service": "google-news", "room": "x"}, "press_incomplete"),
        ({"service": "sitevision", "url": "ftp://x"}, "press_incomplete"),
    ],
)
def test_what_is_missing_is_said(options: dict[str, str], key: str) -> None:
    """A service that nobody knows, and one without what it needs, are a person's to mend."""
    with pytest.raises(CollectError) as caught:
        press.address(collecting.source("p", "press", **options))
    assert (caught.value.key, caught.value.permanent) == (key, True)


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("google_news", "/rss/search", {"service": "google-news", "query": "hallandväxer", "keep": "all"}),
        ("mynewsdesk", "/se/rss/current_news/7", {"service": "mynewsdesk", "room": "7"}),
    ],
)
def test_feeds_become_posts(name: str, path: str, options: dict[str, Any]) -> None:
    """A room's releases whole; of a news search headline, source and link alone, never the words of the paper."""
    with Server({path: (DATA / f"{name}.xml").read_bytes()}) as server:
        (page,) = ask(server, **options)
        made = json.dumps([asdict(each) for each in page.candidates], default=str, ensure_ascii=False)
        made = made.replace(server.address, "tjanst.example.se")
    assert json.loads(made) == json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert "Utdrag" not in made


def test_a_room_that_was_a_feed_gives_no_post_twice(store: Store) -> None:
    """Asked as a plain feed and then as a press room at the same address, every post stands once."""
    path = "/se/rss/current_news/7"
    with Server({path: collecting.rss(*(collecting.item(number) for number in range(5)))}) as server:
        plain = collecting.source("rummet", "feed", url=server.url(path))
        room = collecting.source("pressen", "press", service="mynewsdesk", room="7", api=server.url(""))
        given = collecting.settings(plain, room, allow=(server.address,))
        assert collecting.run(store, given, "rummet")["rummet"].new == 5
        assert collecting.run(store, given, "pressen")["pressen"].new == 0
        again = collecting.run(store, given, "pressen")["pressen"]
        assert (again.status, again.new) == ("unchanged", 0)
    assert len(collecting.posts(store)) == 5


def test_another_question_to_google_doubles_nothing(sqlite_store: Store) -> None:
    """Headlines are known by Google's own id, whichever question found them."""
    with Server({"/rss/search": (DATA / "google_news.xml").read_bytes()}) as server:
        for query, new in (("hallandväxer", 2), ("hallandväxer when:7d", 0)):
            room = collecting.source(
                "nyheter", "press", service="google-news", query=query, api=server.url(""), keep="all"
            )
            assert (
                collecting.run(sqlite_store, collecting.settings(room, allow=(server.address,)))["nyheter"].new == new
            )


def test_google_s_consent_page_is_its_own_error() -> None:
    """A web page in place of the feed is Google's door, said as such, and the cursor stands."""
    page = Reply(body="<!doctype html><title>Innan du fortsätter</title>", headers={"Content-Type": "text/html"})
    with Server({"*": page}) as server, pytest.raises(CollectError) as caught:
        ask(server, service="google-news", query="x")
    assert (caught.value.key, caught.value.permanent) == ("press_consent", False)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"service": "sitevision", "url": SITEVISION}, "press_rebuilt"),
        ({"service": "mynewsdesk", "room": "7"}, "press_no_room"),
        ({"service": "cision", "room": "borta"}, "press_no_room"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_to_do(options: dict[str, str], key: str) -> None:
    """404 of a rebuilt list and of an unknown room are different sentences; both wait for a person."""
    with Server({}) as server:
        found = {name: server.url(value) if value.startswith("/") else value for name, value in options.items()}
        with pytest.raises(CollectError) as caught:
            ask(server, None, **found)
    assert (caught.value.key, caught.value.permanent) == (key, True)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_faults_have_names_and_lose_no_cursor(fault: Fault) -> None:
    """However a service fails, the error says so and the next run reads on from where it was."""
    path = "/se/rss/current_news/7"
    with Server({path: collecting.rss(collecting.item(1))}) as server:
        cursor = ask(server, service="mynewsdesk", room="7")[-1].cursor
        server.routes[path] = fault.make()
        with pytest.raises(CollectError) as caught:
            ask(server, cursor, service="mynewsdesk", room="7")
        bodies = {"feed_is_html", "feed_json_bad", "feed_unreadable"}
        assert caught.value.key in fault.keys | bodies
        assert caught.value.retry_at == fault.retry_at
        server.routes[path] = collecting.rss(collecting.item(1), collecting.item(2))
        assert len(ask(server, cursor, service="mynewsdesk", room="7")[0].candidates) == 2


def test_a_month_can_be_told_beforehand() -> None:
    """One question a run."""
    found = press.forecast(collecting.source("p", "press", service="mynewsdesk", room="7"), TAGS, 2.0)
    assert (found.calls, found.usd) == (720, None)
