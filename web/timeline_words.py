"""Quiet times, quarters and activity in words. Pure; the words are in node.toml and charts.toml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from campaign.errors import Fact
from campaign.language import Language
from web.bars import Quarter
from web.timeline import Quiet

#: Longer quiet than this is told by its months, shorter by its season.
_SEASON_WEEKS = 20


def quiet_words(quiet: Quiet, language: Language) -> str:
    """Return a quiet time in words; what could not be collected is never called quiet."""
    first, last = language.month(quiet.from_on), language.month(quiet.to_on)
    facts: dict[str, Fact] = {"unheard": quiet.unheard, "count": quiet.weeks, "from": first}
    if quiet.is_unheard:
        key = "node.quiet.unheard_lasting" if quiet.lasting else "node.quiet.unheard"
        return language.t(key, **facts) if quiet.lasting else language.t(key, **facts, to=last)
    if quiet.lasting:
        told = language.t("node.quiet.lasting", count=quiet.weeks, **{"from": first})
    elif quiet.weeks <= _SEASON_WEEKS:
        told = language.t("node.quiet.season", count=quiet.weeks, season=_season(quiet.middle, language))
    else:
        told = language.t("node.quiet.span", count=quiet.weeks, to=last, **{"from": first})
    if quiet.unheard:
        told = f"{told} {language.t('node.quiet.some_unheard', count=quiet.unheard)}"
    return told


def _season(day: date, language: Language) -> str:
    if day.month in (12, 1, 2):
        year = day.year if day.month == 12 else day.year - 1
        return language.t("node.season.winter", year=year, next=year + 1)
    name = ("spring", "summer", "autumn")[(day.month - 3) // 3]
    return language.t(f"node.season.{name}", year=day.year)


def quarter_words(number: int, language: Language) -> str:
    """Return the months of a quarter: "april–juni"."""
    months = language.locale.months["stand-alone"]["wide"]
    return language.t("node.quarter", first=months[number * 3 - 2], last=months[number * 3])


def activity_words(made: Sequence[Quarter], language: Language, *, total: int, since: date) -> str:
    """Return what the bars show; ``since`` is the day of the first of ``total`` stories."""
    parts = [language.t("node.activity", count=total, since=language.month(since))]
    most = max(made, key=lambda each: each.count)
    if len(made) > 1:
        parts.append(language.t("chart.bars.most", count=most.count, number=most.number, year=most.year))
    quiet = sum(not each.count and not each.open for each in made)
    lost = sum(each.open for each in made)
    parts += [language.t("chart.bars.quiet", count=quiet)] if quiet else []
    parts += [language.t("chart.bars.uncollected", count=lost)] if lost else []
    return " ".join(parts)
