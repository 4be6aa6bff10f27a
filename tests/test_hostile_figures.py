"""Figures that a source and a person tell at odds, on both databases: nothing is lost, nothing changes unsaid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from builders import account
from campaign.figures import Indicator, Origin, Reading, Sex
from conftest import NOW
from measured import add_indicator
from storage import schema
from storage.by_hand import put_by_hand
from storage.measurements import Stored, moved_since, put_readings, rehearse_readings, revisions, series
from storage.store import Actor, Store

DAY = timedelta(days=1)

PEOPLE = Indicator(code="M1", title="Invånare", origin=Origin.KOLADA, kpi="N01951", areas=("1380",))


def reading(period: str, value: float | None, **changes: Any) -> Reading:
    return Reading(**({"area": "1380", "period": period, "value": value} | changes))


def values(store: Store, indicator: int) -> list[tuple[str, float | None]]:
    return [(each.period, each.value) for each in series(store, indicator)]


def corrected(store: Store) -> int:
    """An official figure of two years of which a person corrected the last."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW, whole=True, areas=("1380",))
    by_hand(store, number, reading("2024", 2.2))
    return number


def by_hand(store: Store, number: int, *told: Reading) -> None:
    by = Actor(kind="person", account_id=account(store))
    put_by_hand(store, number, told, by=by, now=NOW + DAY, reason="Skrivfel hos källan")


def overruled(store: Store) -> list[Any]:
    decision = schema.decision.c
    query = select(decision.facts).where(decision.action == "figures_overruled")
    with store.read() as connection:
        return [facts["values"] for facts in connection.execute(query).scalars()]


def test_what_a_person_corrected_stands_against_the_same_again(store: Store) -> None:
    """Reading everything anew does not put back the value that somebody corrected."""
    number = corrected(store)
    told = [reading("2023", 1.0), reading("2024", 2.0)]
    same = Stored(unchanged=2)
    assert rehearse_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",)) == same
    assert put_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",)) == same
    assert values(store, number) == [("2023", 1.0), ("2024", 2.2)]
    assert overruled(store) == []


def test_a_revision_is_not_hidden_by_a_correction_and_is_told(store: Store) -> None:
    """What the source says anew holds, the correction stays in the history, and the trail tells both values."""
    number = corrected(store)
    assert put_readings(store, number, [reading("2024", 2.1)], now=NOW + 2 * DAY) == Stored(revised=1)
    assert [each.value for each in revisions(store, number, "1380", Sex.TOTAL, "2024")] == [2.0, 2.2, 2.1]
    assert overruled(store) == [[["1380", "total", "2024", 2.2, 2.1]]]


def test_a_whole_answer_takes_nothing_away_that_it_never_had(store: Store) -> None:
    """A year that a person added to an official figure stays when the source tells all it has."""
    number = corrected(store)
    by_hand(store, number, reading("2019", 0.5))
    told = [reading("2023", 1.0), reading("2024", 2.0)]
    put_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",))
    assert values(store, number) == [("2019", 0.5), ("2023", 1.0), ("2024", 2.2)]


def test_what_a_person_took_away_does_not_come_back_by_itself(store: Store) -> None:
    """A value that somebody removed stays removed while the source only repeats it; the source may still take away."""
    number = corrected(store)
    by_hand(store, number, reading("2023", None, deleted=True))
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW + 2 * DAY, whole=True)
    assert values(store, number) == [("2024", 2.2)]
    put_readings(store, number, [reading("2022", 1.0)], now=NOW + 3 * DAY, whole=True, areas=("1380",))
    assert values(store, number) == [("2022", 1.0)]
    assert overruled(store) == [[["1380", "total", "2024", 2.2, None]]]


def test_a_number_that_stands_as_before_has_not_moved(store: Store) -> None:
    """A value that is only no longer preliminary, or that was away for a night, is no news in a letter."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 2.0, preliminary=True)], now=NOW)
    put_readings(store, number, [reading("2024", 2.0)], now=NOW + DAY)
    assert moved_since(store, "hallandvaxer", NOW) == []
    put_readings(store, number, [reading("2024", None, deleted=True)], now=NOW + 2 * DAY)
    put_readings(store, number, [reading("2024", 2.0)], now=NOW + 3 * DAY)
    assert moved_since(store, "hallandvaxer", NOW) == []
    put_readings(store, number, [reading("2024", 2.5)], now=NOW + 4 * DAY)
    assert [each.value for each in moved_since(store, "hallandvaxer", NOW)] == [2.5]
