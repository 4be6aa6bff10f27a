"""Forecasts against series whose answers are known: published, exact, or computed another way."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import pytest

from campaign.figures import Direction, Target
from campaign.forecast import _T, Chance, Forecast, Unsaid, band, fit, forecast

TODAY = date(2026, 11, 20)


def told(
    values: Sequence[float], target: float, *, year: int = 2028, first: int = 2018, direction: Direction = Direction.UP,
    unit: str = "",
) -> Forecast:  # fmt: skip
    """Forecast a series of years without a gap."""
    points = [(first + at, value) for at, value in enumerate(values)]
    return forecast(points, Target(value=target, year=year), direction, today=TODAY, unit=unit)


# Anderson, Sweeney, Williams: Statistics for Business and Economics, chapter 14. The first is "Reed Auto Sales" (the
# line 10 + 5x, standard error 2.1602, 25 ± 8.28 at x = 3), the second "Armand's Pizza Parlors" (60 + 5x, standard
# error 13.829, 110 ± 33.875 at x = 10). t for 95 % with 3 and 8 degrees of freedom: 3.182 and 2.306.
BOOK = [
    ([(1, 14), (3, 24), (2, 18), (1, 17), (3, 27)], 10, 5, 2.1602, 3, 3.182, 25, 8.28, 0.01),
    (
        [(2, 58), (6, 105), (8, 88), (8, 118), (12, 117), (16, 137), (20, 157), (20, 169), (22, 149), (26, 202)],
        60, 5, 13.829, 10, 2.306, 110, 33.875, 0.01,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("points", "start", "slope", "scatter", "x", "t", "value", "margin", "near"), BOOK)
def test_the_line_is_the_one_of_the_textbook(
    points: list[tuple[int, float]], start: float, slope: float, scatter: float, x: int, t: float, value: float,
    margin: float, near: float,
) -> None:  # fmt: skip
    """Slope, intercept, standard error and prediction interval are those that a textbook prints."""
    line = fit(points)
    assert (line.start, line.slope) == (start, slope)
    assert line.scatter == pytest.approx(scatter, abs=0.001)
    assert line.at(x) == value
    assert line.margin(x, t) == pytest.approx(margin, abs=near)


@pytest.mark.parametrize("freedom", [3, 4, 5, 6])
def test_student_is_exceeded_one_time_in_ten(freedom: int) -> None:
    """The quantiles in the table are those of Student's density, added up numerically."""
    scale = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    steps = 20_000
    width = _T[freedom] / steps
    inside = sum(
        scale * (1 + ((at + 0.5) * width) ** 2 / freedom) ** (-(freedom + 1) / 2) * width for at in range(steps)
    )
    assert 0.5 + inside == pytest.approx(0.9, abs=0.0001)


@pytest.mark.parametrize("seed", range(8))
def test_noise_is_reckoned_as_another_way_reckons_it(seed: int) -> None:
    """A noisy series gives the line of the standard library and the interval of the written-out formula."""
    chance = random.Random(seed)
    count = chance.randint(5, 8)
    values = [round(70 + 0.7 * at + chance.gauss(0, 1.5), 1) for at in range(count)]
    years = list(range(2026 - count, 2026))
    found = forecast(list(zip(years, values, strict=True)), Target(value=75, year=2028), Direction.UP, today=TODAY)
    slope, start = statistics.linear_regression(years, values)
    left = sum((y - start - slope * x) ** 2 for x, y in zip(years, values, strict=True))
    middle = statistics.fmean(years)
    spread = sum((x - middle) ** 2 for x in years)
    error = math.sqrt(left / (count - 2)) * math.sqrt(1 + 1 / count + (2028 - middle) ** 2 / spread)
    t = {5: 1.638, 6: 1.533, 7: 1.476, 8: 1.440}[count]
    assert found.slope == pytest.approx(slope)
    assert found.value == pytest.approx(start + slope * 2028)
    assert found.low == pytest.approx(start + slope * 2028 - t * error)
    assert found.high == pytest.approx(start + slope * 2028 + t * error)
    assert (found.points, found.first, found.last) == (count, years[0], 2025)


def test_an_exact_line_has_no_interval() -> None:
    """Values on a line, written as decimals, give its very value and an interval of nothing."""
    found = told([80.1, 80.2, 80.3, 80.4, 80.5, 80.6, 80.7, 80.8], 81.1)
    assert (found.value, found.low, found.high, found.slope) == (81.1, 81.1, 81.1, 0.1)
    assert found.chance is Chance.LIKELY
    assert told([80.1, 80.2, 80.3, 80.4, 80.5, 80.6, 80.7, 80.8], 81.2).chance is Chance.UNLIKELY


def test_a_constant_stays() -> None:
    """A series that never moves is expected to stay: what is reached already is likely, what is above is not."""
    assert told([5.0] * 6, 5, first=2020).chance is Chance.LIKELY
    found = told([5.0] * 6, 6, first=2020)
    assert (found.value, found.slope, found.chance) == (5, 0, Chance.UNLIKELY)


def test_between_is_unsure() -> None:
    """A target inside the interval is neither promised nor written off."""
    assert told([70, 72, 69, 73, 71, 74, 72, 75], 75.5).chance is Chance.UNSURE


def test_down_mirrors_up() -> None:
    """A falling series with a target below is judged as its mirror image with a target above."""
    values = [70, 72, 69, 73, 71, 74, 72, 75]
    for target in (60, 70, 74, 76, 80, 90):
        up = told(values, target)
        down = told([-value for value in values], -target, direction=Direction.DOWN)
        assert down.chance is up.chance
        assert down.value == -up.value  # type: ignore[operator]


def test_keep_means_a_stated_band() -> None:
    """A figure is kept within five per cent of its target: inside is likely, outside is not, across is unsure."""
    assert band(80) == (76, 84)
    assert told([80, 80.2, 79.9, 80.1, 80], 80, first=2021, direction=Direction.KEEP).chance is Chance.LIKELY
    assert told([90, 90.2, 89.9, 90.1, 90], 80, first=2021, direction=Direction.KEEP).chance is Chance.UNLIKELY
    assert told([83, 85, 82, 86, 84], 80, first=2021, direction=Direction.KEEP).chance is Chance.UNSURE


def test_one_outlier_widens_the_interval() -> None:
    """One value that is far off makes the answer less sure, and is not thrown away."""
    calm = told([70, 70.5, 71, 71.5, 72, 72.5, 73, 73.6], 74.5)
    wild = told([70, 70.5, 71, 60, 72, 72.5, 73, 73.6], 74.5)
    assert calm.chance is Chance.LIKELY
    assert wild.chance is Chance.UNSURE
    assert wild.high - wild.low > 10 * (calm.high - calm.low)  # type: ignore[operator]


def test_only_the_last_eight_count() -> None:
    """What happened more than eight values ago has no say."""
    recent = [70, 70.5, 71.2, 71.5, 72, 72.4, 73, 73.6]
    assert told([5, 99, 3, *recent], 75, first=2015) == told(recent, 75)


@pytest.mark.parametrize(
    ("points", "target", "direction", "why"),
    [
        ([(2024, 1.0), (2025, 2.0)], Target(value=3, year=2028), Direction.UP, Unsaid.TOO_FEW),
        ([], Target(value=3, year=2028), Direction.UP, Unsaid.TOO_FEW),
        ([(year, 1.0) for year in range(2022, 2026)], Target(value=3, year=2028), Direction.UP, Unsaid.TOO_FEW),
        ([(year, 1.0) for year in range(2013, 2024)], Target(value=3, year=2028), Direction.UP, Unsaid.TOO_OLD),
        (
            [(year, 1.0) for year in (2016, 2017, 2018, 2019, 2020, 2025)],
            Target(value=3, year=2028), Direction.UP, Unsaid.TOO_OLD,
        ),
        ([(year, 1.0) for year in range(2021, 2026)], Target(value=3, year=2031), Direction.UP, Unsaid.TOO_FAR),
        ([(year, 1.0) for year in range(2018, 2026)], None, Direction.UP, Unsaid.NO_TARGET),
        ([(year, 1.0) for year in range(2018, 2026)], Target(value=3, year=2028), Direction.NONE, Unsaid.NO_DIRECTION),
        ([(year, 1.0) for year in range(2012, 2020)], Target(value=3, year=2020), Direction.UP, Unsaid.NO_VALUE),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_not_said(
    points: list[tuple[int, float]], target: Target | None, direction: Direction, why: Unsaid
) -> None:
    """Too few, too old, too far, no target, no wish, no value: the reason is named and no number told."""
    found = forecast(points, target, direction, today=TODAY)
    assert (found.chance, found.why) == (Chance.CANNOT_SAY, why)
    numbers = ("year", "value", "low", "high", "slope", "first", "last")
    assert {asdict(found)[name] for name in numbers} == {None}
    assert not found.said


def test_five_values_far_enough_back_reach_five_years_ahead() -> None:
    """The target may lie as far ahead as the values reach back, and no year further."""
    points = [(year, float(year)) for year in range(2021, 2026)]
    assert forecast(points, Target(value=2030, year=2030), Direction.UP, today=TODAY).chance is Chance.LIKELY


def test_years_may_be_missing_inside() -> None:
    """A survey of every second year, and years left out inside, are reckoned by their years and not their order."""
    points = [(2014, 14.0), (2016, 16.0), (2018, 18.0), (2020, 20.0), (2023, 23.0), (2025, 25.0)]
    found = forecast(points, Target(value=28, year=2028), Direction.UP, today=TODAY)
    assert (found.value, found.slope, found.points) == (28, 1, 6)


def test_order_and_doubles_do_not_matter() -> None:
    """Values in any order give one answer; of a year that is named twice the later one in the list counts."""
    points = [(2018 + at, 70.0 + at * at) for at in range(8)]
    assert forecast(points[::-1], Target(value=160, year=2028), Direction.UP, today=TODAY) == forecast(
        [(2020, 1.0), *points], Target(value=160, year=2028), Direction.UP, today=TODAY
    )


def test_a_target_whose_year_has_come_is_judged_by_its_value() -> None:
    """The target's year with a value is reached or not, whatever a line would say; its own year counts as come."""
    values = [70.0, 71, 72, 73, 74, 75, 76, 77]
    reached = told(values, 77, year=2025)
    assert (reached.chance, reached.value, reached.year, reached.low) == (Chance.REACHED, 77, 2025, None)
    assert told(values, 78, year=2025).chance is Chance.NOT_REACHED
    assert told(values, 72, year=2020, direction=Direction.DOWN).chance is Chance.REACHED
    assert told(values, 80, year=2025, direction=Direction.KEEP).chance is Chance.REACHED


def test_per_cent_stays_possible() -> None:
    """An interval of a share is cut at 100 and said to be; a change in per cent, which may be below zero, is not."""
    share = told([80, 86, 88, 91, 94, 95, 98, 99], 99.5, unit="procent")
    assert share.high == 100
    assert share.clamped
    assert not told([50, 52, 51, 53, 54, 53, 55, 56], 58, unit="procent").clamped
    change = told([4, 3, 1, -1, -2, -4, -5, -7], -9, direction=Direction.DOWN, unit="procent")
    assert change.low is not None
    assert change.low < -9
    assert not change.clamped


def test_nothing_that_is_no_number_is_reckoned_with() -> None:
    """A value that is not finite is passed over."""
    points = [(2018 + at, value) for at, value in enumerate([1, 2, math.nan, math.inf, 5, 6])]
    assert forecast(points, Target(value=9, year=2028), Direction.UP, today=date(2024, 1, 1)).why is Unsaid.TOO_FEW
