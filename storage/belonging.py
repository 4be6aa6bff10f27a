"""To which campaigns a thing belongs: asked at the desk's door, before anything is done with an id from outside."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, select

from storage import schema
from storage.store import Store

#: What an address or a form may name, and the table that says where it belongs.
TABLES: dict[str, Table] = {
    "story": schema.story,
    "post": schema.post,
    "media": schema.media,
    "node": schema.node,
    "note": schema.note,
    "rule": schema.rule,
    "view": schema.saved_view,
    "case": schema.person_case,
    "task": schema.task,
    "issue": schema.issue,
    "item": schema.issue_item,
    "subscriber": schema.subscriber,
    "delivery": schema.delivery,
    "correction": schema.correction,
    "indicator": schema.indicator,
    "snapshot": schema.snapshot,
    "analysis": schema.analysis,
    "export": schema.export,
}


def campaigns_of(store: Store, kind: str, id_: int) -> tuple[str, ...] | None:
    """Return the campaign of one thing; none where it concerns the installation, None where there is no such thing."""
    table = TABLES[kind]
    with store.read() as connection:
        found = connection.execute(select(table.c.campaign).where(table.c.id == id_)).all()
    return tuple(row.campaign for row in found if row.campaign is not None) if found else None


def campaigns_of_stories(store: Store, ids: Collection[int]) -> tuple[str, ...]:
    """Return the campaigns of many stories at once; those that are not there count for nothing."""
    found: set[str] = set()
    listed = sorted(set(ids))
    with store.read() as connection:
        for start in range(0, len(listed), 500):
            query = select(schema.story.c.campaign).where(schema.story.c.id.in_(listed[start : start + 500])).distinct()
            found |= set(connection.execute(query).scalars())
    return tuple(sorted(found))


def campaigns_of_source(store: Store, source_id: str) -> tuple[str, ...] | None:
    """Return the campaigns that a source feeds, None where there is no such source."""
    query = select(schema.source.c.campaigns).where(schema.source.c.id == source_id)
    with store.read() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return None if found is None else tuple(found)


def campaigns_of_strategy(store: Store, strategy_id: str) -> tuple[str, ...] | None:
    """Return the campaign of a strategy, None where there is none of that id."""
    with store.read() as connection:
        found = connection.execute(select(schema.strategy.c.campaign).where(schema.strategy.c.id == strategy_id))
        campaign = found.scalar_one_or_none()
    return None if campaign is None else (campaign,)


def campaigns_of_press(store: Store, group: str) -> tuple[str, ...] | None:
    """Return the campaigns that one press changed; none where it concerns the installation, None for no such press."""
    query = select(schema.decision.c.campaign).where(schema.decision.c.group == group).distinct()
    with store.read() as connection:
        found = connection.execute(query).scalars().all()
    return tuple(sorted(each for each in found if each is not None)) if found else None
