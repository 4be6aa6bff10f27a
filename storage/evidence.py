"""Stories as evidence for nodes of the strategy: attached and detached by people, in the trail, undoable."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from campaign.errors import NotFoundError
from storage import schema
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.store import Actor, Store
from storage.ties import _cut, _had, _put

_EVIDENCE = schema.evidence.c


def attach(
    store: Store, story_id: int, node_id: int, *, by: Actor, now: datetime, reason: str = "", press: str = ""
) -> str:
    """Make a story evidence for a node of the strategy and return the press that undoes it.

    Attaching twice changes the reason only. ``press`` names the press, so that one which is sent again changes
    nothing; "" gives it a name.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        group = _attach(connection, story, node_id, by=by, now=now, reason=reason, press=press)
        _after(connection, story_id)
        return group


def _attach(
    connection: Connection, story: Any, node_id: int, *, by: Actor, now: datetime, reason: str = "", press: str = ""
) -> str:
    """Attach in a transaction that is already open; what follows from it is the caller's."""
    node = connection.execute(select(schema.node).where(schema.node.c.id == node_id)).one_or_none()
    if node is None or node.campaign != story.campaign:
        raise NotFoundError("node_missing")
    before = _had(connection, _EVIDENCE.node_id, story.id, node_id)
    group = press or uuid.uuid4().hex
    values = {"reason": reason, "account_id": by.account_id, "at": now}
    _put(connection, _EVIDENCE.node_id, story, node_id, values)
    _record(
        connection, story, "attach", by=by, now=now, reason=reason, group=group, facts={"node": node_id},
        before=before,
    )  # fmt: skip
    return group


def detach(
    store: Store, story_id: int, node_id: int, *, by: Actor, now: datetime, reason: str = "", press: str = ""
) -> str:
    """Take a story away from a node and return the press that undoes it, "" where it was not there.

    ``press`` is as for ``attach``.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        before = _had(connection, _EVIDENCE.node_id, story_id, node_id)
        if before["had"] is None:
            return ""
        group = press or uuid.uuid4().hex
        _cut(connection, _EVIDENCE.node_id, story_id, node_id)
        _record(
            connection, story, "detach", by=by, now=now, reason=reason, group=group, facts={"node": node_id},
            before=before,
        )  # fmt: skip
        _after(connection, story_id)
        return group
