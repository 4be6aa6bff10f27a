"""What a chart shows, in one or a few sentences, and where its values come from. Pure; the words are in charts.toml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from campaign.figure_words import value_words
from campaign.figures import Direction, Indicator, Origin, Target
from campaign.forecast import Forecast, band, met
from campaign.language import Language
from web.charts import Point

_PER_CENT = ("procent", "percent", "%")
_PART = re.compile(r"(?P<year>\d{4})(?:K(?P<quarter>[1-4])|M(?P<month>0[1-9]|1[0-2]))?")


def sentence(
    indicator: Indicator,
    points: Sequence[Point],
    language: Language,
    *,
    area: str = "",
    target: Target | None = None,
    women: Sequence[Point] = (),
    men: Sequence[Point] = (),
    ahead: Forecast | None = None,
) -> str:
    """Return what a chart shows: the latest value, how far it has come, the target, and whether it goes as wanted.

    ``area`` is its name, "" where there is but one. Sentences about what nobody knows are left out.
    """
    known = [point for point in points if point.value is not None]
    if not known:
        return language.t("chart.none")
    told = _latest(indicator, known, language)
    parts = [language.t("chart.of_area", area=area, rest=told) if area else told]
    parts += _sexes(indicator, known[-1].period, women, men, language)
    if known[-1].preliminary:
        parts.append(language.t("chart.preliminary"))
    if points[-1].value is None:
        parts.append(language.t("chart.missing", when=when_words(points[-1].period, language)))
    if target is not None:
        parts.append(_target(indicator, known, target, language))
    parts += _way(indicator, known, target, language)
    if ahead is not None and ahead.ahead:
        parts.append(_ahead(indicator, ahead, language))
    return " ".join(parts)


def source_line(
    indicator: Indicator, language: Language, *, fetched_at: datetime | None, reckoned: bool, discontinued: bool = False
) -> str:
    """Return where the values come from and when they came; ``reckoned``: something beside them is our own sum."""
    brought = indicator.origin is Origin.TABLE
    name = indicator.source or language.t(f"chart.origin.{indicator.origin}")
    if fetched_at is None:
        parts = [language.t("chart.source", source=name)]
    else:
        key = "chart.source_brought" if brought else "chart.source_fetched"
        parts = [language.t(key, source=name, date=language.date(fetched_at))]
    if discontinued:
        parts.append(language.t("chart.discontinued"))
    if reckoned:
        parts.append(language.t("chart.reckoned"))
    return " ".join(parts)


def when_words(period: str, language: Language) -> str:
    """Return when a period was, as it stands inside a sentence: "år 2025", "tredje kvartalet 2025", "i juni 2025"."""
    return _period_in(period, language, "when")


def change_words(indicator: Indicator, change: float, language: Language, *, unit: bool = False) -> str:
    """Return how far a value has moved, without sign; of per cent in percentage points.

    Other units are said with ``unit``: where the value itself does not stand beside it.
    """
    number = value_words(abs(change), replace(indicator, unit=""), language)
    if indicator.unit.strip().casefold() not in _PER_CENT:
        return value_words(abs(change), indicator, language) if unit else number
    one = indicator.decimals == 0 and round(abs(change)) == 1
    return language.t("chart.points.one" if one else "chart.points.other", number=number)


def base_of(indicator: Indicator, known: Sequence[Point]) -> Point | None:
    """Return the value that later ones are set against, None where its year has none or nothing is later."""
    found = next((p for p in known if not indicator.baseline or p.period[:4] == str(indicator.baseline)), None)
    return found if found is not None and found is not known[-1] else None


def _latest(indicator: Indicator, known: Sequence[Point], language: Language) -> str:
    last, base = known[-1], base_of(indicator, known)
    facts = {"value": value_words(last.value, indicator, language), "when": when_words(last.period, language)}
    if base is None or base.value is None or last.value is None:
        return language.t("chart.only" if len(known) == 1 else "chart.latest", **facts)
    since = _period_in(base.period, language, "since")
    change = as_shown(indicator, last.value) - as_shown(indicator, base.value)
    if not change:
        return language.t("chart.latest_same", **facts, since=since)
    key = "chart.latest_up" if change > 0 else "chart.latest_down"
    return language.t(key, **facts, change=change_words(indicator, change, language), since=since)


def _sexes(
    indicator: Indicator, period: str, women: Sequence[Point], men: Sequence[Point], language: Language
) -> list[str]:
    """Return the sentence of women's and men's values of a period, where both are known."""
    values = [next((p.value for p in each if p.period == period), None) for each in (women, men)]
    if None in values:
        return []
    first, second = (value_words(value, indicator, language) for value in values)
    return [language.t("chart.sexes", women=first, men=second)]


def _target(indicator: Indicator, known: Sequence[Point], target: Target, language: Language) -> str:
    facts: dict[str, str | int] = {"value": value_words(target.value, indicator, language), "year": target.year}
    if indicator.direction is Direction.NONE:
        return language.t("chart.target", **facts)
    there = [point for point in known if int(point.period[:4]) == target.year]
    if there and there[-1].value is not None:
        done = met(there[-1].value, target.value, indicator.direction)
        return language.t("chart.target_met" if done else "chart.target_missed", **facts)
    last = known[-1]
    if last.value is not None and int(last.period[:4]) < target.year:
        reached = indicator.direction is not Direction.KEEP and met(last.value, target.value, indicator.direction)
        return language.t("chart.target_already" if reached else "chart.target", **facts)
    return language.t("chart.target_past", **facts)


def _way(indicator: Indicator, known: Sequence[Point], target: Target | None, language: Language) -> list[str]:
    """Return whether it goes the wanted way since the baseline; nothing where nothing is wished or known."""
    base, last = base_of(indicator, known), known[-1]
    if base is None or base.value is None or last.value is None or indicator.direction is Direction.NONE:
        return []
    if indicator.direction is Direction.KEEP:
        low, high = band(target.value if target is not None else base.value)
        return [language.t("chart.kept" if low <= last.value <= high else "chart.not_kept")]
    change = as_shown(indicator, last.value) - as_shown(indicator, base.value)
    if not change:
        return [language.t("chart.still")]
    wanted = (change > 0) is (indicator.direction is Direction.UP)
    return [language.t("chart.right_way" if wanted else "chart.wrong_way")]


def _ahead(indicator: Indicator, ahead: Forecast, language: Language) -> str:
    return language.t(
        "chart.ahead",
        value=value_words(ahead.value, indicator, language),
        low=value_words(ahead.low, indicator, language),
        high=value_words(ahead.high, indicator, language),
        year=ahead.year or 0,
    )


def as_shown(indicator: Indicator, value: float) -> float:
    """Return a value as it is shown: what a reader cannot see is no change."""
    return round(value, indicator.decimals)


def _period_in(period: str, language: Language, place: str) -> str:
    found = _PART.fullmatch(period)
    if found is None:
        return period
    year = int(found["year"])
    if found["quarter"]:
        ordinal = language.t(f"chart.ordinal.{found['quarter']}")
        return language.t(f"chart.{place}.quarter", ordinal=ordinal, year=year)
    if found["month"]:
        name = language.locale.months["stand-alone"]["wide"][int(found["month"])]
        return language.t(f"chart.{place}.month", month=name, year=year)
    return language.t(f"chart.{place}.year", year=year)
