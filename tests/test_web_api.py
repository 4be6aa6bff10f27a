"""The public API: what it answers, what it refuses, and what it never tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from builders import account, approved, node, picture, story
from campaign.figures import Weight
from campaign.records import Right
from campaign.settings import PrivacySettings
from conftest import HALLAND, NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.rights import set_right
from storage.store import Actor, Store
from website import Website, settings

WHOLE = "ab" * 32


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with one campaign."""
    with Website(settings(tmp_path), store) as running:
        yield running


@pytest.fixture
def one_site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """The same on one database, for what no database decides."""
    with Website(settings(tmp_path), sqlite_store) as running:
        yield running


def asked(site: Website, path: str, **headers: str) -> Any:
    """The JSON of an answer that went well."""
    answer = site.get(f"/api/v1{path}", **headers)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def refused(site: Website, path: str, status: int) -> Any:
    """The problem of an answer that there is none."""
    answer = site.get(path)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told = json.loads(answer.text)
    assert told["status"] == status
    return told


def person(store: Store) -> Actor:
    """Somebody who decides."""
    return Actor(kind="person", account_id=account(store))


def hide(store: Store, story_id: int, by: Actor) -> None:
    """Hide a story."""
    decide(store, story_id, Action.HIDE, by=by, now=NOW, reason="prov")


def test_a_story_is_told_whole(site: Website, store: Store) -> None:
    """A story comes with its posts, its places in the strategy and how much it says, and its permanent address."""
    found = approved(store, text="Ny cykelväg invigd i Skogaby! #hallandväxer", tags=("hallandväxer",))
    goal = node(store)
    attach(store, found.id, goal, by=person(store), now=NOW, weight=Weight.MILESTONE)
    told = asked(site, f"/stories/{found.id}")
    assert told["url"] == f"https://hallandvaxer.example.se/stories/{found.id}"
    assert (told["author"], told["network"], told["title"]) == (
        "Västkustens cykelförening", "mastodon", "Ny cykelväg invigd i Skogaby!",
    )  # fmt: skip
    assert [(each["id"], each["weight"]) for each in told["nodes"]] == [(goal, "milestone")]
    assert told["posts"][0]["address"] == found.lead.url
    assert told["posts"][0]["published_at"].endswith("Z")
    assert told["tags"] == ["hallandväxer"]


def test_only_pictures_with_a_right_are_told(site: Website, store: Store) -> None:
    """A picture comes with alt text, credit and sizes, and only while a right to show it is recorded."""
    found = approved(store, media=(picture(),))
    media = found.lead.media[0]
    with store.write() as connection:
        values = {"file": WHOLE, "width": 1200, "height": 800}
        connection.execute(update(schema.media).where(schema.media.c.id == media.id).values(values))
    assert asked(site, f"/stories/{found.id}")["posts"][0]["pictures"] == []
    set_right(store, media.id, Right.PERMISSION, by=person(store), now=NOW, right_from="Anna Ek")
    [told] = asked(site, f"/stories/{found.id}")["posts"][0]["pictures"]
    assert (told["alt"], told["credit"], told["width"]) == ("Tre barn klipper ett band.", "Anna Ek", 1200)
    assert [each["width"] for each in told["sizes"]] == [480, 960, 1200]
    assert told["sizes"][0]["url"] == f"https://hallandvaxer.example.se/media/{WHOLE}-480.jpg"


def test_cursors_lead_through_everything_once(site: Website, store: Store) -> None:
    """Following ``next`` gives every story once, newest first; it stands in the Link header too."""
    made = [approved(store).id for _ in range(5)]
    seen: list[Any] = []
    path = "/api/v1/stories?limit=2"
    while path:
        answer = site.get(path)
        page = json.loads(answer.text)
        seen += page["items"]
        assert answer.headers.get("link", "") == (f'<{page["next"]}>; rel="next"' if page["next"] else "")
        path = (page["next"] or "").removeprefix("https://hallandvaxer.example.se")
    assert sorted(each["id"] for each in seen) == sorted(made)
    times = [each["published_at"] for each in seen]
    assert times == sorted(times, reverse=True)


def test_the_archives_own_query_string_narrows(site: Website, store: Store) -> None:
    """Words, year and network narrow as on the archive's pages."""
    cycling = approved(store, text="En cykelbana i Laholm #hallandväxer")
    sea = approved(store, text="Ett nytt havsbad #hallandväxer", network="bluesky")

    def ids(query: str) -> list[int]:
        return [each["id"] for each in asked(site, f"/stories?{query}")["items"]]

    assert ids("q=cykelbana") == [cycling.id]
    assert ids("network=bluesky") == [sea.id]
    assert ids("year=2025") == []
    assert set(ids("year=2026&month=11")) == {cycling.id, sea.id}


def test_what_is_not_public_is_nowhere(site: Website, store: Store) -> None:
    """What waits, or was hidden, is in no list, search, count or story; what was public once is told as gone."""
    waits = story(store, text="Väntar på granskning #hallandväxer")
    hidden = approved(store, text="Väntar inte längre #hallandväxer")
    by = person(store)
    attach(store, hidden.id, node(store), by=by, now=NOW)
    assert asked(site, f"/stories/{hidden.id}")["id"] == hidden.id
    hide(store, hidden.id, by)
    assert asked(site, "/stories")["items"] == []
    assert asked(site, "/search?q=granskning")["items"] == []
    assert asked(site, "/search?q=l%C3%A4ngre")["items"] == []
    assert asked(site, "/counts")["items"] == []
    assert asked(site, "/networks")["items"] == []
    strategy = asked(site, "/strategies")["items"][0]["id"]
    assert {each["stories_below"] for each in asked(site, f"/strategies/{strategy}/nodes")["items"]} == {0}
    assert "gone" in refused(site, f"/api/v1/stories/{hidden.id}", 410)["type"]
    assert "missing" in refused(site, f"/api/v1/stories/{waits.id}", 404)["type"]


def test_changes_tell_what_came_and_went(site: Website, store: Store) -> None:
    """Each change comes once, at its latest, with whether the thing is gone; going on from it misses nothing."""
    first, second = approved(store), approved(store)
    told = asked(site, "/changes")
    assert [(each["id"], each["gone"]) for each in told["items"] if each["kind"] == "story"] == [
        (first.id, False), (second.id, False),
    ]  # fmt: skip
    hide(store, first.id, person(store))
    later = asked(site, f"/changes?since={told['since']}")
    assert [(each["id"], each["gone"]) for each in later["items"]] == [(first.id, True)]
    assert set(later["items"][0]) == {"kind", "id", "revision", "at", "gone", "url"}
    assert asked(site, f"/changes?since={later['since']}")["items"] == []
    assert refused(site, "/api/v1/changes?since=999999", 409)["title"]


def test_changes_come_in_parts(site: Website, store: Store) -> None:
    """A long list of changes is followed to its end by ``next``."""
    made = {approved(store).id for _ in range(4)}
    seen: set[int] = set()
    path = "/changes?limit=1"
    while path:
        page = asked(site, path)
        seen |= {each["id"] for each in page["items"] if each["kind"] == "story"}
        path = (page["next"] or "").partition("/api/v1")[2]
    assert seen == made


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/stories?year=1", 422, "year"),
        ("/stories?month=3", 422, "month"),
        ("/stories?week=2026-W99", 422, "week"),
        ("/stories?day=idag", 422, "day"),
        ("/stories?limit=0", 422, "limit"),
        ("/stories?limit=101", 422, "limit"),
        ("/stories?limit=1001", 422, "limit"),
        ("/stories?cursor=%C3%A5", 422, "cursor"),
        ("/stories?cursor=MS4y", 422, "cursor"),
        ("/stories?colour=red", 422, "colour"),
        ("/stories?older=3", 422, "older"),
        ("/search", 422, "q"),
        ("/search?q=x&kind=person", 422, "kind"),
        ("/counts?facet=author", 422, "facet"),
        ("/changes?since=-1", 422, "since"),
        ("/stories/99999999999999999999", 404, None),
        ("/stories/x", 404, None),
        ("/issues/veckobrevet/1", 404, None),
        ("/strategies/ingen/nodes", 404, None),
        ("/indicators/a/b", 404, None),
        ("/persons", 404, None),
        ("", 404, None),
    ],
)
def test_what_cannot_be_answered_is_told(one_site: Website, path: str, status: int, parameter: str | None) -> None:
    """Every question that has no answer gets Problem Details, naming the part that was wrong."""
    assert refused(one_site, f"/api/v1{path}", status).get("parameter") == parameter


def test_only_reading(one_site: Website) -> None:
    """Anything but GET and HEAD is refused as Problem Details, saying what is allowed."""
    answer = one_site.ask("POST", "/api/v1/stories", b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert json.loads(answer.text)["status"] == 405


def test_any_site_may_read_and_no_cookie_is_touched(site: Website, store: Store) -> None:
    """Answers and problems are open to every site's scripts without credentials, and set or read no cookie."""
    approved(store)
    for path in ("/stories", "/nothing"):
        plain = site.get(f"/api/v1{path}", Origin="https://elsewhere.example")
        assert plain.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in plain.headers
        assert "set-cookie" not in plain.headers
        assert plain.headers["cross-origin-resource-policy"] == "cross-origin"
        assert site.get(f"/api/v1{path}", Cookie="skord=anything").text == plain.text
    before = site.ask("OPTIONS", "/api/v1/stories", Origin="https://elsewhere.example")
    assert (before.status, before.headers["access-control-allow-headers"]) == (204, "Authorization, If-None-Match")


def test_what_has_not_changed_costs_nothing(site: Website, store: Store) -> None:
    """An answer has an ETag that is told unchanged until something public changes, and comes packed on request."""
    approved(store, text="Ny cykelväg invigd! " * 100)
    first = site.get("/api/v1/stories", Accept_Encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    assert site.get("/api/v1/stories", Accept_Encoding="gzip", If_None_Match=first.headers["etag"]).status == 304
    approved(store)
    again = site.get("/api/v1/stories", Accept_Encoding="gzip", If_None_Match=first.headers["etag"])
    assert (again.status, len(json.loads(again.text)["items"])) == (200, 2)


def test_a_change_is_seen_at_once(site: Website, store: Store) -> None:
    """What was written once for a story is not told again after the story has changed."""
    found = approved(store)
    assert asked(site, f"/stories/{found.id}")["nodes"] == []
    attach(store, found.id, node(store), by=person(store), now=NOW)
    assert len(asked(site, f"/stories/{found.id}")["nodes"]) == 1


def test_counts_by_week_and_month(site: Website, store: Store) -> None:
    """Stories are counted in the weeks and months of the site's zone, by network too."""
    approved(store, published_at=NOW - timedelta(days=1))
    approved(store, published_at=NOW - timedelta(days=2), network="bluesky")
    assert asked(site, "/counts")["items"] == [{"period": "2026-W47", "value": "", "count": 2}]
    assert asked(site, "/counts?facet=network&period=month&year=2026")["items"] == [
        {"period": "2026-11", "value": "bluesky", "count": 1},
        {"period": "2026-11", "value": "mastodon", "count": 1},
    ]
    assert asked(site, "/counts?year=2025")["items"] == []


def test_closed_until_people_are_told_about_their_data(sqlite_store: Store, tmp_path: Path) -> None:
    """Like the pages, the API is closed while the configuration does not say what people must be told."""
    with Website(settings(tmp_path, privacy=PrivacySettings()), sqlite_store) as site:
        assert refused(site, "/api/v1/stories", 503)["title"] == "Closed"
        assert refused(site, "/api/v1/campaigns", 503)["title"] == "Closed"


def test_each_campaign_has_its_own(sqlite_store: Store, tmp_path: Path) -> None:
    """With several campaigns each answers below its own address, and knows nothing of the others' stories."""
    found = approved(sqlite_store)
    other = replace(HALLAND, id="blekinge", name="Live in Blekinge", hashtags=("#liveinblekinge",))
    campaigns = {"hallandvaxer": HALLAND, "blekinge": other}
    with Website(settings(tmp_path, campaigns=campaigns, newsletters={}), sqlite_store) as site:
        listed = asked(site, "/campaigns")["items"]
        assert [each["api_url"].removeprefix("https://hallandvaxer.example.se") for each in listed] == [
            "/c/hallandvaxer/api/v1", "/c/blekinge/api/v1",
        ]  # fmt: skip
        own = json.loads(site.get(f"/c/hallandvaxer/api/v1/stories/{found.id}").text)
        assert own["url"].endswith(f"/c/hallandvaxer/stories/{found.id}")
        assert site.get(f"/c/blekinge/api/v1/stories/{found.id}").status in (404, 410)
        assert refused(site, "/c/ingen/api/v1/stories", 404)
        assert refused(site, "/api/v1/stories", 404)


def test_a_merged_story_is_answered_by_the_one_that_took_it_up(site: Website, store: Store) -> None:
    """A story's number leads to the story that tells the same after the two were joined."""
    from storage.merging import join

    kept, joined = approved(store), approved(store)
    join(store, kept.id, joined.id, by=person(store), now=NOW)
    into = asked(site, f"/stories/{joined.id}")["id"]
    assert into == asked(site, f"/stories/{kept.id}")["id"]
