"""Addresses compared, and those that must get no letters: kept as keyed hashes, of no use without the secret."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from campaign.mailboxes import key_of
from storage import schema
from storage.store import Store

_SUPPRESSION = schema.suppression.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The newsletter, and its campaign, whose list an address is on."""

    campaign: str
    newsletter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why and since when an address is on the list."""

    reason: str
    at: datetime

    @property
    def pestered(self) -> bool:
        """Whether it is only remembered as one that let confirmations pass, and may get letters if it asks."""
        return self.reason.startswith("unconfirmed:")


def address_key(address: str) -> str:
    """Return an address folded to compare: lower case, its domain in ASCII. InputError ``email`` as
    ``campaign.mailboxes.split``.
    """
    return key_of(address)


def suppression_hash(secret: bytes, key: str) -> str:
    """Return what stands for an address in the list."""
    return hmac.new(secret, b"suppression\x1f" + key.encode(), hashlib.sha256).hexdigest()


def _hold(store: Store, connection: Connection, home: Home, key: str, held: Held) -> None:
    """Put an address on the list. What an owner or administrator said is never weakened to a mere memory."""
    known = _held(store, connection, home.newsletter, key)
    if known is not None and (held.pestered and not known.pestered):
        return
    _let_in(store, connection, home.newsletter, key)
    connection.execute(
        insert(schema.suppression).values(
            newsletter=home.newsletter,
            hash=suppression_hash(store.secret, key),
            campaign=home.campaign,
            reason=held.reason,
            at=held.at,
        )
    )


def _held(store: Store, connection: Connection, newsletter: str, key: str) -> Held | None:
    query = select(_SUPPRESSION.reason, _SUPPRESSION.at).where(
        _SUPPRESSION.newsletter == newsletter, _SUPPRESSION.hash == suppression_hash(store.secret, key)
    )
    row = connection.execute(query).one_or_none()
    return Held(reason=row.reason, at=row.at) if row else None


def _let_in(store: Store, connection: Connection, newsletter: str, key: str) -> None:
    hashed = suppression_hash(store.secret, key)
    connection.execute(
        delete(schema.suppression).where(_SUPPRESSION.newsletter == newsletter, _SUPPRESSION.hash == hashed)
    )
