"""Which pictures of a campaign need somebody: no right, asked, a right that ends. For the desk's list of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from campaign.records import SHOWING, PostState, Review, Right, Story
from storage import schema
from storage.store import Store
from storage.stories import _stories

_MEDIA = schema.media.c
_POST = schema.post.c

#: So long before a right ends it is told.
WARN = timedelta(days=30)


class Show(StrEnum):
    """A part of the list."""

    MISSING = "missing"
    ASKED = "asked"
    ENDING = "ending"
    ENDED = "ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One picture of the list, by its story as the desk sees it."""

    media_id: int
    story: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePage:
    """Some pictures of the list; ``before`` opens the next page, None on the last."""

    pictures: tuple[Listed, ...]
    before: int | None


def list_pictures(
    store: Store, campaign: str, show: Show, *, now: datetime, before: int | None = None, limit: int = 30
) -> PicturePage:
    """Return the newest pictures of a part of the list; of the rights that end, those that end first."""
    query = _of(campaign, _MEDIA.id, _POST.story_id).where(_shown(show, now))
    if before is not None and show is not Show.ENDING:
        query = query.where(_MEDIA.id < before)
    order = (_MEDIA.right_until, _MEDIA.id) if show is Show.ENDING else (_MEDIA.id.desc(),)
    most = 10 * limit if show is Show.ENDING else limit
    with store.read() as connection:
        rows = connection.execute(query.order_by(*order).limit(most + 1)).all()
        ids = list(dict.fromkeys(row.story_id for row in rows[:most]))
        stories = {story.id: story for story in _stories(connection, ids, public=False)}
    found = tuple(Listed(media_id=row.id, story=stories[row.story_id]) for row in rows[:most])
    return PicturePage(pictures=found, before=rows[most - 1].id if len(rows) > most else None)


def count_pictures(store: Store, campaign: str, *, now: datetime) -> dict[Show, int]:
    """Return how many pictures each part of the list has."""
    columns = [func.count().filter(_shown(show, now)).label(show.value) for show in Show]
    with store.read() as connection:
        row = connection.execute(_of(campaign, *columns)).one()
    return {show: int(getattr(row, show.value)) for show in Show}


def count_ending(store: Store, campaign: str, *, now: datetime) -> int:
    """Return how many rights end soon, for the number beside the list's name."""
    query = _of(campaign, func.count()).where(_shown(Show.ENDING, now))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def _of(campaign: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return the query over still pictures of posts that stand and that nobody has hidden."""
    return (
        select(*columns)
        .select_from(schema.media)
        .join(schema.post, _POST.id == _MEDIA.post_id)
        .where(
            _MEDIA.campaign == campaign,
            _MEDIA.kind == "image",
            _POST.state == PostState.LIVE,
            _POST.review != Review.HIDDEN,
        )
    )


def _shown(show: Show, now: datetime) -> ColumnElement[bool]:
    granted = _MEDIA.right.in_(SHOWING)
    match show:
        case Show.MISSING:
            return and_(_MEDIA.right == Right.NONE, _MEDIA.asked_at.is_(None), _MEDIA.file.is_not(None))
        case Show.ASKED:
            return and_(_MEDIA.right == Right.NONE, _MEDIA.asked_at.is_not(None))
        case Show.ENDING:
            return and_(granted, _MEDIA.right_until > now, _MEDIA.right_until <= now + WARN)
        case Show.ENDED:
            return or_(_MEDIA.right == Right.ENDED, and_(granted, _MEDIA.right_until <= now))
        case Show.REFUSED:
            return _MEDIA.right == Right.REFUSED
