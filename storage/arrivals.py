"""What happened around an open page of the queue: which of its stories changed, by whom, and which came in since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from storage import schema
from storage.narrowing import Filters, wanted
from storage.queue import _RANKED, Spot
from storage.store import Store

_STORY = schema.story.c
_DECISION = schema.decision.c
_ACCOUNT = schema.account.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """Who did the latest about a story. ``who`` is a person's name, "" for rules, jobs and visitors."""

    action: str
    actor: str
    who: str
    account_id: int | None


def standing(store: Store, story_ids: Collection[int]) -> dict[int, int]:
    """Return the counters of stories as they are now; one that another took up is left out."""
    query = select(_STORY.id, _STORY.changes).where(_STORY.id.in_(story_ids), _STORY.merged_into.is_(None))
    with store.read() as connection:
        return {row.id: row.changes for row in connection.execute(query)}


def arrived(
    store: Store, filters: Filters, shown: Collection[int], *, now: datetime, down_to: Spot | None, limit: int
) -> list[int]:
    """Return the ids of the first stories of a pile that a page does not show, in the order of the pile.

    ``down_to`` is the end of a page that goes on: what stands after it comes with the next page.
    """
    is_ranked = filters.pile in _RANKED
    query = select(_STORY.id).where(wanted(store.dialect, filters, now), _STORY.id.not_in(list(shown)))
    if down_to is not None:
        above = _STORY.sort_key > down_to.sort_key
        same = and_(_STORY.rank == down_to.rank, above)
        query = query.where(or_(_STORY.rank > down_to.rank, same) if is_ranked else above)
    order = (_STORY.rank.desc(), _STORY.sort_key.desc()) if is_ranked else (_STORY.sort_key.desc(),)
    with store.read() as connection:
        return list(connection.execute(query.order_by(*order).limit(limit)).scalars())


def newest_decision(store: Store) -> int:
    """Return the number of the latest row of the trail, 0 before the first."""
    with store.read() as connection:
        return int(connection.execute(select(func.max(_DECISION.id))).scalar() or 0)


def latest(store: Store, story_ids: Collection[int], *, since: int) -> dict[int, Latest]:
    """Return by story who did the latest about it after a row of the trail; the others are left out."""
    last = select(func.max(_DECISION.id)).where(_DECISION.story_id.in_(story_ids), _DECISION.id > since)
    last = last.group_by(_DECISION.story_id)
    query = (
        select(schema.decision, _ACCOUNT.display_name, _ACCOUNT.name)
        .outerjoin(schema.account, _ACCOUNT.id == _DECISION.account_id)
        .where(_DECISION.id.in_(last))
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return {
        row.story_id: Latest(
            action=row.action, actor=row.actor, who=row.display_name or row.name or "", account_id=row.account_id
        )
        for row in rows
    }
