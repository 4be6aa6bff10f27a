"""Adds the new posts of a page together: each table gets one statement, however many posts there are.

Ids and keys are taken before anything is written, so that no row need be written twice. What a single post would be
given by the database (its id from the sequence, the next free key of its millisecond) it is given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from campaign.records import Candidate, PostState, Review, StoredPost
from storage import schema
from storage.keys import _milliseconds, sort_moment
from storage.posts import _slices
from storage.search import _index_new

_POST = schema.post.c


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A candidate with what it is to be called here."""

    candidate: Candidate
    sort_key: int
    story_id: int
    post_id: int
    version_id: int


def _add_all(
    connection: Connection,
    campaign: str,
    source_id: str | None,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    own: bool,
) -> list[StoredPost]:
    """Store candidates that are not stored yet, each as a story of one, with their full text; in their order."""
    if not candidates:
        return []
    count = len(candidates)
    keys = _free_keys(connection, [sort_moment(candidate.published_at, now) for candidate in candidates])
    ids = zip(*(_ids(connection, table, count) for table in (schema.story, schema.post, schema.version)), strict=True)
    posts = [
        _New(candidate=candidate, sort_key=key, story_id=story_id, post_id=post_id, version_id=version_id)
        for candidate, key, (story_id, post_id, version_id) in zip(candidates, keys, ids, strict=True)
    ]
    stories = [
        {"id": post.story_id, "campaign": campaign, "sort_key": post.sort_key, "review": Review.NEW, "waiting": True}
        for post in posts
    ]
    connection.execute(insert(schema.story), stories)
    connection.execute(insert(schema.post), [_post(post, campaign, source_id, now) for post in posts])
    shown = _add_media(connection, campaign, posts, now, own=own)
    digests = [post.candidate.digest for post in posts]
    connection.execute(
        insert(schema.version),
        [
            _version(post, campaign, now, digest, media)
            for post, digest, media in zip(posts, digests, shown, strict=True)
        ],
    )
    _index_new(connection, [(post.sort_key, post.candidate) for post in posts])
    return [_stored(post, digest) for post, digest in zip(posts, digests, strict=True)]


def _stored(post: _New, digest: str) -> StoredPost:
    return StoredPost(
        id=post.post_id,
        story_id=post.story_id,
        digest=digest,
        edited_at=post.candidate.edited_at,
        review=Review.NEW,
        state=PostState.LIVE,
        version_id=post.version_id,
        has_author=post.candidate.has_author,
    )


def _post(post: _New, campaign: str, source_id: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": post.post_id,
        "campaign": campaign,
        "story_id": post.story_id,
        "source_id": source_id,
        "network": post.candidate.network,
        "identity": post.candidate.identity,
        "sort_key": post.sort_key,
        "state": PostState.LIVE,
        "review": Review.NEW,
        "version_id": post.version_id,
        "first_seen_at": now,
        "last_seen_at": now,
        "members_only": post.candidate.members_only,
        "engagement": post.candidate.engagement,
    }


def _version(post: _New, campaign: str, now: datetime, digest: str, media: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": post.version_id,
        "campaign": campaign,
        "post_id": post.post_id,
        "number": 1,
        "seen_at": now,
        **version_values(post.candidate, now, digest),
        "media": media,
    }


def version_values(candidate: Candidate, first_seen_at: datetime, digest: str) -> dict[str, Any]:
    """Return what a version keeps of a candidate, its pictures left out."""
    return {
        "edited_at": candidate.edited_at,
        "published_at": sort_moment(candidate.published_at, first_seen_at),
        "digest": digest,
        "url": candidate.url,
        "title": candidate.title,
        "text": candidate.text,
        "html": candidate.html,
        "author_name": candidate.author_name,
        "author_handle": candidate.author_handle,
        "author_url": candidate.author_url,
        "language": candidate.language,
        "warning": candidate.warning,
        "sensitive": candidate.sensitive,
        "reply": candidate.reply,
        "shy": candidate.shy,
        "tags": list(candidate.tags),
    }


def _add_media(
    connection: Connection, campaign: str, posts: Sequence[_New], now: datetime, *, own: bool
) -> list[list[dict[str, Any]]]:
    """Store the pictures of new posts, each address once a post, and return what each version shows."""
    wanted = {(post.post_id, media.url): media for post in posts for media in reversed(post.candidate.media)}
    order = [key for post in posts for key in dict.fromkeys((post.post_id, each.url) for each in post.candidate.media)]
    ids = dict(zip(order, _ids(connection, schema.media, len(order)), strict=True))
    right = {"right": "own", "right_at": now} if own else {}
    rows = [
        {
            "id": ids[key],
            "campaign": campaign,
            "post_id": key[0],
            "url": key[1],
            "kind": wanted[key].kind,
            "width": wanted[key].width,
            "height": wanted[key].height,
            **right,
        }
        for key in order
    ]
    if rows:
        connection.execute(insert(schema.media), rows)
    return [
        [{"id": ids[(post.post_id, media.url)], "alt": media.alt} for media in post.candidate.media] for post in posts
    ]


def _ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return ids for new rows, as the database itself would give them. On SQLite nobody else writes meanwhile."""
    if not count:
        return ()
    if connection.dialect.name == "postgresql":
        query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return [int(row[0]) for row in connection.execute(query, {"name": table.name, "count": count})]
    if table.dialect_options["sqlite"]["autoincrement"]:
        used = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = connection.execute(used, {"name": table.name}).scalar()
    else:
        last = connection.execute(select(func.max(table.c.id))).scalar()
    return range(int(last or 0) + 1, int(last or 0) + 1 + count)


def _free_keys(connection: Connection, moments: Iterable[datetime]) -> list[int]:
    """Return a free key for each moment, in their order; nearly all take the first of their millisecond."""
    milliseconds = [_milliseconds(moment) for moment in moments]
    taken: set[int] = set()
    for starts in _slices({at << 10 for at in milliseconds}):
        taken |= set(connection.execute(select(_POST.sort_key).where(_POST.sort_key.in_(starts))).scalars())
    given: list[int] = []
    last: dict[int, int] = {}
    for at in milliseconds:
        key = at << 10 if at not in last and at << 10 not in taken else _next(connection, at, last)
        last[key >> 10] = max(key, last.get(key >> 10, 0))
        given.append(key)
    return given


def _next(connection: Connection, at: int, last: dict[int, int]) -> int:
    """Return the key after all that are taken in a millisecond, here and in the database; a full one leaves over."""
    while True:
        found = connection.execute(
            select(func.max(_POST.sort_key)).where(_POST.sort_key >= at << 10, _POST.sort_key < (at + 1) << 10)
        ).scalar()
        key = max(int(found or 0), last.get(at, 0), (at << 10) - 1) + 1
        if key >> 10 == at:
            return key
        at += 1
