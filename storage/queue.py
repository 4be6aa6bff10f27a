"""The desk's piles of stories: what waits, what comes later, what was decided, filtered and counted.

A pile is read page by page along an index, so that a page costs the same however long the pile is and nothing is
skipped while others decide. What waits stands where a rule put it and newest first within; the other piles by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select, union_all

from campaign.records import Story
from storage import schema
from storage.facets import networks
from storage.narrowing import Filters, Lack, Pile, due, narrowed, standing, waits, wanted
from storage.narrowing import in_pile as _in_pile
from storage.store import Store
from storage.stories import _stories

__all__ = (
    "Filters", "Lack", "Pile", "QueuePage", "Spot", "counts", "find_ids", "in_pile", "networks", "queue_page",
    "told_in", "waiting",
)  # fmt: skip

_STORY = schema.story.c

#: Piles in which a rule's order counts: those that people work through.
_RANKED = (Pile.WAITING, Pile.SECOND)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Spot:
    """Where a story stands in its pile; the highest is first."""

    rank: int
    sort_key: int

    def __str__(self) -> str:
        """Return the spot as an address carries it."""
        return f"{self.rank}.{self.sort_key}"

    @classmethod
    def read(cls, text: str) -> Spot | None:
        """Return the spot that an address carries, None for anything else."""
        rank, _, key = text.partition(".")
        if rank not in ("-1", "0", "1") or not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        return cls(rank=int(rank), sort_key=int(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some stories in the order of their pile. ``before`` opens the next page, None on the last one."""

    stories: tuple[Story, ...]
    before: Spot | None


def queue_page(
    store: Store, filters: Filters, *, now: datetime, before: Spot | None = None, limit: int = 20
) -> QueuePage:
    """Return the stories of a pile that stand after a spot, the first of the pile where there is none."""
    with store.read() as connection:
        rows = connection.execute(_page(store, filters, now=now, before=before, limit=limit + 1)).all()
        stories = _stories(connection, [row.id for row in rows[:limit]], public=False)
    last = rows[limit - 1] if len(rows) > limit else None
    return QueuePage(
        stories=tuple(stories), before=Spot(rank=last.rank, sort_key=last.sort_key) if last is not None else None
    )


def find_ids(store: Store, filters: Filters, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of the first stories of a pile, in its order."""
    with store.read() as connection:
        return [row.id for row in connection.execute(_page(store, filters, now=now, before=None, limit=limit))]


def in_pile(store: Store, filters: Filters, story_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Return those of the stories that the filters would show."""
    query = select(_STORY.id).where(wanted(store.dialect, filters, now), _STORY.id.in_(story_ids))
    with store.read() as connection:
        found = set(connection.execute(query).scalars())
    return [story_id for story_id in story_ids if story_id in found]


def counts(store: Store, filters: Filters, *, now: datetime) -> dict[Pile, int]:
    """Return how many stories each pile has under the same filters."""
    everything = wanted(store.dialect, replace(filters, pile=Pile.ALL), now)
    columns = [func.count().filter(_in_pile(pile, now)).label(pile.value) for pile in Pile]
    with store.read() as connection:
        row = connection.execute(select(*columns).select_from(schema.story).where(everything)).one()
    return {pile: int(getattr(row, pile.value)) for pile in Pile}


def waiting(store: Store, campaign: str, *, now: datetime, person: int | None = None) -> int:
    """Return how many stories wait for a person, the first or the second, for the number beside the queue's name.

    Those that ``person`` has approved and that wait for somebody else are not theirs to act on, and not counted.
    """
    query = select(func.count()).select_from(schema.story).where(standing(campaign), waits(now))
    if person is not None:
        query = query.where(or_(_STORY.first_by.is_(None), _STORY.first_by != person))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


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


def _page(store: Store, filters: Filters, *, now: datetime, before: Spot | None, limit: int) -> Select[Any]:
    """Return the query of a page: each part of it follows one index and ends after ``limit`` rows."""
    parts = [standing(filters.campaign), *narrowed(store.dialect, filters, now)]
    if filters.pile not in _RANKED:
        rank = literal(0).label("rank")
        query = select(_STORY.id, rank, _STORY.sort_key).where(_in_pile(filters.pile, now), *parts)
        if before is not None:
            query = query.where(_STORY.sort_key < before.sort_key)
        return query.order_by(_STORY.sort_key.desc()).limit(limit)
    first_by = _STORY.first_by.is_(None) if filters.pile is Pile.WAITING else _STORY.first_by.is_not(None)
    query = select(_STORY.id, _STORY.rank, _STORY.sort_key).where(first_by, *parts)
    if before is not None:
        earlier = and_(_STORY.rank == before.rank, _STORY.sort_key < before.sort_key)
        query = query.where(_STORY.rank <= before.rank, or_(_STORY.rank < before.rank, earlier))
    query = query.order_by(_STORY.rank.desc(), _STORY.sort_key.desc()).limit(limit)
    halves = (
        query.where(_STORY.waiting.is_(True)).subquery(),
        query.where(_STORY.waiting.is_(False), due(now)).subquery(),
    )
    both = union_all(*(select(half) for half in halves)).subquery()
    return select(both).order_by(both.c.rank.desc(), both.c.sort_key.desc()).limit(limit)
