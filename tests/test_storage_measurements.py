"""Values of indicators over time: what is known now, what was known then, and that nothing is lost on the way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from campaign.errors import CollectError, NotFoundError
from campaign.figures import Direction, Indicator, Origin, Reading, Sex, Target
from conftest import NOW
from measured import add_indicator
from storage import schema
from storage.indicators import (
    TERM,
    any_due,
    claim_indicators,
    failing_indicators,
    find_indicators,
    free_indicators,
    get_indicator,
    list_indicators,
    note_asked,
)
from storage.measurements import Stored, moved_since, put_readings, rehearse_readings, revisions, series
from storage.store import Store, public_revision

DAY = timedelta(days=1)


PEOPLE = Indicator(
    code="M1", title="Invånare", origin=Origin.KOLADA, kpi="N01951", areas=("1380", "13"), direction=Direction.UP,
    targets=(Target(value=110000, year=2030),), by_sex=True,
)  # fmt: skip


def reading(period: str, value: float | None, **changes: Any) -> Reading:
    return Reading(**({"area": "1380", "period": period, "value": value} | changes))


def values(store: Store, indicator: int, **narrow: Any) -> list[tuple[str, float | None]]:
    return [(each.period, each.value) for each in series(store, indicator, **narrow)]


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Collect the statements that are sent inside the block."""
    seen: list[str] = []

    def hear(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", hear)


def test_what_says_the_same_changes_nothing(store: Store) -> None:
    """The same answer a second time writes no row, moves no day and leaves the public number."""
    number = add_indicator(store, PEOPLE)
    told = [reading("2024", 105000.0), reading("2025", None, status="Ej inrapporterat")]
    assert put_readings(store, number, told, now=NOW) == Stored(new=2)
    before, revision = series(store, number, missing=True), public_revision(store)
    assert put_readings(store, number, told, now=NOW + DAY) == Stored(unchanged=2)
    assert series(store, number, missing=True) == before
    assert public_revision(store) == revision
    assert get_indicator(store, number).changed_at == NOW


def test_a_revised_value_ends_the_one_before(store: Store) -> None:
    """Another value is a new row; the earlier one says until when it was what was known."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 105000.0, preliminary=True)], now=NOW)
    revision = public_revision(store)
    assert put_readings(store, number, [reading("2024", 105321.0)], now=NOW + DAY) == Stored(revised=1)
    first, second = revisions(store, number, "1380", Sex.TOTAL, "2024")
    assert (first.value, first.known_from, first.known_to) == (105000.0, NOW, NOW + DAY)
    assert (second.value, second.known_from, second.known_to) == (105321.0, NOW + DAY, None)
    assert first.preliminary
    assert not second.preliminary
    assert values(store, number) == [("2024", 105321.0)]
    assert public_revision(store) == revision + 1
    assert get_indicator(store, number).changed_at == NOW + DAY


def test_what_was_known_then_can_be_read(store: Store) -> None:
    """A series asked for as of a day has the values of that day, and nothing that came later."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW)
    put_readings(store, number, [reading("2024", 2.5), reading("2025", 3.0)], now=NOW + DAY)
    put_readings(store, number, [reading("2023", None, deleted=True)], now=NOW + 2 * DAY)
    assert values(store, number, known_at=NOW - DAY) == []
    assert values(store, number, known_at=NOW) == [("2023", 1.0), ("2024", 2.0)]
    assert values(store, number, known_at=NOW + DAY) == [("2023", 1.0), ("2024", 2.5), ("2025", 3.0)]
    assert values(store, number) == [("2024", 2.5), ("2025", 3.0)]


def test_a_value_that_is_missing_is_not_zero(store: Store) -> None:
    """It is kept as none, with its status, and shown only to who asks for what is missing."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 0.0), reading("2025", None, status="Sekretess")], now=NOW)
    assert values(store, number) == [("2024", 0.0)]
    (zero, none) = series(store, number, missing=True)
    assert (zero.value, none.value, none.status) == (0.0, None, "Sekretess")
    assert put_readings(store, number, [reading("2025", 0.0)], now=NOW + DAY) == Stored(revised=1)


def test_what_its_source_took_away_is_marked_and_kept(store: Store) -> None:
    """A deletion is a row of its own; the value that was known stands before it, and may come back."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 7.0)], now=NOW)
    gone = reading("2024", 7.0, deleted=True)
    assert put_readings(store, number, [gone], now=NOW + DAY) == Stored(deleted=1)
    assert put_readings(store, number, [gone], now=NOW + 2 * DAY) == Stored(unchanged=1)
    assert series(store, number, missing=True) == []
    assert put_readings(store, number, [reading("2024", 8.0)], now=NOW + 3 * DAY) == Stored(new=1)
    found = revisions(store, number, "1380", Sex.TOTAL, "2024")
    assert [(each.value, each.deleted) for each in found] == [(7.0, False), (None, True), (8.0, False)]


def test_a_deletion_of_what_was_never_known_is_nothing(sqlite_store: Store) -> None:
    """A source may list what it took away before we came; no row is made of it."""
    number = add_indicator(sqlite_store, PEOPLE)
    assert put_readings(sqlite_store, number, [reading("2024", 7.0, deleted=True)], now=NOW) == Stored(unchanged=1)
    assert revisions(sqlite_store, number, "1380", Sex.TOTAL, "2024") == []


def test_a_whole_answer_takes_away_what_it_does_not_tell(store: Store) -> None:
    """Of the areas and sexes it told; what it was silent about altogether stays."""
    number = add_indicator(store, PEOPLE)
    women = reading("2023", 5.0, sex=Sex.WOMEN)
    region = reading("2023", 9.0, area="13")
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0), women, region], now=NOW)
    assert put_readings(store, number, [reading("2024", 2.0)], now=NOW + DAY) == Stored(unchanged=1)
    done = put_readings(store, number, [reading("2024", 2.0)], now=NOW + DAY, whole=True)
    assert done == Stored(unchanged=1, deleted=1)
    assert values(store, number) == [("2023", 9.0), ("2024", 2.0)]
    assert values(store, number, sex=Sex.WOMEN) == [("2023", 5.0)]


def test_a_whole_answer_about_named_areas_takes_away_all_it_left_out(sqlite_store: Store) -> None:
    """An area or a sex that the source tells nothing of any more is taken away too where it was asked for."""
    store = sqlite_store
    number = add_indicator(store, PEOPLE)
    others = [reading("2023", 5.0, sex=Sex.WOMEN), reading("2023", 9.0, area="13"), reading("2023", 4.0, area="00")]
    put_readings(store, number, [reading("2023", 1.0), *others], now=NOW)
    done = put_readings(store, number, [reading("2023", 1.0)], now=NOW + DAY, whole=True, areas=("1380", "13"))
    assert done == Stored(unchanged=1, deleted=2)
    assert [each.area for each in series(store, number, sex=None)] == ["00", "1380"]


def test_a_thousand_values_take_a_handful_of_statements(store: Store) -> None:
    """However many values come, the database is asked the same few times."""
    number = add_indicator(store, PEOPLE)
    many = [reading(str(year), float(year), area=f"{area:04}") for year in range(1990, 2025) for area in range(100)]
    with counted(store) as first:
        put_readings(store, number, many, now=NOW)
    revised = [reading(each.period, 1.0, area=each.area) for each in many[::2]]
    with counted(store) as second:
        done = put_readings(store, number, revised, now=NOW + DAY)
    assert done.revised == len(revised)
    begins = [each for each in [*first, *second] if not each.startswith("INSERT INTO measurement")]
    assert len(begins) <= 12


def test_two_in_one_moment_stand_one_after_the_other(store: Store) -> None:
    """A value revised in the very moment in which it came, or by a clock put back, is still known after it."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 1.0)], now=NOW)
    put_readings(store, number, [reading("2024", 2.0)], now=NOW)
    put_readings(store, number, [reading("2024", 3.0)], now=NOW - DAY)
    found = revisions(store, number, "1380", Sex.TOTAL, "2024")
    assert [each.value for each in found] == [1.0, 2.0, 3.0]
    assert all(one.known_to == two.known_from > one.known_from for one, two in itertools.pairwise(found))
    assert values(store, number) == [("2024", 3.0)]


def test_of_one_value_told_twice_the_last_counts(sqlite_store: Store) -> None:
    """Pages may overlap: the same value twice in an answer is one value."""
    number = add_indicator(sqlite_store, PEOPLE)
    put_readings(sqlite_store, number, [reading("2024", 1.0), reading("2024", 2.0)], now=NOW)
    assert values(sqlite_store, number) == [("2024", 2.0)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(sqlite_store: Store, value: float) -> None:
    """It would be revised for ever, since it never equals itself; nothing of that answer is stored."""
    number = add_indicator(sqlite_store, PEOPLE)
    with pytest.raises(ValueError, match="no number"):
        put_readings(sqlite_store, number, [reading("2023", 1.0), reading("2024", value)], now=NOW)
    assert values(sqlite_store, number) == []


def test_an_unknown_indicator_is_named(store: Store) -> None:
    """Values of an indicator that is not there are refused."""
    with pytest.raises(NotFoundError, match="indicator_missing"):
        put_readings(store, 99, [reading("2024", 1.0)], now=NOW)
    with pytest.raises(NotFoundError, match="indicator_missing"):
        get_indicator(store, 99)


def test_a_rehearsal_tells_and_stores_nothing(sqlite_store: Store) -> None:
    """What would be new, revised and taken away is counted, and nothing is written."""
    number = add_indicator(sqlite_store, PEOPLE)
    put_readings(sqlite_store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW)
    told = [reading("2024", 2.5), reading("2025", 3.0)]
    done = rehearse_readings(sqlite_store, number, told, now=NOW, whole=True)
    assert done == Stored(new=1, revised=1, deleted=1)
    assert values(sqlite_store, number) == [("2023", 1.0), ("2024", 2.0)]


def test_a_figure_that_moved_is_found_once(store: Store) -> None:
    """A new period or a revised newest one has moved; a first reading, and old years put right, have not."""
    moved, first, old = (
        add_indicator(store, Indicator(code=code, title=code, areas=("1380",))) for code in ("a", "b", "c")
    )
    put_readings(store, moved, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW)
    put_readings(store, old, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW)
    put_readings(store, moved, [reading("2024", 2.5), reading("2025", 3.0)], now=NOW + DAY)
    put_readings(store, first, [reading("2024", 2.0)], now=NOW + DAY)
    put_readings(store, old, [reading("2023", 1.5)], now=NOW + DAY)
    found = moved_since(store, "hallandvaxer", NOW)
    assert [(each.indicator, each.period, each.value) for each in found] == [(moved, "2025", 3.0)]
    assert moved_since(store, "hallandvaxer", NOW + DAY) == []


def test_indicators_are_listed_as_their_documents_say(store: Store) -> None:
    """The wording is read back whole; ended and hidden ones only where they are asked for."""
    number = add_indicator(store, PEOPLE)
    hidden = add_indicator(store, Indicator(code="M2", title="Dold", public=False), due=None)
    ended = add_indicator(store, Indicator(code="M3", title="Slut"), strategy="gammal")
    with store.write() as connection:
        connection.execute(update(schema.indicator).where(schema.indicator.c.id == ended).values(ended_at=NOW))
    assert [each.id for each in list_indicators(store, "hallandvaxer")] == [number, hidden]
    assert list_indicators(store, "hallandvaxer")[0].wording == PEOPLE
    assert [each.id for each in list_indicators(store, "hallandvaxer", public=True)] == [number]
    assert [each.id for each in list_indicators(store, "hallandvaxer", "gammal", ended=True)] == [ended]
    assert [each.id for each in find_indicators(store, "plan/m1")] == [number]
    assert find_indicators(store, "M3") == []


def test_an_indicator_is_taken_by_one_at_a_time(store: Store) -> None:
    """What is due is given to one asker; another gets it only when the claim has run out."""
    number = add_indicator(store, PEOPLE)
    add_indicator(store, Indicator(code="later", title="Senare"), due=NOW + DAY)
    add_indicator(store, Indicator(code="hand", title="För hand"), due=None)
    assert any_due(store, now=NOW)
    assert [each.id for each in claim_indicators(store, now=NOW)] == [number]
    assert claim_indicators(store, now=NOW) == []
    assert claim_indicators(store, now=NOW, ids=[number]) == []
    assert not any_due(store, now=NOW)
    assert [each.id for each in claim_indicators(store, now=NOW + TERM)] == [number]
    free_indicators(store, [number])
    assert [each.id for each in claim_indicators(store, now=NOW + TERM)] == [number]


def test_how_asking_went_is_kept(store: Store) -> None:
    """A failure counts and tells why; a good asking clears both, and what was told stays."""
    number = add_indicator(store, PEOPLE)
    claim_indicators(store, now=NOW)
    error = CollectError("http_server", host="exempel.se", status=500)
    note_asked(store, number, now=NOW, next_attempt_at=NOW + DAY, error=error, told="Invånare totalt, antal")
    (found,) = failing_indicators(store)
    assert (found.failures, found.error and found.error["key"], found.next_attempt_at) == (1, "http_server", NOW + DAY)
    assert claim_indicators(store, now=NOW) == []
    note_asked(store, number, now=NOW + DAY, next_attempt_at=NOW + 2 * DAY, cursor={"whole_at": "x"})
    found = get_indicator(store, number)
    assert (found.failures, found.error, found.last_ok_at) == (0, None, NOW + DAY)
    assert (found.told, found.cursor) == ("Invånare totalt, antal", {"whole_at": "x"})


def test_one_that_ended_meanwhile_is_not_planned_again(sqlite_store: Store) -> None:
    """A new version of the strategy may end an indicator while its source is being asked."""
    number = add_indicator(sqlite_store, PEOPLE)
    claim_indicators(sqlite_store, now=NOW)
    with sqlite_store.write() as connection:
        connection.execute(update(schema.indicator).values(ended_at=NOW, next_attempt_at=None))
    note_asked(sqlite_store, number, now=NOW, next_attempt_at=NOW + DAY)
    assert get_indicator(sqlite_store, number).next_attempt_at is None


def test_one_that_is_asked_otherwise_since_keeps_its_plan(store: Store) -> None:
    """A new version of the strategy that asks something else is asked at once, whatever the old asking planned."""
    number = add_indicator(store, PEOPLE)
    (taken,) = claim_indicators(store, now=NOW)
    with store.write() as connection:
        connection.execute(update(schema.indicator).values(asked_hash="another", next_attempt_at=NOW))
    note_asked(store, number, now=NOW, next_attempt_at=NOW + DAY, asked_hash=taken.asked_hash)
    assert get_indicator(store, number).next_attempt_at == NOW
