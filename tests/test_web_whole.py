"""The page of the whole over time and its files: what they show, what they never show, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from builders import account, approved, node, story
from campaign.settings import SourceSettings
from conftest import NOW
from storage.evidence import attach
from storage.gaps import _close_gap, _open_gap
from storage.places import set_place
from storage.sources import sync_sources
from storage.store import Actor, Store
from web.public.whole_numbers import CHARTS
from website import Website, settings

FEED = SourceSettings(
    id="kommunen", kind="feed", campaigns=("hallandvaxer",), every=timedelta(hours=1), name="Kommunen"
)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with a strategy of one focus area and nothing told yet."""
    node(sqlite_store)
    made = settings(tmp_path, sources={"kommunen": FEED})
    sync_sources(sqlite_store, made, now=NOW)
    with Website(made, sqlite_store) as website:
        yield website


def tell(store: Store, *, days: int = 0, place: str = "", area: int | None = None, times: int = 1) -> list[int]:
    """Stories that were told so many days ago."""
    by = Actor(kind="person", account_id=account(store))
    ids = []
    for number in range(times):
        made = approved(store, published_at=NOW - timedelta(days=days, minutes=number))
        if place:
            set_place(store, made.id, place, by=by, now=NOW)
        if area is not None:
            attach(store, made.id, area, by=by, now=NOW)
        ids.append(made.id)
    return ids


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Every reading statement while inside."""
    found: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def test_an_empty_campaign_says_what_will_stand_here(site: Website) -> None:
    """No story: a page without charts in both languages, and no file of any."""
    assert "Här växer bilden fram" in site.get("/whole").text
    assert "The picture grows here" in site.get("/en/whole").text
    assert "<svg" not in re.sub(r"<header.*?</header>", "", site.get("/whole").text, flags=re.DOTALL)
    assert site.get("/whole/activity.svg").status == 404


def test_every_chart_has_its_sentence_table_and_files(site: Website, sqlite_store: Store) -> None:
    """Each has a heading, two names in the drawing, a table, and a drawing, a picture and a table to take away."""
    tell(sqlite_store, place="halmstad", area=node(sqlite_store), times=2)
    page = site.get("/whole").text
    for key in CHARTS:
        assert f'<h2 id="{key}">' in page, key
        assert f'id="{key}-table"' in page, key
        for ending, kind in (("svg", "image/svg+xml"), ("png", "image/png"), ("csv", "text/csv; charset=utf-8")):
            assert f'href="/whole/{key}.{ending}"' in page
            answer = site.get(f"/whole/{key}.{ending}")
            assert (answer.status, answer.headers["content-type"]) == (200, kind), key
            assert f'filename="hallandvaxer-{key}.{ending}"' in answer.headers["content-disposition"]
    drawings = re.findall(r'<svg class="whole-svg.*?</svg>', page, re.DOTALL)
    assert len(drawings) == 2 * len(CHARTS) - 1
    for each in drawings:
        assert 'role="img"' in each
        assert re.search(
            r'aria-labelledby="(\S+) (\S+)".*?<title id="\1">.+?</title>\s*<desc id="\2">.+?</desc>', each, re.DOTALL
        )


def test_what_is_not_public_is_counted_nowhere(site: Website, sqlite_store: Store) -> None:
    """A story that waits changes neither the page nor any file."""
    tell(sqlite_store, place="halmstad")
    before = {key: site.get(f"/whole/{key}.csv").body for key in CHARTS}
    story(sqlite_store)
    assert {key: site.get(f"/whole/{key}.csv").body for key in CHARTS} == before


def test_years_narrow_the_page_and_its_files(site: Website, sqlite_store: Store) -> None:
    """Only what lies in the years is counted, the files say which years they are of, and no story counts twice."""
    tell(sqlite_store, days=400, times=3)
    tell(sqlite_store, days=1, times=2)
    total = [site.get(f"/whole/activity.csv{query}").text.count("\r\n") for query in ("", "?since=2025&until=2025")]
    assert total[0] > total[1]
    narrowed = site.get("/whole?since=2025&until=2025").text
    assert "3 berättelser sedan oktober 2025" in narrowed
    assert 'href="/whole/places.svg?since=2025&amp;until=2025"' in narrowed
    file = site.get("/whole/rings.svg?since=2025&until=2025")
    assert 'filename="hallandvaxer-rings-2025-2025.svg"' in file.headers["content-disposition"]
    assert site.get("/whole?since=2027&until=2030").status == 200
    assert "2 berättelser" in site.get("/whole?since=2026&until=2026").text


@pytest.mark.parametrize("query", ["?since=x", "?until=12", "?since=-1", "?since=99999"])
def test_years_that_are_none_are_no_page(site: Website, query: str) -> None:
    """What is no year is answered as any address that is not there."""
    assert site.get(f"/whole{query}").status == 404


def test_names_are_in_the_language_of_the_page(site: Website, sqlite_store: Store) -> None:
    """Whoever came first leaves no Swedish names on the English page: one reader's language is not the next one's."""
    approved(sqlite_store, network="feed")
    assert "Webbflöde" in site.get("/whole/networks.csv").text
    english = site.get("/en/whole/networks.csv").text
    assert "Web feed" in english
    assert "Webbflöde" not in english


def test_unknown_charts_are_no_page(site: Website, sqlite_store: Store) -> None:
    """A chart that is not there, or a kind of file that is not, has no address."""
    tell(sqlite_store)
    for path in ("/whole/nothing.svg", "/whole/activity.pdf", "/whole/activity"):
        assert site.get(path).status == 404, path


def test_a_time_that_was_not_collected_is_left_open(site: Website, sqlite_store: Store) -> None:
    """A gap of five weeks in the only source is told, drawn and named in every table by time."""
    tell(sqlite_store, days=120)
    tell(sqlite_store, days=1)
    with sqlite_store.write() as connection:
        _open_gap(connection, "kommunen", NOW - timedelta(days=80), "paused")
        _close_gap(connection, "kommunen", NOW - timedelta(days=45))
    page = site.get("/whole").text
    assert re.search(r"Under [45] veckor kunde inget hämtas\. De är lämnade öppna\.", page)
    assert 'class="open"' in page
    for key in ("activity", "rings"):
        assert "ej hämtat" in site.get(f"/whole/{key}.csv").text, key
    silence = site.get("/whole/silence.csv").text.splitlines()[1]
    assert silence.split(";")[3:5] in (["aldrig", "4"], ["aldrig", "5"])


def test_a_town_counts_as_its_municipality_and_once(site: Website, sqlite_store: Store) -> None:
    """A story in a town and its municipality is one of the municipality."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    (made,) = tell(sqlite_store, place="laholm")
    set_place(sqlite_store, made, "mellbystrand", by=by, now=NOW)
    heads, *lines = site.get("/whole/places.csv").text.removeprefix("\ufeff").splitlines()
    counts = dict(zip(heads.split(";"), lines[0].split(";"), strict=True))
    assert counts["Laholm"] == "1"


def test_the_ring_table_leads_to_each_week(site: Website, sqlite_store: Store) -> None:
    """Without scripts the weeks are links in the table, and the weeks that they lead to are there."""
    tell(sqlite_store)
    page = site.get("/whole").text
    weeks = re.findall(r'<tr data-week="([^"]+)"><th scope="row"><a href="([^"]+)">', page)
    assert [week for week, _ in weeks] == ["2026-W47"]
    assert site.get(weeks[0][1]).status == 200


def test_it_costs_the_same_whatever_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    """A hundred stories in as many weeks are read in as many statements as one."""
    area = node(sqlite_store)
    numbers = []
    for many in (1, 99):
        for number in range(many):
            tell(sqlite_store, days=number, place="halmstad", area=area)
        with Website(settings(tmp_path, sources={"kommunen": FEED}), sqlite_store) as website:
            with statements(sqlite_store) as found:
                website.get("/whole")
            numbers.append(len(found))
    assert numbers[0] == numbers[1]
