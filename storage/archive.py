"""The public archive: which stories anybody may browse, how many there are of each sort, and when.

A story stands in the archive at its newest public post. Everything here goes through ``storage.posts.public()``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select

from campaign.figures import Weight
from campaign.records import Story, Use
from storage import schema
from storage.posts import public
from storage.search import matching
from storage.store import Store
from storage.stories import _stories

_POST = schema.post.c
_NODE = schema.node.c
_EVIDENCE = schema.evidence.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader asks of the archive; every field left alone asks nothing.

    ``first_key`` is inside and ``end_key`` outside (``storage.keys.key_range``). ``nodes`` are ids of which one must be
    the story's, and so are ``places``; an empty tuple finds nothing, None asks nothing. ``findable`` leaves out authors
    who do not want to be found by search engines.
    """

    text: str = ""
    first_key: int | None = None
    end_key: int | None = None
    network: str = ""
    nodes: tuple[int, ...] | None = None
    places: tuple[str, ...] | None = None
    findable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of the archive, newest first. ``older`` and ``newer`` are the keys to ask beyond, None at an end."""

    stories: list[Story]
    keys: list[int]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One public story as counting needs it: when, from where, and under which nodes."""

    key: int
    story_id: int
    network: str
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole archive of a campaign in numbers. ``entries`` are newest first."""

    entries: tuple[Entry, ...]
    keys: array[int] = field(repr=False)

    def between(self, first_key: int, end_key: int) -> Sequence[Entry]:
        """Return the entries of a span of keys."""
        return [entry for entry in self.entries if first_key <= entry.key < end_key]


def browse(
    store: Store, campaign: str, wanted: Wanted, *, limit: int, older_than: int | None = None,
    newer_than: int | None = None,
) -> Found:  # fmt: skip
    """Return a page of at most ``limit`` stories, newest first, beyond one key or the other."""
    with store.read() as connection:
        query = _heads(connection, campaign, wanted)
        if query is None:
            return Found(stories=[], keys=[], older=None, newer=None)
        if newer_than is not None:
            rows = connection.execute(
                query.where(_POST.sort_key > newer_than).order_by(_POST.sort_key).limit(limit + 1)
            ).all()
            more_newer, rows = len(rows) > limit, list(reversed(rows[:limit]))
            more_older = True
        else:
            if older_than is not None:
                query = query.where(_POST.sort_key < older_than)
            rows = list(connection.execute(query.order_by(_POST.sort_key.desc()).limit(limit + 1)).all())
            more_older, rows = len(rows) > limit, rows[:limit]
            more_newer = older_than is not None
        if not rows:
            return Found(stories=[], keys=[], older=None, newer=None)
        return Found(
            stories=_stories(connection, [row.story_id for row in rows], public=True),
            keys=[row.sort_key for row in rows],
            older=rows[-1].sort_key if more_older else None,
            newer=rows[0].sort_key if more_newer else None,
        )


def _heads(connection: Connection, campaign: str, wanted: Wanted) -> Select[Any] | None:
    """Return the query of (story_id, sort_key) of public stories that are wanted, None where nothing can be."""
    query = select(_POST.story_id, _POST.sort_key).where(_POST.campaign == campaign, public(), _is_newest())
    if wanted.text.strip():
        found = matching(connection.dialect.name, wanted.text, is_public=True)
        if found is None:
            return None
        query = query.where(_POST.story_id.in_(select(_POST.story_id).where(_POST.sort_key.in_(found))))
    if wanted.first_key is not None:
        query = query.where(_POST.sort_key >= wanted.first_key)
    if wanted.end_key is not None:
        query = query.where(_POST.sort_key < wanted.end_key)
    if wanted.network:
        query = query.where(_POST.story_id.in_(_stories_on(campaign, wanted.network)))
    if wanted.nodes is not None:
        query = query.where(_POST.story_id.in_(select(_EVIDENCE.story_id).where(_EVIDENCE.node_id.in_(wanted.nodes))))
    if wanted.places is not None:
        place = schema.story_place.c
        query = query.where(_POST.story_id.in_(select(place.story_id).where(place.place.in_(wanted.places))))
    if wanted.findable:
        query = query.where(_POST.story_id.not_in(_shy(campaign)))
    return query


def _is_newest() -> ColumnElement[bool]:
    """Return the condition that no newer public post tells the same story."""
    shown = select(_POST.story_id, _POST.sort_key).where(public()).subquery("shown")
    return ~exists().where(shown.c.story_id == _POST.story_id, shown.c.sort_key > _POST.sort_key)


def _stories_on(campaign: str, network: str) -> Select[Any]:
    return select(_POST.story_id).where(_POST.campaign == campaign, public(), _POST.network == network)


def _shy(campaign: str) -> Select[Any]:
    version = schema.version.c
    return (
        select(_POST.story_id)
        .join(schema.version, version.id == _POST.approved_version_id)
        .where(_POST.campaign == campaign, public(), version.shy)
    )


def outline(store: Store, campaign: str) -> Outline:
    """Return every public story of a campaign in three numbers; two queries however many there are."""
    with store.read() as connection:
        query = (
            select(_POST.sort_key, _POST.story_id, _POST.network)
            .where(_POST.campaign == campaign, public(), _is_newest())
            .order_by(_POST.sort_key.desc())
        )
        rows = connection.execute(query).all()
        nodes: dict[int, list[int]] = {}
        for found in connection.execute(
            select(_EVIDENCE.story_id, _EVIDENCE.node_id)
            .join(schema.node, _NODE.id == _EVIDENCE.node_id)
            .where(_EVIDENCE.campaign == campaign)
            .order_by(_EVIDENCE.story_id, _NODE.position, _NODE.id)
        ):
            nodes.setdefault(found.story_id, []).append(found.node_id)
        entries = tuple(
            Entry(key=key, story_id=story_id, network=network, nodes=tuple(nodes.get(story_id, ())))
            for key, story_id, network in rows
        )
    return Outline(entries=entries, keys=array("q", (entry.key for entry in entries)))


def neighbours(store: Store, campaign: str, story_id: int) -> tuple[Story | None, Story | None]:
    """Return the public stories just older and just newer than this one, None where there is none."""
    with store.read() as connection:
        heads = select(_POST.story_id, _POST.sort_key).where(_POST.campaign == campaign, public(), _is_newest())
        key = connection.execute(heads.where(_POST.story_id == story_id)).first()
        if key is None:
            return None, None
        older = connection.execute(
            heads.where(_POST.sort_key < key.sort_key).order_by(_POST.sort_key.desc()).limit(1)
        ).first()
        newer = connection.execute(heads.where(_POST.sort_key > key.sort_key).order_by(_POST.sort_key).limit(1)).first()
        found = {
            story.id: story
            for story in _stories(connection, [row.story_id for row in (older, newer) if row], public=True)
        }
        return (found.get(older.story_id) if older else None, found.get(newer.story_id) if newer else None)


def latest(store: Store, campaign: str, *, limit: int, featured: bool = False) -> list[Story]:
    """Return the newest public stories, or the newest of those that the desk lifted."""
    with store.read() as connection:
        query = select(_POST.story_id).where(_POST.campaign == campaign, public(), _is_newest())
        if featured:
            lifted = select(schema.story.c.id).where(schema.story.c.campaign == campaign, schema.story.c.featured)
            query = query.where(_POST.story_id.in_(lifted))
        ids = connection.execute(query.order_by(_POST.sort_key.desc()).limit(limit)).scalars().all()
        return _stories(connection, ids, public=True)


def findable_stories(store: Store, campaign: str) -> list[tuple[int, int]]:
    """Return (story id, key) of every public story that search engines may know, newest first."""
    with store.read() as connection:
        query = _heads(connection, campaign, Wanted(findable=True))
        if query is None:
            return []
        return [(row.story_id, row.sort_key) for row in connection.execute(query.order_by(_POST.sort_key.desc()))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time when a source could not be asked; ``to_at`` is None while it lasts."""

    source: str
    from_at: datetime
    to_at: datetime | None


def silences(store: Store, sources: Iterable[str]) -> list[Silence]:
    """Return the gaps of these sources, oldest first."""
    gap = schema.gap.c
    with store.read() as connection:
        rows = connection.execute(select(schema.gap).where(gap.source_id.in_(list(sources))).order_by(gap.from_at))
        return [Silence(source=row.source_id, from_at=row.from_at, to_at=row.to_at) for row in rows]


def weights(store: Store, story_id: int) -> dict[int, Weight]:
    """Return how much a story says about each of its nodes."""
    with store.read() as connection:
        query = select(_EVIDENCE.node_id, _EVIDENCE.weight).where(_EVIDENCE.story_id == story_id)
        return {row.node_id: Weight(row.weight) for row in connection.execute(query)}


def was_removed(store: Store, campaign: str, story_id: int) -> bool:
    """Return whether a story stood in this campaign once, so that its address says "removed" and not "unknown"."""
    shown = schema.decision.c
    posts = select(_POST.id).where(_POST.story_id == story_id)
    with store.read() as connection:
        query = (
            select(shown.id)
            .where(shown.campaign == campaign, shown.action == "approve")
            # What was approved elsewhere and taken out of there stood here too.
            .where(or_(shown.story_id == story_id, shown.post_id.in_(posts)))
            .limit(1)
        )
        return connection.execute(query).first() is not None


def public_picture(store: Store, file: str, *, now: datetime) -> bool:
    """Return whether a picture's file may be handed to anybody: shown in a public post, with words and a right for
    the web.
    """
    with store.read() as connection:
        story_ids = connection.execute(
            select(_POST.story_id)
            .join(schema.media, schema.media.c.post_id == _POST.id)
            .where(schema.media.c.file == file, public())
        ).scalars()
        stories = _stories(connection, list(dict.fromkeys(story_ids)), public=True)
    return any(
        media.file == file and media.may_be_shown(Use.WEB, now)
        for story in stories
        for post in story.posts
        for media in post.media
    )
