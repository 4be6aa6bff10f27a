"""What runs have done: the history of one source, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from campaign.errors import SkordError
from storage import schema
from storage.store import Store

_RUN = schema.run.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One asking of one source. ``finished_at`` is None while it goes on; ``error`` None where it went well.

    ``status`` is "running", "ok", "unchanged", "partial", "failed" or "killed"; ``skipped_why`` counts reasons.
    """

    started_at: datetime
    finished_at: datetime | None
    status: str
    new: int
    revised: int
    skipped: int
    skipped_why: Mapping[str, int]
    error: SkordError | None


def list_runs(store: Store, source_id: str, *, limit: int = 20) -> list[Run]:
    """Return the last runs of a source, the newest first."""
    query = select(schema.run).where(_RUN.source_id == source_id).order_by(_RUN.id.desc()).limit(limit)
    with store.read() as connection:
        return [
            Run(
                started_at=row.started_at,
                finished_at=row.finished_at,
                status=row.status,
                new=row.new,
                revised=row.revised,
                skipped=row.skipped,
                skipped_why=dict(row.skipped_why),
                error=SkordError(row.error["key"], **row.error["facts"]) if row.error else None,
            )
            for row in connection.execute(query)
        ]
