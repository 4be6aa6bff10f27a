"""A database of the first release, with everything people did in it, upgraded: nothing lost, all of it usable."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Column, Engine, MetaData, Table, func, insert, select, text

from builders import account, approved, candidate, ingest, newest, node, picture, story
from campaign.flags import Flag
from campaign.newsletter import Why
from campaign.periods import Week
from campaign.records import Review, Right, Role, Use
from campaign.settings import StorageSettings
from conftest import NOW
from storage import schema
from storage.backup import backup, restore
from storage.cases import open_case
from storage.decisions import Action, decide
from storage.engine import Standing, _alembic, make_engine, standing, upgrade
from storage.evidence import attach
from storage.flags import set_flag
from storage.issue_edits import NewItem, Schedule, save_draft
from storage.issue_states import approve, freeze
from storage.merging import join
from storage.notes import add_note
from storage.people import list_accounts
from storage.rights import set_right
from storage.store import JOB, Actor, Store, open_store
from storage.stories import get_stories
from storage.undoing import undo

LATER = NOW + timedelta(days=2)


@pytest.fixture
def old(store: Store, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database as the first migration alone makes it, of the same kind as the store."""
    if store.dialect == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
        yield _first(engine)
        engine.dispose()
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t{uuid.uuid4().hex}"
    admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = make_engine(server.replace("/postgres?", f"/{name}?"))
    yield _first(engine)
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _first(engine: Engine) -> Engine:
    with engine.connect().execution_options(skord_writes=True) as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id = {0x536B7264}")
            connection.commit()
    return engine


def _lived(store: Store) -> tuple[int, str]:
    """Do what people did with the first release; return a story that was hidden and the press."""
    by = Actor(kind="person", account_id=account(store))
    told = approved(store, media=(picture(),), by=by)
    set_right(store, told.lead.media[0].id, Right.PERMISSION, right_from="Kim", by=by, now=NOW)
    attach(store, told.id, node(store), by=by, now=NOW)
    one, other = story(store), story(store)
    join(store, one.id, other.id, by=by, now=NOW)
    edited = candidate(text="Först så. #hallandväxer")
    ingest(store, edited)
    ingest(store, candidate(identity=edited.identity, text="Sedan så. #hallandväxer"))
    issue = save_draft(
        store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=told.id, section="", position=0, reason=Why(key="approved"))],
    )  # fmt: skip
    approve(store, issue.id, "hash", by=by, now=NOW, changes=issue.changes)
    freeze(
        store, issue.id, content="hash", letter={"sections": [{"items": [{"story_id": told.id, "title": "Cykel"}]}]},
        renders={"master": b"m"}, now=NOW, by=JOB,
    )  # fmt: skip
    open_case(store, "hallandvaxer", now=NOW, story_id=told.id, message="Det är jag.")
    hidden = story(store)
    return hidden.id, decide(store, hidden.id, Action.HIDE, by=by, now=NOW).group


def _copied(store: Store, old: Engine) -> dict[str, list[dict[str, Any]]]:
    """Put the rows of a store into the older database, as far as it has columns for them; return what it holds."""
    there = MetaData()
    there.reflect(old, only=lambda name, _: name in schema.metadata.tables)
    with store.read() as connection, old.connect().execution_options(skord_writes=True) as into:
        if old.dialect.name == "sqlite":
            into.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            into.exec_driver_sql("SET session_replication_role = replica")
        for name, table in there.tables.items():
            columns = [schema.metadata.tables[name].c[column.name] for column in table.c]
            rows = [dict(row) for row in connection.execute(select(*columns)).mappings()]
            into.execute(table.delete())
            if rows:
                into.execute(insert(_older(name, columns)), rows)
            if old.dialect.name != "sqlite" and rows and isinstance(rows[0].get("id"), int) and name != "revision":
                into.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))
        into.commit()
    return _held(old, {name: [column.name for column in table.c] for name, table in there.tables.items()})


def _older(name: str, columns: list[Any]) -> Table:
    """A table as it was, with the types that we read and write."""
    return Table(name, MetaData(), *(Column(each.name, each.type) for each in columns))


def _held(engine: Engine, columns: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            name: sorted(
                (
                    dict(row)
                    for row in connection.execute(
                        select(*(schema.metadata.tables[name].c[each] for each in names))
                    ).mappings()
                ),
                key=repr,
            )
            for name, names in columns.items()
        }


def test_what_people_did_before_survives_the_upgrade_and_can_be_worked_with(
    store: Store, old: Engine, tmp_path: Path
) -> None:
    """Every row and column stands as before, no key points nowhere, and old presses can be undone."""
    hidden, press = _lived(store)
    before = _copied(store, old)
    assert all(before[name] for name in ("post", "version", "decision", "media", "account", "issue", "person_case"))
    assert standing(old) is Standing.OLDER
    upgrade(old)
    assert standing(old) is Standing.CURRENT
    assert _held(old, {name: list(rows[0]) for name, rows in before.items() if rows}) == {
        name: rows for name, rows in before.items() if rows
    }
    if old.dialect.name == "sqlite":
        with old.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    _worked_with(old, tmp_path, hidden, press)


def _worked_with(old: Engine, tmp_path: Path, hidden: int, press: str) -> None:
    upgraded = open_store(old.url.render_as_string(hide_password=False), media=tmp_path / "m", secret=b"x")
    by = Actor(kind="person", account_id=account(upgraded))
    assert [each.role for each in list_accounts(upgraded)] == [Role.EDITOR]
    undo(upgraded, press, by=by, now=LATER)
    assert get_stories(upgraded, [hidden], public=False)[0].review is Review.NEW
    shown = next(each for each in newest(upgraded) if each.review is Review.APPROVED)
    assert shown.lead.media[0].right is Right.PERMISSION
    assert set(shown.lead.media[0].right_uses) == set(Use)
    set_flag(upgraded, hidden, Flag.CHILD, on=True, by=by, now=LATER)
    add_note(upgraded, hidden, "Ringde.", by=by, now=LATER)
    decide(upgraded, shown.id, Action.HIDE, by=by, now=LATER)
    with upgraded.read() as connection:
        told = connection.execute(select(schema.correction.c.kind)).scalars().all()
    assert told == ["withdrawn"]
    upgraded.close()


def test_a_backup_of_the_first_release_is_restored_and_then_upgraded(sqlite_store: Store, tmp_path: Path) -> None:
    """What was copied before the upgrade is whole after restoring it and upgrading that."""
    hidden, press = _lived(sqlite_store)
    old = _first(make_engine(f"sqlite:///{tmp_path / 'old.db'}"))
    _copied(sqlite_store, old)
    old.dispose()
    settings = StorageSettings(url=f"sqlite:///{tmp_path / 'old.db'}", media=tmp_path / "m")
    copy = backup(settings, tmp_path / "copies", now=NOW)
    upgrade(old)
    old.dispose()
    restore(copy, settings, now=NOW)
    assert standing(old) is Standing.OLDER
    upgrade(old)
    with old.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.execute(select(func.count()).select_from(schema.post)).scalar_one() == 5
    _worked_with(old, tmp_path, hidden, press)
    old.dispose()


def test_open_letters_of_before_know_their_domain(old: Engine) -> None:
    """A letter that waited when the columns came keeps its place, and is paced by its receiver's domain."""
    at = "2026-11-20 07:00:00.000000" if old.dialect.name == "sqlite" else NOW
    rows = (
        "INSERT INTO campaign (id, name, created_at) VALUES ('k', 'K', :at)",
        "INSERT INTO subscriber (id, campaign, newsletter, email, email_key, state, language, token, created_at)"
        " VALUES (7, 'k', 'v', 'A@Example.se', 'a@example.se', 'active', 'sv', 'tok', :at)",
        "INSERT INTO issue (id, campaign, newsletter, number, year, week, state, selected_to, drafted_at, send_at,"
        " selection) VALUES (5, 'k', 'v', 1, 2026, 47, 'sending', :at, :at, :at, '{}')",
        "INSERT INTO delivery (id, campaign, issue_id, subscriber_id, address, state, not_before_at, message_id)"
        " VALUES (9, 'k', 5, 7, 'A@Example.se', 'deferred', :at, '<m>')",
    )
    with old.connect().execution_options(skord_writes=True) as connection:
        for row in rows:
            connection.execute(text(row), {"at": at} if ":at" in row else {})
        connection.commit()
    upgrade(old)
    with old.connect() as connection:
        assert connection.execute(text("SELECT id, domain FROM delivery")).one() == (9, "example.se")
