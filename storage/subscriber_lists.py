"""What would become of the addresses of a list, before anything is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, select

from campaign.errors import InputError
from campaign.newsletter import SubscriberState
from storage import schema
from storage.addresses import Held, address_key, suppression_hash
from storage.store import Store
from storage.subscribers import Added

_AT_ONCE = 400
_SUBSCRIBER = schema.subscriber.c
_SUPPRESSION = schema.suppression.c


def rehearse(store: Store, newsletter: str, addresses: Sequence[str]) -> list[Added]:
    """Return for each address what ``storage.subscribers.add`` would say; one that came before in the list is known.

    Nothing is written. Why an address is kept out stays with its owner.
    """
    keys = [_key(address) for address in addresses]
    left = iter(dict.fromkeys(key for key in keys if key))
    found: dict[str, Added] = {}
    with store.read() as connection:
        while some := list(islice(left, _AT_ONCE)):
            found |= dict(_some(store, connection, newsletter, some))
    seen: set[str] = set()
    judged = []
    for key in keys:
        judged.append(Added.INVALID if not key else Added.KNOWN if key in seen else found[key])
        seen.add(key)
    return judged


def _some(store: Store, connection: Connection, newsletter: str, keys: Sequence[str]) -> Iterator[tuple[str, Added]]:
    query = select(_SUBSCRIBER.email_key, _SUBSCRIBER.state)
    rows = connection.execute(query.where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.email_key.in_(keys)))
    states = {row.email_key: row.state for row in rows}
    hashes = {suppression_hash(store.secret, key): key for key in keys}
    query = select(_SUPPRESSION.hash, _SUPPRESSION.reason, _SUPPRESSION.at)
    held = connection.execute(query.where(_SUPPRESSION.newsletter == newsletter, _SUPPRESSION.hash.in_(list(hashes))))
    kept_out = {hashes[row.hash] for row in held if not Held(reason=row.reason, at=row.at).pestered}
    for key in keys:
        state = states.get(key)
        if state == SubscriberState.ACTIVE:
            yield key, Added.KNOWN
        elif key in kept_out or state not in (None, SubscriberState.PENDING):
            yield key, Added.SUPPRESSED
        else:
            yield key, Added.ADDED


def _key(address: str) -> str:
    try:
        return address_key(address)
    except InputError:
        return ""
