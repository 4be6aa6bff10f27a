"""Time-ordered keys: published milliseconds << 10 | sequence, so that newest first is the order of the keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from storage import schema
from storage.search import _forget

_POST = schema.post.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def sort_moment(published_at: datetime | None, first_seen_at: datetime) -> datetime:
    """Return the moment a post stands at: its own where that is from 1990 to a day from now, else first seen."""
    if published_at is None or not _EARLIEST <= published_at <= first_seen_at + timedelta(days=1):
        return first_seen_at
    return published_at


def key_range(start: datetime, end: datetime) -> tuple[int, int]:
    """Return the keys of a span of time: the first is inside, the second is not."""
    return _milliseconds(start) << 10, _milliseconds(end) << 10


def moment_of(sort_key: int) -> datetime:
    """Return the moment (to the millisecond) that a key stands for."""
    return _EPOCH + timedelta(milliseconds=sort_key >> 10)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _free_key(connection: Connection, moment: datetime) -> int:
    """Return a key at this moment; 1,024 posts fit into a millisecond, then the next one is taken."""
    start = _milliseconds(moment) << 10
    while True:
        taken = connection.execute(
            select(_POST.sort_key)
            .where(_POST.sort_key >= start, _POST.sort_key < start + 1024)
            .order_by(_POST.sort_key.desc())
            .limit(1)
        ).scalar()
        if taken is None:
            return start
        if taken + 1 < start + 1024:
            return int(taken) + 1
        start += 1024


def _rekey(connection: Connection, post_id: int, sort_key: int, moment: datetime) -> None:
    """Move a post to where its corrected date belongs; its full text must be written anew by the caller."""
    if _milliseconds(moment) != sort_key >> 10:
        _forget(connection, [sort_key])
        moved = _free_key(connection, moment)
        connection.execute(update(schema.post).where(_POST.id == post_id).values(sort_key=moved))
