"""Whom a person names for a post whose author its network does not tell."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Connection, select, update

from campaign.credit import CREDIT_MAX, as_credit
from campaign.errors import ConflictError, InputError, NotFoundError
from storage import schema
from storage.deciding import _after, _record, _story
from storage.pairs import _in_turn
from storage.store import Actor, Store
from storage.undoing import CREDIT

_POST = schema.post.c
_DECISION = schema.decision.c


def set_credit(store: Store, post_id: int, credit: str, *, by: Actor, now: datetime, press: str = "") -> str:
    """Name the author of a post, "" names nobody any more; return the press that undoes it, "" where nothing changed.

    What is public shows it at once. ``press`` sent again changes nothing.
    InputError ``credit``, ``text_long``; NotFoundError ``story_missing``.
    """
    name = as_credit(credit)
    if len(name) > CREDIT_MAX:
        raise InputError("credit", "text_long", most=CREDIT_MAX)
    with store.write() as connection:
        _in_turn(connection)  # no post leaves its story meanwhile
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == post_id)).scalar()
        if story_id is None:
            raise NotFoundError("story_missing")
        story = _story(connection, story_id)
        if press and _is_taken(connection, press, post_id):
            return press
        before = connection.execute(select(_POST.credit).where(_POST.id == post_id)).scalar_one()
        if before == name:
            return ""
        group = press or uuid.uuid4().hex
        connection.execute(update(schema.post).where(_POST.id == post_id).values(credit=name))
        _record(
            connection, story, CREDIT, by=by, now=now, group=group, before={"credit": before}, facts={"name": name},
            post_id=post_id,
        )  # fmt: skip
        _after(connection, story_id)
        return group


def _is_taken(connection: Connection, press: str, post_id: int) -> bool:
    """Return whether a press about this post was taken before, whichever story the post is in by now."""
    found = set(connection.execute(select(_DECISION.post_id).where(_DECISION.group == press)).scalars())
    if found and post_id not in found:
        raise ConflictError("press_elsewhere")
    return bool(found)
