"""The open database, handed down to whoever needs it. Reading and writing happen in short transactions.

Every public function of the sibling modules takes a ``Store`` and is one transaction; functions with a leading
underscore take the connection of a transaction that is already open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from campaign.errors import StorageError
from campaign.settings import CampaignSettings
from storage import schema
from storage.engine import APPLICATION_ID, BUSY_SECONDS, Standing, make_engine, standing, trouble, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. ``kind`` is "person", "rule", "job", "subscriber" or "visitor"; only a person has an account."""

    kind: str
    account_id: int | None = None


JOB = Actor(kind="job")

#: Where a connection keeps that its transaction changed something public, and what on the shelf it changed.
_CHANGED = "skord_changed"
_MARKED = "skord_marked"


_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The database and the picture folder. Threads share it; ``close`` it once.

    ``secret`` keys hashes (suppression, receipts, message ids); it comes from outside the database. Weeks and months
    are counted in ``zone``; ``clock`` gives the moment in UTC at which the shelf is drawn.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        media: Path,
        secret: bytes,
        zone: ZoneInfo = _STOCKHOLM,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.engine = engine
        self.media = media
        self.secret = secret
        self.zone = zone
        self.clock = clock
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading: everything in it sees one moment."""
        with _told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction for writing: committed when the block ends, rolled back when it raises."""
        with (
            _told(),
            self._in_turn(),
            self.engine.connect().execution_options(skord_writes=True) as connection,
            connection.begin(),
        ):
            connection.info.pop(_CHANGED, None)
            connection.info.pop(_MARKED, None)
            yield connection
            if connection.info.pop(_CHANGED, False) and connection.in_transaction():
                self._settle(connection, connection.info.pop(_MARKED, set()))

    def _settle(self, connection: Connection, marked: set[tuple[str, int | str]]) -> None:
        """Raise the public number, and draw on the shelf what was marked: one transaction after the other does so."""
        connection.execute(update(schema.revision).values(public=schema.revision.c.public + 1))
        if marked:
            from storage.shelf import Drawing, _draw  # the shelf is drawn from everything that stands on this

            changed = int(connection.execute(select(schema.revision.c.public)).scalar_one())
            _draw(connection, marked, Drawing(changed=changed, now=self.clock(), zone=self.zone))

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let our own threads write one after the other on SQLite.

        It lets one write at a time itself, but those that wait look again by chance, ever more seldom: with eight of
        them some wait for ever, and between two writes nobody may be awake.
        """
        if self.dialect != "sqlite":
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise StorageError("database_busy")
        try:
            yield
        finally:
            self._turn.release()

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a person can do something about into StorageError; leave bugs (constraints, SQL) as they are."""
    try:
        yield
    except IntegrityError:
        raise
    except OperationalError as problem:
        key = trouble(problem)
        if key is None:
            raise
        facts = {"where": ""} if key == "database_unreachable" else {}
        raise StorageError(key, **facts) from problem
    except DatabaseError as problem:
        if "malformed" in str(problem.orig).lower() or "not a database" in str(problem.orig).lower():
            raise StorageError("database_damaged", where="") from problem
        raise


def is_trouble(error: Exception) -> bool:
    """Return whether an error is the database's own trouble, and no fault of what it was given."""
    return isinstance(error, OperationalError) and trouble(error) is not None


def open_store(url: str, *, media: Path, secret: bytes, create: bool = False, zone: ZoneInfo = _STOCKHOLM) -> Store:
    """Open the database at ``url``.

    With ``create`` one is made where none stands. Raises StorageError as ``storage.engine.standing`` does, and
    ``database_missing`` (not there, may not be created) or ``database_older`` (must be upgraded first).
    """
    engine = make_engine(url)
    found = standing(engine)
    if found is Standing.ABSENT:
        if not create:
            raise StorageError("database_missing", where=engine.url.render_as_string(hide_password=True))
        upgrade(engine)
    elif found is Standing.OLDER:
        raise StorageError("database_older")
    return Store(engine, media=media, secret=secret, zone=zone)


def sync_campaigns(store: Store, campaigns: list[CampaignSettings], now: datetime) -> None:
    """Bring the campaigns of the configuration into the database; none is ever removed from it."""
    with store.write() as connection:
        _alone(connection)
        known = {row.id: row.name for row in connection.execute(select(schema.campaign))}
        for entry in campaigns:
            if entry.id not in known:
                connection.execute(insert(schema.campaign).values(id=entry.id, name=entry.name, created_at=now))
            elif known[entry.id] != entry.name:
                connection.execute(
                    update(schema.campaign).where(schema.campaign.c.id == entry.id).values(name=entry.name)
                )
                _bump(connection)


def public_revision(store: Store) -> int:
    """Return the number that rises with every change that a reader could see."""
    with store.read() as connection:
        return int(connection.execute(select(schema.revision.c.public)).scalar_one())


def _alone(connection: Connection) -> None:
    """Let one process at a time bring the configuration into the database, on PostgreSQL too."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID + 1})


def _bump(connection: Connection) -> None:
    """Say in this transaction that something public changed.

    The number rises when the transaction ends: on PostgreSQL everybody who publishes anything waits for its row, and
    whoever held it while asking for another story would wait for one who holds that story and asks for the number.
    """
    connection.info[_CHANGED] = True


def _mark(connection: Connection, kind: str, subjects: Iterable[int | str]) -> None:
    """Say in this transaction that things of the archive changed: "story" and "issue" by id, "strategy" by its id.

    They are drawn on the shelf when the transaction ends; see ``storage.shelf``.
    """
    connection.info.setdefault(_MARKED, set()).update((kind, subject) for subject in subjects)
    _bump(connection)
