"""Figures in words, in both languages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Indicator
from campaign.language import Language

SWEDISH, ENGLISH = (Language(code, ZoneInfo("Europe/Stockholm")) for code in ("sv", "en"))


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "swedish", "english"),
    [
        (82.44, "procent", 1, "82,4 %", "82.4 %"),
        (80.0, "%", 1, "80,0 %", "80.0 %"),
        (347000.0, "invånare", 0, "347 000 invånare", "347,000 invånare"),
        (0.0, "", 0, "0", "0"),
        (-3.25, "", 2, "\u22123,25", "\u22123.25"),
        (None, "procent", 1, "–", "–"),
    ],
)
def test_a_value_has_its_unit(value: float | None, unit: str, decimals: int, swedish: str, english: str) -> None:
    """Decimals are those of the indicator, and a value that is missing is no zero."""
    indicator = Indicator(code="x", title="X", unit=unit, decimals=decimals)
    assert value_words(value, indicator, SWEDISH).replace("\u00a0", " ") == swedish
    assert value_words(value, indicator, ENGLISH).replace("\u00a0", " ") == english


def test_an_area_has_its_name() -> None:
    """Nation, county and municipality by their codes, a group by the indicator's word, anything else as it is."""
    indicator = Indicator(code="x", title="X", area_names=(("G39001", "Liknande kommuner"),))
    named = [area_words(code, indicator, SWEDISH) for code in ("00", "13", "1380", "G39001", "centralorten")]
    assert named == ["Riket", "Hallands län", "Halmstad", "Liknande kommuner", "centralorten"]
    assert area_words("00", indicator, ENGLISH) == "Sweden"


def test_a_period_is_said_as_people_say_it() -> None:
    """A year, a quarter, a month; what is none of them stays as it is."""
    assert [period_words(each, SWEDISH) for each in ("2025", "2025K3", "2025M06", "2024-2025", "2025M13")] == [
        "2025",
        "kvartal 3 2025",
        "juni 2025",
        "2024-2025",
        "2025",
    ]
