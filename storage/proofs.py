"""Proving again who one is before a risky step, and what a person was about to do while they are asked.

What is held back is sealed with the installation's secret (a new password may stand in it), belongs to one login,
is carried out at most once, and ends with the login.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select, update

from campaign.errors import InputError, NotFoundError
from storage import schema
from storage.logins import LONGEST, _count_failure
from storage.passwords import _matches, _nobody
from storage.people import _row
from storage.sealing import seal, unseal
from storage.store import Store

_ACCOUNT = schema.account.c
_LOGIN = schema.login.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What waits for a proof. ``address`` is below the installation's own path; ``fields`` None is a page to open."""

    id: str
    address: str
    fields: dict[str, str] | None


def prove_password(store: Store, login: str, password: str, *, now: datetime) -> None:
    """Record that the person of a login has typed their password again.

    Wrong ones count like those at the login. InputError ``own_password``: ``password_wrong``, or ``proof_locked``
    after too many.
    """
    with store.read() as connection:
        account_id = connection.execute(select(_LOGIN.account_id).where(_LOGIN.hash == login)).scalar_one()
        row = _row(connection, account_id)
    is_right = _matches(row.password or _nobody(), password) and row.password is not None
    with store.write() as connection:
        locked_until = _row(connection, account_id, lock=True).locked_until
        if locked_until is not None and locked_until > now:
            key = "proof_locked"
        elif not is_right:
            _count_failure(connection, account_id, now)
            key = "password_wrong"
        else:
            connection.execute(
                update(schema.account).where(_ACCOUNT.id == account_id).values(failed=0, locked_until=None)
            )
            connection.execute(update(schema.login).where(_LOGIN.hash == login).values(proved_at=now))
            return
    raise InputError("own_password", key)


def mark_proved(store: Store, login: str, *, now: datetime) -> None:
    """Record that somebody else has vouched for the person of a login at this moment."""
    with store.write() as connection:
        connection.execute(update(schema.login).where(_LOGIN.hash == login).values(proved_at=now))


def hold(store: Store, login: str, address: str, fields: Mapping[str, str] | None, *, now: datetime) -> str:
    """Keep what a person was about to do and return its name; what this login held before is forgotten."""
    named = secrets.token_urlsafe(16)
    body = {"id": named, "address": address, "fields": None if fields is None else dict(fields)}
    sealed = seal(store, "held press", body, now=now).encode()
    with store.write() as connection:
        connection.execute(update(schema.login).where(_LOGIN.hash == login).values(held=sealed))
    return named


def find_held(store: Store, login: str, named: str, *, now: datetime) -> Held | None:
    """Return what a login holds under a name, None where it was carried out or something else took its place."""
    with store.read() as connection:
        row = connection.execute(select(_LOGIN.held).where(_LOGIN.hash == login)).one_or_none()
    return _opened(store, row, named, now)


def take_held(store: Store, login: str, named: str, *, now: datetime) -> Held:
    """Return what a login holds and forget it, so that nothing is done twice. NotFoundError ``held_over``."""
    query = select(_LOGIN.held).where(_LOGIN.hash == login)
    with store.write() as connection:
        found = _opened(store, connection.execute(query.with_for_update()).one_or_none(), named, now)
        if found is None:
            raise NotFoundError("held_over")
        connection.execute(update(schema.login).where(_LOGIN.hash == login).values(held=None))
    return found


def _opened(store: Store, row: Row[bytes | None] | None, named: str, now: datetime) -> Held | None:
    if row is None or row.held is None:
        return None
    body = unseal(store, "held press", bytes(row.held).decode("ascii"), now=now, lasts=LONGEST)
    if body is None or not secrets.compare_digest(str(body["id"]).encode(), named.encode("utf-8", "replace")):
        return None
    return Held(**body)
