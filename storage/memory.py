"""What is remembered of a database until something public changes there, for questions that every page asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from campaign.words import Term
from storage.matches import asked_plainly


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """``words`` are plain words with their compounds. ``several``: there is more than one campaign.

    A campaign may come without a public change, but nothing of it stands in the archive before there is one.
    """

    revision: int
    several: bool
    words: dict[str, Term] = field(default_factory=dict)


_memories: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def _memory_of(connection: Connection) -> Memory:
    """Return what is remembered of the public revision that this transaction sees."""
    found = asked_plainly(connection, "SELECT public FROM revision", ())
    revision = int(found[0][0]) if found else 0
    kept = _memories.get(connection.engine)
    if kept is None or kept.revision != revision:
        several = len(asked_plainly(connection, "SELECT id FROM campaign LIMIT 2", ())) > 1
        kept = Memory(revision=revision, several=several)
        _memories[connection.engine] = kept
    return kept
