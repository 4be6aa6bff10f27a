"""One press about many stories: each decided as by itself, all taken back by one undo.

Every story is its own group in the trail, with the press's name in its facts, so that it can also be taken back alone.
The press itself is a row of the trail that says what was done and what was left out. A press that is sent again, or
was cut short, does what is missing and nothing twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from campaign.errors import ConflictError, NotFoundError
from campaign.newsletter import IssueState
from campaign.records import Review, Story
from storage import schema
from storage.deciding import _after, _finish
from storage.decisions import Action, _review
from storage.evidence import _attach
from storage.flags import _waits_for_another
from storage.pairs import _in_turn
from storage.posts import _slices, public
from storage.store import Actor, Store
from storage.undoing import undo

_STORY = schema.story.c
_POST = schema.post.c
_DECISION = schema.decision.c

#: So many stories are taken at most by one press.
MOST = 500

#: So many are decided in one transaction: others who decide come in between.
_SLICE = 50


class Deed(StrEnum):
    """What can be done to many stories at once. Each can be taken back."""

    APPROVE = "approve"
    HIDE = "hide"
    LATER = "later"
    RESTORE = "restore"
    ATTACH = "attach"


class Why(StrEnum):
    """Why a story was left out. ``ALREADY`` is as it was wanted, or decided, so that the deed is not for it."""

    CHANGED = "changed"
    FLAGGED = "flagged"
    ALREADY = "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What is to be done, and by which press; ``node_id`` and ``later_until`` where the deed needs one."""

    bulk: str
    campaign: str
    deed: Deed
    reason: str = ""
    later_until: datetime | None = None
    node_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a press did. ``standing`` are those of its stories that were not taken back since."""

    bulk: str
    campaign: str
    deed: Deed
    reason: str
    stories: tuple[int, ...]
    standing: tuple[int, ...]
    left: dict[Why, tuple[int, ...]]


def mark(story: Story) -> str:
    """Return what tells this look at a story from a later one: its decisions and its posts' versions."""
    return _mark(story.changes, ((post.id, post.version_id) for post in story.posts))


def examine(store: Store, story_ids: Sequence[int], deed: Deed) -> tuple[dict[int, str], dict[Why, tuple[int, ...]]]:
    """Return the marks of the stories that a deed would be done to, in their order, and those it would leave out."""
    with store.read() as connection:
        found = {row.id: (row, marked) for ids in _slices(story_ids) for row, marked in _look(connection, ids)}
    marks: dict[int, str] = {}
    left: dict[Why, list[int]] = defaultdict(list)
    for story_id in story_ids:
        row, marked = found.get(story_id, (None, ""))
        why = _refused(row, deed) if row is not None else Why.CHANGED
        if why is None:
            marks[story_id] = marked
        else:
            left[why].append(story_id)
    return marks, {why: tuple(ids) for why, ids in left.items()}


def told_among(store: Store, story_ids: Sequence[int]) -> int:
    """Return how many of these stories readers see in a letter that has left: hiding one is told there."""
    post, item, issue = schema.post.c, schema.issue_item.c, schema.issue.c
    told = (
        select(item.id)
        .join(schema.issue, issue.id == item.issue_id)
        .where(
            or_(item.post_id == post.id, and_(item.post_id.is_(None), item.story_id == post.story_id)),
            item.left_out.is_(False),
            issue.frozen.is_not(None),
            issue.state.in_([str(state) for state in IssueState if state.out]),
        )
        .correlate(schema.post)
        .exists()
    )
    with store.read() as connection:
        parts = (select(post.story_id).where(post.story_id.in_(ids), public(), told) for ids in _slices(story_ids))
        return len({story_id for part in parts for story_id in connection.execute(part).scalars()})


def decide_many(store: Store, press: Press, marks: Mapping[int, str], *, by: Actor, now: datetime) -> Done:
    """Do a deed to the stories that still are as their marks say, in slices of a transaction each.

    ConflictError ``press_elsewhere`` where the name of the press stands for something else; NotFoundError
    ``node_missing``.
    """
    left: dict[Why, list[int]] = defaultdict(list)
    done: list[int] = []
    _check_name(store, press)
    for ids in _slices(sorted(marks)[:MOST], _SLICE):
        with store.write() as connection:
            _in_turn(connection)
            for story_id, why in _do(connection, press, ids, marks, by=by, now=now):
                if why is None:
                    done.append(story_id)
                else:
                    left[why].append(story_id)
    with store.write() as connection:
        _in_turn(connection)
        _tell(connection, press, done, left, by=by, now=now)
    return read_press(store, press.bulk)


def read_press(store: Store, bulk: str) -> Done:
    """Return what a press did. NotFoundError ``decision_missing``."""
    with store.read() as connection:
        told = _told(connection, bulk)
        if told is None:
            raise NotFoundError("decision_missing")
        stories = tuple(told.facts["stories"])
        standing = _standing(connection, bulk, stories)
    return Done(
        bulk=bulk,
        campaign=told.campaign,
        deed=Deed(told.action.removeprefix("bulk_")),
        reason=told.reason,
        stories=stories,
        standing=tuple(story_id for story_id in stories if story_id in standing),
        left={Why(why): tuple(ids) for why, ids in told.facts["left"].items()},
    )


def undo_many(store: Store, bulk: str, *, by: Actor, now: datetime) -> tuple[int, ...]:
    """Take back what a press did and still stands, and return the stories that somebody has decided on since."""
    overtaken = []
    for story_id in read_press(store, bulk).standing:
        try:
            undo(store, _group(bulk, story_id), by=by, now=now, press=_group(f"undo {bulk}", story_id))
        except ConflictError:
            overtaken.append(story_id)
        except NotFoundError:
            continue  # taken back by itself in the same moment
    return tuple(overtaken)


def _do(
    connection: Connection, press: Press, ids: list[int], marks: Mapping[int, str], *, by: Actor, now: datetime
) -> Iterable[tuple[int, Why | None]]:
    """Decide some stories in one transaction; yields each with why it was left out."""
    groups = {_group(press.bulk, story_id): story_id for story_id in ids}
    known = set(connection.execute(select(_DECISION.group).where(_DECISION.group.in_(groups))).scalars())
    looked = {row.id: (row, marked) for row, marked in _look(connection, ids, lock=True)}
    for group, story_id in groups.items():
        if group in known:
            yield story_id, None
            continue
        story, marked = looked.get(story_id, (None, ""))
        if story is None or marked != marks[story_id] or story.campaign != press.campaign:
            yield story_id, Why.CHANGED
            continue
        why = _refused(story, press.deed)
        if why is None and press.deed is Deed.APPROVE and _waits_for_another(connection, story, by):
            why = Why.FLAGGED  # its flag was cleared by who asks now
        if why is None:
            _decide(connection, story, press, by=by, now=now, group=group)
        yield story_id, why
    _name(connection, press.bulk, groups)


def _decide(connection: Connection, story: Row[Any], press: Press, *, by: Actor, now: datetime, group: str) -> None:
    if press.deed is Deed.ATTACH:
        _attach(connection, story, press.node_id or 0, by=by, now=now, reason=press.reason, press=group)
        _after(connection, story.id)
        return
    action = Action(press.deed)
    taken = _review(
        connection, story, action, seen=None, by=by, now=now, reason=press.reason, group=group,
        later_until=press.later_until,
    )  # fmt: skip
    _finish(connection, story.id, group, taken, now)


def _name(connection: Connection, bulk: str, groups: Iterable[str]) -> None:
    """Write the name of the press into the rows that this transaction has added."""
    added = select(_DECISION.id, _DECISION.facts).where(_DECISION.group.in_(list(groups)))
    for row in connection.execute(added).all():
        if "bulk" not in row.facts:
            facts = row.facts | {"bulk": bulk}
            connection.execute(update(schema.decision).where(_DECISION.id == row.id).values(facts=facts))


def _tell(
    connection: Connection, press: Press, done: Sequence[int], left: Mapping[Why, Sequence[int]], *, by: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """Add the row of the press itself, unless it stands there from the first time."""
    if _told(connection, press.bulk) is not None:
        return
    facts = {"bulk": press.bulk, "stories": list(done), "left": {str(why): list(ids) for why, ids in left.items()}}
    connection.execute(
        insert(schema.decision).values(
            campaign=press.campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=press.bulk,
            action=f"bulk_{press.deed}",
            reason=press.reason.strip(),
            facts=facts,
        )
    )


def _check_name(store: Store, press: Press) -> None:
    with store.read() as connection:
        rows = connection.execute(
            select(_DECISION.action, _DECISION.campaign).where(_DECISION.group == press.bulk)
        ).all()
    if any((row.action, row.campaign) != (f"bulk_{press.deed}", press.campaign) for row in rows):
        raise ConflictError("press_elsewhere", story=0)


def _told(connection: Connection, bulk: str) -> Row[Any] | None:
    query = select(schema.decision).where(_DECISION.group == bulk, _DECISION.action.startswith("bulk_"))
    return connection.execute(query.limit(1)).one_or_none()


def _standing(connection: Connection, bulk: str, story_ids: Sequence[int]) -> set[int]:
    """Return those of the stories whose decision by this press was not taken back."""
    groups = {_group(bulk, story_id): story_id for story_id in story_ids}
    found: set[int] = set()
    for part in _slices_of(list(groups)):
        query = select(_DECISION.group).where(_DECISION.group.in_(part), _DECISION.undone_by.is_(None))
        found |= {groups[group] for group in connection.execute(query).scalars()}
    return found


def _slices_of(groups: list[str], size: int = 500) -> Iterable[list[str]]:
    return (groups[start : start + size] for start in range(0, len(groups), size))


def _look(connection: Connection, ids: Sequence[int], *, lock: bool = False) -> list[tuple[Row[Any], str]]:
    """Return the rows of stories that stand by themselves, with their marks, locked in one order where asked."""
    query = select(schema.story).where(_STORY.id.in_(ids), _STORY.merged_into.is_(None)).order_by(_STORY.id)
    rows = connection.execute(query.with_for_update() if lock else query).all()
    posts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for post in connection.execute(select(_POST.story_id, _POST.id, _POST.version_id).where(_POST.story_id.in_(ids))):
        posts[post.story_id].append((post.id, post.version_id))
    return [(row, _mark(row.changes, posts[row.id])) for row in rows]


def _refused(story: Row[Any], deed: Deed) -> Why | None:
    """Return why a deed is not done to a story, None where it is."""
    if deed is Deed.APPROVE and story.flags:
        return Why.FLAGGED
    pointless = {
        Deed.APPROVE: story.review == Review.APPROVED and not story.waiting,
        Deed.HIDE: story.review == Review.HIDDEN,
        Deed.LATER: story.review in (Review.APPROVED, Review.HIDDEN),
        Deed.RESTORE: story.review == Review.NEW,
        Deed.ATTACH: False,
    }
    return Why.ALREADY if pointless[deed] else None


def _mark(changes: int, posts: Iterable[tuple[int, int]]) -> str:
    seen = ",".join(f"{post}:{version}" for post, version in sorted(posts))
    return hashlib.sha256(f"{changes};{seen}".encode()).hexdigest()[:12]


def _group(bulk: str, story_id: int) -> str:
    """Return the name of a story's own press within one, the same whenever it is asked for."""
    return hashlib.sha256(f"{bulk} {story_id}".encode()).hexdigest()[:32]
