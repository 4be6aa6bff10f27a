"""Freezing while others write, erase and upgrade: a point is of one moment, and holds nothing erased."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, event, update
from sqlalchemy.exc import IntegrityError

import test_storage_upgrade as upgrades
from campaign.comparison import compare
from campaign.figures import Reading
from campaign.settings import StorageSettings
from conftest import NOW
from frozen import STRATEGY, frozen, lay, person
from storage import schema
from storage.backup import backup, restore
from storage.engine import _alembic, upgrade
from storage.measurements import put_readings
from storage.snapshots import content, erase_story, parts, verify
from storage.store import Store, open_store
from storage.strategy import load_strategy

LATER = NOW + timedelta(days=1)

older = upgrades.old


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


@pytest.mark.parametrize("start", ["0001", "0002"])
def test_points_are_kept_in_a_database_that_was_upgraded_and_in_its_copy(
    store: Store, older: Engine, start: str, tmp_path: Path
) -> None:
    """The database itself refuses to change a point after an upgrade with rows, and after restoring a backup."""
    if start == "0002":
        with older.connect().execution_options(skord_writes=True) as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, start)
            connection.commit()
    load_strategy(store, "hallandvaxer", replace(STRATEGY, indicators=()), now=NOW)
    upgrades._copied(store, older)
    upgrade(older)
    url = older.url.render_as_string(hide_password=False)
    upgraded = open_store(url, media=tmp_path / "m", secret=b"x")
    lay(upgraded)
    point = frozen(upgraded)
    refused(upgraded)
    upgraded.close()
    if store.dialect == "sqlite":
        settings = StorageSettings(url=url, media=tmp_path / "m")
        restore(backup(settings, tmp_path / "copies", now=NOW), settings, now=NOW)
        restored = open_store(url, media=tmp_path / "m", secret=b"x")
        refused(restored)
        assert verify(restored, point.id).whole
        restored.close()


def refused(store: Store) -> None:
    part = schema.snapshot_part
    erased = {"body": None, "erased_at": LATER, "erased_why": "Begärt"}
    for change in (
        part.delete(),
        part.update().values(body="{}"),
        part.update().values(sha256="0"),
        part.update().values(body=None),
        part.update().where(part.c.story_id.is_not(None)).values(**erased, story_id=None),
    ):
        with pytest.raises(IntegrityError, match="frozen"), store.write() as connection:
            connection.execute(change)


def test_an_erasure_is_told_once_and_for_good(store: Store) -> None:
    """Why and when something was erased is changed by nothing, nor by a later request about the same."""
    laid = lay(store)
    made = frozen(store)
    by = person(store)
    assert erase_story(store, laid.stories[0], why="Begärt", by=by, now=LATER) == 1
    assert erase_story(store, laid.stories[0], why="Igen", by=by, now=LATER + timedelta(days=1)) == 0
    part = schema.snapshot_part
    with pytest.raises(IntegrityError, match="frozen"), store.write() as connection:
        connection.execute(part.update().where(part.c.body.is_(None)).values(erased_why="Annat"))
    assert [each.erased_why for each in parts(store, made.id) if each.body is None] == ["Begärt"]
