"""Posts that people bring: links pasted at the desk, words typed by hand. They wait in the queue like all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import InputError
from campaign.records import Candidate, Judged, PostState, StoredPost, Verdict
from storage import schema
from storage.deciding import _after, _record, _story
from storage.ingest import _ingest
from storage.pairs import _in_turn
from storage.store import Actor, Store

_POST = schema.post.c
_VERSION = schema.version.c
_MEDIA = schema.media.c

ACTION = "brought"

#: How often bringing is tried again when somebody stored the same post at the same moment.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A post and its story. ``is_new`` is False where it stood in the campaign already."""

    post_id: int
    story_id: int
    is_new: bool


def find_brought(store: Store, campaign: str, candidate: Candidate) -> Brought | None:
    """Return the post that a link leads to if the campaign has it, by its name or by its address; else None.

    Raises InputError ``url``, ``link_gone`` for a post that was removed at its source: it is not taken in again.
    """
    with store.read() as connection:
        return _find(connection, campaign, candidate)


def bring(
    store: Store,
    campaign: str,
    candidate: Candidate,
    *,
    by: Actor,
    now: datetime,
    typed: tuple[str, ...] = (),
    alt: str = "",
    credit: str = "",
) -> Brought:
    """Store a post that a person brought, with who did; or return the one that stands there already, unchanged.

    ``typed`` names what the person wrote or corrected; ``alt`` is their own text for the picture, ``credit`` whose the
    picture is: no right to show it follows from that. Nothing is public before somebody has approved it.
    Raises InputError ``url``, ``link_gone``.
    """
    for left in reversed(range(_TRIES)):
        try:
            with store.write() as connection:
                _in_turn(connection)
                known = _find(connection, campaign, candidate)
                if known is not None:
                    return known
                facts = {"url": candidate.url, "typed": ", ".join(typed)}
                found = _add(connection, campaign, candidate, by=by, now=now, facts=facts)
                _describe(connection, found.post_id, alt=alt, credit=credit)
                _after(connection, found.story_id)
                return found
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def _find(connection: Connection, campaign: str, candidate: Candidate) -> Brought | None:
    posts = select(_POST.id, _POST.story_id, _POST.state).where(_POST.campaign == campaign)
    named = posts.where(_POST.network == candidate.network, _POST.identity == candidate.identity)
    row = connection.execute(named).first()
    if row is None and candidate.url:
        # The same post may be named otherwise by the source that collected it; its own address is the same.
        joined = posts.join(schema.version, _VERSION.id == _POST.version_id)
        row = connection.execute(joined.where(_VERSION.url == candidate.url).order_by(_POST.id).limit(1)).first()
    if row is None:
        return None
    if row.state == PostState.GONE:
        raise InputError("url", "link_gone")
    return Brought(post_id=row.id, story_id=row.story_id, is_new=False)


def _add(
    connection: Connection, campaign: str, candidate: Candidate, *, by: Actor, now: datetime, facts: Mapping[str, str]
) -> Brought:
    _ingest(connection, campaign=campaign, source_id=None, candidates=[candidate], judge=_take, now=now)
    query = select(_POST.id, _POST.story_id, _POST.version_id).where(
        _POST.campaign == campaign, _POST.network == candidate.network, _POST.identity == candidate.identity
    )
    row = connection.execute(query).one()
    story = _story(connection, row.story_id)
    _record(connection, story, ACTION, by=by, now=now, facts=dict(facts), post_id=row.id, version_id=row.version_id)
    return Brought(post_id=row.id, story_id=row.story_id, is_new=True)


def _describe(connection: Connection, post_id: int, *, alt: str, credit: str) -> None:
    """Note what the person knows of the picture; the right to show it is another decision."""
    values = {name: text.strip() for name, text in (("alt", alt), ("right_from", credit)) if text.strip()}
    if values:
        first = select(func.min(_MEDIA.id)).where(_MEDIA.post_id == post_id).scalar_subquery()
        connection.execute(update(schema.media).where(_MEDIA.id == first).values(values))


def _take(stored: StoredPost | None, candidate: Candidate) -> Judged:  # noqa: ARG001 - the shape of every judge
    """Take in what a person chose, whatever its hashtags."""
    return Judged(verdict=Verdict.ADD if stored is None else Verdict.UNCHANGED, reason="brought")
