"""The archive: every public story by year and month, focus area and network, with search. Also the year pages."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.places import offer
from storage.archive import Found, Outline, Wanted, browse
from storage.keys import moment_of
from storage.published import yearbooks
from storage.strategy import TreeNode
from web.house import Visit
from web.public.asked import Asked, asked_of, wanted_of
from web.public.asked import span as days
from web.public.cards import Card
from web.public.growth import area_legend, area_nodes, numbers, rings, sentence, shown
from web.rendering import network_name

_PAGE = 30
_MOST_KEY = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of a filter: what it adds to the query, how many stories it has, whether it is on."""

    value: str | int
    words: str
    count: int
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthList:
    """The stories of a page that fall in one month. ``count`` is of the whole month, None where filters are on."""

    first: date
    cards: list[Card]
    count: int | None


def span(visit: Visit, year: int, month: int | None = None) -> tuple[int, int]:
    """Return the keys of a year, or a month of it, in the site's time zone."""
    first, end = days(Asked(year=year, month=month), visit.house.settings.site.timezone)
    assert first is not None
    assert end is not None
    return first, end


def archive(visit: Visit) -> Response:
    """Show one page of the archive."""
    asked = asked_of(visit)
    page = browse(
        visit.store,
        visit.campaign.id,
        wanted_of(visit, asked),
        limit=_PAGE,
        older_than=visit.asked_number("older", 0, _MOST_KEY),
        newer_than=visit.asked_number("newer", 0, _MOST_KEY),
    )
    counted = numbers(visit.house, visit.campaign.id)
    return visit.page(
        "public/archive.html",
        asked=asked,
        months=_months(visit, page, counted, plain=asked.query(year=None, month=None) == Asked().query()),
        page=page,
        years=year_choices(visit, counted, asked.year),
        month_choices=_month_choices(visit, counted, asked) if asked.year else [],
        areas=_area_choices(visit, counted, asked),
        networks=_network_choices(visit, counted, asked),
        place=_place_words(visit, asked),
        total=len(counted.entries),
    )


def _place_words(visit: Visit, asked: Asked) -> str:
    """Return what the place that was asked for is called, "" for none."""
    known = offer(visit.campaign.places).register
    return known.label_of(asked.place) if known.find(asked.place) else asked.place


def year(visit: Visit) -> Response:
    """Show a year: its ring, its months, and what was lifted. NotFoundError ``page`` for a year without stories."""
    number = int(visit.request.path_params["year"])
    counted = numbers(visit.house, visit.campaign.id)
    choices = year_choices(visit, counted, number)
    if not any(choice.on and choice.count for choice in choices):
        raise NotFoundError("page")
    drawn = rings(visit, year=number)
    months = _month_choices(visit, counted, Asked(year=number))
    areas = area_legend(visit.house, visit.campaign.id)
    lists = []
    for choice in months:
        first, end = span(visit, number, int(choice.value))
        page = browse(visit.store, visit.campaign.id, Wanted(first_key=first, end_key=end), limit=4)
        cards = [shown(visit, story) for story in page.stories]
        lists.append(MonthList(first=date(number, int(choice.value), 1), cards=cards, count=choice.count))
    return visit.page(
        "public/year.html",
        year=number,
        years=choices,
        lists=lists,
        books=_books(visit, number),
        rings=drawn,
        area_nodes=areas,
        sentence=sentence(drawn, visit.view.language, areas=areas, year=number),
    )


def _books(visit: Visit, year: int) -> list[str]:
    """Return where the yearbooks of a year are read, of each newsletter that has one out."""
    found = [(each.id, yearbooks(visit.store, each.id).get(year)) for each in visit.view.newsletters]
    return [f"/issues/{newsletter}/{number}" for newsletter, number in found if number is not None]


def year_choices(visit: Visit, counted: Outline, chosen: int | None) -> list[Choice]:
    """Return every year that has stories, newest first."""
    if not counted.entries:
        return []
    zone = visit.house.settings.site.timezone
    newest, oldest = (moment_of(counted.entries[at].key).astimezone(zone).year for at in (0, -1))
    return [
        Choice(value=number, words=str(number), count=count, on=number == chosen)
        for number in range(newest, oldest - 1, -1)
        if (count := _count(counted, *span(visit, number)))
    ]


def _month_choices(visit: Visit, counted: Outline, asked: Asked) -> list[Choice]:
    assert asked.year is not None
    return [
        Choice(
            value=month,
            words=visit.view.language.month(date(asked.year, month, 1)),
            count=count,
            on=month == asked.month,
        )
        for month in range(12, 0, -1)
        if (count := _count(counted, *span(visit, asked.year, month)))
    ]


def _count(counted: Outline, first: int, end: int) -> int:
    """Return how many stories fall in a span; the keys stand newest first."""
    return bisect_left(counted.keys, -first + 1, key=lambda key: -key) - bisect_left(
        counted.keys, -end + 1, key=lambda key: -key
    )


def _area_choices(visit: Visit, counted: Outline, asked: Asked) -> list[tuple[Choice, TreeNode]]:
    areas = area_nodes(visit.house, visit.campaign.id)
    told = Counter(
        area for entry in counted.entries for area in {areas[node].id for node in entry.nodes if node in areas}
    )
    return [
        (Choice(value=area.code, words=area.title, count=told[area.id], on=area.code == asked.area), area)
        for area in area_legend(visit.house, visit.campaign.id).values()
    ]


def _network_choices(visit: Visit, counted: Outline, asked: Asked) -> list[Choice]:
    name = network_name(visit.view.language)
    return [
        Choice(value=network, words=name(network), count=count, on=network == asked.network)
        for network, count in Counter(entry.network for entry in counted.entries).most_common()
    ]


def _months(visit: Visit, page: Found, counted: Outline, *, plain: bool) -> list[MonthList]:
    zone = visit.house.settings.site.timezone
    pairs = [(hit.key, hit.story) for hit in page.hits if hit.story is not None]
    lists: list[MonthList] = []
    for first, group in groupby(pairs, key=lambda pair: moment_of(pair[0]).astimezone(zone).date().replace(day=1)):
        cards: Sequence[Card] = [shown(visit, story) for _, story in group]
        count = _count(counted, *span(visit, first.year, first.month)) if plain else None
        lists.append(MonthList(first=first, cards=list(cards), count=count))
    return lists
