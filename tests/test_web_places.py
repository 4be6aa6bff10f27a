"""Places, networks and organisations: what their pages count is what their lists show, and nothing that is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builders import account, approved, candidate, judge
from campaign.places import offer
from campaign.settings import SourceSettings
from conftest import HALLAND, NOW
from storage.counts import Tally
from storage.decisions import Action, decide
from storage.ingest import _ingest
from storage.places import set_place
from storage.sources import sync_sources
from storage.store import Actor, Store
from web.months import MOST_BARS, Grain, row, steps
from web.public.place_counts import PlaceCounts, alphabetical, shown_municipalities
from website import Website, settings

ZONE = ZoneInfo("Europe/Stockholm")
OWN = replace(HALLAND, places=("Hallands län", "Tylösand, Halmstad"))


def source(id_: str, kind: str = "feed", **changes: object) -> SourceSettings:
    """A source of the campaign."""
    made: dict[str, object] = {"options": {"url": f"https://{id_}.example.se/flode"}, "name": id_.title()}
    return SourceSettings(  # type: ignore[arg-type] # builders take what a test changes
        id=id_, kind=kind, campaigns=("hallandvaxer",), every=timedelta(hours=1), **(made | changes)
    )


SOURCES = {
    each.id: each
    for each in (
        source("kommunen"),
        source("tyst"),
        source("namnlos", name=""),
        source("sokning", kind="mastodon", options={"server": "https://exempel.social"}),
        source("egna", kind="mastodon", options={"server": "https://exempel.social"}, rights="own", name="Egna kontot"),
    )
}


def by(store: Store) -> Actor:
    """Somebody who decides."""
    return Actor(kind="person", account_id=account(store))


def told(store: Store, *places: str, **changes: object) -> int:
    """Approve a story that takes place somewhere and return its id."""
    made = approved(store, **changes)
    for place in places:
        set_place(store, made.id, place, by=by(store), now=NOW)
    return made.id


def from_source(store: Store, source_id: str, network: str = "feed") -> int:
    """Approve a story that came from a source and return its id."""
    sync_sources(store, settings(Path("/nowhere"), sources=SOURCES), now=NOW)
    made = candidate(network=network)
    with store.write() as connection:
        _ingest(
            connection, campaign="hallandvaxer", source_id=source_id, candidates=(made,), judge=judge, now=NOW,
            own=False,
        )  # fmt: skip
        story_id = connection.exec_driver_sql("SELECT max(id) FROM story").scalar_one()
    decide(store, story_id, Action.APPROVE, by=by(store), now=NOW)
    return int(story_id)


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site of a campaign that names its places, with organisations among its sources."""
    made = settings(tmp_path, campaigns={"hallandvaxer": OWN}, sources=SOURCES)
    with Website(made, store) as website:
        yield website


def lines(page: str) -> dict[str, int]:
    """What the list of places says: how many stories each address has."""
    found = re.findall(r'<a href="/places/([a-z0-9-]+)">[^<]+</a>\s*<span class="number[^"]*">(\d+)', page)
    return {place: int(count) for place, count in found}


def stories_on(page: str) -> set[int]:
    """The stories that a page leads to."""
    return {int(each) for each in re.findall(r'<h\d[^>]*><a href="(?:/en)?/stories/(\d+)"', page)}


def test_the_list_counts_what_each_page_shows(site: Website, store: Store) -> None:
    """A municipality's number is that of the stories on its page, its towns' among them, one in two of them once."""
    told(store, "halmstad")
    told(store, "halmstad", "tylosand-halmstad")
    told(store, "tylosand-halmstad")
    told(store, "laholm", "halmstad")
    told(store)
    found = lines(site.get("/places").text)
    assert {place: count for place, count in found.items() if count} == {
        "halmstad": 4, "tylosand-halmstad": 2, "laholm": 1,
    }  # fmt: skip
    for place, count in found.items():
        page = site.get(f"/places/{place}").text
        assert len(stories_on(page)) == count, place


def test_every_municipality_stands_in_the_list_and_on_the_map_once(site: Website, store: Store) -> None:
    """All of the county's are there, with nothing told too, and each link of the map has a name of its own."""
    told(store, "hylte")
    page = site.get("/places").text
    assert set(lines(page)) == {"falkenberg", "halmstad", "hylte", "kungsbacka", "laholm", "varberg"}
    drawn = page[page.index('<svg class="map"') : page.index("</svg>")]
    names = re.findall(r"<title>([^<]+)</title>", drawn)
    assert len(names) == len(set(names)) == 6
    assert 'aria-hidden="true"' in drawn[:200]
    assert drawn.count("<a ") == drawn.count('tabindex="-1"') == 6
    assert "Ännu ingen från Falkenberg, Halmstad, Kungsbacka, Laholm och Varberg." in page


def test_the_sentence_says_what_the_map_shows(site: Website, store: Store) -> None:
    """How many have a place, from how many municipalities, and from where most."""
    for _ in range(2):
        told(store, "varberg")
    told(store, "laholm")
    told(store)
    assert "3 av 4 berättelser har en plats. De kommer från 2 av 6 kommuner." in site.get("/places").text
    assert "Mest berättas från Varberg (2) och Laholm (1)." in site.get("/places").text
    assert "3 of 4 stories have a place. They come from 2 of 6 municipalities." in site.get("/en/places").text


def test_nobody_is_left_out_of_the_most(site: Website, store: Store) -> None:
    """Where a fourth has as many as the third, neither is called one of those with most."""
    for place in ("hylte", "hylte", "laholm", "varberg", "falkenberg"):
        told(store, place)
    assert "Mest berättas från Hylte (2)." in site.get("/places").text


def test_what_is_hidden_is_not_counted(site: Website, store: Store) -> None:
    """A story that waits, is hidden or was taken down is on no page and in no number."""
    gone, kept = told(store, "laholm"), told(store, "laholm")
    assert lines(site.get("/places").text)["laholm"] == 2
    decide(store, gone, Action.HIDE, by=by(store), now=NOW)
    assert lines(site.get("/places").text)["laholm"] == 1
    assert stories_on(site.get("/places/laholm").text) == {kept}
    decide(store, kept, Action.HIDE, by=by(store), now=NOW)
    page = site.get("/places/laholm").text
    assert "Ingen berättelse från Laholm ännu" in page
    assert not stories_on(page)
    assert "Här är det tyst ännu" in site.get("/places").text


def test_a_place_without_stories_is_kind_and_an_unknown_one_is_none(site: Website) -> None:
    """Known places answer, and ask search engines to wait; unknown ones are told as such."""
    page = site.get("/places/kiruna")
    assert page.status == 200
    assert "Ingen berättelse från Kiruna ännu" in page.text
    assert "#hallandväxer" in page.text
    assert 'content="noindex, follow"' in page.text
    assert "No story from Kiruna yet" in site.get("/en/places/kiruna").text
    assert site.get("/places/atlantis").status == 404


def test_a_place_tells_what_it_is_and_what_lies_in_it(site: Website, store: Store) -> None:
    """Its kind and home, the way up, its parts with their numbers, and ways on."""
    told(store, "tylosand-halmstad")
    told(store, "halmstad")
    page = site.get("/places/halmstad").text
    assert "Kommun i Hallands län" in page
    assert lines(page)["tylosand-halmstad"] == 1
    assert 'href="/archive?place=halmstad"' in page
    assert "/feed.atom?place=halmstad" in page
    below = site.get("/places/tylosand-halmstad").text
    assert "Plats i Halmstad" in below
    assert '<a href="/places/halmstad">Halmstad</a>' in below
    assert "1 berättelse sedan november 2026." in below


def test_a_county_has_what_its_municipalities_have(site: Website, store: Store) -> None:
    """Stories of the county itself and of all that lies in it."""
    whole, part = told(store, "halland-lan"), told(store, "laholm")
    assert stories_on(site.get("/places/halland-lan").text) == {whole, part}
    assert lines(site.get("/places").text)["halland-lan"] == 1


def test_a_place_outside_the_campaigns_own_is_on_the_map_once_something_is_told_there(
    site: Website, store: Store
) -> None:
    """A neighbour's municipality joins the list and the map with its first story."""
    assert "bastad" not in lines(site.get("/places").text)
    told(store, "bastad")
    assert lines(site.get("/places").text)["bastad"] == 1


def test_older_stories_of_a_place_are_pages_away(site: Website, store: Store) -> None:
    """Every story is on one page, the newest first, and the pages lead on to each other."""
    every = {told(store, "hylte") for _ in range(30)}
    first = site.get("/places/hylte").text
    older = re.search(r'href="(/places/hylte\?older=\d+)"', first)
    assert older is not None
    second = site.get(older[1]).text
    assert len(stories_on(first)) == 24
    assert stories_on(first) | stories_on(second) == every
    assert not stories_on(first) & stories_on(second)
    assert "Du läser äldre berättelser." in second


def test_a_campaign_that_names_no_places_shows_the_counties_of_its_stories(store: Store, tmp_path: Path) -> None:
    """Without places of its own the map has the whole county of whatever is told, and nothing before."""
    with Website(settings(tmp_path), store) as site:
        assert '<svg class="map"' not in site.get("/places").text
        told(store, "karlstad")
        assert len(lines(site.get("/places").text)) == 16


def test_a_network_has_its_stories_and_says_what_it_gives(site: Website, store: Store) -> None:
    """The number of the list is that of the page; what is asked for without result is kind, what is none is none."""
    one = from_source(store, "sokning", network="mastodon")
    assert "1 berättelse" in site.get("/networks").text
    page = site.get("/networks/mastodon").text
    assert stories_on(page) == {one}
    assert "Det här kommer därifrån" in page
    assert "Ingen berättelse från Webbflöde ännu" in site.get("/networks/feed").text
    assert site.get("/networks/myspace").status == 404
    assert site.get("/networks/x").status == 404


def test_only_organisations_are_listed(site: Website, store: Store) -> None:
    """A site of its own and an own account are organisations; a search and a source without a name are not."""
    from_source(store, "sokning", network="mastodon")
    page = site.get("/from").text
    assert re.findall(r'href="/from/([a-z-]+)"', page) == ["egna", "kommunen", "tyst"]
    assert site.get("/from/sokning").status == 404
    assert site.get("/from/namnlos").status == 404
    assert site.get("/from/nobody").status == 404
    assert "cykelförening" not in page


def test_an_organisation_has_what_it_told(site: Website, store: Store) -> None:
    """Its page has its stories and nobody else's; one that told nothing yet is kind."""
    mine = from_source(store, "kommunen")
    from_source(store, "sokning", network="mastodon")
    page = site.get("/from/kommunen").text
    assert stories_on(page) == {mine}
    assert '<h1 dir="auto">Kommunen</h1>' in page
    assert "/feed.atom?from=kommunen" in page
    assert "Ingen berättelse från Tyst ännu" in site.get("/from/tyst").text
    assert "No story from Tyst yet" in site.get("/en/from/tyst").text


def test_a_month_without_any_asking_has_no_ground() -> None:
    """Months in which nothing could be collected are open, quiet ones are not."""
    silent = [(NOW - timedelta(days=62), NOW - timedelta(days=31))]
    made = steps({"2026-08": 2, "2026-11": 1}, silent, now=NOW, zone=ZONE)
    assert [(step.first.month, step.count, step.open) for step in made] == [
        (8, 2, False), (9, 0, False), (10, 0, True), (11, 1, False),
    ]  # fmt: skip
    assert row(made).ground.count("M") == 2


def test_many_months_are_drawn_as_quarters_and_years() -> None:
    """There are never more bars than can be seen, and none is lost."""
    for first, grain in (("2025-01", Grain.MONTH), ("2010-01", Grain.QUARTER), ("1990-01", Grain.YEAR)):
        made = steps({first: 3, "2026-11": 4}, [], now=NOW, zone=ZONE)
        assert made[0].grain is grain
        assert len(made) <= MOST_BARS
        assert sum(step.count for step in made) == 7


def test_places_sort_as_swedish_does() -> None:
    """Å, ä and ö stand last."""
    assert sorted(["Östra", "Åmål", "Ärla", "Zinkgruvan", "Ale"], key=alphabetical) == [
        "Ale", "Zinkgruvan", "Åmål", "Ärla", "Östra",
    ]  # fmt: skip


def test_sets_of_places_are_counted_once() -> None:
    """A story in two towns of a municipality is one of its stories."""
    counts = PlaceCounts(
        [Tally(period="2026-11", value="getinge+halmstad", count=2), Tally(period="2026-10", value="", count=5)]
    )
    known = offer(("Halmstad",)).register
    assert counts.inside(known.below("halmstad")) == 2
    assert (counts.total, counts.without, counts.here["getinge"]) == (7, 5, 2)
    assert [place.id for place in shown_municipalities(offer(("Halmstad",)), counts)] == ["halmstad"]
