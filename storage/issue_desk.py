"""What the desk asks around an issue: what a draft left out and why, what could be added, who gets it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from campaign.errors import NotFoundError
from campaign.newsletter import Subscriber, SubscriberState, Why
from campaign.records import Review, Story
from storage import schema
from storage.search import matching
from storage.store import Store
from storage.stories import get_stories
from storage.subscribers import _subscriber

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c
_POST = schema.post.c
_SUBSCRIBER = schema.subscriber.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """A story that the draft did not take. ``kept`` says that it is proposed again next time."""

    story_id: int
    why: Why
    kept: bool


def omitted(store: Store, issue_id: int) -> list[Omitted]:
    """Return the stories that the latest draft looked at and did not take, with the reason for each."""
    with store.read() as connection:
        kept = connection.execute(select(_ISSUE.selection).where(_ISSUE.id == issue_id)).scalar() or {}
    return [
        Omitted(story_id=int(entry["story"]), why=Why(key=entry["key"], facts=entry["facts"]), kept=entry["kept"])
        for entry in kept.get("omitted", [])
    ]


def addable(store: Store, campaign: str, issue_id: int, words: str, *, limit: int = 20) -> list[Story]:
    """Return approved stories that the issue does not show yet, newest first; with words only those that match."""
    inside = select(_ITEM.story_id).where(_ITEM.issue_id == issue_id, _ITEM.left_out.is_(False))
    query = (
        select(_STORY.id)
        .where(_STORY.campaign == campaign, _STORY.review == Review.APPROVED, _STORY.merged_into.is_(None))
        .where(_STORY.id.not_in(inside))
        .order_by(_STORY.sort_key.desc())
        .limit(limit)
    )
    if words.strip():
        found = matching(store.dialect, words, is_public=False)
        if found is None:
            return []
        query = query.where(
            select(_POST.id)
            .where(_POST.story_id == _STORY.id, _POST.sort_key.in_(found))
            .correlate(schema.story)
            .exists()
        )
    with store.read() as connection:
        ids = list(connection.execute(query).scalars())
    return get_stories(store, ids, public=True)


def list_subscribers(
    store: Store,
    newsletter: str,
    *,
    state: SubscriberState | None = None,
    part: str = "",
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Subscriber], int | None]:
    """Return subscribers, the latest first, and the id before which the next page begins (None on the last).

    ``part`` is a part of the address. Forgotten addresses are not listed.
    """
    query = select(schema.subscriber).where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.email != "")
    if state is not None:
        query = query.where(_SUBSCRIBER.state == state)
    if part:
        query = query.where(_SUBSCRIBER.email_key.contains(part.casefold(), autoescape=True))
    if before is not None:
        query = query.where(_SUBSCRIBER.id < before)
    with store.read() as connection:
        rows = connection.execute(query.order_by(_SUBSCRIBER.id.desc()).limit(limit + 1)).all()
    return [_subscriber(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def get_subscriber(store: Store, subscriber_id: int) -> Subscriber:
    """Return one subscriber, whatever became of them. NotFoundError ``subscriber_missing``."""
    with store.read() as connection:
        row = connection.execute(select(schema.subscriber).where(_SUBSCRIBER.id == subscriber_id)).one_or_none()
    if row is None:
        raise NotFoundError("subscriber_missing", subscriber=subscriber_id)
    return _subscriber(row)
