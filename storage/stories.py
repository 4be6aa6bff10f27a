"""Stories as the desk and the public read them: posts that tell the same thing, shown as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, select

from campaign.records import Excerpt, NodeRef, Post, Review, Story, lead_of
from storage import schema
from storage.posts import _load, _post, _slices, desk_query, public_query
from storage.search import matching
from storage.store import Store

_STORY = schema.story.c


def find_story(store: Store, story_id: int, *, public: bool) -> Story | None:
    """Return a story, None where there is none; with ``public`` only what anybody may see of it."""
    with store.read() as connection:
        return next(iter(_stories(connection, [story_id], public=public)), None)


def get_stories(store: Store, ids: Sequence[int], *, public: bool) -> list[Story]:
    """Return stories in the order of their ids as given; those that are not there (or not public) are left out."""
    with store.read() as connection:
        return _stories(connection, ids, public=public)


def get_leads(store: Store, ids: Sequence[int]) -> dict[int, Post]:
    """Return the posts whose words stand for stories, as the desk sees them, without their pictures."""
    posts: dict[int, list[Post]] = defaultdict(list)
    with store.read() as connection:
        for part in _slices(ids):
            for row in connection.execute(desk_query().where(schema.post.c.story_id.in_(part))):
                posts[row.story_id].append(_post(row, {}))
    return {story_id: lead_of(found) for story_id, found in posts.items()}


def find_ids(
    store: Store, campaign: str, *, review: str = "waiting", query: str = "", limit: int = 50, before: int | None = None
) -> list[int]:
    """Return the ids of stories of a campaign, newest first, as the desk sees them.

    ``review`` is "waiting", "all", or one of campaign.records.Review; ``query`` is what a person would type into
    a search field; ``before`` is the sort key of the last story of the page before.
    """
    asked = select(_STORY.id).where(_STORY.campaign == campaign, _STORY.merged_into.is_(None))
    if review == "waiting":
        asked = asked.where(_STORY.waiting)
    elif review != "all":
        asked = asked.where(_STORY.review == review)
    if before is not None:
        asked = asked.where(_STORY.sort_key < before)
    if query.strip():
        found = matching(store.dialect, query)
        if found is None:
            return []
        posts = select(schema.post.c.story_id).where(schema.post.c.sort_key.in_(found))
        asked = asked.where(_STORY.id.in_(posts))
    with store.read() as connection:
        return list(connection.execute(asked.order_by(_STORY.sort_key.desc()).limit(limit)).scalars())


def merged_into(store: Store, story_id: int) -> int | None:
    """Return the story that took up this one, None where it stands by itself or never was."""
    with store.read() as connection:
        return connection.execute(select(_STORY.merged_into).where(_STORY.id == story_id)).scalar()


def _stories(connection: Connection, ids: Sequence[int], *, public: bool) -> list[Story]:
    """Load whole stories with four queries per five hundred, however many posts and pictures they have."""
    rows: dict[int, Row[Any]] = {}
    posts: dict[int, list[Post]] = defaultdict(list)
    nodes: dict[int, list[NodeRef]] = defaultdict(list)
    places: dict[int, list[str]] = defaultdict(list)
    for part in _slices(ids):
        asked = {"ids": part}
        rows |= {row.id: row for row in connection.execute(_ROWS, asked)}
        for post in _load(connection, _PUBLIC_POSTS if public else _DESK_POSTS, asked):
            posts[post.story_id].append(post)
        for found in connection.execute(_EVIDENCE, asked):
            nodes[found.story_id].append(_node(found))
        for found in connection.execute(_PLACED, asked):
            places[found.story_id].append(found.place)
    return [_story(rows[wanted], posts[wanted], nodes[wanted], places[wanted]) for wanted in ids if posts[wanted]]


def _evidence(ids: ColumnElement[Any]) -> Select[Any]:
    node = schema.node.c
    return (
        select(schema.evidence.c.story_id, node.id, node.strategy_id, node.code, node.title, node.colour)
        .join(schema.node, node.id == schema.evidence.c.node_id)
        .where(schema.evidence.c.story_id.in_(ids))
        .order_by(node.strategy_id, node.position, node.id)
    )


def _placed(ids: ColumnElement[Any]) -> Select[Any]:
    place = schema.story_place.c
    return select(place.story_id, place.place).where(place.story_id.in_(ids)).order_by(place.id)


# Built once: a page asks each of them, and building them anew takes longer than asking.
_IDS: ColumnElement[Any] = bindparam("ids", expanding=True)
_ROWS = select(schema.story).where(_STORY.id.in_(_IDS))
_PUBLIC_POSTS = public_query().where(schema.post.c.story_id.in_(_IDS))
_DESK_POSTS = desk_query().where(schema.post.c.story_id.in_(_IDS))
_EVIDENCE = _evidence(_IDS)
_PLACED = _placed(_IDS)


def _node(row: Row[Any]) -> NodeRef:
    return NodeRef(id=row.id, strategy=row.strategy_id, code=row.code, title=row.title, colour=row.colour)


def _story(row: Row[Any], posts: list[Post], nodes: list[NodeRef], places: list[str]) -> Story:
    return Story(
        id=row.id,
        campaign=row.campaign,
        sort_key=row.sort_key,
        review=Review(row.review),
        waiting=row.waiting,
        featured=row.featured,
        coming=row.coming,
        later_until=row.later_until,
        approved_at=row.approved_at,
        posts=tuple(sorted(posts, key=lambda post: -post.sort_key)),
        nodes=tuple(nodes),
        places=tuple(places),
        changes=row.changes,
        flags=tuple(row.flags),
        first_by=row.first_by,
        rank=row.rank,
        excerpt=Excerpt(**row.excerpt) if row.excerpt else None,
    )
