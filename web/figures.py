"""A measure as a page shows it: chart, sentence, table and source, from what is stored of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Indicator, Measurement, Origin, Sex, Target
from campaign.forecast import Forecast, forecast
from campaign.language import Language
from storage.indicators import StoredIndicator
from web.axes import when
from web.chart_words import sentence, source_line
from web.charts import HEIGHT, WIDTH, Chart, Line, LineKind, Outlook, Point, line_chart, points_of

#: So many areas to compare with are drawn; the table has them all.
_MOST_OTHERS = 4
#: A word at the end of a line is never longer.
_LONGEST_END = 16
_WIDE = (720.0, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One period of the table; a cell is what stands under each column."""

    period: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One drawing with everything that stands round it.

    ``name`` names its parts on the page. ``wide`` is the same chart for a wide page, None where there is room for the
    small one only. ``marks`` are keys of what the drawing's signs mean; ``columns`` and ``rows`` are its table, the
    newest period first.
    """

    name: str
    title: str
    indicator: Indicator
    strategy: str
    code: str
    chart: Chart
    wide: Chart | None
    sentence: str
    source: str
    marks: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    target: Target | None
    ended_at: datetime | None


def figure(
    stored: StoredIndicator,
    values: Sequence[Measurement],
    language: Language,
    *,
    today: date,
    by_sex: bool | None = None,
    wide: bool = False,
    ahead: bool = False,
    name: str = "",
) -> Figure:
    """Return a measure as it is shown.

    ``values`` are all that is known now. ``by_sex`` draws women and men in place of other areas, None where the measure
    is divided so. With ``ahead`` a forecast is drawn and told, as far as anything can be said.
    """
    wording = stored.wording
    told = _told(wording, values, language, divided=wording.by_sex if by_sex is None else by_sex)
    seen = _forecast(wording, told.main, told.target, today) if ahead else None
    chart = _drawn(wording, told, seen, language)
    columns, rows = table(wording, values, language)
    return Figure(
        name=name or f"f-{stored.id}",
        title=wording.title,
        indicator=wording,
        strategy=stored.strategy,
        code=stored.code,
        chart=chart,
        wide=_drawn(wording, told, seen, language, size=_WIDE) if wide else None,
        sentence=sentence(
            wording, told.main, language, area=told.area, target=told.target, women=told.women, men=told.men,
            ahead=seen,
        ),
        source=source_line(
            wording,
            language,
            fetched_at=_fetched(stored, values),
            reckoned=chart.baseline is not None or bool(chart.band),
            discontinued=stored.discontinued,
        ),
        marks=_marks(chart, divided=bool(told.women and told.men)),
        columns=columns,
        rows=rows,
        target=told.target,
        ended_at=stored.ended_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What of a measure is drawn. ``area`` is the name of the one that is told, "" where it has none."""

    area: str
    main: list[Point]
    women: list[Point]
    men: list[Point]
    others: list[Line]
    target: Target | None


def _told(indicator: Indicator, values: Sequence[Measurement], language: Language, *, divided: bool) -> _Told:
    area = main_area(indicator, values)
    women, men = ((points_of(of_area(values, area, sex)) if divided else []) for sex in (Sex.WOMEN, Sex.MEN))
    return _Told(
        area=area_words(area, indicator, language) if area else "",
        main=points_of(of_area(values, area, Sex.TOTAL)),
        women=women,
        men=men,
        others=[] if women or men else _others(indicator, values, area, language),
        target=indicator.target(area),
    )


def _drawn(
    indicator: Indicator,
    told: _Told,
    seen: Forecast | None,
    language: Language,
    *,
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Chart:
    name = language.t("chart.everybody") if told.women or told.men else _end(told.area) if told.others else ""
    return line_chart(
        told.main,
        name=name,
        women=told.women,
        men=told.men,
        others=told.others,
        names=(language.t("chart.women"), language.t("chart.men")),
        target=told.target,
        baseline=indicator.baseline,
        forecast=_outlook(seen),
        width=size[0],
        height=size[1],
    )


def main_area(indicator: Indicator, values: Sequence[Measurement]) -> str:
    """Return the area that is told first: the measure's first, else that of its first value, "" without any."""
    if indicator.areas:
        return indicator.areas[0]
    return values[0].area if values else ""


def areas_of(indicator: Indicator, values: Sequence[Measurement]) -> list[str]:
    """Return the areas that have values or are asked for, those of the measure first."""
    return list(dict.fromkeys([*indicator.areas, *(each.area for each in values)]))


def table(
    indicator: Indicator, values: Sequence[Measurement], language: Language
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Return the columns (areas, and sexes where they are told apart) and the rows of a measure, newest first."""
    told = {(each.area, each.sex) for each in values}
    keys = [(area, sex) for area in areas_of(indicator, values) for sex in Sex if (area, sex) in told]
    by_key = {(each.area, each.sex, each.period): each for each in values}
    periods = sorted({each.period for each in values}, key=when, reverse=True)
    rows = tuple(
        Row(
            period=period_words(period, language),
            cells=tuple(cell_words(by_key.get((area, sex, period)), indicator, language) for area, sex in keys),
        )
        for period in periods
    )
    return tuple(column_words(area, sex, indicator, language) for area, sex in keys), rows


def column_words(area: str, sex: Sex, indicator: Indicator, language: Language) -> str:
    """Return whose values a column has: "Hallands län", "Hallands län, kvinnor"."""
    named = area_words(area, indicator, language) if area else language.t("chart.value")
    return named if sex is Sex.TOTAL else f"{named}, {language.t(f'chart.{sex}').lower()}"


def cell_words(value: Measurement | None, indicator: Indicator, language: Language) -> str:
    """Return a value as a table has it; "saknas" where the source says that there is none, "" where it says nothing."""
    if value is None:
        return ""
    if value.value is None:
        return value.status or language.t("chart.unknown")
    words = value_words(value.value, indicator, language)
    return language.t("chart.preliminary_short", value=words) if value.preliminary else words


def as_id(text: str) -> str:
    """Return a text as it may stand in an id of the page."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def of_area(values: Sequence[Measurement], area: str, sex: Sex = Sex.TOTAL) -> list[Measurement]:
    """Return the values of one area and one sex."""
    return [each for each in values if each.area == area and each.sex is sex]


def _others(indicator: Indicator, values: Sequence[Measurement], area: str, language: Language) -> list[Line]:
    """Return the areas to compare with, in the measure's order."""
    found = []
    for other in areas_of(indicator, values):
        points = points_of(of_area(values, other, Sex.TOTAL))
        if other != area and any(point.value is not None for point in points):
            found.append(Line(kind=LineKind.OTHER, points=points, name=_end(area_words(other, indicator, language))))
    return found[:_MOST_OTHERS]


def _end(words: str) -> str:
    return words if len(words) <= _LONGEST_END else f"{words[: _LONGEST_END - 1].rstrip()}…"


def _forecast(indicator: Indicator, main: Sequence[Point], target: Target | None, today: date) -> Forecast:
    years = [(int(point.period), point.value) for point in main if point.value is not None and len(point.period) == 4]
    return forecast(years, target, indicator.direction, today=today, unit=indicator.unit)


def _outlook(seen: Forecast | None) -> list[Outlook]:
    if seen is None or not seen.ahead or None in (seen.year, seen.value, seen.low, seen.high):
        return []
    return [Outlook(year=seen.year or 0, value=seen.value or 0.0, low=seen.low or 0.0, high=seen.high or 0.0)]


def _marks(chart: Chart, *, divided: bool) -> tuple[str, ...]:
    """Return the keys of what the drawing's signs mean."""
    lines = chart.lines
    gaps = any(line.bridge for line in lines)
    found = {
        "baseline_mark": chart.baseline is not None,
        "target_mark": chart.target is not None,
        "band_mark": bool(chart.band),
        "women_mark": divided,
        "others_mark": any(line.kind is LineKind.OTHER for line in lines),
        "preliminary_mark": any(dot.preliminary for line in lines for dot in line.dots),
        "gap_mark": gaps,
    }
    return tuple(key for key, has in found.items() if has)


def _fetched(stored: StoredIndicator, values: Sequence[Measurement]) -> datetime | None:
    newest = max((each.known_from for each in values), default=None)
    return newest if stored.wording.origin is Origin.TABLE else stored.last_ok_at or newest
