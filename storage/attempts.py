"""Tries that are counted for a while under keyed hashes: of who tries, of what is tried. Nothing can be read back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from storage import schema
from storage.store import Store

#: How long tries are remembered; ``MAILED`` are the confirmations that a mailbox got.
MEMORY = timedelta(days=7)
MAILED, MAILED_MEMORY = "confirmation", timedelta(days=90)

_ATTEMPT = schema.attempt.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often something was tried in the last hour, and before that in an ordinary hour of the last week."""

    hour: int
    usual: float


def tries(store: Store, tried: Sequence[tuple[str, str]], *, now: datetime) -> list[Tries]:
    """Return how often each (purpose, key) was tried. Nothing is written."""
    with store.read() as connection:
        return [_tries(connection, purpose, _hash(store, purpose, key), now) for purpose, key in tried]


def take(store: Store, tried: Sequence[tuple[str, str]], *, now: datetime) -> None:
    """Count one try of each (purpose, key); the same statement runs whatever the keys are."""
    rows = [{"purpose": purpose, "key": _hash(store, purpose, key), "at": now} for purpose, key in tried]
    if rows:
        with store.write() as connection:
            connection.execute(insert(schema.attempt), rows)


def _tries(connection: Connection, purpose: str, hashed: str, now: datetime) -> Tries:
    hour_ago = now - timedelta(hours=1)
    mine = (_ATTEMPT.purpose == purpose) & (_ATTEMPT.key == hashed)
    counts = select(func.count().filter(_ATTEMPT.at > hour_ago), func.count().filter(_ATTEMPT.at <= hour_ago)).where(
        mine, _ATTEMPT.at > now - MEMORY
    )
    lately, before = connection.execute(counts).one()
    return Tries(hour=lately, usual=before / (MEMORY / timedelta(hours=1)))


def _mailed(store: Store, connection: Connection, mailbox: str, now: datetime) -> tuple[int, datetime | None]:
    """Return how many confirmations a mailbox has got lately, and when it got the last one."""
    mine = (_ATTEMPT.purpose == MAILED) & (_ATTEMPT.key == _hash(store, MAILED, mailbox))
    query = select(func.count(), func.max(_ATTEMPT.at)).where(mine, _ATTEMPT.at > now - MAILED_MEMORY)
    count, last = connection.execute(query).one()
    return count, last


def _mail(store: Store, connection: Connection, mailbox: str, now: datetime) -> None:
    values = {"purpose": MAILED, "key": _hash(store, MAILED, mailbox), "at": now}
    connection.execute(insert(schema.attempt).values(values))


def _unmail(store: Store, connection: Connection, mailbox: str, *, last: bool = False) -> None:
    """Forget the confirmations that a mailbox got, or only the last of them."""
    mine = (_ATTEMPT.purpose == MAILED) & (_ATTEMPT.key == _hash(store, MAILED, mailbox))
    if last:
        mine &= _ATTEMPT.id == select(func.max(_ATTEMPT.id)).where(mine).scalar_subquery()
    connection.execute(delete(schema.attempt).where(mine))


def forget(store: Store, *, now: datetime) -> int:
    """Forget tries that are too old to count; return how many."""
    old = (_ATTEMPT.purpose != MAILED) & (_ATTEMPT.at <= now - MEMORY)
    older = (_ATTEMPT.purpose == MAILED) & (_ATTEMPT.at <= now - MAILED_MEMORY)
    with store.write() as connection:
        return connection.execute(delete(schema.attempt).where(old | older)).rowcount


def _hash(store: Store, purpose: str, key: str) -> str:
    return hmac.new(store.secret, f"attempt\x1f{purpose}\x1f{key}".encode(), hashlib.sha256).hexdigest()
