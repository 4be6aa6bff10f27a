"""Copies of an SQLite database with its pictures: made while everything runs, proved, put back.

PostgreSQL has better tools of its own (pg_dump, pg_basebackup); for it these functions say so.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaign.errors import StorageError
from campaign.settings import StorageSettings
from storage.engine import Standing, make_engine, sqlite_path, standing

_NAME = "skord.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a backup was found to hold, after its every page was checked."""

    posts: int
    stories: int
    pictures: int


def backup(storage: StorageSettings, folder: Path, *, now: datetime) -> Path:
    """Write a consistent copy into a new folder below ``folder`` and return it.

    The copy is one moment of the database, whatever is written meanwhile; it is proved before the path is returned.
    Raises StorageError ``backup_postgresql`` where the database is not a file, ``backup_unwritable``.
    """
    path = _file_of(storage)
    if standing(make_engine(storage.url)) is Standing.ABSENT:
        raise StorageError("database_missing", where=str(path))
    target = folder / now.astimezone(UTC).strftime("skord-%Y%m%dT%H%M%SZ")
    try:
        target.mkdir(mode=0o700, parents=True)  # it holds addresses and accounts
        source, copy = sqlite3.connect(path), sqlite3.connect(target / _NAME)
        with source, copy:
            source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        source.close()
        copy.close()
        if storage.media.is_dir():
            shutil.copytree(storage.media, target / "media")
    except OSError as problem:
        raise StorageError("backup_unwritable", where=str(target)) from problem
    verify(target)
    return target


def verify(copy: Path) -> Proof:
    """Read every page of a backup and count what it holds. Raises StorageError where it could not be restored."""
    path = copy / _NAME
    if standing(make_engine(f"sqlite:///{path}")) is Standing.ABSENT:
        raise StorageError("database_missing", where=str(path))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise StorageError("database_damaged", where=str(path))
        posts = connection.execute("SELECT count(*) FROM post").fetchone()[0]
        stories = connection.execute("SELECT count(*) FROM story").fetchone()[0]
        wanted = [row[0] for row in connection.execute("SELECT DISTINCT file FROM media WHERE file IS NOT NULL")]
    finally:
        connection.close()
    return Proof(posts=posts, stories=stories, pictures=len(wanted))


def restore(copy: Path, storage: StorageSettings, *, now: datetime) -> Path | None:
    """Put a proved backup in place of the database; what stood there is kept beside it, and its path returned.

    Letters: the restored database knows nothing of deliveries made since the backup, so its sending lease carries
    a new epoch and every issue that was approved or being sent waits for a person.
    """
    verify(copy)
    path = _file_of(storage)
    kept = None
    if path.exists():
        kept = path.with_name(f"{path.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        path.replace(kept)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(copy / _NAME, path)
    _hold_letters(path)
    if (copy / "media").is_dir():
        shutil.copytree(copy / "media", storage.media, dirs_exist_ok=True)
    return kept


def _hold_letters(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE lease SET holder = '', epoch = epoch + 1 WHERE name = 'outbox'")
        connection.execute(
            "UPDATE delivery SET state = 'uncertain', worker = NULL, reply_text = 'restored from a backup' "
            "WHERE state IN ('queued', 'claimed', 'sending', 'deferred')"
        )
        connection.execute(
            "UPDATE issue SET approved_at = NULL, approved_by = NULL, approved_hash = NULL, state = 'draft' "
            "WHERE state = 'approved'"
        )
        # One that was being sent waits too: where its rows were not all made, nobody knows who got it since.
        connection.execute(
            """UPDATE issue SET state = 'paused', why = '{"key": "copy", "facts": {}}' WHERE state = 'sending'"""
        )
    connection.close()


def _file_of(storage: StorageSettings) -> Path:
    path = sqlite_path(storage.url)
    if path is None:
        raise StorageError("backup_postgresql")
    return path
