"""The short way to an indicator in a store, without a document around it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select

from campaign.figures import Indicator
from conftest import NOW
from storage import schema
from storage.store import Store


def add_indicator(store: Store, wording: Indicator, *, strategy: str = "plan", due: datetime | None = NOW) -> int:
    """Put an indicator of a strategy into the database, as its document would."""
    with store.write() as connection:
        known = select(schema.strategy.c.id).where(schema.strategy.c.id == strategy)
        if connection.execute(known).first() is None:
            connection.execute(
                insert(schema.strategy).values(
                    id=strategy, campaign="hallandvaxer", title="Planen", period_from="2014-01-01",
                    period_to="2030-12-31", loaded_at=NOW,
                )
            )  # fmt: skip
        done = connection.execute(
            insert(schema.indicator).values(
                campaign="hallandvaxer", strategy_id=strategy, code=wording.code, title=wording.title,
                wording=asdict(wording), asked_hash="", next_attempt_at=due,
            )
        )  # fmt: skip
        key = done.inserted_primary_key
        return int(key[0]) if key is not None else 0
