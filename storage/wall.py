"""What the wall shows beside the stories: the message that the desk pinned there. And what was approved lately.

One message a campaign. Every message, and every taking down, is a row of the trail with its words for the reason: it
stood before an audience.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from campaign.errors import InputError
from campaign.records import Review
from storage import schema
from storage.store import Actor, Store, _bump

MESSAGE_MAX = 200

#: Actions of the trail.
WRITTEN, TAKEN_DOWN = "wall_message", "wall_message_down"

_WALL = schema.wall.c
_STORY = schema.story.c
_SHELF = schema.shelf.c

#: So many of the latest changes are looked at for approvals of late.
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WallMessage:
    """Words on the wall. ``until`` is None until somebody takes them down; ``who`` is what their writer is called."""

    text: str
    until: datetime | None
    who: str
    at: datetime


def wall_message(store: Store, campaign: str, *, now: datetime) -> WallMessage | None:
    """Return the message that a campaign's wall shows at a moment, None where there is none (any more)."""
    account = schema.account.c
    query = (
        select(schema.wall, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _WALL.account_id)
        .where(_WALL.campaign == campaign)
    )
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or not row.message or (row.until is not None and row.until <= now):
        return None
    return WallMessage(text=row.message, until=row.until, who=row.display_name or row.name or "", at=row.at)


def set_wall_message(
    store: Store, campaign: str, text: str, *, until: datetime | None, by: Actor, now: datetime, press: str = ""
) -> None:
    """Put a message on the wall, in place of the one there. ``press`` sent again changes nothing.

    InputError ``message`` (``wall_message_empty``, ``wall_message_long``) or ``until`` (``wall_until_past``).
    """
    words = " ".join(text.split())
    if not words:
        raise InputError("message", "wall_message_empty")
    if len(words) > MESSAGE_MAX:
        raise InputError("message", "wall_message_long", most=MESSAGE_MAX)
    if until is not None and until <= now:
        raise InputError("until", "wall_until_past")
    facts = {"until": until.isoformat()} if until else {}
    _write(store, campaign, words, until=until, by=by, now=now, press=press, action=WRITTEN, facts=facts)


def take_down_wall_message(store: Store, campaign: str, *, by: Actor, now: datetime, press: str = "") -> None:
    """Take the message off the wall; where none is shown nothing happens."""
    if wall_message(store, campaign, now=now) is None:
        return
    _write(store, campaign, "", until=None, by=by, now=now, press=press, action=TAKEN_DOWN, facts={})


def _write(
    store: Store, campaign: str, words: str, *, until: datetime | None, by: Actor, now: datetime, press: str,
    action: str, facts: dict[str, str],
) -> None:  # fmt: skip
    with store.write() as connection:
        if press and _is_taken(connection, press):
            return
        # The campaign's own row is the turn: there may be no row of the wall yet to wait for.
        connection.execute(select(schema.campaign.c.id).where(schema.campaign.c.id == campaign).with_for_update())
        values = {"message": words, "until": until, "account_id": by.account_id, "at": now}
        if connection.execute(update(schema.wall).where(_WALL.campaign == campaign).values(values)).rowcount == 0:
            connection.execute(insert(schema.wall).values(campaign=campaign, **values))
        connection.execute(
            insert(schema.decision).values(
                campaign=campaign,
                at=now,
                actor=by.kind,
                account_id=by.account_id,
                group=press or uuid.uuid4().hex,
                action=action,
                reason=words,
                facts=facts,
            )
        )
        _bump(connection)


def _is_taken(connection: Connection, press: str) -> bool:
    decision = schema.decision.c
    query = select(decision.id).where(decision.group == press, decision.action.in_((WRITTEN, TAKEN_DOWN))).limit(1)
    return connection.execute(query).first() is not None


def lately_approved(store: Store, campaign: str, *, since: datetime, limit: int) -> list[int]:
    """Return the archive keys of stories that were approved after a moment, the last one first.

    They may be old: what was posted three weeks ago and approved now is news to those before the wall. A bounded number
    of rows is read, however many stories there are.
    """
    latest = (
        select(_SHELF.key, _SHELF.subject)
        .where(_SHELF.campaign == campaign, _SHELF.kind == "story")
        .order_by(_SHELF.changed.desc())
        .limit(_LOOKED_AT)
        .subquery()
    )
    query = (
        select(latest.c.key)
        .join(schema.story, _STORY.id == latest.c.subject)
        .where(_STORY.review == Review.APPROVED, _STORY.approved_at > since)
        .order_by(_STORY.approved_at.desc(), latest.c.key.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())
