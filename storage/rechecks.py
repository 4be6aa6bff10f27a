"""Which posts are to be asked for again at their source, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select, update

from campaign.collecting import Fate, Found, Known, Rechecked, Standing
from campaign.records import Candidate, PostState, Review
from storage import schema
from storage.health import in_doubt
from storage.ingest import Judge
from storage.pages import Page, _take
from storage.posts import _slices
from storage.store import Store
from storage.withdrawals import _locked, _move

_POST = schema.post.c
_VERSION = schema.version.c
_STORY = schema.story.c


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePost:
    """A post that is to be asked for, once though it stands in several campaigns. ``missing`` was so the last time.

    ``source_id`` is "" for what a person brought from the web; ``doubted`` was said to be gone, and not believed.
    """

    source_id: str
    known: Known
    missing: bool
    doubted: bool = False


@dataclass(slots=True)
class Moved:
    """How many posts entered each state, and how many absences were noted that nobody believes yet."""

    entered: Counter[PostState] = field(default_factory=Counter)
    doubted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """A post that readers see and that its source says is gone. ``words`` are its title, or its text."""

    story_id: int
    url: str
    words: str


def due_posts(store: Store, *, now: datetime, limit: int, fresh: Mapping[str, timedelta]) -> list[DuePost]:
    """Return up to ``limit`` posts to ask for again: never asked for since their approval, then the longest due.

    Those that are public, those that are missing, and those of networks that want their data renewed in time
    (``fresh``), public or not. What has no source can be asked for where it has an address on the web.
    """
    query = (
        select(_POST.id, _POST.source_id, _POST.network, _POST.identity, _POST.state, _POST.doubted_at, _VERSION.url)
        .join(schema.version, _VERSION.id == _POST.version_id)
        .where(or_(_POST.source_id.is_not(None), _VERSION.url.like("http%")), _POST.state != PostState.GONE)
        .where(_is_due(now, fresh))
        .order_by(_POST.recheck_at.asc().nulls_first(), _POST.id)
        .limit(limit)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
        names = _names(connection, [row.id for row in rows])
    found: dict[tuple[str, str, str], DuePost] = {}
    for row in rows:
        known = Known(network=row.network, identity=row.identity, url=row.url, local=names.get(row.id, {}))
        due = DuePost(
            source_id=row.source_id or "",
            known=known,
            missing=row.state == PostState.MISSING,
            doubted=row.doubted_at is not None,
        )
        found.setdefault((row.source_id or "", row.network, row.identity), due)
    return list(found.values())


def _is_due(now: datetime, fresh: Mapping[str, timedelta]) -> Any:
    wanted = [_POST.review == Review.APPROVED, _POST.state == PostState.MISSING]
    parts = [and_(_POST.recheck_at.is_(None), _POST.review == Review.APPROVED)]
    for network, span in fresh.items():
        wanted.append(_POST.network == network)
        old = and_(_POST.recheck_at.is_(None), _POST.network == network, _POST.first_seen_at <= now - span)
        parts.append(old)
    return or_(*parts, and_(_POST.recheck_at <= now, or_(*wanted)))


def _names(connection: Connection, post_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for part in _slices(post_ids):
        query = select(schema.post_name).where(schema.post_name.c.post_id.in_(part))
        for row in connection.execute(query):
            found.setdefault(row.post_id, {})[row.place] = row.name
    return found


def find_witnesses(
    store: Store, source_id: str, network: str, *, without: Iterable[str], since: datetime, limit: int
) -> list[Known]:
    """Return posts of a source that ought to stand there: those it gave or confirmed lately, then those in doubt.

    The latest come first; there may be none.
    """
    query = (
        select(_POST.id, _POST.identity, _VERSION.url)
        .join(schema.version, _VERSION.id == _POST.version_id)
        .where(
            _POST.source_id == source_id,
            _POST.network == network,
            _POST.state == PostState.LIVE,
            or_(_POST.last_seen_at >= since, _POST.doubted_at.is_not(None)),
            _POST.identity.not_in(list(without)),
        )
        .order_by(_POST.doubted_at.is_not(None), _POST.last_seen_at.desc(), _POST.sort_key.desc())
        .limit(limit)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
        names = _names(connection, [row.id for row in rows])
    found = {
        row.identity: Known(network=network, identity=row.identity, url=row.url, local=names.get(row.id, {}))
        for row in rows
    }
    return list(found.values())


def list_doubted(store: Store, source_id: str, *, limit: int) -> list[Doubted]:
    """Return posts of a source that readers see and that it says are gone, newest first."""
    query = (
        select(_POST.story_id, _VERSION.url, _VERSION.title, _VERSION.text)
        .join(schema.version, _VERSION.id == _POST.version_id)
        .where(_POST.source_id == source_id, in_doubt())
        .order_by(_POST.sort_key.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [
            Doubted(story_id=row.story_id, url=row.url, words=row.title or row.text)
            for row in connection.execute(query)
        ]


def save_rechecks(
    store: Store,
    source_id: str,
    network: str,
    answers: Sequence[Rechecked],
    *,
    fate: Callable[[Standing, Found], Fate],
    judge: Mapping[str, Judge],
    now: datetime,
    own: bool,
    stands: bool = False,
) -> Moved:
    """Carry out what a source answered about posts of a network, in every campaign, in one transaction.

    A post that the answer holds is taken in like any other, so that an edit becomes a version. ``stands`` says that
    the source has shown a post: nothing else that it said to be gone is in doubt any more.
    """
    found = {answer.identity: answer.found for answer in answers}
    moved = Moved()
    with store.write() as connection:
        seen = [answer.candidate for answer in answers if answer.candidate is not None]
        seen = [each for each in seen if each.network == network and each.identity in found]
        if seen:
            _renew(connection, source_id, seen, judge=judge, now=now, own=own)
        ids: list[int] = []
        for part in _parts(list(found)):
            ids += connection.execute(_stored(network, part)).scalars()
        # Locked with the rest, in one order, and changed before whoever publishes anything has to wait.
        cleared = _in_doubt(connection, source_id, network) if stands else set()
        known = _locked(connection, {*ids, *cleared})
        posts = {post_id: known[post_id] for post_id in sorted(ids) if post_id in known}
        moves = []
        for post, standing in _standings(connection, posts.values()):
            fated = fate(standing, found[post.identity])
            if fated.state is not standing.state:
                moved.entered[fated.state] += 1
            elif found[post.identity] is Found.DOUBTED and fated.state is PostState.LIVE:
                moved.doubted += 1
            moves.append((post, _fated(replace(fated, doubted_at=None, doubts=0) if stands else fated)))
        for some in _slices(cleared):
            connection.execute(update(schema.post).where(_POST.id.in_(some)).values(doubted_at=None, doubts=0))
        _move(connection, moves, now=now)
        alive = [post.id for post in posts.values() if found[post.identity] is Found.LIVE]
        for some in _slices(alive):
            connection.execute(update(schema.post).where(_POST.id.in_(some)).values(last_seen_at=now))
    return moved


def _standings(connection: Connection, posts: Collection[Row[Any]]) -> Iterable[tuple[Row[Any], Standing]]:
    """Return each post with what is known of it."""
    shown = _shown_since(connection, posts)
    for post in posts:
        yield (
            post,
            Standing(
                network=post.network,
                state=PostState(post.state),
                missing_at=post.missing_at,
                reason=post.state_reason,
                shown_since=shown.get(post.id),
                doubted_at=post.doubted_at,
                doubts=post.doubts,
            ),
        )


def _in_doubt(connection: Connection, source_id: str, network: str) -> set[int]:
    doubted = and_(_POST.source_id == source_id, _POST.network == network, _POST.doubted_at.is_not(None))
    return set(connection.execute(select(_POST.id).where(doubted)).scalars())


def _fated(fate: Fate) -> dict[str, Any]:
    return {
        "state": fate.state,
        "state_reason": fate.reason,
        "recheck_at": fate.recheck_at,
        "doubted_at": fate.doubted_at,
        "doubts": fate.doubts,
    }


def _renew(
    connection: Connection,
    source_id: str,
    candidates: Sequence[Candidate],
    *,
    judge: Mapping[str, Judge],
    now: datetime,
    own: bool,
) -> None:
    """Take in posts as they stand now, each in the campaigns that it is in already."""
    for candidate in candidates:
        query = select(_POST.campaign).where(_stored_as(candidate.network, [candidate.identity]))
        campaigns = [name for name in connection.execute(query).scalars() if name in judge]
        page = Page(candidates=[candidate], campaigns=campaigns)
        _take(connection, source_id, page, judge=judge, now=now, own=own, each_alone=True)


def _stored(network: str, identities: Sequence[str]) -> Select[Any]:
    return select(_POST.id).where(_stored_as(network, identities))


def _stored_as(network: str, identities: Sequence[str]) -> Any:
    campaigns = select(schema.campaign.c.id)  # so that the index on all three is used
    return and_(_POST.campaign.in_(campaigns), _POST.network == network, _POST.identity.in_(identities))


def _shown_since(connection: Connection, posts: Iterable[Row[Any]]) -> dict[int, datetime]:
    """Return since when those of the posts are public that are, by post: since their story was approved."""
    approved = {post.id: post.story_id for post in posts if post.review == Review.APPROVED}
    since: dict[int, datetime] = {}
    for part in _slices(set(approved.values())):
        query = select(_STORY.id, _STORY.approved_at).where(_STORY.id.in_(part), _STORY.approved_at.is_not(None))
        since |= {row.id: row.approved_at for row in connection.execute(query)}
    return {post_id: since[story_id] for post_id, story_id in approved.items() if story_id in since}


def _parts(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + 500] for start in range(0, len(names), 500))
