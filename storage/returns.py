"""What came back about letters that had left, and what follows for their subscribers.

Each mail counts once, however often it is read. A hard bounce stops letters at once, five soft ones over three issues
do, a complaint does for good; a wish to leave is leaving. An editor can take a bounce back, never a complaint or a
wish: those are their owner's.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, NotFoundError
from campaign.mailboxes import scrubbed
from campaign.newsletter import EventKind, Subscriber, SubscriberState
from storage import schema
from storage.lines import _line
from storage.store import Actor, Store
from storage.subscribers import _let_go, _subscriber, leave

HARD_LIMIT = 1
SOFT_LIMIT = 5
SOFT_ISSUES = 3
#: A mailbox that was full five times in five years is no dead one.
SOFT_MEMORY = timedelta(days=180)

_EVENT = schema.delivery_event.c
_DELIVERY = schema.delivery.c
_SUBSCRIBER = schema.subscriber.c
_ISSUE = schema.issue.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What one mail says about one letter, its hash proven.

    ``delivery`` or ``letter`` (issue, subscriber) names it; ``token`` names who wants to leave. ``address`` is whom the
    server speaks of, ``alone`` whether of no one else. ``mail`` is the same whenever the same mail is read.
    """

    kind: EventKind
    mail: str
    delivery: int | None = None
    letter: tuple[int, int] | None = None
    token: str = ""
    address: str = ""
    alone: bool = True
    status: str = ""
    text: str = ""


class Taken(StrEnum):
    """What became of something that came back."""

    COUNTED = "counted"
    STOPPED = "stopped"
    """Counted, and its subscriber gets no more letters."""
    KNOWN = "known"
    STRANGER = "stranger"
    """About no letter of ours."""
    UNREAD = "unread"
    """Broken in a way that nobody foresaw; passed over."""


def take(store: Store, back: Return, *, now: datetime) -> Taken:
    """Keep what came back, once, and do what follows from it."""
    if back.kind is EventKind.LEFT:
        return _leave(store, back, now)
    try:
        with store.write() as connection:
            return _take(store, connection, back, now)
    except IntegrityError:
        return Taken.KNOWN  # the same mail, read by a pipe and from the mailbox at one moment


def reverse(store: Store, subscriber_id: int, *, by: Actor, now: datetime) -> Subscriber:
    """Let letters go again to an address that came back, on a person's word.

    ConflictError ``bounce_gone`` where it is not stopped for that: whom complained or left, only they can bring back.
    NotFoundError ``subscriber_missing``.
    """
    with store.write() as connection:
        row = _locked(connection, subscriber_id)
        if row is None:
            raise NotFoundError("subscriber_missing", subscriber=subscriber_id)
        if row.state != SubscriberState.BOUNCED:
            raise ConflictError("bounce_gone", subscriber=subscriber_id)
        _set(connection, row, SubscriberState.ACTIVE, left_at=None)
        _keep(connection, row, EventKind.REVERSED, now, mail=f"reversed {uuid.uuid4().hex}")
        _record(connection, row, "subscriber_restored", by=by, now=now)
        return _subscriber(connection.execute(select(schema.subscriber).where(_SUBSCRIBER.id == row.id)).one())


# --- one mail --------------------------------------------------------------------------------------------


def _leave(store: Store, back: Return, now: datetime) -> Taken:
    token = _token(store, back.token)
    with store.read() as connection:
        row = connection.execute(select(schema.subscriber).where(_SUBSCRIBER.token == token)).one_or_none()
    if row is None:
        return Taken.STRANGER
    gone = row.state in (SubscriberState.LEFT, SubscriberState.COMPLAINED)
    if not gone:
        # First what was asked for: after a crash the mail is read again, and leaving twice changes nothing.
        leave(store, token, now=now, reason="mail")
    try:
        with store.write() as connection:
            if _is_known(connection, back.mail):
                return Taken.KNOWN
            _keep(connection, row, EventKind.LEFT, now, mail=back.mail)
    except IntegrityError:
        return Taken.KNOWN
    return Taken.COUNTED if gone else Taken.STOPPED


def _token(store: Store, given: str) -> str:
    """Return the token as it left: some servers write every address in small letters."""
    with store.read() as connection:
        exact = connection.execute(select(_SUBSCRIBER.token).where(_SUBSCRIBER.token == given)).scalar()
        if exact is not None:
            return str(exact)
        alike = select(_SUBSCRIBER.token).where(func.lower(_SUBSCRIBER.token) == given.lower()).limit(2)
        found = list(connection.execute(alike).scalars())
    return str(found[0]) if len(found) == 1 else given


def _take(store: Store, connection: Connection, back: Return, now: datetime) -> Taken:
    delivery = _delivery(connection, back)
    if delivery is None:
        return Taken.STRANGER
    row = _locked(connection, delivery.subscriber_id)
    if row is None:
        return Taken.STRANGER
    if _is_known(connection, back.mail):
        return Taken.KNOWN
    kind = back.kind
    if kind is EventKind.HARD and not back.alone and back.address.casefold() != delivery.address.casefold():
        # One of several to whom the address sends on is gone; the address itself is there.
        kind = EventKind.SOFT
    _keep(connection, row, kind, now, mail=back.mail, delivery_id=delivery.id, status=back.status, text=back.text)
    if kind is EventKind.COMPLAINED:
        return _complained(store, connection, row, delivery, now)
    if row.state != SubscriberState.ACTIVE or not _bounces(connection, row, delivery, kind, now):
        return Taken.COUNTED
    _set(connection, row, SubscriberState.BOUNCED, left_at=now)
    facts = {"number": delivery.number, "status": back.status, "kind": str(kind)}
    _record(connection, row, "subscriber_bounced", by=Actor(kind="job"), now=now, facts=facts)
    return Taken.STOPPED


def _complained(store: Store, connection: Connection, row: Row[Any], delivery: Row[Any], now: datetime) -> Taken:
    """Stop for good: the address is forgotten, its hash keeps it from coming back by anybody else's hand."""
    if row.state in (SubscriberState.LEFT, SubscriberState.COMPLAINED):
        return Taken.COUNTED
    _let_go(store, connection, row, now, "complained")
    _set(connection, row, SubscriberState.COMPLAINED, left_at=now)
    facts = {"number": delivery.number}
    _record(connection, row, "subscriber_complained", by=Actor(kind="subscriber"), now=now, facts=facts)
    return Taken.STOPPED


def _bounces(connection: Connection, row: Row[Any], delivery: Row[Any], kind: EventKind, now: datetime) -> bool:
    """Return whether enough has come back, of letters that left since the address was last known to be good."""
    since = _good_since(connection, row)
    if delivery.started_at is not None and delivery.started_at < since:
        return False
    if kind is EventKind.HARD:
        return True
    if kind is not EventKind.SOFT:
        return False
    soft = (
        select(func.count(), func.count(_DELIVERY.issue_id.distinct()))
        .select_from(schema.delivery_event.join(schema.delivery, _DELIVERY.id == _EVENT.delivery_id))
        .where(_EVENT.subscriber_id == row.id, _EVENT.kind == EventKind.SOFT)
        .where(_EVENT.at > now - SOFT_MEMORY, _EVENT.at >= since)
    )
    events, issues = connection.execute(soft).one()
    return int(events) >= SOFT_LIMIT and int(issues) >= SOFT_ISSUES


def _good_since(connection: Connection, row: Row[Any]) -> datetime:
    query = select(func.max(_EVENT.at)).where(_EVENT.subscriber_id == row.id, _EVENT.kind == EventKind.REVERSED)
    moments: list[datetime | None] = [row.created_at, row.confirmed_at, connection.execute(query).scalar()]
    return max(at for at in moments if at is not None)


def _delivery(connection: Connection, back: Return) -> Row[Any] | None:
    query = select(schema.delivery, _ISSUE.number).join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
    if back.delivery is not None:
        query = query.where(_DELIVERY.id == back.delivery)
    elif back.letter is not None:
        issue_id, subscriber_id = back.letter
        query = query.where(_DELIVERY.issue_id == issue_id, _DELIVERY.subscriber_id == subscriber_id)
    else:
        return None
    return connection.execute(query).one_or_none()


def _locked(connection: Connection, subscriber_id: int) -> Row[Any] | None:
    query = select(schema.subscriber).where(_SUBSCRIBER.id == subscriber_id).with_for_update()
    return connection.execute(query).one_or_none()


def _is_known(connection: Connection, mail: str) -> bool:
    return connection.execute(select(_EVENT.id).where(_EVENT.mail == mail)).first() is not None


def _set(connection: Connection, row: Row[Any], state: SubscriberState, *, left_at: datetime | None) -> None:
    connection.execute(
        update(schema.subscriber).where(_SUBSCRIBER.id == row.id).values(state=str(state), left_at=left_at)
    )


def _keep(
    connection: Connection,
    row: Row[Any],
    kind: EventKind,
    now: datetime,
    *,
    mail: str,
    delivery_id: int | None = None,
    status: str = "",
    text: str = "",
) -> None:
    connection.execute(
        insert(schema.delivery_event).values(
            campaign=row.campaign,
            delivery_id=delivery_id,
            subscriber_id=row.id,
            kind=str(kind),
            at=now,
            status=status[:20],
            text=scrubbed(text)[:300],
            mail=mail,
        )
    )


def _record(
    connection: Connection,
    row: Row[Any],
    action: str,
    *,
    by: Actor,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write a line of the trail. The subscriber is a number there: the trail outlives a wish to be forgotten."""
    known = {"subscriber": row.id, "newsletter": row.newsletter, **(facts or {})}
    _line(connection, row.campaign, action=action, by=by, now=now, facts=known)
