"""The short way to an indicator in a store, to what an answer must become, and to a server of figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from campaign.figures import Indicator, Reading
from campaign.settings import FetchSettings
from conftest import NOW
from net.http import Fetcher
from servers import Server
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


def expected(path: Path) -> list[tuple[str, str, str, float | None, str, bool]]:
    """Return the readings that a file beside an answer says it must become."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return sorted(
        (area, sex, period, None if value == "-" else float(value), status, deleted == "deleted")
        for area, sex, period, value, status, deleted in rows
    )


def told(readings: Iterable[Reading]) -> list[tuple[str, str, str, float | None, str, bool]]:
    """Return readings in the same form."""
    return sorted((each.area, str(each.sex), each.period, each.value, each.status, each.deleted) for each in readings)


@contextmanager
def asking(*servers: Server, **changes: Any) -> Iterator[Fetcher]:
    """Open a way out that may ask these servers."""
    allow = tuple(server.address for server in servers)
    settings = FetchSettings(allow=allow, per_host=timedelta(0), **changes)
    with Fetcher(settings, version="0", clock=lambda: NOW) as fetcher:
        yield fetcher
