"""Full text over posts: FTS5 on SQLite, tsvector on PostgreSQL, the same tokens in both (``campaign/words``).

``search_desk`` holds the latest version of every post, ``search_public`` the approved version of those that the
public may see, without the names of authors: the public search does not pick out persons. A credit that the desk wrote
in is the desk's own word and in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, TextClause, bindparam, column, select, text

from campaign import words
from campaign.records import Candidate
from storage import schema
from storage.posts import _slices, public

_POST = schema.post.c
_VERSION = schema.version.c


def matching(dialect: str, query: str, *, is_public: bool) -> Select[Any] | None:
    """Return a selection of the sort keys of posts that match what a person asked for.

    None where the query holds nothing to look for (empty, or only words to leave out).
    """
    terms = words.query(query)
    if all(term.without for term in terms):
        return None
    name = schema.SEARCH_TABLES[1 if is_public else 0]
    if dialect == "sqlite":
        statement = text(f"SELECT rowid AS sort_key FROM {name} WHERE words MATCH :asked")  # noqa: S608 - own names
        asked = _fts5(terms)
    else:
        statement = text(
            f"SELECT sort_key FROM {name} WHERE words @@ CAST(:asked AS tsquery)"  # noqa: S608 - own names
        )
        asked = _tsquery(terms)
    found = statement.bindparams(bindparam("asked", asked)).columns(column("sort_key", BigInteger)).subquery()
    return select(found.c.sort_key)


def _fts5(terms: Sequence[words.Term]) -> str:
    def one(term: words.Term) -> str:
        return '"' + " ".join(term.stems) + '"' + ("*" if term.prefix else "")

    asked = " AND ".join(one(term) for term in terms if not term.without)
    return asked + "".join(f" NOT {one(term)}" for term in terms if term.without)


def _tsquery(terms: Sequence[words.Term]) -> str:
    def one(term: words.Term) -> str:
        parts = [f"'{stem}'" for stem in term.stems]
        parts[-1] += ":*" if term.prefix else ""
        return ("!" if term.without else "") + "(" + " <-> ".join(parts) + ")"

    return " & ".join(one(term) for term in terms)


def _index_posts(connection: Connection, post_ids: Iterable[int]) -> None:
    """Write the full text of these posts anew, in both tables, in the caller's transaction."""
    for ids in _slices(post_ids):
        keys = connection.execute(select(_POST.sort_key).where(_POST.id.in_(ids))).scalars().all()
        _forget(connection, keys)
        for name, version_id, condition in (
            (schema.SEARCH_TABLES[0], _POST.version_id, None),
            (schema.SEARCH_TABLES[1], _POST.approved_version_id, public()),
        ):
            query = (
                select(_POST.sort_key, _POST.credit, _VERSION.title, _VERSION.text, _VERSION.tags, _VERSION.author_name,
                       _VERSION.author_handle, _VERSION.media)
                .join(schema.version, _VERSION.id == version_id)
                .where(_POST.id.in_(ids))
            )  # fmt: skip
            rows = connection.execute(query if condition is None else query.where(condition)).all()
            if rows:
                names = condition is None
                connection.execute(_insert(connection, name), [_row(connection, row, names=names) for row in rows])


def _index_new(connection: Connection, posts: Sequence[tuple[int, Candidate]]) -> None:
    """Write the full text of posts that were stored just now, by their sort keys: only the desk may see them yet."""
    if posts:
        rows = [_line(connection, sort_key, _said(candidate, names=True)) for sort_key, candidate in posts]
        connection.execute(_insert(connection, schema.SEARCH_TABLES[0]), rows)


def _said(post: Any, *, names: bool) -> list[str]:
    """Return everything of a post, or a row of one, that is looked for."""
    alts = [(entry["alt"] if isinstance(entry, dict) else entry.alt) or "" for entry in post.media]
    parts = [post.title, post.text, *post.tags, *alts]
    return [*parts, post.author_name, post.author_handle] if names else parts


def _forget(connection: Connection, sort_keys: Sequence[int]) -> None:
    """Take posts out of both tables."""
    key = "rowid" if connection.dialect.name == "sqlite" else "sort_key"
    for name in schema.SEARCH_TABLES:
        if sort_keys:
            statement = text(f"DELETE FROM {name} WHERE {key} = :sort_key")  # noqa: S608 - own names
            connection.execute(statement, [{"sort_key": sort_key} for sort_key in sort_keys])


def _insert(connection: Connection, name: str) -> TextClause:
    if connection.dialect.name == "sqlite":
        return text(f"INSERT INTO {name} (rowid, words, facets) VALUES (:sort_key, :words, '')")  # noqa: S608
    return text(
        f"INSERT INTO {name} (sort_key, words, facets) "  # noqa: S608 - own names
        "VALUES (:sort_key, CAST(:words AS tsvector), CAST('' AS tsvector))"
    )


def _row(connection: Connection, row: Any, *, names: bool) -> dict[str, Any]:
    return _line(connection, row.sort_key, [*_said(row, names=names), row.credit])


def _line(connection: Connection, sort_key: int, parts: Iterable[str]) -> dict[str, Any]:
    tokens = words.index("\n".join(parts))
    if connection.dialect.name == "sqlite":
        return {"sort_key": sort_key, "words": " ".join(tokens)}
    # A position beyond 16,383 is not kept by PostgreSQL, and tokens are letters and digits: nothing to escape.
    return {"sort_key": sort_key, "words": " ".join(f"'{token}':{at}" for at, token in enumerate(tokens, 1))}
