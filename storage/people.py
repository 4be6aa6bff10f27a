"""Who may use the desk: accounts with roles. Passwords are argon2 hashes.

Whatever a login rests on (password, role, standing) ends the account's logins when it changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.mailboxes import split
from campaign.records import Role
from storage import schema
from storage.passwords import _hashed, _matches, _nobody, account_key
from storage.store import JOB, Actor, Store

NAME_MAX = 100

_ACCOUNT = schema.account.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person at the desk. ``language`` is "" for the site's; ``shortcuts`` says that single keys act.

    ``role`` holds everywhere but in the campaigns of ``memberships``, where another stands in its place.
    ``issuer`` and ``subject`` are who vouches for the person and the person's name there, "" where nobody does.
    """

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
    memberships: Mapping[str, Role] = field(default_factory=dict)
    has_password: bool = False
    issuer: str = ""
    subject: str = ""

    @property
    def active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None

    @property
    def called(self) -> str:
        """What the person is called where others read it."""
        return self.display_name or self.name

    def role_in(self, campaign: str) -> Role:
        """Return the role that counts in a campaign; with "" the one that holds for the whole installation."""
        return self.memberships.get(campaign, self.role) if campaign else self.role

    def may(self, role: Role, campaign: str = "") -> bool:
        """Return whether the account's role in a campaign includes ``role``; with "" in the whole installation."""
        order = list(Role)
        return self.active and order.index(self.role_in(campaign)) >= order.index(role)

    def campaigns(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return those of the known campaigns in which the account has a role."""
        return tuple(campaign for campaign in known if self.may(Role.READER, campaign))


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

    InputError ``name`` (``account_name``, ``account_taken``), ``password`` (``password_short``, ``password_long``,
    ``password_name``) or ``email`` (as ``campaign.mailboxes.split``).
    """
    hashed = _hashed(name, password) if password is not None else None
    with store.write() as connection:
        return _add(connection, name, role, hashed, now=now, by=by, display_name=display_name, email=email)


def list_accounts(store: Store) -> list[Account]:
    """Return every account, the disabled ones last, by name."""
    query = select(schema.account).order_by(_ACCOUNT.disabled_at.is_not(None), _ACCOUNT.name)
    with store.read() as connection:
        return _accounts(connection, connection.execute(query).all())


def find_account(store: Store, name: str) -> Account | None:
    """Return the account of that name, in any case of its letters."""
    with store.read() as connection:
        rows = connection.execute(select(schema.account).where(_ACCOUNT.name == account_key(name))).all()
        return next(iter(_accounts(connection, rows)), None)


def get_account(store: Store, account_id: int) -> Account:
    """Return an account. NotFoundError ``account_missing``."""
    with store.read() as connection:
        return _get(connection, account_id)


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
    """Store what a person chose for themselves; logins go on. ``language`` is "" for the site's.

    InputError ``email``, as ``add_account``.
    """
    values = {
        "display_name": display_name.strip()[:NAME_MAX],
        "email": _mailbox(email),
        "language": language or None,
        "shortcuts": shortcuts,
    }
    with store.write() as connection:
        connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values))


def check_password(store: Store, account_id: int, password: str) -> bool:
    """Return whether this is the account's password: asked again before risky acts."""
    with store.read() as connection:
        row = _row(connection, account_id)
    return _matches(row.password or _nobody(), password) and row.password is not None


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
        "email": _mailbox(email),
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
    return _get(connection, account_id)


def _mailbox(email: str) -> str:
    """Return an address as it was written, checked: what is told to it later must arrive. "" is none."""
    if email.strip():
        split(email)
    return email.strip()


def _row(connection: Connection, account_id: int, *, lock: bool = False) -> Row[Any]:
    query = select(schema.account).where(_ACCOUNT.id == account_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError("account_missing")
    return row


def _change(connection: Connection, account_id: int, values: dict[str, Any]) -> None:
    """Change what a login rests on; every login of the account ends."""
    if connection.execute(update(schema.account).where(_ACCOUNT.id == account_id).values(values)).rowcount == 0:
        raise NotFoundError("account_missing")
    _end_logins(connection, account_id)


def _end_logins(connection: Connection, account_id: int) -> None:
    connection.execute(delete(schema.login).where(schema.login.c.account_id == account_id))


def _keep_one_administrator(connection: Connection, row: Row[Any]) -> None:
    if row.role != Role.ADMINISTRATOR or row.disabled_at is not None:
        return
    # All of them are locked, in one order: two who close each other's accounts at one moment must not both succeed.
    everybody = select(_ACCOUNT.id).where(_ACCOUNT.role == Role.ADMINISTRATOR, _ACCOUNT.disabled_at.is_(None))
    ids = connection.execute(everybody.order_by(_ACCOUNT.id).with_for_update()).scalars().all()
    if set(ids) <= {row.id}:
        raise ConflictError("last_administrator")


def _anybody(connection: Connection) -> bool:
    # Somebody whom an organisation vouches for ends the wait for the first account only as one who can let others in.
    elsewhere = _ACCOUNT.issuer.is_not(None) & (_ACCOUNT.role == Role.ADMINISTRATOR)
    query = select(_ACCOUNT.id).where(_ACCOUNT.disabled_at.is_(None), _ACCOUNT.password.is_not(None) | elsewhere)
    return connection.execute(query.limit(1)).scalar() is not None


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


def _get(connection: Connection, account_id: int) -> Account:
    return _accounts(connection, [_row(connection, account_id)])[0]


def _accounts(connection: Connection, rows: Sequence[Row[Any]]) -> list[Account]:
    """Return the accounts of rows, each with its roles in single campaigns."""
    held: dict[int, dict[str, Role]] = {row.id: {} for row in rows}
    query = select(schema.membership).where(schema.membership.c.account_id.in_(held))
    for found in connection.execute(query) if held else ():
        held[found.account_id][found.campaign] = Role(found.role)
    return [_account(row, held[row.id]) for row in rows]


def _account(row: Row[Any], memberships: Mapping[str, Role]) -> Account:
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
        memberships=memberships,
        has_password=row.password is not None,
        issuer=row.issuer or "",
        subject=row.subject or "",
    )
