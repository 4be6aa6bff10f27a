"""The words of the public archive: learnt when a row is indexed, asked for what a word stands inside of.

``word`` says that a word stood in the archive once, never that it still does: whatever is told to a reader is looked up
in the full text first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from campaign import compounds, words
from campaign.roots import root
from campaign.words import Term
from storage import schema
from storage.memory import _memory_of

_WORD = schema.word.c

#: Roots that begin or end like a word: so many at most are looked at.
MOST_LOOKED_AT = 2_000

#: Letters of half a word.
_HALF = 5

#: Roots of one question.
_AT_ONCE = 500

#: Words whose compounds are remembered until something public changes.
_REMEMBERED = 2_000

#: One at a time writes new words (PostgreSQL): two that brought the same in another order would wait for each other.
_TURN = 7_330_001


def _learn(connection: Connection, texts: Iterable[str]) -> None:
    """Add the words of texts that are new, in the caller's transaction."""
    found = {each for told in texts for each in words.vocabulary(told)}
    new = sorted(found - known(connection, found))
    if not new:
        return
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    make = postgresql.insert if is_postgres else sqlite.insert
    statement = make(schema.word).on_conflict_do_nothing()
    connection.execute(statement, [{"stem": each, "back": each[::-1]} for each in new])


def known(connection: Connection, roots: Iterable[str]) -> set[str]:
    """Return which of these roots are words of the archive."""
    found: set[str] = set()
    ordered = sorted(roots)
    for at in range(0, len(ordered), _AT_ONCE):
        part = ordered[at : at + _AT_ONCE]
        found |= set(connection.execute(select(_WORD.stem).where(_WORD.stem.in_(part))).scalars())
    return found


def alike(connection: Connection, *, beginning: str = "", ending: str = "") -> list[str]:
    """Return the roots that begin or end so, in their order, at most ``MOST_LOOKED_AT``: a span of an index."""
    column = _WORD.stem if beginning else _WORD.back
    start = beginning or ending[::-1]
    query = select(_WORD.stem).where(*_span(column, start)).order_by(column).limit(MOST_LOOKED_AT)
    return list(connection.execute(query).scalars())


def _span(column: ColumnElement[str], start: str) -> Sequence[ColumnElement[bool]]:
    return (column >= start, column < start + "\U0010ffff")


def widened(connection: Connection, terms: Sequence[Term]) -> list[Term]:
    """Return terms with what plain words stand inside of, and with what they are made of."""
    if not any(term.typed for term in terms):
        return list(terms)
    remembered = _memory_of(connection).words
    made = []
    for term in terms:
        if not term.typed or not compounds.is_fit(term.typed):
            made.append(term)
            continue
        if term.typed not in remembered:
            if len(remembered) >= _REMEMBERED:
                remembered.clear()
            remembered[term.typed] = Term(stems=term.stems, others=_others(connection, term.typed))
        found = dict.fromkeys((*term.others, *remembered[term.typed].others))
        made.append(replace(term, others=tuple(found)))
    return made


def _others(connection: Connection, typed: str) -> tuple[tuple[str, ...], ...]:
    def is_known(roots: set[str]) -> set[str]:
        return known(connection, roots)

    candidates = {each for form in compounds.forms(typed) for each in alike(connection, beginning=form)}
    candidates |= set(alike(connection, ending=root(typed)))
    found = compounds.chosen(typed, candidates, is_known)
    made_of = compounds.parts(typed, is_known)
    if not found and not made_of and len(typed) >= _HALF and not known(connection, [root(typed)]):
        found = _begun(connection, typed)
    return (*((each,) for each in (*found, words.inside(root(typed)))), *made_of)


def _begun(connection: Connection, half: str) -> tuple[str, ...]:
    """Return the shortest roots that begin so: what was typed is half a word."""
    longer = sorted(alike(connection, beginning=half), key=lambda each: (len(each), each))
    return tuple(longer[: compounds.MOST])
