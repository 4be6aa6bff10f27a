"""The feeds of stories: two formats of the same, narrowed as the archive is, read by a reader that is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from sqlalchemy import update

from builders import account, approved, candidate, ingest, node, picture
from campaign.records import Right, Story
from conftest import HALLAND, NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.media import write_renditions
from storage.places import set_place
from storage.rights import set_right
from storage.store import Actor, Store
from website import Website, settings

FILE = "c" * 64
BASE = "https://hallandvaxer.example.se"


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site without stories."""
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


def read(site: Website, query: str = "", language: str = "") -> Any:
    """The Atom feed as feedparser reads it, which finds nothing wrong with it."""
    found = feedparser.parse(site.get(f"{language}/feed.atom{query}").text.encode())
    assert not found.bozo, found.get("bozo_exception")
    return found


def as_json(site: Website, query: str = "", language: str = "") -> dict[str, Any]:
    """The JSON feed."""
    return json.loads(site.get(f"{language}/feed.json{query}").text)


def show_picture(store: Store, story: Story) -> int:
    """Give a story's picture a copy and a right; return its id."""
    media = story.lead.media[0]
    with store.write() as connection:
        values = {"file": FILE, "width": 960, "height": 640}
        connection.execute(update(schema.media).where(schema.media.c.id == media.id).values(values))
    write_renditions(store, FILE, {960: b"large"}, {})
    set_right(store, media.id, Right.PERMISSION, by=person(store), now=NOW, right_from="Anna")
    return media.id


def test_an_entry_tells_what_the_story_tells(site: Website, sqlite_store: Store) -> None:
    """Title, moment, who, the post itself, and as categories focus area, place and hashtag."""
    made = approved(
        sqlite_store, title="Bron är klar", text="Nu går det att gå över ån. #hallandväxer", html="",
        tags=("hallandväxer",), published_at=datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    attach(sqlite_store, made.id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    set_place(sqlite_store, made.id, "halmstad", by=person(sqlite_store), now=NOW)
    entry = read(site).entries[0]
    assert entry.title == "Bron är klar"
    assert entry.published == "2026-11-03T09:30:00Z"
    assert entry.author == "Västkustens cykelförening"
    assert [each.label for each in entry.tags] == ["En attraktiv region", "Halmstad", "#hallandväxer"]
    assert {each.rel: each.href for each in entry.links} == {
        "alternate": f"{BASE}/stories/{made.id}",
        "via": made.lead.url,
    }
    item = as_json(site)["items"][0]
    assert (item["title"], item["date_published"]) == (entry.title, entry.published)
    assert item["tags"] == ["En attraktiv region", "Halmstad", "#hallandväxer"]
    assert (item["external_url"], item["authors"]) == (made.lead.url, [{"name": "Västkustens cykelförening"}])
    assert "Halmstad" in item["content_html"]


def test_a_story_is_the_same_entry_in_every_language(site: Website, sqlite_store: Store) -> None:
    """Who follows in one language and then in another sees nothing twice."""
    made = approved(sqlite_store)
    ids = {read(site, language=each).entries[0].id for each in ("", "/en")}
    ids |= {as_json(site, language=each)["items"][0]["id"] for each in ("", "/en")}
    assert ids == {f"{BASE}/stories/{made.id}"}
    assert read(site, language="/en").entries[0].link == f"{BASE}/en/stories/{made.id}"


def test_the_identity_survives_a_second_campaign(site: Website, sqlite_store: Store, tmp_path: Path) -> None:
    """An installation that gets another campaign has other addresses, and its entries are known as before."""
    approved(sqlite_store)
    before = read(site).entries[0].id
    other = replace(HALLAND, id="blekinge", name="Blekinge")
    both = settings(tmp_path, campaigns={"hallandvaxer": HALLAND, "blekinge": other})
    with Website(both, sqlite_store) as several:
        found = feedparser.parse(several.get("/c/hallandvaxer/feed.atom").text.encode())
    assert found.entries[0].id == before
    assert found.entries[0].link.endswith("/c/hallandvaxer/stories/1")


@pytest.mark.parametrize("query", ["?network=mastodon", "?q=cyklar", "?year=2026&month=11", "?day=2026-11-20"])
def test_a_feed_is_narrowed_as_the_archive_is(site: Website, sqlite_store: Store, query: str) -> None:
    """The query string of a page is that of its feeds, and the feed says in its title what it follows."""
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    wanted = approved(sqlite_store, text="Nya cyklar på biblioteket. #hallandväxer", html="", published_at=at)
    approved(sqlite_store, network="feed", text="Annat.", html="", published_at=datetime(2025, 1, 1, tzinfo=UTC))
    found, told = read(site, query), as_json(site, query)
    assert [each.id for each in found.entries] == [each["id"] for each in told["items"]]
    assert [each.id for each in found.entries] == [f"{BASE}/stories/{wanted.id}"]
    assert found.feed.title.startswith("Halland växer: ")
    assert found.feed.title == told["title"]
    assert len(read(site).entries) == 2


def test_older_entries_stand_on_further_pages(site: Website, sqlite_store: Store) -> None:
    """Following "next" reads every story once, in both formats, and every page has one and the same identity."""
    for number in range(60):
        approved(sqlite_store, published_at=NOW - timedelta(hours=number))
    seen, page, ids = [], read(site), set()
    while True:
        seen += [each.id for each in page.entries]
        ids.add(page.feed.id)
        following = [each.href for each in page.feed.links if each.rel == "next"]
        if not following:
            break
        page = read(site, "?" + urlsplit(following[0]).query)
    assert len(seen) == len(set(seen)) == 60
    assert ids == {f"{BASE}/feed.atom"}
    first = as_json(site)
    second = as_json(site, "?" + urlsplit(first["next_url"]).query)
    assert [each["id"] for each in (*first["items"], *second["items"])] == seen
    assert "next_url" not in second


def test_what_is_hidden_vanishes_and_what_is_changed_is_newer(site: Website, sqlite_store: Store) -> None:
    """The next asking after a press shows it: the hidden entry is gone, the edited one has a later moment."""
    hidden, edited = approved(sqlite_store), approved(sqlite_store, text="Först så. #hallandväxer", html="")
    before = {each.id: each.updated for each in read(site).entries}
    decide(sqlite_store, hidden.id, Action.HIDE, by=person(sqlite_store), now=NOW)
    lead = edited.lead
    sqlite_store.clock = lambda: NOW + timedelta(days=400)
    ingest(
        sqlite_store,
        candidate(identity=lead.identity, url=lead.url, published_at=lead.published_at, text="Sedan så.", html=""),
    )
    decide(sqlite_store, edited.id, Action.APPROVE, by=person(sqlite_store), now=NOW)
    after = {each.id: each.updated for each in read(site).entries}
    name = f"{BASE}/stories/{edited.id}"
    assert set(after) == {name}
    assert after[name] > before[name]
    assert "Sedan så." in read(site).entries[0].summary


def test_a_picture_is_sent_only_with_a_right(site: Website, sqlite_store: Store) -> None:
    """Without one there is neither attachment nor image; when it is taken back they are gone."""
    made = approved(sqlite_store, media=(picture(),))
    assert "image" not in as_json(site)["items"][0]
    media_id = show_picture(sqlite_store, made)
    item, entry = as_json(site)["items"][0], read(site).entries[0]
    assert item["image"] == entry.enclosures[0].href == f"{BASE}/media/{FILE}-960.jpg"
    assert 'alt="Tre barn klipper ett band."' in item["content_html"]
    set_right(sqlite_store, media_id, Right.REFUSED, by=person(sqlite_store), now=NOW)
    assert "image" not in as_json(site)["items"][0]
    assert "<img" not in as_json(site)["items"][0]["content_html"]


def test_a_warning_stands_before_what_it_warns_of(site: Website, sqlite_store: Store) -> None:
    """The feed tells the author's warning, and neither the words nor the picture behind it."""
    made = approved(sqlite_store, warning="Sjukdom", text="Detaljer ur journalen.", html="", media=(picture(),))
    show_picture(sqlite_store, made)
    for path in ("/feed.atom", "/feed.json"):
        page = site.get(path).text
        assert "Sjukdom" in page
        assert "journalen" not in page
        assert "/media/" not in page


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_foreign_markup_stays_words(site: Website, sqlite_store: Store, path: str) -> None:
    """Whatever a post holds, a reader's program gets nothing that acts."""
    approved(
        sqlite_store, title="<script>alert(1)</script>", author_name="<b onclick=x>A</b>",
        html='<p onclick="x()">Hej <script>alert(2)</script><img src=x onerror=y> <a href="javascript:z">länk</a></p>',
    )  # fmt: skip
    body = site.get(path).text
    html = read(site).entries[0].summary if path.endswith("atom") else as_json(site)["items"][0]["content_html"]
    assert "Hej" in html
    for sign in ("<script", "onclick", "onerror", "javascript:"):
        assert sign not in html
    assert "<script" not in body if path.endswith("atom") else True


def test_an_unchanged_feed_costs_nothing(site: Website, sqlite_store: Store) -> None:
    """Who has it is told so, until something public changes."""
    approved(sqlite_store)
    for path in ("/feed.atom", "/feed.json"):
        first = site.get(path)
        assert site.get(path, if_none_match=first.headers["etag"]).status == 304
    mark = site.get("/feed.json").headers["etag"]
    approved(sqlite_store)
    assert site.get("/feed.json", if_none_match=mark).status == 200


def test_pages_lead_to_the_feeds(site: Website, sqlite_store: Store) -> None:
    """A browser or a reader that is given any page finds both feeds of the campaign."""
    approved(sqlite_store)
    for path in ("/", "/archive", "/stories/1", "/about"):
        page = site.get(path).text
        for kind, name in (("atom+xml", "atom"), ("feed+json", "json")):
            assert f'type="application/{kind}"' in page, path
            assert f'href="/feed.{name}"' in page, path


def test_every_kind_that_a_search_finds_can_be_followed(site: Website, sqlite_store: Store) -> None:
    """A feed of no stories is a feed too, whatever kind it asks for."""
    for kind in ("issue", "yearbook", "node"):
        assert read(site, f"?kind={kind}").entries == []
        assert as_json(site, f"?kind={kind}")["items"] == []
