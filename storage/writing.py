"""Stories written at the desk. They go through the same tables as everything else, and wait to be approved like it.

A story is named by the press that first saved it: sent again, it is found instead of stored twice. What pictures show
and whether they need words is recorded with each picture, at once and everywhere; title, text, date, name and the
choice of pictures make a version, which a person approves.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Candidate, Judged, PostState, StoredPost, Verdict
from campaign.writing import NETWORK, Draft, DraftPicture, as_candidate, identity_of, upload_address, uploaded
from storage import schema
from storage.deciding import _after, _check_standing, _record, _story
from storage.evidence import _attach
from storage.ingest import _ingest
from storage.pairs import _in_turn
from storage.posts import _slices
from storage.store import Actor, Store
from storage.uploads import has_upload

_POST = schema.post.c
_VERSION = schema.version.c
_MEDIA = schema.media.c

#: The names of both in the trail.
WROTE, REWROTE = "wrote", "rewrote"


class Outcome(StrEnum):
    """What saving did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A story of our own as the form shows it; ``version_id`` is the text that the draft holds."""

    post_id: int
    story_id: int
    campaign: str
    version_id: int
    author_id: int | None
    draft: Draft
    outcome: Outcome = Outcome.SAME


def write(
    store: Store,
    campaign: str,
    draft: Draft,
    *,
    by: Actor,
    now: datetime,
    press: str,
    language: str,
    nodes: Iterable[int] = (),
) -> Written:
    """Store a story that a person wrote, with who did; its pictures are our own. Nobody sees it before its approval.

    ``press`` (32 hexadecimal digits) names the press: sent again with the same words it changes nothing, with others
    it makes a new version. InputError ``text`` (``writing_wordless``), ``pictures`` (``upload_lost``);
    ConflictError ``writing_changed`` where somebody has edited it since; NotFoundError ``node_missing``.
    """
    identity = identity_of(press)
    _check(store, draft)
    for last in (False, True):
        try:
            with store.write() as connection:
                _in_turn(connection)
                known = _by_name(connection, campaign, identity)
                if known is not None:
                    return _rewrite(connection, known, draft, by=by, now=now, language=language, first=True)
                return _write(connection, campaign, identity, draft, by=by, now=now, language=language, nodes=nodes)
        except IntegrityError:  # the same press, taken by another process at the same moment
            if last:
                raise
    raise AssertionError("unreachable")


def rewrite(
    store: Store, post_id: int, draft: Draft, *, version_id: int, by: Actor, now: datetime, language: str
) -> Written:
    """Give a story of our own a new version; the approved one stays public until somebody approves this one.

    ``version_id`` is the text that the form began with: ConflictError ``writing_changed`` where another is the latest
    by now. Otherwise raises as ``write``; NotFoundError ``story_missing`` for what was not written here.
    """
    _check(store, draft)
    with store.write() as connection:
        _in_turn(connection)
        known = _by_id(connection, post_id)
        if known.version_id != version_id:
            raise ConflictError("writing_changed", post=post_id)
        return _rewrite(connection, known, draft, by=by, now=now, language=language)


def get_written(store: Store, post_id: int) -> Written:
    """Return a story of our own with its latest words. NotFoundError ``story_missing``."""
    with store.read() as connection:
        return _read(connection, _by_id(connection, post_id))


def written_posts(store: Store, post_ids: Iterable[int]) -> set[int]:
    """Return those of the posts that were written here."""
    found: set[int] = set()
    with store.read() as connection:
        for ids in _slices(post_ids):
            query = select(_POST.id).where(_POST.id.in_(ids), _POST.network == NETWORK)
            found |= set(connection.execute(query).scalars())
    return found


def _check(store: Store, draft: Draft) -> None:
    if not (draft.title.strip() or draft.text.strip()):
        raise InputError("text", "writing_wordless")
    for each in draft.pictures:
        if not has_upload(store, each.file):
            raise InputError("pictures", "upload_lost", name=each.name, file=each.file)


def _write(
    connection: Connection,
    campaign: str,
    identity: str,
    draft: Draft,
    *,
    by: Actor,
    now: datetime,
    language: str,
    nodes: Iterable[int],
) -> Written:
    made = as_candidate(replace(draft, published_at=draft.published_at or now), identity, language, {})
    _ingest(connection, campaign=campaign, source_id=None, candidates=[made], judge=_judge, now=now, own=True)
    post = _by_name(connection, campaign, identity)
    assert post is not None
    story = _story(connection, post.story_id)
    _record(connection, story, WROTE, by=by, now=now, post_id=post.id, version_id=post.version_id)
    for node_id in dict.fromkeys(nodes):
        _attach(connection, story, node_id, by=by, now=now)
    _mark_decorative(connection, post.id, draft.pictures)
    _after(connection, story.id)
    return _read(connection, post, Outcome.NEW)


def _rewrite(
    connection: Connection, post: Row[Any], draft: Draft, *, by: Actor, now: datetime, language: str,
    first: bool = False,
) -> Written:  # fmt: skip
    story = _story(connection, post.story_id)
    _check_standing(story)
    if post.state == PostState.GONE:
        raise NotFoundError("story_missing", story=story.id)
    kept = replace(draft, published_at=draft.published_at or post.published_at)
    made = as_candidate(kept, post.identity, language, _stored_alts(connection, post))
    if made.digest == post.digest:
        return _read(connection, post)
    if first and post.number > 1:
        raise ConflictError("writing_changed", post=post.id)
    fresh = [each for each in draft.pictures if each.file not in _known(connection, post.id)]
    _ingest(connection, campaign=post.campaign, source_id=None, candidates=[made], judge=_judge, now=now, own=True)
    after = _by_id(connection, post.id)
    _mark_decorative(connection, post.id, fresh)
    facts = {"number": after.number}
    _record(
        connection, story, REWROTE, by=by, now=now, group=uuid.uuid4().hex, post_id=post.id,
        version_id=after.version_id, facts=facts,
    )  # fmt: skip
    _after(connection, after.story_id)
    return _read(connection, after, Outcome.CHANGED)


def _judge(stored: StoredPost | None, candidate: Candidate) -> Judged:
    """Take in what a person wrote, whatever its hashtags."""
    if stored is None:
        return Judged(verdict=Verdict.ADD, reason="written")
    same = stored.digest == candidate.digest
    return Judged(verdict=Verdict.UNCHANGED if same else Verdict.REVISE, reason="written")


def _query() -> Any:
    kept = (_VERSION.number, _VERSION.title, _VERSION.text, _VERSION.author_name, _VERSION.published_at)
    shown = _VERSION.media.label("shown")
    return (
        select(schema.post, *kept, shown, _VERSION.digest)
        .join(schema.version, _VERSION.id == _POST.version_id)
        .where(_POST.network == NETWORK)
    )


def _by_id(connection: Connection, post_id: int) -> Row[Any]:
    row = connection.execute(_query().where(_POST.id == post_id)).one_or_none()
    if row is None:
        raise NotFoundError("story_missing", story=post_id)
    return row


def _by_name(connection: Connection, campaign: str, identity: str) -> Row[Any] | None:
    query = _query().where(_POST.campaign == campaign, _POST.identity == identity)
    return connection.execute(query).one_or_none()


def _known(connection: Connection, post_id: int) -> dict[str, Row[Any]]:
    """Return the pictures that a post has or had, by the names of their files."""
    rows = connection.execute(select(schema.media).where(_MEDIA.post_id == post_id))
    return {uploaded(row.url): row for row in rows}


def _stored_alts(connection: Connection, post: Row[Any]) -> dict[str, str | None]:
    """Return the words that the latest version stores for each of its pictures: another wording is no new version."""
    names = {row.id: file for file, row in _known(connection, post.id).items()}
    return {names[entry["id"]]: entry["alt"] for entry in post.shown if entry["id"] in names}


def _mark_decorative(connection: Connection, post_id: int, pictures: Iterable[DraftPicture]) -> None:
    files = [upload_address(each.file) for each in pictures if each.decorative]
    if files:
        mine = (_MEDIA.post_id == post_id) & _MEDIA.url.in_(files)
        connection.execute(update(schema.media).where(mine).values(decorative=True))


def _read(connection: Connection, post: Row[Any], outcome: Outcome = Outcome.SAME) -> Written:
    pictures = {row.id: row for row in _known(connection, post.id).values()}
    shown = [(pictures[entry["id"]], entry["alt"]) for entry in post.shown if entry["id"] in pictures]
    decision = schema.decision.c
    wrote = select(decision.account_id).where(decision.post_id == post.id, decision.action.in_((WROTE, REWROTE)))
    return Written(
        post_id=post.id,
        story_id=post.story_id,
        campaign=post.campaign,
        version_id=post.version_id,
        author_id=connection.execute(wrote.order_by(decision.id.desc()).limit(1)).scalar(),
        draft=Draft(
            title=post.title,
            text=post.text,
            author=post.author_name,
            published_at=post.published_at,
            pictures=tuple(
                DraftPicture(
                    file=uploaded(row.url),
                    alt=(row.alt if row.alt is not None else alt) or "",
                    decorative=row.decorative,
                )
                for row, alt in shown
            ),
        ),
        outcome=outcome,
    )
