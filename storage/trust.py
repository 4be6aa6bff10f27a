"""Which sources a person has said they trust: without that word no rule publishes anything from them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from campaign.errors import NotFoundError
from storage import schema
from storage.store import Actor, Store

_SOURCE = schema.source.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Since when a source is trusted, and who said so."""

    at: datetime
    who: str


def trusted_sources(store: Store) -> Mapping[str, Trust]:
    """Return the sources that are trusted, by their ids."""
    account = schema.account.c
    query = (
        select(_SOURCE.id, _SOURCE.trusted_at, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _SOURCE.trusted_by)
        .where(_SOURCE.trusted_at.is_not(None))
    )
    with store.read() as connection:
        return {
            row.id: Trust(at=row.trusted_at, who=row.display_name or row.name or "")
            for row in connection.execute(query)
        }


def trust_source(store: Store, source_id: str, *, trusted: bool, campaign: str, by: Actor, now: datetime) -> None:
    """Record that a person trusts a source, or does so no longer. NotFoundError ``source_missing``.

    ``campaign`` is where it was said, for the trail; the word holds for the source in every campaign.
    """
    with store.write() as connection:
        known = select(_SOURCE.trusted_at).where(_SOURCE.id == source_id).with_for_update()
        row = connection.execute(known).one_or_none()
        if row is None:
            raise NotFoundError("source_missing", source=source_id)
        if (row.trusted_at is not None) == trusted:
            return
        values = {"trusted_at": now if trusted else None, "trusted_by": by.account_id if trusted else None}
        connection.execute(update(schema.source).where(_SOURCE.id == source_id).values(values))
        connection.execute(
            insert(schema.decision).values(
                campaign=campaign,
                at=now,
                actor=by.kind,
                account_id=by.account_id,
                group=uuid.uuid4().hex,
                action="source_trust" if trusted else "source_distrust",
                reason="",
                facts={"source": source_id},
            )
        )
