"""A case's invented figures: what is measured, and the series that a sample server tells year by year.

``figures.toml`` counts years back from the newest, so that a demo started in any year has figures of its own time:

    [indicator.stannar]
    title = "Bor kvar ett år efter examen"
    nodes = ["1.1"]
    unit = "%"
    kolada = "N99101"         # or scb = "TAB99101"; neither: an invented planner brings the values by hand
    areas = ["1380"]
    values = [33, 35, 38]     # the newest last; women and men beside it where it is divided by sex
    target = 45               # in so many years after the newest: target_after (4)
    revised = { back = 1, value = 36 }     # what a year before the newest is told as from the newest's day on

An indicator without a title is the one of its code in the strategy's file. Where the file's years are past,
``moved = 3`` at the top moves them: its baseline becomes the third year before the newest, its targets with it.
``gap`` is by how much the value of women is above that of men.

Every year's values are there from the fifteenth of April of the year after on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from campaign.figures import Direction, Indicator, Origin, Reading, Sex, Target
from campaign.strategy import Strategy, parse
from skord.files import shipped
from skord.sample.case import Case
from skord.sample.statistics import Revision, Series

NOTE = "Påhittade värden i ett påhittat exempel."
_DAY = "04-15"
_YEAR = timedelta(weeks=52)
_SEXES = {"values": Sex.TOTAL, "women": Sex.WOMEN, "men": Sex.MEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An indicator of a case with its series."""

    indicator: Indicator
    series: Series

    def readings(self, today: date) -> list[Reading]:
        """Return what is known on a day, as somebody brings it who copies it from a table."""
        found = []
        for sex, areas in self.series.values.items():
            for area, periods in areas.items():
                for period in periods:
                    told = self.series.at(sex, area, period, today)
                    if told is not None:
                        found.append(Reading(area=area, period=period, sex=Sex(sex), value=told.number))
        return found


def of(case: Case, since: datetime) -> list[Figure]:
    """Return the figures of a case whose year began at ``since``."""
    newest = newest_year(since)
    known = {each.code: each for each in moved(case, since).indicators}
    return [
        _figure(code, told, newest, known.get(code))
        for code, told in case.read("figures.toml").get("indicator", {}).items()
    ]


def moved(case: Case, since: datetime) -> Strategy:
    """Return a case's own strategy as its file has it, its years moved where the case says so."""
    file = shipped(f"strategies/{case.strategies[0]}.toml")
    found = parse(file.read_text(encoding="utf-8"), str(file))
    back = case.read("figures.toml").get("moved")
    if back is None:
        return found
    years = newest_year(since) - back - min(each.baseline for each in found.indicators)
    return replace(
        found,
        period_from=found.period_from.replace(year=found.period_from.year + years),
        period_to=found.period_to.replace(year=found.period_to.year + years),
        indicators=tuple(_later(each, years) for each in found.indicators),
    )


def _later(indicator: Indicator, years: int) -> Indicator:
    targets = tuple(replace(each, year=each.year + years) for each in indicator.targets)
    return replace(indicator, baseline=indicator.baseline + years, targets=targets)


def newest_year(since: datetime) -> int:
    """Return the last year whose values are published before a case's year ends."""
    end = (since + _YEAR).astimezone(UTC).date()
    return end.year - 1 if end >= date.fromisoformat(f"{end.year}-{_DAY}") else end.year - 2


def published(since: datetime, begins: datetime) -> Iterator[datetime]:
    """Yield the moments from ``begins`` to the end of a case's year at which new values are there."""
    for number in range(begins.year, since.year + 2):
        at = datetime.combine(date.fromisoformat(f"{number}-{_DAY}"), time(9), UTC)
        if begins < at <= since + _YEAR:
            yield at


def _figure(code: str, told: Mapping[str, Any], newest: int, known: Indicator | None) -> Figure:
    if "title" not in told and known is not None:
        return Figure(indicator=known, series=_series(code, told, known.areas[0], newest))
    areas = tuple(told["areas"])
    kpi, table = told.get("kolada", ""), told.get("scb", "")
    targets = (
        (Target(value=float(told["target"]), year=newest + told.get("target_after", 4)),) if "target" in told else ()
    )
    indicator = Indicator(
        code=code,
        title=told["title"],
        nodes=tuple(told["nodes"]),
        unit=told.get("unit", ""),
        decimals=told.get("decimals", 0),
        direction=Direction(told.get("direction", "up")),
        origin=Origin.KOLADA if kpi else Origin.SCB if table else Origin.TABLE,
        kpi=kpi,
        table=table,
        areas=areas,
        area_names=tuple(told.get("area_names", {}).items()),
        by_sex="women" in told,
        baseline=newest - told["baseline_back"] if "baseline_back" in told else 0,
        targets=targets,
        source=told.get("source", "Påhittat exempel"),
        note=NOTE,
    )
    return Figure(indicator=indicator, series=_series(kpi or table or code, told, areas[0], newest))


def _series(name: str, told: Mapping[str, Any], area: str, newest: int) -> Series:
    rows: dict[str, dict[str, list[Any]]] = {str(sex): {area: told[key]} for key, sex in _SEXES.items() if key in told}
    for sex, part in ((Sex.WOMEN, 0.5), (Sex.MEN, -0.5)):
        if "gap" in told:
            rows[str(sex)] = {
                area: [each if each == "" else round(each + part * told["gap"], 1) for each in told["values"]]
            }
    for other, values in told.get("others", {}).items():
        rows["total"][other] = values
    values = {
        sex: {
            each: {str(newest - len(row) + 1 + place): value for place, value in enumerate(row) if value != ""}
            for each, row in areas.items()
        }
        for sex, areas in rows.items()
    }
    return Series(
        id=name,
        title=told.get("title", name),
        values=values,
        source="scb" if "scb" in told else "kolada",
        unit=told.get("unit", ""),
        decimals=told.get("decimals", 0),
        published=_DAY,
        revisions=tuple(_revisions(told, area, newest)),
    )


def _revisions(told: Mapping[str, Any], area: str, newest: int) -> Iterator[Revision]:
    if "revised" in told:
        at = date.fromisoformat(f"{newest + 1}-{_DAY}")
        yield Revision(area=area, period=str(newest - told["revised"]["back"]), at=at, value=told["revised"]["value"])
