"""Sources as the database knows them: when each is due, who asks it, what came of it, where gaps are.

A run holds a claim on its source; a claim whose process is dead is freed. The run table and ``next_attempt_at``
know what was missed, whatever any ticker believes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from campaign import hashtags
from campaign.errors import CollectError, NotFoundError, SkordError
from campaign.kinds import KINDS, Way
from campaign.settings import Settings, SourceSettings
from storage import schema
from storage.gaps import Gap, _close_gap, _open_gap, list_gaps
from storage.health import Health, list_health
from storage.leases import _dead, this_process
from storage.store import Store, _alone

__all__ = [
    "Claim",
    "Gap",
    "Health",
    "claim_source",
    "drop_claim",
    "due_sources",
    "finish_run",
    "free_dead_claims",
    "get_cursor",
    "keep_claim",
    "list_gaps",
    "list_health",
    "may_go_on",
    "set_paused",
    "sync_sources",
]

_SOURCE = schema.source.c
_RUN = schema.run.c

#: A source this much later than planned was not asked because nothing ran.
_GRACE = timedelta(minutes=15)

#: No failure keeps a source waiting for longer, with some room.
_LONGEST_WAIT = timedelta(days=8)

#: A claim this old is nobody's any more, whatever machine its holder was on.
_LONGEST_RUN = timedelta(hours=2)

#: What a channel says about itself, before it has said anything.
_NOTHING_SAID: dict[str, Any] = {
    "quotas": [],
    "filled": None,
    "token_expires_at": None,
    "asked_every": None,
    "last_new_at": None,
    "interval": None,
    "interval_reason": "",
}

_BROUGHT = tuple(kind.name for kind in KINDS.values() if kind.way is Way.BROUGHT)

#: The runs that threads of this process are at, by database and source. A claim of ours without one was dropped.
_IN_HAND: dict[tuple[str, str], int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to ask one source now. ``cursor`` is what the last stored page left; ``failures`` in a row.

    ``asked_every`` is the network's own word on how often, None where it has none; ``news_at`` when something new
    came last, or where nothing has yet, when the source was added. ``paused`` sources are asked by name only.
    """

    source_id: str
    run_id: int
    cursor: dict[str, Any]
    failures: int
    holder: str
    asked_every: timedelta | None = None
    news_at: datetime | None = None
    paused: bool = False


def sync_sources(store: Store, settings: Settings, *, now: datetime) -> None:
    """Bring the sources of the configuration into the database. One that asks elsewhere than before begins anew;
    one that is gone from the file is no longer asked, and its posts stay.
    """
    with store.write() as connection:
        _alone(connection)
        known = {row.id: row for row in connection.execute(select(schema.source))}
        for source in settings.sources.values():
            tags = sorted(
                hashtags.key(tag)
                for each in source.campaigns
                if (found := settings.campaigns.get(each)) is not None
                for tag in (*found.hashtags, *found.aliases)
            )
            _sync(connection, source, known.get(source.id), now, tags=tags)
        for gone in known.keys() - settings.sources.keys():
            connection.execute(update(schema.source).where(_SOURCE.id == gone).values(removed=True))


def _sync(
    connection: Connection, source: SourceSettings, row: Row[Any] | None, now: datetime, *, tags: list[str]
) -> None:
    options = {key: source.options[key] for key in sorted(source.options)}
    # What is looked for is asked anew too: an unchanged feed may hold what was passed over before.
    asked = json.dumps([source.kind, options, source.keep, tags], default=list)
    values: dict[str, Any] = {
        "kind": source.kind,
        "campaigns": list(source.campaigns),
        "settings_hash": hashlib.sha256(asked.encode()).hexdigest(),
        "removed": False,
    }
    fresh = {"cursor": {}, "failures": 0, "next_attempt_at": now, "error": None, **_NOTHING_SAID}
    if row is None:
        connection.execute(insert(schema.source).values(id=source.id, created_at=now, **values, **fresh))
        return
    if row.settings_hash != values["settings_hash"] or set(row.campaigns) != set(source.campaigns):
        values |= fresh
    elif row.next_attempt_at - now > _longest(source, row):
        values["next_attempt_at"] = now + source.every
    if any(getattr(row, name) != value for name, value in values.items()):
        connection.execute(update(schema.source).where(_SOURCE.id == source.id).values(values))


def _longest(source: SourceSettings, row: Row[Any]) -> timedelta:
    """Return how far ahead a source may stand: farther, and its clock or its configuration was another then."""
    if row.error is not None:
        return max(source.every * 1.1, _LONGEST_WAIT)
    planned = timedelta(seconds=row.interval or 0)
    return max(source.every, min(planned, max(source.every * 4, timedelta(days=1)))) * 1.1


def due_sources(store: Store, *, now: datetime) -> list[str]:
    """Return the ids of the sources whose time has come, the longest overdue first.

    What a person brings is never asked for.
    """
    # One that ran in the future was planned by a clock that has been put right since.
    due = (_SOURCE.next_attempt_at <= now) | (_SOURCE.last_run_at > now + timedelta(hours=1))
    query = (
        select(_SOURCE.id)
        .where(due, ~_SOURCE.paused, ~_SOURCE.removed, _SOURCE.claimed_by.is_(None), _SOURCE.kind.not_in(_BROUGHT))
        .order_by(_SOURCE.next_attempt_at, _SOURCE.id)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def claim_source(store: Store, source_id: str, *, now: datetime, holder: str | None = None) -> Claim | None:
    """Begin a run. None where the source is being asked already. NotFoundError ``source_missing``."""
    me = holder or this_process()
    with store.write() as connection:
        row = _get(connection, source_id, lock=True)
        if row.claimed_by is not None and not _is_lost(store, row, now):
            return None
        if row.claimed_by is not None:
            _kill(connection, source_id, now)
        # What people bring is never planned, so nothing was missed while nothing ran.
        if row.kind not in _BROUGHT and row.next_attempt_at < now - _GRACE and not row.paused:
            _open_gap(connection, source_id, row.next_attempt_at, "not_running")
        done = connection.execute(
            insert(schema.run).values(source_id=source_id, started_at=now, status="running", skipped_why={})
        )
        connection.execute(
            update(schema.source).where(_SOURCE.id == source_id).values(claimed_by=me, claimed_at=now, last_run_at=now)
        )
        key = done.inserted_primary_key
        run_id = int(key[0]) if key is not None else 0
        # Before the commit, so that no other thread ever sees the claim without it.
        _hold(store, source_id, run_id)
        return _claim_of(row, run_id, me)


def _claim_of(row: Row[Any], run_id: int, holder: str) -> Claim:
    return Claim(
        source_id=row.id,
        run_id=run_id,
        cursor=dict(row.cursor),
        failures=row.failures,
        holder=holder,
        asked_every=timedelta(seconds=row.asked_every) if row.asked_every else None,
        news_at=row.last_new_at or row.created_at,
        paused=row.paused,
    )


def may_go_on(store: Store, claim: Claim) -> bool:
    """Return whether a run may go on: not where its source was paused or removed meanwhile, or given to another."""
    with store.read() as connection:
        return _may_go_on(connection, claim)


def keep_claim(store: Store, claim: Claim, *, now: datetime, well: bool, errors: Sequence[CollectError] = ()) -> None:
    """Say that a run is alive, so that its claim is not taken for a dead one's.

    ``well`` says more: the source answers, as after a good run. Its error gives way to what goes wrong beside it,
    ``errors``, and an open gap is closed.
    """
    values: dict[str, Any] = {"claimed_at": now}
    if well:
        error = errors[0] if errors else None
        values |= {"last_ok_at": now, "error": _told(error, errors[1:], error is not None and error.permanent)}
    with store.write() as connection:
        _get(connection, claim.source_id, lock=True)
        if not _may_go_on(connection, claim):
            return
        connection.execute(update(schema.source).where(_SOURCE.id == claim.source_id).values(values))
        if well:
            _close_gap(connection, claim.source_id, now)


def _may_go_on(connection: Connection, claim: Claim) -> bool:
    query = (
        select(_SOURCE.paused, _SOURCE.removed, _RUN.status)
        .join(schema.run, _RUN.source_id == _SOURCE.id)
        .where(_SOURCE.id == claim.source_id, _RUN.id == claim.run_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None or row.status != "running" or row.removed:
        return False
    return claim.paused or not row.paused


def get_cursor(store: Store, source_id: str) -> dict[str, Any]:
    """Return where the last run of a source ended. NotFoundError ``source_missing``."""
    with store.read() as connection:
        return dict(_get(connection, source_id).cursor)


def finish_run(
    store: Store,
    claim: Claim,
    *,
    status: str,
    next_attempt_at: datetime,
    now: datetime,
    error: SkordError | None = None,
    permanent: bool = False,
    beside: Sequence[SkordError] = (),
    failures: int | None = None,
    interval: timedelta | None = None,
    interval_reason: str = "",
) -> None:
    """End a run and give the source back. ``status`` is "ok", "unchanged", "partial", "failed" or "killed".

    A failure opens a gap from the last good run; the next good run closes it. ``failures`` is how many there were in a
    row, one more than before where it is left out. ``interval`` is how often the source
    is asked from now on; None leaves what was planned before. A run that was killed before anything was answered
    leaves what was known. Nothing happens where the claim was lost meanwhile.
    """
    told = _told(error, beside, permanent)
    with store.write() as connection:
        row = _get(connection, claim.source_id, lock=True)
        if connection.execute(select(_RUN.status).where(_RUN.id == claim.run_id)).scalar_one() != "running":
            return
        connection.execute(
            update(schema.run).where(_RUN.id == claim.run_id).values(status=status, finished_at=now, error=told)
        )
        if row.claimed_by != claim.holder:
            return
        values: dict[str, Any] = {
            "claimed_by": None,
            "claimed_at": None,
            "next_attempt_at": next_attempt_at,
        }
        if interval is not None:
            values |= {"interval": int(interval.total_seconds()), "interval_reason": interval_reason}
        if status != "killed":
            again = row.failures + 1 if failures is None else failures
            values |= {"error": told, "failures": again if status == "failed" else 0}
        if status == "failed":
            _open_gap(connection, claim.source_id, row.last_ok_at or row.created_at, error.key if error else "failed")
        elif status != "killed":
            values["last_ok_at"] = now
            _close_gap(connection, claim.source_id, now)
        connection.execute(update(schema.source).where(_SOURCE.id == claim.source_id).values(values))


def _told(error: SkordError | None, beside: Sequence[SkordError], permanent: bool) -> dict[str, Any] | None:
    if error is None:
        return None
    others = [{"key": other.key, "facts": other.facts} for other in beside]
    return {"key": error.key, "facts": error.facts, "permanent": permanent, "beside": others}


def free_dead_claims(store: Store, *, now: datetime) -> list[str]:
    """Free the sources whose asking process is known to be dead, and return their ids; they are due at once."""
    claimed = select(schema.source).where(_SOURCE.claimed_by.is_not(None))
    with store.read() as connection:
        if not any(_is_lost(store, row, now) for row in connection.execute(claimed)):
            return []
    with store.write() as connection:
        lost = [row.id for row in connection.execute(claimed).all() if _is_lost(store, row, now)]
        for source_id in lost:
            _kill(connection, source_id, now)
    return lost


def set_paused(store: Store, source_id: str, paused: bool, *, now: datetime) -> None:
    """Stop or go on asking a source. The time between is a gap. NotFoundError ``source_missing``."""
    with store.write() as connection:
        row = _get(connection, source_id)
        if row.paused == paused:
            return
        values: dict[str, Any] = {"paused": paused}
        if paused:
            _open_gap(connection, source_id, now, "paused")
        else:
            values["next_attempt_at"] = now
        connection.execute(update(schema.source).where(_SOURCE.id == source_id).values(values))


def _get(connection: Connection, source_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(schema.source).where(_SOURCE.id == source_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError("source_missing", source=source_id)
    return row


def drop_claim(store: Store, claim: Claim) -> None:
    """Say that no thread of this process works under a claim any more, however its run ended.

    Where the database could not be told (the disk was full, the server gone) the claim is freed at the next look.
    """
    if _IN_HAND.get(_in_hand(store, claim.source_id)) == claim.run_id:
        del _IN_HAND[_in_hand(store, claim.source_id)]


def _hold(store: Store, source_id: str, run_id: int) -> None:
    """Note that a thread of this process works under a claim. To be said before the claim is committed."""
    _IN_HAND[_in_hand(store, source_id)] = run_id


def _in_hand(store: Store, source_id: str) -> tuple[str, str]:
    return str(store.engine.url), source_id


def _is_lost(store: Store, row: Row[Any], now: datetime) -> bool:
    """Return whether the holder of a claim is gone: known to be dead, or silent for longer than any run takes."""
    if row.claimed_at < now - _LONGEST_RUN:
        return True
    if row.claimed_by == this_process():
        return _in_hand(store, row.id) not in _IN_HAND
    return _dead(row.claimed_by)


def _kill(connection: Connection, source_id: str, now: datetime) -> None:
    connection.execute(
        update(schema.run)
        .where(_RUN.source_id == source_id, _RUN.status == "running")
        .values(status="killed", finished_at=now)
    )
    connection.execute(update(schema.source).where(_SOURCE.id == source_id).values(claimed_by=None, claimed_at=None))
