"""How the full text is asked: terms and facets as FTS5 and tsquery want them, and the keys that they find.

Everything that reads the public full text goes through ``found``: newest first, in a bounded number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

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
    statement, parameters = statement_of(connection.dialect.name, ask, limit=limit, oldest_first=oldest_first)
    return [row[0] for row in connection.exec_driver_sql(statement, parameters)]


def statement_of(
    dialect: str, ask: Ask, *, limit: int, oldest_first: bool = False
) -> tuple[str, tuple[str | int, ...]]:
    """Return the question in the database's own words, with its parameters; its only column is ``found_key``."""
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
    order = f"ORDER BY {key}{'' if oldest_first else ' DESC'} LIMIT {mark}"
    return f"SELECT {key} AS found_key FROM search_public {where} {order}", (*given, limit)  # noqa: S608 - own names


def _any(tokens: Sequence[str]) -> str:
    return " | ".join(f"'{token}'" for token in tokens)


def _match(terms: Sequence[Term], facets: Sequence[Sequence[str]], without: Sequence[str]) -> str:
    """Return everything that is asked as one question to FTS5, which cannot only leave out."""
    with_terms = [term for term in terms if not term.without]
    parts = [f"words : ({fts5(with_terms)})"] if with_terms else []
    groups = facets if parts or facets else [_KINDS]
    parts += ["facets : (" + " OR ".join(f'"{token}"' for token in group) + ")" for group in groups]
    left_out = [f"words : ({_one(term)})" for term in terms if term.without]
    left_out += ["facets : (" + " OR ".join(f'"{token}"' for token in without) + ")"] if without else []
    asked = " AND ".join(f"({part})" for part in parts)
    return "".join(["(" * len(left_out), asked, *(f") NOT ({part})" for part in left_out)])


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
