"""The asking half of a double opt-in: a sign-up is taken, and its confirmation asked for by mail, not too often.

Nothing here tells whether an address is known: the same statements run for every one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from campaign.newsletter import Subscriber, SubscriberState
from storage import schema
from storage.addresses import Home, _held, address_key
from storage.attempts import _mail, _mailed, _unmail
from storage.store import Store
from storage.subscribers import UNCONFIRMED, Wording, _consent, _insert, _known, _mailbox, _reread, _subscriber

ASK_AGAIN = timedelta(days=1)
ASK_AT_MOST = 3
PESTER_MEMORY = timedelta(days=90)

_SUBSCRIBER = schema.subscriber.c


def ask(store: Store, home: Home, address: str, *, wording: Wording, now: datetime) -> None:
    """Take a sign-up that its owner has yet to confirm; the mail that asks for it goes out with the next round.

    Nothing is returned, and nothing differs for an address that is known: it gets a mail only where it is pending,
    at most one a day and three in all. The same statements run for every address. InputError ``email``.
    """
    key = address_key(address)
    try:
        _ask(store, home, address, key, wording=wording, now=now)
    except IntegrityError:
        # The same address, pressed twice at one moment: the other press has taken the sign-up.
        return


def _ask(store: Store, home: Home, address: str, key: str, *, wording: Wording, now: datetime) -> None:
    with store.write() as connection:
        row = _known(connection, home.newsletter, key)
        before = _asked_before(store, connection, home, key, now)
        if row is None:
            row = _insert(connection, home, address, wording, now, asked=before)
        else:
            pends = row.state != SubscriberState.ACTIVE and _may_ask(row, now)
            changed = {"state": str(SubscriberState.PENDING), "asked_at": None} if pends else {"state": row.state}
            connection.execute(update(schema.subscriber).where(_SUBSCRIBER.id == row.id).values(changed))
            row = _reread(connection, row.id)
        _consent(connection, row, "asked", wording, now)


def _may_ask(row: Row[Any], now: datetime) -> bool:
    return row.asked < ASK_AT_MOST and (row.asked_at is None or row.asked_at <= now - ASK_AGAIN)


def _asked_before(store: Store, connection: Connection, home: Home, key: str, now: datetime) -> int:
    """Return how many confirmations an address let pass that was forgotten since, so that nobody can be pestered."""
    held = _held(store, connection, home.newsletter, key)
    if held is None or not held.reason.startswith(UNCONFIRMED) or held.at <= now - PESTER_MEMORY:
        return 0
    return int(held.reason.removeprefix(UNCONFIRMED))


def to_ask(store: Store, newsletter: str, *, limit: int = 100) -> list[Subscriber]:
    """Return the pending addresses whose confirmation has still to be asked for, oldest first."""
    query = select(schema.subscriber).where(
        _SUBSCRIBER.newsletter == newsletter,
        _SUBSCRIBER.state == SubscriberState.PENDING,
        _SUBSCRIBER.asked_at.is_(None),
        _SUBSCRIBER.asked < ASK_AT_MOST,
    )
    with store.read() as connection:
        return [_subscriber(row) for row in connection.execute(query.order_by(_SUBSCRIBER.id).limit(limit))]


def mark_asked(store: Store, subscriber_id: int, now: datetime) -> bool:
    """Count a confirmation mail before it leaves; False where another process did, or the mailbox has had enough
    under other spellings of its address.
    """
    with store.write() as connection:
        row = _reread(connection, subscriber_id)
        mailbox = _mailbox(row)
        count, last = _mailed(store, connection, mailbox, now)
        enough = count >= ASK_AT_MOST or (last is not None and last > now - ASK_AGAIN)
        done = connection.execute(
            update(schema.subscriber)
            .where(_SUBSCRIBER.id == subscriber_id, _SUBSCRIBER.asked_at.is_(None))
            .values(asked_at=now, asked=_SUBSCRIBER.asked if enough else _SUBSCRIBER.asked + 1)
        )
        if done.rowcount == 1 and not enough:
            _mail(store, connection, mailbox, now)
            return True
        return False


def unmark_asked(store: Store, subscriber_id: int) -> None:
    """Take the count back: the mail certainly did not leave."""
    with store.write() as connection:
        row = _reread(connection, subscriber_id)
        _unmail(store, connection, _mailbox(row), last=True)
        connection.execute(
            update(schema.subscriber)
            .where(_SUBSCRIBER.id == subscriber_id)
            .values(asked_at=None, asked=_SUBSCRIBER.asked - 1)
        )
