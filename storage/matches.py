"""How the full text is asked: terms and facets as FTS5 and tsquery want them, and the keys that they find.

Everything that reads the public full text goes through ``found``: newest first, in a bounded number.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from campaign.words import Term

#: What a row of the archive can be narrowed by, and the letter that its tokens begin with.
_LETTERS = {"campaign": "c", "kind": "k", "network": "n", "node": "g", "place": "p", "source": "s"}
_NAMES = {letter: name for name, letter in _LETTERS.items()}
_ESCAPED = re.compile(r"_([0-9a-f]+)_")

#: Every row has one of these: what only leaves out is asked of them.
_KINDS = ("k_story", "k_issue", "k_yearbook", "k_node")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to the public full text.

    ``facets`` are groups of tokens: of each group one must stand there, and of ``without`` none may. ``first_key`` is
    inside and ``end_key`` outside.
    """

    terms: Sequence[Term] = ()
    facets: Sequence[Sequence[str]] = ()
    without: Sequence[str] = ()
    first_key: int | None = None
    end_key: int | None = None


def found(connection: Connection, ask: Ask, *, limit: int, oldest_first: bool = False) -> list[int]:
    """Return the keys of the shelf that match, newest first: a page costs the same however many do."""
    rare = connection.dialect.name == "postgresql" and _is_rare(connection, ask)
    statement, parameters = statement_of(
        connection.dialect.name, ask, limit=limit, oldest_first=oldest_first, all_first=rare
    )
    return [row[0] for row in asked_plainly(connection, statement, parameters)]


def asked_plainly(connection: Connection, statement: str, parameters: Sequence[str | int]) -> list[Any]:
    """Return the rows of a statement in the database's own words.

    On SQLite its driver is asked, in the transaction that is open: to find fifty keys takes less than SQLAlchemy does.
    """
    if connection.dialect.name != "sqlite":
        return list(connection.exec_driver_sql(statement, tuple(parameters)))
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    try:
        return driver.execute(statement, parameters).fetchall()
    except sqlite3.OperationalError as problem:
        raise OperationalError(None, None, problem) from problem
    except sqlite3.DatabaseError as problem:
        raise DatabaseError(None, None, problem) from problem


#: What PostgreSQL's statistics know changes when it looks anew, by itself: it is read again after so many seconds.
_BELIEVED = 600.0

_COMMON = (
    "SELECT attname, CAST(CAST(most_common_elems AS text) AS text[]) FROM pg_stats "
    "WHERE schemaname = current_schema() AND tablename = 'search_public' AND attname IN ('words', 'facets')"
)

#: Of each database: when it was read, and the common tokens of each column.
_common: WeakKeyDictionary[Engine, tuple[float, dict[str, frozenset[str]]]] = WeakKeyDictionary()


def _common_tokens(connection: Connection) -> dict[str, frozenset[str]]:
    read = _common.get(connection.engine)
    if read is None or time.monotonic() - read[0] > _BELIEVED:
        rows = connection.exec_driver_sql(_COMMON).all()
        read = (time.monotonic(), {row[0]: frozenset(row[1] or ()) for row in rows})
        _common[connection.engine] = read
    return read[1]


def _is_rare(connection: Connection, ask: Ask) -> bool:
    """Return whether PostgreSQL's statistics know nothing of one part of a question: hardly any row has it.

    Of what it does not know it believes that one row in some hundreds has it, and looks through all rows from the
    newest on: a goal without a story, or a word that nobody wrote, would cost as much as there are rows.
    """
    common = _common_tokens(connection)
    words = [[term.stems, *term.others] for term in ask.terms if not (term.without or term.prefix)]
    facets = [[(token,) for token in group] for group in ask.facets]
    return any(
        all(not common.get(column, frozenset()).issuperset(row) for row in group)
        for column, groups in (("words", words), ("facets", facets))
        for group in groups
    )


def statement_of(
    dialect: str, ask: Ask, *, limit: int, oldest_first: bool = False, all_first: bool = False
) -> tuple[str, tuple[str | int, ...]]:
    """Return the question in the database's own words, with its parameters; its only column is ``found_key``.

    With ``all_first`` everything that matches is found first and then put in order, for what hardly any row has.
    """
    if dialect == "sqlite":
        key, mark, conditions = "rowid", "?", ["search_public MATCH ?"]
        given: list[str | int] = [_match(ask.terms, ask.facets, ask.without)]
    else:
        key, mark, conditions, given = "sort_key", "%s", [], []
        if ask.terms:
            conditions, given = ["words @@ CAST(%s AS tsquery)"], [tsquery(ask.terms)]
        asked = [f"({_any(group)})" for group in ask.facets]
        asked += [f"!({_any(ask.without)})"] if ask.without else []
        if asked:
            conditions.append("facets @@ CAST(%s AS tsquery)")
            given.append(" & ".join(asked))
    for bound, sign in ((ask.first_key, ">="), (ask.end_key, "<")):
        if bound is not None:
            conditions.append(f"{key} {sign} {mark}")
            given.append(bound)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f"ORDER BY {key}{' + 0' if all_first else ''}{'' if oldest_first else ' DESC'} LIMIT {mark}"
    return f"SELECT {key} AS found_key FROM search_public {where} {order}", (*given, limit)  # noqa: S608 - own names


def _any(tokens: Sequence[str]) -> str:
    return " | ".join(f"'{token}'" for token in tokens)


def _match(terms: Sequence[Term], facets: Sequence[Sequence[str]], without: Sequence[str]) -> str:
    """Return everything that is asked as one question to FTS5, which cannot only leave out."""
    with_terms = [term for term in terms if not term.without]
    parts = [f"words : ({fts5(with_terms)})"] if with_terms else []
    groups: Sequence[Sequence[str]] = facets if parts or facets else [_KINDS]
    if parts:
        # Most rows are stories. That a row is none of the few others is told sooner than that it is one of so many.
        others = [_others(group) for group in groups]
        groups = [group for group, few in zip(groups, others, strict=True) if not few]
        without = [*without, *(token for few in others for token in few)]
    parts += ["facets : (" + " OR ".join(f'"{token}"' for token in group) + ")" for group in groups]
    left_out = [f"words : ({_one(term)})" for term in terms if term.without]
    left_out += ["facets : (" + " OR ".join(f'"{token}"' for token in without) + ")"] if without else []
    asked = " AND ".join(f"({part})" for part in parts)
    return "".join(["(" * len(left_out), asked, *(f") NOT ({part})" for part in left_out)])


def _others(group: Sequence[str]) -> list[str]:
    """Return the kinds that a group leaves out, where it is one of kinds and has stories among them."""
    return [kind for kind in _KINDS if kind not in group] if _KINDS[0] in group else []


def fts5(terms: Sequence[Term]) -> str:
    """Return terms as FTS5 is asked; at least one of them must not be left out."""
    asked = " AND ".join(_one(term) for term in terms if not term.without)
    return asked + "".join(f" NOT {_one(term)}" for term in terms if term.without)


def _one(term: Term) -> str:
    rows = ['"' + " ".join(term.stems) + '"' + ("*" if term.prefix else "")]
    rows += ['"' + " ".join(row) + '"' for row in term.others]
    return "(" + " OR ".join(rows) + ")"


def tsquery(terms: Sequence[Term]) -> str:
    """Return terms as PostgreSQL is asked."""

    def one(term: Term) -> str:
        first = [f"'{stem}'" for stem in term.stems]
        first[-1] += ":*" if term.prefix else ""
        rows = ["(" + " <-> ".join(first) + ")"]
        rows += ["(" + " <-> ".join(f"'{stem}'" for stem in row) + ")" for row in term.others]
        return ("!" if term.without else "") + "(" + " | ".join(rows) + ")"

    return " & ".join(one(term) for term in terms)
