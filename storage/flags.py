"""The second pair of eyes: flags that people set on stories, and the two approvals that a flagged story needs.

What holds, whatever the way (one press, many at once, by command, by undo, by joining):

1. A flagged story becomes public when two different people have approved the very same versions. The first approval
   is recorded (``approve_first``) and publishes nothing; it counts as long as nobody decides otherwise about the
   post and no new version of it comes. No rule and no job ever gives one.
2. Flagging what is public takes it down until two have approved it again; setting the flag is undone by whoever set
   it, and by nobody else.
3. Anybody may clear a flag, by a recorded decision. Who cleared a colleague's flag cannot then approve alone: their
   approval is the first of two, and any other person's approval is the second. Clearing one's own is free: it was
   one's own doubt.
4. A story that takes up a flagged one gets its flags, and what is public of it by one approval is taken down. A story
   taken out of a flagged one keeps the flags.

A flag's rows in the trail stand on the story's posts, so that they follow them wherever they are moved.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from campaign.errors import ConflictError
from campaign.flags import Flag
from campaign.records import Review, Role, Story
from storage import schema
from storage.deciding import Decided, _check_standing, _decided, _finish, _record, _story, _taken
from storage.posts import _slices
from storage.store import Actor, Store

#: What an approval is called that waits for another, what sets and clears, and what takes down what is public.
FIRST, FLAG, UNFLAG, TAKE_DOWN = "approve_first", "flag", "unflag", "take_down"
FLAGGING = (FLAG, UNFLAG)

_POST = schema.post.c
_STORY = schema.story.c
_DECISION = schema.decision.c


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """Who approved a flagged story as it stands now, and when; another person's approval makes it public."""

    account_id: int
    who: str
    at: datetime


def set_flag(
    store: Store, story_id: int, flag: Flag, *, on: bool, by: Actor, now: datetime, reason: str = "", press: str = ""
) -> Decided:
    """Set a flag or clear it, in a person's name. What stands so already changes nothing and has no press.

    ConflictError ``story_changed`` where another story took this one up, ``flag_by_person`` for any other actor.
    """
    if by.account_id is None:
        raise ConflictError("flag_by_person", story=story_id)
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and (known := _taken(connection, press, story_id)):
            return known
        _check_standing(story)
        action = FLAG if on else UNFLAG
        if (flag in story.flags) == on:
            return _decided(story, "", action)
        group = press or uuid.uuid4().hex
        posts = _posts(connection, story_id)
        facts = {"flag": str(flag)} | ({} if on else {"set_by": _set_by(connection, posts, flag)})
        _put_flags(connection, story_id, {*story.flags, flag} if on else {*story.flags} - {flag})
        for post in posts:
            _step(connection, story, post, action, by=by, now=now, group=group, reason=reason, facts=facts, down=on)
        return _finish(connection, story_id, group, action, now)


def firsts(store: Store, stories: Iterable[Story]) -> dict[int, First]:
    """Return who approved each story first, where it waits for a second approval."""
    waiting = {story.id: story for story in stories if story.flags or story.first_by}
    found: dict[int, First] = {}
    with store.read() as connection:
        last = _last(connection, [post.id for story in waiting.values() for post in story.posts])
        names = _names(connection, {row.account_id for row in last.values() if row.action == FIRST})
    for story in waiting.values():
        row = _given(last, story.posts)
        if row is not None:
            found[story.id] = First(account_id=row.account_id, who=names.get(row.account_id, ""), at=row.at)
    return found


def flag_reasons(store: Store, stories: Iterable[Story]) -> dict[int, dict[str, str]]:
    """Return why each flag of each story was set, in the words of who set it last; a flag without words is left out."""
    homes = {post.id: story for story in stories if story.flags for post in story.posts}
    query = select(_DECISION.post_id, _DECISION.reason, _DECISION.facts).where(
        _DECISION.post_id.in_(homes), _DECISION.action == FLAG, _DECISION.undone_by.is_(None)
    )
    found: dict[int, dict[str, str]] = {}
    with store.read() as connection:
        rows = connection.execute(query.order_by(_DECISION.id)).all() if homes else []
    for row in rows:
        story, flag = homes[row.post_id], str(row.facts.get("flag"))
        if flag in story.flags:
            found.setdefault(story.id, {})[flag] = row.reason
    return {story_id: {flag: why for flag, why in told.items() if why} for story_id, told in found.items()}


def has_colleague(store: Store) -> bool:
    """Return whether there are two people at least who may approve: with one alone no flagged story gets public."""
    account = schema.account.c
    roles = [str(role) for role in (Role.REVIEWER, Role.EDITOR, Role.ADMINISTRATOR)]
    query = select(func.count()).where(account.disabled_at.is_(None), account.role.in_(roles))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one()) > 1


def _hold(
    connection: Connection,
    story: Row[Any],
    posts: Sequence[Row[Any]],
    versions: Mapping[int, int],
    *,
    by: Actor,
    now: datetime,
    reason: str,
    group: str,
) -> dict[str, Any] | None:
    """Judge an approval of these versions of posts before it is carried out.

    Return what its rows are to say in their facts: ``first`` is who approved before, where two were needed. None
    means that this was the first of two: it is recorded here, and nothing may be published.
    ConflictError ``flagged_alone`` for what is no person, ``second_same`` for who has approved it already.
    """
    if not story.flags and not _cleared_by(connection, posts, by):
        return {}
    if by.account_id is None:
        raise ConflictError("flagged_alone", story=story.id)
    asked = [post for post in posts if post.approved_version_id != versions[post.id] or post.review != Review.APPROVED]
    last = _last(connection, [post.id for post in posts])
    if not asked:
        return _facts_of(last, posts)
    given = [last.get(post.id) for post in asked]
    seen = all(row is not None and _is_first(row, versions[post.id]) for row, post in zip(given, asked, strict=True))
    if seen and all(row is not None and row.account_id != by.account_id for row in given):
        connection.execute(update(schema.story).where(_STORY.id == story.id).values(first_by=None))
        return {"first": next(row.account_id for row in given if row is not None)}
    if seen and all(row is not None and row.account_id == by.account_id for row in given):
        raise ConflictError("second_same", story=story.id)
    for post in asked:
        _step(
            connection, story, post, FIRST, by=by, now=now, group=group, reason=reason, facts={},
            version_id=versions[post.id],
        )  # fmt: skip
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(first_by=by.account_id))
    return None


def _waits_for_another(connection: Connection, story: Row[Any], by: Actor) -> bool:
    """Return whether this person has approved a story that waits for another's approval, as it stands now."""
    if story.first_by is None or story.first_by != by.account_id:
        return False
    posts = _standing(_posts(connection, story.id))
    asked = [post for post in posts if post.approved_version_id != post.version_id]
    last = _last(connection, [post.id for post in asked])
    rows = [(last.get(post.id), post.version_id) for post in asked]
    return bool(rows) and all(
        row is not None and _is_first(row, version_id) and row.account_id == by.account_id for row, version_id in rows
    )


def _facts_of(last: Mapping[int, Row[Any]], posts: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return the facts of the approval that stands, so that approving once more does not weaken it."""
    known = [last[post.id].facts.get("first") for post in posts if post.id in last]
    return {"first": known[0]} if known and None not in known else {}


def _take_down(
    connection: Connection, story_id: int, *, by: Actor, now: datetime, group: str, facts: Mapping[str, Any]
) -> int:
    """Take down what is public of a flagged story by one approval alone, and return how many posts that were."""
    story = _story(connection, story_id)
    posts = _alone(connection, story) if story.flags else []
    for post in posts:
        _step(connection, story, post, TAKE_DOWN, by=by, now=now, group=group, facts=facts, down=True)
    return len(posts)


def _check_two(connection: Connection, story_ids: Iterable[int]) -> None:
    """Refuse what would leave a flagged story public by one approval: ConflictError ``undo_flagged``."""
    for story_id in story_ids:
        story = _story(connection, story_id)
        if story.flags and _alone(connection, story):
            raise ConflictError("undo_flagged", story=story_id)


def _check_setter(rows: Sequence[Row[Any]], by: Actor) -> None:
    """Refuse to undo a colleague's flag: clearing it is the way, and says that it was cleared."""
    if rows[0].action == FLAG and rows[0].account_id != by.account_id:
        raise ConflictError("flag_of_another", story=rows[0].story_id)


def _reflag(connection: Connection, story: Row[Any], row: Row[Any]) -> None:
    """Put back how a flag stood before a press."""
    flag = row.facts["flag"]
    _put_flags(connection, story.id, {*story.flags} - {flag} if row.action == FLAG else {*story.flags, flag})


def _redraw_first(connection: Connection, story_id: int) -> None:
    """Find anew who has approved first, after something was taken back."""
    posts = _posts(connection, story_id)
    row = _given(_last(connection, [post.id for post in posts]), posts)
    values = {"first_by": row.account_id if row is not None else None}
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(values))


def _given(last: Mapping[int, Row[Any]], posts: Iterable[Any]) -> Row[Any] | None:
    """Return the first approval of everything in a story that waits for one, None where something has none."""
    asked = [post for post in _standing(posts) if not _is_settled(last, post)]
    rows = [last[post.id] for post in asked if post.id in last and _is_first(last[post.id], post.version_id)]
    return rows[0] if rows and len(rows) == len(asked) else None


def _join_flags(connection: Connection, story: Row[Any], into: Row[Any]) -> dict[str, list[str]]:
    """Give a story the flags of the one that it takes up, and return both as they were."""
    if story.flags:
        _put_flags(connection, into.id, {*into.flags, *story.flags})
    return {"from": list(story.flags), "into": list(into.flags)}


def _part_flags(connection: Connection, before: Mapping[str, Any]) -> None:
    """Undo ``_join_flags``: each has its own again and what was set meanwhile, but for what was cleared meanwhile."""
    had = before.get("flags")
    if had is None:
        return
    query = select(_STORY.flags).where(_STORY.id == before["into"])
    now = set(connection.execute(query).scalar_one())
    added = now - {*had["from"], *had["into"]}
    _put_flags(connection, before["from"], now & {*had["from"], *added})
    _put_flags(connection, before["into"], now & {*had["into"], *added})


def _put_flags(connection: Connection, story_id: int, flags: Collection[str]) -> None:
    ordered = [str(flag) for flag in Flag if flag in flags]
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(flags=ordered))


def _step(
    connection: Connection,
    story: Row[Any],
    post: Row[Any],
    action: str,
    *,
    by: Actor,
    now: datetime,
    group: str,
    facts: Mapping[str, Any],
    reason: str = "",
    down: bool = False,
    version_id: int | None = None,
) -> None:
    """Record one row about one post, undoable; with ``down`` a post that is public waits again."""
    before = {
        "review": post.review,
        "approved_version_id": post.approved_version_id,
        "later_until": story.later_until.isoformat() if story.later_until else None,
        "approved_at": story.approved_at.isoformat() if story.approved_at else None,
    }
    if down and post.review == Review.APPROVED:
        values = {"review": Review.NEW, "approved_version_id": None}
        connection.execute(update(schema.post).where(_POST.id == post.id).values(values))
    _record(
        connection, story, action, by=by, now=now, reason=reason, group=group, before=before, facts=dict(facts),
        post_id=post.id, version_id=version_id or post.version_id,
    )  # fmt: skip


def _posts(connection: Connection, story_id: int) -> Sequence[Row[Any]]:
    return connection.execute(select(schema.post).where(_POST.story_id == story_id).order_by(_POST.id)).all()


def _standing(posts: Iterable[Any]) -> list[Any]:
    """Return the posts that an approval is about: those that are not hidden, all where there are no others."""
    known = list(posts)
    return [post for post in known if post.review != Review.HIDDEN] or known


def _alone(connection: Connection, story: Row[Any]) -> list[Row[Any]]:
    """Return the approved posts of a story whose approval no second person stands behind."""
    posts = [post for post in _posts(connection, story.id) if post.review == Review.APPROVED]
    query = select(schema.decision).where(
        _DECISION.post_id.in_([post.id for post in posts]), _DECISION.action == "approve", _DECISION.undone_by.is_(None)
    )
    given: dict[tuple[int, int], Row[Any]] = {}
    for row in connection.execute(query.order_by(_DECISION.id)):
        given[row.post_id, row.version_id] = row
    return [post for post in posts if not _by_two(given.get((post.id, post.approved_version_id)))]


def _by_two(row: Row[Any] | None) -> bool:
    return row is not None and row.facts.get("first") is not None


def _is_settled(last: Mapping[int, Row[Any]], post: Any) -> bool:
    row = last.get(post.id)
    return row is not None and row.action == "approve" and row.version_id == post.version_id


def _is_first(row: Row[Any], version_id: int) -> bool:
    return bool(row.action == FIRST and row.version_id == version_id)


def _last(connection: Connection, post_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return the latest decision that stands about each post itself."""
    found: dict[int, Row[Any]] = {}
    for part in _slices(post_ids):
        query = select(schema.decision).where(_DECISION.post_id.in_(part), *_decides())
        for row in connection.execute(query.order_by(_DECISION.id)):
            found[row.post_id] = row
    return found


def _decides() -> list[ColumnElement[bool]]:
    return [
        _DECISION.undone_by.is_(None),
        _DECISION.before.is_not(None),
        _DECISION.media_id.is_(None),
        _DECISION.action.in_((*FLAGGING, FIRST, TAKE_DOWN, "approve", "hide", "later", "restore")),
    ]


def _set_by(connection: Connection, posts: Sequence[Row[Any]], flag: Flag) -> int | None:
    """Return who set a flag, None where it came with another story or where posts had it of several people."""
    query = select(schema.decision).where(
        _DECISION.post_id.in_([post.id for post in posts]), _DECISION.action == FLAG, _DECISION.undone_by.is_(None)
    )
    rows = connection.execute(query.order_by(_DECISION.id)).all()
    latest = {row.post_id: row.account_id for row in rows if row.facts.get("flag") == flag}
    return next(iter(latest.values())) if len(set(latest.values())) == 1 else None


def _cleared_by(connection: Connection, posts: Sequence[Row[Any]], by: Actor) -> bool:
    """Return whether this person cleared a colleague's flag, and nobody else has approved the post since."""
    if by.account_id is None:
        return False
    query = select(schema.decision).where(
        _DECISION.post_id.in_([post.id for post in posts]),
        _DECISION.action.in_((UNFLAG, "approve")),
        _DECISION.undone_by.is_(None),
    )
    open_: dict[int, bool] = {}
    for row in connection.execute(query.order_by(_DECISION.id)):
        if row.action == UNFLAG and row.account_id == by.account_id:
            open_[row.post_id] = open_.get(row.post_id, False) or row.facts.get("set_by") != by.account_id
        elif row.action == "approve" and (row.account_id != by.account_id or _by_two(row)):
            open_[row.post_id] = False
    return any(open_.values())


def _names(connection: Connection, ids: Collection[int | None]) -> dict[int, str]:
    account = schema.account.c
    query = select(account.id, account.display_name, account.name).where(account.id.in_([each for each in ids if each]))
    return {row.id: row.display_name or row.name for row in connection.execute(query)}
