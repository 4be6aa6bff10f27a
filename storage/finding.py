"""Finds the story of a post that has just come: what tells the same is joined where that is sure, else proposed.

A post meets only those that share a bucket with it (``campaign.traits``): some queries for a whole page of posts, and
at most so many comparisons a post, however large the archive is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select, update

from campaign.alike import NOTHING, WINDOW, Level, Likeness, clash, likeness, looks_like
from campaign.records import Candidate, PostState, Review, StoredPost
from campaign.traits import Traits, buckets, look_buckets, traits
from storage import schema
from storage.deciding import _after, _story
from storage.keys import sort_moment
from storage.merging import _join
from storage.pairs import Key, Verdict, _in_turn, _key, _say, _verdicts
from storage.posts import _slices
from storage.store import Actor, Store

_POST = schema.post.c
_VERSION = schema.version.c
_STORY = schema.story.c
_TRAIT = schema.trait.c
_MEDIA = schema.media.c

RULE = Actor(kind="rule")

#: A post is compared with this many others at most, those that share most buckets with it.
MOST_COMPARED = 8

#: A bucket that more posts of two weeks share says nothing: a form, a front page.
_CROWD = 12

#: About so many buckets a post has.
_BUCKETS = 12

#: A picture that is in more stories than this is a logo, or the sign of a series.
MOST_STORIES_OF_A_PICTURE = 3

#: Letters of a text that are read to compare it.
_READ = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A post with its traits, in the story that it belongs to."""

    id: int
    story_id: int
    traits: Traits


def _find_stories(
    connection: Connection,
    campaign: str,
    *,
    source_id: str | None,
    added: Sequence[tuple[StoredPost, Candidate]],
    revised: Collection[int],
    now: datetime,
) -> None:
    """Note what makes posts findable that were just stored, and join or propose what tells the same as they do."""
    fresh = {post.id: _new(post, candidate, source_id, now) for post, candidate in added if post.id not in revised}
    if revised:
        again = _read(connection, revised, with_looks=True)
        _note(connection, campaign, again, revised)
        # Pictures are compared when they come; here they would let every logo ask anew.
        fresh |= {post.id: replace(post, traits=replace(post.traits, looks=())) for post in again.values()}
    _note(connection, campaign, {post.id: fresh[post.id] for post in fresh.values() if post.id not in revised}, ())
    if fresh:
        _compare(connection, fresh, _neighbours(connection, fresh), now)


def note_look(store: Store, media_id: int, look: int, *, now: datetime) -> None:
    """Keep what our copy of a picture looks like (128 bits), and join or propose what shows the same picture."""
    query = (
        select(_MEDIA.look, _MEDIA.post_id, _POST.campaign)
        .join(schema.post, _POST.id == _MEDIA.post_id)
        .where(_MEDIA.id == media_id)
    )
    with store.write() as connection:
        _in_turn(connection)
        row = connection.execute(query).one_or_none()
        if row is None or row.look == f"{look:032x}":
            return
        connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(look=f"{look:032x}"))
        fresh = _read(connection, [row.post_id], with_looks=True)
        if not any(look in post.traits.looks for post in fresh.values()):
            return  # the picture of an earlier version, or of a post that is gone
        _note(connection, row.campaign, fresh, [row.post_id])
        shown = _showing(connection, row.campaign, look)
        if len({each.story_id for each in shown.values()}) > MOST_STORIES_OF_A_PICTURE:
            return
        near = {row.post_id: [post_id for post_id in shown if post_id != row.post_id][:MOST_COMPARED]}
        _compare(connection, fresh, near, now)


def _read(connection: Connection, post_ids: Iterable[int], *, with_looks: bool) -> dict[int, _Known]:
    """Return posts with the traits of their latest versions, one query for five hundred (two with their pictures).

    Those that are gone at their source are left out.
    """
    found: dict[int, _Known] = {}
    for ids in _slices(post_ids):
        query = (
            select(
                _POST.id,
                _POST.story_id,
                _POST.network,
                _POST.source_id,
                _VERSION.published_at,
                _VERSION.title,
                func.substr(_VERSION.text, 1, _READ).label("text"),
                func.substr(_VERSION.html, 1, 10 * _READ).label("html"),
                _VERSION.url,
                _VERSION.author_name,
                _VERSION.author_handle,
            )
            .join(schema.version, _VERSION.id == _POST.version_id)
            .where(_POST.id.in_(ids), _POST.state != PostState.GONE)
        )
        rows: list[Any] = list(connection.execute(query))
        looks = _looks(connection, ids) if with_looks else {}
        found |= {row.id: _known(row, looks.get(row.id, ())) for row in rows}
    return found


def _new(post: StoredPost, candidate: Candidate, source_id: str | None, now: datetime) -> _Known:
    """Return a post that has just been stored, without reading it again."""
    return _Known(
        id=post.id,
        story_id=post.story_id,
        traits=traits(
            network=candidate.network,
            account=_account(candidate.network, source_id),
            at=sort_moment(candidate.published_at, now),
            title=candidate.title,
            text=candidate.text[:_READ],
            html=candidate.html[: 10 * _READ],
            url=candidate.url,
            author_name=candidate.author_name,
            author_handle=candidate.author_handle,
        ),
    )


def _account(network: str, source_id: str | None) -> str:
    """Return who posts, where the author's name does not say it: a feed is one voice."""
    return source_id or "" if network == "feed" else ""


def _known(row: Row[Any], looks: Iterable[int]) -> _Known:
    return _Known(
        id=row.id,
        story_id=row.story_id,
        traits=traits(
            network=row.network,
            account=_account(row.network, row.source_id),
            at=row.published_at,
            title=row.title,
            text=row.text,
            html=row.html,
            url=row.url,
            author_name=row.author_name,
            author_handle=row.author_handle,
            looks=looks,
        ),
    )


def _looks(connection: Connection, post_ids: list[int]) -> dict[int, list[int]]:
    """Return what the pictures of posts look like, those of earlier versions left out."""
    query = (
        select(_MEDIA.post_id, _MEDIA.id, _MEDIA.look, _VERSION.media)
        .join(schema.post, _POST.id == _MEDIA.post_id)
        .join(schema.version, _VERSION.id == _POST.version_id)
        .where(_MEDIA.post_id.in_(post_ids), _MEDIA.look.is_not(None))
        .order_by(_MEDIA.id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(query):
        if row.id in {entry["id"] for entry in row.media}:
            found[row.post_id].append(int(row.look, 16))
    return found


def _note(connection: Connection, campaign: str, posts: Mapping[int, _Known], revised: Collection[int]) -> None:
    """Put posts into their buckets, and take those that were stored before out of the buckets of their old words."""
    for ids in _slices(revised):
        connection.execute(delete(schema.trait).where(_TRAIT.post_id.in_(ids)))
    rows = [
        {"bucket": bucket, "at": int(post.traits.at.timestamp()), "post_id": post.id}
        for post in posts.values()
        for bucket in set(buckets(post.traits, within=campaign))
    ]
    if rows:
        connection.execute(insert(schema.trait), rows)


def _neighbours(connection: Connection, posts: Mapping[int, _Known]) -> dict[int, list[int]]:
    """Return for each post those that share buckets with it, the most first, never more than are compared."""
    shared: dict[int, Counter[int]] = defaultdict(Counter)
    for ids in _slices(posts):
        inside: dict[tuple[int, int], list[int]] = defaultdict(list)
        for post_id, bucket, other in connection.execute(_sharing(ids)):
            inside[(post_id, bucket)].append(other)
        for (post_id, _), others in inside.items():
            if len(others) < _CROWD:
                shared[post_id].update(others)
    return {
        post_id: [other for other, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_COMPARED]]
        for post_id, counts in shared.items()
    }


def _sharing(post_ids: list[int]) -> Select[Any]:
    """Return the query of what stands in the buckets of posts within two weeks of each."""
    mine, other = schema.trait.alias("mine"), schema.trait.alias("other")
    span = int(WINDOW.total_seconds())
    near = other.c.at.between(mine.c.at - span, mine.c.at + span)
    return (
        select(mine.c.post_id, mine.c.bucket, other.c.post_id)
        .join(other, and_(other.c.bucket == mine.c.bucket, near, other.c.post_id != mine.c.post_id))
        .where(mine.c.post_id.in_(post_ids))
        .limit(_CROWD * _BUCKETS * len(post_ids))
    )


def _showing(connection: Connection, campaign: str, look: int) -> dict[int, _Known]:
    """Return the posts of a campaign that show a picture, whenever they did; a hundred at most are looked at."""
    query = select(_TRAIT.post_id).where(_TRAIT.bucket.in_(look_buckets((look,), within=campaign))).distinct()
    ids = list(connection.execute(query.order_by(_TRAIT.post_id.desc()).limit(100)).scalars())
    posts = _read(connection, ids, with_looks=True)
    return {
        post_id: post for post_id, post in posts.items() if any(looks_like(look, each) for each in post.traits.looks)
    }


def _compare(connection: Connection, fresh: Mapping[int, _Known], near: Mapping[int, list[int]], now: datetime) -> None:
    """Compare posts with their neighbours, and carry out what follows."""
    wanted = {other for others in near.values() for other in others}
    if not wanted:
        return
    posts = dict(fresh) | _read(connection, wanted - fresh.keys(), with_looks=_has_looks(fresh))
    members = _members(connection, posts, with_looks=_has_looks(fresh))
    stories = _Stories(members, _verdicts(connection, members))
    for post_id in sorted(near):
        others = [members[other] for other in near[post_id] if other in members]
        _settle(connection, stories, members[post_id], others, now)


def _has_looks(posts: Mapping[int, _Known]) -> bool:
    return any(post.traits.looks for post in posts.values())


def _members(connection: Connection, posts: dict[int, _Known], *, with_looks: bool) -> dict[int, _Known]:
    """Return the posts with all others of their stories."""
    ids = {post.story_id for post in posts.values()}
    more: list[int] = []
    for part in _slices(ids):
        query = select(_POST.id).where(_POST.story_id.in_(part), _POST.id.not_in(list(posts)))
        more += connection.execute(query).scalars()
    return posts | _read(connection, more, with_looks=with_looks)


class _Stories:
    """The stories of some posts while they are joined, and what was said of their posts."""

    def __init__(self, members: Mapping[int, _Known], verdicts: Mapping[Key, Verdict]) -> None:
        self._of = {post.id: post.story_id for post in members.values()}
        self._members = members
        self.verdicts = dict(verdicts)

    def of(self, post_id: int) -> int:
        """Return the story that a post belongs to now."""
        return self._of[post_id]

    def posts(self, story_id: int) -> list[_Known]:
        """Return the posts of a story."""
        return [self._members[post_id] for post_id, home in self._of.items() if home == story_id]

    def moved(self, gone: int, into: int) -> None:
        """Note that a story took up another."""
        self._of = {post_id: into if home == gone else home for post_id, home in self._of.items()}

    def may_be_one(self, one: int, other: int) -> bool:
        """Return whether nothing speaks against it: no person, and no two posts of one account in other words."""
        mine, theirs = self.posts(one), self.posts(other)
        apart = (self.verdicts.get(_key(a.id, b.id)) is Verdict.APART for a in mine for b in theirs)
        return not any(apart) and not any(clash(a.traits, b.traits) for a in mine for b in theirs)


def _settle(connection: Connection, stories: _Stories, post: _Known, others: Iterable[_Known], now: datetime) -> None:
    """Join a post's story with the one that is most alike, and propose those that may be."""
    found = [(likeness(post.traits, other.traits), other) for other in others]
    for seen, other in sorted(found, key=lambda each: (-each[0].level.rank, -each[0].percent, each[1].id)):
        one, two = stories.of(post.id), stories.of(other.id)
        if seen == NOTHING or one == two or not stories.may_be_one(one, two):
            continue
        if seen.level.rank >= Level.HIGH.rank and _may_join(connection, one, two, seen):
            into = _join_by_rule(connection, (one, two), (post.id, other.id), seen, now)
            if into is not None:
                stories.moved(two if into == one else one, into)
        elif _key(post.id, other.id) not in stories.verdicts:
            key = _key(post.id, other.id)
            _say(connection, [key], Verdict.MAYBE, by=RULE, now=now, why=seen.why, percent=seen.percent)
            stories.verdicts[key] = Verdict.MAYBE


def _may_join(connection: Connection, one: int, two: int, seen: Likeness) -> bool:
    """Return whether a rule may join two stories: one of them is untouched, or the likeness is beyond doubt."""
    if not _is_touched(connection, one) or not _is_touched(connection, two):
        return True
    if seen.level is not Level.SURE:
        return False
    item = schema.issue_item.c
    issues = [
        set(connection.execute(select(item.issue_id).where(item.story_id == story_id)).scalars())
        for story_id in (one, two)
    ]
    return not issues[0] & issues[1]


def _is_touched(connection: Connection, story_id: int) -> bool:
    """Return whether a person has done anything with a story."""
    story = _story(connection, story_id)
    if story.review != Review.NEW or story.featured or story.coming or story.flags:
        return True
    evidence, item = schema.evidence.c, schema.issue_item.c
    return any(
        connection.execute(select(column).where(column == story_id).limit(1)).first() is not None
        for column in (evidence.story_id, item.story_id)
    )


def _join_by_rule(
    connection: Connection, story_ids: tuple[int, int], pair: tuple[int, int], seen: Likeness, now: datetime
) -> int | None:
    """Join two stories and record by what, unless a person was faster; readers may see it where both were touched."""
    one, other = (_story(connection, story_id) for story_id in sorted(story_ids))
    if one.merged_into is not None or other.merged_into is not None:
        return None
    pairs = [_key(*pair)]
    said = _say(connection, pairs, Verdict.SAME, by=RULE, now=now, why=seen.why, percent=seen.percent)
    facts = {"why": seen.why, "percent": seen.percent}
    both_touched = _is_touched(connection, one.id) and _is_touched(connection, other.id)
    into, _ = _join(connection, one, other, by=RULE, now=now, facts=facts, said={"pairs": pairs, "said": said})
    if both_touched:
        # What was public by one approval may have been taken down for the other's flags: readers and letters follow.
        _after(connection, into)
    else:
        connection.execute(update(schema.story).where(_STORY.id == into).values(changes=_STORY.changes + 1))
    return into
