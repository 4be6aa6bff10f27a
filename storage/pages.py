"""One page of one source, stored with the cursor that stands after it: both or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from campaign.collecting import Filled, Missed, Quota, Withdrawal
from campaign.errors import ConflictError
from campaign.records import Candidate, Judged, PostState, StoredPost, Verdict
from storage import schema
from storage.gaps import _keep_missed
from storage.ingest import Counts, Judge, _ingest
from storage.pairs import _in_turn
from storage.sources import Claim
from storage.store import Store
from storage.withdrawals import BACK, _bring_back, _withdraw

_SOURCE = schema.source.c
_RUN = schema.run.c

#: How often a page is tried again when another collector stored one of its posts at the same moment.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as it is stored: what came for each campaign, and the cursor that stands after it.

    The rest is what the channel said beside its posts; what is None or empty leaves what was known.
    """

    candidates: Sequence[Candidate]
    campaigns: Sequence[str]
    cursor: Mapping[str, Any] = field(default_factory=dict)
    withdrawals: Sequence[Withdrawal] = ()
    quotas: Sequence[Quota] = ()
    missed: Sequence[Missed] = ()
    filled: Filled | None = None
    token_expires_at: datetime | None = None
    every: timedelta | None = None


def save_page(
    store: Store, claim: Claim, page: Page, *, judge: Mapping[str, Judge], now: datetime, own: bool
) -> Counts:
    """Store one page with its cursor and the run's counts, in one transaction.

    ``judge`` has the judging function of each campaign of the page; ``own`` records the right to the pictures.
    Raises ConflictError ``claim_lost`` where the run has been given to another meanwhile: nothing is stored then.
    """
    each_alone = False
    for left in reversed(range(_TRIES)):
        try:
            return _save(store, claim, page, judge=judge, now=now, own=own, each_alone=each_alone)
        except IntegrityError:
            # On PostgreSQL two collectors can add one post, or take one sort key, at once: the loser looks again.
            if not left:
                raise
        except (DBAPIError, ValueError, TypeError, OverflowError):
            # One post is more than the database takes: the others of its page must not wait for it for ever.
            if each_alone:
                raise
            each_alone = True
    raise AssertionError("unreachable")


def _save(
    store: Store, claim: Claim, page: Page, *, judge: Mapping[str, Judge], now: datetime, own: bool, each_alone: bool
) -> Counts:
    with store.write() as connection:
        run = connection.execute(select(_RUN.status).where(_RUN.id == claim.run_id)).scalar_one()
        if run != "running":
            raise ConflictError("claim_lost", source=claim.source_id)
        total = _take(connection, claim.source_id, page, judge=judge, now=now, own=own, each_alone=each_alone)
        # A page is a sign of life: however long a history is, its run keeps the claim.
        values: dict[str, Any] = {"cursor": dict(page.cursor), "claimed_at": now}
        if total.new:
            values["last_new_at"] = now
        if page.quotas:
            known = connection.execute(select(_SOURCE.quotas).where(_SOURCE.id == claim.source_id)).scalar_one()
            values["quotas"] = _quotas(known, page.quotas)
        values |= _said(page)
        connection.execute(update(schema.source).where(_SOURCE.id == claim.source_id).values(values))
        _count(connection, claim.run_id, total)
        _keep_missed(connection, claim.source_id, page.missed)
        return total


def _said(page: Page) -> dict[str, Any]:
    """Return what the channel said about itself, as columns; what it did not mention stays as it is."""
    values: dict[str, Any] = {}
    if page.filled is not None:
        goal = page.filled.goal
        values["filled"] = {
            "reached": page.filled.reached.isoformat(),
            "goal": goal.isoformat() if goal else None,
            "done": page.filled.done,
        }
    if page.token_expires_at is not None:
        values["token_expires_at"] = page.token_expires_at
    if page.every is not None:
        values["asked_every"] = int(page.every.total_seconds())
    return values


def _quotas(known: Sequence[Mapping[str, Any]], told: Sequence[Quota]) -> list[dict[str, Any]]:
    """Return the allowances with those renewed that were told now, by name."""
    found = {str(entry["name"]): dict(entry) for entry in known}
    for quota in told:
        found[quota.name] = {
            "name": quota.name,
            "used": quota.used,
            "limit": quota.limit,
            "resets_at": quota.resets_at.isoformat() if quota.resets_at else None,
        }
    return list(found.values())


def rehearse_page(store: Store, source_id: str, page: Page, *, judge: Mapping[str, Judge], now: datetime) -> Counts:
    """Return what storing a page would do, and do nothing."""
    with store.write() as connection:
        total = _take(connection, source_id, page, judge=judge, now=now, own=False, each_alone=True)
        connection.rollback()
        return total


def _take(
    connection: Connection,
    source_id: str,
    page: Page,
    *,
    judge: Mapping[str, Judge],
    now: datetime,
    own: bool,
    each_alone: bool = False,
) -> Counts:
    total = Counts()
    _in_turn(connection)
    returned: dict[int, bool] = {}
    for campaign in page.campaigns:
        counts = _ingest(
            connection,
            campaign=campaign,
            source_id=source_id,
            candidates=page.candidates,
            judge=_noticing(judge[campaign], returned),
            now=now,
            own=own,
            each_alone=each_alone,
        )
        total.add(counts)
    _bring_back(connection, returned, now=now)
    _withdraw(connection, page.withdrawals, now=now)
    return total


def _noticing(judge: Judge, returned: dict[int, bool]) -> Judge:
    """Return the same judge, which also notes the missing posts that are there again, and whether they changed."""

    def judged(known: StoredPost | None, candidate: Candidate) -> Judged:
        found = judge(known, candidate)
        if known is not None and known.state is PostState.MISSING:
            changed = found.verdict is Verdict.REVISE
            if changed or found.reason == BACK:
                returned[known.id] = returned.get(known.id, False) or changed
        return found

    return judged


def _count(connection: Connection, run_id: int, total: Counts) -> None:
    row = connection.execute(select(schema.run).where(_RUN.id == run_id)).one()
    why = dict(row.skipped_why)
    for reason, count in total.skipped_why.items():
        why[reason] = why.get(reason, 0) + count
    connection.execute(
        update(schema.run)
        .where(_RUN.id == run_id)
        .values(
            pages=row.pages + 1,
            new=row.new + total.new,
            revised=row.revised + total.revised,
            unchanged=row.unchanged + total.unchanged,
            skipped=row.skipped + total.skipped,
            skipped_why=why,
        )
    )
