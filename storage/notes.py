"""What colleagues tell each other about a story. Plain words; nobody outside the desk reads them.

The trail says that somebody wrote or took away a note; its words stand in the note alone, so that a note that is
taken away is gone. A note is no decision: it makes no card stale.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from campaign.errors import ConflictError, InputError, NotFoundError
from storage import schema
from storage.deciding import _check_standing, _record, _story, _taken
from storage.pairs import _in_turn
from storage.posts import _slices
from storage.store import Actor, Store

TEXT_MAX = 2_000

#: So long one's own note can be taken away; after that somebody may have acted on it.
REGRET = timedelta(hours=24)

NOTED, NOTE_REMOVED = "noted", "note_removed"

_NOTE = schema.note.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note. ``who`` is what its writer is called now."""

    id: int
    story_id: int
    account_id: int
    who: str
    at: datetime
    text: str

    def may_go(self, account_id: int, now: datetime) -> bool:
        """Return whether this person may still take it away."""
        return self.account_id == account_id and now - self.at < REGRET


def add_note(store: Store, story_id: int, text: str, *, by: Actor, now: datetime, press: str = "") -> str:
    """Write a note in a person's name and return its press, which sent again writes no second one.

    InputError ``note`` (``note_empty``, ``text_long``), ConflictError ``story_changed`` where another story took this
    one up, NotFoundError ``story_missing``.
    """
    words = text.strip()
    if not words:
        raise InputError("note", "note_empty")
    if len(words) > TEXT_MAX:
        raise InputError("note", "text_long", most=TEXT_MAX)
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        done = connection.execute(
            insert(schema.note).values(
                campaign=story.campaign, story_id=story_id, account_id=by.account_id, at=now, text=words
            )
        )
        group = press or uuid.uuid4().hex
        facts = {"note": int(done.inserted_primary_key[0])}  # type: ignore[index] # an insert of one row has one
        _record(connection, story, NOTED, by=by, now=now, group=group, facts=facts)
        return group


def remove_note(store: Store, note_id: int, *, by: Actor, now: datetime, press: str = "") -> int:
    """Take away one's own note within a day, words and all, and return its story. ``press`` sent again changes nothing.

    NotFoundError ``note_missing``; ConflictError ``note_of_another`` or ``note_old``.
    """
    with store.write() as connection:
        _in_turn(connection)  # no note leaves its story meanwhile
        row = connection.execute(_query().where(_NOTE.id == note_id)).one_or_none()
        if row is None:
            return _removed(connection, note_id, press)
        if row.account_id != by.account_id:
            raise ConflictError("note_of_another")
        if not _note(row).may_go(row.account_id, now):
            raise ConflictError("note_old")
        story = _story(connection, row.story_id)
        if connection.execute(delete(schema.note).where(_NOTE.id == note_id)).rowcount == 0:
            return _removed(connection, note_id, press)
        _record(connection, story, NOTE_REMOVED, by=by, now=now, group=press, facts={"note": note_id})
        return int(row.story_id)


def _removed(connection: Connection, note_id: int, press: str) -> int:
    """Return the story of a note that this very press took away before; NotFoundError ``note_missing`` for another."""
    decision = schema.decision.c
    query = select(decision.story_id, decision.facts).where(decision.group == press, decision.action == NOTE_REMOVED)
    for row in connection.execute(query):
        if row.facts.get("note") == note_id:
            return int(row.story_id)
    raise NotFoundError("note_missing")


def find_note(store: Store, note_id: int) -> Note | None:
    """Return a note, None where there is none (any more)."""
    with store.read() as connection:
        row = connection.execute(_query().where(_NOTE.id == note_id)).one_or_none()
    return _note(row) if row else None


def notes_of(store: Store, story_ids: Sequence[int]) -> dict[int, list[Note]]:
    """Return the notes of stories, the newest last; stories without any are left out."""
    with store.read() as connection:
        return _notes_of(connection, story_ids)


def _notes_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = {}
    for part in _slices(story_ids):
        for row in connection.execute(_query().where(_NOTE.story_id.in_(part)).order_by(_NOTE.id)):
            found.setdefault(row.story_id, []).append(_note(row))
    return found


def _query() -> Any:
    account = schema.account.c
    return select(schema.note, account.display_name, account.name).join(
        schema.account, account.id == schema.note.c.account_id
    )


def _note(row: Row[Any]) -> Note:
    return Note(
        id=row.id,
        story_id=row.story_id,
        account_id=row.account_id,
        who=row.display_name or row.name,
        at=row.at,
        text=row.text,
    )
