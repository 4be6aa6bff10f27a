"""Months, quarters or years as a row of bars, whichever are few enough to be seen. Pure, as ``web/bars``.

Quiet is told apart from not hearing: a time in which nothing could be collected has no ground to stand on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from web.axes import Tick
from web.timeline import Stretch

#: So many bars stand beside each other at most; a bar is never wider than this; a year's word needs so much.
MOST_BARS = 120
_WIDEST, _YEAR_ROOM = 36.0, 48.0


class Grain(IntEnum):
    """How many months a bar stands for."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The stories of a month, quarter or year; ``first`` is its first day. ``open``: nothing could be collected."""

    first: date
    grain: Grain
    count: int
    open: bool = False

    @property
    def number(self) -> int:
        """The number of the month or the quarter in its year."""
        return (self.first.month - 1) // self.grain + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A step's bar; ``height`` 0 for a quiet one, which is a line on the ground."""

    x: float
    y: float
    width: float
    height: float
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Activity over time. ``ground`` are the lines on which the bars stand, one path, broken where nothing was
    collected. ``foot`` is the space for the words of the years.
    """

    width: float
    height: float
    foot: float
    base: float
    bars: tuple[Bar, ...]
    ground: str
    years: tuple[Tick, ...]


def steps(
    months: Mapping[str, int],
    silent: Sequence[Stretch],
    *,
    now: datetime,
    zone: ZoneInfo,
    since: str = "",
    most: int = MOST_BARS,
) -> list[Step]:
    """Return the steps from the first month with stories ("2026-11"), or from ``since``, to now, oldest first."""
    counted = {month: count for month, count in months.items() if count}
    today = now.astimezone(zone).date()
    first = min([*counted, *([since] if since else [])], default="")
    if not first:
        return []
    start = date.fromisoformat(f"{first}-01")
    end = max(today.replace(day=1), date.fromisoformat(f"{max(counted, default=first)}-01"))
    grain = next((each for each in Grain if _months_between(start, end) // each < most), Grain.YEAR)
    by_step: Counter[date] = Counter()
    for month, count in counted.items():
        by_step[_begin(date.fromisoformat(f"{month}-01"), grain)] += count
    found, at = [], _begin(start, grain)
    while at <= end:
        after = _later(at, grain)
        found.append(
            Step(
                first=at,
                grain=grain,
                count=by_step[at],
                open=not by_step[at] and _is_open(at, after, silent, now, zone),
            )
        )
        at = after
    return found


def row(made: Sequence[Step], *, width: float = 360, height: float = 84, foot: float = 20.0, top: int = 0) -> Row:
    """Draw steps as bars. The highest is the busiest one's, or one of ``top`` stories, so that rows can be compared."""
    base = height - foot - 1
    most = max([top, *(each.count for each in made)], default=0)
    each_width = min(width / max(1, len(made)), _WIDEST)
    gap = min(2.0, each_width * 0.2)
    drawn = []
    for number, step in enumerate(made):
        tall = max(step.count / most * (base - 2), 1.5) if step.count else 0.0
        drawn.append(
            Bar(
                x=round(number * each_width + gap / 2, 1),
                y=round(base - tall, 1),
                width=round(each_width - gap, 1),
                height=round(tall, 1),
                step=step,
            )
        )
    return Row(
        width=width, height=height, foot=foot, base=base, bars=tuple(drawn), ground=_ground(made, each_width, base),
        years=_years(made, each_width),
    )  # fmt: skip


def _ground(made: Sequence[Step], each: float, base: float) -> str:
    """Return the ground as few long lines."""
    path, start = "", None
    for number, step in enumerate([*made, None]):
        if step is not None and not step.open:
            start = number if start is None else start
        elif start is not None:
            path += f"M{start * each:.1f} {base}H{number * each:.1f}"
            start = None
    return path


def _years(made: Sequence[Step], each: float) -> tuple[Tick, ...]:
    """Return where years begin, those with words so far apart that they can be read."""
    starts = [(number, step.first.year) for number, step in enumerate(made) if not number or step.first.month == 1]
    if not starts:
        return ()
    wide = each * 12 / made[0].grain
    every = next(step for step in (1, 2, 5, 10, 20, 50, 100) if step * wide >= _YEAR_ROOM or step == 100)
    newest = starts[-1][1]
    room = [after - number for (number, _), (after, _) in zip(starts, [*starts[1:], (len(made), 0)], strict=True)]
    return tuple(
        Tick(
            at=round(number * each, 1),
            value=year,
            # The first year may have but a month or two: its word must not stand on the next one's.
            label=(newest - year) % every == 0 and (number > 0 or len(starts) == 1 or own * each >= _YEAR_ROOM),
        )
        for (number, year), own in zip(starts, room, strict=True)
    )


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _begin(day: date, grain: Grain) -> date:
    return day.replace(month=(day.month - 1) // grain * grain + 1, day=1)


def _later(day: date, grain: Grain) -> date:
    months = day.year * 12 + day.month - 1 + grain
    return date(months // 12, months % 12 + 1, 1)


def _is_open(first: date, after: date, silent: Sequence[Stretch], now: datetime, zone: ZoneInfo) -> bool:
    """Return whether most of a step, as far as it has come, could not be collected."""
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, after))
    end = min(end, now)
    unheard = (min(end, to_at) - max(start, from_at) for from_at, to_at in silent)
    return end > start and sum((each for each in unheard if each > timedelta()), timedelta()) * 2 > end - start
