"""Putting back what a press changed, however late. An undo is a row of the trail of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from campaign.errors import ConflictError, NotFoundError
from storage import schema
from storage.columns import from_json
from storage.deciding import Decided, _after, _check_standing, _decided, _finish, _record, _refresh, _story
from storage.flags import FLAGGING, _check_setter, _check_two, _redraw_first, _reflag
from storage.follows import FOLLOWS, _put_back_follow
from storage.keys import _rekey
from storage.moving import MOVES, _check_movable, _take_back
from storage.pairs import _in_turn
from storage.places import PLACES
from storage.store import Actor, Store
from storage.ties import _retie

_POST = schema.post.c
_STORY = schema.story.c
_MEDIA = schema.media.c
_DECISION = schema.decision.c
_VERSION = schema.version.c

#: A name that was typed in for an unknown author (``storage.credits``). It stands beside what is decided about a post.
CREDIT = "credit"

#: Marks of a story that are set and taken away: both are about the same thing.
MARKS = (("feature", "unfeature"), ("coming", "not_coming"))

#: Decisions about what a story is evidence for.
EVIDENCE = ("attach", "detach")


def undo(store: Store, group: str, *, by: Actor, now: datetime, press: str = "") -> Decided:
    """Put back what a press changed, however late. ``press`` names this one; sent again it changes nothing.

    ConflictError ``undo_overtaken`` when a later decision about the same posts stands; NotFoundError
    ``decision_missing`` when there is no such press or it cannot be undone.
    """
    with store.write() as connection:
        _in_turn(connection)
        of_press = select(schema.decision).where(_DECISION.group == group).order_by(_DECISION.id)
        for story_id in _homes(connection, connection.execute(of_press).all()):
            _story(connection, story_id)
        rows = connection.execute(of_press).all()
        if press and rows and (known := _taken_back(connection, press, rows)):
            return known
        if not rows or any(row.before is None or row.undone_by is not None for row in rows):
            raise NotFoundError("decision_missing")
        _check_setter(rows, by)
        for row in rows:
            _check_latest(connection, row)
        back = press or uuid.uuid4().hex
        homes = _homes(connection, rows)
        if rows[0].action in MOVES:
            homes = _take_back(connection, rows[0], by=by, now=now)
        for row in rows:
            _put_back(connection, row, by=by, now=now, group=back)
        _check_two(connection, homes)
        for home in homes:
            _redraw_first(connection, home)
        for home in homes[1:]:
            _refresh(connection, home, now)
            _after(connection, home)
        return _finish(connection, homes[0], back, f"undo_{rows[0].action}", now)


def _taken_back(connection: Connection, press: str, rows: Sequence[Row[Any]]) -> Decided | None:
    """Return what an undo did that was taken before, None for a new one."""
    home = _homes(connection, rows)[0]
    found = select(_DECISION.facts).where(_DECISION.group == press)
    is_same = any(facts.get("undoes") == rows[0].group for facts in connection.execute(found).scalars())
    return _decided(_story(connection, home), press, f"undo_{rows[0].action}") if is_same else None


def _homes(connection: Connection, rows: Sequence[Row[Any]]) -> list[int]:
    """Return the stories that decisions are about: of one about a post the story that the post belongs to now."""
    posts = [row.post_id for row in rows if row.post_id is not None]
    found = dict.fromkeys(row.story_id for row in rows if row.post_id is None and row.story_id is not None)
    found |= dict.fromkeys(connection.execute(select(_POST.story_id).where(_POST.id.in_(posts))).scalars())
    return sorted(found)


def _check_latest(connection: Connection, row: Row[Any]) -> None:
    """Refuse to undo what somebody has decided about again since."""
    if row.action in MOVES:
        _check_movable(connection, row)
        return
    since = [
        _DECISION.id > row.id,
        _DECISION.undone_by.is_(None),
        _DECISION.before.is_not(None),
        _DECISION.group != row.group,
        *_same(row),
    ]
    later = list(connection.execute(select(_DECISION.facts, _DECISION.before).where(*since)).all())
    if row.media_id is not None:
        later = [each for each in later if set(each.before) & set(row.before)]
    if row.action in EVIDENCE:
        later = [each for each in later if each.facts["node"] == row.facts["node"]]
    if row.action in PLACES:
        later = [each for each in later if each.facts["place"] == row.facts["place"]]
    if row.action in FOLLOWS:
        later = [each for each in later if each.facts["earlier"] == row.facts["earlier"]]
    if later:
        raise ConflictError("undo_overtaken", story=row.story_id)


def _same(row: Row[Any]) -> list[ColumnElement[bool]]:
    """Return what a later decision about the very same thing looks like."""
    if row.media_id is not None:
        return [_DECISION.media_id == row.media_id]  # of these, those that changed the same of it
    if row.action in EVIDENCE:
        return [_DECISION.story_id == row.story_id, _DECISION.action.in_(EVIDENCE)]
    if row.action in PLACES:
        return [_DECISION.story_id == row.story_id, _DECISION.action.in_(PLACES)]
    if row.action in FOLLOWS:
        return [_DECISION.story_id == row.story_id, _DECISION.action.in_(FOLLOWS)]
    if row.action == CREDIT:
        return [_DECISION.post_id == row.post_id, _DECISION.action == CREDIT]
    if row.post_id is not None:
        return [_DECISION.post_id == row.post_id, _DECISION.media_id.is_(None), _DECISION.action != CREDIT]
    alike = next((pair for pair in MARKS if row.action in pair), (row.action,))
    return [_DECISION.story_id == row.story_id, _DECISION.post_id.is_(None), _DECISION.action.in_(alike)]


def _put_back(connection: Connection, row: Row[Any], *, by: Actor, now: datetime, group: str) -> None:
    story_id = row.story_id
    if row.post_id is not None:
        story_id = connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one()
    story = _story(connection, story_id)
    if row.action in MOVES:
        pass  # moved back already, whole
    elif row.media_id is not None:
        values = from_json(schema.media, row.before)
        connection.execute(update(schema.media).where(_MEDIA.id == row.media_id).values(values))
    elif row.action in EVIDENCE:
        _check_standing(story)
        _retie(connection, schema.evidence.c.node_id, story, row.facts["node"], row.before)
    elif row.action in PLACES:
        _check_standing(story)
        _retie(connection, schema.story_place.c.place, story, row.facts["place"], row.before)
    elif row.action in FOLLOWS:
        _check_standing(story)
        _put_back_follow(connection, story, row)
    elif row.action == CREDIT:
        connection.execute(update(schema.post).where(_POST.id == row.post_id).values(row.before))
    elif row.post_id is not None:
        if row.action in FLAGGING:
            _reflag(connection, story, row)
        _put_back_review(connection, row, story_id)
    else:
        _check_standing(story)
        values = from_json(schema.story, row.before)
        connection.execute(update(schema.story).where(_STORY.id == story_id).values(values))
    undone = _record(
        connection, story, f"undo_{row.action}", by=by, now=now, group=group, post_id=row.post_id,
        version_id=row.version_id, media_id=row.media_id, facts=row.facts | {"undoes": row.group},
    )  # fmt: skip
    connection.execute(update(schema.decision).where(_DECISION.id == row.id).values(undone_by=undone))


def _put_back_review(connection: Connection, row: Row[Any], story_id: int) -> None:
    """Put back what was decided about one post, and the moments of its story."""
    before = row.before
    if story_id == row.story_id:
        # Of a story that the post has left since, or joined since, the moments are another's.
        moments = from_json(schema.story, {name: before[name] for name in ("later_until", "approved_at")})
        connection.execute(update(schema.story).where(_STORY.id == story_id).values(moments))
    review = {name: before[name] for name in ("review", "approved_version_id")}
    connection.execute(update(schema.post).where(_POST.id == row.post_id).values(review))
    _put_back_date(connection, row.post_id)


def _put_back_date(connection: Connection, post_id: int) -> None:
    """Let a post stand where the version puts it that counts now: the approved one, else the latest."""
    post = connection.execute(select(schema.post).where(_POST.id == post_id)).one()
    shown = post.approved_version_id or post.version_id
    published = connection.execute(select(_VERSION.published_at).where(_VERSION.id == shown)).scalar_one()
    _rekey(connection, post_id, post.sort_key, published)
