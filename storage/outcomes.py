"""How a sending fared as the desk tells it: what was refused, what came back, which domains wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from campaign.newsletter import DeliveryState, EventKind
from storage import schema
from storage.store import Store

_DELIVERY = schema.delivery.c
_EVENT = schema.delivery_event.c
_ISSUE = schema.issue.c
_PAUSE = schema.domain_pause.c
_SUBSCRIBER = schema.subscriber.c

_CAME_BACK = (str(EventKind.HARD), str(EventKind.SOFT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A letter that was not taken, at once or later. ``kind`` is None where the mail server said no while it was being
    handed over. ``address`` is "" where its owner has been forgotten.
    """

    delivery_id: int
    subscriber_id: int
    address: str
    domain: str
    kind: EventKind | None
    at: datetime | None
    code: int | None
    status: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A domain that asked for time. ``letters`` is how many of the issue wait for it."""

    domain: str
    until: datetime
    text: str
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """How many pressed "this is spam", of how many letters."""

    count: int
    sent: int

    @property
    def share(self) -> float:
        """The share from 0 to 1."""
        return self.count / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that came back about one subscriber. ``issue_id`` is None where it is about no letter."""

    kind: EventKind
    at: datetime
    status: str
    text: str
    issue_id: int | None
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One letter to one subscriber."""

    issue_id: int
    number: int
    state: DeliveryState
    at: datetime | None
    code: int | None
    text: str


def refused(store: Store, issue_id: int, *, limit: int = 5000) -> list[Refused]:
    """Return the letters of an issue that the mail server did not take."""
    query = (
        select(schema.delivery)
        .where(_DELIVERY.issue_id == issue_id, _DELIVERY.state == DeliveryState.FAILED)
        .order_by(_DELIVERY.id)
        .limit(limit)
    )
    with store.read() as connection:
        return [_refused(row, None, row.finished_at, "", row.reply_text) for row in connection.execute(query)]


def came_back(store: Store, issue_id: int, *, limit: int = 5000) -> list[Refused]:
    """Return the letters of an issue that were taken and came back, each once, by the last that was said of it."""
    last = (
        select(func.max(_EVENT.id))
        .join(schema.delivery, _DELIVERY.id == _EVENT.delivery_id)
        .where(_DELIVERY.issue_id == issue_id, _EVENT.kind.in_(_CAME_BACK))
        .group_by(_EVENT.delivery_id)
    )
    query = (
        select(schema.delivery, _EVENT.kind.label("kind"), _EVENT.at.label("at"), _EVENT.status, _EVENT.text)
        .join(schema.delivery_event, _EVENT.delivery_id == _DELIVERY.id)
        .where(_EVENT.id.in_(last))
        .order_by(_EVENT.id)
        .limit(limit)
    )
    with store.read() as connection:
        return [_refused(row, EventKind(row.kind), row.at, row.status, row.text) for row in connection.execute(query)]


def events_by_kind(store: Store, issue_id: int) -> dict[EventKind, int]:
    """Return about how many letters of an issue each kind of thing came back."""
    query = (
        select(_EVENT.kind, func.count(_EVENT.delivery_id.distinct()))
        .join(schema.delivery, _DELIVERY.id == _EVENT.delivery_id)
        .where(_DELIVERY.issue_id == issue_id)
        .group_by(_EVENT.kind)
    )
    with store.read() as connection:
        found = {EventKind(row[0]): int(row[1]) for row in connection.execute(query)}
    return {kind: found.get(kind, 0) for kind in EventKind}


def waiting(store: Store, issue_id: int, *, now: datetime) -> list[Waiting]:
    """Return the domains that letters of an issue wait for, the most letters first."""
    open_ = [str(state) for state in DeliveryState if state.open]
    query = (
        select(_PAUSE.domain, _PAUSE.until, _PAUSE.text, func.count())
        .join(schema.delivery, _DELIVERY.domain == _PAUSE.domain)
        .where(_PAUSE.until > now, _DELIVERY.issue_id == issue_id, _DELIVERY.state.in_(open_))
        .group_by(_PAUSE.domain, _PAUSE.until, _PAUSE.text)
        .order_by(func.count().desc(), _PAUSE.domain)
    )
    with store.read() as connection:
        return [Waiting(domain=row[0], until=row[1], text=row[2], letters=row[3]) for row in connection.execute(query)]


def complaints(store: Store, newsletter: str, *, now: datetime, days: int = 30) -> Complaints:
    """Return the complaints about a newsletter's letters of the last days."""
    mine = (
        select(_DELIVERY.id)
        .join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
        .where(_ISSUE.newsletter == newsletter, _DELIVERY.started_at > now - timedelta(days=days))
        .where(_DELIVERY.state == DeliveryState.SENT)
    )
    said = select(func.count(_EVENT.delivery_id.distinct()))
    said = said.where(_EVENT.kind == EventKind.COMPLAINED, _EVENT.delivery_id.in_(mine))
    with store.read() as connection:
        count = connection.execute(said).scalar_one()
        sent = connection.execute(select(func.count()).select_from(mine.subquery())).scalar_one()
    return Complaints(count=int(count), sent=int(sent))


def events_of(store: Store, subscriber_id: int, *, limit: int = 200) -> list[Event]:
    """Return what came back about one subscriber, the latest first."""
    query = (
        select(schema.delivery_event, _ISSUE.id.label("issue_id"), _ISSUE.number)
        .outerjoin(schema.delivery, _DELIVERY.id == _EVENT.delivery_id)
        .outerjoin(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
        .where(_EVENT.subscriber_id == subscriber_id)
        .order_by(_EVENT.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [
            Event(
                kind=EventKind(row.kind),
                at=row.at,
                status=row.status,
                text=row.text,
                issue_id=row.issue_id,
                number=row.number,
            )
            for row in connection.execute(query)
        ]


def letters_of(store: Store, subscriber_id: int, *, limit: int = 60) -> list[Got]:
    """Return the letters to one subscriber, the latest first."""
    query = (
        select(schema.delivery, _ISSUE.number)
        .join(schema.issue, _ISSUE.id == _DELIVERY.issue_id)
        .where(_DELIVERY.subscriber_id == subscriber_id)
        .order_by(_DELIVERY.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [
            Got(
                issue_id=row.issue_id,
                number=row.number,
                state=DeliveryState(row.state),
                at=row.finished_at or row.started_at,
                code=row.reply_code,
                text=row.reply_text,
            )
            for row in connection.execute(query)
        ]


def _refused(row: Row[Any], kind: EventKind | None, at: datetime | None, status: str, text: str) -> Refused:
    return Refused(
        delivery_id=row.id,
        subscriber_id=row.subscriber_id,
        address=row.address,
        domain=row.domain or row.address.rpartition("@")[2].lower(),
        kind=kind,
        at=at,
        code=row.reply_code if kind is None else None,
        status=status,
        text=text,
    )
