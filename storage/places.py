"""Where stories take place: set and taken away by people, undoable. A place is an id of campaign.places."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage import schema
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.store import Actor, Store

_PLACE = schema.story_place.c

#: Decisions about where a story takes place.
PLACES = ("place", "unplace")


def set_place(
    store: Store, story_id: int, place: str, *, by: Actor, now: datetime, name: str = "", reason: str = "",
    press: str = "",
) -> str:  # fmt: skip
    """Let a story take place somewhere and return the press that undoes it, "" where it did already.

    ``name`` is what the trail calls the place. ``press`` names the press, "" gives it a name; one that is sent again
    changes nothing.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        if _had(connection, story_id, place)["had"] is not None:
            return ""
        group = press or uuid.uuid4().hex
        _put(connection, story.campaign, story_id, place, {"reason": reason, "account_id": by.account_id, "at": now})
        _record(
            connection, story, "place", by=by, now=now, reason=reason, group=group,
            facts={"place": place, "name": name or place}, before={"had": None},
        )  # fmt: skip
        _after(connection, story_id)
        return group


def unset_place(
    store: Store, story_id: int, place: str, *, by: Actor, now: datetime, name: str = "", press: str = ""
) -> str:
    """Take a place away from a story and return the press that undoes it, "" where it had it not."""
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        before = _had(connection, story_id, place)
        if before["had"] is None:
            return ""
        group = press or uuid.uuid4().hex
        connection.execute(delete(schema.story_place).where(_of(story_id, place)))
        facts = {"place": place, "name": name or place}
        _record(connection, story, "unplace", by=by, now=now, group=group, facts=facts, before=before)
        _after(connection, story_id)
        return group


def _of(story_id: int, place: str) -> Any:
    return (_PLACE.story_id == story_id) & (_PLACE.place == place)


def _had(connection: Connection, story_id: int, place: str) -> dict[str, Any]:
    """Return what an undo needs: how the story had the place, None where it had not."""
    row = connection.execute(select(schema.story_place).where(_of(story_id, place))).one_or_none()
    if row is None:
        return {"had": None}
    return {"had": {"reason": row.reason, "account_id": row.account_id, "at": row.at.isoformat()}}


def _put(connection: Connection, campaign: str, story_id: int, place: str, values: dict[str, Any]) -> None:
    if connection.execute(update(schema.story_place).where(_of(story_id, place)).values(values)).rowcount == 0:
        connection.execute(
            insert(schema.story_place).values(campaign=campaign, story_id=story_id, place=place, **values)
        )


def _replace(connection: Connection, story: Any, place: str, before: dict[str, Any]) -> None:
    """Put back how a story had a place before a press."""
    had = before["had"]
    if had is None:
        connection.execute(delete(schema.story_place).where(_of(story.id, place)))
    else:
        _put(connection, story.campaign, story.id, place, had | {"at": datetime.fromisoformat(had["at"])})
