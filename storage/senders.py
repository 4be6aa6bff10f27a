"""Which installation may send from this database: the one that did first, until a person says that it is another.

A copy of the database, a backup put back or a machine started from an image does not know which letters have left
since. It stands somewhere else, or is another file, and that is what is compared.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, text, update

from campaign.newsletter import DeliveryState, IssueState
from storage import schema
from storage.engine import sqlite_path
from storage.issues import UNAPPROVED
from storage.store import Actor, Store, _alone

_SENDER = schema.sender.c
_DELIVERY = schema.delivery.c
_ISSUE = schema.issue.c
_NAME = "outbox"
_OPEN = [str(state) for state in DeliveryState if state.open]


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
    with store.read() as connection:
        known = connection.execute(select(_SENDER.fingerprint).where(_SENDER.name == _NAME)).scalar()
    return known is not None and known != fingerprint(store)


def may_send(store: Store, *, now: datetime) -> bool:
    """Return whether letters may leave from here; the first who asks is the one from then on."""
    here = fingerprint(store)
    with store.write() as connection:
        _alone(connection)  # two processes may begin at the same moment
        known = connection.execute(select(_SENDER.fingerprint).where(_SENDER.name == _NAME)).scalar()
        if known is None:
            connection.execute(insert(schema.sender).values(name=_NAME, fingerprint=here, at=now))
        return known in (None, here)


def confirm(store: Store, *, by: Actor, now: datetime) -> int:
    """Record that letters leave from here from now on; return how many of them nobody knows about.

    What waited may have left from the other place: it is in doubt, and a person settles it issue by issue. What was
    approved must be approved again, for the same reason.
    """
    here = fingerprint(store)
    with store.write() as connection:
        _alone(connection)
        known = connection.execute(select(_SENDER.fingerprint).where(_SENDER.name == _NAME)).scalar()
        if known in (None, here):
            return 0  # another press was first, or there is nothing to confirm
        connection.execute(delete(schema.sender).where(_SENDER.name == _NAME))
        values = {"fingerprint": here, "at": now, "account_id": by.account_id}
        connection.execute(insert(schema.sender).values(name=_NAME, **values))
        doubtful = connection.execute(
            update(schema.delivery)
            .where(_DELIVERY.state.in_(_OPEN))
            .values(state=str(DeliveryState.UNCERTAIN), worker=None, epoch=None, finished_at=now)
        ).rowcount
        _hold(connection)
        _tell(connection, doubtful, by=by, now=now)
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
        connection.execute(
            insert(schema.decision).values(
                campaign=campaign,
                at=now,
                actor=by.kind,
                account_id=by.account_id,
                group=uuid.uuid4().hex,
                action="sender_confirm",
                facts={"count": doubtful},
            )
        )


def _machine() -> str:
    """Return what names this machine for good, "" where nothing does (some containers)."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""
