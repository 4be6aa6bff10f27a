"""The sending workers' side of the deliveries: rows are planned, claimed, begun and closed.

A worker has at most one row in ``sending``: closing one and opening the next is one commit, made before the mail
server hears of it. So after any crash every row is certain but those, and they are listed for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaign.newsletter import Delivery, DeliveryState, IssueState, SubscriberState
from storage import schema
from storage.deliveries import _WAITING, _delivery
from storage.leases import Lease
from storage.store import Store

_DELIVERY = schema.delivery.c
_SUBSCRIBER = schema.subscriber.c
_ISSUE = schema.issue.c
_LEASE = schema.lease.c


class LeaseLost(Exception):
    """Another process has taken over the sending; this one must stop without writing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One sending thread, and the lease that allows it to write."""

    name: str
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one letter. ``not_before_at`` is when a letter put back may be tried again, None for at once."""

    delivery_id: int
    state: DeliveryState
    reply_code: int | None = None
    reply_text: str = ""
    not_before_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a worker does next: send ``delivery``, wait ``wait``, or (both None) claim anew."""

    delivery: Delivery | None = None
    wait: timedelta | None = None


def plan(store: Store, issue_id: int, message_id: Callable[[int], str], *, now: datetime, size: int = 1000) -> int:
    """Give every subscriber of an issue being sent a row, some at a time; return how many there are in the end.

    The audience are those who had confirmed when sending began, so that repeating it after a crash adds nobody. Sending
    starts only when the rows are complete and counted.
    """
    after = 0
    while True:
        with store.write() as connection:
            issue = connection.execute(select(schema.issue).where(_ISSUE.id == issue_id)).one()
            if issue.audience is not None or issue.state != IssueState.SENDING:
                return int(issue.audience or 0)
            rows = connection.execute(_audience(issue).where(_SUBSCRIBER.id > after).limit(size)).all()
            if rows:
                _insert(connection, issue, rows, message_id, now)
                after = rows[-1].id
                continue
            planned = connection.execute(
                select(func.count()).select_from(schema.delivery).where(_DELIVERY.issue_id == issue_id)
            ).scalar_one()
            connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(audience=planned))
            return int(planned)


def _audience(issue: Row[Any]) -> Any:
    return (
        select(_SUBSCRIBER.id, _SUBSCRIBER.email, _SUBSCRIBER.language, _SUBSCRIBER.areas)
        .where(
            _SUBSCRIBER.newsletter == issue.newsletter,
            _SUBSCRIBER.state == SubscriberState.ACTIVE,
            _SUBSCRIBER.confirmed_at <= issue.sent_from,
        )
        .order_by(_SUBSCRIBER.id)
    )


def _insert(
    connection: Connection, issue: Row[Any], rows: Sequence[Row[Any]], message_id: Callable[[int], str], now: datetime
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(schema.delivery).on_conflict_do_nothing(index_elements=["issue_id", "subscriber_id"])
    connection.execute(
        made,
        [
            {
                "campaign": issue.campaign,
                "issue_id": issue.id,
                "subscriber_id": row.id,
                "address": row.email,
                "state": str(DeliveryState.QUEUED),
                "not_before_at": now,
                "message_id": message_id(row.id),
                "language": row.language,
                "areas": row.areas,
            }
            for row in rows
        ],
    )


def take_over(store: Store, lease: Lease, *, now: datetime) -> dict[int, int]:
    """Put in order what the holder before left: claimed rows wait again, begun ones are in doubt.

    Return the issues of the doubtful deliveries by the deliveries' ids. Raises LeaseLost.
    """
    with store.write() as connection:
        _check(connection, lease)
        connection.execute(
            update(schema.delivery)
            .where(_DELIVERY.state == DeliveryState.CLAIMED, _DELIVERY.epoch <= lease.epoch)
            .values(state=str(DeliveryState.QUEUED), worker=None, epoch=None)
        )
        begun = and_(_DELIVERY.state == DeliveryState.SENDING, _DELIVERY.epoch <= lease.epoch)
        found = {row.id: row.issue_id for row in connection.execute(select(schema.delivery).where(begun))}
        connection.execute(
            update(schema.delivery)
            .where(begun)
            .values(state=str(DeliveryState.UNCERTAIN), finished_at=now, worker=None, epoch=None)
        )
        return found


def has_work(store: Store) -> bool:
    """Return whether an issue is being sent, or a letter of a halted one was left in a dead worker's hands."""
    held = [str(state) for state in (DeliveryState.CLAIMED, DeliveryState.SENDING)]
    halted = [str(state) for state in (IssueState.PAUSED, IssueState.STOPPED)]
    left = exists().where(_DELIVERY.issue_id == _ISSUE.id, _DELIVERY.state.in_(held))
    query = select(_ISSUE.id).where(or_(_ISSUE.state == IssueState.SENDING, and_(_ISSUE.state.in_(halted), left)))
    with store.read() as connection:
        return connection.execute(query.limit(1)).scalar() is not None


def claim(store: Store, worker: Worker, *, now: datetime, size: int = 50) -> dict[int, int]:
    """Reserve letters of issues being sent, oldest first; nothing of them has left yet.

    Return their issues' ids by the deliveries' ids, in order. Raises LeaseLost.
    """
    with store.write() as connection:
        _check(connection, worker.lease)
        due = (
            select(_DELIVERY.id, _DELIVERY.issue_id)
            .join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
            .where(
                _ISSUE.state == IssueState.SENDING,
                _ISSUE.audience.is_not(None),
                _DELIVERY.state.in_(_WAITING),
                _DELIVERY.not_before_at <= now,
            )
            .order_by(_DELIVERY.issue_id, _DELIVERY.id)
            .limit(size)
            .with_for_update(skip_locked=True, of=schema.delivery)
        )
        found = {row.id: row.issue_id for row in connection.execute(due)}
        connection.execute(
            update(schema.delivery)
            .where(_DELIVERY.id.in_(found))
            .values(state=str(DeliveryState.CLAIMED), worker=worker.name, epoch=worker.lease.epoch)
        )
        return found


def advance(
    store: Store,
    worker: Worker,
    done: Outcome | None,
    next_id: int | None,
    *,
    now: datetime,
    per_minute: int = 0,
) -> Step:
    """Record what became of one letter and open the next, in one commit, before the server hears of it.

    The next one is opened only if at this very moment its issue is being sent and its subscriber wants it; one who
    has left meanwhile is skipped. ``per_minute`` counts the rows themselves, so that a restart does not reset it;
    a step that waits must be asked again with the same ``next_id``. Raises LeaseLost.
    """
    with store.write() as connection:
        _check(connection, worker.lease)
        if done is not None:
            _close(connection, worker, done, now)
        if next_id is None:
            return Step()
        wait = _wait(connection, per_minute, now)
        if wait is not None:
            return Step(wait=wait)
        mine = and_(
            _DELIVERY.id == next_id,
            _DELIVERY.worker == worker.name,
            _DELIVERY.epoch == worker.lease.epoch,
            _DELIVERY.state == DeliveryState.CLAIMED,
        )
        opened = connection.execute(
            update(schema.delivery)
            .where(mine, _is_sending(), _wants_it())
            .values(
                state=str(DeliveryState.SENDING),
                attempt=_DELIVERY.attempt + 1,
                started_at=now,
                reply_code=None,
                reply_text="",
            )
        )
        if opened.rowcount:
            return Step(delivery=_read(connection, next_id))
        _put_aside(connection, mine, now)
        return Step()


def release(store: Store, worker: Worker) -> None:
    """Give back what a worker claimed and did not begin, unless the lease is lost and another has done so."""
    with store.write() as connection:
        connection.execute(
            update(schema.delivery)
            .where(
                _DELIVERY.worker == worker.name,
                _DELIVERY.epoch == worker.lease.epoch,
                _DELIVERY.state == DeliveryState.CLAIMED,
            )
            .values(state=str(DeliveryState.QUEUED), worker=None, epoch=None)
        )


def _check(connection: Connection, lease: Lease) -> None:
    held = select(_LEASE.epoch).where(
        _LEASE.name == lease.name, _LEASE.holder == lease.holder, _LEASE.epoch == lease.epoch
    )
    # Locked on PostgreSQL, so that a take-over waits for this commit or this commit sees it.
    if connection.execute(held.with_for_update(read=True)).scalar() is None:
        raise LeaseLost(lease.name)


def _close(connection: Connection, worker: Worker, done: Outcome, now: datetime) -> None:
    left = exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.state == SubscriberState.LEFT)
    closed = connection.execute(
        update(schema.delivery)
        .where(
            _DELIVERY.id == done.delivery_id,
            _DELIVERY.worker == worker.name,
            _DELIVERY.epoch == worker.lease.epoch,
            _DELIVERY.state == DeliveryState.SENDING,
        )
        .values(
            state=str(done.state),
            worker=None,
            epoch=None,
            finished_at=None if done.state.open else now,
            not_before_at=done.not_before_at or now,
            reply_code=done.reply_code,
            reply_text=done.reply_text,
            address=case((left, ""), else_=_DELIVERY.address),
        )
    )
    if not closed.rowcount:
        raise LeaseLost(worker.name)


def _wait(connection: Connection, per_minute: int, now: datetime) -> timedelta | None:
    if not per_minute:
        return None
    window = now - timedelta(minutes=1)
    # The letter that must leave the window before another may begin.
    query = select(_DELIVERY.started_at).where(_DELIVERY.started_at > window).order_by(_DELIVERY.started_at.desc())
    oldest = connection.execute(query.offset(per_minute - 1).limit(1)).scalar()
    return None if oldest is None else max(oldest - window, timedelta(milliseconds=50))


def _is_sending() -> ColumnElement[bool]:
    return exists().where(_ISSUE.id == _DELIVERY.issue_id, _ISSUE.state == IssueState.SENDING)


def _wants_it() -> ColumnElement[bool]:
    return exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.state == SubscriberState.ACTIVE)


def _put_aside(connection: Connection, mine: ColumnElement[bool], now: datetime) -> None:
    """Skip a claimed letter whose subscriber has left; put back one whose issue is not being sent any more."""
    left = exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.state == SubscriberState.LEFT)
    values = {"worker": None, "epoch": None, "finished_at": now}
    for condition, state in (
        (and_(left), DeliveryState.SKIPPED),
        (~_wants_it(), DeliveryState.SUPPRESSED),
    ):
        connection.execute(
            update(schema.delivery)
            .where(mine, condition)
            .values(state=str(state), address=case((left, ""), else_=_DELIVERY.address), **values)
        )
    connection.execute(
        update(schema.delivery).where(mine).values(state=str(DeliveryState.QUEUED), worker=None, epoch=None)
    )


def _read(connection: Connection, delivery_id: int) -> Delivery:
    query = (
        select(schema.delivery, _SUBSCRIBER.token)
        .join(schema.subscriber, _SUBSCRIBER.id == _DELIVERY.subscriber_id)
        .where(_DELIVERY.id == delivery_id)
    )
    return _delivery(connection.execute(query).one())
