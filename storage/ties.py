"""One row that ties a story to something else, a node or a place: put there, cut, and put back as it was.

``column`` is the one beside the story's: ``evidence.node_id``, ``story_place.place``. How the story is tied is
whatever else the table holds: why, by whom, when, of evidence how much it says.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, delete, insert, select, update

from storage.columns import as_json, from_json


def _had(connection: Connection, column: Column[Any], story_id: int, value: Any) -> dict[str, Any]:
    """Return what an undo needs: how the story was tied, None where it was not."""
    row = connection.execute(select(column.table).where(_tie(column, story_id, value))).one_or_none()
    fixed = ("id", "campaign", "story_id", column.name)
    had = {name: each for name, each in row._mapping.items() if name not in fixed} if row is not None else None
    return {"had": as_json(had) if had is not None else None}


def _put(connection: Connection, column: Column[Any], story: Any, value: Any, how: dict[str, Any]) -> None:
    """Tie a story to something, or change how it is tied."""
    table = column.table
    if connection.execute(update(table).where(_tie(column, story.id, value)).values(how)).rowcount == 0:
        row = {"campaign": story.campaign, "story_id": story.id, column.name: value, **how}
        connection.execute(insert(table).values(row))


def _cut(connection: Connection, column: Column[Any], story_id: int, value: Any) -> None:
    """Take the tie away."""
    connection.execute(delete(column.table).where(_tie(column, story_id, value)))


def _retie(connection: Connection, column: Column[Any], story: Any, value: Any, before: dict[str, Any]) -> None:
    """Tie a story as it was before a press, or not at all."""
    had = before["had"]
    if had is None:
        _cut(connection, column, story.id, value)
    else:
        _put(connection, column, story, value, from_json(column.table, had))


def _tie(column: Column[Any], story_id: int, value: Any) -> ColumnElement[bool]:
    return and_(column.table.c.story_id == story_id, column == value)
