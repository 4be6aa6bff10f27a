"""How stories of one sort spread over time: bars, a sentence, a table. For places, networks and organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from campaign.language import Language
from storage.archive import silences
from web.house import Visit
from web.months import Grain, Row, Step, row, steps
from web.timeline import Stretch, unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What one page says of time. ``row`` is None where there is nothing, or too little, to draw."""

    total: int
    row: Row | None
    says: str
    first: str
    last: str


def silent_for(visit: Visit, sources: Sequence[str]) -> list[Stretch]:
    """Return the times in which none of these sources could be asked."""
    return unheard(silences(visit.store, sources), sources, visit.view.now)


def activity(
    visit: Visit,
    months: Mapping[str, int],
    sources: Sequence[str],
    *,
    since: str = "",
    top: int = 0,
    small: bool = False,
) -> Activity:
    """Return the activity of these months; gaps are times in which none of ``sources`` could be asked.

    ``since`` begins the row earlier and ``top`` gives it the height of another, so that rows can be compared;
    ``small`` is for rows beneath each other, with one axis for them all.
    """
    language, total = visit.view.language, sum(months.values())
    if not total:
        return Activity(total=0, row=None, says="", first="", last="")
    known = sorted(month for month, count in months.items() if count)
    zone = visit.house.settings.site.timezone
    made = steps(months, silent_for(visit, sources), now=visit.view.now, zone=zone, since=since)
    first, last = month_words(known[0], language), month_words(known[-1], language)
    size = {"width": 480.0, "height": 36.0, "foot": 0.0} if small else {}
    drawn = row(made, top=top, **size) if len(made) > 1 else None
    return Activity(total=total, row=drawn, says=_says(made, total, first, language), first=first, last=last)


def busiest(visit: Visit, every: Sequence[Mapping[str, int]], since: str) -> int:
    """Return the most that any bar has when these months are drawn from the same beginning."""
    zone, now = visit.house.settings.site.timezone, visit.view.now
    return max(
        (step.count for months in every for step in steps(months, (), now=now, zone=zone, since=since)), default=0
    )


def month_words(month: str, language: Language) -> str:
    """Return "2026-11" in words: "november 2026"."""
    return language.month(date.fromisoformat(f"{month}-01"))


def step_words(step: Step, language: Language) -> str:
    """Return which time a bar stands for: a month, a quarter or a year, in words."""
    if step.grain is Grain.MONTH:
        return language.month(step.first)
    if step.grain is Grain.QUARTER:
        return language.t("chart.bars.name", number=step.number, year=step.first.year)
    return str(step.first.year)


def _says(made: Sequence[Step], total: int, first: str, language: Language) -> str:
    """Return what the bars show: how many since when, when most, how much was quiet and how much was not heard."""
    parts = [language.t("told.since", count=total, since=first)]
    most = max(made, key=lambda each: each.count)
    if len(made) > 1 and total > 1 and most.count > 1:
        parts.append(language.t("told.most", when=step_words(most, language), count=most.count))
    name = made[0].grain.name.lower()
    quiet, lost = (sum(not each.count and each.open is is_open for each in made) for is_open in (False, True))
    if quiet:
        parts.append(language.t(f"told.quiet_{name}", count=quiet))
    if lost:
        parts.append(language.t(f"told.lost_{name}", count=lost))
    return " ".join(parts)
