"""Full text: FTS5 on SQLite, tsvector on PostgreSQL, the same tokens in both (``campaign/words``).

``search_desk`` holds the latest version of every post. ``search_public`` holds what stands on the shelf, a row each,
without the names of authors, credits and handles: the public search does not pick out persons. Beside its words
stands what a row can be narrowed by, as tokens of its own column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, TextClause, bindparam, column, select, text

from campaign import words
from campaign.places import register
from campaign.records import Candidate
from storage import matches, schema
from storage.matches import Ask, facet_token, facet_values, fts5, tsquery
from storage.posts import _slices
from storage.proposing import propose
from storage.store import Store
from storage.vocabulary import _learn, widened

__all__ = ["Entry", "asking", "facet_token", "facet_values", "found_keys", "matching", "propose", "terms_of"]

_POST = schema.post.c
_VERSION = schema.version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the public full text: its key, the texts that it is found by (tags with their #), its facets' tokens.

    ``title`` is among the words; what is found in it comes first by relevance.
    """

    key: int
    words: Sequence[str]
    facets: Sequence[str]
    title: str = ""


def matching(dialect: str, query: str, *, shelf: bool = False) -> Select[Any] | None:
    """Return a selection of the sort keys of posts that match what somebody at the desk asked for, or with ``shelf``
    of the keys of what stands there.

    None where the query holds nothing to look for (empty, or only words to leave out).
    """
    terms = words.query(query)
    if all(term.without for term in terms):
        return None
    name = schema.SEARCH_TABLES[1 if shelf else 0]
    if dialect == "sqlite":
        statement = text(f"SELECT rowid AS sort_key FROM {name} WHERE words MATCH :asked")  # noqa: S608 - own names
        asked = fts5(terms)
    else:
        statement = text(
            f"SELECT sort_key FROM {name} WHERE words @@ CAST(:asked AS tsquery)"  # noqa: S608 - own names
        )
        asked = tsquery(terms)
    found = statement.bindparams(bindparam("asked", asked)).columns(column("sort_key", BigInteger)).subquery()
    return select(found.c.sort_key)


def asking(
    connection: Connection,
    asked: str,
    facets: Sequence[Sequence[str]],
    *,
    without: Sequence[str] = (),
    first_key: int | None = None,
    end_key: int | None = None,
) -> Ask | None:
    """Return what a reader asks for as the full text is asked; None for what holds nothing to look for."""
    terms = words.query(asked)
    if (asked.strip() and not terms) or not all(facets):
        return None
    return Ask(
        terms=widened(connection, terms), facets=facets, without=without, first_key=first_key, end_key=end_key
    )  # fmt: skip


def found_keys(
    connection: Connection,
    asked: str,
    facets: Sequence[Sequence[str]],
    *,
    limit: int,
    without: Sequence[str] = (),
    first_key: int | None = None,
    end_key: int | None = None,
    oldest_first: bool = False,
) -> list[int]:
    """Return the keys of what stands on the shelf and matches, newest first: a page costs the same however many do.

    See ``storage.matches.Ask``. What holds nothing to look for finds nothing.
    """
    ask = asking(connection, asked, facets, without=without, first_key=first_key, end_key=end_key)
    return matches.found(connection, ask, limit=limit, oldest_first=oldest_first) if ask else []


def terms_of(store: Store, asked: str) -> list[words.Term]:
    """Return what is looked for when this is asked, compounds and all, as ``campaign.words.marked`` wants it."""
    with store.read() as connection:
        return widened(connection, words.query(asked))


def _index_posts(connection: Connection, post_ids: Iterable[int]) -> None:
    """Write the desk's full text of these posts anew, in the caller's transaction."""
    for ids in _slices(post_ids):
        keys = connection.execute(select(_POST.sort_key).where(_POST.id.in_(ids))).scalars().all()
        _forget(connection, keys)
        query = (
            select(_POST.sort_key, _POST.credit, _VERSION.title, _VERSION.text, _VERSION.tags, _VERSION.author_name,
                   _VERSION.author_handle, _VERSION.media)
            .join(schema.version, _VERSION.id == _POST.version_id)
            .where(_POST.id.in_(ids))
        )  # fmt: skip
        rows = connection.execute(query).all()
        if rows:
            lines = [_line(connection, row.sort_key, [*_said(row), row.credit]) for row in rows]
            connection.execute(_insert(connection, schema.SEARCH_TABLES[0]), lines)


def _index_new(connection: Connection, posts: Sequence[tuple[int, Candidate]]) -> None:
    """Write the full text of posts that were stored just now, by their sort keys: only the desk may see them yet."""
    if posts:
        rows = [_line(connection, sort_key, _said(candidate)) for sort_key, candidate in posts]
        connection.execute(_insert(connection, schema.SEARCH_TABLES[0]), rows)


def _said(post: Any) -> list[str]:
    """Return everything of a post, or a row of one, that the desk looks for."""
    alts = [(entry["alt"] if isinstance(entry, dict) else entry.alt) or "" for entry in post.media]
    return [post.title, post.text, *(f"#{tag}" for tag in post.tags), *alts, post.author_name, post.author_handle]


def _put(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write rows of the public full text that do not stand there."""
    rows = [_line(connection, entry.key, _found_by(entry), entry.facets, title=entry.title) for entry in entries]
    connection.execute(_insert(connection, schema.SEARCH_TABLES[1]), rows)
    _learn(connection, ("\n".join(entry.words) for entry in entries))


def _found_by(entry: Entry) -> list[str]:
    """Return the texts that a row is found by: its own, and the names of the places where it is."""
    places = [register().find(place) for place in facet_values(entry.facets)["place"]]
    return [*entry.words, *(place.name for place in places if place)]


def _take_out(connection: Connection, keys: Sequence[int]) -> None:
    """Take rows out of the public full text."""
    _delete(connection, schema.SEARCH_TABLES[1], keys)


def _take_out_strays(connection: Connection) -> None:
    """Take rows out of the public full text that nothing on the shelf has."""
    name = "rowid" if connection.dialect.name == "sqlite" else "sort_key"
    stray = f"DELETE FROM {schema.SEARCH_TABLES[1]} WHERE {name} NOT IN (SELECT key FROM shelf)"  # noqa: S608 - own names
    connection.execute(text(stray))


def _move(connection: Connection, key: int, to: int) -> None:
    """Give a row of the public full text another key, which is free."""
    name = "rowid" if connection.dialect.name == "sqlite" else "sort_key"
    moved = text(f"UPDATE {schema.SEARCH_TABLES[1]} SET {name} = :to WHERE {name} = :key")  # noqa: S608 - own names
    connection.execute(moved, {"key": key, "to": to})


def _forget(connection: Connection, sort_keys: Sequence[int]) -> None:
    """Take posts out of the desk's full text."""
    _delete(connection, schema.SEARCH_TABLES[0], sort_keys)


def _delete(connection: Connection, name: str, keys: Sequence[int]) -> None:
    key = "rowid" if connection.dialect.name == "sqlite" else "sort_key"
    if keys:
        statement = text(f"DELETE FROM {name} WHERE {key} = :key")  # noqa: S608 - own names
        connection.execute(statement, [{"key": each} for each in keys])


def _insert(connection: Connection, name: str) -> TextClause:
    if connection.dialect.name == "sqlite":
        return text(f"INSERT INTO {name} (rowid, words, facets) VALUES (:key, :words, :facets)")  # noqa: S608
    return text(
        f"INSERT INTO {name} (sort_key, words, facets) "  # noqa: S608 - own names
        "VALUES (:key, CAST(:words AS tsvector), CAST(:facets AS tsvector))"
    )


def _line(
    connection: Connection, key: int, parts: Iterable[str], facets: Sequence[str] = (), *, title: str = ""
) -> dict[str, Any]:
    tokens = words.index("\n".join(parts), title=title)
    if connection.dialect.name == "sqlite":
        return {"key": key, "words": " ".join(tokens), "facets": " ".join(facets)}
    # A position beyond 16,383 is not kept by PostgreSQL, and tokens are letters and digits: nothing to escape.
    positioned = " ".join(f"'{token}':{at}" for at, token in enumerate(tokens, 1))
    return {"key": key, "words": positioned, "facets": " ".join(f"'{token}'" for token in facets)}
