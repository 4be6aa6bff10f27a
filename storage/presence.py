"""Who looks at which story just now. One row a person, renewed while a card is chosen; old ones count for nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import schema
from storage.store import Store

_PRESENCE = schema.presence.c
_ACCOUNT = schema.account.c
_STORY = schema.story.c

#: So long somebody counts as looking after they were last heard of.
SEEN_FOR = timedelta(seconds=15)

#: What is younger is not written again: pages tell every few seconds, and most of it is no news.
_FRESH_FOR = timedelta(seconds=6)


def look(store: Store, account_id: int, campaign: str, story_id: int | None, *, now: datetime) -> None:
    """Say which story a person has open, None for none. A story that is not the campaign's counts as none."""
    with store.read() as connection:
        had = connection.execute(select(schema.presence).where(_PRESENCE.account_id == account_id)).one_or_none()
        asked = select(_STORY.id).where(_STORY.id == story_id, _STORY.campaign == campaign)
        found = connection.execute(asked).scalar() if story_id is not None else None
    if found is None:
        if had is not None:
            with store.write() as connection:
                connection.execute(delete(schema.presence).where(_PRESENCE.account_id == account_id))
        return
    if had is not None and had.story_id == found and abs(now - had.at) < _FRESH_FOR:
        return
    dialect = sqlite if store.dialect == "sqlite" else postgresql
    values = {"campaign": campaign, "story_id": found, "at": now}
    statement = dialect.insert(schema.presence).values(account_id=account_id, **values)
    with store.write() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


def looking(
    store: Store, campaign: str, story_ids: Collection[int], *, but: int, now: datetime
) -> dict[int, tuple[str, ...]]:
    """Return by story the names of those who have it open, in their order; the account ``but`` is left out."""
    name = func.coalesce(func.nullif(_ACCOUNT.display_name, ""), _ACCOUNT.name)
    query = (
        select(_PRESENCE.story_id, name)
        .join(schema.account, _ACCOUNT.id == _PRESENCE.account_id)
        .where(
            _PRESENCE.campaign == campaign,
            _PRESENCE.story_id.in_(story_ids),
            _PRESENCE.account_id != but,
            _PRESENCE.at > now - SEEN_FOR,
        )
        .order_by(name)
    )
    found: dict[int, tuple[str, ...]] = {}
    with store.read() as connection:
        for story_id, who in connection.execute(query):
            found[story_id] = (*found.get(story_id, ()), str(who))
    return found
