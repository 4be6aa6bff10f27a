"""What people decide about stories, recorded and undoable. Nothing else makes a post public.

A decision is about one version of one post; the desk takes it for every post that the card showed. All rows of
one press share a ``group`` and are undone together. Rows are only added: an undo is a row of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Review, Right
from storage import schema
from storage.keys import _rekey
from storage.moving import MOVES, _check_movable, _take_back
from storage.pairs import _in_turn
from storage.search import _index_posts
from storage.store import Actor, Store, _bump

_POST = schema.post.c
_STORY = schema.story.c
_MEDIA = schema.media.c
_DECISION = schema.decision.c


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


#: A name that was typed in for an unknown author (``storage.credits``). It stands beside what is decided about a post.
CREDIT = "credit"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a press did. ``group`` undoes it; ``review`` and ``waiting`` are the story's afterwards."""

    group: str
    story_id: int
    action: str
    review: Review
    waiting: bool
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One line of the trail. ``who`` is an account's display name, "" for rules, jobs and visitors.

    ``undoable`` says that it can still be taken back, unless somebody has decided on the same again since.
    """

    id: int
    group: str
    at: datetime
    actor: str
    who: str
    action: str
    reason: str
    story_id: int | None
    facts: dict[str, Any]
    undone: bool
    post_id: int | None = None
    media_id: int | None = None
    undoable: bool = False


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
) -> Decided:
    """Record a decision about a story and carry it out, in one transaction.

    ``seen`` maps post ids to the version ids that the card showed: only those posts are touched, and approval
    is of those versions. Left out, the latest version of every post is meant. Hidden posts stay hidden, unless
    there are no others. ``changes`` is the story's counter
    as the card knew it: ConflictError ``story_changed`` if somebody decided since, or another story took this one
    up. NotFoundError ``story_missing``.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        _check_standing(story)
        if changes is not None and changes != story.changes:
            raise ConflictError("story_changed", story=story_id)
        group = uuid.uuid4().hex
        if action in _MARKS:
            _mark(connection, story, action, by=by, now=now, reason=reason, group=group)
        else:
            _review(
                connection, story, action, seen=seen, by=by, now=now, reason=reason, group=group,
                later_until=later_until,
            )  # fmt: skip
        return _finish(connection, story_id, group, action, now)


def decide_together(
    store: Store, story_ids: Iterable[int], action: Action, *, by: Actor, now: datetime, reason: str = ""
) -> list[Decided]:
    """Record one decision about many stories, each with its own group, all or none."""
    with store.write() as connection:
        done = []
        for story_id in sorted(story_ids):
            group = uuid.uuid4().hex
            story = _story(connection, story_id)
            _check_standing(story)
            if action in _MARKS:
                _mark(connection, story, action, by=by, now=now, reason=reason, group=group)
            else:
                _review(
                    connection, story, action, seen=None, by=by, now=now, reason=reason, group=group, later_until=None
                )
            done.append(_finish(connection, story_id, group, action, now))
        return done


def undo(store: Store, group: str, *, by: Actor, now: datetime) -> Decided:
    """Put back what a press changed, however late.

    ConflictError ``undo_overtaken`` when a later decision about the same posts stands; NotFoundError
    ``decision_missing`` when there is no such press or it cannot be undone.
    """
    with store.write() as connection:
        _in_turn(connection)
        of_press = select(schema.decision).where(_DECISION.group == group).order_by(_DECISION.id)
        for story_id in _homes(connection, connection.execute(of_press).all()):
            _story(connection, story_id)
        rows = connection.execute(of_press).all()
        if not rows or any(row.before is None or row.undone_by is not None for row in rows):
            raise NotFoundError("decision_missing")
        for row in rows:
            _check_latest(connection, row)
        back = uuid.uuid4().hex
        homes = _homes(connection, rows)
        if rows[0].action in MOVES:
            homes = _take_back(connection, rows[0], by=by, now=now)
        for row in rows:
            _put_back(connection, row, by=by, now=now, group=back)
        for home in homes[1:]:
            _refresh(connection, home, now)
            _after(connection, home)
        return _finish(connection, homes[0], back, f"undo_{rows[0].action}", now)


def _homes(connection: Connection, rows: Sequence[Row[Any]]) -> list[int]:
    """Return the stories that decisions are about: of one about a post the story that the post belongs to now."""
    posts = [row.post_id for row in rows if row.post_id is not None]
    found = dict.fromkeys(row.story_id for row in rows if row.post_id is None and row.story_id is not None)
    found |= dict.fromkeys(connection.execute(select(_POST.story_id).where(_POST.id.in_(posts))).scalars())
    return sorted(found)


def attach(store: Store, story_id: int, node_id: int, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Make a story evidence for a node of the strategy. Attaching twice changes the reason only."""
    with store.write() as connection:
        story = _story(connection, story_id)
        _check_standing(story)
        node = connection.execute(select(schema.node).where(schema.node.c.id == node_id)).one_or_none()
        if node is None or node.campaign != story.campaign:
            raise NotFoundError("node_missing")
        where = (schema.evidence.c.story_id == story_id) & (schema.evidence.c.node_id == node_id)
        values = {"reason": reason, "account_id": by.account_id, "at": now}
        if connection.execute(update(schema.evidence).where(where).values(values)).rowcount == 0:
            connection.execute(
                insert(schema.evidence).values(campaign=story.campaign, story_id=story_id, node_id=node_id, **values)
            )
        _record(connection, story, "attach", by=by, now=now, reason=reason, facts={"node": node_id})
        _after(connection, story_id)


def detach(store: Store, story_id: int, node_id: int, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Take a story away from a node; the trail keeps that it was there."""
    with store.write() as connection:
        story = _story(connection, story_id)
        _check_standing(story)
        where = (schema.evidence.c.story_id == story_id) & (schema.evidence.c.node_id == node_id)
        if connection.execute(schema.evidence.delete().where(where)).rowcount:
            _record(connection, story, "detach", by=by, now=now, reason=reason, facts={"node": node_id})
            _after(connection, story_id)


def set_right(
    store: Store, media_id: int, right: Right, *, by: Actor, now: datetime, right_from: str = "", proof: str = ""
) -> None:
    """Record why a picture may be shown, or that it may not (``Right.NONE``).

    A permission names who gave it: InputError ``right_from`` otherwise.
    """
    if right is Right.PERMISSION and not right_from.strip():
        raise InputError("right_from", "right_from_missing")
    values = {"right": str(right), "right_from": right_from.strip(), "right_proof": proof.strip()}
    values["right_at"] = now if right is not Right.NONE else None  # type: ignore[assignment] # a moment, or none
    _set_media(store, media_id, "right", values, by=by, now=now)


def set_alt(
    store: Store, media_id: int, alt: str | None, *, by: Actor, now: datetime, decorative: bool = False
) -> None:
    """Write a picture's alt text at the desk, or choose that it needs none. None takes the author's again."""
    values = {"alt": alt.strip() if alt is not None else None, "decorative": decorative}
    _set_media(store, media_id, "alt", values, by=by, now=now)


def trail(
    store: Store, *, story_id: int | None = None, campaign: str | None = None, group: str = "", rules: bool = True,
    limit: int = 100,
) -> list[DecisionRecord]:  # fmt: skip
    """Return the latest decisions, newest first; of one story, one campaign, one press, or of all.

    Without ``rules`` those that no person took are left out.
    """
    account = schema.account.c
    query = (
        select(schema.decision, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _DECISION.account_id)
        .order_by(_DECISION.id.desc())
        .limit(limit)
    )
    if story_id is not None:
        # With what was decided about its posts, and about stories that it took up, when they were elsewhere.
        taken_up = select(_STORY.id).where(_STORY.merged_into == story_id)
        posts = select(_POST.id).where(_POST.story_id == story_id)
        own = or_(_DECISION.story_id == story_id, _DECISION.story_id.in_(taken_up), _DECISION.post_id.in_(posts))
        query = query.where(own)
    if campaign is not None:
        query = query.where(_DECISION.campaign == campaign)
    if group:
        query = query.where(_DECISION.group == group)
    if not rules:
        query = query.where(_DECISION.actor != "rule")
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [_line(row) for row in rows]


def _line(row: Row[Any]) -> DecisionRecord:
    return DecisionRecord(
        id=row.id,
        group=row.group,
        at=row.at,
        actor=row.actor,
        who=row.display_name or row.name or "",
        action=row.action,
        reason=row.reason,
        story_id=row.story_id,
        facts=dict(row.facts),
        undone=row.undone_by is not None,
        post_id=row.post_id,
        media_id=row.media_id,
        undoable=row.before is not None and row.undone_by is None,
    )


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
) -> None:
    posts = connection.execute(select(schema.post).where(_POST.story_id == story.id)).all()
    if seen is not None:
        posts = [post for post in posts if post.id in seen]
    if not posts:
        raise NotFoundError("story_missing", story=story.id)
    # What was hidden stays so while the story is told by others: its copy is no way back.
    posts = [post for post in posts if post.review != Review.HIDDEN] or posts
    review = _REVIEWS[action]
    for post in posts:
        version_id = seen[post.id] if seen is not None else post.version_id
        published_at = _check_version(connection, post.id, version_id)
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
            _rekey(connection, post.id, post.sort_key, published_at)
        _record(
            connection, story, action, by=by, now=now, reason=reason, group=group, before=before,
            post_id=post.id, version_id=version_id,
        )  # fmt: skip
    until = later_until if review is Review.LATER else None
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(later_until=until))


def _check_version(connection: Connection, post_id: int, version_id: int) -> datetime:
    """Return when the version says that it was published."""
    version = schema.version.c
    query = select(version.published_at).where((version.id == version_id) & (version.post_id == post_id))
    found: datetime | None = connection.execute(query).scalar()
    if found is None:
        raise NotFoundError("version_missing", post=post_id)
    return found


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


def _check_latest(connection: Connection, row: Row[Any]) -> None:
    """Refuse to undo what somebody has decided about again since."""
    if row.action in MOVES:
        _check_movable(connection, row)
        return
    same = [
        _DECISION.id > row.id,
        _DECISION.undone_by.is_(None),
        _DECISION.before.is_not(None),
        _DECISION.group != row.group,
        ~_DECISION.action.startswith("undo_"),
    ]
    if row.post_id is not None:
        same.append(_DECISION.post_id == row.post_id)
        same.append(_DECISION.action == CREDIT if row.action == CREDIT else _DECISION.action != CREDIT)
    else:
        same += [_DECISION.story_id == row.story_id, _DECISION.post_id.is_(None), _DECISION.action == row.action]
    if connection.execute(select(_DECISION.id).where(*same).limit(1)).scalar() is not None:
        raise ConflictError("undo_overtaken", story=row.story_id)


def _put_back(connection: Connection, row: Row[Any], *, by: Actor, now: datetime, group: str) -> None:
    before = dict(row.before)
    story_id = row.story_id
    if row.action not in MOVES and row.post_id is None:
        _check_standing(_story(connection, story_id))
        connection.execute(update(schema.story).where(_STORY.id == story_id).values(before))
    elif row.action == CREDIT:
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one()
        connection.execute(update(schema.post).where(_POST.id == row.post_id).values(before))
    elif row.post_id is not None:
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one()
        moments = {
            name: datetime.fromisoformat(before[name]) if before[name] else None
            for name in ("later_until", "approved_at")
        }
        if story_id == row.story_id:
            # Of a story that the post has left since, or joined since, the moments are another's.
            connection.execute(update(schema.story).where(_STORY.id == story_id).values(moments))
        connection.execute(
            update(schema.post)
            .where(_POST.id == row.post_id)
            .values(review=before["review"], approved_version_id=before["approved_version_id"])
        )
    story = _story(connection, story_id)
    undone = _record(
        connection, story, f"undo_{row.action}", by=by, now=now, group=group, post_id=row.post_id,
        version_id=row.version_id, facts={"undoes": row.group},
    )  # fmt: skip
    connection.execute(update(schema.decision).where(_DECISION.id == row.id).values(undone_by=undone))


def _finish(connection: Connection, story_id: int, group: str, action: str, now: datetime) -> Decided:
    _refresh(connection, story_id, now)
    _after(connection, story_id)
    story = _story(connection, story_id)
    return Decided(
        group=group,
        story_id=story_id,
        action=str(action),
        review=Review(story.review),
        waiting=story.waiting,
        changes=story.changes,
    )


def _refresh(connection: Connection, story_id: int, now: datetime) -> None:
    """Draw a story's own columns from its posts: what it is, whether it waits, where it stands in time."""
    posts = connection.execute(select(schema.post).where(_POST.story_id == story_id)).all()
    if not posts:
        return
    found = {post.review for post in posts}
    order = (Review.APPROVED, Review.NEW, Review.LATER, Review.HIDDEN)
    review = next(review for review in order if review in found)
    edited = any(post.review == Review.APPROVED and post.approved_version_id != post.version_id for post in posts)
    values: dict[str, Any] = {
        "review": review,
        # What was put off and then joined an approved story is asked about there: no pile holds it any more.
        "waiting": edited or Review.NEW in found or {Review.APPROVED, Review.LATER} <= found,
        "sort_key": max(post.sort_key for post in posts),
    }
    story = _story(connection, story_id)
    if review is not Review.APPROVED:
        values["approved_at"] = None
    elif story.approved_at is None:
        values["approved_at"] = now
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(values))


def _after(connection: Connection, story_id: int) -> None:
    """Everything that follows from a change to a story: its counter, the full text, the caches."""
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(changes=schema.story.c.changes + 1))
    ids = connection.execute(select(_POST.id).where(_POST.story_id == story_id)).scalars().all()
    _index_posts(connection, ids)
    _bump(connection)


def _set_media(store: Store, media_id: int, action: str, values: dict[str, Any], *, by: Actor, now: datetime) -> None:
    with store.write() as connection:
        row = connection.execute(select(schema.media).where(_MEDIA.id == media_id)).one_or_none()
        if row is None:
            raise NotFoundError("media_missing")
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one()
        story = _story(connection, story_id)
        before = {name: getattr(row, name) for name in values if name != "right_at"}
        connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(values))
        facts = {"from": before, "to": {name: value for name, value in values.items() if name != "right_at"}}
        _record(connection, story, action, by=by, now=now, facts=facts, post_id=row.post_id, media_id=media_id)
        _after(connection, story_id)
