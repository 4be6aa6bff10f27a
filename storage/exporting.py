"""Reading everything out: one moment of the database that stands still, and its tables as lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Select, Table, Text, exists, func, select, text

from campaign.exported import History, moment
from campaign.records import Story
from storage import schema
from storage.archive import Wanted, _keys, browse
from storage.freezing import _one_moment
from storage.lines_of_tables import TABLES, as_line
from storage.posts import _slices
from storage.search import matching
from storage.store import Store
from storage.stories import _stories

#: Rows that are held at once, stories that are, and keys that are counted at once.
_SLICE, _STORIES, _KEYS = 500, 200, 5_000

_STORY = schema.story.c
_POST = schema.post.c
_VERSION = schema.version.c


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


def public_slices(still: Still, campaign: str, wanted: Wanted) -> Iterator[list[Story]]:
    """Yield the stories that anybody may see and that are wanted, newest first, a slice at a time."""
    older: int | None = None
    while True:
        found = browse(still, campaign, wanted, limit=_STORIES, older_than=older)
        yield found.stories
        if found.older is None:
            return
        older = found.older


def inner_slices(still: Still, campaign: str, wanted: Wanted) -> Iterator[list[Story]]:
    """Yield every story that is wanted, whatever was decided about it, newest first, as the desk sees it."""
    query = _inner(still, campaign, wanted)
    last: int | None = None
    while query is not None:
        part = query if last is None else query.where(_STORY.sort_key < last)
        with still.read() as connection:
            rows = connection.execute(part.order_by(_STORY.sort_key.desc()).limit(_STORIES)).all()
            yield _stories(connection, [row.id for row in rows], public=False)
        if len(rows) < _STORIES:
            return
        last = rows[-1].sort_key


def count_stories(store: Store, campaign: str, wanted: Wanted, *, inner: bool, most: int | None = None) -> int:
    """Return how many stories are wanted; with ``most`` no more than so many are counted."""
    if inner:
        query = _inner(store, campaign, wanted)
        if query is None:
            return 0
        with store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(query.limit(most).subquery())).scalar_one())
    total, end = 0, wanted.end_key
    while most is None or total < most:
        with store.read() as connection:
            keys = _keys(connection, campaign, wanted, limit=_KEYS, first=wanted.first_key, end=end)
        total += len(keys)
        if len(keys) < _KEYS:
            break
        end = keys[-1]
    return total if most is None else min(total, most)


def _inner(store: Store, campaign: str, wanted: Wanted) -> Select[Any] | None:
    """Return the query of all stories that are wanted, None where nothing can be."""
    query = select(_STORY.id, _STORY.sort_key).where(_STORY.campaign == campaign, _STORY.merged_into.is_(None))
    query = query.where(exists().where(_POST.story_id == _STORY.id))
    if wanted.text.strip():
        found = matching(store.dialect, wanted.text)
        if found is None:
            return None
        query = query.where(_STORY.id.in_(select(_POST.story_id).where(_POST.sort_key.in_(found))))
    if wanted.first_key is not None:
        query = query.where(_STORY.sort_key >= wanted.first_key)
    if wanted.end_key is not None:
        query = query.where(_STORY.sort_key < wanted.end_key)
    evidence, place = schema.evidence.c, schema.story_place.c
    for values, story_id, column in (
        (wanted.networks, _POST.story_id, _POST.network),
        (wanted.sources, _POST.story_id, _POST.source_id),
        (wanted.nodes, evidence.story_id, evidence.node_id),
        (wanted.places, place.story_id, place.place),
    ):
        if values is not None:
            query = query.where(_STORY.id.in_(select(story_id).where(column.in_(values))))
    return query


def histories(store: Store, stories: Sequence[Story]) -> dict[int, History]:
    """Return what only the desk sees of stories: every version of their posts, and what was decided."""
    versions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    decisions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    ids = [story.id for story in stories]
    with store.read() as connection:
        for part in _slices([post.id for story in stories for post in story.posts]):
            rows = select(schema.version).where(_VERSION.post_id.in_(part)).order_by(_VERSION.post_id, _VERSION.number)
            for row in connection.execute(rows):
                versions[row.post_id].append(_version(row))
        for part in _slices(ids):
            for row in connection.execute(_decided(part)):
                decisions[row.story_id].append(_told(row))
    return {story.id: History(versions=versions, decisions=decisions[story.id]) for story in stories}


def _version(row: Row[Any]) -> dict[str, Any]:
    return {
        "number": row.number,
        "seen_at": moment(row.seen_at),
        "edited_at": moment(row.edited_at),
        "published_at": moment(row.published_at),
        "checksum": row.digest,
        "title": row.title,
        "text": row.text,
        "warning": row.warning,
    }


def _decided(story_ids: Sequence[int]) -> Select[Any]:
    account, decision = schema.account.c, schema.decision.c
    return (
        select(schema.decision, account.display_name, account.name)
        .outerjoin(schema.account, account.id == decision.account_id)
        .where(decision.story_id.in_(story_ids))
        .order_by(decision.story_id, decision.id)
    )


def _told(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": moment(row.at),
        "actor": row.actor,
        "who": row.display_name or row.name or "",
        "action": row.action,
        "post": row.post_id,
        "picture": row.media_id,
        "issue": row.issue_id,
        "reason": row.reason,
        "undone": row.undone_by is not None,
    }
