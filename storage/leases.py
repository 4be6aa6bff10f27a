"""Who alone does a job, over all processes on one database: the scheduler, the sender of letters.

A lease is held for a short time and renewed. One whose holder is known to be dead, on this very machine, is
free at once; otherwise it is free when it has run out. Each new holder gets a higher epoch, so that a stalled old
one can be told from the present.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from storage import schema
from storage.store import Store, _alone

TERM = timedelta(seconds=30)
#: Under this letters are sent; on PostgreSQL each process has its own, named "outbox:" and the process.
OUTBOX = "outbox"
_FORGOTTEN = timedelta(days=1)

_LEASE = schema.lease.c
#: Tells this process from an earlier one that happened to get its number.
_START = uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A held lease. Whoever writes under it checks that ``epoch`` is still the one in the table."""

    name: str
    holder: str
    epoch: int


def this_process() -> str:
    """Return "machine:process:start" for the running process."""
    return f"{_machine()}:{os.getpid()}:{_START}"


def take(store: Store, name: str, *, now: datetime, holder: str | None = None, term: timedelta = TERM) -> Lease | None:
    """Take a lease for a term, None while a living holder has it. Taking again what one holds renews it."""
    me = holder or this_process()
    with store.write() as connection:
        row = connection.execute(select(schema.lease).where(_LEASE.name == name).with_for_update()).one_or_none()
        values = {"holder": me, "renewed_at": now, "expires_at": now + term}
        if row is None:
            _alone(connection)
            if connection.execute(select(_LEASE.name).where(_LEASE.name == name)).first() is not None:
                return None  # another process took it for the first time at this very moment
            connection.execute(insert(schema.lease).values(name=name, epoch=1, **values))
            return Lease(name=name, holder=me, epoch=1)
        if row.holder == me:
            connection.execute(update(schema.lease).where(_LEASE.name == name).values(values))
            return Lease(name=name, holder=me, epoch=row.epoch)
        if row.expires_at > now and not _dead(row.holder):
            return None
        epoch = row.epoch + 1
        connection.execute(update(schema.lease).where(_LEASE.name == name).values(epoch=epoch, **values))
        return Lease(name=name, holder=me, epoch=epoch)


def release(store: Store, lease: Lease, *, now: datetime) -> None:
    """Give a lease back, so that the next holder need not wait; nothing happens if it was lost already."""
    with store.write() as connection:
        connection.execute(
            update(schema.lease)
            .where(_LEASE.name == lease.name, _LEASE.holder == lease.holder, _LEASE.epoch == lease.epoch)
            .values(holder="", expires_at=now)
        )


def holder_of(store: Store, name: str, now: datetime) -> str | None:
    """Return who holds a lease at this moment, None where nobody does."""
    with store.read() as connection:
        row = connection.execute(select(schema.lease).where(_LEASE.name == name)).one_or_none()
    return row.holder if row is not None and row.holder and row.expires_at > now else None


def _named(name: str) -> ColumnElement[bool]:
    """The leases of a job: its own, and those that each process has for itself ("name:process")."""
    return or_(_LEASE.name == name, _LEASE.name.startswith(f"{name}:", autoescape=True))


def _end_dead(connection: Connection, mine: Lease, name: str, *, now: datetime) -> None:
    """End the other leases of a job that ran out or whose holder is known to be dead: it cannot write any more, ever.

    All are locked until the transaction ends; those given back long ago are forgotten.
    """
    rows = connection.execute(select(schema.lease).where(_named(name)).order_by(_LEASE.name).with_for_update())
    for row in rows.all():
        this = _LEASE.name == row.name
        if row.name == mine.name:
            continue
        if row.holder and (row.expires_at <= now or _dead(row.holder)):
            ended = {"holder": "", "epoch": row.epoch + 1, "expires_at": now}
            connection.execute(update(schema.lease).where(this).values(ended))
        elif not row.holder and row.name != name and row.expires_at < now - _FORGOTTEN:
            connection.execute(delete(schema.lease).where(this))


def _living(connection: Connection, name: str) -> set[tuple[str, int]]:
    """Return holder and epoch of every held lease of a job."""
    query = select(_LEASE.holder, _LEASE.epoch).where(_named(name), _LEASE.holder != "")
    return {(row.holder, row.epoch) for row in connection.execute(query)}


def _hush(connection: Connection, name: str) -> None:
    """Wait until those who write under a lease of a job have committed, and let none of them begin until this ends.

    Whoever asks this asks it first: they hold a lease before they ask for anything else. So the rows of many letters
    can be changed without one of them being locked by somebody who waits for another.
    """
    connection.execute(select(_LEASE.name).where(_named(name)).order_by(_LEASE.name).with_for_update()).all()


def _machine() -> str:
    # The boot tells two containers or a moved disk apart where host names are equal.
    boot = Path("/proc/sys/kernel/random/boot_id")
    try:
        return f"{socket.gethostname()}/{boot.read_text(encoding='ascii').strip()[:8]}"
    except OSError:
        return socket.gethostname()


def _dead(holder: str) -> bool:
    """Return whether a holder is known to be gone: on this machine, and its process is not there.

    One with our own number but another start is an earlier process, as after every restart of a container.
    """
    if holder == this_process():
        return False
    machine, _, rest = holder.rpartition(":")[0].rpartition(":")
    if machine != _machine() or not rest.isdigit():
        return holder == ""
    if int(rest) == os.getpid():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
