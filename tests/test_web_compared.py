"""A figure then and now in words: what is said agrees with the numbers that are shown beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.comparison import FigureRow, Way, exact
from campaign.figures import Indicator, Sex, Target
from campaign.forecast import Chance, Forecast
from campaign.language import Language
from campaign.snapshots import FrozenValue
from web.compared import Pair
from web.forecast_said import said

SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))
WHOLE = Indicator(code="arbete", title="I arbete", unit="procent", areas=("17",))
UNTOLD = Forecast(chance=Chance.CANNOT_SAY)


def frozen(period: str, value: float) -> FrozenValue:
    known = datetime(2026, 11, 20, tzinfo=UTC)
    return FrozenValue(indicator=1, area="17", sex=Sex.TOTAL, period=period, value=value, known_from=known)


def row(then: float, now: float, **changes: Any) -> FigureRow:
    made: dict[str, Any] = {
        "indicator": 1, "wording": WHOLE, "area": "17", "sex": Sex.TOTAL, "then": frozen("2020", then),
        "now": frozen("2025", now), "change": exact(now, then), "way": Way.WANTED, "apart": None, "target": None,
        "left": None, "forecast": UNTOLD,
    }  # fmt: skip
    return FigureRow(**(made | changes))


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (31.4, 33.6, "+3 procentenheter"),  # shown as 31 and 34
        (33.6, 31.4, "−3 procentenheter"),
        (31.4, 31.6, "+1 procentenhet"),
        (31.6, 32.4, "oförändrat"),  # shown as 32 and 32
    ],
)
def test_the_change_agrees_with_the_values_beside_it(then: float, now: float, words: str) -> None:
    """A reader who takes one shown value from the other comes to the same."""
    pair = Pair(row=row(then, now))
    assert pair.change(SWEDISH).replace("\u00a0", " ").casefold() == words


def test_an_interval_has_decimals_enough_to_be_one() -> None:
    """Ends that look the same when they are rounded are told with one decimal more."""
    told = Forecast(
        chance=Chance.UNSURE, target=Target(value=76.0, year=2029), year=2029, value=76.0, low=75.8, high=76.2,
        points=6, first=2020, last=2025, slope=0.2,
    )  # fmt: skip
    words = said(row(73, 74, forecast=told), SWEDISH).replace("\u00a0", " ")
    assert "75,8 %" in words
    assert "76,2 %" in words
