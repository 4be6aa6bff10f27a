"""Before and around the sending of letters: rows are planned, and put in order where a process died.

How they are claimed, begun and closed stands in ``storage.ledger``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaign.mailboxes import ascii_domain
from campaign.newsletter import DeliveryState, IssueState, SubscriberState
from storage import schema
from storage.deliveries import _ADDRESS
from storage.issues import _record
from storage.leases import OUTBOX, Lease, _end_dead, _living
from storage.ledger import _check
from storage.store import JOB, Store, _alone

#: What stands in a row whose subscriber chose areas of which the issue tells nothing.
NOTHING_CHOSEN = "nothing_chosen"

_DELIVERY = schema.delivery.c
_SUBSCRIBER = schema.subscriber.c
_ISSUE = schema.issue.c
_HELD = [str(state) for state in (DeliveryState.CLAIMED, DeliveryState.SENDING)]

MessageId = Callable[[int], str]


def plan(
    store: Store,
    issue_id: int,
    message_id: MessageId,
    *,
    now: datetime,
    areas: Collection[int] = (),
    size: int = 1000,
) -> int:
    """Give every subscriber of an issue being sent a row, some at a time; return how many there are in the end.

    The audience are those who had confirmed when sending began, so that repeating it after a crash adds nobody. Sending
    starts only when the rows are complete and counted. Who chose ``areas`` (those that can be chosen) of which the
    letter tells nothing, and nothing to everybody either, is skipped.
    """
    after = 0
    while True:
        with store.write() as connection:
            # Locked, so that no other process adds a row once one has counted them.
            query = select(schema.issue).where(_ISSUE.id == issue_id).with_for_update()
            issue = connection.execute(query).one()
            if issue.audience is not None or issue.state != IssueState.SENDING:
                return int(issue.audience or 0)
            rows = connection.execute(_audience(issue).where(_SUBSCRIBER.id > after).limit(size)).all()
            if rows:
                told = _told_areas(issue.frozen)
                _insert(connection, issue, [_row(row, message_id, told, set(areas), now=now) for row in rows])
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


def _insert(connection: Connection, issue: Row[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(schema.delivery).on_conflict_do_nothing(index_elements=["issue_id", "subscriber_id"])
    connection.execute(made, [{"campaign": issue.campaign, "issue_id": issue.id, **row} for row in rows])


def _row(
    subscriber: Row[Any], message_id: MessageId, told: set[int], areas: set[int], *, now: datetime
) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber.id,
        "address": subscriber.email,
        "not_before_at": now,
        "message_id": message_id(subscriber.id),
        "language": subscriber.language,
        "areas": subscriber.areas,
        "domain": _domain(subscriber.email),
        **_beginning(areas.intersection(subscriber.areas), told, now),
    }


def _told_areas(frozen: Any) -> set[int]:
    """Return the nodes of the focus areas that a letter tells of; 0 is among them where it has something for all."""
    sections = (frozen or {}).get("sections", [])
    return {int(section.get("node") or 0) for section in sections if section["items"] or section.get("lines")}


def _beginning(chosen: set[int], told: set[int], now: datetime) -> dict[str, object]:
    """Return how a row begins: queued, or skipped where nothing in the letter is for its reader."""
    if not chosen or 0 in told or chosen & told:
        return {"state": str(DeliveryState.QUEUED), "reply_text": "", "finished_at": None}
    return {"state": str(DeliveryState.SKIPPED), "reply_text": NOTHING_CHOSEN, "finished_at": now}


def _domain(address: str) -> str:
    """Return where an address is, "" where no server could be meant."""
    try:
        return ascii_domain(address.rpartition("@")[2])
    except UnicodeError:
        return ""


def lease_name(store: Store, process: str) -> str:
    """Return the lease under which a process sends: one for all on SQLite, one for each on PostgreSQL."""
    return OUTBOX if store.dialect == "sqlite" else f"{OUTBOX}:{process}"


def take_over(store: Store, lease: Lease, *, now: datetime, resend: Collection[str] = ()) -> dict[int, int]:
    """Put in order what dead processes left, and an earlier run of this one: claimed rows wait again, begun ones are in
    doubt, or wait too where their newsletter is one of ``resend``. What living processes hold stays theirs.

    Return the issues of the doubtful deliveries by the deliveries' ids. Raises LeaseLost.
    """
    with store.write() as connection:
        _alone(connection)  # no process may begin to send between our look at the leases and at the rows
        _check(connection, lease)
        _end_dead(connection, lease, OUTBOX, now=now)
        left = _left(connection, _living(connection, OUTBOX) - {(lease.holder, lease.epoch)})
        doubtful: dict[int, int] = {}
        again: Counter[int] = Counter()
        for row in left:
            state = _left_state(row, resend)
            if state is DeliveryState.UNCERTAIN:
                doubtful[row.id] = row.issue_id
            elif row.state == DeliveryState.SENDING:
                again[row.issue_id] += 1
            values: dict[str, Any] = {"state": str(state), "worker": None, "epoch": None, "address": _ADDRESS}
            ended = None if state.open else now
            connection.execute(
                update(schema.delivery).where(_DELIVERY.id == row.id).values(finished_at=ended, **values)
            )
        for issue_id, count in sorted(again.items()):
            issue = connection.execute(select(schema.issue).where(_ISSUE.id == issue_id)).one()
            _record(connection, issue, "issue_resend", by=JOB, now=now, facts={"count": count})
        return doubtful


def _left(connection: Connection, living: set[tuple[str, int]]) -> list[Any]:
    """Return the rows that nobody who lives holds any more, of issues that are or were being sent."""
    query = (
        select(
            _DELIVERY.id, _DELIVERY.issue_id, _DELIVERY.state, _DELIVERY.worker, _DELIVERY.epoch,
            _ISSUE.newsletter, _ISSUE.state.label("issue_state"),
        )
        .join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
        .where(_ISSUE.sent_from.is_not(None), _ISSUE.state != IssueState.SENT, _DELIVERY.state.in_(_HELD))
        .order_by(_DELIVERY.id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    return [row for row in rows if (str(row.worker or "").rpartition("/")[0], row.epoch) not in living]


def _left_state(row: Row[Any], resend: Collection[str]) -> DeliveryState:
    """Return how a letter goes on that somebody left in hand."""
    stopped = row.issue_state == IssueState.STOPPED
    if row.state == DeliveryState.SENDING and (stopped or row.newsletter not in resend):
        return DeliveryState.UNCERTAIN
    return DeliveryState.SKIPPED if stopped else DeliveryState.QUEUED


def has_work(store: Store) -> bool:
    """Return whether an issue is being sent, or a letter of a halted one was left in a dead worker's hands."""
    halted = [str(state) for state in (IssueState.PAUSED, IssueState.STOPPED)]
    left = exists().where(_DELIVERY.issue_id == _ISSUE.id, _DELIVERY.state.in_(_HELD))
    query = select(_ISSUE.id).where(or_(_ISSUE.state == IssueState.SENDING, and_(_ISSUE.state.in_(halted), left)))
    with store.read() as connection:
        return connection.execute(query.limit(1)).scalar() is not None
