"""What every decision about a story goes through: the story locked, a line in the trail, what follows from it.

Rows of the trail are only added. ``before`` holds what an undo puts back, as JSON; see ``storage.undoing``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from campaign.errors import ConflictError, NotFoundError
from campaign.records import PostState, Review
from storage import schema
from storage.corrections import _correct
from storage.search import _index_posts
from storage.store import Actor, _mark

_POST = schema.post.c
_STORY = schema.story.c
_DECISION = schema.decision.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a press did. ``group`` undoes it; ``review`` and ``waiting`` are the story's afterwards."""

    group: str
    story_id: int
    action: str
    review: Review
    waiting: bool
    changes: int


def _story(connection: Connection, story_id: int) -> Row[Any]:
    """Return a story, locked on PostgreSQL until the transaction ends; SQLite lets nobody else write anyway.

    Whoever changes a story or its posts takes it first, so that two never wait for each other.
    """
    row = connection.execute(select(schema.story).where(_STORY.id == story_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError("story_missing", story=story_id)
    return row


def _check_standing(story: Row[Any]) -> None:
    """Refuse to decide about a story that another took up since it was shown."""
    if story.merged_into is not None:
        raise ConflictError("story_changed", story=story.id)


def _record(
    connection: Connection,
    story: Row[Any],
    action: str,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    group: str = "",
    before: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    post_id: int | None = None,
    version_id: int | None = None,
    media_id: int | None = None,
) -> int:
    """Add one row to the trail and return its id."""
    done = connection.execute(
        insert(schema.decision).values(
            campaign=story.campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=group or uuid.uuid4().hex,
            action=str(action),
            story_id=story.id,
            post_id=post_id,
            version_id=version_id,
            media_id=media_id,
            reason=reason.strip(),
            facts=facts or {},
            before=before,
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key is not None else 0


def _taken(connection: Connection, press: str, story_id: int) -> Decided | None:
    """Return what a press did that was taken before, None for a new one: what is sent again changes nothing.

    ConflictError ``press_elsewhere`` where the name of the press stands for something else.
    """
    rows = connection.execute(select(schema.decision).where(_DECISION.group == press).order_by(_DECISION.id)).all()
    if not rows:
        return None
    story = _story(connection, story_id)
    if rows[0].story_id != story_id:
        raise ConflictError("press_elsewhere", story=story_id)
    return _decided(story, press, rows[0].action)


def _decided(story: Row[Any], group: str, action: str) -> Decided:
    return Decided(
        group=group,
        story_id=story.id,
        action=str(action),
        review=Review(story.review),
        waiting=story.waiting,
        changes=story.changes,
    )


def _finish(connection: Connection, story_id: int, group: str, action: str, now: datetime) -> Decided:
    _refresh(connection, story_id, now)
    _after(connection, story_id)
    return _decided(_story(connection, story_id), group, action)


def _refresh(connection: Connection, story_id: int, now: datetime) -> None:
    """Draw a story's own columns from its posts: what it is, whether it waits, where it stands in time."""
    posts = connection.execute(select(schema.post).where(_POST.story_id == story_id)).all()
    if not posts:
        return
    found = {post.review for post in posts}
    order = (Review.APPROVED, Review.NEW, Review.LATER, Review.HIDDEN)
    review = next(review for review in order if review in found)
    # Nobody needs to look at what is gone at its source.
    here = [post for post in posts if post.state != PostState.GONE]
    edited = any(post.review == Review.APPROVED and post.approved_version_id != post.version_id for post in here)
    asked = {post.review for post in here}
    values: dict[str, Any] = {
        "review": review,
        # What was put off and then joined an approved story is asked about there: no pile holds it any more.
        "waiting": edited or Review.NEW in asked or {Review.APPROVED, Review.LATER} <= asked,
        "sort_key": max(post.sort_key for post in posts),
    }
    story = _story(connection, story_id)
    if review is not Review.APPROVED:
        values["approved_at"] = None
    elif story.approved_at is None:
        values["approved_at"] = now
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(values))


def _after(connection: Connection, story_id: int) -> None:
    """Everything that follows from a change to a story: its counter, the full text, corrections, the caches."""
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(changes=schema.story.c.changes + 1))
    ids = connection.execute(select(_POST.id).where(_POST.story_id == story_id)).scalars().all()
    _index_posts(connection, ids)
    _correct(connection, story_id)
    _mark(connection, "story", [story_id])
