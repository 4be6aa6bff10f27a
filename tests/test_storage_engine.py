import os
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import StatementError

from campaign.errors import StorageError
from conftest import HALLAND, NOW
from storage import engine as engine_module
from storage import leases, schema
from storage.engine import make_engine, upgrade
from storage.store import Store, open_store, sync_campaigns


def opened(path: Path, *, create: bool = False) -> Store:
    return open_store(f"sqlite:///{path}", media=path.parent / "media", secret=b"x", create=create)


def test_a_database_is_made_only_when_asked(tmp_path: Path) -> None:
    """Opening what is not there fails and leaves no file behind; with create it is made."""
    path = tmp_path / "new" / "skord.db"
    with pytest.raises(StorageError, match="database_missing"):
        opened(path)
    assert not path.exists()
    opened(path, create=True).close()
    opened(path).close()


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough " * 10])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    """An empty or foreign file is never overwritten, not even with create."""
    path = tmp_path / "skord.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="database_damaged"):
        opened(path, create=True)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """An SQLite file that Skörd did not make is left alone."""
    path = tmp_path / "skord.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    with pytest.raises(StorageError, match="database_foreign"):
        opened(path, create=True)


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """A database of a later program is not touched by this one."""
    path = tmp_path / "skord.db"
    opened(path, create=True).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="database_newer"):
        opened(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """A file whose pages were overwritten is noticed before anything is written."""
    path = tmp_path / "skord.db"
    opened(path, create=True).close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(40_000))
    with pytest.raises(StorageError, match="database_damaged"):
        opened(path)


def test_a_full_disk_is_not_taken_for_a_damaged_database(tmp_path: Path) -> None:
    """Where no file can grow, opening a whole database says that the disk is full: nobody restores a backup for it."""
    path = tmp_path / "skord.db"
    opened(path, create=True).close()
    code = (
        "import resource, sys\n"
        "from campaign.errors import StorageError\n"
        "from storage.engine import make_engine, standing\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    print(standing(make_engine(sys.argv[1])))\n"
        "except StorageError as error:\n"
        "    print(error.key)\n"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{path}"]
    house = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=house)
    assert done.stdout.strip() == "disk_full"
    opened(path).close()


def test_migrations_make_the_schema(store: Store) -> None:
    """What the migrations build has the tables, columns, nullability and unique names of schema.py."""
    with store.read() as connection:
        look = inspect(connection)
        for table in schema.metadata.sorted_tables:
            built = {column["name"]: column["nullable"] for column in look.get_columns(table.name)}
            assert built == {column.name: column.nullable for column in table.columns}, table.name
            indexes = {
                index["name"] for index in look.get_indexes(table.name) if not index.get("duplicates_constraint")
            }
            assert indexes == {index.name for index in table.indexes}, table.name
            unique = {entry["name"] for entry in look.get_unique_constraints(table.name)}
            named = {str(entry.name) for entry in table.constraints if entry.__class__.__name__ == "UniqueConstraint"}
            assert unique == named, table.name
        tables = set(look.get_table_names())
    assert set(schema.SEARCH_TABLES) <= tables


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    """DDL is inside the transaction: rolling back a created table leaves none."""
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(engine)
    with engine.connect().execution_options(skord_writes=True) as connection:
        connection.exec_driver_sql("CREATE TABLE half (id)")
        connection.rollback()
        assert "half" not in inspect(connection).get_table_names()
    engine.dispose()


def test_a_block_that_raises_writes_nothing(store: Store) -> None:
    """A transaction is rolled back as a whole when its block raises."""
    half = schema.campaign.insert().values(id="half", name="Half", created_at=NOW)
    with pytest.raises(ZeroDivisionError), store.write() as connection:  # noqa: PT012 - the block is what is tested
        connection.execute(half)
        _ = 1 / 0
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM campaign WHERE id = 'half'")).scalar_one() == 0


def test_naive_moments_are_refused(sqlite_store: Store) -> None:
    """A moment without a zone never reaches the database."""
    values = schema.campaign.insert().values(id="x", name="x", created_at=NOW.replace(tzinfo=None))
    with pytest.raises(StatementError, match="without a zone"), sqlite_store.write() as connection:
        connection.execute(values)


def test_a_locked_database_is_told(sqlite_url: str, tmp_path: Path) -> None:
    """While somebody else writes too long, the error says that the database is busy."""
    store = open_store(sqlite_url + "?timeout=0.1", media=tmp_path, secret=b"x")
    blocker = sqlite3.connect(tmp_path / "skord.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    try:
        with pytest.raises(StorageError, match="database_busy"), store.write():
            pass
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
        store.close()


def test_people_never_stand_in_database_errors(store: Store) -> None:
    """A broken constraint does not print the values that broke it."""
    values = schema.campaign.insert().values(id="hallandvaxer", name="hemlig@example.se", created_at=NOW)
    with pytest.raises(Exception, match=r"(?i)unique") as broken, store.write() as connection:
        connection.execute(values)
    if store.dialect == "sqlite":
        assert "hemlig" not in str(broken.value)


def test_a_renamed_campaign_is_renamed(store: Store) -> None:
    """The name in the file wins; the id stays."""
    from dataclasses import replace

    sync_campaigns(store, [replace(HALLAND, name="Halland blomstrar")], NOW)
    with store.read() as connection:
        assert connection.execute(schema.campaign.select()).one().name == "Halland blomstrar"


def test_a_lease_has_one_holder(store: Store) -> None:
    """While a living holder has it nobody else gets it; when it has run out the next gets a higher epoch."""
    first = leases.take(store, "scheduler", now=NOW, holder="elsewhere/1:1:a")
    assert first is not None
    assert leases.take(store, "scheduler", now=NOW, holder="other/2:2:b") is None
    later = leases.take(store, "scheduler", now=NOW + timedelta(minutes=1), holder="other/2:2:b")
    assert later is not None
    assert later.epoch == first.epoch + 1


def test_the_lease_of_a_killed_process_is_free_at_once(store: Store) -> None:
    """After kill -9 on this machine a restart does not wait for the term to end."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = f"{leases._machine()}:{int(gone.stdout)}:x"
    assert leases.take(store, "scheduler", now=NOW, holder=dead) is not None
    assert leases.take(store, "scheduler", now=NOW) is not None


def test_a_released_lease_is_free(store: Store) -> None:
    """Giving a lease back lets the next one have it at once."""
    mine = leases.take(store, "outbox", now=NOW, holder="elsewhere/1:1:a")
    assert mine is not None
    leases.release(store, mine, now=NOW)
    assert leases.holder_of(store, "outbox", NOW) is None
    assert leases.take(store, "outbox", now=NOW, holder="other/2:2:b") is not None


def test_the_revisions_read_from_the_files_are_those_that_alembic_reads() -> None:
    """What is known without Alembic, and what follows what, is what its own script folder says."""
    script = ScriptDirectory.from_config(engine_module._alembic())
    known = {entry.revision: entry.revision != script.get_current_head() for entry in script.walk_revisions()}
    assert engine_module._revisions() == known
