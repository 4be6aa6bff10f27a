"""What a page wants done outside: a row, taken by the schedule, its progress shown by the page.

A task that was running when its process died is queued again at the next start; what tasks do can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from campaign.errors import NotFoundError, SkordError
from storage import schema
from storage.store import Store

_TASK = schema.task.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work. ``done`` of ``total`` steps; total 0 where it is not known.

    ``result`` and ``error`` ({"key", "facts"}) are None until it ended.
    """

    id: int
    kind: str
    campaign: str | None
    payload: dict[str, Any]
    state: str
    done: int
    total: int
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen with it."""
        return self.state in ("done", "failed")


def add_task(
    store: Store,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    account_id: int | None = None,
    campaign: str | None = None,
) -> int:
    """Queue a piece of work and return its id; the same work queued already and not begun is returned instead."""
    with store.write() as connection:
        waiting = select(schema.task).where(_TASK.state == "queued", _TASK.kind == kind)
        for row in connection.execute(waiting):
            if row.payload == dict(payload) and row.campaign == campaign:
                return int(row.id)
        done = connection.execute(
            insert(schema.task).values(
                kind=kind,
                payload=dict(payload),
                campaign=campaign,
                state="queued",
                account_id=account_id,
                created_at=now,
            )
        )
        key = done.inserted_primary_key
        return int(key[0]) if key is not None else 0


def get_task(store: Store, task_id: int) -> Task:
    """Return a task. NotFoundError ``task_missing``."""
    with store.read() as connection:
        row = connection.execute(select(schema.task).where(_TASK.id == task_id)).one_or_none()
    if row is None:
        raise NotFoundError("task_missing")
    return _task(row)


def take_task(store: Store, *, now: datetime) -> Task | None:
    """Take the oldest queued task, None where none waits. Only the schedule's one process calls this."""
    with store.write() as connection:
        row = connection.execute(
            select(schema.task).where(_TASK.state == "queued").order_by(_TASK.id).limit(1)
        ).one_or_none()
        if row is None:
            return None
        connection.execute(update(schema.task).where(_TASK.id == row.id).values(state="running", started_at=now))
        return _task(row)


def report_progress(store: Store, task_id: int, done: int, total: int) -> None:
    """Say how far a task has come."""
    with store.write() as connection:
        connection.execute(update(schema.task).where(_TASK.id == task_id).values(done=done, total=total))


def end_task(
    store: Store,
    task_id: int,
    *,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    error: SkordError | None = None,
) -> None:
    """Record how a task ended."""
    values: dict[str, Any] = {"state": "failed" if error else "done", "finished_at": now}
    values["result"] = dict(result or {})
    values["error"] = {"key": error.key, "facts": error.facts} if error else None
    with store.write() as connection:
        connection.execute(update(schema.task).where(_TASK.id == task_id).values(values))


def requeue_running(store: Store) -> int:
    """Queue again what ran when its process died; return how many."""
    with store.write() as connection:
        done = connection.execute(
            update(schema.task).where(_TASK.state == "running").values(state="queued", started_at=None)
        )
        return int(done.rowcount)


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        kind=row.kind,
        campaign=row.campaign,
        payload=dict(row.payload),
        state=row.state,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
