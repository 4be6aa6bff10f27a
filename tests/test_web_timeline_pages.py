"""The archive through time: all years, a year, a week, a day, and the ways between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, insert

from builders import account, approved, node
from campaign.settings import SourceSettings
from conftest import NOW
from digest.growth import RingWeek, WeekState
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.sources import sync_sources
from storage.store import Actor, Store
from web.strips import strips
from website import Website, settings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SOURCE = SourceSettings(
    id="nyheter", kind="feed", campaigns=("hallandvaxer",), every=timedelta(hours=1), name="Nyheter",
    options={"url": "https://www.exempel.se/nyheter.rss"},
)  # fmt: skip


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with one source on the store of the test."""
    made = settings(tmp_path, sources={"nyheter": SOURCE})
    sync_sources(sqlite_store, made, now=NOW)
    with Website(made, sqlite_store) as website:
        yield website


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def on(year: int, month: int, day: int, hour: int = 12) -> datetime:
    """A moment of the site's clock."""
    return datetime(year, month, day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def told(store: Store, *moments: datetime) -> list[int]:
    """Approve a story at each moment; their ids."""
    return [approved(store, published_at=moment).id for moment in moments]


def shown(page: str) -> list[int]:
    """The ids of the stories that a page links to, in order, each once."""
    return list(dict.fromkeys(int(number) for number in re.findall(r'href="/stories/(\d+)"', page)))


def way(page: str, rel: str) -> str:
    """Where a page's link of this relation leads, "" where it has none."""
    found = re.search(rf'<a [^>]*rel="{rel}" href="([^"]+)"', page)
    return found[1] if found else ""


def lose(store: Store, start: datetime, end: datetime) -> None:
    """Record that the source could not be asked."""
    with store.write() as connection:
        values = {"source_id": "nyheter", "from_at": start, "to_at": end, "reason": "error"}
        connection.execute(insert(schema.gap).values(values))


# --- weeks and days ---------------------------------------------------------------------------------------


def test_a_week_holds_its_days_and_their_stories(site: Website, sqlite_store: Store) -> None:
    """A week shows what stands from Monday to Sunday of the site's clock, newest first, under its days."""
    before, monday, sunday, _after = told(
        sqlite_store, on(2026, 11, 8, 23), on(2026, 11, 9, 0), on(2026, 11, 15, 23), on(2026, 11, 16, 0)
    )
    page = site.get("/weeks/2026-W46").text
    assert shown(page) == [sunday, monday]
    assert "9–15 november 2026. 2 berättelser." in page
    assert re.findall(r'id="d-(\d{4}-\d\d-\d\d)"', page) == ["2026-11-15", "2026-11-09"]
    assert "måndag 9 november: 1 berättelse" in page
    assert "tisdag 10 november: Inga berättelser" in page
    assert shown(site.get("/weeks/2026-W45").text) == [before]
    assert "9–15 November 2026" in site.get("/en/weeks/2026-W46").text


def test_a_day_shows_its_stories_alone(site: Website, sqlite_store: Store) -> None:
    """What was posted just before midnight in UTC is of the next day in Sweden."""
    late, early = told(sqlite_store, datetime(2026, 11, 10, 23, 30, tzinfo=UTC), on(2026, 11, 10))
    assert shown(site.get("/days/2026-11-11").text) == [late]
    page = site.get("/days/2026-11-10").text
    assert shown(page) == [early]
    assert "Tisdag 10 november" in page


def test_the_ways_lead_past_what_is_silent(site: Website, sqlite_store: Store) -> None:
    """Before and after a day, a week and a year stand the nearest that have stories, and nothing at the ends."""
    told(sqlite_store, on(2023, 2, 1), on(2026, 1, 14), on(2026, 11, 12))
    page = site.get("/days/2026-01-14").text
    assert (way(page, "prev"), way(page, "next")) == ("/days/2023-02-01", "/days/2026-11-12")
    page = site.get("/weeks/2026-W03").text
    assert (way(page, "prev"), way(page, "next")) == ("/weeks/2023-W05", "/weeks/2026-W46")
    assert '<link rel="prev" href="/weeks/2023-W05">' in page
    page = site.get("/years/2026").text
    assert (way(page, "prev"), way(page, "next")) == ("/years/2023", "")
    assert way(site.get("/years/2023").text, "next") == "/years/2026"
    assert way(site.get("/weeks/2024-W10").text, "next") == "/weeks/2026-W03"


def test_a_silent_week_keeps_its_address(site: Website, sqlite_store: Store) -> None:
    """A week whose stories were hidden says that it is silent, and asks search engines to leave it."""
    told(sqlite_store, on(2026, 1, 14))
    (hidden,) = told(sqlite_store, on(2026, 11, 12))
    assert 'content="noindex' not in site.get("/weeks/2026-W46").text
    decide(sqlite_store, hidden, Action.HIDE, by=person(sqlite_store), now=NOW)
    answer = site.get("/weeks/2026-W46")
    assert answer.status == 200
    assert shown(answer.text) == []
    assert "En tyst vecka" in answer.text
    assert 'content="noindex, follow"' in answer.text


def test_what_could_not_be_collected_is_not_called_silent(site: Website, sqlite_store: Store) -> None:
    """A week, a day and a month in which nothing could be collected say so, in words."""
    told(sqlite_store, on(2026, 1, 14), on(2026, 11, 12))
    lose(sqlite_store, on(2026, 3, 1, 0), on(2026, 4, 1, 0))
    assert "Inget kunde hämtas" in site.get("/weeks/2026-W11").text
    assert "En tyst vecka" in site.get("/weeks/2026-W16").text
    assert "Källorna gick inte att nå den här dagen" in site.get("/days/2026-03-10").text
    page = site.get("/years/2026").text
    march = page[page.index('id="m-3"') : page.index('id="m-4"')]
    april = page[page.index('id="m-4"') : page.index('id="m-5"')]
    assert "Inget kunde hämtas" in march
    assert "Inga berättelser" in april


@pytest.mark.parametrize(
    "path",
    [
        "/weeks/2026-W54", "/weeks/2026-w46", "/weeks/2026-W5", "/weeks/x", "/weeks/2019-W10", "/weeks/2027-W10",
        "/weeks/0000-W01", "/weeks/9999-W52", "/days/2026-02-30", "/days/20261112", "/days/2019-01-01",
        "/days/9999-12-31", "/days/2027-01-01", "/years/2019", "/years/2027", "/years/0", "/years/9999", "/days/x",
    ],
)  # fmt: skip
def test_time_that_is_none_has_no_page(site: Website, sqlite_store: Store, path: str) -> None:
    """What the calendar lacks, what came before the first story and what is to come is not found."""
    told(sqlite_store, on(2026, 1, 14), on(2026, 11, 12))
    assert site.get(path).status == 404


def test_a_week_of_many_stories_is_read_in_pages(site: Website, sqlite_store: Store) -> None:
    """Each story of a long week is met once, by keys, and the number is that of the whole week."""
    ids = told(sqlite_store, *(on(2026, 11, 9, 1) + timedelta(hours=number) for number in range(65)))
    first = site.get("/weeks/2026-W46").text
    older = re.search(r'href="(/weeks/2026-W46\?older=\d+)"', first)
    assert older is not None
    second = site.get(older[1]).text
    assert shown(first) + shown(second) == ids[::-1]
    assert "65 berättelser" in first
    assert "65 berättelser" in second


# --- a year and all years ---------------------------------------------------------------------------------


def test_a_year_tells_its_months_weeks_and_what_was_lifted(site: Website, sqlite_store: Store) -> None:
    """Months carry their number and newest stories, weeks are links, and the lifted stand by themselves."""
    ids = told(sqlite_store, *(on(2026, 5, 4 + number) for number in range(5)), on(2026, 6, 3), on(2025, 12, 30))
    decide(sqlite_store, ids[0], Action.FEATURE, by=person(sqlite_store), now=NOW)
    attach(sqlite_store, ids[5], node(sqlite_store), by=person(sqlite_store), now=NOW)
    page = site.get("/years/2026").text
    may = page[page.index('id="m-5"') : page.index('id="m-6"')]
    assert "5 berättelser" in may
    assert shown(may) == ids[4:1:-1]
    assert re.findall(r'href="(/weeks/[^"]+)"', may) == ["/weeks/2026-W19"]
    assert 'href="/archive?year=2026&amp;month=5"' in may
    lifted = page[page.index('id="lifted"') : page.index('id="months"')]
    assert shown(lifted) == [ids[0]]
    assert ids[6] not in shown(page)


def test_a_year_counts_the_calendars_days_as_every_other_page_does(site: Website, sqlite_store: Store) -> None:
    """The first days of January can be in a week of the year before; the year's own number holds them all the same."""
    told(sqlite_store, on(2021, 1, 2), on(2021, 5, 4))
    assert "2 berättelser under 2021" in site.get("/years/2021").text
    assert "2 berättelser" in site.get("/years").text


def test_all_years_stand_under_each_other_with_their_gaps(site: Website, sqlite_store: Store) -> None:
    """A year without stories keeps its line, and the table says what the strips draw."""
    told(sqlite_store, on(2023, 2, 1), on(2023, 2, 2), on(2026, 11, 12))
    lose(sqlite_store, on(2024, 3, 4, 0), on(2024, 3, 18, 0))
    page = site.get("/years").text
    assert re.findall(r'href="/years/(\d+)"', page) == ["2026", "2025", "2024", "2023"]
    assert "3 berättelser, februari 2023 till november 2026. Under 2 veckor kunde inget hämtas." in page
    rows = re.findall(
        r'<tr><th scope="row">(\d+)</th><td class="number">(\d+)</td>.*?<td class="number">(\d+)</td></tr>', page
    )
    assert rows == [("2026", "1", "0"), ("2025", "0", "0"), ("2024", "0", "2"), ("2023", "2", "0")]
    assert "Mest hände: Vecka 5, 2 berättelser." in page


def test_many_years_are_told_by_decade(site: Website, sqlite_store: Store) -> None:
    """A campaign longer than a dozen years has a heading for each decade."""
    told(sqlite_store, on(2008, 2, 1), on(2026, 11, 12))
    assert re.findall(r">([^<]*-talet)<", site.get("/years").text) == ["2020-talet", "2010-talet", "2000-talet"]


def test_an_empty_archive_says_that_the_memory_begins(site: Website) -> None:
    """Before the first story all years have a page that says so, and no year has one."""
    answer = site.get("/years")
    assert answer.status == 200
    assert "Här börjar minnet" in answer.text
    assert site.get("/years/2026").status == 404


def test_one_story_fills_every_page_of_time(site: Website, sqlite_store: Store) -> None:
    """With a single story each page stands, says so in the singular, and leads nowhere else."""
    told(sqlite_store, on(2026, 11, 12))
    for path in ("/years/2026", "/weeks/2026-W46", "/days/2026-11-12"):
        page = site.get(path).text
        assert shown(page) == [1], path
        assert (way(page, "prev"), way(page, "next")) == ("", ""), path
    assert "1 berättelse i november 2026." in site.get("/years").text


@pytest.mark.parametrize("path", ["/years", "/years/2026", "/weeks/2026-W46", "/days/2026-11-12", "/archive"])
def test_a_page_asks_the_same_number_of_questions_whatever_there_is(
    site: Website, sqlite_store: Store, path: str
) -> None:
    """The number of queries does not grow with the archive."""
    asked: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def questions() -> int:
        before = len(asked)
        assert site.get(path).status == 200
        return len(asked) - before

    told(sqlite_store, on(2025, 3, 3), on(2026, 11, 12), on(2026, 11, 12, 13))
    few = questions()
    told(sqlite_store, *(on(2026, 11, 12) - timedelta(hours=7 * number) for number in range(60)))
    assert questions() == few


# --- strips -----------------------------------------------------------------------------------------------


def weeks(**states: WeekState | int) -> list[RingWeek]:
    """The weeks of 2026 to week 8: silent but for those named w1, w2, … by a state or a number of stories."""
    made = []
    for number in range(1, 9):
        state = states.get(f"w{number}", WeekState.STILL)
        counts = ((None, state),) if isinstance(state, int) else ()
        made.append(
            RingWeek(year=2026, week=number, state=WeekState.GROWN if counts else WeekState(state), counts=counts)
        )
    return made


def test_the_ground_breaks_where_nothing_was_collected() -> None:
    """A silent week lies on the ground; a lost one, one before the first story and one to come do not."""
    (strip,) = strips(
        weeks(w1=WeekState.BEFORE, w2=3, w4=WeekState.OPEN, w6=2, w8=WeekState.AHEAD), height=20
    )  # fmt: skip
    assert strip.ground.count("M") == 2
    assert len(strip.uprights) == 2
    assert len(strip.ahead) == 1
    assert (strip.total, strip.open_weeks, strip.silent_weeks) == (5, 1, 3)


def test_years_share_one_scale_and_the_least_is_seen() -> None:
    """The busiest week of all is as high as the strip, and one story beside a thousand is still drawn."""
    other = [RingWeek(year=2027, week=1, state=WeekState.GROWN, counts=((1, 1),))]
    first, second = strips([*weeks(w2=1000), *other], height=21)
    assert first.uprights[0].parts[-1].y == 0
    assert second.uprights[0].parts[-1].height == 2
