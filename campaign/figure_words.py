"""Figures in words: a value with its unit, an area by its name, a period as people say it. Pure."""

from __future__ import annotations

import re
from functools import cache

from babel.numbers import format_decimal

from campaign.figures import Indicator, Sex
from campaign.language import Language
from campaign.places import Place, PlaceKind, register

_PER_CENT = ("procent", "percent", "%")
_MINUS = "\u2212"
_PART = re.compile(r"(?P<year>\d{4})(?:K(?P<quarter>[1-4])|M(?P<month>\d{2}))?")


def value_words(value: float | None, indicator: Indicator, language: Language) -> str:
    """Return a value as a reader sees it: "82,4 %", "347 000 invånare", "–" where the source has none."""
    if value is None:
        return "–"
    places = "." + "0" * indicator.decimals if indicator.decimals else ""
    number = format_decimal(value, format=f"#,##0{places};{_MINUS}#,##0{places}", locale=language.locale)
    if indicator.unit.strip().casefold() in _PER_CENT:
        return f"{number}\u00a0%"
    return f"{number}\u00a0{indicator.unit}" if indicator.unit else number


def area_words(area: str, indicator: Indicator, language: Language) -> str:
    """Return the name of an area: "Riket", "Hallands län", "Halmstad", a comparison group's as its indicator says."""
    own = dict(indicator.area_names)
    if area in own:
        return own[area]
    if area == "00":
        return language.t("figure.nation")
    place = _coded().get(area)
    return place.name if place is not None else area


def sex_words(sex: Sex, language: Language) -> str:
    """Return whom a value is of: "Alla", "Kvinnor", "Män"."""
    return language.t("chart.everybody" if sex is Sex.TOTAL else f"chart.{sex}")


def period_words(period: str, language: Language) -> str:
    """Return a period as people say it: "2025", "kvartal 3 2025", "juni 2025"."""
    found = _PART.fullmatch(period)
    if found is None:
        return period
    if found["quarter"]:
        return language.t("figure.quarter", quarter=int(found["quarter"]), year=int(found["year"]))
    if found["month"] and 1 <= int(found["month"]) <= 12:
        name = language.locale.months["stand-alone"]["wide"][int(found["month"])]
        return f"{name} {found['year']}"
    return found["year"]


@cache
def _coded() -> dict[str, Place]:
    kinds = (PlaceKind.COUNTY, PlaceKind.MUNICIPALITY)
    return {place.code: place for place in register() if place.kind in kinds and place.code}
