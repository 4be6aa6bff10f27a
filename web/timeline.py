"""The story of a goal over time: years and quarters, and the quiet in between. Pure.

Quiet is told apart from not hearing: a time in which no source could be asked says nothing about what happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from storage.archive import Silence
from web.bars import Quarter

#: So many quarters are drawn as bars at most; the newest are kept.
MOST_QUARTERS = 48

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A time without stories. ``weeks`` whole weeks, ``unheard`` of them no source could be asked.

    ``lasting``: it goes on. ``from_on`` and ``to_on`` are days of the site's zone.
    """

    from_on: date
    to_on: date
    weeks: int
    unheard: int
    lasting: bool = False

    @property
    def middle(self) -> date:
        """The day in the middle of it."""
        return self.from_on + (self.to_on - self.from_on) / 2

    @property
    def is_unheard(self) -> bool:
        """Whether so much of it could not be collected that nobody can call it quiet."""
        return self.unheard * 2 > self.weeks


def unheard(silences: Iterable[Silence], sources: Sequence[str], now: datetime) -> list[Stretch]:
    """Return the times in which none of the sources could be asked, oldest first; none without sources."""
    if not sources:
        return []
    found: list[Stretch] | None = None
    by_source: dict[str, list[Stretch]] = {source: [] for source in sources}
    for silence in silences:
        if silence.source in by_source:
            by_source[silence.source].append((silence.from_at, silence.to_at or now))
    for stretches in by_source.values():
        joined = _joined(stretches)
        found = joined if found is None else _common(found, joined)
    return found or []


def quiet_after(
    moments: Sequence[datetime], silent: Sequence[Stretch], *, least: int, until: datetime, zone: ZoneInfo
) -> dict[int, Quiet]:
    """Return the quiet times of at least ``least`` weeks between moments, which stand newest first.

    The key is the place of the newer moment of each pair; -1 is what has gone on since the newest, up to ``until``.
    """
    found: dict[int, Quiet] = {}
    for place, (newer, older) in enumerate(pairwise(moments)):
        quiet = _quiet(older, newer, silent, zone, lasting=False)
        if quiet.weeks >= least:
            found[place] = quiet
    if moments and until > moments[0]:
        quiet = _quiet(moments[0], until, silent, zone, lasting=True)
        if quiet.weeks >= least:
            found[-1] = quiet
    return found


def quarters(
    moments: Iterable[datetime], silent: Sequence[Stretch], *, now: datetime, zone: ZoneInfo, most: int = MOST_QUARTERS
) -> list[Quarter]:
    """Return the quarters from the first moment to now, oldest first, at most the newest ``most``."""
    counted = Counter(f"{moment.astimezone(zone):%Y-%m}" for moment in moments)
    return quarters_of_months(counted, silent, now=now, zone=zone, most=most)


def quarters_of_months(
    months: Mapping[str, int], silent: Sequence[Stretch], *, now: datetime, zone: ZoneInfo, most: int = MOST_QUARTERS
) -> list[Quarter]:
    """Return the quarters from the first month that has stories ("2026-11") to now, at most the newest ``most``."""
    counted: Counter[tuple[int, int]] = Counter()
    for month, count in months.items():
        if count:
            counted[quarter_of(date.fromisoformat(f"{month}-01"))] += count
    if not counted:
        return []
    year, number = min(counted)
    last = max(quarter_of(now.astimezone(zone).date()), *counted)
    found: list[Quarter] = []
    while (year, number) <= last:
        count = counted[year, number]
        start, end = _span(year, number, zone)
        open_ = not count and _length(silent, start, min(end, now)) * 2 > min(end, now) - start > timedelta()
        found.append(Quarter(year=year, number=number, count=count, open=open_))
        year, number = (year, number + 1) if number < 4 else (year + 1, 1)
    return found[-most:]


def quarter_of(day: date) -> tuple[int, int]:
    """Return the year and the quarter (1 to 4) of a day."""
    return day.year, (day.month + 2) // 3


def by_quarter(days: Sequence[date]) -> list[tuple[int, list[tuple[int, list[int]]]]]:
    """Return the places of days, which stand newest first, by year and quarter: (year, [(quarter, [place])])."""
    places = list(enumerate(days))

    def inside(own: Iterable[tuple[int, date]]) -> list[tuple[int, list[int]]]:
        grouped = groupby(own, key=lambda pair: quarter_of(pair[1])[1])
        return [(number, [place for place, _ in pairs]) for number, pairs in grouped]

    return [(year, inside(own)) for year, own in groupby(places, key=lambda pair: pair[1].year)]


def _quiet(older: datetime, newer: datetime, silent: Sequence[Stretch], zone: ZoneInfo, *, lasting: bool) -> Quiet:
    week = timedelta(weeks=1)
    return Quiet(
        from_on=older.astimezone(zone).date(),
        to_on=newer.astimezone(zone).date(),
        weeks=(newer - older) // week,
        unheard=_length(silent, older, newer) // week,
        lasting=lasting,
    )


def _length(silent: Sequence[Stretch], start: datetime, end: datetime) -> timedelta:
    """Return how long nothing could be heard between two moments."""
    parts = (min(end, to_at) - max(start, from_at) for from_at, to_at in silent)
    return sum((part for part in parts if part > timedelta()), timedelta())


def _span(year: int, number: int, zone: ZoneInfo) -> Stretch:
    month = number * 3 - 2
    after = (year, month + 3) if number < 4 else (year + 1, 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*after, 1, tzinfo=zone)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches of time in order, those that touch made one."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _common(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """Return what lies in both of two lists of stretches."""
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return [(start, end) for start, end in both if start < end]
