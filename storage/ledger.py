"""The record of what the sending connections do, letter by letter, always written before the mail server hears of it.

A connection has at most one row in ``sending``: closing one and opening the next is one commit. What several
connections of one process ask for at the same moment is one commit too; each goes on only when it is on the disk. So
after any crash every row is certain but those in ``sending``, and these are listed for a person.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, Text, and_, bindparam, case, exists, select, update
from sqlalchemy.exc import DBAPIError

from campaign.errors import StorageError
from campaign.newsletter import Delivery, DeliveryState, IssueState, SubscriberState
from storage import schema
from storage.columns import Moment
from storage.deliveries import _ADDRESS, _WAITING, _delivery
from storage.leases import Lease
from storage.pacing import _WAITING_DOMAIN, Pace, _failing, _forgive, _full_domains, _in_pace, _rest, _wait, _wait_for
from storage.store import Store, _told

_DELIVERY = schema.delivery.c
_SUBSCRIBER = schema.subscriber.c
_ISSUE = schema.issue.c
_LEASE = schema.lease.c


class LeaseLost(Exception):
    """Another process has taken over the sending; this one must stop without writing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One sending connection, and the lease that allows it to write."""

    number: int
    lease: Lease

    @property
    def name(self) -> str:
        """What stands in the rows it holds: the lease's holder and the connection's number."""
        return f"{self.lease.holder}/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one letter. ``not_before_at`` is when a letter put back may be tried again, None for at once.
    ``asked_for_time`` says that the receiving domain wants to be left alone, whoever the letter is for.
    """

    delivery_id: int
    state: DeliveryState
    reply_code: int | None = None
    reply_text: str = ""
    not_before_at: datetime | None = None
    domain: str = ""
    asked_for_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a worker does next: send the letter if it is ``open``, wait ``wait``, or (neither) take another."""

    open: bool = False
    wait: timedelta | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Ask:
    """What one connection wants written, and what came of it."""

    worker: Worker
    done: Outcome | None
    next: Delivery | None
    now: datetime
    step: Step = field(default_factory=Step)
    error: BaseException | None = None
    settled: bool = False


# Built once: putting a statement together costs more than running it.
_HELD = (
    select(_LEASE.epoch)
    .where(
        _LEASE.name == bindparam("lease"), _LEASE.holder == bindparam("holder"), _LEASE.epoch == bindparam("held_epoch")
    )
    # Locked on PostgreSQL, so that a take-over waits for this commit or this commit sees it.
    .with_for_update(read=True)
)
_MINE = and_(
    _DELIVERY.id == bindparam("letter"),
    _DELIVERY.worker == bindparam("me"),
    _DELIVERY.epoch == bindparam("mine"),
)
_LEFT = exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.state == SubscriberState.LEFT)
_WANTS_IT = exists().where(_SUBSCRIBER.id == _DELIVERY.subscriber_id, _SUBSCRIBER.state == SubscriberState.ACTIVE)
_IS_SENDING = exists().where(_ISSUE.id == _DELIVERY.issue_id, _ISSUE.state == IssueState.SENDING)
_CLAIMED = _DELIVERY.state == DeliveryState.CLAIMED
#: A letter that would wait has nothing to wait for where its issue was stopped meanwhile.
_IS_OVER = and_(
    bindparam("waits", type_=Boolean),
    exists().where(_ISSUE.id == _DELIVERY.issue_id, _ISSUE.state == IssueState.STOPPED),
)
_BACK = {"state": str(DeliveryState.QUEUED), "worker": None, "epoch": None}

_CLOSE = (
    update(schema.delivery)
    .where(_MINE, _DELIVERY.state == DeliveryState.SENDING)
    .values(
        state=case((_IS_OVER, str(DeliveryState.SKIPPED)), else_=bindparam("becomes", type_=Text)),
        worker=None,
        epoch=None,
        finished_at=case((_IS_OVER, bindparam("at", type_=Moment)), else_=bindparam("finished", type_=Moment)),
        not_before_at=bindparam("not_before"),
        reply_code=bindparam("code"),
        reply_text=bindparam("words"),
        address=_ADDRESS,
    )
)
#: Whether its issue is being sent and its subscriber wants it is asked in the very statement that opens a letter.
_OPEN = (
    update(schema.delivery)
    .where(_MINE, _CLAIMED, _IS_SENDING, _WANTS_IT, _DELIVERY.address != "", ~_WAITING_DOMAIN)
    .values(
        state=str(DeliveryState.SENDING),
        attempt=_DELIVERY.attempt + 1,
        started_at=bindparam("at"),
        reply_code=None,
        reply_text="",
    )
)
#: Asked before the pace, which can make a letter wait for a minute: nobody waits with what is not to be sent.
_MAY_OPEN = select(_DELIVERY.id).where(_MINE, _CLAIMED, _IS_SENDING, _WANTS_IT)
_IS_OPEN = select(_DELIVERY.id).where(_MINE, _DELIVERY.state == DeliveryState.SENDING)
_PUT_OFF = update(schema.delivery).where(_MINE, _CLAIMED).values(**_BACK, not_before_at=bindparam("not_before"))


class Ledger:
    """Writes for all connections of one process under one lease. ``close`` it once the last of them has ended."""

    def __init__(self, store: Store, lease: Lease, *, pace: Pace | None = None) -> None:
        self.store = store
        self.lease = lease
        self._pace = pace or Pace()
        self._turn = threading.Lock()
        self._asking = threading.Lock()
        self._asked: list[_Ask] = []
        self._open: Connection | None = None
        self._failing: set[str] = set()

    def claim(self, worker: Worker, *, now: datetime, size: int = 50) -> list[Delivery]:
        """Reserve letters of issues being sent, oldest first; nothing of them has left yet.

        Those to a domain that asked for time, or has had its measure for this minute, stay. Raises LeaseLost.
        """
        with self.store.write() as connection:
            _check(connection, self.lease)
            self._failing = _failing(connection)
            found = _due(connection, _full_domains(connection, self._pace, now), now, size)
            connection.execute(
                update(schema.delivery)
                .where(_DELIVERY.id.in_([each.id for each in found]))
                .values(state=str(DeliveryState.CLAIMED), worker=worker.name, epoch=self.lease.epoch)
            )
        return found

    def advance(self, worker: Worker, done: Outcome | None, following: Delivery | None, *, now: datetime) -> Step:
        """Record what became of one letter and open the next, on the disk when this returns.

        The next one is opened only if at this very moment its issue is being sent and its subscriber wants it; one who
        has left meanwhile is skipped. A step that waits must be asked again with the same letter. Raises LeaseLost.
        """
        ask = _Ask(worker=worker, done=done, next=following, now=now)
        with self._asking:
            self._asked.append(ask)
        # Whoever gets the turn writes for all who asked meanwhile; those find their answer when the turn is theirs.
        with self._turn:
            if not ask.settled:
                with self._asking:
                    asked, self._asked = self._asked, []
                self._settle(asked)
        if ask.error is not None:
            raise ask.error
        return ask.step

    def release(self, worker: Worker) -> None:
        """Give back what a worker claimed and did not begin, unless the lease is lost and another has done so."""
        mine = and_(_DELIVERY.worker == worker.name, _DELIVERY.epoch == self.lease.epoch, _CLAIMED)
        with self.store.write() as connection:
            _holds(connection, self.lease)  # as everybody who writes rows: first the lease, then they
            connection.execute(update(schema.delivery).where(mine).values(_BACK))

    def close(self) -> None:
        """Let go of the database."""
        with self._turn:
            self._let_go()

    def _settle(self, asked: Sequence[_Ask]) -> None:
        try:
            self._commit(asked)
        except BaseException as error:  # noqa: BLE001 - carried to everybody whose letters were in this commit
            for ask in asked:
                ask.error = error
            self._let_go()
        finally:
            for ask in asked:
                ask.settled = True

    def _commit(self, asked: Sequence[_Ask]) -> None:
        """Write what was asked; once more where the database says that it has undone it for the sake of another."""
        for tries in (1, 2):
            for ask in asked:
                ask.step = Step()
            try:
                with self._transaction() as connection:
                    self._write(connection, asked)
            except StorageError as problem:
                if tries == 2 or not _was_undone(problem):
                    raise
            else:
                return

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Open a transaction on a connection that is kept for the next one."""
        with _told(), self.store._in_turn():
            if self._open is None:
                self._open = self.store.engine.connect().execution_options(skord_writes=True)
            with self._open.begin():
                yield self._open

    def _let_go(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    def _write(self, connection: Connection, asked: Sequence[_Ask]) -> None:
        now = max(ask.now for ask in asked)
        _check(connection, self.lease)
        self._record(connection, [ask for ask in asked if ask.done is not None], now)
        # In the order of the rows, as everybody who locks several of them.
        wanting = sorted((ask for ask in asked if ask.next is not None), key=lambda ask: ask.next.id if ask.next else 0)
        if not self._pace.is_free:
            _in_pace(connection, self._pace)
            for ask in wanting:
                self._begin_in_pace(connection, ask, now)
        elif wanting:
            self._begin(connection, wanting, now)

    def _record(self, connection: Connection, asked: Sequence[_Ask], now: datetime) -> None:
        """Close letters; one that is not ours any more means that the lease was lost."""
        ended = [(ask.worker, ask.done) for ask in asked if ask.done is not None]
        ended.sort(key=lambda each: each[1].delivery_id)
        if not ended:
            return
        rows = [
            self._names(worker, done.delivery_id)
            | {
                "becomes": str(done.state),
                "waits": done.state.open,
                "at": now,
                "finished": None if done.state.open else now,
                "not_before": done.not_before_at or now,
                "code": done.reply_code,
                "words": done.reply_text,
            }
            for worker, done in ended
        ]
        if connection.execute(_CLOSE, rows).rowcount != len(rows):
            raise LeaseLost(self.lease.name)
        for _, done in ended:
            if done.asked_for_time:
                _rest(connection, done.domain, done.reply_text, now)
                self._failing.add(done.domain)
        well = [done for _, done in ended if done.state is DeliveryState.SENT and done.domain in self._failing]
        if well:
            for done in well:
                _forgive(connection, done.domain, done.delivery_id)
            self._failing = _failing(connection)

    def _begin(self, connection: Connection, asked: Sequence[_Ask], now: datetime) -> None:
        rows = [self._names(ask.worker, ask.next.id) | {"at": now} for ask in asked if ask.next is not None]
        opened = connection.execute(_OPEN, rows).rowcount
        for ask, row in zip(asked, rows, strict=True):
            if opened == len(rows) or connection.execute(_IS_OPEN, row).scalar() is not None:
                ask.step = Step(open=True)
            else:
                self._put_aside(connection, row, now)

    def _begin_in_pace(self, connection: Connection, ask: _Ask, now: datetime) -> None:
        """Open one letter unless the measure of this minute is full: in all, then it waits; or of its domain, then it
        is put off and others go on.
        """
        if ask.next is None:
            return
        row = self._names(ask.worker, ask.next.id)
        if connection.execute(_MAY_OPEN, row).scalar() is None:
            self._put_aside(connection, row, now)
            return
        wait = _wait(connection, self._pace, now)
        if wait is not None:
            ask.step = Step(wait=wait)
            return
        wait = _wait_for(connection, self._pace, ask.next.domain, now)
        if wait is not None:
            connection.execute(_PUT_OFF, row | {"not_before": now + wait})
            return
        self._begin(connection, [ask], now)

    def _names(self, worker: Worker, delivery_id: int) -> dict[str, Any]:
        return {"letter": delivery_id, "me": worker.name, "mine": self.lease.epoch}

    def _put_aside(self, connection: Connection, row: dict[str, Any], now: datetime) -> None:
        """Skip a claimed letter whose subscriber has left; put back one whose issue is not being sent any more, or
        whose domain asked for time.
        """
        values = {"worker": None, "epoch": None, "finished_at": now}
        for condition, state in (
            (_LEFT, DeliveryState.SKIPPED),
            (~_WANTS_IT, DeliveryState.SUPPRESSED),
            (_DELIVERY.address == "", DeliveryState.SKIPPED),  # left, and came back: this letter is not theirs
        ):
            connection.execute(
                update(schema.delivery)
                .where(_MINE, _CLAIMED, condition)
                .values(state=str(state), address=_ADDRESS, **values),
                row,
            )
        connection.execute(update(schema.delivery).where(_MINE, _CLAIMED).values(_BACK), row)


def _check(connection: Connection, lease: Lease) -> None:
    if not _holds(connection, lease):
        raise LeaseLost(lease.name)


def _holds(connection: Connection, lease: Lease) -> bool:
    held = {"lease": lease.name, "holder": lease.holder, "held_epoch": lease.epoch}
    return connection.execute(_HELD, held).scalar() is not None


def _was_undone(problem: StorageError) -> bool:
    """Return whether PostgreSQL has certainly undone a transaction, because it and another waited for each other."""
    cause = problem.__cause__
    state = getattr(cause.orig, "sqlstate", None) if isinstance(cause, DBAPIError) else None
    return state in ("40P01", "40001")


def _due(connection: Connection, full: Sequence[str], now: datetime, size: int) -> list[Delivery]:
    """Return letters that may begin, of the oldest issue first; on PostgreSQL those that nobody else is claiming."""
    sending = select(_ISSUE.id).where(_ISSUE.state == IssueState.SENDING, _ISSUE.audience.is_not(None))
    found: list[Delivery] = []
    for issue_id in connection.execute(sending.order_by(_ISSUE.id)).scalars().all():
        # One state at a time follows an index; both together would sort everything that waits, each time.
        for state in _WAITING:
            query = (
                select(schema.delivery, _SUBSCRIBER.token)
                .join(schema.subscriber, _SUBSCRIBER.id == _DELIVERY.subscriber_id)
                .where(_DELIVERY.issue_id == issue_id, _DELIVERY.state == state, _DELIVERY.not_before_at <= now)
                .where(~_WAITING_DOMAIN, _DELIVERY.domain.not_in(full))
                .order_by(_DELIVERY.id)
                .limit(size - len(found))
                .with_for_update(skip_locked=True, of=schema.delivery)
            )
            found += [_delivery(row) for row in connection.execute(query, {"at": now})]
            if len(found) == size:
                return found
    return found
