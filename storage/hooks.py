"""How far the receiver of a campaign's changes has been told, and what went wrong."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import NotFoundError, SkordError
from storage import schema
from storage.store import JOB, Actor, Store

_HOOK = schema.hook.c


@dataclass(frozen=True, slots=True, kw_only=True)
class HookState:
    """``changed`` is the public revision up to which the receiver was told everything. ``tries`` counts those that
    failed in a row, since ``failing_since``; ``retry_at`` None with an error: it is not tried any more.
    """

    campaign: str
    changed: int
    tries: int = 0
    retry_at: datetime | None = None
    told_at: datetime | None = None
    error: SkordError | None = None
    failing_since: datetime | None = None

    @property
    def stopped(self) -> bool:
        """Whether a person must start it again."""
        return self.error is not None and self.retry_at is None


def hook_state(store: Store, campaign: str) -> HookState | None:
    """Return how the telling goes, None where it has not begun."""
    with store.read() as connection:
        row = connection.execute(select(schema.hook).where(_HOOK.campaign == campaign)).one_or_none()
    return None if row is None else _state(row)


def begin_hook(store: Store, campaign: str) -> HookState:
    """Return how the telling goes; where it has not begun it begins with what changes from now on."""
    # Another process may begin at the same moment.
    with contextlib.suppress(IntegrityError), store.write() as connection:
        if connection.execute(select(_HOOK.campaign).where(_HOOK.campaign == campaign)).first() is None:
            now = connection.execute(select(schema.revision.c.public)).scalar_one()
            connection.execute(insert(schema.hook).values(campaign=campaign, changed=now))
    found = hook_state(store, campaign)
    assert found is not None
    return found


def take_hook(store: Store, state: HookState, *, retry_at: datetime, now: datetime) -> bool:
    """Note a try before it is made; False where another process was faster.

    A process that dies now leaves it to be tried again at ``retry_at``.
    """
    same = (_HOOK.campaign == state.campaign) & (_HOOK.changed == state.changed) & (_HOOK.tries == state.tries)
    values = {"tries": state.tries + 1, "retry_at": retry_at}
    error = _error(SkordError("hook_died"), state.failing_since or now)
    with store.write() as connection:
        return connection.execute(update(schema.hook).where(same).values(**values, error=error)).rowcount == 1


def tell_hook(store: Store, campaign: str, *, changed: int, now: datetime) -> None:
    """Note that the receiver has taken everything up to a revision."""
    values = {"changed": changed, "tries": 0, "retry_at": None, "told_at": now, "error": None}
    with store.write() as connection:
        # A call that took so long that another process told more meanwhile takes nothing of that back.
        told = update(schema.hook).where(_HOOK.campaign == campaign, _HOOK.changed <= changed)
        connection.execute(told.values(values))


def fail_hook(store: Store, campaign: str, error: SkordError, *, since: datetime, retry_at: datetime | None) -> None:
    """Note why the receiver has not taken it, and when it is tried again: None for never."""
    values = {"retry_at": retry_at, "error": _error(error, since)}
    with store.write() as connection:
        connection.execute(update(schema.hook).where(_HOOK.campaign == campaign).values(values))


def start_hook(store: Store, campaign: str, *, now: datetime, by: Actor = JOB) -> None:
    """Try again at once, as if nothing had failed. NotFoundError ``hook_missing`` where it never began."""
    values = {"tries": 0, "retry_at": None, "error": None}
    with store.write() as connection:
        if not connection.execute(update(schema.hook).where(_HOOK.campaign == campaign).values(values)).rowcount:
            raise NotFoundError("hook_missing")
        connection.execute(
            insert(schema.decision).values(
                campaign=campaign, at=now, actor=by.kind, account_id=by.account_id, group=secrets.token_hex(16),
                action="hook_start", facts={},
            )
        )  # fmt: skip


def _error(error: SkordError, since: datetime) -> dict[str, Any]:
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int | float)}
    return {"key": error.key, "facts": facts, "since": since.isoformat()}


def _state(row: Row[Any]) -> HookState:
    error = row.error
    return HookState(
        campaign=row.campaign,
        changed=row.changed,
        tries=row.tries,
        retry_at=row.retry_at,
        told_at=row.told_at,
        error=SkordError(error["key"], **error["facts"]) if error else None,
        failing_since=datetime.fromisoformat(error["since"]) if error else None,
    )
