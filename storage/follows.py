"""Stories that go on from earlier ones: set and taken away by people, undoable. What a letter may say of it.

A pair is read transitively where readers are led back or forward: a story told in no letter is passed through.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select

from campaign.errors import ConflictError, InputError
from campaign.newsletter import YEAR_AGO, IssueKind, IssueState
from storage import schema
from storage.columns import as_json, from_json
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.pairs import _in_turn
from storage.posts import _slices, public
from storage.store import Actor, Store
from storage.ties import _cut, _had, _put, _retie

_FOLLOWS = schema.story_follows.c
_STORY = schema.story.c
_POST = schema.post.c
_ITEM = schema.issue_item.c
_ISSUE = schema.issue.c

#: Decisions about what a story goes on from.
FOLLOWS = ("follow", "unfollow")

#: So many steps back or forward are followed.
_DEEPEST = 20

_OUT = [str(state) for state in IssueState if state.out]


def follow(store: Store, story_id: int, earlier_id: int, *, by: Actor, now: datetime, press: str = "") -> str:
    """Let a story go on from an earlier one and return the press that undoes it, "" where it does already.

    ``press`` names the press, "" gives it a name; one that is sent again changes nothing. NotFoundError
    ``story_missing``; ConflictError ``story_changed`` where one was taken up by another; InputError ``other``
    (``follow_itself``, ``follow_elsewhere``, ``follow_circle``).
    """
    if story_id == earlier_id:
        raise InputError("other", "follow_itself")
    with store.write() as connection:
        _in_turn(connection)
        if press and _taken(connection, press, story_id):
            return press
        story, earlier = _standing(connection, story_id, earlier_id)
        if story.campaign != earlier.campaign:
            raise InputError("other", "follow_elsewhere")
        if _had(connection, _FOLLOWS.earlier_id, story_id, earlier_id)["had"] is not None:
            return ""
        if story_id in _reached(connection, [earlier_id], back=True)[earlier_id]:
            raise InputError("other", "follow_circle")
        _put(connection, _FOLLOWS.earlier_id, story, earlier_id, {"account_id": by.account_id, "at": now})
        return _told(connection, story_id, earlier_id, "follow", by=by, now=now, press=press, before={"had": None})


def unfollow(store: Store, story_id: int, earlier_id: int, *, by: Actor, now: datetime, press: str = "") -> str:
    """Take away that a story goes on from another and return the press that undoes it, "" where it does not."""
    with store.write() as connection:
        _in_turn(connection)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(_story(connection, story_id))
        before = _had(connection, _FOLLOWS.earlier_id, story_id, earlier_id)
        if before["had"] is None:
            return ""
        _cut(connection, _FOLLOWS.earlier_id, story_id, earlier_id)
        return _told(connection, story_id, earlier_id, "unfollow", by=by, now=now, press=press, before=before)


def earlier_of(store: Store, story_id: int) -> list[int]:
    """Return the stories that one goes on from, the one that was set first first."""
    query = select(_FOLLOWS.earlier_id).where(_FOLLOWS.story_id == story_id)
    with store.read() as connection:
        return list(connection.execute(query.order_by(_FOLLOWS.at, _FOLLOWS.earlier_id)).scalars())


def later_of(store: Store, story_id: int) -> list[int]:
    """Return the stories that go on from one, the one that was set first first."""
    query = select(_FOLLOWS.story_id).where(_FOLLOWS.earlier_id == story_id)
    with store.read() as connection:
        return list(connection.execute(query.order_by(_FOLLOWS.at, _FOLLOWS.story_id)).scalars())


def told_before(store: Store, newsletter: str, story_ids: Iterable[int], before_number: int) -> dict[int, int]:
    """Return the number of the issue that told what a story goes on from, by story; most have none.

    That is the latest issue before that number which told the story itself, else the nearest one that it goes on from
    and that anybody may still read.
    """
    wanted = sorted(set(story_ids))
    with store.read() as connection:
        reached = _reached(connection, wanted, back=True)
        numbers = _numbers(connection, newsletter, {*wanted, *(each for back in reached.values() for each in back)})
    found: dict[int, int] = {}
    for story_id in wanted:
        steps: dict[int, list[int]] = defaultdict(list)
        for each, step in {story_id: 0, **reached[story_id]}.items():
            steps[step] += [number for number in numbers.get(each, ()) if number < before_number]
        nearest = next((told for _, told in sorted(steps.items()) if told), None)
        if nearest:
            found[story_id] = max(nearest)
    return found


def went_on(store: Store, newsletter: str, story_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the numbers of later issues that told how a story went on, by story; those that did not are left out.

    Only issues that have left, and stories that anybody may read now. The ids may be those of stories that others have
    taken up since.
    """
    asked = sorted(set(story_ids))
    with store.read() as connection:
        homes = _homes(connection, asked)
        reached = _reached(connection, sorted(set(homes.values())), back=False)
        numbers = _numbers(
            connection, newsletter, {*homes.values(), *(each for ahead in reached.values() for each in ahead)}
        )
    found: dict[int, tuple[int, ...]] = {}
    for story_id, home in homes.items():
        own = numbers.get(home, ())
        if own:
            later = {number for each in (home, *reached[home]) for number in numbers.get(each, ()) if number > min(own)}
            if later:
                found[story_id] = tuple(sorted(later))
    return found


def _standing(connection: Connection, *story_ids: int) -> list[Row[Any]]:
    """Return stories as asked for, taken in the order of their ids so that two never wait for each other."""
    found = {story_id: _story(connection, story_id) for story_id in sorted(story_ids)}
    for story in found.values():
        _check_standing(story)
    return [found[story_id] for story_id in story_ids]


def _told(
    connection: Connection, story_id: int, earlier_id: int, action: str, *, by: Actor, now: datetime, press: str,
    before: dict[str, Any],
) -> str:  # fmt: skip
    group = press or uuid.uuid4().hex
    facts = {"earlier": earlier_id, "number": earlier_id}
    story = _story(connection, story_id)
    _record(connection, story, action, by=by, now=now, group=group, facts=facts, before=before)
    _after(connection, story_id)
    return group


def _put_back_follow(connection: Connection, story: Row[Any], row: Row[Any]) -> None:
    """Let a story go on from another, or not, as it was before a press."""
    earlier_id = row.facts["earlier"]
    _check_standing(_story(connection, earlier_id))
    if row.before["had"] is not None and story.id in _reached(connection, [earlier_id], back=True)[earlier_id]:
        raise ConflictError("undo_overtaken", story=story.id)
    _retie(connection, _FOLLOWS.earlier_id, story, earlier_id, row.before)


def _reached(connection: Connection, story_ids: Collection[int], *, back: bool) -> dict[int, dict[int, int]]:
    """Return for each story those that it goes on from, or that go on from it, each with how many steps away it is."""
    here, there = (_FOLLOWS.story_id, _FOLLOWS.earlier_id) if back else (_FOLLOWS.earlier_id, _FOLLOWS.story_id)
    next_to: dict[int, list[int]] = {}
    frontier = set(story_ids)
    for _ in range(_DEEPEST):
        for part in _slices(sorted(frontier)):
            next_to |= {story_id: [] for story_id in part}
            for row in connection.execute(select(here.label("here"), there.label("there")).where(here.in_(part))):
                next_to[row.here].append(row.there)
        frontier = {each for ahead in next_to.values() for each in ahead} - next_to.keys()
        if not frontier:
            break
    return {story_id: _steps(story_id, next_to) for story_id in story_ids}


def _steps(start: int, next_to: Mapping[int, list[int]]) -> dict[int, int]:
    found = {start: 0}
    waiting = [start]
    for each in waiting:
        for ahead in next_to.get(each, ()):
            if ahead not in found:
                found[ahead] = found[each] + 1
                waiting.append(ahead)
    del found[start]
    return found


def _numbers(connection: Connection, newsletter: str, story_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the numbers of the letters that told stories which anybody may read now, by story."""
    found: dict[int, list[int]] = defaultdict(list)
    for part in _slices(sorted(story_ids)):
        for row in connection.execute(_tellings(newsletter, part)):
            found[row.story_id].append(row.number)
    return {story_id: tuple(sorted(set(numbers))) for story_id, numbers in found.items()}


def _tellings(newsletter: str, story_ids: list[int]) -> Select[Any]:
    seen = select(_POST.id).where(_POST.story_id == _ITEM.story_id, public()).correlate(schema.issue_item).exists()
    return (
        select(_ITEM.story_id, _ISSUE.number)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ITEM.story_id.in_(story_ids), _ITEM.left_out.is_(False), _ITEM.section != YEAR_AGO, seen)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.LETTER, _ISSUE.state.in_(_OUT))
    )


def _homes(connection: Connection, story_ids: Collection[int]) -> dict[int, int]:
    """Return where stories are now: themselves, or what took them up."""
    found: dict[int, int] = {}
    for part in _slices(story_ids):
        for row in connection.execute(select(_STORY.id, _STORY.merged_into).where(_STORY.id.in_(part))):
            found[row.id] = row.merged_into or row.id
    return found


def _join_follows(connection: Connection, story_id: int, into_id: int) -> dict[str, Any]:
    """Let a story go on from all that one which it takes up went on from, and whatever went on from that go on from
    it. Return both as they were.
    """
    touching = or_(_FOLLOWS.story_id == story_id, _FOLLOWS.earlier_id == story_id)
    rows = [dict(row) for row in connection.execute(select(schema.story_follows).where(touching)).mappings()]
    made = []
    connection.execute(delete(schema.story_follows).where(touching))
    for row in rows:
        one, other = (into_id if each == story_id else each for each in (row["story_id"], row["earlier_id"]))
        # What goes on from itself, or from what goes on from it, goes on from nothing.
        if one == other or _is_tied(connection, one, other) or one in _reached(connection, [other], back=True)[other]:
            continue
        connection.execute(insert(schema.story_follows).values({**row, "story_id": one, "earlier_id": other}))
        made.append([one, other])
    return {"had": [as_json(row) for row in rows], "made": made}


def _part_follows(connection: Connection, before: Mapping[str, Any]) -> None:
    """Undo ``_join_follows``, but for what somebody has taken away since."""
    kept = before.get("follows")
    if kept is None:
        return
    story_id, into_id = before["from"], before["into"]
    gone = []
    for one, other in kept["made"]:
        if not _is_tied(connection, one, other):
            gone.append([one, other])
        connection.execute(delete(schema.story_follows).where(_tie(one, other)))
    for row in kept["had"]:
        pair = [row["story_id"], row["earlier_id"]]
        if [into_id if each == story_id else each for each in pair] in gone:
            continue
        if not _is_tied(connection, *pair):
            connection.execute(insert(schema.story_follows).values(from_json(schema.story_follows, row)))


def _is_tied(connection: Connection, story_id: int, earlier_id: int) -> bool:
    found = connection.execute(select(_FOLLOWS.story_id).where(_tie(story_id, earlier_id)))
    return found.first() is not None


def _tie(story_id: int, earlier_id: int) -> Any:
    return and_(_FOLLOWS.story_id == story_id, _FOLLOWS.earlier_id == earlier_id)
