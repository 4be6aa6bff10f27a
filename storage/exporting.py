"""Reading everything out: one moment of the database that stands still, and its tables as lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Integer, Select, Table, Text, func, select, text

from storage.freezing import _one_moment
from storage.lines_of_tables import TABLES, as_line
from storage.store import Store

#: Rows that are held at once.
_SLICE = 500


class Still(Store):
    """A store that stands still at one moment: whatever reads from it reads of that moment. It cannot be written to."""

    def __init__(self, store: Store, connection: Connection) -> None:
        super().__init__(store.engine, media=store.media, secret=store.secret, zone=store.zone, clock=store.clock)
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hand out the one transaction."""
        yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Refuse: what is written here would not be of the moment."""
        raise AssertionError("a store that stands still is not written to")
        yield self._connection


@contextmanager
def standing_still(store: Store) -> Iterator[Still]:
    """Hold one moment of the database for as long as the block lasts. Others write meanwhile; nobody waits."""
    with store.read() as connection:
        _one_moment(connection)
        # SQLite's moment begins with the first reading.
        connection.execute(text("SELECT 1 FROM revision")).all()
        yield Still(store, connection)


def count_rows(still: Still) -> dict[str, int]:
    """Return how many rows each table of a package has."""
    with still.read() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in TABLES
        }


def table_lines(still: Still, table: Table) -> Iterator[bytes]:
    """Yield a table's rows as lines, in the order of its primary key, which is the same on both databases."""
    with still.read() as connection:
        yield from _lines(connection, table)


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    found = connection.execution_options(yield_per=_SLICE).execute(_in_order(connection, table))
    for row in found.mappings():
        yield as_line(table, {str(name): value for name, value in row.items()})


def _in_order(connection: Connection, table: Table) -> Select[Any]:
    # SQLite compares text by the numbers of its characters, PostgreSQL by the habits of a language unless it is told.
    told = connection.dialect.name == "postgresql"
    keys = [column.collate("C") if told and isinstance(column.type, Text) else column for column in table.primary_key]
    return select(table).order_by(*keys)


def highest_ids(still: Still) -> dict[str, int]:
    """Return the highest id that each table ever gave, also of rows that are gone: none is given a second time."""
    with still.read() as connection:
        return {table.name: _highest(connection, table) for table in TABLES if numbered(table) is not None}


def numbered(table: Table) -> Column[int] | None:
    """Return the column that the database numbers by itself, None where it numbers none."""
    keys = list(table.primary_key)
    column = table.c.get("id")
    if len(keys) != 1 or column is None or not isinstance(column.type, Integer) or table.name == "revision":
        return None
    return column


def _highest(connection: Connection, table: Table) -> int:
    known = connection.execute(select(func.max(table.c.id))).scalar() or 0
    if connection.dialect.name == "sqlite":
        kept = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        return max(int(known), int(kept.scalar() or 0))
    name = connection.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}).scalar_one()
    given = text("SELECT last_value, is_called FROM " + str(name))  # noqa: S608 - the database's own name for it
    last = connection.execute(given).one()
    return max(int(known), int(last.last_value) if last.is_called else 0)


def schema_version(store: Store) -> str:
    """Return the number of the database's schema."""
    with store.read() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
