"""A role in one campaign, in place of the role that an account has everywhere. ``Role.NONE`` shuts the campaign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from campaign.errors import NotFoundError
from campaign.records import Role
from storage import schema
from storage.people import Account, _end_logins, _get, _record, _row
from storage.store import JOB, Actor, Store

_MEMBERSHIP = schema.membership.c


def set_membership(
    store: Store, account_id: int, campaign: str, role: Role | None, *, now: datetime, by: Actor = JOB
) -> Account:
    """Give an account a role of its own in a campaign, or with None the one that it has everywhere; end its logins.

    NotFoundError ``account_missing`` or ``campaign_missing``.
    """
    with store.write() as connection:
        _row(connection, account_id, lock=True)
        if connection.execute(select(schema.campaign.c.id).where(schema.campaign.c.id == campaign)).scalar() is None:
            raise NotFoundError("campaign_missing", campaign=campaign)
        before = _get(connection, account_id).memberships
        after = {**before, campaign: role} if role is not None else {k: v for k, v in before.items() if k != campaign}
        if before != after:
            _put(connection, account_id, after)
            _end_logins(connection, account_id)
            facts = {
                "campaign": campaign,
                "from": str(before.get(campaign, "")),
                "to": "" if role is None else str(role),
            }
            _record(connection, "account_membership", account_id, by=by, now=now, facts=facts)
        return _get(connection, account_id)


def _put(connection: Connection, account_id: int, roles: Mapping[str, Role]) -> None:
    """Store these roles in single campaigns and no others."""
    connection.execute(delete(schema.membership).where(_MEMBERSHIP.account_id == account_id))
    for campaign, role in sorted(roles.items()):
        connection.execute(insert(schema.membership).values(account_id=account_id, campaign=campaign, role=str(role)))
