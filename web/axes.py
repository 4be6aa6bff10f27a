"""The axes of a chart: which values and years they span, and where their few ticks stand. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Half the width of a value's dot.
DOT = 3.6
#: Space for a figure of a tick, between words and axis, for the words of the years, and above.
_LETTER, _BESIDE, _FOOT, _HEAD = 8.0, 8.0, 26.0, 18.0
#: So much of the axis the values must fill for zero to be left out.
_FAR_FROM_ZERO = 0.5
_MOST_YEARS, _YEAR_ROOM = 7, 50.0
_EVERY = (1, 2, 5, 10, 20, 25, 50, 100, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A place on an axis; ``label`` False: a line without a word."""

    at: float
    value: float
    label: bool = True


def when(period: str) -> float:
    """Return a period as a number of years: a year its beginning, a quarter and a month theirs."""
    year = int(period[:4])
    if "K" in period:
        return year + (int(period[5:]) - 1) / 4
    if "M" in period:
        return year + (int(period[5:]) - 1) / 12
    return float(year)


def step_of(period: str) -> float:
    """Return how long a period is, in years."""
    return 0.25 if "K" in period else 1 / 12 if "M" in period else 1.0


def rhythm_of(periods: Sequence[str]) -> float:
    """Return how often there is a value, in years: what is told every second year has no gaps in between."""
    moments = sorted({when(period) for period in periods})
    return min((after - before for before, after in pairwise(moments)), default=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a chart's values stand: its edges, what they mean, and the ticks of both axes."""

    left: float
    right: float
    top: float
    bottom: float
    first: float
    last: float
    low: float
    high: float
    ups: tuple[Tick, ...]
    years: tuple[Tick, ...]
    scale: int
    decimals: int
    step: float

    @property
    def cut(self) -> bool:
        """Whether the axis does not begin at zero."""
        return self.low > 0 or self.high < 0

    def x(self, at: float) -> float:
        """Return the place of a moment."""
        return self.left + (at - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def frame_of(
    periods: Sequence[str],
    heights: Sequence[float],
    *,
    ahead: Sequence[int] = (),
    size: tuple[float, float],
    beside: float = 0.0,
) -> Frame:
    """Return the frame of values at these heights and in these periods.

    ``ahead`` are years that must have their place too; ``size`` is width and height of the whole, ``beside`` what is
    kept free on the right.
    """
    low, high, step_up = _span(heights)
    scale = _scale(max(abs(low), abs(high)), step_up)
    decimals = _decimals(step_up / 10**scale)
    top, bottom = _HEAD, size[1] - _FOOT
    values = [low + step_up * number for number in range(round((high - low) / step_up) + 1)]
    left = max(len(f"{value / 10**scale:,.{decimals}f}") for value in values) * _LETTER + _BESIDE
    step = min((step_of(period) for period in periods), default=1.0)
    first, last = _stretch(periods, ahead, step)
    ends = (left + DOT, size[0] - beside - DOT)
    ups = tuple(
        Tick(at=round(bottom - (value - low) / (high - low) * (bottom - top), 1), value=value / 10**scale)
        for value in values
    )
    return Frame(
        left=ends[0],
        right=ends[1],
        top=top,
        bottom=bottom,
        first=first,
        last=last,
        low=low,
        high=high,
        ups=ups,
        years=_years((first, last), ends, whole=step == 1.0),
        scale=scale,
        decimals=decimals,
        step=step,
    )


def _decimals(step: float) -> int:
    """Return how many decimals the words of an axis need."""
    return next((places for places in range(10) if abs(round(step, places) - step) < step * 1e-6), 10)


def _span(heights: Sequence[float]) -> tuple[float, float, float]:
    """Return the lowest and highest value of the axis and the step between its words."""
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    if low >= 0 and high - low <= high * _FAR_FROM_ZERO and high > low:
        pass
    elif low >= 0:
        low = 0.0
    elif high <= 0 and high - low <= -low * _FAR_FROM_ZERO and high > low:
        pass
    elif high <= 0:
        high = 0.0
    if high <= low:
        high = low + 1.0
    step = _nice((high - low) / 3)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _nice(rough: float) -> float:
    """Return 1, 2, 2.5 or 5 times a power of ten that is not below."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((each * power for each in (1, 2, 2.5, 5) if each * power >= rough * (1 - 1e-9)), 10 * power)


def _scale(most: float, step: float) -> int:
    """Return the power of a thousand that makes the words of an axis short."""
    return next((power for power in (9, 6, 3) if most >= 10 ** (power + 1) and step >= 10 ** (power - 1)), 0)


def _stretch(periods: Sequence[str], ahead: Sequence[int], step: float) -> tuple[float, float]:
    ends = [when(period) for period in periods] + [year + 1 - step for year in ahead]
    first, last = min(ends, default=0.0), max(ends, default=1.0)
    return (first, last) if last > first else (first - step, last + step)


def _years(stretch: tuple[float, float], ends: tuple[float, float], *, whole: bool) -> tuple[Tick, ...]:
    """Return a tick for each year that begins in the stretch, with words for as many as there is room for."""
    (first, last), (left, right) = stretch, ends
    numbers = list(range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1))
    if not numbers:
        return ()
    room = max(2, min(_MOST_YEARS, int((right - left) / _YEAR_ROOM) + 1))
    every = next(each for each in _EVERY if (len(numbers) - 1) / each <= room - 1 or each == _EVERY[-1])
    labelled = set(numbers[::-1][::every]) if whole else {number for number in numbers if number % every == 0}
    at = (right - left) / (last - first)
    return tuple(
        Tick(at=round(left + (number - first) * at, 1), value=number, label=number in labelled) for number in numbers
    )
