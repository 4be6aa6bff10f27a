"""One post of Instagram through several doors: a hashtag that tells no author, and the account that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import collecting
from builders import account, newest
from campaign.collecting import Found, Known
from campaign.settings import FetchSettings, Settings, SourceSettings
from collector.networks import instagram
from collector.networks.page import Forgetful, Visit
from collector.recheck import recheck
from conftest import NOW
from meta_server import TOKEN, Meta
from net.http import Fetcher
from servers import Server
from storage.decisions import Action, decide
from storage.store import Actor, Store

ME = "17841400000000001"
TAG = "17843000000000000"
FOUND = {
    "id": "17900000000000990",
    "caption": "Skörd #hallandväxer",
    "media_type": "IMAGE",
    "media_url": "https://scontent.cdninstagram.com/v/990_n.jpg?oe=6A0B0C0D",
    "permalink": "https://www.instagram.com/p/D990/",
    "timestamp": (NOW - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+0000"),
}
OWN = FOUND | {"username": "hallandvaxer"}


def playing() -> Meta:
    """An account without media, and a hashtag that finds one."""
    meta = Meta()
    meta.things[ME] = {"id": ME, "username": "hallandvaxer", "name": "Halland växer"}
    meta.lists |= {f"{ME}/media": [], f"{ME}/recently_searched_hashtags": []}
    for number, tag in enumerate(("hallandväxer", "hallandvaxer")):
        meta.things[f"tag:{tag}"] = {"data": [{"id": f"{TAG}{number}"}]}
        meta.lists |= {f"{TAG}{number}/recent_media": [], f"{TAG}{number}/top_media": []}
    meta.lists[f"{TAG}0/recent_media"] = [FOUND]
    return meta


def source(server: Server, name: str, **options: Any) -> SourceSettings:
    """A source of the account that asks the loopback server."""
    made = {"account": ME, "api": server.url(""), "token": TOKEN, "every": timedelta(hours=6)}
    return collecting.source(name, "instagram", **(made | options))


def asked_again(store: Store, given: Settings, now: datetime) -> list[tuple[str, int]]:
    """Which sources were asked for what is due, and how many of their posts went missing."""
    with Fetcher(given.fetch, version="0", clock=lambda: now) as fetcher:
        return [(each.source, each.missing) for each in recheck(store, fetcher, given, clock=lambda: now)]


@pytest.fixture
def seen_twice(sqlite_store: Store) -> Iterator[tuple[Meta, Settings]]:
    """A post that a hashtag found first and that the account's own list showed then, approved."""
    meta = playing()
    with Server({"*": meta}) as server:
        sources = source(server, "sok", read=("hashtag",)), source(server, "egna", read=("own",), rights="own")
        given = collecting.settings(*sources, allow=(server.address,))
        collecting.run(sqlite_store, given, "sok")
        assert [row.author_handle for row in collecting.posts(sqlite_store)] == [""]
        meta.lists[f"{ME}/media"] = [OWN]
        meta.things[OWN["id"]] = OWN
        assert collecting.run(sqlite_store, given, "egna")["egna"].revised == 1
        person = Actor(kind="person", account_id=account(sqlite_store))
        decide(sqlite_store, newest(sqlite_store)[0].id, Action.APPROVE, by=person, now=NOW)
        yield meta, given


def test_an_author_once_told_is_not_lost_to_the_hashtag(
    sqlite_store: Store, seen_twice: tuple[Meta, Settings]
) -> None:  # fmt: skip
    """That the search tells less is no edit: no version a run, back and forth."""
    again = collecting.run(sqlite_store, seen_twice[1], "sok", now=NOW + timedelta(hours=6))["sok"]
    (post,) = collecting.posts(sqlite_store)
    assert (again.new, again.revised, post.author_handle) == (0, 0, "hallandvaxer")


def test_what_a_hashtag_found_first_is_asked_for_by_the_account_that_owns_it(
    sqlite_store: Store, seen_twice: tuple[Meta, Settings]
) -> None:
    """Both names are kept, the own source is asked, and its word that the post is away is believed."""
    meta, given = seen_twice
    (post,) = collecting.posts(sqlite_store)
    assert (post.source_id, set(post.local)) == ("egna", {"instagram:hashtag", f"instagram:own:{ME}"})
    del meta.things[OWN["id"]]
    assert asked_again(sqlite_store, given, NOW + timedelta(hours=6)) == [("egna", 1)]


def test_asked_for_singly_it_is_the_same_version(sqlite_store: Store, seen_twice: tuple[Meta, Settings]) -> None:
    """A re-check knows what the account is called, as its runs do: it makes no edit of its own."""
    assert asked_again(sqlite_store, seen_twice[1], NOW + timedelta(hours=6)) == [("egna", 0)]
    assert len(collecting.rows(sqlite_store, "version")) == 2


@contextmanager
def visiting(given: SourceSettings, server: Server) -> Iterator[Visit]:
    """A visit as a re-check makes it."""
    with Fetcher(FetchSettings(allow=(server.address,), per_host=timedelta(0)), version="0", clock=lambda: NOW) as ask:
        yield Visit(source=given, ask=ask, cursor={}, spellings=(), now=NOW, session=Forgetful())


def test_another_account_is_not_asked_for_what_is_not_its_own() -> None:
    """That its token does not see the post is no absence."""
    names = {"instagram:own:17841499999999999": OWN["id"]}
    theirs = Known(network="instagram", identity=OWN["id"], url=OWN["permalink"], local=names)
    mine = replace(theirs, local={f"instagram:own:{ME}": OWN["id"]})
    with Server({"*": playing()}) as server, visiting(source(server, "egna"), server) as visit:
        assert [each.found for each in instagram.recheck(visit, [theirs])] == [Found.UNKNOWN]
        assert [each.found for each in instagram.recheck(visit, [mine])] == [Found.ABSENT]
