"""A copy of the database, wherever it stands, sends nothing until a person says that it is the one."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from builders import account
from campaign.newsletter import DeliveryState, IssueState
from campaign.settings import StorageSettings
from digest import desk
from digest.work import tick
from servers import MailSink
from storage import issues, schema, senders
from storage import outbox as rows
from storage.backup import backup, restore
from storage.deliveries import balance, list_deliveries
from storage.store import Actor, Store, open_store
from test_digest_outbox import NOW, ready, run, site, states


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Store]:
    """The store of a file that a test put somewhere."""
    with contextlib.closing(
        open_store(f"sqlite:///{path}", media=path.parent / "media", secret=b"test secret, never used elsewhere")
    ) as store:
        yield store


def copied(store: Store, to: Path) -> Path:
    """A copy of a store's file, whole at one moment."""
    to.parent.mkdir(exist_ok=True)
    source, target = sqlite3.connect(str(store.engine.url.database)), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return to


@pytest.mark.parametrize("planned", [True, False])
def test_copy_elsewhere_sends_nothing_and_says_why(sqlite_store: Store, tmp_path: Path, planned: bool) -> None:
    """The original goes on; the copy pauses what was on its way, whether or not its rows were made."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=4)
        assert senders.may_send(sqlite_store, now=NOW)
        if planned:
            rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
        with opened(copied(sqlite_store, tmp_path / "elsewhere" / "skord.db")) as copy:
            report = run(copy, made)
            assert (report.copy, report.paused, sink.letters) == (True, [issue.id], [])
            found = issues.get_issue(copy, issue.id)
            assert found.state is IssueState.PAUSED
            assert found.why is not None
            assert found.why.key == "copy"
            desk.resume(copy, made, issue.id, by=Actor(kind="person", account_id=account(copy)), now=NOW)
            assert run(copy, made).copy
        assert sink.letters == []
        assert not run(sqlite_store, made).copy
        assert len(sink.letters) == 4


def test_who_confirms_a_copy_settles_what_may_have_left_already(sqlite_store: Store, tmp_path: Path) -> None:
    """Letters that waited are in doubt, none goes by itself, the decision stands in the trail with who took it."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=4)
        assert senders.may_send(sqlite_store, now=NOW)
        rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
        with opened(copied(sqlite_store, tmp_path / "elsewhere" / "skord.db")) as copy:
            by = Actor(kind="person", account_id=account(copy))
            assert senders.confirm(copy, by=by, now=NOW) == 4
            assert senders.confirm(copy, by=by, now=NOW) == 0
            assert not senders.is_copy(copy)
            desk.resume(copy, made, issue.id, by=by, now=NOW)
            run(copy, made)
            assert sink.letters == []
            assert states(copy, issue) == {"uncertain": 4}
            assert balance(copy, issue.id).holds
            with copy.read() as connection:
                action = schema.decision.c.action == "sender_confirm"
                (told,) = connection.execute(select(schema.decision).where(action)).all()
            assert (told.actor, told.account_id, told.facts) == ("person", by.account_id, {"count": 4})


def test_approved_issue_of_a_copy_is_not_even_frozen(sqlite_store: Store, tmp_path: Path) -> None:
    """Its web copy does not become public where no letter may leave; the editors are told why."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=1)
        assert senders.may_send(sqlite_store, now=NOW)
        with sqlite_store.write() as connection:
            back = {"state": "approved", "sent_from": None, "frozen": None}
            connection.execute(schema.issue.update().values(back))
            connection.execute(schema.issue_render.delete())
        with opened(copied(sqlite_store, tmp_path / "elsewhere" / "skord.db")) as copy:
            tick(copy, made, clock=lambda: NOW)
            found = issues.get_issue(copy, issue.id)
            assert found.state is IssueState.MISSED
            assert found.why is not None
            assert found.why.key == "copy"
        assert "kopia" in sink.letters[-1].message.get_payload(decode=True).decode()


def test_restored_backup_never_sends_by_itself(sqlite_store: Store, tmp_path: Path) -> None:
    """What was on its way when the backup was made waits for a person, planned or not, in the very same place too."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=3)
        assert senders.may_send(sqlite_store, now=NOW)
        storage = StorageSettings(url=f"sqlite:///{tmp_path / 'skord.db'}", media=tmp_path / "media")
        made = replace(made, storage=storage)
        folder = backup(storage, tmp_path / "backups", now=NOW)
        run(sqlite_store, made)
        assert len(sink.letters) == 3
        sqlite_store.engine.dispose()
        restore(folder, storage, now=NOW + timedelta(minutes=1))
        with opened(tmp_path / "skord.db") as restored:
            run(restored, made)
            assert issues.get_issue(restored, issue.id).state is IssueState.PAUSED
            by = Actor(kind="person", account_id=account(restored))
            senders.confirm(restored, by=by, now=NOW)
            run(restored, made)
        assert len(sink.letters) == 3


def test_moved_file_that_is_the_same_one_at_the_same_place_is_no_copy(sqlite_store: Store, tmp_path: Path) -> None:
    """Restarts, and changes of the file's content, ask nobody anything."""
    assert senders.may_send(sqlite_store, now=NOW)
    sqlite_store.engine.dispose()
    with opened(tmp_path / "skord.db") as again:
        assert not senders.is_copy(again)
    shutil.copy(tmp_path / "skord.db", tmp_path / "kept.db")
    shutil.move(tmp_path / "kept.db", tmp_path / "skord.db")
    with opened(tmp_path / "skord.db") as replaced:
        assert senders.is_copy(replaced)


def test_postgresql_database_knows_itself(store: Store) -> None:
    """On both databases the first to send is the one, and stays it."""
    assert senders.may_send(store, now=NOW)
    assert senders.may_send(store, now=NOW)
    assert not senders.is_copy(store)
    with store.write() as connection:
        connection.execute(schema.sender.update().values(fingerprint="another"))
    assert senders.is_copy(store)
    assert not senders.may_send(store, now=NOW)
    assert list_deliveries(store, 1, DeliveryState.SENT) == []
