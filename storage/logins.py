"""The logins that browsers hold, and the one-time address for the first account.

Of a login only the SHA-256 of a random token is kept. It ends twelve hours after it was last used, seven days
after it began, and whenever the account's password, role or standing changes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from campaign.errors import InputError, NotFoundError
from campaign.records import Role
from storage import schema
from storage.passwords import _hashed, _matches, _nobody, _renewed, account_key
from storage.people import Account, _add, _anybody, _get, _row
from storage.store import JOB, Store

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SETUP_LASTS = timedelta(hours=24)

#: So many wrong passwords in a row are free; each one after doubles the wait, from half a minute to an hour.
FREE_FAILURES = 5
_FIRST_LOCK = timedelta(seconds=30)
_LONGEST_LOCK = timedelta(hours=1)

_ACCOUNT = schema.account.c
_LOGIN = schema.login.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A browser that has logged in. ``key`` is the stored hash, which cannot be turned back into the token.

    ``proved_at`` is when the person last proved who they are: at the login itself or since.
    """

    key: str
    account: Account
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    proved_at: datetime


def log_in(store: Store, name: str, password: str, *, now: datetime) -> tuple[str, Account]:
    """Check a password and return a new token for the browser, with its account.

    InputError ``password``: ``login_busy`` while very many try at once, ``login_refused`` in every other case. The
    answer, its words and its time do not tell
    whether the name exists, the password was wrong, or the account is closed or locked.
    """
    with store.read() as connection:
        row = connection.execute(select(schema.account).where(_ACCOUNT.name == account_key(name))).one_or_none()
    stored = row.password if row is not None and row.password is not None else _nobody()
    is_right = _matches(stored, password)
    if row is None:
        raise InputError("password", "login_refused")
    renewed = _renewed(stored, password) if is_right else None
    is_open = row.disabled_at is None and (row.locked_until is None or row.locked_until <= now)
    if not is_open:
        raise InputError("password", "login_refused")
    with store.write() as connection:
        now_locked = _row(connection, row.id, lock=True).locked_until
        if now_locked is not None and now_locked > now:
            pass  # many guesses sent at one moment: those before this one have locked the account meanwhile
        elif not is_right:
            _count_failure(connection, row.id, now)
        else:
            # Only where the password is still the one that was checked.
            same = (_ACCOUNT.id == row.id) & (_ACCOUNT.password == stored) & _ACCOUNT.disabled_at.is_(None)
            values: dict[str, Any] = {"failed": 0, "locked_until": None}
            if renewed is not None:
                values["password"] = renewed
            if connection.execute(update(schema.account).where(same).values(values)).rowcount:
                return _begin(connection, row.id, now), _get(connection, row.id)
    raise InputError("password", "login_refused")


def find_login(store: Store, token: str, *, now: datetime) -> Login | None:
    """Return the login that a browser's token belongs to, None where it ended; each use keeps it alive."""
    key = _key(token)
    query = select(schema.login).where(_LOGIN.hash == key, _LOGIN.kind == "session")
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
        account = _get(connection, row.account_id) if row is not None else None
    if row is None or account is None or not account.active or not _goes_on(row, now):
        return None
    if now - row.seen_at > timedelta(minutes=5):
        with store.write() as connection:
            connection.execute(update(schema.login).where(_LOGIN.hash == key).values(seen_at=now))
    return _login(row, account)


def list_logins(store: Store, account_id: int, *, now: datetime) -> list[Login]:
    """Return the logins of an account that go on, the one last used first."""
    query = select(schema.login).where(_LOGIN.account_id == account_id, _LOGIN.kind == "session")
    with store.read() as connection:
        account = _get(connection, account_id)
        rows = connection.execute(query.order_by(_LOGIN.seen_at.desc(), _LOGIN.hash)).all()
    return [_login(row, account) for row in rows if _goes_on(row, now)]


def log_out(store: Store, key: str) -> None:
    """End one login."""
    with store.write() as connection:
        connection.execute(delete(schema.login).where(_LOGIN.hash == key))


def log_out_everywhere(store: Store, account_id: int) -> int:
    """End every login of an account and return how many there were."""
    with store.write() as connection:
        ended = delete(schema.login).where(_LOGIN.account_id == account_id, _LOGIN.kind == "session")
        return connection.execute(ended).rowcount


def forget_ended(store: Store, *, now: datetime) -> int:
    """Remove what can no longer be used and return how many there were."""
    ended = (_LOGIN.expires_at <= now) | ((_LOGIN.kind == "session") & (_LOGIN.seen_at <= now - IDLE))
    with store.write() as connection:
        return connection.execute(delete(schema.login).where(ended)).rowcount


def begin_login(store: Store, account_id: int, *, now: datetime) -> str:
    """Return a token for a person who has just proved themselves in another way (a new password of their own)."""
    with store.write() as connection:
        return _begin(connection, account_id, now)


def make_setup_token(store: Store, *, now: datetime) -> str | None:
    """Return a one-time token for the first account, None once anybody can log in. Earlier tokens end."""
    token = secrets.token_urlsafe(24)
    with store.write() as connection:
        connection.execute(delete(schema.login).where(_LOGIN.kind == "setup"))
        if _anybody(connection):
            return None
        connection.execute(
            insert(schema.login).values(
                hash=_key(token), kind="setup", created_at=now, seen_at=now, expires_at=now + SETUP_LASTS
            )
        )
    return token


def setup_stands(store: Store, token: str, *, now: datetime) -> bool:
    """Return whether the one-time address can still be used."""
    with store.read() as connection:
        return _setup_stands(connection, token, now)


def set_up(
    store: Store, token: str, *, name: str, password: str, now: datetime, display_name: str = "", email: str = ""
) -> tuple[str, Account]:
    """Make the first account, an administrator's, and log it in. The token is used up.

    NotFoundError ``setup_over`` when it was used, has expired, or somebody can log in already.
    """
    hashed = _hashed(name, password)
    with store.write() as connection:
        if not _setup_stands(connection, token, now):
            raise NotFoundError("setup_over")
        made = _add(
            connection, name, Role.ADMINISTRATOR, hashed, now=now, by=JOB, display_name=display_name, email=email
        )
        if connection.execute(delete(schema.login).where(_LOGIN.kind == "setup")).rowcount == 0:
            raise NotFoundError("setup_over")  # somebody else has used it at this very moment
        return _begin(connection, made.id, now), made


def lock_after(failures: int) -> timedelta | None:
    """Return how long an account is locked after so many wrong passwords in a row, None while it is not."""
    if failures < FREE_FAILURES:
        return None
    doublings: int = min(failures - FREE_FAILURES, 10)
    return min(_FIRST_LOCK * (1 << doublings), _LONGEST_LOCK)


def _goes_on(row: Row[Any], now: datetime) -> bool:
    return bool(row.expires_at > now and row.seen_at + IDLE > now)


def _login(row: Row[Any], account: Account) -> Login:
    return Login(
        key=row.hash, account=account, created_at=row.created_at, expires_at=row.expires_at, seen_at=row.seen_at,
        proved_at=row.proved_at or row.created_at,
    )  # fmt: skip


def _count_failure(connection: Connection, account_id: int, now: datetime) -> None:
    failed = _row(connection, account_id).failed + 1
    wait = lock_after(failed)
    values = {"failed": failed, "locked_until": now + wait if wait else None}
    connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values))


def _begin(connection: Connection, account_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(schema.login).values(
            hash=_key(token), kind="session", account_id=account_id, created_at=now, seen_at=now,
            expires_at=now + LONGEST,
        )
    )  # fmt: skip
    return token


def _setup_stands(connection: Connection, token: str, now: datetime) -> bool:
    query = select(_LOGIN.expires_at).where(_LOGIN.hash == _key(token), _LOGIN.kind == "setup")
    expires_at = connection.execute(query).scalar()
    return expires_at is not None and expires_at > now and not _anybody(connection)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
