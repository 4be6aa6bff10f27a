"""Stories joined and split: by a rule where it is sure, by a person always. What a person said stands.

Every function here is about where posts belong; none makes anything public. A post that joins an approved story is as
new as it was, and waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from campaign.errors import ConflictError, InputError
from campaign.records import Review
from storage import schema
from storage.deciding import Decided, _after, _check_standing, _decided, _finish, _record, _refresh, _story
from storage.flags import _redraw_first, _take_down
from storage.moving import _move_all, _move_back, _posts_of, _revivable
from storage.pairs import Verdict, _across, _in_turn, _say
from storage.store import Actor, Store

_POST = schema.post.c
_STORY = schema.story.c
_DECISION = schema.decision


def join(
    store: Store, story_id: int, other_id: int, *, by: Actor, now: datetime, changes: int | None = None, press: str = ""
) -> Decided:
    """Make one story of two, in a person's name; the one that more depends on takes up the other and is returned.

    ``changes`` is the first story's counter as the card knew it. ConflictError ``story_changed`` where it has risen
    or one was taken up by another meanwhile, InputError ``story`` (``story_itself``, ``story_elsewhere``) for what
    cannot be joined, NotFoundError ``story_missing``. ``press`` sent again changes nothing.
    """
    if story_id == other_id:
        raise InputError("story", "story_itself")
    with store.write() as connection:
        _in_turn(connection)
        if press and (known := _told_before(connection, press, story_id, "into")):
            return known
        one, other = _standing(connection, story_id, other_id)
        if one.campaign != other.campaign:
            raise InputError("story", "story_elsewhere")
        if changes is not None and changes != one.changes:
            raise ConflictError("story_changed", story=story_id)
        pairs = _across(_posts_of(connection, one.id), _posts_of(connection, other.id))
        said = _say(connection, pairs, Verdict.SAME, by=by, now=now)
        said_too = {"pairs": pairs, "said": said}
        into, group = _join(connection, one, other, by=by, now=now, facts={}, said=said_too, press=press)
        return _finish(connection, into, group, "join", now)


def split(
    store: Store, story_id: int, post_ids: Iterable[int], *, by: Actor, now: datetime, changes: int | None = None
) -> Decided:
    """Take posts out of a story, in a person's name, and return the story that they are now: the one they came from
    where that was taken up whole, else a new one. No rule joins them again.

    InputError ``posts`` (``split_none``, ``split_all``), ConflictError ``story_changed``.
    """
    wanted = sorted(set(post_ids))
    with store.write() as connection:
        _in_turn(connection)
        story = _standing(connection, story_id)[0]
        if changes is not None and changes != story.changes:
            raise ConflictError("story_changed", story=story_id)
        everything = _posts_of(connection, story.id)
        leaving = [post_id for post_id in everything if post_id in wanted]
        if not leaving:
            raise InputError("posts", "split_none")
        if len(leaving) == len(everything):
            raise InputError("posts", "split_all")
        pairs = _across(leaving, set(everything) - set(leaving))
        said = _say(connection, pairs, Verdict.APART, by=by, now=now)
        made = _leave(connection, story, leaving)
        before = {"made": made, "from": story.id, "posts": leaving, "pairs": pairs, "said": said}
        facts = {"from": story.id, "into": made, "posts": len(leaving)}
        group = _tell(connection, (story.id, made), "split", by=by, now=now, facts=facts, before=before)
        _redraw_first(connection, story.id)
        _redraw_first(connection, made)
        _refresh(connection, story.id, now)
        _after(connection, story.id)
        return _finish(connection, made, group, "split", now)


def keep_apart(store: Store, story_id: int, other_id: int, *, by: Actor, now: datetime, press: str = "") -> Decided:
    """Record in a person's name that two stories are not the same, so that no rule joins or proposes them again."""
    with store.write() as connection:
        _in_turn(connection)
        if press and (known := _told_before(connection, press, story_id, "from")):
            return known
        one, other = _standing(connection, story_id, other_id)
        pairs = _across(_posts_of(connection, one.id), _posts_of(connection, other.id))
        said = _say(connection, pairs, Verdict.APART, by=by, now=now)
        before = {"from": one.id, "other": other.id, "pairs": pairs, "said": said}
        facts = {"from": one.id, "into": other.id}
        group = _tell(connection, (one.id, other.id), "apart", by=by, now=now, facts=facts, before=before, press=press)
        return _finish(connection, one.id, group, "apart", now)


def _standing(connection: Connection, *story_ids: int) -> list[Row[Any]]:
    """Return stories as asked for, taken in the order of their ids so that two never wait for each other."""
    found = {story_id: _story(connection, story_id) for story_id in sorted(story_ids)}
    for story in found.values():
        _check_standing(story)
    return [found[story_id] for story_id in story_ids]


def _join(
    connection: Connection, one: Row[Any], other: Row[Any], *, by: Actor, now: datetime, facts: dict[str, Any],
    said: dict[str, Any], press: str = "",
) -> tuple[int, str]:  # fmt: skip
    """Let one of two stories take up the other, and return the one that stands with the press's group."""
    into, gone = sorted((one, other), key=_weight)
    before = _move_all(connection, gone, into) | said
    told = {"from": gone.id, "into": into.id, "posts": len(before["posts"]), **facts}
    group = _tell(connection, (into.id, gone.id), "join", by=by, now=now, facts=told, before=before, press=press)
    _take_down(connection, into.id, by=by, now=now, group=group, facts=told)
    connection.execute(update(schema.story).where(_STORY.id == gone.id).values(changes=schema.story.c.changes + 1))
    _refresh(connection, into.id, now)
    _redraw_first(connection, into.id)
    return into.id, group


def _weight(story: Row[Any]) -> tuple[bool, bool, int]:
    """Order stories by how much depends on their address: approved ones first, then decided ones, then the oldest."""
    return story.review != Review.APPROVED, story.review == Review.NEW, story.id


def _leave(connection: Connection, story: Row[Any], leaving: list[int]) -> int:
    """Put posts into the story that they came from, where it can be had again, else into a new one; return its id."""
    came = _revivable(connection, story.id, leaving)
    if came is not None:
        # It may have come by way of a third story, which this one took up since: the posts are here now.
        there = {} if came.before["into"] == story.id else {"into": story.id, "marks": {}}
        _move_back(connection, came.before | there)
        return int(came.story_id)
    keys = select(_POST.sort_key).where(_POST.id.in_(leaving))
    done = connection.execute(
        insert(schema.story).values(
            campaign=story.campaign,
            sort_key=max(connection.execute(keys).scalars()),
            review=Review.NEW,
            # What was told to readers with its story is not news in the letter.
            approved_at=story.approved_at,
            flags=story.flags,
        )
    )
    made = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
    connection.execute(update(schema.post).where(_POST.id.in_(leaving)).values(story_id=made))
    return made


def _tell(
    connection: Connection, story_ids: Iterable[int], action: str, *, by: Actor, now: datetime, facts: dict[str, Any],
    before: dict[str, Any], press: str = "",
) -> str:  # fmt: skip
    """Put a press into the trail of both stories, and return its group."""
    group = press or uuid.uuid4().hex
    for story_id in story_ids:
        story = _story(connection, story_id)
        _record(connection, story, action, by=by, now=now, group=group, facts=facts, before=before)
    return group


def _told_before(connection: Connection, press: str, story_id: int, stands: str) -> Decided | None:
    """Return what a press about two stories did that was taken before, None for a new one.

    ``stands`` names, in the facts of the trail, the story that the press is answered with.
    """
    rows = connection.execute(select(_DECISION).where(_DECISION.c.group == press).order_by(_DECISION.c.id)).all()
    if not rows:
        return None
    if story_id not in {row.story_id for row in rows}:
        raise ConflictError("press_elsewhere", story=story_id)
    told = rows[0]
    return _decided(_story(connection, told.facts[stands]), press, told.action)
