"""The growth rings: a campaign over time as the rings of a tree. Pure: what was told when in, shapes and counts out.

A ring is a year (the oldest innermost), a segment a week (January at the top, clockwise). A story is one line of the
grain in the colour of its focus area, so that thickness is activity. A week in which nothing could be collected is
left open; a week that was collected and silent is a thin line; weeks to come are dots.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from digest.growth import RingWeek, WeekState, grown_weeks
from storage.archive import Silence
from storage.counts import Tally

SIZE = 640
_MIDDLE = SIZE / 2
_OUTER = 284.0
#: Half the width of the slot at the top in which the years stand.
_SLOT = 21.0
#: With more years than this single weeks are too small to point at.
_MOST_YEARS_WITH_TIPS = 3
#: A story's line is never thicker, a thinner one is no longer told apart, and this much paper shows between two.
_THICKEST_STORY, _THINNEST_LINE, _BETWEEN = 9.0, 2.2, 0.9
#: Paper between a year's busiest week and the next year's ring.
_BETWEEN_YEARS, _BETWEEN_MANY = 12.0, 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """The growth of one focus area as lines of one width; ``path`` holds all of them."""

    area: int | None
    width: float
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A week's whole sector, to be pointed at."""

    week: RingWeek
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word or number at a place."""

    x: float
    y: float
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Where the ring of a year lies: from one radius to the other, in so many weeks."""

    year: int
    low: float
    high: float
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """Everything a page draws. ``months`` carry 1 to 12; ``core`` is the font size of the number in the middle."""

    weeks: tuple[RingWeek, ...]
    grains: tuple[Grain, ...]
    tips: tuple[Tip, ...]
    bases: tuple[str, ...]
    ahead: tuple[Mark, ...]
    years: tuple[Mark, ...]
    months: tuple[Mark, ...]
    core: int
    total: int
    rounds: tuple[Round, ...] = ()
    size: int = field(default=SIZE)
    outer: float = field(default=_OUTER + 2)

    @property
    def busiest(self) -> RingWeek | None:
        """The week with most stories, the latest among equals; None while nothing has grown."""
        grown = [week for week in self.weeks if week.total]
        return max(grown, key=lambda week: (week.total, week.year, week.week), default=None)

    @property
    def has_unattached(self) -> bool:
        """Whether any story stands under no focus area."""
        return any(area is None for week in self.weeks for area, _ in week.counts)

    @property
    def open_weeks(self) -> int:
        """How many weeks could not be collected."""
        return sum(week.state is WeekState.OPEN for week in self.weeks)


def grow(
    told: Iterable[Tally],
    areas: Mapping[int, int],
    silences: Sequence[Silence],
    sources: Sequence[str],
    *,
    zone: ZoneInfo,
    now: datetime,
    only: int | None = None,
) -> Rings:
    """Count stories by week (``digest.growth.grown_weeks``) and draw the rings; ``only`` draws one year alone."""
    return draw(grown_weeks(told, areas, silences, sources, zone=zone, now=now, only=only))


def draw(weeks: tuple[RingWeek, ...]) -> Rings:
    """Draw the rings of weeks in their order, whole years of them."""
    return _draw(weeks, list(dict.fromkeys(week.year for week in weeks)))


def _draw(weeks: tuple[RingWeek, ...], years: Sequence[int]) -> Rings:
    inner = {1: 138.0, 2: 96.0}.get(len(years), 80.0)
    busiest = [max((week.total for week in weeks if week.year == year), default=0) for year in years]
    # Many years share what paper there is between them, so that thickness is left for what grew.
    between = min(_BETWEEN_YEARS, _BETWEEN_MANY / max(1, len(years) - 1))
    room = _OUTER - inner - between * (len(years) - 1)
    # The same for every ring, so that thickness can be compared over the years; each takes what its busiest week needs.
    each = min(room / max(1, sum(busiest)), _THICKEST_STORY)
    gap = (_OUTER - inner - each * sum(busiest)) / max(1, len(years) - 1) if len(years) > 1 else 0.0
    gap = min(gap, 2 * _BETWEEN_YEARS)
    lines: dict[tuple[int | None, float], list[str]] = {}
    bases: list[str] = []
    ahead: list[Mark] = []
    marks: list[Mark] = []
    tips: list[Tip] = []
    rounds: list[Round] = []
    radius = inner
    for year, most in zip(years, busiest, strict=True):
        ring = [week for week in weeks if week.year == year]
        turns = _turns(radius, len(ring))
        for area, width, path in _grain(ring, radius, turns, each):
            lines.setdefault((area, width), []).append(path)
        bases += _bases(ring, radius, turns)
        ahead += [_dot(week, radius, turns) for week in ring if week.state is WeekState.AHEAD]
        marks.append(Mark(x=_MIDDLE, y=round(_MIDDLE - radius - 4, 1), value=year))
        high = radius + max(most * each, _BETWEEN_YEARS / 2)
        rounds.append(Round(year=year, low=round(radius, 1), high=round(high, 1), weeks=len(ring)))
        if len(years) <= _MOST_YEARS_WITH_TIPS:
            tips += [
                Tip(
                    week=week,
                    path=_sector(radius, radius + max(most * each, 12), turns[week.week - 1], turns[week.week]),
                )
                for week in ring
                if week.total
            ]
        radius += most * each + gap
    return Rings(
        weeks=weeks,
        grains=tuple(Grain(area=area, width=width, path="".join(paths)) for (area, width), paths in lines.items()),
        tips=tuple(tips),
        bases=tuple(bases),
        ahead=tuple(ahead),
        years=tuple(marks),
        months=_months(),
        core={1: 76, 2: 56}.get(len(years), 44),
        total=sum(week.total for week in weeks),
        rounds=tuple(rounds),
    )


def _grain(
    ring: Sequence[RingWeek], radius: float, turns: Sequence[float], each: float
) -> Iterable[tuple[int | None, float, str]]:
    """Return the lines of a ring: (area, width, path). A story is a line as long as they can be told apart."""
    if each >= _THINNEST_LINE:
        rows = [[area for area, count in week.counts for _ in range(count)] for week in ring]
        for row in range(max((len(areas) for areas in rows), default=0)):
            at = radius + (row + 0.5) * each + 1.5
            yield from _lines([areas[row : row + 1] for areas in rows], at, turns, each)
        return
    for week in ring:
        low = radius + 1.5
        for area, count in week.counts:
            width = round(count * each, 1)
            if width:
                yield area, width, _arc(low + width / 2, turns[week.week - 1], turns[week.week])
            low += width


def _lines(
    cells: Sequence[list[int | None]], at: float, turns: Sequence[float], each: float
) -> Iterable[tuple[int | None, float, str]]:
    """Return one row of a ring: weeks beside each other with the same area run together, as grain does."""
    week = 0
    for cell, group in groupby(cells):
        length = len(list(group))
        if cell:
            yield cell[0], round(each - _BETWEEN, 1), _arc(at, turns[week], turns[week + length])
        week += length


def _dot(week: RingWeek, radius: float, turns: Sequence[float]) -> Mark:
    x, y = _at(radius, (turns[week.week - 1] + turns[week.week]) / 2)
    return Mark(x=x, y=y, value=week.week)


def _turns(radius: float, count: int) -> list[float]:
    """Return where each week of a ring begins, in radians clockwise from the top, and where the last one ends."""
    slot = math.asin(min(1.0, _SLOT / radius))
    step = (math.tau - 2 * slot) / count
    return [slot + step * week for week in range(count + 1)]


def _bases(ring: Sequence[RingWeek], radius: float, turns: Sequence[float]) -> Iterable[str]:
    """Return the thin inner line of a ring, broken where nothing could be collected."""
    for drawn, group in groupby(ring, key=lambda week: week.state in (WeekState.GROWN, WeekState.STILL)):
        weeks = list(group)
        if drawn:
            yield _arc(radius, turns[weeks[0].week - 1], turns[weeks[-1].week])


def _arc(radius: float, start: float, end: float) -> str:
    (x1, y1), (x2, y2) = _at(radius, start), _at(radius, end)
    return f"M{x1} {y1}A{radius:.1f} {radius:.1f} 0 {int(end - start > math.pi)} 1 {x2} {y2}"


def _sector(low: float, high: float, start: float, end: float) -> str:
    (x1, y1), (x2, y2) = _at(low, start), _at(high, start)
    (x3, y3), (x4, y4) = _at(high, end), _at(low, end)
    return f"M{x1} {y1}L{x2} {y2}A{high:.1f} {high:.1f} 0 0 1 {x3} {y3}L{x4} {y4}A{low:.1f} {low:.1f} 0 0 0 {x1} {y1}Z"


def _months() -> tuple[Mark, ...]:
    turns = _turns(_OUTER, 12)
    spots = [_at(_OUTER + 21, (turns[month - 1] + turns[month]) / 2) for month in range(1, 13)]
    return tuple(Mark(x=x, y=round(y + 5, 1), value=month) for month, (x, y) in enumerate(spots, 1))


def _at(radius: float, turn: float) -> tuple[float, float]:
    return round(_MIDDLE + radius * math.sin(turn), 1), round(_MIDDLE - radius * math.cos(turn), 1)
