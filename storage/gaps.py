"""Times when a source was not asked, or whose posts are lost: opened, closed, shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from campaign.collecting import Missed
from storage import schema
from storage.store import Store, _bump

_GAP = schema.gap.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time when a source was not asked. ``to_at`` is None while it lasts."""

    source_id: str
    from_at: datetime
    to_at: datetime | None
    reason: str


def list_gaps(store: Store, *, since: datetime) -> list[Gap]:
    """Return every gap that reaches beyond ``since``, the oldest first."""
    query = select(schema.gap).where((_GAP.to_at.is_(None)) | (_GAP.to_at > since)).order_by(_GAP.from_at)
    with store.read() as connection:
        return [
            Gap(source_id=row.source_id, from_at=row.from_at, to_at=row.to_at, reason=row.reason)
            for row in connection.execute(query)
        ]


def _open_gap(connection: Connection, source_id: str, since: datetime, reason: str) -> None:
    """Open a gap; one that is open already goes on under its first reason."""
    is_open = select(_GAP.id).where(_GAP.source_id == source_id, _GAP.to_at.is_(None))
    if connection.execute(is_open).first() is None:
        connection.execute(insert(schema.gap).values(source_id=source_id, from_at=since, reason=reason))
        _bump(connection)


def _close_gap(connection: Connection, source_id: str, now: datetime) -> None:
    done = connection.execute(
        update(schema.gap).where(_GAP.source_id == source_id, _GAP.to_at.is_(None)).values(to_at=now)
    )
    if done.rowcount:
        _bump(connection)


def _keep_missed(connection: Connection, source_id: str, missed: Iterable[Missed]) -> None:
    """Record times whose posts are lost as gaps, each once: what overlaps one of the same reason widens it."""
    for each in missed:
        if each.from_at >= each.to_at:
            continue
        query = select(schema.gap).where(
            _GAP.source_id == source_id,
            _GAP.reason == each.reason,
            _GAP.to_at.is_not(None),
            _GAP.from_at <= each.to_at,
            _GAP.to_at >= each.from_at,
        )
        row = connection.execute(query.order_by(_GAP.id).limit(1)).one_or_none()
        if row is None:
            values = {"source_id": source_id, "from_at": each.from_at, "to_at": each.to_at, "reason": each.reason}
            connection.execute(insert(schema.gap).values(values))
        elif each.from_at < row.from_at or each.to_at > row.to_at:
            wider = {"from_at": min(row.from_at, each.from_at), "to_at": max(row.to_at, each.to_at)}
            connection.execute(update(schema.gap).where(_GAP.id == row.id).values(wider))
        else:
            continue
        _bump(connection)
