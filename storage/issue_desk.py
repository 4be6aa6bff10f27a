"""What the desk asks around an issue: what a draft left out and why, what could be added, who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, false, or_, select

from campaign.errors import NotFoundError
from campaign.newsletter import YEAR_AGO, IssueKind, IssueState, Subscriber, SubscriberState, Why
from campaign.records import Review, Story
from storage import schema
from storage.issues import _row
from storage.posts import public
from storage.search import matching
from storage.store import Store
from storage.stories import get_stories
from storage.subscribers import _subscriber

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c
_POST = schema.post.c
_SHELF = schema.shelf.c
_SUBSCRIBER = schema.subscriber.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """A story that the draft did not take. ``kept`` says that it is proposed again next time."""

    story_id: int
    why: Why
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addable:
    """What can be put into an issue, and what was looked for and is told already, each with its letter's number.

    ``count`` and ``told_count`` are how many there are, of which the first are shown.
    """

    stories: tuple[Story, ...]
    count: int
    told: tuple[tuple[Story, int], ...] = ()
    told_count: int = 0


def omitted(store: Store, issue_id: int) -> list[Omitted]:
    """Return the stories that the latest draft looked at and did not take, with the reason for each."""
    with store.read() as connection:
        kept = connection.execute(select(_ISSUE.selection).where(_ISSUE.id == issue_id)).scalar() or {}
    return [
        Omitted(story_id=int(entry["story"]), why=Why(key=entry["key"], facts=entry["facts"]), kept=entry["kept"])
        for entry in kept.get("omitted", [])
    ]


def addable(store: Store, issue_id: int, words: str, *, limit: int = 20) -> Addable:
    """Return the approved stories that can be put into an issue, newest first; with words only those that match.

    Those can that somebody may read, that it does not show and that no other letter tells; one that was left out of it
    can be taken back. What matches and is told already is beside them, with the number of its letter.
    NotFoundError ``issue_missing``.
    """
    with store.read() as connection:
        issue = _row(connection, issue_id, lock=False)
        told = _told_in(connection, issue)
        query = select(_STORY.id).where(
            _STORY.campaign == issue.campaign,
            _STORY.review == Review.APPROVED,
            _STORY.merged_into.is_(None),
            select(_POST.id).where(_POST.story_id == _STORY.id, public()).correlate(schema.story).exists(),
        )
        if words.strip():
            query = query.where(_says(store.dialect, words))
        found = list(connection.execute(query.order_by(_STORY.sort_key.desc())).scalars())
    free = [story_id for story_id in found if story_id not in told]
    taken = [story_id for story_id in found if story_id in told] if words.strip() else []
    known = {story.id: story for story in get_stories(store, [*free[:limit], *taken[:limit]], public=True)}
    return Addable(
        stories=tuple(known[story_id] for story_id in free[:limit] if story_id in known),
        count=len(free),
        told=tuple((known[story_id], told[story_id]) for story_id in taken[:limit] if story_id in known),
        told_count=len(taken),
    )


def told_elsewhere(store: Store, issue_id: int) -> dict[int, int]:
    """Return the stories that cannot be put into an issue: the number of the letter that tells each, or its own."""
    with store.read() as connection:
        return _told_in(connection, _row(connection, issue_id, lock=False))


def _told_in(connection: Connection, issue: Row[Any]) -> dict[int, int]:
    query = (
        select(_ITEM.story_id, _ISSUE.number)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ITEM.story_id.is_not(None), _ITEM.left_out.is_(False))
        .order_by(_ISSUE.number)
    )
    inside = query.where(_ISSUE.id == issue.id)
    others = query.where(
        _ISSUE.id != issue.id,
        _ISSUE.newsletter == issue.newsletter,
        _ISSUE.kind == IssueKind.LETTER,
        _ISSUE.state != IssueState.CANCELLED,
        _ITEM.section != YEAR_AGO,
    )
    # A yearbook tells again what letters told.
    queries = (inside,) if issue.kind == IssueKind.YEARBOOK else (others, inside)
    return {row.story_id: row.number for each in queries for row in connection.execute(each)}


def _says(dialect: str, words: str) -> ColumnElement[bool]:
    """Return whether a post of a story says something, as it is approved or as it is now."""
    found, on_shelf = matching(dialect, words), matching(dialect, words, shelf=True)
    if found is None or on_shelf is None:
        return false()
    shown = select(_SHELF.subject).where(_SHELF.kind == "story", _SHELF.key.in_(on_shelf))
    matches = or_(_POST.sort_key.in_(found), _POST.story_id.in_(shown))
    return select(_POST.id).where(_POST.story_id == _STORY.id, matches).correlate(schema.story).exists()


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
