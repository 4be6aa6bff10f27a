"""Which installation may send from this database: the one that did first, until a person says that it is another.

A copy of the database, a backup put back or a machine started from an image does not know which letters have left
since. It stands somewhere else, or is another file, or is behind what was written down outside it: that is compared.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, text, update

from campaign.newsletter import DeliveryState, IssueState
from storage import schema, sending_mark
from storage.engine import sqlite_path
from storage.issues import UNAPPROVED
from storage.lines import _line
from storage.store import Actor, Store, _alone

log = logging.getLogger("skord.storage")

_SENDER = schema.sender.c
_DELIVERY = schema.delivery.c
_ISSUE = schema.issue.c
_NAME = "outbox"
_OPEN = [str(state) for state in DeliveryState if state.open]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """From where a database last sent, and how far it had come."""

    fingerprint: str
    epoch: int


def fingerprint(store: Store) -> str:
    """Return what tells this database, here, from any copy of it, as a hash."""
    path = sqlite_path(store.engine.url)
    if path is not None:
        found = path.resolve()
        parts = (_machine(), str(found), str(found.stat().st_ino))
    else:
        query = "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())"
        with store.read() as connection:
            system, database = connection.execute(text(f"{query} FROM pg_control_system()")).one()
        # The server knows itself: from which machine it is asked says nothing.
        parts = ("postgresql", str(system), str(database))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def is_copy(store: Store) -> bool:
    """Return whether letters have left from another place than this, so that a person must say which is the one."""
    # First the file, then the database, which is always raised before it: otherwise another process could raise both
    # between our two looks.
    marked = sending_mark.read(store)
    with store.read() as connection:
        known = _known(connection)
    return _strange(known, fingerprint(store), marked)


def may_send(store: Store, *, now: datetime) -> bool:
    """Return whether letters may leave from here; the first who asks is the one from then on."""
    marked, here = sending_mark.read(store), fingerprint(store)
    with store.write() as connection:
        _alone(connection)  # two processes may begin at the same moment
        known = _known(connection)
        if _strange(known, here, marked):
            return False
        if known is None:
            connection.execute(insert(schema.sender).values(name=_NAME, fingerprint=here, at=now, epoch=1))
    epoch = known.epoch if known is not None else 1
    if marked is None and known is not None:
        log.warning(
            "%s is missing and is made anew: until now an old database laid back in place was not known as a copy",
            sending_mark.path_of(store), extra={"action": "sending_mark_made"},
        )  # fmt: skip
    sending_mark.lift(store, epoch)
    return True


def advance(store: Store) -> None:
    """Count on, in the database and then outside it: whatever was copied before this is older than what is here."""
    with store.write() as connection:
        _alone(connection)
        mine = _SENDER.name == _NAME
        connection.execute(update(schema.sender).where(mine).values(epoch=_SENDER.epoch + 1))
        epoch = connection.execute(select(_SENDER.epoch).where(mine)).scalar()
    if epoch is not None:
        sending_mark.lift(store, epoch)


def _known(connection: Connection) -> Known | None:
    query = select(_SENDER.fingerprint, _SENDER.epoch).where(_SENDER.name == _NAME)
    row = connection.execute(query).one_or_none()
    return Known(fingerprint=row.fingerprint, epoch=row.epoch) if row is not None else None


def _strange(known: Known | None, here: str, marked: int | None) -> bool:
    """Return whether letters left from another place, or after what this database knows."""
    if known is None:
        return bool(marked)
    return known.fingerprint != here or known.epoch < (marked or 0)


def confirm(store: Store, *, by: Actor, now: datetime) -> int:
    """Record that letters leave from here from now on; return how many of them nobody knows about.

    What waited may have left from the other place: it is in doubt, and a person settles it issue by issue. What was
    approved must be approved again, for the same reason.
    """
    marked, here = sending_mark.read(store), fingerprint(store)
    with store.write() as connection:
        _alone(connection)
        known = _known(connection)
        if not _strange(known, here, marked):
            return 0  # another press was first, or there is nothing to confirm
        connection.execute(delete(schema.sender).where(_SENDER.name == _NAME))
        epoch = max(known.epoch if known is not None else 0, marked or 0) + 1
        values = {"fingerprint": here, "at": now, "account_id": by.account_id, "epoch": epoch}
        connection.execute(insert(schema.sender).values(name=_NAME, **values))
        doubtful = connection.execute(
            update(schema.delivery)
            .where(_DELIVERY.state.in_(_OPEN))
            .values(state=str(DeliveryState.UNCERTAIN), worker=None, epoch=None, finished_at=now)
        ).rowcount
        _hold(connection)
        _tell(connection, doubtful, by=by, now=now)
    sending_mark.lift(store, epoch)
    return doubtful


def _hold(connection: Connection) -> None:
    """Let every issue that was on its way wait for a person."""
    connection.execute(
        update(schema.issue)
        .where(_ISSUE.state == IssueState.APPROVED)
        .values(state=str(IssueState.DRAFT), **UNAPPROVED)
    )
    connection.execute(
        update(schema.issue)
        .where(_ISSUE.state == IssueState.SENDING)
        .values(state=str(IssueState.PAUSED), why={"key": "copy", "facts": {}})
    )


def _tell(connection: Connection, doubtful: int, *, by: Actor, now: datetime) -> None:
    """Record the decision in the trail of every campaign."""
    for campaign in connection.execute(select(schema.campaign.c.id)).scalars().all():
        _line(connection, campaign, action="sender_confirm", by=by, now=now, facts={"count": doubtful})


def _machine() -> str:
    """Return what names this machine for good, "" where nothing does (some containers)."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""
