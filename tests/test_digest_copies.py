"""A copy of the database, wherever it stands, sends nothing until a person says that it is the one."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from builders import account
from campaign.language import Language
from campaign.newsletter import DeliveryState, IssueState
from campaign.settings import StorageSettings
from digest import desk
from digest.subscribe import sign_up
from digest.work import tick
from servers import MailSink
from storage import issues, schema, senders, sending_mark
from storage import outbox as rows
from storage.backup import backup, restore
from storage.deliveries import balance, list_deliveries
from storage.signing_up import to_ask
from storage.store import Actor, Store, open_store
from test_digest_outbox import NOW, ready, run, site, states

ZONE = ZoneInfo("Europe/Stockholm")


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


def test_approved_issue_of_a_copy_is_not_even_frozen(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its web copy does not become public where no letter may leave; the desk and the log say why, no mail does."""
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
        assert sink.letters == []
        assert "looks like a copy" in caplog.text


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


def laid_back(store: Store, tmp_path: Path, *, meanwhile: Callable[[], None]) -> None:
    """An old copy is laid over the database, the very same file at the very same place."""
    copied(store, tmp_path / "thursday" / "skord.db")
    meanwhile()
    store.engine.dispose()
    shutil.copyfile(tmp_path / "thursday" / "skord.db", tmp_path / "skord.db")
    for left in tmp_path.glob("skord.db-*"):
        left.unlink()


def test_copy_asks_nobody_to_confirm_and_tells_nobody_anything(sqlite_store: Store, tmp_path: Path) -> None:
    """Who signed up before the copy was made is asked by the original alone; once confirmed, the copy does its part."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        letter = made.newsletters["veckobrevet"]
        sign_up(sqlite_store, made, letter, "eva@example.se", language=Language("sv", ZONE), now=NOW)
        # What sends for the first time is a confirmation: from then on this is the one.
        tick(sqlite_store, made, clock=lambda: NOW)
        assert [each.recipients for each in sink.letters] == [["eva@example.se"]]
        sign_up(sqlite_store, made, letter, "bo@example.se", language=Language("sv", ZONE), now=NOW)
        with opened(copied(sqlite_store, tmp_path / "elsewhere" / "skord.db")) as copy:
            tick(copy, made, clock=lambda: NOW)
            assert len(sink.letters) == 1
            assert [each.email for each in to_ask(copy, letter.id)] == ["bo@example.se"]
            senders.confirm(copy, by=Actor(kind="person", account_id=account(copy)), now=NOW)
            tick(copy, made, clock=lambda: NOW)
            assert [each.recipients for each in sink.letters[1:]] == [["bo@example.se"]]


@pytest.mark.parametrize("first", [True, False])
def test_old_file_laid_back_in_place_sends_nothing_twice(sqlite_store: Store, tmp_path: Path, first: bool) -> None:
    """What left since is known outside the database, whether or not letters had left before; a person settles it."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=3)
        if first:
            assert senders.may_send(sqlite_store, now=NOW)
        laid_back(sqlite_store, tmp_path, meanwhile=lambda: run(sqlite_store, made) and None)
        assert len(sink.letters) == 3
        with opened(tmp_path / "skord.db") as old:
            assert senders.is_copy(old)
            assert run(old, made).copy
            assert issues.get_issue(old, issue.id).state is IssueState.PAUSED
            senders.confirm(old, by=Actor(kind="person", account_id=account(old)), now=NOW)
            assert not senders.is_copy(old)
            assert senders.may_send(old, now=NOW)
        assert len(sink.letters) == 3


def test_database_rolled_back_behind_the_file_is_a_copy_until_confirmed(store: Store) -> None:
    """On both databases the number outside counts; confirming goes beyond it, so the other one stays behind."""
    assert senders.may_send(store, now=NOW)
    for _ in range(3):
        senders.advance(store)
    highest = sending_mark.read(store)
    assert highest == 4
    with store.write() as connection:
        connection.execute(schema.sender.update().values(epoch=2))
    assert senders.is_copy(store)
    assert not senders.may_send(store, now=NOW)
    senders.confirm(store, by=Actor(kind="person", account_id=account(store)), now=NOW)
    assert not senders.is_copy(store)
    assert (sending_mark.read(store) or 0) > highest


@pytest.mark.parametrize("words", [None, "", "rubbish"])
def test_missing_file_is_made_anew_and_told(store: Store, caplog: pytest.LogCaptureFixture, words: str | None) -> None:
    """A lost or damaged file stops nobody."""
    assert senders.may_send(store, now=NOW)
    senders.advance(store)
    assert "made anew" not in caplog.text
    file = sending_mark.path_of(store)
    file.unlink() if words is None else file.write_text(words)
    assert not senders.is_copy(store)
    assert senders.may_send(store, now=NOW)
    assert "made anew" in caplog.text
    assert sending_mark.read(store) == 2


def test_folder_that_cannot_be_written_is_told_and_stops_nobody(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Sending goes on; the log says what is not guarded."""
    (tmp_path / "sending-epoch.part").mkdir()
    assert senders.may_send(sqlite_store, now=NOW)
    assert "cannot be written" in caplog.text


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
