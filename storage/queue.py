"""The desk's piles of stories: what waits, what comes later, what was decided, filtered and counted.

A pile is read newest first, page by page along the stories' keys, so that a page costs the same however long the
pile is and nothing is skipped while others decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from campaign.records import Review, Story
from storage import schema
from storage.keys import key_range
from storage.search import matching
from storage.store import Store
from storage.stories import _stories

_STORY = schema.story.c
_POST = schema.post.c
_VERSION = schema.version.c


class Pile(StrEnum):
    """What a tab of the queue shows. A story put off to a date returns to ``WAITING`` when the date comes."""

    WAITING = "waiting"
    LATER = "later"
    APPROVED = "approved"
    HIDDEN = "hidden"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the desk wants to see. Empty fields do not narrow.

    ``nodes`` are ids of the strategy, a story attached to any of them counts; ``unattached`` wants those attached
    to none. ``start`` is inside, ``end`` is not. ``words`` are what a person typed into the search field.
    """

    campaign: str
    pile: Pile = Pile.WAITING
    source: str = ""
    network: str = ""
    nodes: tuple[int, ...] = ()
    unattached: bool = False
    words: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some stories, newest first. ``before`` opens the next page, None on the last one."""

    stories: tuple[Story, ...]
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value that a filter can take, and how many stories of the campaign have it."""

    value: str
    count: int


def queue_page(
    store: Store, filters: Filters, *, now: datetime, before: int | None = None, limit: int = 20
) -> QueuePage:
    """Return the stories of a pile that stand before a key, newest first."""
    query = select(_STORY.id, _STORY.sort_key).where(_wanted(store, filters, now))
    if before is not None:
        query = query.where(_STORY.sort_key < before)
    with store.read() as connection:
        rows = connection.execute(query.order_by(_STORY.sort_key.desc()).limit(limit + 1)).all()
        stories = _stories(connection, [row.id for row in rows[:limit]], public=False)
    return QueuePage(stories=tuple(stories), before=rows[limit - 1].sort_key if len(rows) > limit else None)


def in_pile(store: Store, filters: Filters, story_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Return those of the stories that the filters would show."""
    query = select(_STORY.id).where(_wanted(store, filters, now), _STORY.id.in_(story_ids))
    with store.read() as connection:
        found = set(connection.execute(query).scalars())
    return [story_id for story_id in story_ids if story_id in found]


def counts(store: Store, filters: Filters, *, now: datetime) -> dict[Pile, int]:
    """Return how many stories each pile has under the same filters."""
    narrowed = _wanted(store, replace(filters, pile=Pile.ALL), now)
    columns = [func.count().filter(_in_pile(pile, now)).label(pile.value) for pile in Pile]
    with store.read() as connection:
        row = connection.execute(select(*columns).select_from(schema.story).where(narrowed)).one()
    return {pile: int(getattr(row, pile.value)) for pile in Pile}


def waiting(store: Store, campaign: str, *, now: datetime) -> int:
    """Return how many stories wait for a person, for the number beside the queue's name."""
    query = select(func.count()).select_from(schema.story)
    query = query.where(_STORY.campaign == campaign, _STORY.merged_into.is_(None), _in_pile(Pile.WAITING, now))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def networks(store: Store, campaign: str) -> list[Choice]:
    """Return the networks that stories came from, the most frequent first."""
    with store.read() as connection:
        return _choices(connection, campaign, _POST.network)


def origins(store: Store, campaign: str) -> list[Choice]:
    """Return the ids of sources that stories came from, the most frequent first."""
    with store.read() as connection:
        return _choices(connection, campaign, _POST.source_id)


def told_in(store: Store, story_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the numbers of the issues that tell each story, left out ones not counted."""
    item, issue = schema.issue_item.c, schema.issue.c
    query = (
        select(item.story_id, issue.number)
        .join(schema.issue, issue.id == item.issue_id)
        .where(item.story_id.in_(story_ids), item.left_out.is_(False))
        .order_by(issue.number)
    )
    found: dict[int, list[int]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            found.setdefault(row.story_id, []).append(row.number)
    return found


def _choices(connection: Connection, campaign: str, column: ColumnElement[str | None]) -> list[Choice]:
    count = func.count(_POST.story_id.distinct())
    query = select(column, count).where(_POST.campaign == campaign, column.is_not(None))
    rows = connection.execute(query.group_by(column).order_by(count.desc(), column)).all()
    return [Choice(value=str(row[0]), count=int(row[1])) for row in rows]


def _wanted(store: Store, filters: Filters, now: datetime) -> ColumnElement[bool]:
    parts = [_STORY.campaign == filters.campaign, _STORY.merged_into.is_(None), _in_pile(filters.pile, now)]
    if filters.source:
        parts.append(_has_post(_POST.source_id == filters.source))
    if filters.network:
        parts.append(_has_post(_POST.network == filters.network))
    if filters.nodes:
        parts.append(_attached(schema.evidence.c.node_id.in_(filters.nodes)))
    if filters.unattached:
        parts.append(~_attached())
    if filters.start is not None:
        parts.append(_STORY.sort_key >= key_range(filters.start, filters.start)[0])
    if filters.end is not None:
        parts.append(_STORY.sort_key < key_range(filters.end, filters.end)[0])
    if filters.words.strip():
        found = matching(store.dialect, filters.words, is_public=False)
        # Asking only for what must not stand there finds nothing rather than everything.
        parts.append(_has_post(_POST.sort_key.in_(found)) if found is not None else _STORY.id.is_(None))
    return and_(*parts)


def _in_pile(pile: Pile, now: datetime) -> ColumnElement[bool]:
    due = and_(_STORY.review == Review.LATER, _STORY.later_until.is_not(None), _STORY.later_until <= now)
    if pile is Pile.WAITING:
        return or_(_STORY.waiting.is_(True), due)
    if pile is Pile.LATER:
        return and_(_STORY.review == Review.LATER, or_(_STORY.later_until.is_(None), _STORY.later_until > now))
    if pile is Pile.ALL:
        return _STORY.id.is_not(None)
    return _STORY.review == pile.value


def _has_post(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_POST.id).where(_POST.story_id == _STORY.id, condition).correlate(schema.story).exists()


def _attached(condition: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    evidence = select(schema.evidence.c.id).where(schema.evidence.c.story_id == _STORY.id)
    if condition is not None:
        evidence = evidence.where(condition)
    return evidence.correlate(schema.story).exists()
