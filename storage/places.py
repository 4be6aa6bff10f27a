"""Where stories take place: set and taken away by people, undoable. A place is an id of campaign.places."""

from __future__ import annotations

import uuid
from datetime import datetime

from storage import schema
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.store import Actor, Store
from storage.ties import _cut, _had, _put

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
        if _had(connection, _PLACE.place, story_id, place)["had"] is not None:
            return ""
        group = press or uuid.uuid4().hex
        how = {"reason": reason, "account_id": by.account_id, "at": now}
        _put(connection, _PLACE.place, story, place, how)
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
        before = _had(connection, _PLACE.place, story_id, place)
        if before["had"] is None:
            return ""
        group = press or uuid.uuid4().hex
        _cut(connection, _PLACE.place, story_id, place)
        facts = {"place": place, "name": name or place}
        _record(connection, story, "unplace", by=by, now=now, group=group, facts=facts, before=before)
        _after(connection, story_id)
        return group
