"""A year as a strip of weeks, one upright line each. Pure: what grew in, shapes out.

It reads as the growth rings do (``web.rings``): a week in which nothing could be collected is a gap in the ground, a
silent one is ground alone, weeks to come are dots. All strips of a page share one scale, so that years can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from digest.growth import RingWeek, WeekState

#: Every year has room for 53 weeks, so that the years stand above each other.
SLOTS = 53
SLOT = 10.0
WIDTH = SLOTS * SLOT
_BAR = 7.0
#: The scale is never finer: a campaign of one story has no week as high as the strip.
_FINEST = 5
#: A week with a single story is still seen beside one with a thousand.
_LEAST = 2.0
_GROUND = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The stories of one focus area in one week; ``area`` is None for those that stand under none."""

    area: int | None
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Upright:
    """One week that has stories: ``x`` is where its slot begins."""

    week: RingWeek
    x: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A year. ``ground`` and ``bars`` are paths; ``ahead`` are the middles of weeks to come."""

    year: int
    total: int
    height: float
    uprights: tuple[Upright, ...]
    bars: str
    ground: str
    ahead: tuple[float, ...]
    open_weeks: int
    silent_weeks: int
    busiest: RingWeek | None
    width: float = WIDTH

    @property
    def floor(self) -> float:
        """Where the ground lies."""
        return self.height - _GROUND


def strips(weeks: Sequence[RingWeek], *, height: float) -> tuple[Strip, ...]:
    """Draw the years of these weeks, which stand in their order, on one scale."""
    most = max((week.total for week in weeks), default=0)
    most = max(most, _FINEST)
    return tuple(
        _strip(year, tuple(own), most=most, height=height) for year, own in groupby(weeks, key=lambda week: week.year)
    )


def _strip(year: int, weeks: Sequence[RingWeek], *, most: int, height: float) -> Strip:
    floor = height - _GROUND
    uprights = tuple(_upright(week, most=most, floor=floor) for week in weeks if week.total)
    return Strip(
        year=year,
        total=sum(week.total for week in weeks),
        height=height,
        uprights=uprights,
        bars="".join(f"M{_n(each.x)} {_n(floor)}V{_n(each.parts[-1].y)}h{_n(_BAR)}V{_n(floor)}z" for each in uprights),
        ground=_grounds(weeks, floor),
        ahead=tuple(_x(week) + _BAR / 2 for week in weeks if week.state is WeekState.AHEAD),
        open_weeks=sum(week.state is WeekState.OPEN for week in weeks),
        silent_weeks=sum(week.state is WeekState.STILL for week in weeks),
        busiest=max((week for week in weeks if week.total), key=lambda week: (week.total, week.week), default=None),
    )


def _upright(week: RingWeek, *, most: int, floor: float) -> Upright:
    tall = max(week.total / most * floor, _LEAST)
    parts, y = [], floor
    for area, count in week.counts:
        height = tall * count / week.total
        y -= height
        parts.append(Part(area=area, y=round(y, 2), height=round(height, 2)))
    return Upright(week=week, x=_x(week), parts=tuple(parts))


def _grounds(weeks: Sequence[RingWeek], floor: float) -> str:
    """Return the ground as one path, broken where nothing was collected, before the first story and after now."""
    path = ""
    for lies, own in groupby(weeks, key=lambda week: week.state in (WeekState.GROWN, WeekState.STILL)):
        inside = list(own)
        if lies:
            path += f"M{_n(_x(inside[0]))} {_n(floor + _GROUND / 2)}H{_n(_x(inside[-1]) + _BAR)}"
    return path


def _x(week: RingWeek) -> float:
    return (week.week - 1) * SLOT + (SLOT - _BAR) / 2


def _n(value: float) -> str:
    """Return a number as short as a path wants it."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
