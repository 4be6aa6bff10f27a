"""Taking everything in again: the tables of a package into a database that holds nothing, in one transaction.

Whatever does not fit ends it with nothing written; what was written is read again and compared before it is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError

from campaign.errors import InputError
from storage import schema
from storage.exporting import Still, _lines, numbered
from storage.freezing import _one_moment
from storage.lines_of_tables import TABLES, Unfit, arriving, as_line, from_line
from storage.search import _index_posts
from storage.store import Store

#: Rows, and bytes of their lines, that are held at once.
_ROWS, _BYTES = 500, 8_000_000

#: Tables that a fresh installation fills by itself.
_OWN = ("campaign", "revision")

Lines = Callable[[str], Iterator[bytes]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How many rows a table has, and the SHA-256 of their lines."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One table beside the package."""

    table: str
    expected: Proof
    found: Proof

    @property
    def equal(self) -> bool:
        """Whether the database holds what the package says."""
        return self.expected == self.found


def import_tables(
    store: Store, lines: Lines, highest: Mapping[str, int], *, total: int = 0, progress: Progress | None = None
) -> list[Compared]:
    """Fill an empty database from a package's lines, and return each table as it was read back.

    ``lines`` gives a table's lines anew each time it is asked; ``highest`` are the highest ids ever given. Raises
    InputError ``package_not_empty``, ``package_line``, ``package_inconsistent``, ``package_unequal``; then nothing was
    written.
    """
    step = _Steps(total, progress)
    with store.write() as connection:
        _check_empty(connection)
        connection.execute(delete(schema.revision))
        connection.execute(delete(schema.campaign))
        # Who is stopped before the shelf is drawn has it drawn when the database is opened again.
        connection.execute(delete(schema.shelf_drawn))
        expected = {table.name: _fill(connection, table, lines(table.name), step) for table in TABLES}
        for table in TABLES:
            _point_back(connection, table, lines)
        _go_on_from(connection, highest)
        _index(connection)
        compared = _compare(connection, expected)
        wrong = next((each.table for each in compared if not each.equal), None)
        if wrong is not None:
            raise InputError("file", "package_unequal", table=wrong)
    return compared


def compare_tables(store: Store, lines: Lines) -> list[Compared]:
    """Compare a database with a package, table by table; nothing is written. Raises InputError ``package_line``.

    The public number is left alone: it counts changes, and drawing the shelf after an import is one.
    """
    with store.read() as connection:
        _one_moment(connection)
        known = [table for table in TABLES if table is not schema.revision]
        return _compare(connection, {table.name: _expected(table, lines(table.name)) for table in known})


def check_empty(store: Store) -> None:
    """Raise InputError ``package_not_empty`` where a database holds anything that a package would bring."""
    with store.read() as connection:
        _check_empty(connection)


class _Steps:
    """Counts rows and tells of them."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def take(self, count: int) -> None:
        """Tell of so many rows more."""
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)


def _check_empty(connection: Connection) -> None:
    for table in TABLES:
        if table.name not in _OWN and connection.execute(select(table).limit(1)).first() is not None:
            raise InputError("file", "package_not_empty", table=table.name)


def _fill(connection: Connection, table: Table, lines: Iterable[bytes], step: _Steps) -> Proof:
    """Insert a table's rows; what points into the table itself is left empty until all of it stands."""
    digest, count = hashlib.sha256(), 0
    statement = _statement(table)
    back = _back(table)
    for some in _batches(lines):
        rows = [_read(table, line, count + at) for at, line in enumerate(some, 1)]
        for row in rows:
            digest.update(as_line(table, row))
        count += len(rows)
        _carry_out(connection, table, statement, [row | dict.fromkeys(back) for row in rows])
        step.take(len(rows))
    return Proof(rows=count, sha256=digest.hexdigest())


def _expected(table: Table, lines: Iterable[bytes]) -> Proof:
    digest, count = hashlib.sha256(), 0
    for count, line in enumerate(lines, 1):
        digest.update(as_line(table, _read(table, line, count)))
    return Proof(rows=count, sha256=digest.hexdigest())


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if len(some) >= _ROWS or size >= _BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _read(table: Table, line: bytes, number: int) -> dict[str, Any]:
    try:
        return arriving(table, from_line(table, line))
    except Unfit as problem:
        raise InputError("file", "package_line", table=table.name, line=number, column=problem.column) from problem


def _statement(table: Table) -> Any:
    """Return the statement that inserts a row: nothing in a JSON column that may be empty is no value at all."""
    return insert(table).values(
        {
            column.name: bindparam(column.name, type_=JSON(none_as_null=True))
            for column in table.c
            if isinstance(column.type, JSON) and column.nullable
        }
        | {
            column.name: bindparam(column.name)
            for column in table.c
            if not (isinstance(column.type, JSON) and column.nullable)
        }
    )


def _carry_out(connection: Connection, table: Table, statement: Any, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    try:
        connection.execute(statement, rows)
    except (IntegrityError, DataError) as problem:
        raise InputError("file", "package_inconsistent", table=table.name) from problem


def _back(table: Table) -> list[str]:
    """Return the columns that point to rows of the same table, which may come later."""
    return [column.name for column in table.c if any(key.column.table is table for key in column.foreign_keys)]


def _point_back(connection: Connection, table: Table, lines: Lines) -> None:
    names = _back(table)
    if not names:
        return
    statement = (
        update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam(f"to_{name}") for name in names})
    )
    pointing = (
        row for row in (from_line(table, line) for line in lines(table.name)) if any(row[name] for name in names)
    )
    while some := list(islice(pointing, _ROWS)):
        values = [{"row_id": row["id"]} | {f"to_{name}": row[name] for name in names} for row in some]
        _carry_out(connection, table, statement, values)


def _go_on_from(connection: Connection, highest: Mapping[str, int]) -> None:
    """Let new ids begin beyond the highest that was ever given."""
    for table in TABLES:
        if numbered(table) is None:
            continue
        top = max(connection.execute(select(func.max(table.c.id))).scalar() or 0, highest.get(table.name, 0))
        if not top:
            continue
        told = {"name": table.name, "top": top}
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :top)"), told)
        elif table.dialect_options["sqlite"]["autoincrement"]:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), told)
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :top)"), told)


def _index(connection: Connection) -> None:
    """Write the desk's full text; the archive's is drawn with the shelf."""
    post = schema.post.c
    last = 0
    while ids := connection.execute(
        select(post.id).where(post.id > last).order_by(post.id).limit(_ROWS)
    ).scalars().all():  # fmt: skip
        _index_posts(connection, ids)
        last = ids[-1]


def _compare(connection: Connection, expected: Mapping[str, Proof]) -> list[Compared]:
    return [
        Compared(table=table.name, expected=expected[table.name], found=_found(connection, table))
        for table in TABLES
        if table.name in expected
    ]


def _found(connection: Connection, table: Table) -> Proof:
    digest, count = hashlib.sha256(), 0
    for line in _lines(connection, table):
        digest.update(line)
        count += 1
    return Proof(rows=count, sha256=digest.hexdigest())


def proofs(still: Still) -> dict[str, Proof]:
    """Return what each table of a package holds at this moment."""
    with still.read() as connection:
        return {table.name: _found(connection, table) for table in TABLES}
