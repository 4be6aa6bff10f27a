"""What was found last about a domain that letters come from, and whether a person said to send all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from campaign.newsletter import DeliveryState
from storage import schema
from storage.lines import _line
from storage.store import Actor, Store

_CHECK = schema.mail_check.c


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCheck:
    """The findings about a domain as JSON, when they were made, and when a person accepted what is red in them."""

    domain: str
    at: datetime
    findings: tuple[Mapping[str, Any], ...]
    accepted_at: datetime | None
    accepted_by: int | None


def get_check(store: Store, domain: str) -> MailCheck | None:
    """Return what was found last about a domain, None where nobody has looked."""
    with store.read() as connection:
        row = connection.execute(select(schema.mail_check).where(_CHECK.domain == domain)).one_or_none()
    if row is None:
        return None
    return MailCheck(
        domain=row.domain,
        at=row.at,
        findings=tuple(row.findings),
        accepted_at=row.accepted_at,
        accepted_by=row.accepted_by,
    )


def put_check(store: Store, domain: str, findings: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Keep what was found in place of what was found before; an acceptance stays unless something else is red now."""
    values: dict[str, Any] = {"at": now, "findings": [dict(each) for each in findings]}
    with store.write() as connection:
        before = connection.execute(select(_CHECK.findings).where(_CHECK.domain == domain)).scalar()
        if not _red(findings) <= _red(before or []):
            values |= {"accepted_at": None, "accepted_by": None}
        known = update(schema.mail_check).where(_CHECK.domain == domain).values(values)
        if not connection.execute(known).rowcount:
            connection.execute(delete(schema.mail_check).where(_CHECK.domain == domain))
            connection.execute(insert(schema.mail_check).values(domain=domain, **values))


def _red(findings: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(each["what"], each["key"]) for each in findings if each["standing"] == "red"}


def accept(store: Store, campaign: str, domain: str, *, by: Actor, now: datetime) -> bool:
    """Record that letters may leave from a domain although something is red; return whether it had been checked."""
    with store.write() as connection:
        done = connection.execute(
            update(schema.mail_check).where(_CHECK.domain == domain).values(accepted_at=now, accepted_by=by.account_id)
        )
        if done.rowcount:
            _line(connection, campaign, action="mail_accept", by=by, now=now, facts={"source": domain})
        return bool(done.rowcount)


def has_sent(store: Store, newsletter: str) -> bool:
    """Return whether a letter of a newsletter has ever been taken by a mail server."""
    sent = (
        select(schema.delivery.c.id)
        .join(schema.issue, schema.issue.c.id == schema.delivery.c.issue_id)
        .where(schema.issue.c.newsletter == newsletter, schema.delivery.c.state == DeliveryState.SENT)
    )
    with store.read() as connection:
        return bool(connection.execute(select(exists(sent))).scalar())
