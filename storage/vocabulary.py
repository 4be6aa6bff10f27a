"""The words of the public archive: learnt when a row is indexed, asked for what a word stands inside of.

``word`` says that a word stood in the archive once, never that it still does: whatever is told to a reader is looked up
in the full text first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from campaign import compounds, words
from campaign.roots import root
from campaign.words import Term
from storage import schema

_WORD = schema.word.c

#: Roots that begin or end like a word: so many at most are looked at.
MOST_LOOKED_AT = 2_000

#: Roots of one question.
_AT_ONCE = 500

#: Words whose compounds are remembered until something public changes.
_REMEMBERED = 2_000

#: One at a time writes new words (PostgreSQL): two that brought the same in another order would wait for each other.
_TURN = 7_330_001

#: Of each database: the public revision that what is remembered is of, and the words.
_memory: WeakKeyDictionary[Engine, tuple[int, dict[str, Term]]] = WeakKeyDictionary()


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
    remembered = _remembered(connection)
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
    inside = compounds.chosen(typed, candidates, is_known)
    return (*((compound,) for compound in inside), *compounds.parts(typed, is_known))


def _remembered(connection: Connection) -> dict[str, Term]:
    revision = int(connection.execute(select(schema.revision.c.public)).scalar() or 0)
    kept = _memory.get(connection.engine)
    if kept is None or kept[0] != revision:
        kept = (revision, {})
        _memory[connection.engine] = kept
    return kept[1]
