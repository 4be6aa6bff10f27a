"""Opens the database: one engine setting, the same behaviour on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from campaign.errors import StorageError

if TYPE_CHECKING:
    from alembic.config import Config

#: "Skrd", in the SQLite header: tells our files from others.
APPLICATION_ID = 0x536B7264

#: Oldest SQLite whose full-text search was measured to keep every row (Debian 12 has 3.40.1).
SQLITE_MIN = (3, 40, 0)


#: A write waits so long for others.
BUSY_SECONDS = 20

_REVISION = re.compile(r"""^(revision|down_revision)(?:: [^=]+)? = ["']([^"']+)["']$""", re.MULTILINE)


class Standing(StrEnum):
    """What lies at the database's address."""

    ABSENT = "absent"
    CURRENT = "current"
    OLDER = "older"


def make_engine(url: str) -> Engine:
    """Return an engine for ``sqlite:///path`` or ``postgresql://…``. Opens nothing yet.

    Parameters never appear in errors: constraint messages would print people's addresses.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address, hide_parameters=True, pool_size=20, max_overflow=40, connect_args={"timeout": BUSY_SECONDS}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address, hide_parameters=True, pool_size=10, max_overflow=30, pool_pre_ping=True)
    event.listen(engine, "handle_error", _without_detail)
    return engine


def _without_detail(context: ExceptionContext) -> None:
    """Take the DETAIL line out of PostgreSQL's errors: it quotes the row, people's addresses among it."""
    diagnosis = getattr(context.original_exception, "diag", None)
    told = getattr(diagnosis, "message_primary", None)
    if told is None:
        return
    context.original_exception.args = (told,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {told}",)


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
    # Without this Python's driver opens transactions of its own, and none around DDL.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A read that turns into a write deadlocks against another one: writers queue from their first statement.
    writes = connection.get_execution_options().get("skord_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def sqlite_path(url: str | URL) -> Path | None:
    """Return the file of an SQLite address, None for other databases and for memory."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


def standing(engine: Engine) -> Standing:
    """Return what lies at the address.

    Raises StorageError: ``database_foreign`` (not ours), ``database_newer`` (made by a newer program),
    ``database_damaged``, ``database_unreachable``, ``database_busy``, ``database_readonly``, ``disk_full``,
    ``sqlite_too_old``.
    """
    path = sqlite_path(engine.url)
    where = str(path) if path else engine.url.render_as_string(hide_password=True)
    if path is not None:
        if sqlite3.sqlite_version_info < SQLITE_MIN:
            raise StorageError("sqlite_too_old", version=sqlite3.sqlite_version)
        if not path.exists():
            return Standing.ABSENT
        _look_at_file(path)
    try:
        with engine.connect() as connection:
            return _standing(connection, where, is_file=path is not None)
    except OperationalError as problem:
        key = trouble(problem)
        if path is not None and key in (None, "database_unreachable"):
            key = "database_damaged"
        facts = {"where": where} if key in ("database_damaged", "database_unreachable") else {}
        raise StorageError(key or "database_unreachable", **facts) from problem
    except DatabaseError as problem:
        raise StorageError("database_damaged", where=where) from problem


def trouble(problem: OperationalError) -> str | None:
    """Return the key of a trouble that an operator can mend, None for what the statement itself is to blame for."""
    words, state = str(problem.orig).lower(), str(getattr(problem.orig, "sqlstate", None) or "")
    name = str(getattr(problem.orig, "sqlite_errorname", None) or "")
    if "locked" in words or state.startswith(("40", "55P03")):
        return "database_busy"
    # Where no room is left for the memory that readers share, SQLite calls it an I/O error (SQLITE_IOERR_SHMSIZE).
    if "disk is full" in words or "no space" in words or state == "53100" or name == "SQLITE_IOERR_SHMSIZE":
        return "disk_full"
    if "readonly" in words or "read-only" in words or state == "25006":
        return "database_readonly"
    if "no such table" in words or "no such column" in words or "syntax error" in words:
        return None
    # PostgreSQL counts its own limits (54: a value too long for an index) among the operational errors.
    return None if state.startswith("54") else "database_unreachable"


def _look_at_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as problem:
        raise StorageError("database_unreachable", where=str(path)) from problem
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise StorageError("database_damaged", where=str(path))


def _standing(connection: Connection, where: str, *, is_file: bool) -> Standing:
    if is_file:
        mark = connection.execute(text("PRAGMA application_id")).scalar_one()
        if mark != APPLICATION_ID:
            raise StorageError("database_foreign", where=where)
        if connection.execute(text("PRAGMA quick_check(1)")).scalar_one() != "ok":
            raise StorageError("database_damaged", where=where)
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise StorageError("database_foreign", where=where)
        return Standing.ABSENT
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    known = _revisions()
    if known.get(str(found)) is False:
        return Standing.CURRENT
    if str(found) in known:
        return Standing.OLDER
    raise StorageError("database_newer", where=where, found=str(found))


def _revisions() -> dict[str, bool]:
    """Return every revision that we know, and whether another follows it.

    Read from the files themselves: Alembic takes long to import, and is needed for changes only.
    """
    folder = Path(__file__).parent / "migrations" / "versions"
    found = [dict(_REVISION.findall(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("[0-9a-z]*.py"))]
    followed = {each.get("down_revision") for each in found}
    return {each["revision"]: each["revision"] in followed for each in found if "revision" in each}


def upgrade(engine: Engine) -> None:
    """Bring the database to the program's schema, creating it where none stands. Each migration is all or nothing.

    Several processes may do it at once: one works, the others find it done. A new file appears whole or not at all.
    """
    path = sqlite_path(engine.url)
    if path is None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
            alone.execute(text("SELECT pg_advisory_lock(:key)"), {"key": APPLICATION_ID})
            _migrate(engine)
            alone.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": APPLICATION_ID})
    elif path.exists():
        _migrate(engine)
    else:
        _make_file(engine.url, path)


def _migrate(engine: Engine) -> None:
    from alembic import command

    with engine.connect().execution_options(skord_writes=True) as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.commit()


def _make_file(url: URL, path: Path) -> None:
    """Make a database beside its place and put it there, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        making = Path(folder) / path.name
        engine = make_engine(url.set(database=str(making)).render_as_string(hide_password=False))
        _migrate(engine)
        engine.dispose()  # the last to leave writes everything into the one file
        put_in_place(making, path)


def put_in_place(made: Path, path: Path) -> None:
    """Give a finished file its name, where none of that name stands; the first of several wins."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links: the check and the renaming are two steps there.
        if not path.exists():
            made.rename(path)


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
