"""Watches whether anything public changed, cheaply enough to ask before every page."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable

from sqlalchemy import event

from storage.engine import sqlite_path
from storage.store import Store, public_revision

#: How long PostgreSQL's answer is believed while this process itself writes nothing.
_BELIEVED_SECONDS = 0.25


class PublicRevision:
    """The number that rises with every public change, asked thousands of times a second.

    SQLite tells in microseconds that no connection has committed since; on PostgreSQL our own commits are noticed
    at once, those of other processes within a quarter of a second. Threads may share it; ``close`` it once.
    """

    def __init__(self, store: Store, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: int | None = None
        self._seen: object = None
        self._dirty = True
        path = sqlite_path(store.engine.url)
        self._sqlite = sqlite3.connect(path, check_same_thread=False, isolation_level=None) if path else None
        event.listen(store.engine, "commit", self._committed)

    def _committed(self, connection: object) -> None:  # noqa: ARG002 - what the event hands over
        self._dirty = True

    def now(self) -> int:
        """Return the revision as it is. Raises StorageError where the database cannot be used."""
        with self._lock:
            mark = self._mark()
            if self._known is None or self._dirty or mark != self._seen:
                # Marked clean before it is read: a commit in between is looked at the next time.
                self._dirty = False
                self._seen = mark
                self._known = public_revision(self._store)
            return self._known

    def _mark(self) -> object:
        if self._sqlite is not None:
            return self._sqlite.execute("PRAGMA data_version").fetchone()[0]
        return int(self._monotonic() / _BELIEVED_SECONDS)

    def close(self) -> None:
        """Let go of the database."""
        event.remove(self._store.engine, "commit", self._committed)
        if self._sqlite is not None:
            self._sqlite.close()
