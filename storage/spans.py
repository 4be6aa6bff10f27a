"""Spans of time in the public archive: what stands before and after one, its newest, what was lifted, what was sent.

Every question is answered from the shelf by ranges of its keys, so that a day costs the same whatever the archive
holds. A span is a pair of keys (``storage.keys.key_range``): the first is inside, the second is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, union_all

from campaign.records import Story
from storage import schema
from storage.keys import moment_of
from storage.store import Store
from storage.stories import _stories

_SHELF = schema.shelf.c
_COUNT = schema.shelf_count.c

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """An issue or a yearbook on the shelf. ``path`` is its address below language and campaign; ``title`` may be ""."""

    kind: str
    title: str
    path: str
    sent_at: datetime

    @property
    def number(self) -> int:
        """Its number in its newsletter."""
        return int(self.path.rpartition("/")[2])


def beside(store: Store, campaign: str, span: Span) -> tuple[datetime | None, datetime | None]:
    """Return when the nearest stories before and after a span stand, None where there is none."""
    older = select(func.max(_SHELF.key)).where(*_standing(campaign), _SHELF.key < span[0]).scalar_subquery()
    newer = select(func.min(_SHELF.key)).where(*_standing(campaign), _SHELF.key >= span[1]).scalar_subquery()
    with store.read() as connection:
        before, after = connection.execute(select(older, newer)).one()
    return (moment_of(before) if before is not None else None, moment_of(after) if after is not None else None)


def heads(store: Store, campaign: str, spans: Sequence[Span], *, each: int) -> list[list[Story]]:
    """Return the newest stories of each span, at most ``each`` of them; the same few queries however many spans."""
    if not spans:
        return []
    parts = [
        select(
            select(_SHELF.subject, _SHELF.key)
            .where(*_standing(campaign), _SHELF.key >= first, _SHELF.key < end)
            .order_by(_SHELF.key.desc())
            .limit(each)
            .subquery()
        )
        for first, end in spans
    ]
    with store.read() as connection:
        rows = connection.execute(union_all(*parts)).all()
        found = {story.id: story for story in _stories(connection, [row.subject for row in rows], public=True)}
    return [
        [found[row.subject] for row in sorted(rows, key=lambda row: -row.key) if start <= row.key < end
         and row.subject in found]
        for start, end in spans
    ]  # fmt: skip


def lifted(store: Store, campaign: str, span: Span, *, limit: int) -> list[Story]:
    """Return the newest stories of a span that the desk lifted."""
    query = (
        select(_SHELF.subject)
        .where(*_standing(campaign), _SHELF.featured, _SHELF.key >= span[0], _SHELF.key < span[1])
        .order_by(_SHELF.key.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return _stories(connection, list(connection.execute(query).scalars()), public=True)


def sent_in(store: Store, campaign: str, span: Span) -> list[Lying]:
    """Return the issues and yearbooks that left in a span, the oldest first."""
    query = (
        select(_SHELF.kind, _SHELF.title, _SHELF.path, _SHELF.key)
        .where(_SHELF.campaign == campaign, _SHELF.kind.in_(("issue", "yearbook")))
        .where(_SHELF.key >= span[0], _SHELF.key < span[1])
        .order_by(_SHELF.key)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [Lying(kind=row.kind, title=row.title, path=row.path, sent_at=moment_of(row.key)) for row in rows]


def _standing(campaign: str) -> tuple[ColumnElement[bool], ...]:
    return (_SHELF.campaign == campaign, _SHELF.kind == "story")


def totals(store: Store, campaign: str, *, first: str = "", last: str = "") -> dict[str, dict[str, int]]:
    """Return how many stories each value of each facet has (``storage.counts.FACETS``), with one query.

    ``first`` and ``last`` are months ("2026-11"), both inside; "" bounds nothing.
    """
    query = (
        select(_COUNT.facet, _COUNT.value, func.sum(_COUNT.stories).label("stories"))
        .where(_COUNT.campaign == campaign, _COUNT.facet != "all", _COUNT.period.not_like("%-W%"))
        .group_by(_COUNT.facet, _COUNT.value)
    )
    if first:
        query = query.where(_COUNT.period >= first)
    if last:
        query = query.where(_COUNT.period <= last)
    found: dict[str, dict[str, int]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            if row.stories > 0:
                found.setdefault(row.facet, {})[row.value] = int(row.stories)
    return found
