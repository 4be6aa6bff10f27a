"""What search engines are told: an index by year, files of bounded size, nobody who does not want to be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from builders import approved, node
from conftest import NOW
from storage.decisions import Action, decide
from storage.store import Store
from test_web_public import issue, person
from web.public import site_maps
from website import Website, settings

SITE = "https://hallandvaxer.example.se"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), store) as website:
        yield website


def listed(site: Website, path: str) -> dict[str, str]:
    """The addresses of a site map, below the site's own, each with when it was written, "" for untold."""
    answer = site.get(path)
    assert answer.status == 200, path
    assert answer.headers["content-type"] == "application/xml"
    return {
        each.findtext(f"{SPACE}loc", "").removeprefix(SITE): each.findtext(f"{SPACE}lastmod", "")
        for each in ET.fromstring(answer.body)
    }


def everything(site: Website) -> list[str]:
    """Every address in all files that the index names."""
    return [path for file in listed(site, "/sitemap.xml") for path in listed(site, file)]


def test_each_year_has_files_of_bounded_size_that_miss_nothing(
    site: Website, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many stories a year has, each stands in one file once, and no file has more than its share."""
    monkeypatch.setattr(site_maps, "SLICE", 3)
    made = [approved(store, published_at=NOW - timedelta(days=60 * number)).id for number in range(11)]
    files = list(listed(site, "/sitemap.xml"))
    assert files == [
        "/sitemaps/pages.xml", "/sitemaps/2026-1.xml", "/sitemaps/2026-2.xml", "/sitemaps/2025-1.xml",
        "/sitemaps/2025-2.xml",
    ]  # fmt: skip
    stories = [path for file in files[1:] for path in listed(site, file) if path.startswith("/stories/")]
    assert sorted(stories) == sorted(f"/stories/{each}" for each in made)
    assert all(len(listed(site, file)) <= 4 for file in files[1:])
    for path in ("/sitemaps/2026-3.xml", "/sitemaps/2026-0.xml", "/sitemaps/2019-1.xml"):
        assert site.get(path).status == 404


def test_a_story_stands_in_the_year_of_the_sites_clock(site: Website, store: Store) -> None:
    """What was told after midnight of New Year in Sweden is of the new year."""
    approved(store, published_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert "/sitemaps/2026-1.xml" in listed(site, "/sitemap.xml")
    assert listed(site, "/sitemaps/2026-1.xml")["/stories/1"] == "2025-12-31T23:30:00Z"


def test_hidden_waiting_and_shy_stories_are_in_none(site: Website, store: Store) -> None:
    """What is not shown, and who does not want to be found, stands in no file; a file is never without an address."""
    hidden, shy, shown = approved(store), approved(store, shy=True), approved(store)
    decide(store, hidden.id, Action.HIDE, by=person(store), now=NOW)
    told = everything(site)
    assert f"/stories/{shown.id}" in told
    assert f"/stories/{hidden.id}" not in told
    assert f"/stories/{shy.id}" not in told
    decide(store, shown.id, Action.HIDE, by=person(store), now=NOW)
    assert listed(site, "/sitemaps/2026-1.xml") == {"/years/2026": ""}


def test_every_address_that_is_told_answers(site: Website, store: Store) -> None:
    """Nothing that search engines are sent to is missing or moved."""
    made = approved(store)
    node(store)
    issue(store, made.id)
    told = everything(site)
    assert "/issues/veckobrevet/12" in told
    assert "/strategy/halland-2014-2020/attraktiv" in told
    assert {path: site.get(path).status for path in told if site.get(path).status != 200} == {}


def test_robots_are_told_where_the_index_is(site: Website) -> None:
    """robots.txt names the index and keeps robots from the desk and from receipts."""
    told = site.get("/robots.txt").text
    assert f"Sitemap: {SITE}/sitemap.xml" in told
    assert "Disallow: /desk" in told
    assert "Disallow: /receipts" in told


def test_an_empty_archive_has_pages_and_no_years(site: Website) -> None:
    """A new campaign has its pages in the index and nothing else."""
    assert list(listed(site, "/sitemap.xml")) == ["/sitemaps/pages.xml"]
    assert "/archive" in listed(site, "/sitemaps/pages.xml")
