"""What people have been told of by mail, so that nobody is told the same thing every day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import schema
from storage.store import Store

_TOLD = schema.told.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When somebody was last told about ``subject``, and what; ``content`` is its hash."""

    subject: str
    at: datetime
    content: str


def last_told(store: Store, subject: str) -> Told | None:
    """Return what was told last about a subject, None where nothing was."""
    with store.read() as connection:
        row = connection.execute(select(schema.told).where(_TOLD.subject == subject)).one_or_none()
    return None if row is None else Told(subject=row.subject, at=row.at, content=row.content)


def set_told(store: Store, told: Told) -> None:
    """Remember what was told."""
    with store.write() as connection:
        connection.execute(delete(schema.told).where(_TOLD.subject == told.subject))
        connection.execute(insert(schema.told).values(subject=told.subject, at=told.at, content=told.content))


def swap_told(store: Store, before: Told | None, after: Told) -> bool:
    """Remember what is being told, if nobody else has since ``before`` was read; False where somebody was faster.

    Whoever gets True tells it, so that two processes never tell the same thing.
    """
    values = {"at": after.at, "content": after.content}
    try:
        with store.write() as connection:
            if before is None:
                connection.execute(insert(schema.told).values(subject=after.subject, **values))
                return True
            same = (_TOLD.subject == before.subject) & (_TOLD.at == before.at) & (_TOLD.content == before.content)
            return connection.execute(update(schema.told).where(same).values(values)).rowcount == 1
    except IntegrityError:
        return False
