"""A line of the trail about what is no story: who did what, when, with what facts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from storage import schema
from storage.store import Actor


def _line(
    connection: Connection,
    campaign: str,
    *,
    action: str,
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any],
    issue_id: int | None = None,
) -> None:
    """Add a line with a press of its own. ``storage.deciding`` writes those about stories, which can be undone."""
    connection.execute(
        insert(schema.decision).values(
            campaign=campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=uuid.uuid4().hex,
            action=action,
            issue_id=issue_id,
            facts=dict(facts),
        )
    )
