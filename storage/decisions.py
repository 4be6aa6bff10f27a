"""What people decide about stories, recorded and undoable. Nothing else makes a post public.

A decision is about one version of one post; the desk takes it for every post that the card showed. All rows of
one press share a ``group`` and are undone together. Rows are only added: an undo is a row of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, update

from campaign.errors import ConflictError, NotFoundError
from campaign.records import Review
from storage import schema
from storage.deciding import Decided, _check_standing, _finish, _record, _story, _taken
from storage.flags import FIRST, _hold, _waits_for_another
from storage.keys import _rekey
from storage.pairs import _in_turn
from storage.store import Actor, Store

_POST = schema.post.c
_STORY = schema.story.c


class Action(StrEnum):
    """What can be decided about a story. The first four set what is seen; the rest mark the story."""

    APPROVE = "approve"
    HIDE = "hide"
    LATER = "later"
    RESTORE = "restore"
    FEATURE = "feature"
    UNFEATURE = "unfeature"
    COMING = "coming"
    NOT_COMING = "not_coming"


_REVIEWS = {
    Action.APPROVE: Review.APPROVED,
    Action.HIDE: Review.HIDDEN,
    Action.LATER: Review.LATER,
    Action.RESTORE: Review.NEW,
}
_MARKS = {
    Action.FEATURE: {"featured": True},
    Action.UNFEATURE: {"featured": False},
    Action.COMING: {"coming": True},
    Action.NOT_COMING: {"coming": False},
}


def decide(
    store: Store,
    story_id: int,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    seen: Mapping[int, int] | None = None,
    reason: str = "",
    later_until: datetime | None = None,
    changes: int | None = None,
    press: str = "",
) -> Decided:
    """Record a decision about a story and carry it out, in one transaction.

    ``press`` names the press, so that one which is sent again changes nothing; "" gives it a name.
    ``seen`` maps post ids to the version ids that the card showed: only those posts are touched, and approval
    is of those versions. Left out, the latest version of every post is meant. Hidden posts stay hidden, unless
    there are no others. ``changes`` is the story's counter
    as the card knew it: ConflictError ``story_changed`` if somebody decided since, or another story took this one
    up. NotFoundError ``story_missing``.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and (known := _taken(connection, press, story_id)):
            return known
        _check_standing(story)
        if changes is not None and changes != story.changes:
            raise ConflictError("story_changed", story=story_id)
        group = press or uuid.uuid4().hex
        if action in _MARKS:
            _mark(connection, story, action, by=by, now=now, reason=reason, group=group)
            taken: str = action
        else:
            taken = _review(
                connection, story, action, seen=seen, by=by, now=now, reason=reason, group=group,
                later_until=later_until,
            )  # fmt: skip
        return _finish(connection, story_id, group, taken, now)


def decide_together(
    store: Store, story_ids: Iterable[int], action: Action, *, by: Actor, now: datetime, reason: str = ""
) -> list[Decided]:
    """Record one decision about many stories, each with its own group, all or none.

    A flagged one that the same person has approved already waits for another as it did: that stops nothing.
    """
    with store.write() as connection:
        _in_turn(connection)
        done = []
        for story_id in sorted(story_ids):
            group = uuid.uuid4().hex
            story = _story(connection, story_id)
            _check_standing(story)
            taken: str = action
            if action in _MARKS:
                _mark(connection, story, action, by=by, now=now, reason=reason, group=group)
            elif action is Action.APPROVE and _waits_for_another(connection, story, by):
                taken = FIRST
            else:
                taken = _review(
                    connection, story, action, seen=None, by=by, now=now, reason=reason, group=group, later_until=None
                )
            done.append(_finish(connection, story_id, group, taken, now))
        return done


def _mark(
    connection: Connection, story: Row[Any], action: Action, *, by: Actor, now: datetime, reason: str, group: str
) -> None:
    mark = _MARKS[action]
    before = {name: getattr(story, name) for name in mark}
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(mark))
    _record(connection, story, action, by=by, now=now, reason=reason, group=group, before=before)


def _review(
    connection: Connection,
    story: Row[Any],
    action: Action,
    *,
    seen: Mapping[int, int] | None,
    by: Actor,
    now: datetime,
    reason: str,
    group: str,
    later_until: datetime | None,
) -> str:
    """Decide about posts and return what was done: ``approve_first`` where a second approval is needed."""
    posts = connection.execute(select(schema.post).where(_POST.story_id == story.id)).all()
    if seen is not None:
        posts = [post for post in posts if post.id in seen]
    if not posts:
        raise NotFoundError("story_missing", story=story.id)
    # What was hidden stays so while the story is told by others: its copy is no way back.
    posts = [post for post in posts if post.review != Review.HIDDEN] or posts
    review = _REVIEWS[action]
    versions = {post.id: seen[post.id] if seen is not None else post.version_id for post in posts}
    published = {post.id: _check_version(connection, post.id, versions[post.id]) for post in posts}
    facts: dict[str, Any] | None = {}
    if review is Review.APPROVED:
        facts = _hold(connection, story, posts, versions, by=by, now=now, reason=reason, group=group)
    if facts is None:
        return FIRST
    for post in posts:
        version_id = versions[post.id]
        approved = version_id if review is Review.APPROVED else None
        before = {
            "review": post.review,
            "approved_version_id": post.approved_version_id,
            "later_until": story.later_until.isoformat() if story.later_until else None,
            "approved_at": story.approved_at.isoformat() if story.approved_at else None,
        }
        connection.execute(
            update(schema.post).where(_POST.id == post.id).values(review=review, approved_version_id=approved)
        )
        if review is Review.APPROVED:
            _rekey(connection, post.id, post.sort_key, published[post.id])
        _record(
            connection, story, action, by=by, now=now, reason=reason, group=group, before=before,
            facts=facts, post_id=post.id, version_id=version_id,
        )  # fmt: skip
    until = later_until if review is Review.LATER else None
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(later_until=until, first_by=None))
    return action


def _check_version(connection: Connection, post_id: int, version_id: int) -> datetime:
    """Return when the version says that it was published."""
    version = schema.version.c
    query = select(version.published_at).where((version.id == version_id) & (version.post_id == post_id))
    found: datetime | None = connection.execute(query).scalar()
    if found is None:
        raise NotFoundError("version_missing", post=post_id)
    return found
