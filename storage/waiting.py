"""What waits for people in a campaign, in numbers; and when each person wants to be told of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from storage import schema
from storage.areas import areas
from storage.narrowing import due, standing, waits
from storage.picture_desk import count_ending
from storage.store import Store

_STORY = schema.story.c
_POST = schema.post.c
_ACCOUNT = schema.account.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits. ``oldest_at`` is when the first post that waits came in, None where none does.

    ``second`` are flagged stories that one person has approved, ``due`` those put off until now; both are among
    ``stories``. ``areas`` and ``sources`` count stories by the title of a focus area and by the id of a source.
    """

    campaign: str
    stories: int
    oldest_at: datetime | None
    second: int
    due: int
    rights_ending: int
    areas: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]


def what_waits(store: Store, campaign: str, *, now: datetime) -> Waiting:
    """Return what waits in a campaign now."""
    here = (standing(campaign), waits(now))
    posts = (
        select(_POST.source_id, func.count(_POST.story_id.distinct()).label("count"))
        .join(schema.story, _STORY.id == _POST.story_id)
        .where(*here)
    )
    nodes = (
        select(schema.evidence.c.node_id, _STORY.id)
        .join(schema.story, _STORY.id == schema.evidence.c.story_id)
        .where(*here)
    )
    oldest = select(func.min(_POST.first_seen_at)).join(schema.story, _STORY.id == _POST.story_id)
    with store.read() as connection:
        numbers = connection.execute(
            select(
                func.count().label("stories"),
                func.count().filter(_STORY.first_by.is_not(None)).label("second"),
                func.count().filter(due(now)).label("due"),
            )
            .select_from(schema.story)
            .where(*here)
        ).one()
        first = connection.execute(oldest.where(*here, _POST.review != "approved", _POST.review != "hidden")).scalar()
        by_source = connection.execute(posts.where(_POST.source_id.is_not(None)).group_by(_POST.source_id)).all()
        attached = connection.execute(nodes).all()
    return Waiting(
        campaign=campaign,
        stories=numbers.stories,
        oldest_at=first,
        second=numbers.second,
        due=numbers.due,
        rights_ending=count_ending(store, campaign, now=now),
        areas=_by_area(store, campaign, [(row.node_id, row.id) for row in attached]),
        sources=_ordered({row.source_id: int(row[1]) for row in by_source}),
    )


def notice_times(store: Store) -> dict[int, tuple[str, ...]]:
    """Return when each active account wants to be told, as "monday 08:00"; those that do not are left out."""
    query = select(_ACCOUNT.id, _ACCOUNT.notices).where(_ACCOUNT.disabled_at.is_(None))
    with store.read() as connection:
        return {row.id: tuple(row.notices) for row in connection.execute(query) if row.notices}


def set_notice_times(store: Store, account_id: int, times: Collection[str]) -> None:
    """Store when a person wants to be told of what waits; none means never."""
    with store.write() as connection:
        connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(notices=list(times)))


def _by_area(store: Store, campaign: str, attached: list[tuple[int, int]]) -> tuple[tuple[str, int], ...]:
    """Return how many stories are attached to each focus area of the own strategy or to anything under it."""
    known = areas(store, campaign)
    found: dict[str, set[int]] = {}
    for node_id, story_id in attached:
        if node_id in known:
            found.setdefault(known[node_id].title, set()).add(story_id)
    return _ordered({title: len(stories) for title, stories in found.items()})


def _ordered(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
