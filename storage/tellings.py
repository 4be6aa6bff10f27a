"""What letters have told: which told stories have got posts since, what a week a year ago told, which events are ahead.

A telling is a story in a letter that was not left out; what stands under "a year ago" is told again and is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from campaign.newsletter import YEAR_AGO, IssueItem, IssueKind, IssueState, ItemKind
from campaign.periods import Week
from storage import schema
from storage.issues import _items
from storage.posts import _slices, public
from storage.store import Store

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_POST = schema.post.c
_DECISION = schema.decision.c
_STORY = schema.story.c

_OUT = [str(state) for state in IssueState if state.out]

#: What lasts a whole day is ahead until the day is over.
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The latest letter that told a story, and what of the story it can not have told.

    ``selected_to`` is when that letter was drafted; ``told`` are the posts whose words letters told; ``since`` are
    public posts that nobody had approved when it left, with the moment when somebody did.
    """

    story_id: int
    number: int
    selected_to: datetime
    told: frozenset[int]
    since: Mapping[int, datetime]


def told_with_more(
    store: Store, newsletter: str, *, drafting: int | None = None, among: Iterable[int] | None = None
) -> dict[int, Telling]:
    """Return the told stories with posts that were approved after their letter had left, by story.

    ``among`` narrows to these. Without those that an editor wants in no letter, and those that a letter tells which
    has not left; the issue ``drafting`` itself does not count.
    """
    wanted = None if among is None else sorted(set(among))
    with store.read() as connection:
        several = _several(connection, newsletter, wanted)
        rows = [row for part in _slices(several) for row in connection.execute(_tellings(newsletter, part, drafting))]
        latest = _latest(rows)
        since = _since(connection, latest)
    told: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        told[row.story_id] |= {row.post_id} if row.post_id is not None else set()
    found = {}
    for story_id, row in latest.items():
        fresh = {post: at for post, at in since.get(story_id, {}).items() if post not in told[story_id]}
        if fresh:
            found[story_id] = Telling(
                story_id=story_id,
                number=row.number,
                selected_to=row.selected_to,
                told=frozenset(told[story_id]),
                since=fresh,
            )
    return found


def told_in_week(store: Store, newsletter: str, week: Week) -> list[tuple[int, int]]:
    """Return the stories that letters of a week told, in reading order, each with the letter's number."""
    query = (
        select(_ITEM.story_id, _ISSUE.number)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ISSUE.year == week.year, _ISSUE.week == week.number)
        .where(*_counts(newsletter), _ISSUE.state.in_(_OUT), _ITEM.left_out.is_(False))
        .order_by(_ISSUE.number, _ITEM.position, _ITEM.id)
    )
    with store.read() as connection:
        return [(row.story_id, row.number) for row in connection.execute(query)]


def not_to_remind(store: Store, newsletter: str, *, since: datetime) -> set[int]:
    """Return the stories that no letter may tell again as a year ago: those that one drafted since then has under that
    heading, shown or left out, and those that an editor wants in no letter at all.
    """
    query = (
        select(_ITEM.story_id, _ITEM.section, _ITEM.reason, _ISSUE.state, _ISSUE.selected_to)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.LETTER, _ITEM.story_id.is_not(None))
        .where(or_(_ITEM.left_out.is_(True), _ITEM.section == YEAR_AGO))
    )
    with store.read() as connection:
        found = {
            row.story_id
            for row in connection.execute(query)
            if row.reason["key"] == "for_good"
            or (row.section == YEAR_AGO and row.state != IssueState.CANCELLED and row.selected_to >= since)
        }
        merged = select(_STORY.id, _STORY.merged_into).where(_STORY.merged_into.is_not(None))
        return found | {row.merged_into for row in connection.execute(merged) if row.id in found}


def published_between(store: Store, campaign: str, start: datetime, end: datetime, *, limit: int = 50) -> list[int]:
    """Return stories that anybody may read with a post published from ``start`` up to ``end``, newest first."""
    low, high = (int(at.timestamp() * 1000) << 10 for at in (start, end))
    query = (
        select(_POST.story_id, func.max(_POST.sort_key).label("at"))
        .where(_POST.campaign == campaign, _POST.sort_key >= low, _POST.sort_key < high, public())
        .group_by(_POST.story_id)
        .order_by(func.max(_POST.sort_key).desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [row.story_id for row in connection.execute(query)]


def events_ahead(
    store: Store, newsletter: str, *, after: datetime, drafting: int | None = None
) -> list[tuple[IssueItem, int]]:
    """Return the events of the last letter, and of those cancelled since, that are not over then; the soonest first.

    Each with its letter's number, each once, without those that an editor wants in no letter. Since every letter takes
    over what is still ahead, the one before has them all, as the editors mended them.
    """
    query = (
        select(_ISSUE.id, _ISSUE.number, _ISSUE.state)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.LETTER, _ISSUE.id != (drafting or 0))
        .order_by(_ISSUE.number.desc())
    )
    found: dict[tuple[str, datetime], tuple[IssueItem, int]] = {}
    refused: set[tuple[str, datetime]] = set()
    with store.read() as connection:
        for issue in connection.execute(query):
            for item in _items(connection, issue.id):
                if item.kind is not ItemKind.EVENT or item.starts_at is None or _is_over(item, after):
                    continue
                name = (item.title, item.starts_at)
                if item.for_good:
                    refused.add(name)
                elif name not in refused:
                    found.setdefault(name, (item, issue.number))
            if issue.state != IssueState.CANCELLED:
                break
    return sorted(found.values(), key=lambda each: (each[0].starts_at or after, each[0].id))


def told_near(store: Store, story_id: int, *, limit: int = 60) -> list[int]:
    """Return stories that letters have told and that share a node or a place with one, the latest told first.

    Without those that a person said it does not go on from.
    """
    evidence, place = schema.evidence.c, schema.story_place.c
    nodes = select(evidence.node_id).where(evidence.story_id == story_id)
    places = select(place.place).where(place.story_id == story_id)
    near = or_(
        _ITEM.story_id.in_(select(evidence.story_id).where(evidence.node_id.in_(nodes))),
        _ITEM.story_id.in_(select(place.story_id).where(place.place.in_(places))),
    )
    campaign = select(_STORY.campaign).where(_STORY.id == story_id).scalar_subquery()
    query = (
        select(_ITEM.story_id, func.max(_ISSUE.id).label("last"))
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ITEM.campaign == campaign, _ISSUE.kind == IssueKind.LETTER, _ISSUE.state.in_(_OUT), near)
        .where(_ITEM.left_out.is_(False), _ITEM.section != YEAR_AGO, _ITEM.story_id != story_id)
        .group_by(_ITEM.story_id)
        .order_by(func.max(_ISSUE.id).desc(), _ITEM.story_id.desc())
        .limit(limit)
    )
    said = select(_DECISION.facts).where(
        _DECISION.story_id == story_id, _DECISION.action == "unfollow", _DECISION.undone_by.is_(None)
    )
    with store.read() as connection:
        refused = {facts["earlier"] for facts in connection.execute(said).scalars()}
        return [row.story_id for row in connection.execute(query) if row.story_id not in refused]


def told_in_numbers(store: Store, story_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Return the latest letter that has left with each story, as its newsletter and number; most have none."""
    found: dict[int, tuple[str, int]] = {}
    with store.read() as connection:
        for part in _slices(sorted(set(story_ids))):
            query = (
                select(_ITEM.story_id, _ISSUE.newsletter, _ISSUE.number)
                .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
                .where(_ITEM.story_id.in_(part), _ITEM.left_out.is_(False), _ITEM.section != YEAR_AGO)
                .where(_ISSUE.kind == IssueKind.LETTER, _ISSUE.state.in_(_OUT))
                .order_by(_ISSUE.id)
            )
            found |= {row.story_id: (row.newsletter, row.number) for row in connection.execute(query)}
    return found


def _is_over(item: IssueItem, at: datetime) -> bool:
    last = item.ends_at or item.starts_at or at
    return (last + _DAY if item.all_day else last) <= at


def _counts(newsletter: str) -> list[Any]:
    return [
        _ISSUE.newsletter == newsletter,
        _ISSUE.kind == IssueKind.LETTER,
        _ITEM.story_id.is_not(None),
        _ITEM.section != YEAR_AGO,
    ]


def _several(connection: Connection, newsletter: str, among: list[int] | None) -> list[int]:
    """Return the stories in letters of which anybody may read more than one post."""
    items = select(_ITEM.story_id).join(schema.issue, _ISSUE.id == _ITEM.issue_id).where(*_counts(newsletter))
    query = select(_POST.story_id).where(public(), _POST.story_id.in_(items))
    query = query.group_by(_POST.story_id).having(func.count() > 1).order_by(_POST.story_id)
    if among is None:
        return list(connection.execute(query).scalars())
    parts = (query.where(_POST.story_id.in_(part)) for part in _slices(among))
    return [story_id for part in parts for story_id in connection.execute(part).scalars()]


def _tellings(newsletter: str, story_ids: list[int], drafting: int | None) -> Select[Any]:
    columns = (_ITEM.story_id, _ITEM.post_id, _ITEM.left_out, _ITEM.reason)
    of_issue = (_ISSUE.number, _ISSUE.state, _ISSUE.selected_to, _ISSUE.sent_from)
    return (
        select(*columns, *of_issue)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(*_counts(newsletter), _ITEM.story_id.in_(story_ids), _ISSUE.id != (drafting or 0))
        .order_by(_ISSUE.number)
    )


def _latest(rows: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """Return the latest telling of each story, without those that no letter may tell, or one is about to."""
    found: dict[int, Row[Any]] = {}
    closed: set[int] = set()
    for row in rows:
        if row.left_out:
            closed |= {row.story_id} if row.reason["key"] == "for_good" else set()
        elif row.state in _OUT and row.sent_from is not None:
            found[row.story_id] = row
        elif row.state != IssueState.CANCELLED:
            closed.add(row.story_id)
    return {story_id: row for story_id, row in found.items() if story_id not in closed}


def _since(connection: Connection, latest: Mapping[int, Row[Any]]) -> dict[int, dict[int, datetime]]:
    """Return the public posts of stories that were first approved after their latest telling, and when."""
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for part in _slices(sorted(latest)):
        approved = (
            select(_POST.id, _POST.story_id, func.min(_DECISION.at).label("at"))
            .join(schema.decision, _DECISION.post_id == _POST.id)
            .where(_POST.story_id.in_(part), public(), _DECISION.action == "approve", _DECISION.undone_by.is_(None))
            .group_by(_POST.id, _POST.story_id)
        )
        for row in connection.execute(approved):
            if row.at > latest[row.story_id].sent_from:
                found[row.story_id][row.id] = row.at
    return found
