"""What is known of a picture: why it may be shown, and its words. Recorded by people, in the trail, undoable."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from campaign.errors import InputError, NotFoundError
from campaign.records import Right, Use
from storage import schema
from storage.columns import as_json
from storage.deciding import _after, _record, _story
from storage.store import Actor, Store

_POST = schema.post.c
_MEDIA = schema.media.c


def set_right(
    store: Store,
    media_id: int,
    right: Right,
    *,
    by: Actor,
    now: datetime,
    right_from: str = "",
    proof: str = "",
    uses: Collection[Use] = tuple(Use),
    until: datetime | None = None,
    press: str = "",
) -> str:
    """Record why a picture may be shown, or that it may not (``Right.NONE``); return the press that undoes it.

    ``uses`` says for what, ``until`` when it ends (None: for good). A permission names who gave it: InputError
    ``right_from`` otherwise. NotFoundError ``media_missing``.
    """
    if right is Right.PERMISSION and not right_from.strip():
        raise InputError("right_from", "right_from_missing")
    values = {
        "right": str(right),
        "right_from": right_from.strip(),
        "right_proof": proof.strip(),
        "right_at": now if right is not Right.NONE else None,
        "right_uses": [str(use) for use in Use if use in uses],
        "right_until": until,
    }
    return _set_media(store, media_id, "right", values, by=by, now=now, press=press)


def set_alt(
    store: Store,
    media_id: int,
    alt: str | None,
    *,
    by: Actor,
    now: datetime,
    decorative: bool = False,
    press: str = "",
) -> str:
    """Write a picture's alt text at the desk, or choose that it needs none; return the press that undoes it.

    None takes the author's words again. NotFoundError ``media_missing``.
    """
    values = {"alt": alt.strip() if alt is not None else None, "decorative": decorative}
    return _set_media(store, media_id, "alt", values, by=by, now=now, press=press)


def _set_media(
    store: Store, media_id: int, action: str, values: dict[str, Any], *, by: Actor, now: datetime, press: str
) -> str:
    with store.write() as connection:
        row = connection.execute(select(schema.media).where(_MEDIA.id == media_id)).one_or_none()
        if row is None:
            raise NotFoundError("media_missing")
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one()
        story = _story(connection, story_id)
        group = press or uuid.uuid4().hex
        before = as_json({name: getattr(row, name) for name in values})
        connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(values))
        facts = {"from": before, "to": as_json(values)}
        _record(
            connection, story, action, by=by, now=now, facts=facts, post_id=row.post_id, media_id=media_id,
            group=group, before=before,
        )  # fmt: skip
        _after(connection, story_id)
        return group
