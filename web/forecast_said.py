"""A forecast in words: what it says of the target, how it was made, and why nothing can be said. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from campaign.comparison import FigureRow
from campaign.figure_words import value_words
from campaign.figures import Direction, Indicator
from campaign.forecast import KEEP_PERCENT, POINTS_MIN, Chance, Forecast, Unsaid
from campaign.language import Language


def said(row: FigureRow, language: Language) -> str:
    """Return a figure's forecast in a sentence, or that nothing can be said and why."""
    told = row.forecast
    if told.chance is Chance.CANNOT_SAY:
        return f"{language.t('forecast.chance.cannot_say')}. {unsaid(told, language)}"

    wording = _fine_enough(row.wording, told)

    def words(value: float | None) -> str:
        return value_words(value, wording, language)

    facts: dict[str, str | int] = {"year": told.year or 0, "value": words(told.value)}
    facts["target"] = words(told.target.value if told.target else None)
    if told.ahead:
        facts |= {"low": words(told.low), "high": words(told.high)}
    is_exact = told.ahead and told.low == told.high and not told.clamped
    key = "exact" if is_exact else str(told.chance)
    return language.t(f"forecast.says.{key}", **facts)


def _fine_enough(wording: Indicator, told: Forecast) -> Indicator:
    """Return a wording with as many decimals, two more at most, as tell the ends of the interval apart."""
    if not told.ahead or told.low is None or told.high is None or told.low == told.high:
        return wording
    places = range(wording.decimals, wording.decimals + 2)
    needed = (count for count in places if round(told.low, count) != round(told.high, count))
    return replace(wording, decimals=next(needed, wording.decimals + 2))


def labelled(row: FigureRow, language: Language) -> str:
    """Return a figure's forecast as it stands among other words, called a forecast; "" where there is none to speak of.

    What has happened by now, a target that was met or not, is no forecast.
    """
    told = row.forecast
    if not worth_telling(told):
        return ""
    words = said(row, language)
    return language.t("forecast.labelled", told=words) if told.ahead or told.why is not None else words


def short_of_values(rows: Iterable[FigureRow], language: Language) -> str:
    """Return in one sentence of how many figures too few values are known to say anything, "" where of none."""
    count = sum(row.forecast.why is Unsaid.TOO_FEW for row in rows)
    return language.t("forecast.short_of_values", count=count, least=POINTS_MIN) if count else ""


def unsaid(told: Forecast, language: Language) -> str:
    """Return why nothing can be said, "" where something is."""
    if told.why is None:
        return ""
    facts: dict[str, int] = {"year": told.target.year} if told.target else {}
    return language.t(f"forecast.why.{told.why}", least=POINTS_MIN, **facts)


def made(row: FigureRow, language: Language) -> list[str]:
    """Return how a forecast was made and how sure it is; nothing where none was."""
    told = row.forecast
    if not told.ahead:
        return []
    slope = value_words(abs(told.slope or 0.0), row.wording, language)
    sign = "−" if (told.slope or 0.0) < 0 else "+"
    parts = [
        language.t(
            "forecast.how.made", points=told.points, first=told.first or 0, last=told.last or 0, slope=sign + slope
        ),
        language.t("forecast.how.sure"),
    ]
    if told.clamped:
        parts.append(language.t("forecast.how.clamped"))
    if row.wording.direction is Direction.KEEP:
        parts.append(language.t("forecast.how.keep", percent=KEEP_PERCENT))
    if row.now is not None and len(row.now.period) > 4:
        parts.append(language.t("forecast.how.season"))
    return parts


def worth_telling(told: Forecast) -> bool:
    """Return whether a sentence says more than that there is no target or wish."""
    return told.why not in (Unsaid.NO_TARGET, Unsaid.NO_DIRECTION)
