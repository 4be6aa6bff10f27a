"""What a chart says in words, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.figures import Direction, Indicator, Origin, Target
from campaign.forecast import forecast
from campaign.language import Language
from web.chart_words import sentence, source_line
from web.charts import Point

SWEDISH, ENGLISH = (Language(code, ZoneInfo("Europe/Stockholm")) for code in ("sv", "en"))


def measure(**changes: Any) -> Indicator:
    """A share that is wanted to rise."""
    made: dict[str, Any] = {"code": "x", "title": "X", "unit": "procent", "decimals": 1}
    return Indicator(**(made | changes))


def points(*values: float | None, first: int = 2019) -> list[Point]:
    """Values of years that follow each other."""
    return [Point(period=str(first + number), value=value) for number, value in enumerate(values)]


def said(indicator: Indicator, known: list[Point], language: Language = SWEDISH, **told: Any) -> str:
    """The sentence with plain spaces."""
    return sentence(indicator, known, language, **told).replace("\u00a0", " ")


def test_the_latest_value_is_set_against_the_baseline() -> None:
    """What it is, how far it has come in percentage points, and which way."""
    known = points(71.3, 72.0, 73.4)
    assert said(measure(), known) == ("73,4 % år 2021, upp 2,1 procentenheter sedan år 2019. Det går åt rätt håll.")
    assert said(measure(), known, ENGLISH) == (
        "73.4 % in 2021, up 2.1 percentage points since 2019. It is moving in the right direction."
    )
    named = measure(baseline=2020, direction=Direction.DOWN)
    assert said(named, known).endswith("upp 1,4 procentenheter sedan år 2020. Det går åt fel håll.")


def test_one_value_has_no_change_and_none_says_so() -> None:
    """Nothing is compared with nothing."""
    assert said(measure(), points(5.0)) == "5,0 % år 2019. Det är det enda värdet än så länge."
    assert said(measure(), []) == said(measure(), points(None)) == "Det finns inga värden än."


def test_a_change_nobody_can_see_is_no_change() -> None:
    """Values that are shown alike stand still."""
    assert said(measure(decimals=0), points(71.1, 71.4)) == "71 % år 2020, oförändrat sedan år 2019. Det står stilla."
    one = said(measure(decimals=0), points(71.0, 72.0))
    assert "upp 1 procentenhet sedan" in one


@pytest.mark.parametrize(
    ("values", "target", "told"),
    [
        ((60.0, 70.0), Target(value=80, year=2030), "Målet är 80,0 % år 2030."),
        ((60.0, 81.0), Target(value=80, year=2030), "Målet för år 2030, 80,0 %, är redan nått."),
        ((60.0, 81.0), Target(value=80, year=2020), "Målet för år 2020, 80,0 %, nåddes."),
        ((60.0, 70.0, 90.0), Target(value=80, year=2020), "Målet för år 2020, 80,0 %, nåddes inte."),
        ((60.0, None, 90.0), Target(value=80, year=2020), "Målet var 80,0 % år 2020."),
    ],
)
def test_a_target_is_told_by_its_year(values: tuple[float | None, ...], target: Target, told: str) -> None:
    """Ahead, reached before its time, met, missed, and past without a value of its year."""
    assert told in said(measure(), points(*values), target=target)


def test_what_is_wanted_to_stay_is_not_praised_for_moving() -> None:
    """Within a few per cent it stays; without a wish nothing is said of the way."""
    kept = measure(direction=Direction.KEEP)
    assert said(kept, points(100.0, 102.0)).endswith("Det ligger kvar, som det är tänkt.")
    assert said(kept, points(100.0, 120.0)).endswith("Tanken är att det ska ligga kvar, men det har rört sig.")
    assert said(measure(direction=Direction.NONE), points(1.0, 2.0)).endswith("sedan år 2019.")


def test_what_is_not_known_is_said() -> None:
    """A newest period without a value and a preliminary value are told, and so is who a value is of."""
    assert "Källan har inget värde för år 2021." in said(measure(), points(1.0, 2.0, None))
    early = [Point(period="2020", value=1.0, preliminary=True)]
    assert "Värdet är preliminärt." in said(measure(), early)
    told = said(measure(), points(1.0, 2.0), area="Hallands län", women=points(3.0, 4.0), men=points(1.0, 1.5))
    assert told.startswith("Hallands län: 2,0 % år 2020")
    assert "Kvinnor 4,0 %, män 1,5 %." in told
    assert "Kvinnor" not in said(measure(), points(1.0, 2.0), women=points(3.0), men=points(1.0))


def test_quarters_and_months_are_said_as_people_say_them() -> None:
    """Inside a sentence a period has its own words."""
    quarters = [Point(period="2024K3", value=1.0), Point(period="2025K1", value=2.0)]
    assert said(measure(), quarters).startswith("2,0 % första kvartalet 2025, upp 1,0 procentenheter sedan tredje")
    months = [Point(period="2024M12", value=4.0), Point(period="2025M06", value=2.5)]
    assert said(measure(unit="dagar"), months).startswith("2,5 dagar i juni 2025, ned 1,5 sedan december 2024.")
    assert said(measure(unit="dagar"), months, ENGLISH).startswith("2.5 dagar in June 2025, down 1.5 since December")


def test_a_forecast_is_told_with_its_uncertainty() -> None:
    """What comes if it goes on so, and between which values; nothing where nothing can be said."""
    values = [(year, 60.0 + (year - 2015) * 2 + year % 2) for year in range(2015, 2023)]
    target = Target(value=80, year=2025)
    seen = forecast(values, target, Direction.UP, today=date(2023, 1, 1))
    told = said(measure(), points(*(value for _, value in values), first=2015), target=target, ahead=seen)
    assert "Fortsätter det som de senaste åren blir det omkring" in told
    few = forecast(values[:2], target, Direction.UP, today=date(2017, 1, 1))
    assert "Fortsätter" not in said(measure(), points(60.0, 62.0), target=target, ahead=few)


def test_our_own_sums_are_never_named_as_the_sources() -> None:
    """Source and day of fetching stand by themselves; what was reckoned here says so."""
    fetched = datetime(2026, 11, 12, tzinfo=UTC)
    kolada = measure(origin=Origin.KOLADA)
    assert source_line(kolada, SWEDISH, fetched_at=fetched, reckoned=False) == "Källa: Kolada, hämtat 12 november 2026."
    assert source_line(kolada, SWEDISH, fetched_at=fetched, reckoned=True).endswith("våra egna.")
    brought = measure(source="Region Halland")
    told = source_line(brought, SWEDISH, fetched_at=fetched, reckoned=False, discontinued=True)
    assert told == "Källa: Region Halland, inlagt 12 november 2026. Källan ger inte ut måttet längre."
