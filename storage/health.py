"""How the sources are: when each answered last and is asked next, what failed, what it said about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select

from campaign.collecting import Filled, Quota
from campaign.errors import Fact, SkordError
from campaign.records import PostState, Review
from storage import schema
from storage.store import Store

_SOURCE = schema.source.c
_GAP = schema.gap.c
_POST = schema.post.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a source is. ``error`` is None where the last run went well; ``gap_from`` None where none is open.

    ``posts_per_week`` is the mean of the last four weeks, by the posts' own dates. ``beside`` are further errors of
    the last run, where several servers failed. ``filled`` says how far back its past has been read, None where none
    is; ``token_expires_at`` is None where the token never does, or the network does not say. ``interval`` is how
    often the source is asked at present, None before its first run, and ``interval.<interval_reason>`` says why.
    ``doubted`` published posts are gone by the source's word since ``doubted_since``, which is not believed yet.
    """

    id: str
    kind: str
    campaigns: tuple[str, ...]
    paused: bool
    running: bool
    last_ok_at: datetime | None
    last_run_at: datetime | None
    next_attempt_at: datetime
    failures: int
    error: SkordError | None
    permanent: bool
    gap_from: datetime | None
    posts_per_week: float
    beside: tuple[SkordError, ...] = ()
    quotas: tuple[Quota, ...] = ()
    filled: Filled | None = None
    token_expires_at: datetime | None = None
    interval: timedelta | None = None
    interval_reason: str = ""
    doubted: int = 0
    doubted_since: datetime | None = None


def list_health(store: Store, *, now: datetime) -> list[Health]:
    """Return how every source of the configuration is, by id."""
    open_gaps = select(_GAP.source_id, func.min(_GAP.from_at)).where(_GAP.to_at.is_(None)).group_by(_GAP.source_id)
    recent = (
        select(schema.post.c.source_id, func.count())
        .join(schema.version, schema.version.c.id == schema.post.c.version_id)
        .where(schema.version.c.published_at > now - timedelta(weeks=4))
        .group_by(schema.post.c.source_id)
    )
    doubted = (
        select(_POST.source_id, func.count(_POST.identity.distinct()), func.min(_POST.doubted_at))
        .where(in_doubt())
        .group_by(_POST.source_id)
    )
    query = select(schema.source).where(~_SOURCE.removed).order_by(_SOURCE.id)
    with store.read() as connection:
        gaps: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(open_gaps)}
        posts: dict[str, int] = {row[0]: row[1] for row in connection.execute(recent)}
        doubts = {row[0]: (row[1], row[2]) for row in connection.execute(doubted)}
        return [
            _health(row, gaps.get(row.id), posts.get(row.id, 0) / 4, doubts.get(row.id, (0, None)))
            for row in connection.execute(query)
        ]


def in_doubt() -> ColumnElement[bool]:
    """Return the condition under which readers see a post that its source says is gone, which is not believed yet."""
    return and_(_POST.review == Review.APPROVED, _POST.state == PostState.LIVE, _POST.doubted_at.is_not(None))


def _health(
    row: Row[Any], gap_from: datetime | None, posts_per_week: float, doubts: tuple[int, datetime | None]
) -> Health:
    return Health(
        id=row.id,
        kind=row.kind,
        campaigns=tuple(row.campaigns),
        paused=row.paused,
        running=row.claimed_by is not None,
        last_ok_at=row.last_ok_at,
        last_run_at=row.last_run_at,
        next_attempt_at=row.next_attempt_at,
        failures=row.failures,
        error=_error(row.error) if row.error else None,
        permanent=bool(row.error and row.error["permanent"]),
        gap_from=gap_from,
        posts_per_week=posts_per_week,
        beside=tuple(_error(other) for other in row.error.get("beside", ())) if row.error else (),
        quotas=tuple(_quota(entry) for entry in row.quotas),
        filled=_filled(row.filled) if row.filled else None,
        token_expires_at=row.token_expires_at,
        interval=timedelta(seconds=row.interval) if row.interval else None,
        interval_reason=row.interval_reason,
        doubted=doubts[0],
        doubted_since=doubts[1],
    )


def _error(told: Mapping[str, Any]) -> SkordError:
    facts: dict[str, Fact] = dict(told["facts"])
    return SkordError(told["key"], **facts)


def _quota(told: Mapping[str, Any]) -> Quota:
    resets_at = datetime.fromisoformat(told["resets_at"]) if told["resets_at"] else None
    return Quota(name=told["name"], used=told["used"], limit=told["limit"], resets_at=resets_at)


def _filled(told: Mapping[str, Any]) -> Filled:
    goal = datetime.fromisoformat(told["goal"]) if told["goal"] else None
    return Filled(reached=datetime.fromisoformat(told["reached"]), goal=goal, done=told["done"])
