"""The excerpt that an editor marked in a story's text: shown in lists and letters in place of a made one."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from campaign.errors import ConflictError, InputError
from storage import schema
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.store import Actor, Store

_STORY = schema.story.c
_POST = schema.post.c

#: The action of the trail, for marking and taking away.
EXCERPT = "excerpt"


def set_excerpt(
    store: Store, story_id: int, *, post_id: int, version_id: int, start: int, end: int, by: Actor, now: datetime,
    press: str = "",
) -> str:  # fmt: skip
    """Mark an excerpt of a post's text, from letter ``start`` up to ``end``, and return the press that undoes it.

    It holds for this version alone. ConflictError ``story_changed`` where the post has another text by now, or left
    the story; InputError ``excerpt`` for what is not inside the text.
    """
    marked = {"post": post_id, "version": version_id, "start": start, "end": end}
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id) is not None:
            return press
        post = connection.execute(select(schema.post).where(_POST.id == post_id)).one_or_none()
        if post is None or post.story_id != story_id or post.version_id != version_id:
            raise ConflictError("story_changed", story=story_id)
        version = schema.version.c
        text = connection.execute(select(version.text).where(version.id == version_id)).scalar_one()
        if not 0 <= start < end <= len(text) or not text[start:end].strip():
            raise InputError("excerpt", "excerpt_unfound")
        return _put(connection, story, marked, by=by, now=now, press=press)


def clear_excerpt(store: Store, story_id: int, *, by: Actor, now: datetime, press: str = "") -> str:
    """Let the excerpt be made again; return the press that undoes it, "" where none was marked."""
    with store.write() as connection:
        return _put(connection, _story(connection, story_id), None, by=by, now=now, press=press)


def _put(
    connection: Connection, story: Row[Any], marked: dict[str, int] | None, *, by: Actor, now: datetime, press: str
) -> str:
    _check_standing(story)
    if press and _taken(connection, press, story.id) is not None:
        return press
    if story.excerpt == marked:
        return ""
    group = press or uuid.uuid4().hex
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(excerpt=marked))
    before, facts = {"excerpt": story.excerpt}, {"excerpt": marked}
    _record(connection, story, EXCERPT, by=by, now=now, group=group, before=before, facts=facts)
    _after(connection, story.id)
    return group
