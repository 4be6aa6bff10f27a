"""Who gets the newsletter, and the proof that they asked for it.

An address that has left is gone at once: only a keyed hash of it stays, so that no import brings it back. What a
visitor does (ask, confirm, leave) never tells whether an address is known.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from campaign.errors import InputError
from campaign.mailboxes import mailbox_of
from campaign.newsletter import Subscriber, SubscriberState
from storage import schema
from storage.addresses import Held, Home, _held, _hold, _let_in, address_key
from storage.attempts import _unmail, forget
from storage.lines import _line
from storage.store import JOB, Store

FORGET_AFTER = timedelta(days=7)

#: Stands before the number of confirmations that a forgotten address let pass.
UNCONFIRMED = "unconfirmed:"

_SUBSCRIBER = schema.subscriber.c
_CONSENT = schema.consent.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The exact words that somebody agreed to. ``version`` names them; ``language`` is a code; ``page`` is the address
    of the page where they stood, "" for none.
    """

    text: str
    version: str
    language: str
    page: str = ""


class Added(StrEnum):
    """What became of one address that an administrator brought."""

    ADDED = "added"
    KNOWN = "known"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One line of what a subscriber agreed to and when."""

    kind: str
    at: datetime
    wording: str
    wording_version: str
    language: str
    page: str = ""


def find_by_token(store: Store, token: str) -> Subscriber | None:
    """Return whose links carry this token, None for no one (any more)."""
    with store.read() as connection:
        row = connection.execute(select(schema.subscriber).where(_SUBSCRIBER.token == token)).one_or_none()
    return _subscriber(row) if row else None


def find_by_address(store: Store, newsletter: str, address: str) -> Subscriber | None:
    """Return the subscriber of an address, None where there is none."""
    with store.read() as connection:
        row = _known(connection, newsletter, address_key(address))
    return _subscriber(row) if row else None


def choose(store: Store, token: str, *, areas: Sequence[int], language: str) -> Subscriber | None:
    """Keep which focus areas (nodes, none for all) and which language a subscriber wants; None for who gets no letters.

    Letters that are being sent stay as they were planned.
    """
    with store.write() as connection:
        mine = (_SUBSCRIBER.token == token) & (_SUBSCRIBER.state == SubscriberState.ACTIVE)
        values = {"areas": sorted(set(areas)), "language": language}
        connection.execute(update(schema.subscriber).where(mine).values(values))
        row = connection.execute(select(schema.subscriber).where(mine)).one_or_none()
        return _subscriber(row) if row else None


def confirm(store: Store, token: str, *, wording: Wording, now: datetime) -> Subscriber | None:
    """Make a pending address active: its owner says so. Repeating it changes nothing; None for an unknown token.

    Somebody who had left and asks again is let in: their own word lifts what their own word put down.
    """
    with store.write() as connection:
        row = connection.execute(select(schema.subscriber).where(_SUBSCRIBER.token == token)).one_or_none()
        if row is None or row.state == SubscriberState.LEFT:
            return None
        if row.state == SubscriberState.PENDING:
            connection.execute(
                update(schema.subscriber)
                .where(_SUBSCRIBER.id == row.id)
                .values(state=str(SubscriberState.ACTIVE), confirmed_at=now, asked=0, left_at=None)
            )
            _let_in(store, connection, row.newsletter, row.email_key)
            _unmail(store, connection, _mailbox(row))
            _consent(connection, row, "confirmed", wording, now)
        return _subscriber(_reread(connection, row.id))


def leave(store: Store, token: str, *, now: datetime, reason: str = "left") -> bool:
    """Let an address go, at once: no letter that has not begun to leave reaches it, and the address is forgotten.

    Repeating it changes nothing. Return whether the token was ever anybody's.
    """
    with store.write() as connection:
        row = connection.execute(select(schema.subscriber).where(_SUBSCRIBER.token == token)).one_or_none()
        if row is None:
            return False
        if row.state != SubscriberState.LEFT:
            _let_go(store, connection, row, now, reason)
        return True


def remove(store: Store, home: Home, address: str, *, now: datetime) -> bool:
    """Take an address away for an administrator. Also an unknown one gets no letter again; return if it was known."""
    key = address_key(address)
    with store.write() as connection:
        row = _known(connection, home.newsletter, key)
        if row is None:
            _hold(store, connection, home, key, Held(reason="removed", at=now))
        else:
            _let_go(store, connection, row, now, "removed")
        return row is not None


def bounced(store: Store, subscriber_id: int, *, number: int, now: datetime) -> None:
    """Stop sending to an address that its server says, at issue ``number``, does not exist. A new sign-up by its owner
    revives it.
    """
    with store.write() as connection:
        row = _reread(connection, subscriber_id)
        done = connection.execute(
            update(schema.subscriber)
            .where(_SUBSCRIBER.id == subscriber_id, _SUBSCRIBER.state == SubscriberState.ACTIVE)
            .values(state=str(SubscriberState.BOUNCED), left_at=now)
        )
        if done.rowcount:
            facts = {"subscriber": row.id, "newsletter": row.newsletter, "number": number, "kind": "hard", "status": ""}
            _line(connection, row.campaign, action="subscriber_bounced", by=JOB, now=now, facts=facts)


def add(
    store: Store,
    home: Home,
    address: str,
    *,
    wording: Wording,
    now: datetime,
    kind: str = "added",
    confirmed_at: datetime | None = None,
) -> Added:
    """Add an address that has asked in another way; ``wording`` says which, and is kept as the proof.

    An address that has left stays away: only its owner can undo that, by signing up.
    """
    try:
        key = address_key(address)
    except InputError:
        return Added.INVALID
    with store.write() as connection:
        row = _known(connection, home.newsletter, key)
        if row is not None and row.state == SubscriberState.ACTIVE:
            return Added.KNOWN
        held = _held(store, connection, home.newsletter, key)
        if (row is not None and row.state != SubscriberState.PENDING) or (held and not held.pestered):
            return Added.SUPPRESSED
        if row is None:
            row = _insert(connection, home, address, wording, now)
        connection.execute(
            update(schema.subscriber)
            .where(_SUBSCRIBER.id == row.id)
            .values(state=str(SubscriberState.ACTIVE), confirmed_at=confirmed_at or now)
        )
        _consent(connection, row, kind, wording, now)
    return Added.ADDED


def iter_subscribers(store: Store, newsletter: str, *states: SubscriberState) -> Iterator[Subscriber]:
    """Yield the subscribers in these states (all, where none is named) in the order they came, addresses forgotten
    left out.
    """
    query = select(schema.subscriber).where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.email != "")
    if states:
        query = query.where(_SUBSCRIBER.state.in_([str(state) for state in states]))
    last = 0
    while True:
        with store.read() as connection:
            page = query.where(_SUBSCRIBER.id > last).order_by(_SUBSCRIBER.id).limit(500)
            rows = connection.execute(page).all()
        yield from (_subscriber(row) for row in rows)
        if not rows:
            return
        last = rows[-1].id


def languages(store: Store, newsletter: str) -> set[str]:
    """Return the languages that those who get the letter have chosen."""
    query = select(_SUBSCRIBER.language).distinct()
    query = query.where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.state == SubscriberState.ACTIVE)
    with store.read() as connection:
        return set(connection.execute(query).scalars())


def count(store: Store, newsletter: str) -> dict[SubscriberState, int]:
    """Return how many subscribers are in each state, those that left included."""
    query = select(_SUBSCRIBER.state, func.count()).where(_SUBSCRIBER.newsletter == newsletter)
    with store.read() as connection:
        rows = connection.execute(query.group_by(_SUBSCRIBER.state)).all()
    found = {SubscriberState(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in SubscriberState}


def proofs(store: Store, subscriber_id: int) -> list[Proof]:
    """Return what a subscriber agreed to, in which words and when, oldest first."""
    query = select(schema.consent).where(_CONSENT.subscriber_id == subscriber_id).order_by(_CONSENT.id)
    with store.read() as connection:
        return [
            Proof(
                kind=row.kind,
                at=row.at,
                wording=row.wording,
                wording_version=row.wording_version,
                language=row.language,
                page=row.page,
            )
            for row in connection.execute(query)
        ]


def forget_unconfirmed(store: Store, *, now: datetime) -> int:
    """Remove sign-ups that nobody confirmed within a week, with everything about them; return how many.

    A keyed hash remembers for a while how often they were asked, so that signing up again does not start anew; tries
    that are too old to count go too.
    """
    forget(store, now=now)
    with store.write() as connection:
        delivered = exists().where(schema.delivery.c.subscriber_id == _SUBSCRIBER.id)
        # A new attempt keeps it: the last consent, not the first, begins the week.
        latest = select(func.max(_CONSENT.at)).where(_CONSENT.subscriber_id == _SUBSCRIBER.id).scalar_subquery()
        old = select(schema.subscriber).where(
            _SUBSCRIBER.state == SubscriberState.PENDING, latest <= now - FORGET_AFTER, ~delivered
        )
        rows = connection.execute(old).all()
        for row in rows:
            held = Held(reason=f"{UNCONFIRMED}{row.asked}", at=now)
            _hold(store, connection, _home(row), row.email_key, held)
            connection.execute(delete(schema.consent).where(_CONSENT.subscriber_id == row.id))
            connection.execute(delete(schema.subscriber).where(_SUBSCRIBER.id == row.id))
        return len(rows)


def _mailbox(row: Row[Any]) -> str:
    return f"{row.newsletter}\x1f{mailbox_of(row.email_key)}"


def _home(row: Row[Any]) -> Home:
    return Home(campaign=row.campaign, newsletter=row.newsletter)


def _known(connection: Connection, newsletter: str, key: str) -> Row[Any] | None:
    query = select(schema.subscriber).where(_SUBSCRIBER.newsletter == newsletter, _SUBSCRIBER.email_key == key)
    return connection.execute(query).one_or_none()


def _reread(connection: Connection, subscriber_id: int) -> Row[Any]:
    return connection.execute(select(schema.subscriber).where(_SUBSCRIBER.id == subscriber_id)).one()


def _insert(
    connection: Connection, home: Home, address: str, wording: Wording, now: datetime, *, asked: int = 0
) -> Row[Any]:
    """Add a pending subscriber and return the row."""
    done = connection.execute(
        insert(schema.subscriber).values(
            campaign=home.campaign,
            newsletter=home.newsletter,
            email=address.strip(),
            email_key=address_key(address),
            state=str(SubscriberState.PENDING),
            language=wording.language,
            token=secrets.token_urlsafe(16),
            created_at=now,
            asked=asked,
        )
    )
    return _reread(connection, int(done.inserted_primary_key[0]))  # type: ignore[index] # an insert of one row has one


def _consent(connection: Connection, row: Row[Any], kind: str, wording: Wording, now: datetime) -> None:
    connection.execute(
        insert(schema.consent).values(
            campaign=row.campaign,
            subscriber_id=row.id,
            kind=kind,
            at=now,
            wording=wording.text,
            wording_version=wording.version,
            language=wording.language,
            page=wording.page,
        )
    )


def _let_go(store: Store, connection: Connection, row: Row[Any], now: datetime, reason: str) -> None:
    _hold(store, connection, _home(row), row.email_key, Held(reason=reason, at=now))
    connection.execute(
        update(schema.subscriber)
        .where(_SUBSCRIBER.id == row.id)
        .values(state=str(SubscriberState.LEFT), left_at=now, email="", email_key=f"left:{row.id}")
    )
    _consent(connection, row, "left", Wording(text="", version=reason, language=row.language), now)
    # What a worker has in hand too: it has read the address already, and begins no letter of one who has left.
    connection.execute(update(schema.delivery).where(schema.delivery.c.subscriber_id == row.id).values(address=""))


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        campaign=row.campaign,
        newsletter=row.newsletter,
        email=row.email,
        state=SubscriberState(row.state),
        language=row.language,
        token=row.token,
        created_at=row.created_at,
        asked_at=row.asked_at,
        asked=row.asked,
        confirmed_at=row.confirmed_at,
        left_at=row.left_at,
        areas=tuple(row.areas),
    )
