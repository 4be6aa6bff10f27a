"""Looks at the queue that people keep under a name: their own, and those that everybody has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from campaign.errors import InputError, NotFoundError
from storage import schema
from storage.store import Store

_VIEW = schema.saved_view.c

#: The longest name, in letters.
NAME_MAX = 60

#: So many views stand above the queue at most: of one person, and of everybody.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A look at the queue. ``query`` is as in an address, without "?"; ``shared`` says that everybody has it."""

    id: int
    name: str
    query: str
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Whose views are meant: a person's own in a campaign, with ``shares`` also everybody's."""

    campaign: str
    account_id: int
    shares: bool = False


def list_views(store: Store, keeper: Keeper) -> list[SavedView]:
    """Return everybody's views and the person's own, each by its name."""
    everybodys = _VIEW.account_id.is_(None)
    query = select(schema.saved_view).where(
        _VIEW.campaign == keeper.campaign, or_(everybodys, _VIEW.account_id == keeper.account_id)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return sorted((_view(row) for row in rows), key=lambda view: (not view.shared, view.name.casefold()))


def save_view(store: Store, keeper: Keeper, *, name: str, query: str, shared: bool, now: datetime) -> SavedView:
    """Keep a look under a name. Everybody's views are kept only by those who share.

    InputError ``view_unnamed``, ``view_taken`` (the name stands already) or ``views_full``.
    """
    owner = None if shared and keeper.shares else keeper.account_id
    with store.write() as connection:
        named = _checked(connection, keeper.campaign, owner, name)
        if _count(connection, keeper.campaign, owner) >= MOST:
            raise InputError("name", "views_full", most=MOST)
        values = {"account_id": owner, "name": named, "query": query}
        made = connection.execute(
            insert(schema.saved_view).values(campaign=keeper.campaign, created_at=now, **values).returning(_VIEW.id)
        )
        return SavedView(id=made.scalar_one(), name=named, query=query, shared=owner is None)


def rename_view(store: Store, keeper: Keeper, view_id: int, *, name: str) -> None:
    """Give a view another name. Raises as ``save_view`` does, and NotFoundError ``view_missing``."""
    with store.write() as connection:
        row = _get(connection, keeper, view_id)
        named = _checked(connection, row.campaign, row.account_id, name, beside=view_id)
        connection.execute(update(schema.saved_view).where(_VIEW.id == view_id).values(name=named))


def remove_view(store: Store, keeper: Keeper, view_id: int) -> SavedView:
    """Remove a view and return what it was. NotFoundError ``view_missing`` also for what is not the person's."""
    with store.write() as connection:
        row = _get(connection, keeper, view_id)
        connection.execute(delete(schema.saved_view).where(_VIEW.id == view_id))
        return _view(row)


def _get(connection: Connection, keeper: Keeper, view_id: int) -> Row[Any]:
    query = select(schema.saved_view).where(_VIEW.id == view_id, _VIEW.campaign == keeper.campaign).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or (row.account_id != keeper.account_id and not (row.account_id is None and keeper.shares)):
        raise NotFoundError("view_missing")
    return row


def _checked(connection: Connection, campaign: str, owner: int | None, name: str, *, beside: int = 0) -> str:
    """Return a name as it is kept: one line, not too long, and not there yet."""
    named = " ".join(name.split())[:NAME_MAX].rstrip()
    if not named:
        raise InputError("name", "view_unnamed")
    query = select(_VIEW.name).where(_of(campaign, owner), _VIEW.id != beside)
    if any(other.casefold() == named.casefold() for other in connection.execute(query).scalars()):
        raise InputError("name", "view_taken", name=named)
    return named


def _count(connection: Connection, campaign: str, owner: int | None) -> int:
    return int(connection.execute(select(func.count()).where(_of(campaign, owner))).scalar_one())


def _of(campaign: str, owner: int | None) -> ColumnElement[bool]:
    return (_VIEW.campaign == campaign) & (_VIEW.account_id.is_(None) if owner is None else _VIEW.account_id == owner)


def _view(row: Row[Any]) -> SavedView:
    return SavedView(id=row.id, name=row.name, query=row.query, shared=row.account_id is None)
