"""Who may use the desk: accounts with roles, and the logins that their browsers hold.

Passwords are argon2 hashes; of a login only the SHA-256 of a random token is kept. A login ends twelve hours
after it was last used, seven days after it began, and whenever the account's password, role or standing changes.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Role
from storage import schema
from storage.store import JOB, Actor, Store

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SETUP_LASTS = timedelta(hours=24)

#: So many wrong passwords in a row are free; each one after doubles the wait, from half a minute to an hour.
FREE_FAILURES = 5
_FIRST_LOCK = timedelta(seconds=30)
_LONGEST_LOCK = timedelta(hours=1)

PASSWORD_MIN = 12
PASSWORD_MAX = 500
NAME_MAX = 100

_ACCOUNT = schema.account.c
_LOGIN = schema.login.c

# Each check takes 64 MiB: without a limit a flood of logins would take the machine's memory.
_checks = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person at the desk. ``language`` is "" for the site's; ``shortcuts`` says that single keys act."""

    id: int
    name: str
    display_name: str
    email: str
    role: Role
    language: str
    shortcuts: bool
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None

    @property
    def active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None

    @property
    def called(self) -> str:
        """What the person is called where others read it."""
        return self.display_name or self.name

    def may(self, role: Role) -> bool:
        """Return whether the account's role includes ``role``."""
        order = list(Role)
        return self.active and order.index(self.role) >= order.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A browser that has logged in. ``key`` is the stored hash, which cannot be turned back into the token."""

    key: str
    account: Account
    created_at: datetime
    expires_at: datetime


def add_account(
    store: Store,
    name: str,
    *,
    role: Role,
    password: str | None,
    now: datetime,
    by: Actor = JOB,
    display_name: str = "",
    email: str = "",
) -> Account:
    """Add an account. Without a password it cannot log in with one.

    InputError ``name`` (``account_name``, ``account_taken``) or ``password`` (``password_short``, ``password_long``,
    ``password_name``).
    """
    hashed = _hashed(name, password) if password is not None else None
    with store.write() as connection:
        return _add(connection, name, role, hashed, now=now, by=by, display_name=display_name, email=email)


def list_accounts(store: Store) -> list[Account]:
    """Return every account, the disabled ones last, by name."""
    query = select(schema.account).order_by(_ACCOUNT.disabled_at.is_not(None), _ACCOUNT.name)
    with store.read() as connection:
        return [_account(row) for row in connection.execute(query)]


def find_account(store: Store, name: str) -> Account | None:
    """Return the account of that name, in any case of its letters."""
    with store.read() as connection:
        row = connection.execute(select(schema.account).where(_ACCOUNT.name == account_key(name))).one_or_none()
    return _account(row) if row else None


def get_account(store: Store, account_id: int) -> Account:
    """Return an account. NotFoundError ``account_missing``."""
    with store.read() as connection:
        return _account(_row(connection, account_id))


def has_accounts(store: Store) -> bool:
    """Return whether anybody can log in."""
    with store.read() as connection:
        return _anybody(connection)


def set_password(store: Store, account_id: int, password: str, *, now: datetime, by: Actor = JOB) -> None:
    """Give an account a new password, end its logins and open its lock. InputError as ``add_account``."""
    hashed = _hashed(get_account(store, account_id).name, password)
    with store.write() as connection:
        _change(connection, account_id, {"password": hashed, "failed": 0, "locked_until": None})
        _record(connection, "account_password", account_id, by=by, now=now)


def set_role(store: Store, account_id: int, role: Role, *, now: datetime, by: Actor = JOB) -> None:
    """Give an account another role and end its logins. ConflictError ``last_administrator``."""
    with store.write() as connection:
        row = _row(connection, account_id)
        if role is not Role.ADMINISTRATOR:
            _keep_one_administrator(connection, row)
        if role != row.role:
            _change(connection, account_id, {"role": str(role)})
            _record(connection, "account_role", account_id, by=by, now=now, facts={"from": row.role, "to": str(role)})


def disable(store: Store, account_id: int, *, now: datetime, by: Actor = JOB) -> None:
    """Close an account and end its logins; what it decided stays. ConflictError ``last_administrator``."""
    with store.write() as connection:
        row = _row(connection, account_id)
        _keep_one_administrator(connection, row)
        if row.disabled_at is None:
            _change(connection, account_id, {"disabled_at": now})
            _record(connection, "account_disable", account_id, by=by, now=now)


def enable(store: Store, account_id: int, *, now: datetime, by: Actor = JOB) -> None:
    """Open a closed account again."""
    with store.write() as connection:
        if _row(connection, account_id).disabled_at is not None:
            _change(connection, account_id, {"disabled_at": None, "failed": 0, "locked_until": None})
            _record(connection, "account_enable", account_id, by=by, now=now)


def set_preferences(
    store: Store, account_id: int, *, display_name: str, email: str, language: str, shortcuts: bool
) -> None:
    """Store what a person chose for themselves; logins go on. ``language`` is "" for the site's."""
    values = {
        "display_name": display_name.strip()[:NAME_MAX],
        "email": email.strip()[:254],
        "language": language or None,
        "shortcuts": shortcuts,
    }
    with store.write() as connection:
        connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values))


def log_in(store: Store, name: str, password: str, *, now: datetime) -> tuple[str, Account]:
    """Check a password and return a new token for the browser, with its account.

    InputError ``password``, ``login_refused`` in every other case: the answer, its words and its time do not tell
    whether the name exists, the password was wrong, or the account is closed or locked.
    """
    with store.read() as connection:
        row = connection.execute(select(schema.account).where(_ACCOUNT.name == account_key(name))).one_or_none()
    stored = row.password if row is not None and row.password is not None else _nobody()
    is_right = _matches(stored, password)
    if row is None:
        raise InputError("password", "login_refused")
    is_open = row.disabled_at is None and (row.locked_until is None or row.locked_until <= now)
    if not is_open:
        raise InputError("password", "login_refused")
    with store.write() as connection:
        if not is_right:
            _count_failure(connection, row.id, now)
        else:
            # Only where the password is still the one that was checked.
            same = (_ACCOUNT.id == row.id) & (_ACCOUNT.password == stored) & _ACCOUNT.disabled_at.is_(None)
            values: dict[str, Any] = {"failed": 0, "locked_until": None}
            if _hasher().check_needs_rehash(stored):
                values["password"] = _hasher().hash(password)
            if connection.execute(update(schema.account).where(same).values(values)).rowcount:
                return _begin(connection, row.id, now), _account(_row(connection, row.id))
    raise InputError("password", "login_refused")


def check_password(store: Store, account_id: int, password: str) -> bool:
    """Return whether this is the account's password: asked again before risky acts."""
    with store.read() as connection:
        row = _row(connection, account_id)
    return _matches(row.password or _nobody(), password) and row.password is not None


def find_login(store: Store, token: str, *, now: datetime) -> Login | None:
    """Return the login that a browser's token belongs to, None where it ended; each use keeps it alive."""
    key = _key(token)
    query = (
        select(_LOGIN.created_at.label("began"), _LOGIN.seen_at, _LOGIN.expires_at, schema.account)
        .join(schema.account, _ACCOUNT.id == _LOGIN.account_id)
        .where(_LOGIN.hash == key, _LOGIN.kind == "session", _ACCOUNT.disabled_at.is_(None))
    )
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or row.expires_at <= now or row.seen_at + IDLE <= now:
        return None
    if now - row.seen_at > timedelta(minutes=5):
        with store.write() as connection:
            connection.execute(update(schema.login).where(_LOGIN.hash == key).values(seen_at=now))
    return Login(key=key, account=_account(row), created_at=row.began, expires_at=row.expires_at)


def log_out(store: Store, key: str) -> None:
    """End one login."""
    with store.write() as connection:
        connection.execute(delete(schema.login).where(_LOGIN.hash == key))


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
        connection.execute(delete(schema.login).where(_LOGIN.kind == "setup"))
        return _begin(connection, made.id, now), made


def account_key(name: str) -> str:
    """Return what makes two spellings of a name one: NFKC, casefolded, without blanks around."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def lock_after(failures: int) -> timedelta | None:
    """Return how long an account is locked after so many wrong passwords in a row, None while it is not."""
    if failures < FREE_FAILURES:
        return None
    return min(_FIRST_LOCK * 2 ** min(failures - FREE_FAILURES, 10), _LONGEST_LOCK)


def _add(
    connection: Connection,
    name: str,
    role: Role,
    hashed: str | None,
    *,
    now: datetime,
    by: Actor,
    display_name: str,
    email: str,
) -> Account:
    key = account_key(name)
    if not key or len(key) > NAME_MAX or not key.isprintable():
        raise InputError("name", "account_name", most=NAME_MAX)
    values = {
        "name": key,
        "display_name": display_name.strip()[:NAME_MAX] or name.strip(),
        "email": email.strip()[:254],
        "role": str(role),
        "password": hashed,
        "created_at": now,
    }
    try:
        with connection.begin_nested():
            done = connection.execute(insert(schema.account).values(values))
    except IntegrityError as problem:
        raise InputError("name", "account_taken", name=key) from problem
    account_id = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
    _record(connection, "account_add", account_id, by=by, now=now, facts={"role": str(role)})
    return _account(_row(connection, account_id))


def _row(connection: Connection, account_id: int) -> Row[Any]:
    row = connection.execute(select(schema.account).where(_ACCOUNT.id == account_id)).one_or_none()
    if row is None:
        raise NotFoundError("account_missing")
    return row


def _change(connection: Connection, account_id: int, values: dict[str, Any]) -> None:
    """Change what a login rests on; every login of the account ends."""
    if connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values)).rowcount == 0:
        raise NotFoundError("account_missing")
    connection.execute(delete(schema.login).where(_LOGIN.account_id == account_id, _LOGIN.kind == "session"))


def _keep_one_administrator(connection: Connection, row: Row[Any]) -> None:
    if row.role != Role.ADMINISTRATOR or row.disabled_at is not None:
        return
    others = select(func.count()).where(
        _ACCOUNT.role == Role.ADMINISTRATOR, _ACCOUNT.disabled_at.is_(None), _ACCOUNT.id != row.id
    )
    if connection.execute(others).scalar_one() == 0:
        raise ConflictError("last_administrator")


def _count_failure(connection: Connection, account_id: int, now: datetime) -> None:
    failed = _row(connection, account_id).failed + 1
    wait = lock_after(failed)
    values = {"failed": failed, "locked_until": now + wait if wait else None}
    connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values))


def _begin(connection: Connection, account_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(delete(schema.login).where(_LOGIN.expires_at <= now, _LOGIN.kind == "session"))
    connection.execute(
        insert(schema.login).values(
            hash=_key(token), kind="session", account_id=account_id, created_at=now, seen_at=now,
            expires_at=now + LONGEST,
        )
    )  # fmt: skip
    return token


def _anybody(connection: Connection) -> bool:
    query = select(_ACCOUNT.id).where(_ACCOUNT.disabled_at.is_(None), _ACCOUNT.password.is_not(None)).limit(1)
    return connection.execute(query).scalar() is not None


def _setup_stands(connection: Connection, token: str, now: datetime) -> bool:
    query = select(_LOGIN.expires_at).where(_LOGIN.hash == _key(token), _LOGIN.kind == "setup")
    expires_at = connection.execute(query).scalar()
    return expires_at is not None and expires_at > now and not _anybody(connection)


def _record(
    connection: Connection,
    action: str,
    account_id: int,
    *,
    by: Actor,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    connection.execute(
        insert(schema.decision).values(
            at=now, actor=by.kind, account_id=by.account_id, group=secrets.token_hex(16), action=action,
            facts={"account": account_id} | (facts or {}),
        )
    )  # fmt: skip


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        email=row.email,
        role=Role(row.role),
        language=row.language or "",
        shortcuts=row.shortcuts,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        locked_until=row.locked_until,
    )


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody has: checking it takes as long as checking a real one."""
    return _hasher().hash(secrets.token_hex(16))


def _matches(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        with _checks:
            return _hasher().verify(stored, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def _hashed(name: str, password: str) -> str:
    if len(password) < PASSWORD_MIN:
        raise InputError("password", "password_short", least=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise InputError("password", "password_long", most=PASSWORD_MAX)
    if account_key(password) == account_key(name) or len(set(password)) < 4:
        raise InputError("password", "password_name")
    with _checks:
        return _hasher().hash(password.encode("utf-8", "surrogatepass"))
