"""How far a mailbox has been read, and why it could not be read the last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from campaign.errors import SkordError
from storage import schema
from storage.store import Store

_MAILBOX = schema.mailbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the reading stands. ``read_at`` is when it last went well, None for never."""

    cursor: Mapping[str, Any]
    read_at: datetime | None
    error: SkordError | None


def progress(store: Store, name: str) -> Progress:
    """Return how far a mailbox has been read; one that never was begins at nothing."""
    with store.read() as connection:
        row = connection.execute(select(schema.mailbox).where(_MAILBOX.name == name)).one_or_none()
    if row is None:
        return Progress(cursor={}, read_at=None, error=None)
    error = SkordError(row.error["key"], **row.error["facts"]) if row.error else None
    return Progress(cursor=row.cursor, read_at=row.read_at, error=error)


def advance(store: Store, name: str, cursor: Mapping[str, Any], *, now: datetime) -> None:
    """Remember that everything up to here has been taken in."""
    _put(store, name, {"cursor": dict(cursor), "read_at": now, "error": None})


def fail(store: Store, name: str, error: SkordError) -> None:
    """Remember why it could not be read; what had been read stays read."""
    _put(store, name, {"error": {"key": error.key, "facts": error.facts}})


def _put(store: Store, name: str, values: dict[str, Any]) -> None:
    with store.write() as connection:
        done = connection.execute(update(schema.mailbox).where(_MAILBOX.name == name).values(values))
        if not done.rowcount:
            connection.execute(insert(schema.mailbox).values({"name": name, "cursor": {}, **values}))
