"""Puts candidates into the archive: posts, versions, pictures, stories of one. Repeating a page changes nothing.

What is to happen with each is decided outside (``Judged``); this module carries it out inside the transaction
that also stores the page's cursor.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from campaign.records import Candidate, Judged, PostState, Review, StoredPost, Verdict
from storage import schema
from storage.adding import _add_all, version_values
from storage.corrections import _correct
from storage.deciding import _refresh, _story
from storage.finding import _find_stories
from storage.keys import _rekey, sort_moment
from storage.names import _keep_names
from storage.pictures import _freshen, _show, is_signed
from storage.posts import _slices
from storage.ruling import _apply_rules
from storage.search import _index_posts
from storage.store import _mark, is_trouble

log = logging.getLogger("skord.storage")

_POST = schema.post.c
_VERSION = schema.version.c

_Name = tuple[str, str]
"""What a post is called: its network, and its identity there."""

Judge = Callable[[StoredPost | None, Candidate], Judged]


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of a page's candidates. ``skipped_why`` counts reasons."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    skipped: int = 0
    skipped_why: Counter[str] = field(default_factory=Counter)

    def add(self, more: Counts) -> None:
        """Count what became of others too."""
        self.new += more.new
        self.revised += more.revised
        self.unchanged += more.unchanged
        self.skipped += more.skipped
        self.skipped_why += more.skipped_why


def _ingest(
    connection: Connection,
    *,
    campaign: str,
    source_id: str | None,
    candidates: Sequence[Candidate],
    judge: Judge,
    now: datetime,
    own: bool = False,
    each_alone: bool = False,
) -> Counts:
    """Judge each candidate against what is stored and carry it out. ``own`` records the right to its pictures.

    With ``each_alone`` a candidate that the database refuses is left out, and said; without, its error is raised.
    """
    if each_alone:
        return _ingest_each(
            connection, campaign=campaign, source_id=source_id, candidates=candidates, judge=judge, now=now, own=own
        )
    counts = Counts()
    added: list[tuple[StoredPost, Candidate]] = []
    revised: list[int] = []
    unchanged: list[tuple[int, Candidate]] = []
    met: dict[int, int] = {}
    names: list[tuple[_Name, tuple[tuple[str, str], ...]]] = []
    stored = _stored(connection, campaign, candidates)
    waiting: dict[_Name, Candidate] = {}

    def add() -> None:
        for name, post in zip(
            waiting, _add_all(connection, campaign, source_id, list(waiting.values()), now, own=own), strict=True
        ):
            stored[name] = post
            added.append((post, waiting[name]))
        waiting.clear()

    for candidate in candidates:
        name = (candidate.network, candidate.identity)
        if name in waiting:
            add()
        judged = judge(stored.get(name), candidate)
        if judged.verdict is Verdict.ADD:
            waiting[name] = candidate
            counts.new += 1
        elif judged.verdict is Verdict.REVISE:
            stored[name] = _revise(connection, campaign, source_id, stored[name], candidate, now=now, own=own)
            revised.append(stored[name].id)
            counts.revised += 1
        elif judged.verdict is Verdict.UNCHANGED:
            counts.unchanged += 1
            if is_signed(candidate):
                unchanged.append((stored[name].id, candidate))
        else:
            counts.skipped += 1
            counts.skipped_why[judged.reason] += 1
        if judged.verdict is not Verdict.SKIP:
            names.append((name, candidate.local))
        if judged.verdict in (Verdict.REVISE, Verdict.UNCHANGED) and candidate.engagement is not None:
            met[stored[name].id] = candidate.engagement
    add()
    _keep_names(connection, [(stored[name].id, local) for name, local in names])
    _freshen(connection, unchanged)
    _count_met(connection, met)
    _index_posts(connection, revised)
    _find_stories(connection, campaign, source_id=source_id, added=added, revised=set(revised), now=now)
    _apply_rules(
        connection, campaign, added=[post.id for post, _ in added], revised=revised, own=own, source_id=source_id,
        now=now,
    )  # fmt: skip
    return counts


def _count_met(connection: Connection, met: Mapping[int, int]) -> None:
    """Note how posts were met that were seen again. No reader sees it: no version comes of it, and no page changes.

    A post is written only where its number is another one, its story locked before as by everybody who changes a post.
    """
    for ids in _slices(sorted(met)):
        rows = connection.execute(select(_POST.id, _POST.story_id, _POST.engagement).where(_POST.id.in_(ids))).all()
        changed = [row for row in rows if row.engagement != met[row.id]]
        if not changed:
            continue
        homes = select(schema.story.c.id).where(schema.story.c.id.in_({row.story_id for row in changed}))
        connection.execute(homes.order_by(schema.story.c.id).with_for_update())
        values: dict[str, Any] = {"engagement": bindparam("to")}
        connection.execute(
            update(schema.post).where(_POST.id == bindparam("of")).values(values),
            [{"of": row.id, "to": met[row.id]} for row in changed],
        )


def _ingest_each(connection: Connection, *, candidates: Sequence[Candidate], **same: Any) -> Counts:
    """Take in one candidate at a time, so that one that cannot be stored does not keep its whole page away."""
    total = Counts()
    for candidate in candidates:
        try:
            with connection.begin_nested():
                total.add(_ingest(connection, candidates=[candidate], **same))
        except (DBAPIError, ValueError, TypeError, OverflowError) as error:
            # Another collector at the same moment, or a database in trouble: the post is not to blame.
            if isinstance(error, IntegrityError) or is_trouble(error) or connection.invalidated:
                raise
            log.exception("a post cannot be stored", extra={"action": "post_unstorable", "source": same["source_id"]})
            total.skipped += 1
            total.skipped_why["unstorable"] += 1
    return total


def _stored(
    connection: Connection, campaign: str, candidates: Sequence[Candidate]
) -> dict[tuple[str, str], StoredPost]:
    """Return what is known of these candidates, by network and identity, in one query a network and 500 names."""
    found: dict[tuple[str, str], StoredPost] = {}
    for network in {candidate.network for candidate in candidates}:
        names = sorted({candidate.identity for candidate in candidates if candidate.network == network})
        for start in range(0, len(names), 500):
            query = (
                select(schema.post, _VERSION.digest, _VERSION.edited_at, _VERSION.author_name, _VERSION.author_handle)
                .join(schema.version, _VERSION.id == _POST.version_id)
                .where(_POST.campaign == campaign, _POST.network == network)
                .where(_POST.identity.in_(names[start : start + 500]))
            )
            for row in connection.execute(query):
                found[(network, row.identity)] = _known(row)
    return found


def _known(row: Row[Any]) -> StoredPost:
    return StoredPost(
        id=row.id,
        story_id=row.story_id,
        digest=row.digest,
        edited_at=row.edited_at,
        review=Review(row.review),
        state=PostState(row.state),
        version_id=row.version_id,
        has_author=bool(row.author_name or row.author_handle),
    )


def _revise(
    connection: Connection,
    campaign: str,
    source_id: str | None,
    known: StoredPost,
    candidate: Candidate,
    *,
    now: datetime,
    own: bool,
) -> StoredPost:
    """Add a version. What was approved stays public as it was; the story waits for a person to see the new one.

    The source that first tells whose the post is, or vouches for it, is from then on the one to ask for it again.
    """
    _story(connection, known.story_id)
    row = connection.execute(select(schema.post).where(_POST.id == known.id)).one()
    last = connection.execute(select(_VERSION.number).where(_VERSION.id == row.version_id)).scalar_one()
    version_id = _add_version(
        connection, campaign, known.id, last + 1, candidate, now=now, first_seen_at=row.first_seen_at, own=own
    )
    values: dict[str, Any] = {"version_id": version_id, "last_seen_at": now, "members_only": candidate.members_only}
    if source_id is not None and (own or (candidate.has_author and not known.has_author)):
        values["source_id"] = source_id
    if candidate.published_at is not None and row.review != Review.APPROVED:
        # An approved post keeps its place until a person has seen the new version.
        _rekey(connection, known.id, row.sort_key, sort_moment(candidate.published_at, row.first_seen_at))
    connection.execute(update(schema.post).where(_POST.id == known.id).values(values))
    if row.members_only != candidate.members_only:
        # The author's word about being seen holds at once, whatever version was approved.
        _correct(connection, known.story_id, now=now)
        _mark(connection, "story", [known.story_id])
    _refresh(connection, known.story_id, now)
    # Of a flagged story nobody has approved this version: whoever approved the one before is no first of two any more.
    values = {"changes": schema.story.c.changes + 1, "first_by": None}
    connection.execute(update(schema.story).where(schema.story.c.id == known.story_id).values(values))
    return StoredPost(
        id=known.id,
        story_id=known.story_id,
        digest=candidate.digest,
        edited_at=candidate.edited_at,
        review=known.review,
        state=known.state,
        version_id=version_id,
        has_author=candidate.has_author,
    )


def _add_version(
    connection: Connection,
    campaign: str,
    post_id: int,
    number: int,
    candidate: Candidate,
    *,
    now: datetime,
    first_seen_at: datetime,
    own: bool,
) -> int:
    shown = _show(connection, campaign, post_id, candidate.media, now, own=own)
    done = connection.execute(
        insert(schema.version).values(
            campaign=campaign,
            post_id=post_id,
            number=number,
            seen_at=now,
            **version_values(candidate, first_seen_at, candidate.digest),
            media=shown,
        )
    )
    return _key(done)


def _key(done: Any) -> int:
    return int(done.inserted_primary_key[0])
