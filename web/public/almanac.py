"""The archive through time: its years, one year, one week, one day, each with the way to the next that has anything.

Everything is counted by storage and read by ranges of keys: a page costs the same whether a day has one story or a
thousand. Weeks are ISO weeks; a week stands in the month that has its Thursday, as it stands in its year.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby

from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.periods import Week, holiday, parse_week, week_of
from digest.growth import RingWeek, WeekState
from storage.archive import Found, Wanted, browse, silences
from storage.counts import between, tally
from storage.keys import moment_of
from storage.published import yearbooks
from storage.spans import Lying, Span, beside, heads, lifted, sent_in
from web.house import Visit
from web.public.asked import keys_of
from web.public.cards import Card
from web.public.growth import area_legend, rings, sentence, shown, sources_of
from web.public.titles import issue_name
from web.strips import Strip, strips
from web.timeline import Stretch, unheard

_PAGE = 40
_HEADS = 3
_LIFTED = 6
_MOST_KEY = 2**62
_OVERVIEW, _YEAR = 26.0, 120.0
#: With more years than this they are told by decade.
_MOST_YEARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link to another page of time: ``path`` is below language and campaign."""

    path: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What stands before and after a page of time, None at an end."""

    before: Way | None
    after: Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decade:
    """The years of a decade, newest first. ``first`` is 0 where the years are so few that they stand together."""

    first: int
    years: tuple[YearLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLine:
    """One year of the overview; ``count`` is of the calendar's year, the strip of its ISO weeks."""

    year: int
    count: int
    strip: Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPart:
    """One month of a year's page with its weeks that have stories and its newest ones."""

    first: date
    count: int
    weeks: tuple[RingWeek, ...]
    cards: list[Card]
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPart:
    """One day of a week's page. ``lost``: nothing could be collected; ``ahead``: it has not come."""

    day: date
    count: int
    lost: bool
    ahead: bool
    holiday: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayList:
    """The stories of a page that stand on one day."""

    day: date
    cards: list[Card]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What a week and a day hold: how many stories, one page of them by day, what was sent, whether all was lost."""

    page: Found
    lists: list[DayList]
    count: int
    sent: list[Lying]
    lost: bool


def month_counts(visit: Visit) -> dict[tuple[int, int], int]:
    """Return how many stories each month has that has any, kept until something changes."""

    def count() -> dict[tuple[int, int], int]:
        told = tally(visit.store, visit.campaign.id, "all", period="month")
        return {(int(each.period[:4]), int(each.period[5:])): each.count for each in told if each.count}

    return visit.house.keep(("months", visit.campaign.id), count)


def year_counts(visit: Visit) -> dict[int, int]:
    """Return how many stories each year has that has any, newest first."""
    found: dict[int, int] = {}
    for (number, _), count in sorted(month_counts(visit).items(), reverse=True):
        found[number] = found.get(number, 0) + count
    return found


# --- all years --------------------------------------------------------------------------------------------


def years(visit: Visit) -> Response:
    """Show all years of the archive under each other."""
    counted = year_counts(visit)
    drawn = strips(rings(visit).weeks if counted else (), height=_OVERVIEW)
    lines = [YearLine(year=each.year, count=counted.get(each.year, 0), strip=each) for each in reversed(drawn)]
    months = month_counts(visit)
    return visit.page(
        "public/years.html",
        decades=_decades(lines),
        total=sum(counted.values()),
        first=date(*min(months), 1) if months else None,
        last=date(*max(months), 1) if months else None,
        lost=sum(line.strip.open_weeks for line in lines),
    )


def _decades(lines: Sequence[YearLine]) -> list[Decade]:
    if len(lines) <= _MOST_YEARS:
        return [Decade(first=0, years=tuple(lines))] if lines else []
    return [
        Decade(first=first, years=tuple(own)) for first, own in groupby(lines, key=lambda line: line.year // 10 * 10)
    ]


# --- a year -----------------------------------------------------------------------------------------------


def _issue_name(visit: Visit) -> Callable[[str], str]:
    return partial(issue_name, visit.house.settings, visit.view.language)


def year(visit: Visit) -> Response:
    """Show a year: its ring, its weeks, its months, what was lifted and what was sent. NotFoundError ``page`` for a
    year before the first story or to come.
    """
    number = int(visit.request.path_params["year"])
    if not 1 <= number <= 9998:
        raise NotFoundError("page")
    days = (date(number, 1, 1), date(number + 1, 1, 1))
    _within_life(visit, days)
    drawn = rings(visit, year=number)
    areas = area_legend(visit.house, visit.campaign.id)
    (strip,) = strips(drawn.weeks, height=_YEAR)
    span = _span(visit, *days)
    count = year_counts(visit).get(number, 0)
    return visit.page(
        "public/year.html",
        issue_name=_issue_name(visit),
        year=number,
        count=count,
        ways=_year_ways(visit, number),
        strip=strip,
        months=_months(visit, number, drawn.weeks),
        lifted=[shown(visit, story) for story in lifted(visit.store, visit.campaign.id, span, limit=_LIFTED)],
        sent=sent_in(visit.store, visit.campaign.id, span),
        books=_books(visit, number),
        rings=drawn,
        area_nodes=areas,
        sentence=sentence(drawn, visit.view.language, areas=areas, year=number, count=count),
    )


def _year_ways(visit: Visit, number: int) -> Ways:
    counted = list(year_counts(visit))
    before = max((each for each in counted if each < number), default=None)
    after = min((each for each in counted if each > number), default=None)
    made = [Way(path=f"/years/{each}", words=str(each)) if each else None for each in (before, after)]
    return Ways(before=made[0], after=made[1])


def _months(visit: Visit, number: int, weeks: Sequence[RingWeek]) -> list[MonthPart]:
    """Return the months of a year from the first that the campaign knows to the last that has come."""
    counted, today = month_counts(visit), _today(visit)
    months = [
        month for month in range(1, 13) if min(counted) <= (number, month) <= max(*counted, (today.year, today.month))
    ]
    spans = [_span(visit, date(number, month, 1), _next_month(number, month)) for month in months]
    newest = heads(visit.store, visit.campaign.id, spans, each=_HEADS)
    made = []
    for month, stories in zip(months, newest, strict=True):
        own = tuple(week for week in weeks if (week.monday + timedelta(days=3)).month == month)
        past = [week for week in own if week.state is not WeekState.AHEAD]
        made.append(
            MonthPart(
                first=date(number, month, 1),
                count=counted.get((number, month), 0),
                weeks=tuple(week for week in own if week.total),
                cards=[shown(visit, story) for story in stories],
                lost=bool(past) and all(week.state is WeekState.OPEN for week in past),
            )
        )
    return made


def _books(visit: Visit, number: int) -> list[str]:
    """Return where the yearbooks about a year are read, of each newsletter that has one out."""
    found = [(each.id, yearbooks(visit.store, each.id).get(number)) for each in visit.view.newsletters]
    return [f"/issues/{newsletter}/{book}" for newsletter, book in found if book is not None]


# --- a week and a day -------------------------------------------------------------------------------------


def week(visit: Visit) -> Response:
    """Show an ISO week, its days and their stories, newest first. NotFoundError ``page`` for one that is none, before
    the first story or to come.
    """
    named = visit.request.path_params["week"]
    try:
        asked = parse_week(named)
        end = asked.monday + timedelta(days=7)
    except (InputError, OverflowError) as problem:
        raise NotFoundError("page") from problem
    if str(asked) != named:
        raise NotFoundError("page")
    _within_life(visit, (asked.monday, end))
    span = _span(visit, asked.monday, end)
    return visit.page(
        "public/week.html",
        issue_name=_issue_name(visit),
        week=asked,
        first=asked.monday,
        last=end - timedelta(days=1),
        ways=_ways(visit, span, _week_way),
        days=_days(visit, asked),
        inside=_inside(visit, span),
    )


def day(visit: Visit) -> Response:
    """Show a day and its stories, newest first. NotFoundError ``page`` for one that is none, before the first story or
    to come.
    """
    named = visit.request.path_params["day"]
    try:
        asked = date.fromisoformat(named)
        following = asked + timedelta(days=1)
    except (ValueError, OverflowError) as problem:
        raise NotFoundError("page") from problem
    if asked.isoformat() != named:
        raise NotFoundError("page")
    _within_life(visit, (asked, following))
    span = _span(visit, asked, following)
    return visit.page(
        "public/day.html",
        issue_name=_issue_name(visit),
        day=asked,
        week=week_of(asked),
        holiday=holiday(asked, visit.view.language.code),
        ways=_ways(visit, span, _day_way),
        inside=_inside(visit, span),
    )


def _inside(visit: Visit, span: Span) -> Inside:
    page = browse(
        visit.store,
        visit.campaign.id,
        Wanted(first_key=span[0], end_key=span[1]),
        limit=_PAGE,
        older_than=visit.asked_number("older", 0, _MOST_KEY),
        newer_than=visit.asked_number("newer", 0, _MOST_KEY),
    )
    return Inside(
        page=page,
        lists=_by_day(visit, page),
        count=between(visit.store, visit.campaign.id, list(span))[0],
        sent=sent_in(visit.store, visit.campaign.id, span),
        lost=_is_lost(_lost(visit), span, visit.view.now),
    )


def _by_day(visit: Visit, page: Found) -> list[DayList]:
    zone = visit.house.settings.site.timezone
    pairs = [(moment_of(hit.key).astimezone(zone).date(), hit.story) for hit in page.hits if hit.story is not None]
    return [
        DayList(day=day, cards=[shown(visit, story) for _, story in own])
        for day, own in groupby(pairs, key=lambda pair: pair[0])
    ]


def _days(visit: Visit, asked: Week) -> list[DayPart]:
    days = [asked.monday + timedelta(days=number) for number in range(7)]
    spans = [_span(visit, each, each + timedelta(days=1)) for each in days]
    counted = between(visit.store, visit.campaign.id, [spans[0][0], *(end for _, end in spans)])
    lost = _lost(visit)
    today, code = _today(visit), visit.view.language.code
    return [
        DayPart(
            day=each,
            count=count,
            lost=not count and _is_lost(lost, span, visit.view.now),
            ahead=not count and each > today,
            holiday=holiday(each, code),
        )
        for each, span, count in zip(days, spans, counted, strict=True)
    ]


def _ways(visit: Visit, span: Span, way: Callable[[Visit, date], Way]) -> Ways:
    """Return the ways to the nearest pages before and after a span that have stories."""
    zone = visit.house.settings.site.timezone
    before, after = beside(visit.store, visit.campaign.id, span)
    made = [way(visit, each.astimezone(zone).date()) if each else None for each in (before, after)]
    return Ways(before=made[0], after=made[1])


def _week_way(visit: Visit, day: date) -> Way:
    found, this = week_of(day), week_of(_today(visit))
    key = "archive.week_short" if found.year == this.year else "archive.week_year"
    return Way(path=f"/weeks/{found}", words=visit.view.language.t(key, week=found.number, year=found.year))


def _day_way(visit: Visit, day: date) -> Way:
    return Way(path=f"/days/{day.isoformat()}", words=visit.view.language.date(day))


# --- time, and what could not be collected ----------------------------------------------------------------


def _today(visit: Visit) -> date:
    return visit.view.now.astimezone(visit.house.settings.site.timezone).date()


def _next_month(number: int, month: int) -> date:
    return date(number + month // 12, month % 12 + 1, 1)


def _span(visit: Visit, first: date, after: date) -> Span:
    return keys_of(first, after, visit.house.settings.site.timezone)


def _within_life(visit: Visit, days: tuple[date, date]) -> None:
    """NotFoundError ``page`` for days before the month of the first story, or to come; what is silent has a page."""
    months = month_counts(visit)
    if not months or days[1] <= date(*min(months), 1):
        raise NotFoundError("page")
    if days[0] > _today(visit) and days[0] >= _next_month(*max(months)):
        raise NotFoundError("page")


def _lost(visit: Visit) -> list[Stretch]:
    """Return the times in which no source could be asked."""

    def find() -> list[Stretch]:
        sources = sources_of(visit)
        return unheard(silences(visit.store, sources), sources, visit.view.now)

    return visit.house.keep(("lost", visit.campaign.id, visit.view.now.date()), find)


def _is_lost(lost: Sequence[Stretch], span: Span, now: datetime) -> bool:
    """Return whether nothing could be collected in more than half of what has passed of a span."""
    start, end = moment_of(span[0]), min(moment_of(span[1]), now)
    gone = sum(max(0.0, (min(end, to) - max(start, since)).total_seconds()) for since, to in lost)
    return gone * 2 > (end - start).total_seconds() > 0
