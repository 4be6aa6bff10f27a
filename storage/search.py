"""Full text: FTS5 on SQLite, tsvector on PostgreSQL, the same tokens in both (``campaign/words``).

``search_desk`` holds the latest version of every post. ``search_public`` holds what stands on the shelf, a row each,
without the names of authors: the public search does not pick out persons. A credit that the desk wrote in is the
desk's own word and in both. Beside its words stands what a row can be narrowed by, as tokens of its own column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, TextClause, bindparam, column, select, text

from campaign import words
from campaign.records import Candidate
from storage import schema
from storage.posts import _slices

_POST = schema.post.c
_VERSION = schema.version.c

#: What a row of the archive can be narrowed by, and the letter that its tokens begin with.
_LETTERS = {"campaign": "c", "kind": "k", "network": "n", "node": "g", "place": "p", "source": "s"}
_NAMES = {letter: name for name, letter in _LETTERS.items()}
_ESCAPED = re.compile(r"_([0-9a-f]+)_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the public full text: its key, the texts that it is found by, its facets' tokens."""

    key: int
    words: Sequence[str]
    facets: Sequence[str]


def facet_token(facet: str, value: str) -> str:
    """Return the token of one value of a facet, letters and digits only: ("place", "skee-by") gives "p_skee_2d_by"."""
    kept = "".join(ch if ch.isascii() and ch.isalnum() and not ch.isupper() else f"_{ord(ch):x}_" for ch in value)
    return f"{_LETTERS[facet]}_{kept}"


def facet_values(tokens: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the values of tokens by facet, in their order; a facet without any has an empty list."""
    found: dict[str, list[str]] = defaultdict(list)
    for token in tokens:
        letter, _, kept = token.partition("_")
        found[_NAMES[letter]].append(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), kept))
    return found


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
        asked = _fts5(terms)
    else:
        statement = text(
            f"SELECT sort_key FROM {name} WHERE words @@ CAST(:asked AS tsquery)"  # noqa: S608 - own names
        )
        asked = _tsquery(terms)
    found = statement.bindparams(bindparam("asked", asked)).columns(column("sort_key", BigInteger)).subquery()
    return select(found.c.sort_key)


def found_keys(
    connection: Connection,
    asked: str,
    facets: Sequence[Sequence[str]],
    *,
    limit: int,
    first_key: int | None = None,
    end_key: int | None = None,
    oldest_first: bool = False,
) -> list[int]:
    """Return the keys of what stands on the shelf and matches, newest first: a page costs the same however many do.

    ``facets`` are groups of tokens: of each group one must stand there. ``first_key`` is inside and ``end_key``
    outside. What holds nothing to look for finds nothing.
    """
    terms = words.query(asked)
    if (asked.strip() and all(term.without for term in terms)) or not all(facets):
        return []
    if connection.dialect.name == "sqlite":
        key, conditions, given = "rowid", ["search_public MATCH ?"], [_match(terms, facets)]
    else:
        key, conditions, given = "sort_key", [], []
        if terms:
            conditions, given = ["words @@ CAST(%s AS tsquery)"], [_tsquery(terms)]
        if facets:
            conditions.append("facets @@ CAST(%s AS tsquery)")
            given.append(" & ".join("(" + " | ".join(f"'{token}'" for token in group) + ")" for group in facets))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    parameters: list[Any] = list(given)
    for bound, sign in ((first_key, ">="), (end_key, "<")):
        if bound is not None:
            conditions.append(f"{key} {sign} {mark}")
            parameters.append(bound)
    order = f"ORDER BY {key}{'' if oldest_first else ' DESC'} LIMIT {mark}"
    statement = f"SELECT {key} FROM search_public WHERE {' AND '.join(conditions)} {order}"  # noqa: S608 - own names
    return [row[0] for row in connection.exec_driver_sql(statement, (*parameters, limit))]


def _match(terms: Sequence[words.Term], facets: Sequence[Sequence[str]]) -> str:
    parts = [f"words : ({_fts5(terms)})"] if terms else []
    parts += ["facets : (" + " OR ".join(f'"{token}"' for token in group) + ")" for group in facets]
    return " AND ".join(parts)


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
    return [post.title, post.text, *post.tags, *alts, post.author_name, post.author_handle]


def _put(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write rows of the public full text that do not stand there."""
    rows = [_line(connection, entry.key, entry.words, entry.facets) for entry in entries]
    connection.execute(_insert(connection, schema.SEARCH_TABLES[1]), rows)


def _take_out(connection: Connection, keys: Sequence[int]) -> None:
    """Take rows out of the public full text."""
    _delete(connection, schema.SEARCH_TABLES[1], keys)


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


def _line(connection: Connection, key: int, parts: Iterable[str], facets: Sequence[str] = ()) -> dict[str, Any]:
    tokens = words.index("\n".join(parts))
    if connection.dialect.name == "sqlite":
        return {"key": key, "words": " ".join(tokens), "facets": " ".join(facets)}
    # A position beyond 16,383 is not kept by PostgreSQL, and tokens are letters and digits: nothing to escape.
    positioned = " ".join(f"'{token}':{at}" for at, token in enumerate(tokens, 1))
    return {"key": key, "words": positioned, "facets": " ".join(f"'{token}'" for token in facets)}
