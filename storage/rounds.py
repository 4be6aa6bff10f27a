"""Many runs begun and ended together: of a thousand sources most have nothing new, and commits would cost most.

A claim and the end of a run lose nothing when the machine stops before they are written: a run that was not ended is
known to be dead afterwards, and its source is asked again from the same cursor. What came is stored page by page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from campaign.errors import NotFoundError
from storage import schema
from storage.adding import _ids
from storage.gaps import _close_gap, _open_gap
from storage.leases import this_process
from storage.posts import _slices
from storage.sources import _GRACE, Claim, _claim_of, _hold, _is_lost, _kill
from storage.store import Store

_SOURCE = schema.source.c
_RUN = schema.run.c
_GAP = schema.gap.c

_CLAIM = update(schema.source).where(_SOURCE.id == bindparam("source"))
_END = update(schema.run).where(_RUN.id == bindparam("run"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended that did not fail. ``status`` is "ok" or "unchanged".

    ``cursor`` is that of a last page that brought nothing else, None where every page is stored already.
    """

    claim: Claim
    status: str
    next_attempt_at: datetime
    now: datetime
    interval: timedelta
    interval_reason: str
    cursor: dict[str, Any] | None = None


def claim_sources(store: Store, ids: Sequence[str], *, now: datetime) -> dict[str, Claim | None]:
    """Begin a run of each source, as ``claim_source`` does for one, in one transaction."""
    found: dict[str, Claim | None] = dict.fromkeys(ids)
    with store.write() as connection:
        query = select(schema.source).where(_SOURCE.id.in_(ids)).order_by(_SOURCE.id).with_for_update()
        rows = {row.id: row for row in connection.execute(query)}
        if missing := found.keys() - rows.keys():
            raise NotFoundError("source_missing", source=min(missing))
        free = [row for row in rows.values() if row.claimed_by is None or _is_lost(store, row, now)]
        for row in free:
            if row.claimed_by is not None:
                _kill(connection, row.id, now)
            if row.next_attempt_at < now - _GRACE and not row.paused:
                _open_gap(connection, row.id, row.next_attempt_at, "not_running")
        if not free:
            return found
        runs = _ids(connection, schema.run, len(free))
        _begin(connection, {row.id: run_id for row, run_id in zip(free, runs, strict=True)}, now)
        for row, run_id in zip(free, runs, strict=True):
            _hold(store, row.id, run_id)
            found[row.id] = _claim_of(row, run_id, this_process())
    return found


def _begin(connection: Connection, runs: dict[str, int], now: datetime) -> None:
    started: dict[str, Any] = {"started_at": now, "status": "running", "skipped_why": {}}
    connection.execute(
        insert(schema.run), [{"id": run_id, "source_id": source_id, **started} for source_id, run_id in runs.items()]
    )
    held = {"claimed_by": this_process(), "claimed_at": now, "last_run_at": now}
    connection.execute(_CLAIM, [{"source": source_id, **held} for source_id in runs])


def release_claims(store: Store, claims: Sequence[Claim]) -> None:
    """Give sources back that were claimed and never asked, as if they had not been."""
    with store.write() as connection:
        for claim in claims:
            connection.execute(delete(schema.run).where(_RUN.id == claim.run_id, _RUN.status == "running"))
            mine = (_SOURCE.id == claim.source_id) & (_SOURCE.claimed_by == claim.holder)
            connection.execute(update(schema.source).where(mine).values(claimed_by=None, claimed_at=None))


def finish_runs(store: Store, endings: Sequence[Ending]) -> None:
    """End runs that went well, as ``finish_run`` does for one, in one transaction."""
    with store.write() as connection:
        running: set[int] = set()
        held: set[str] = set()
        for ids in _slices(sorted(ending.claim.run_id for ending in endings)):
            query = (
                select(_RUN.id, _RUN.source_id, _SOURCE.claimed_by)
                .join(schema.source, _SOURCE.id == _RUN.source_id)
                .where(_RUN.id.in_(ids), _RUN.status == "running")
                .order_by(_SOURCE.id)
                .with_for_update()
            )
            for row in connection.execute(query):
                running.add(row.id)
                if any(row.id == each.claim.run_id and row.claimed_by == each.claim.holder for each in endings):
                    held.add(row.source_id)
        left = [ending for ending in endings if ending.claim.run_id in running]
        _end(connection, left, [ending for ending in left if ending.claim.source_id in held])


def _end(connection: Connection, endings: Sequence[Ending], held: Sequence[Ending]) -> None:
    if endings:
        connection.execute(
            _END,
            [
                {"run": each.claim.run_id, "status": each.status, "finished_at": each.now, "error": None}
                for each in endings
            ],
        )
    for moved in (True, False):
        if some := [_freed(each) for each in held if (each.cursor is not None) is moved]:
            connection.execute(_CLAIM, some)
    if read := [{"run": each.claim.run_id} for each in endings if each.cursor is not None]:
        connection.execute(_END.values(pages=_RUN.pages + 1), read)
    well = {each.claim.source_id: each.now for each in held}
    for source_id in set(connection.execute(select(_GAP.source_id).where(_GAP.to_at.is_(None))).scalars()):
        if source_id in well:
            _close_gap(connection, source_id, well[source_id])


def _freed(ending: Ending) -> dict[str, Any]:
    return {
        "source": ending.claim.source_id,
        "claimed_by": None,
        "claimed_at": None,
        "next_attempt_at": ending.next_attempt_at,
        "error": None,
        "failures": 0,
        "interval": int(ending.interval.total_seconds()),
        "interval_reason": ending.interval_reason,
        "last_ok_at": ending.now,
        **({} if ending.cursor is None else {"cursor": ending.cursor}),
    }
