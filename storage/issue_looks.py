"""What each person at the desk has seen of an issue, so that what others changed since can be marked.

Looking is no decision and stands in no trail. What is marked stays marked over every reload, until the person says
that it is seen, or looks again on a later day: then what was shown the day before counts as seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaign.issue_looks import Seen, from_json, to_json
from campaign.newsletter import Issue
from storage import schema
from storage.store import Store

_LOOK = schema.issue_look.c
_DECISION = schema.decision.c
_ACCOUNT = schema.account.c

#: A look that shows nothing else than the one so long before is not written again.
_FRESH_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person compares an issue with: as they saw it at a moment. ``first`` is a person's first look."""

    at: datetime
    changes: int
    seen: Seen
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One change of an issue: who made it, when and to what. ``who`` is "" for what nobody did by hand."""

    at: datetime
    action: str
    account_id: int | None
    who: str
    facts: Mapping[str, Any]


def look(store: Store, issue: Issue, account_id: int, now_seen: Seen, *, now: datetime, today: datetime) -> Look:
    """Return what a person compares the issue with, and keep what they are shown.

    ``today`` is when the day began where they are. The first look compares with itself.
    """
    query = select(schema.issue_look).where(_LOOK.issue_id == issue.id, _LOOK.account_id == account_id)
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    kept = to_json(now_seen)
    shown = {"shown": kept, "shown_changes": issue.changes, "shown_at": now}
    if row is None:
        _put(store, issue, account_id, {"seen": kept, "changes": issue.changes, "at": now, **shown})
        return Look(at=now, changes=issue.changes, seen=now_seen, first=True)
    turned = row.shown_at < today
    base = (row.shown_at, row.shown_changes, row.shown) if turned else (row.at, row.changes, row.seen)
    if turned or row.shown != kept or now - row.shown_at > _FRESH_FOR:
        values = dict(zip(("at", "changes", "seen"), base, strict=True))
        with store.write() as connection:
            # A press elsewhere may have said meanwhile that all is seen: that stands.
            same = (_LOOK.issue_id == issue.id, _LOOK.account_id == account_id, _LOOK.at == row.at)
            connection.execute(update(schema.issue_look).where(*same).values(**values, **shown))
    return Look(at=base[0], changes=base[1], seen=from_json(base[2]))


def saw(store: Store, issue_id: int, account_id: int, *, changes: int, now: datetime) -> bool:
    """Take what a person was shown last as seen. False where that is another state of the issue than ``changes``."""
    mine = (_LOOK.issue_id == issue_id, _LOOK.account_id == account_id, _LOOK.shown_changes == changes)
    values = {"at": now, "changes": _LOOK.shown_changes, "seen": _LOOK.shown, "shown_at": now}
    with store.write() as connection:
        return connection.execute(update(schema.issue_look).where(*mine).values(values)).rowcount == 1


def hands(store: Store, issue_id: int, *, limit: int = 500) -> list[Hand]:
    """Return who changed what of an issue, the latest first."""
    name = func.coalesce(func.nullif(_ACCOUNT.display_name, ""), _ACCOUNT.name, "").label("who")
    query = (
        select(_DECISION.at, _DECISION.action, _DECISION.account_id, _DECISION.facts, name)
        .outerjoin(schema.account, _ACCOUNT.id == _DECISION.account_id)
        .where(_DECISION.issue_id == issue_id)
        .order_by(_DECISION.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [
            Hand(at=row.at, action=row.action, account_id=row.account_id, who=row.who, facts=dict(row.facts))
            for row in connection.execute(query)
        ]


def _put(store: Store, issue: Issue, account_id: int, values: Mapping[str, Any]) -> None:
    """Keep a first look; where two pages were opened at once the first of them stands."""
    dialect = sqlite if store.dialect == "sqlite" else postgresql
    statement = dialect.insert(schema.issue_look).values(
        issue_id=issue.id, account_id=account_id, campaign=issue.campaign, **values
    )
    with store.write() as connection:
        connection.execute(statement.on_conflict_do_nothing(index_elements=["issue_id", "account_id"]))
