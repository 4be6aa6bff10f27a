"""Freezing while others write, erase and upgrade: a point is of one moment, and holds nothing erased."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import event, update

from campaign.comparison import compare
from campaign.figures import Reading
from conftest import NOW
from frozen import frozen, lay, person
from storage import schema
from storage.measurements import put_readings
from storage.snapshots import content, erase_story, parts, verify
from storage.store import Store

LATER = NOW + timedelta(days=1)


@contextmanager
def before_writing(store: Store, act: Callable[[], Any]) -> Iterator[None]:
    """Let another do something after the picture was read, and before the first row of the point is written."""
    done = threading.Event()

    def hear(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO snapshot ") and not done.is_set():
            done.set()
            other = threading.Thread(target=act)
            other.start()
            other.join(0.2 if store.dialect == "sqlite" else 2)  # it may have to wait for us
            threads.append(other)

    threads: list[threading.Thread] = []
    event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", hear)
        for each in threads:
            each.join()
    assert done.is_set()


def test_what_is_erased_while_a_point_is_frozen_is_erased_in_it_too(store: Store) -> None:
    """A request that is met at the very moment of freezing leaves the words in no point."""
    laid = lay(store)
    first = frozen(store)
    by = person(store)
    with before_writing(store, partial(erase_story, store, laid.stories[0], why="Begärt", by=by, now=LATER)):
        second = frozen(store, title="Mitt i")
    for point in (first, second):
        told = [part.body for part in parts(store, point.id) if part.story == laid.stories[0]]
        assert told == [None]
        assert verify(store, point.id).whole


def test_a_point_is_of_one_moment_while_figures_come_and_stories_change(store: Store) -> None:
    """Values that come while it is frozen are all in it or none, and the story that is touched keeps nobody out."""
    laid = lay(store)

    def meanwhile() -> None:
        told = [Reading(area="17", period=str(year), value=1.0) for year in range(2018, 2026)]
        put_readings(store, laid.indicators["sysselsatta"], told, now=LATER)
        with store.write() as connection:
            connection.execute(update(schema.story).values(rank=1))

    with before_writing(store, meanwhile):
        made = frozen(store)
    found = {each.value for each in content(store, made.id).values if each.sex == "total" and each.value is not None}
    assert 1.0 not in found
    assert verify(store, made.id).whole


def test_a_strategy_without_any_part_can_be_frozen(store: Store) -> None:
    """A strategy of an older program, of which nothing is left in force, is a point with a head alone."""
    lay(store)
    with store.write() as connection:
        connection.execute(update(schema.node).values(ended_at=NOW))
        connection.execute(update(schema.indicator).values(ended_at=NOW))
    made = frozen(store)
    assert made.parts == 1
    assert verify(store, made.id).whole
    assert compare(content(store, made.id), content(store, made.id)).rows == ()


def test_a_day_before_everything_holds_no_value_and_no_story(store: Store) -> None:
    """A point of a day before the period and every value is frozen, and is empty but for the strategy."""
    lay(store)
    told = content(store, frozen(store, as_of=date(2001, 1, 1)).id)
    assert (told.values, told.evidence) == ((), ())
    assert told.nodes
