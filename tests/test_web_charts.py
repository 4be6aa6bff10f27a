"""Charts: where values, years, targets and what nobody knows are drawn."""

from __future__ import annotations

from itertools import pairwise

import pytest

from campaign.figures import Target
from web.axes import when
from web.bars import Quarter, bars, sparkline
from web.charts import Chart, LineKind, Outlook, Point, line_chart


def points(*values: float | None, first: int = 2019) -> list[Point]:
    """Values of years that follow each other."""
    return [Point(period=str(first + number), value=value) for number, value in enumerate(values)]


def words(chart: Chart) -> list[float]:
    """What stands at the axis of values."""
    return [tick.value for tick in chart.ups]


def labels(chart: Chart) -> list[int]:
    """The years that stand below."""
    return [int(tick.value) for tick in chart.years if tick.label]


def test_every_value_is_a_dot_inside_the_frame() -> None:
    """Higher values stand higher, later ones further to the right, none outside."""
    chart = line_chart(points(10, 30, 20))
    (line,) = chart.lines
    assert line.path.count("M") == 1
    first, second, third = line.dots
    assert first.x < second.x < third.x
    assert second.y < third.y < first.y
    assert all(chart.left - 0.1 <= dot.x <= chart.right + 0.1 for dot in line.dots)
    assert all(chart.top - 0.1 <= dot.y <= chart.bottom + 0.1 for dot in line.dots)


def test_a_missing_year_is_a_gap() -> None:
    """The line stops before a year without a value and begins again after it; a missing value is no dot."""
    chart = line_chart(points(10, 12, None, 15, 16))
    (line,) = chart.lines
    assert line.path.count("M") == 2
    assert [dot.period for dot in line.dots] == ["2019", "2020", "2022", "2023"]
    left_out = [Point(period=year, value=1.0) for year in ("2019", "2020", "2022")]
    assert line_chart(left_out).lines[0].path.count("M") == 2


def test_dots_are_joined_across_years_without_a_value() -> None:
    """A bridge of its own, apart from the line, leads over each gap, so that no dot stands alone."""
    (line,) = line_chart([Point(period=year, value=1.0) for year in ("2014", "2017", "2018", "2021")]).lines
    one, two, three, four = line.dots
    assert line.bridge == f"M{one.x} {one.y}L{two.x} {two.y}M{three.x} {three.y}L{four.x} {four.y}"
    assert line.path == f"M{one.x} {one.y}M{two.x} {two.y}L{three.x} {three.y}M{four.x} {four.y}"
    assert line_chart(points(10, 30, 20)).lines[0].bridge == ""


def test_no_value_draws_nothing_and_one_stands_in_the_middle() -> None:
    """Without values there is no line, with one a dot between the ends."""
    assert line_chart([]).is_empty
    assert line_chart(points(None, None)).is_empty
    assert line_chart([], target=Target(value=3, year=2030)).target is None
    chart = line_chart(points(4.0))
    (dot,) = chart.lines[0].dots
    assert dot.x == pytest.approx((chart.left + chart.right) / 2, abs=0.2)
    assert chart.baseline is None


def test_the_axis_begins_at_zero_unless_the_values_are_far_from_it() -> None:
    """Values that would be a flat line over much emptiness cut the axis, and that is said."""
    whole, cut = line_chart(points(40, 60, 90)), line_chart(points(71, 73, 74))
    assert not whole.cut
    assert words(whole)[0] == 0
    assert cut.cut
    assert cut.cut_path
    assert words(cut)[0] > 0
    assert words(cut)[0] <= 71


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0])
def test_equal_values_have_an_axis_too(value: float) -> None:
    """A line that never moves stands on an axis that begins or ends at zero."""
    chart = line_chart(points(value, value, value))
    assert len({dot.y for dot in chart.lines[0].dots}) == 1
    assert min(words(chart)) <= value <= max(words(chart))
    assert 0 in words(chart)
    assert not chart.cut


def test_zero_is_drawn_between_values_on_both_sides_of_it() -> None:
    """Below zero is below the line of zero."""
    chart = line_chart(points(-4, 3))
    assert chart.zero is not None
    assert chart.lines[0].dots[1].y < chart.zero < chart.lines[0].dots[0].y
    assert line_chart(points(2, 3)).zero is None


def test_large_values_have_short_words() -> None:
    """Millions stand as millions, and few decimals are enough to tell the ticks apart."""
    chart = line_chart(points(1_200_000_000, 3_400_000_000))
    assert (chart.scale, chart.decimals) == (6, 0)
    assert max(words(chart)) <= 4000
    small = line_chart(points(0.012, 0.034))
    assert (small.scale, small.decimals) == (0, 2)
    people = line_chart(points(347_000, 350_000))
    assert (people.scale, people.decimals) == (3, 0)
    assert line_chart(points(4_700, 5_000)).scale == 0


@pytest.mark.parametrize("count", [2, 5, 9, 26, 120])
def test_years_never_stand_on_each_other(count: int) -> None:
    """However many years there are, few have words; the last one always has."""
    chart = line_chart(points(*range(1, count + 1), first=1900))
    shown = [tick.at for tick in chart.years if tick.label]
    assert all(after - before >= 38 for before, after in pairwise(shown))
    assert labels(chart)[-1] == 1900 + count - 1


def test_the_target_stands_at_its_year() -> None:
    """Its rule lies on its value and right of all that is known; the axes reach that far."""
    chart = line_chart(points(60, 65), target=Target(value=80, year=2030))
    assert chart.target is not None
    assert chart.target.x1 < chart.target.x < chart.target.x2
    assert chart.target.x > chart.lines[0].dots[-1].x
    assert chart.target.y < chart.lines[0].dots[-1].y
    assert chart.target.y >= chart.top
    assert labels(chart)[-1] == 2030


def test_the_baseline_is_the_first_value_or_the_named_year() -> None:
    """A year that has no value marks nothing, and neither does the newest value."""
    known = points(10, 12, 14)
    assert [line_chart(known, baseline=year).baseline for year in (2010, 2021)] == [None, None]
    first, named = line_chart(known).baseline, line_chart(known, baseline=2020).baseline
    assert first is not None
    assert named is not None
    assert (first.period, named.period) == ("2019", "2020")


def test_a_forecast_goes_on_from_the_last_value_in_a_band() -> None:
    """The dashed line starts where the known one ends, and the band is round it."""
    chart = line_chart(points(10, 12), forecast=[Outlook(year=2025, value=20, low=15, high=25)])
    last = chart.lines[0].dots[-1]
    assert chart.outlook.startswith(f"M{last.x} {last.y}L")
    assert chart.band.endswith("Z")
    assert max(words(chart)) >= 25
    assert line_chart(points(10, 12)).outlook == line_chart(points(10, 12)).band == ""


def test_women_and_men_are_told_apart_by_shape() -> None:
    """Circles and squares, each with its word at the end, and no word on another."""
    chart = line_chart(
        points(50, 51), name="Alla", women=points(52, 51.2), men=points(48, 50.9), names=("Kvinnor", "Män")
    )
    kinds = [line.kind for line in chart.lines]
    assert kinds == [LineKind.WOMEN, LineKind.MEN, LineKind.MAIN]
    women, men, _ = chart.lines
    assert "a" in women.dots[0].shape
    assert "a" not in men.dots[0].shape
    ends = sorted(line.end.y for line in chart.lines if line.end)
    assert all(below - above >= 14.9 for above, below in pairwise(ends))


def test_quarters_and_months_stand_within_their_years() -> None:
    """The third quarter is the half of a year, June is before it; a quarter left out is a gap."""
    assert (when("2025"), when("2025K3"), when("2025M07")) == (2025, 2025.5, 2025.5)
    assert when("2025M06") < when("2025K3")
    quarters = [Point(period=f"2025K{number}", value=number) for number in (1, 2, 4)]
    chart = line_chart(quarters)
    assert chart.lines[0].path.count("M") == 2
    months = [Point(period=f"2025M{number:02d}", value=number) for number in range(1, 13)]
    assert line_chart(months).lines[0].path.count("M") == 1


def test_a_sparkline_needs_two_values() -> None:
    """One value has no direction; equal ones are a line in the middle; a missing one is a gap."""
    assert sparkline(points(3)) is None
    even = sparkline(points(3, 3))
    assert even is not None
    assert even.y == even.height / 2
    broken = sparkline(points(1, None, 3))
    assert broken is not None
    assert broken.path.count("M") == 2
    assert broken.bridge.count("M") == 1


def test_quiet_quarters_stand_on_the_ground_and_uncollected_ones_on_nothing() -> None:
    """Silence has a line without a bar, a time that could not be collected has neither."""
    drawn = bars(
        [
            Quarter(year=2025, number=1, count=4),
            Quarter(year=2025, number=2, count=0),
            Quarter(year=2025, number=3, count=0, open=True),
            Quarter(year=2025, number=4, count=2),
        ]
    )
    assert [bar.height > 0 for bar in drawn.bars] == [True, False, False, True]
    assert drawn.bars[0].height == 2 * drawn.bars[3].height
    assert len(drawn.ground) == 3
    assert drawn.most == 4


def test_no_quarters_and_only_quiet_ones_can_be_drawn() -> None:
    """Nothing to show is no error."""
    assert bars([]).bars == ()
    assert bars([Quarter(year=2025, number=1, count=0)]).bars[0].height == 0
