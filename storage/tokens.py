"""Tokens with which a program asks more of the API. Only a keyed hash of each is kept; it is shown once.

A token opens nothing that is not public: it says who asks, so that more may be asked in a minute and in one answer. It
ends by itself, when a person takes it back, and while its account is disabled.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from campaign.errors import InputError, NotFoundError
from storage import schema
from storage.people import _record, _row
from storage.store import JOB, Actor, Store

NAME_MAX = 100

#: So many an account may hold at once.
MOST = 20

#: What a token begins with, so that one which ends up where it should not is recognised.
_START = "skord_"
_TOKEN = schema.token.c

#: Its use is noted this often at most: every question would be a write else.
_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its owner sees it. ``used_at`` None: never yet; ``ends_at`` None: for good; ``ended_at`` None: nobody
    has taken it back.
    """

    id: int
    account_id: int
    account: str
    name: str
    created_at: datetime
    used_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None

    @property
    def last_at(self) -> datetime | None:
        """The last moment at which it holds: "until and with 1 January" ends at midnight, which is of the 2nd."""
        return None if self.ends_at is None else self.ends_at - timedelta(seconds=1)

    def holds(self, now: datetime) -> bool:
        """Return whether it may be used at a moment, as far as the token itself says."""
        return self.ended_at is None and (self.ends_at is None or now < self.ends_at)


def make_token(
    store: Store, account_id: int, *, name: str, ends_at: datetime | None, now: datetime, by: Actor = JOB
) -> tuple[str, Token]:
    """Make a token and return it, the only time that it can be read, with its row.

    InputError ``ends`` (``token_over``) for one that would be over already, ``name`` (``token_name``, ``token_many``).
    """
    called = " ".join(name.split())
    if not called.isprintable() or len(called) > NAME_MAX:
        raise InputError("name", "token_name", most=NAME_MAX)
    if ends_at is not None and ends_at <= now:
        raise InputError("ends", "token_over")
    made = _START + secrets.token_urlsafe(32)
    with store.write() as connection:
        _row(connection, account_id, lock=True)
        standing = select(_TOKEN.id).where(_TOKEN.account_id == account_id, _TOKEN.ended_at.is_(None))
        standing = standing.where(or_(_TOKEN.ends_at.is_(None), _TOKEN.ends_at > now))
        if len(connection.execute(standing.limit(MOST)).all()) >= MOST:
            raise InputError("name", "token_many", most=MOST)
        values = {"account_id": account_id, "name": called, "hash": _hash(store, made), "created_at": now}
        done = connection.execute(insert(schema.token).values(values | {"ends_at": ends_at}))
        token_id = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
        _record(connection, "token_make", account_id, by=by, now=now, facts={"token": token_id, "name": called})
        row = connection.execute(_query().where(_TOKEN.id == token_id)).one()
    return made, _token(row)


def list_tokens(store: Store, account_id: int | None = None) -> list[Token]:
    """Return the tokens of an account, or of all, the newest first; those that have ended too."""
    query = _query() if account_id is None else _query().where(_TOKEN.account_id == account_id)
    with store.read() as connection:
        return [_token(row) for row in connection.execute(query.order_by(_TOKEN.id.desc()))]


def end_token(store: Store, token_id: int, *, now: datetime, by: Actor = JOB, account_id: int | None = None) -> Token:
    """Take a token back; of one that was taken back already nothing changes.

    ``account_id`` says whose it must be, None anybody's. NotFoundError ``token_missing``.
    """
    query = _query().where(_TOKEN.id == token_id)
    if account_id is not None:
        query = query.where(_TOKEN.account_id == account_id)
    with store.write() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("token_missing")
        ending = update(schema.token).where(_TOKEN.id == token_id, _TOKEN.ended_at.is_(None)).values(ended_at=now)
        if connection.execute(ending).rowcount:
            facts = {"token": token_id, "name": row.name}
            _record(connection, "token_end", row.account_id, by=by, now=now, facts=facts)
        return _token(connection.execute(_query().where(_TOKEN.id == token_id)).one())


def find_token(store: Store, given: str, *, now: datetime) -> Token | None:
    """Return the token that a program sent, None unless it holds and its account is open; its use is noted."""
    if not given.startswith(_START) or len(given) > 200:
        return None
    query = _query().where(_TOKEN.hash == _hash(store, given), schema.account.c.disabled_at.is_(None))
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    found = _token(row) if row is not None else None
    if found is None or not found.holds(now):
        return None
    if found.used_at is None or now - found.used_at >= _NOTED_EVERY:
        with store.write() as connection:
            connection.execute(update(schema.token).where(_TOKEN.id == found.id).values(used_at=now))
    return found


def _query() -> Any:
    account = schema.account.c.name.label("account")
    return select(schema.token, account).join(schema.account, schema.account.c.id == _TOKEN.account_id)


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        account_id=row.account_id,
        account=row.account,
        name=row.name,
        created_at=row.created_at,
        used_at=row.used_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
    )


def _hash(store: Store, given: str) -> str:
    """Return what is kept of a token: without the installation's secret nobody can try guesses against it."""
    return hmac.new(store.secret, b"api token " + given.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
