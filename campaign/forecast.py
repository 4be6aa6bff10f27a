"""Where a figure seems to be going: one stated method, its uncertainty, and an honest "cannot say". Pure.

The method: a straight line by least squares through the last yearly values (eight at most), carried on to the target's
year, with a prediction interval of 80 % by Student's t. It knows nothing of why a figure moves: it says what comes if
the coming years go on as the last ones did. Sums are exact (fractions), so that a line without scatter has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import isfinite, sqrt

from campaign.figures import Direction, Target

#: So many yearly values are needed, and so many of the last ones are used.
POINTS_MIN, POINTS_MAX = 5, 8

#: So many years at most lie between the last two values, and between the last one and today.
GAP_MAX = 2

#: How much of what comes the interval is to hold, in per cent.
SURE = 80

#: "Keep" is met within so many per cent of the target's value, above and below it.
KEEP_PERCENT = 5

#: Student's t that one in ten exceeds, by degrees of freedom (values used, less two).
#: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.90.
_T = {3: 1.638, 4: 1.533, 5: 1.476, 6: 1.440}

_PERCENT = ("procent", "percent", "%")


class Chance(StrEnum):
    """What is said of a target. The first three look ahead, the next two look back, the last says nothing."""

    LIKELY = "likely"
    UNSURE = "unsure"
    UNLIKELY = "unlikely"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANNOT_SAY = "cannot_say"


class Unsaid(StrEnum):
    """Why nothing can be said."""

    NO_TARGET = "no_target"
    NO_DIRECTION = "no_direction"  # nothing is wished of the figure
    NO_VALUE = "no_value"  # the target's year has passed and has no value
    TOO_FEW = "too_few"
    TOO_OLD = "too_old"  # the last value, or the one before it, lies too far back
    TOO_FAR = "too_far"  # the target lies further ahead than the values used reach back


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A fitted line: ``value`` at x is ``start + slope * x``. ``scatter`` is the residual standard error."""

    slope: Fraction
    start: Fraction
    scatter: float
    count: int
    mean_x: Fraction
    spread_x: Fraction

    def at(self, x: int) -> float:
        """Return the line's value."""
        return float(self.start + self.slope * x)

    def margin(self, x: int, t: float) -> float:
        """Return how far a single new value may lie from the line, for a quantile of Student's t."""
        return t * self.scatter * sqrt(1 + 1 / self.count + float((x - self.mean_x) ** 2 / self.spread_x))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is said of a figure and its target, and how it was come by.

    ``why`` says why nothing can be said, None where something is. ``year`` is the year that ``value`` is of: the
    target's, None where there is neither line nor value; of a forecast ``low`` and ``high`` bound it. ``slope`` is the
    change a year. ``first`` and ``last`` are the years of the values used, ``points`` their number; 0 and None where no
    line was drawn. ``clamped``: the interval was cut at 0 or 100 per cent.
    """

    chance: Chance
    why: Unsaid | None = None
    target: Target | None = None
    year: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    slope: float | None = None
    points: int = 0
    first: int | None = None
    last: int | None = None
    clamped: bool = False

    @property
    def said(self) -> bool:
        """Whether anything is said."""
        return self.chance is not Chance.CANNOT_SAY

    @property
    def ahead(self) -> bool:
        """Whether it looks ahead, with an interval, and does not only compare a value with its target."""
        return self.chance in (Chance.LIKELY, Chance.UNSURE, Chance.UNLIKELY)


def forecast(
    points: Sequence[tuple[int, float]], target: Target | None, direction: Direction, *, today: date, unit: str = ""
) -> Forecast:
    """Say whether a target will be met, from yearly values in any order; of a year named twice the last one counts.

    ``today`` is the day on which it is said. A ``unit`` of per cent keeps the told interval between 0 and 100, unless
    the values themselves leave it (a change in per cent may be below zero).
    """
    known = sorted({year: value for year, value in points if isfinite(value)}.items())
    if target is None:
        return Forecast(chance=Chance.CANNOT_SAY, why=Unsaid.NO_TARGET)
    if direction is Direction.NONE:
        return Forecast(chance=Chance.CANNOT_SAY, why=Unsaid.NO_DIRECTION, target=target)
    there = dict(known).get(target.year)
    if there is not None:
        return _told(there, target, direction)
    if target.year < today.year:
        return Forecast(chance=Chance.CANNOT_SAY, why=Unsaid.NO_VALUE, target=target)
    used = known[-POINTS_MAX:]
    why = _too(used, target, today)
    if why is not None:
        return Forecast(chance=Chance.CANNOT_SAY, why=why, target=target)
    return _ahead(used, target, direction, share=_is_share(known, unit))


def fit(points: Sequence[tuple[int, float]]) -> Line:
    """Fit a line by least squares, the values taken as the decimal numbers they are written as. Needs two years."""
    xs = [Fraction(x) for x, _ in points]
    ys = [Fraction(repr(float(y))) for _, y in points]
    count = len(points)
    mean_x, mean_y = sum(xs, Fraction()) / count, sum(ys, Fraction()) / count
    spread = sum(((x - mean_x) ** 2 for x in xs), Fraction())
    slope = sum(((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)), Fraction()) / spread
    start = mean_y - slope * mean_x
    left = sum(((y - start - slope * x) ** 2 for x, y in zip(xs, ys, strict=True)), Fraction())
    scatter = sqrt(left / (count - 2)) if count > 2 else 0.0
    return Line(slope=slope, start=start, scatter=scatter, count=count, mean_x=mean_x, spread_x=spread)


def met(value: float, target: float, direction: Direction) -> bool:
    """Return whether a value meets a target."""
    if direction is Direction.UP:
        return value >= target
    if direction is Direction.DOWN:
        return value <= target
    low, high = band(target)
    return low <= value <= high


def band(target: float) -> tuple[float, float]:
    """Return between which values a figure is called kept."""
    room = abs(target) * KEEP_PERCENT / 100
    return target - room, target + room


def _told(value: float, target: Target, direction: Direction) -> Forecast:
    chance = Chance.REACHED if met(value, target.value, direction) else Chance.NOT_REACHED
    return Forecast(chance=chance, target=target, year=target.year, value=value)


def _too(used: Sequence[tuple[int, float]], target: Target, today: date) -> Unsaid | None:
    """Return why a line would say nothing."""
    if len(used) < POINTS_MIN:
        return Unsaid.TOO_FEW
    last = used[-1][0]
    if today.year - last > GAP_MAX or last - used[-2][0] > GAP_MAX:
        return Unsaid.TOO_OLD
    return Unsaid.TOO_FAR if target.year - last > last - used[0][0] + 1 else None


def _ahead(used: Sequence[tuple[int, float]], target: Target, direction: Direction, *, share: bool) -> Forecast:
    line = fit(used)
    value, margin = line.at(target.year), line.margin(target.year, _T[len(used) - 2])
    found = Forecast(
        chance=_chance(value - margin, value + margin, target.value, direction),
        target=target,
        year=target.year,
        value=value,
        low=value - margin,
        high=value + margin,
        slope=float(line.slope),
        points=len(used),
        first=used[0][0],
        last=used[-1][0],
    )
    return _within(found) if share else found


def _chance(low: float, high: float, target: float, direction: Direction) -> Chance:
    if direction is Direction.DOWN:
        low, high, target = -high, -low, -target
    if direction is Direction.KEEP:
        least, most = band(target)
        if least <= low and high <= most:
            return Chance.LIKELY
        return Chance.UNLIKELY if high < least or low > most else Chance.UNSURE
    if target <= low:
        return Chance.LIKELY
    return Chance.UNLIKELY if target >= high else Chance.UNSURE


def _is_share(known: Sequence[tuple[int, float]], unit: str) -> bool:
    return unit.strip().casefold() in _PERCENT and all(0 <= value <= 100 for _, value in known)


def _within(found: Forecast) -> Forecast:
    """Keep what is told between 0 and 100 per cent; the judgement is of the interval before it was cut."""
    told = {name: getattr(found, name) for name in ("value", "low", "high")}
    kept = {name: min(max(each, 0.0), 100.0) for name, each in told.items()}
    return replace(found, **kept, clamped=kept != told)
