"""When things of the archive last changed for a reader, as feeds tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from storage import schema
from storage.posts import _slices
from storage.store import Store

_SHELF = schema.shelf.c


def drawn_at(store: Store, keys: Iterable[int]) -> dict[int, datetime]:
    """Return when what stands at these keys was last drawn on the shelf: approved, edited, attached, corrected."""
    found: dict[int, datetime] = {}
    with store.read() as connection:
        for part in _slices(keys):
            rows = connection.execute(select(_SHELF.key, _SHELF.at).where(_SHELF.key.in_(part)))
            found |= {row.key: row.at for row in rows}
    return found
