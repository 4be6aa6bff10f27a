"""Charts that stand beside words: a line without axes, and activity by quarter as bars. Pure, as ``web/charts``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.axes import Tick, rhythm_of, when
from web.charts import WIDTH, Point

#: A quarter is never wider, a year's word needs so much.
_WIDEST, _YEAR_ROOM = 26.0, 38.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A line so small that it stands in a row of words. ``x`` and ``y`` are its last value's place.

    ``bridge`` leads over the periods without a value, at which ``path`` is broken.
    """

    width: float
    height: float
    path: str
    bridge: str
    x: float
    y: float


def sparkline(points: Sequence[Point], *, width: float = 96, height: float = 28) -> Spark | None:
    """Return values as a line without axes, None with fewer than two of them."""
    known = [(when(point.period), point.value) for point in points if point.value is not None]
    if len(known) < 2:
        return None
    low, high = min(value for _, value in known), max(value for _, value in known)
    first, last = known[0][0], known[-1][0]
    pad = 4.0

    def place(at: float, value: float) -> tuple[float, float]:
        x = pad + (at - first) / (last - first) * (width - 2 * pad)
        part = (value - low) / (high - low) if high > low else 0.5
        return round(x, 1), round(height - pad - part * (height - 2 * pad), 1)

    path, bridge, before, last_place = "", "", 0.0, place(*known[0])
    step = rhythm_of([point.period for point in points])
    for at, value in known:
        x, y = place(at, value)
        joined = at - before < step * 1.5
        path += f"{'L' if path and joined else 'M'}{x} {y}"
        bridge += f"M{last_place[0]} {last_place[1]}L{x} {y}" if before and not joined else ""
        before, last_place = at, (x, y)
    x, y = place(*known[-1])
    return Spark(width=width, height=height, path=path, bridge=bridge, x=x, y=y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """How many stories a quarter has. ``open``: nothing could be collected; ``ahead``: it has not come."""

    year: int
    number: int
    count: int
    open: bool = False
    ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A quarter's bar; ``height`` 0 for a quiet one, which is a line on the ground."""

    x: float
    y: float
    width: float
    height: float
    quarter: Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Activity by quarter. ``ground`` are the lines on which the bars stand, broken where nothing was collected."""

    width: float
    height: float
    base: float
    bars: tuple[Bar, ...]
    ground: tuple[str, ...]
    years: tuple[Tick, ...]
    most: int


def bars(quarters: Sequence[Quarter], *, width: float = WIDTH, height: float = 96, foot: float = 22.0) -> Bars:
    """Draw activity by quarter, oldest first. The highest bar is the busiest quarter's; ``foot`` is kept for years."""
    base, top = height - foot, 4.0
    most = max((each.count for each in quarters), default=0)
    each_width = min(width / max(1, len(quarters)), _WIDEST)
    gap = min(3.0, each_width * 0.25)
    drawn = []
    for number, quarter in enumerate(quarters):
        tall = quarter.count / most * (base - top) if most else 0.0
        drawn.append(
            Bar(
                x=round(number * each_width + gap / 2, 1),
                y=round(base - tall, 1),
                width=round(each_width - gap, 1),
                height=round(tall, 1),
                quarter=quarter,
            )
        )
    ground = tuple(f"M{bar.x} {base}h{bar.width}" for bar in drawn if not (bar.quarter.open or bar.quarter.ahead))
    return Bars(
        width=width, height=height, base=base, bars=tuple(drawn), ground=ground,
        years=_bar_years(quarters, each_width), most=most,
    )  # fmt: skip


def _bar_years(quarters: Sequence[Quarter], each: float) -> tuple[Tick, ...]:
    starts = [
        (number, quarter.year)
        for number, quarter in enumerate(quarters)
        if number == 0 or quarter.year != quarters[number - 1].year
    ]
    every = next(step for step in (1, 2, 5, 10, 20, 50) if step * each * 4 >= _YEAR_ROOM or step == 50)
    newest = starts[-1][1] if starts else 0
    if not starts:
        return ()
    room = dict(zip([year for _, year in starts], [number for number, _ in starts[1:]] + [len(quarters)], strict=True))
    return tuple(
        Tick(
            at=round(number * each, 1),
            value=year,
            # The first year may have but a quarter or two: its word must not stand on the next one's.
            label=(newest - year) % every == 0 and (year != starts[0][1] or (room[year] - number) * each >= _YEAR_ROOM),
        )
        for number, year in starts
    )
