"""How an issue's letters fared: one row for each subscriber. The rows alone are believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, or_, select, update

from campaign.newsletter import Balance, Delivery, DeliveryState, IssueState, SubscriberState
from storage import schema
from storage.issues import _expect, _record, _row
from storage.leases import OUTBOX, _hush
from storage.store import Actor, Store, _mark

_DELIVERY = schema.delivery.c
_SUBSCRIBER = schema.subscriber.c
_ISSUE = schema.issue.c

_WAITING = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED))
_OPEN = [str(state) for state in DeliveryState if state.open]

#: What a row keeps of its address, in every statement that ends or puts back a letter: nothing once the subscriber's
#: own is forgotten.
_ADDRESS = case(
    (exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.email == ""), ""), else_=_DELIVERY.address
)


def audience_size(store: Store, newsletter: str) -> int:
    """Return to how many a letter would go now."""
    query = select(func.count()).select_from(schema.subscriber)
    query = query.where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.state == SubscriberState.ACTIVE)
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def balance(store: Store, issue_id: int) -> Balance:
    """Return what became of an issue's letters, counted from the rows."""
    count = select(_DELIVERY.state, func.count()).where(_DELIVERY.issue_id == issue_id).group_by(_DELIVERY.state)
    with store.read() as connection:
        audience = connection.execute(select(_ISSUE.audience).where(_ISSUE.id == issue_id)).scalar()
        found = {DeliveryState(row[0]): int(row[1]) for row in connection.execute(count)}
    return Balance(
        audience=audience,
        sent=found.get(DeliveryState.SENT, 0),
        failed=found.get(DeliveryState.FAILED, 0),
        skipped=found.get(DeliveryState.SKIPPED, 0),
        suppressed=found.get(DeliveryState.SUPPRESSED, 0),
        uncertain=found.get(DeliveryState.UNCERTAIN, 0),
        open=sum(number for state, number in found.items() if state.open),
    )


def list_deliveries(store: Store, issue_id: int, *states: DeliveryState, limit: int = 500) -> list[Delivery]:
    """Return an issue's deliveries in these states, in order; the uncertain ones are for a person to decide."""
    query = (
        select(schema.delivery, _SUBSCRIBER.token)
        .join(schema.subscriber, _SUBSCRIBER.id == _DELIVERY.subscriber_id)
        .where(_DELIVERY.issue_id == issue_id, _DELIVERY.state.in_([str(state) for state in states]))
        .order_by(_DELIVERY.id)
        .limit(limit)
    )
    with store.read() as connection:
        return [_delivery(row) for row in connection.execute(query)]


def next_due(store: Store) -> datetime | None:
    """Return when the next letter of an issue being sent may leave, None where none waits."""
    query = (
        select(func.min(_DELIVERY.not_before_at))
        .join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
        .where(_ISSUE.state == IssueState.SENDING, _ISSUE.audience.is_not(None), _DELIVERY.state.in_(_WAITING))
    )
    with store.read() as connection:
        return connection.execute(query).scalar()


def idle_since(store: Store, issue_id: int) -> datetime:
    """Return since when nothing has happened with an issue being sent that could have: its last attempt, or the
    moment from which a letter has been waiting to be tried, whichever is later.
    """
    waiting = and_(_DELIVERY.issue_id == issue_id, _DELIVERY.state.in_(_WAITING))
    with store.read() as connection:
        issue = connection.execute(select(schema.issue).where(_ISSUE.id == issue_id)).one()
        tried = connection.execute(
            select(func.max(_DELIVERY.started_at)).where(_DELIVERY.issue_id == issue_id)
        ).scalar()
        due = connection.execute(select(func.min(_DELIVERY.not_before_at)).where(waiting)).scalar()
    moments: list[datetime | None] = [issue.sent_from, tried, due]
    return max(at for at in moments if at is not None)


def decide_uncertain(
    store: Store,
    issue_id: int,
    *,
    resend: bool,
    by: Actor,
    now: datetime,
    delivery_ids: Sequence[int] | None = None,
) -> int:
    """Settle letters in doubt: send them again under the same Message-ID, or take them as sent; return how many.

    Who decided stands in the trail. All of the issue where no ids are given. ConflictError ``issue_state`` for sending
    again what was stopped.
    """
    doubtful = and_(_DELIVERY.issue_id == issue_id, _DELIVERY.state == DeliveryState.UNCERTAIN)
    if delivery_ids is not None:
        doubtful = and_(doubtful, _DELIVERY.id.in_(delivery_ids))
    with store.write() as connection:
        issue = _row(connection, issue_id)  # locked: nobody marks it as sent meanwhile
        state = DeliveryState.QUEUED if resend else DeliveryState.SENT
        values: dict[str, Any] = {"state": str(state), "finished_at": None if resend else now, "not_before_at": now}
        values["address"] = _ADDRESS
        if resend:
            _expect(issue, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)
            _reopen(connection, issue)
        done = connection.execute(update(schema.delivery).where(doubtful).values(values)).rowcount
        if done:
            action = "issue_resend" if resend else "issue_arrived"
            _record(connection, issue, action, by=by, now=now, facts={"count": done})
        return done


def _reopen(connection: Connection, issue: Row[Any]) -> None:
    if issue.state == IssueState.SENT:
        connection.execute(
            update(schema.issue).where(_ISSUE.id == issue.id).values(state=str(IssueState.SENDING), sent_at=None)
        )


def retry_failed(store: Store, issue_id: int, *, by: Actor, now: datetime) -> int:
    """Let every refused letter of an issue try once more, where a person has mended the cause; return how many.

    ConflictError ``issue_state`` for an issue that is not on its way or sent.
    """
    with store.write() as connection:
        issue = _row(connection, issue_id)  # locked: nobody marks it as sent meanwhile
        _expect(issue, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)
        done = connection.execute(
            update(schema.delivery)
            .where(_DELIVERY.issue_id == issue_id, _DELIVERY.state == DeliveryState.FAILED)
            .values(state=str(DeliveryState.QUEUED), attempt=0, not_before_at=now, finished_at=None)
        )
        if done.rowcount:
            _reopen(connection, issue)
            _record(connection, issue, "issue_retry", by=by, now=now, facts={"count": done.rowcount})
        return done.rowcount


def stop(store: Store, issue_id: int, *, by: Actor, now: datetime) -> int:
    """End a sending for good and skip every letter that has not begun to leave, at once; return how many.

    A letter in hand is finished; where it comes back it is skipped too. ConflictError ``issue_state`` for an issue
    that is not on its way.
    """
    waiting = or_(_DELIVERY.state.in_(_WAITING), _DELIVERY.state == DeliveryState.CLAIMED)
    with store.write() as connection:
        _hush(connection, OUTBOX)
        issue = _row(connection, issue_id)
        _expect(issue, IssueState.SENDING, IssueState.PAUSED)
        values = {"state": str(IssueState.STOPPED), "why": None}
        connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
        skipped = {"state": str(DeliveryState.SKIPPED), "worker": None, "epoch": None, "address": _ADDRESS}
        done = connection.execute(
            update(schema.delivery).where(_DELIVERY.issue_id == issue_id, waiting).values(finished_at=now, **skipped)
        )
        _record(connection, issue, "issue_stopped", by=by, now=now, facts={})
        _mark(connection, "issue", [issue_id])
        return done.rowcount


def finish(store: Store, *, now: datetime) -> list[int]:
    """Mark issues as sent of which no letter is open, and return their ids. An empty claim never says so."""
    open_rows = exists().where(_DELIVERY.issue_id == _ISSUE.id, _DELIVERY.state.in_(_OPEN))
    ended = and_(_ISSUE.state == IssueState.SENDING, _ISSUE.audience.is_not(None), ~open_rows)
    with store.write() as connection:
        done = []
        for issue_id in connection.execute(select(_ISSUE.id).where(ended).order_by(_ISSUE.id)).scalars().all():
            _row(connection, issue_id)  # locked, and looked at again: a person may be asking for letters once more
            values = {"state": str(IssueState.SENT), "sent_at": now, "why": None}
            if connection.execute(update(schema.issue).where(_ISSUE.id == issue_id, ended).values(values)).rowcount:
                done.append(issue_id)
        return done


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        issue_id=row.issue_id,
        subscriber_id=row.subscriber_id,
        address=row.address,
        state=DeliveryState(row.state),
        attempt=row.attempt,
        not_before_at=row.not_before_at,
        message_id=row.message_id,
        token=row.token,
        reply_code=row.reply_code,
        reply_text=row.reply_text,
        started_at=row.started_at,
        finished_at=row.finished_at,
        language=row.language,
        areas=tuple(row.areas),
        domain=row.domain,
    )
