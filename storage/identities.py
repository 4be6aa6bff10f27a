"""Accounts of people whom an organisation vouches for: found by issuer and subject, never by name or address.

What they may do follows what the organisation says at each login. Only an administrator makes two accounts one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, InputError, LoginError
from campaign.mailboxes import split
from campaign.oidc import Granted, Identity
from campaign.records import Role
from storage import schema
from storage.logins import _begin
from storage.memberships import _put
from storage.passwords import account_key
from storage.people import NAME_MAX, Account, _add, _change, _end_logins, _get, _record, _row
from storage.store import JOB, Actor, Store

_ACCOUNT = schema.account.c

#: So many people may have one and the same name at their organisation before we give up finding a free one here.
_MOST_NAMESAKES = 50


def log_in_as(store: Store, identity: Identity, granted: Granted, *, now: datetime) -> tuple[str, Account]:
    """Return a new token for the browser of somebody who was vouched for, with their account, made at the first login.

    LoginError ``oidc_no_role`` where nothing is granted (an account that had a role loses it), ``oidc_closed`` where
    an administrator has closed the account.
    """
    with store.write() as connection:
        row = _find(connection, identity)
        if row is None and granted.is_nothing:
            failed = "oidc_no_role"
        elif row is not None and row.disabled_at is not None:
            failed = "oidc_closed"
        else:
            account = _made(connection, identity, now) if row is None else _get(connection, row.id)
            _follow(connection, account, granted, now)
            if not granted.is_nothing:
                return _begin(connection, account.id, now), _get(connection, account.id)
            failed = "oidc_no_role"
    raise LoginError(failed, name=identity.name or identity.username)


def has_administrator(store: Store) -> bool:
    """Return whether an administrator of the whole installation can log in by way of their organisation."""
    query = select(_ACCOUNT.id).where(
        _ACCOUNT.issuer.is_not(None), _ACCOUNT.disabled_at.is_(None), _ACCOUNT.role == Role.ADMINISTRATOR
    )
    with store.read() as connection:
        return connection.execute(query.limit(1)).scalar() is not None


def link(store: Store, account_id: int, other_id: int, *, now: datetime, by: Actor) -> None:
    """Let who logs in as the other account by way of an organisation come to this one; the other is closed.

    Every login of both ends. InputError ``other``: ``link_itself``, ``link_unknown`` (nobody vouches for the other).
    ConflictError ``link_taken`` where somebody is vouched for as this account already.
    """
    if account_id == other_id:
        raise InputError("other", "link_itself")
    with store.write() as connection:
        rows = {each: _row(connection, each, lock=True) for each in sorted((account_id, other_id))}
        own, other = rows[account_id], rows[other_id]
        if other.issuer is None:
            raise InputError("other", "link_unknown")
        if own.issuer is not None:
            raise ConflictError("link_taken")
        _change(connection, other_id, {"issuer": None, "subject": None, "disabled_at": other.disabled_at or now})
        _change(connection, account_id, {"issuer": other.issuer, "subject": other.subject})
        _record(connection, "account_link", account_id, by=by, now=now, facts={"other": other_id})


def unlink(store: Store, account_id: int, *, now: datetime, by: Actor) -> None:
    """Let nobody come to an account by way of an organisation any more; its logins end."""
    with store.write() as connection:
        if _row(connection, account_id, lock=True).issuer is not None:
            _change(connection, account_id, {"issuer": None, "subject": None})
            _record(connection, "account_unlink", account_id, by=by, now=now)


def _find(connection: Connection, identity: Identity) -> Row[Any] | None:
    query = select(schema.account).where(_ACCOUNT.issuer == identity.issuer, _ACCOUNT.subject == identity.subject)
    return connection.execute(query.with_for_update()).one_or_none()


def _made(connection: Connection, identity: Identity, now: datetime) -> Account:
    """Add the account of a person who is new here, under the name they have at their organisation where it is free."""
    made = _add(
        connection, _free_name(connection, identity), Role.NONE, None, now=now, by=JOB,
        display_name=identity.name, email=_mail_of(identity),
    )  # fmt: skip
    values = {"issuer": identity.issuer, "subject": identity.subject}
    try:
        with connection.begin_nested():
            connection.execute(update(schema.account).where(_ACCOUNT.id == made.id).values(values))
    except IntegrityError as problem:
        raise LoginError("oidc_again") from problem  # the same person came in by two browsers at one moment
    return _get(connection, made.id)


def _mail_of(identity: Identity) -> str:
    """Return the address that an organisation gives, "" for one that no mail can go to: who has it comes in anyway."""
    try:
        split(identity.email)
    except InputError:
        return ""
    return identity.email


def _free_name(connection: Connection, identity: Identity) -> str:
    wanted = "".join(letter for letter in identity.username or identity.name if letter.isprintable())
    wanted = wanted.strip()[: NAME_MAX - 4] or "person"
    names: Sequence[str] = [wanted, *(f"{wanted} {number}" for number in range(2, _MOST_NAMESAKES))]
    taken = set(connection.execute(select(_ACCOUNT.name).where(_ACCOUNT.name.in_(map(account_key, names)))).scalars())
    return next((name for name in names if account_key(name) not in taken), wanted)


def _follow(connection: Connection, account: Account, granted: Granted, now: datetime) -> None:
    """Give an account what its organisation says; where that changes anything, its logins end."""
    if account.role is granted.everywhere and dict(account.memberships) == dict(granted.campaigns):
        return
    values = {"role": str(granted.everywhere)}
    connection.execute(update(schema.account).where(_ACCOUNT.id == account.id).values(values))
    _put(connection, account.id, granted.campaigns)
    _end_logins(connection, account.id)
    facts = {
        "from": str(account.role),
        "to": str(granted.everywhere),
        "campaigns": {campaign: str(role) for campaign, role in granted.campaigns.items()},
    }
    _record(connection, "account_role", account.id, by=JOB, now=now, facts=facts)
