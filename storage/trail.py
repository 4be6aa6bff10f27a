"""The trail: who decided what about which story, when and why. Read here, written by ``storage.deciding``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from storage import schema
from storage.store import Store

_POST = schema.post.c
_STORY = schema.story.c
_DECISION = schema.decision.c


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One line of the trail. ``who`` is an account's display name, "" for rules, jobs and visitors.

    ``undoable`` says that it can still be taken back, unless somebody has decided on the same again since.
    """

    id: int
    group: str
    at: datetime
    actor: str
    who: str
    action: str
    reason: str
    story_id: int | None
    facts: dict[str, Any]
    undone: bool
    post_id: int | None = None
    media_id: int | None = None
    undoable: bool = False


def trail(
    store: Store, *, story_id: int | None = None, campaign: str | None = None, group: str = "", rules: bool = True,
    limit: int = 100,
) -> list[DecisionRecord]:  # fmt: skip
    """Return the latest decisions, newest first; of one story, one campaign, one press, or of all.

    Without ``rules`` those that no person took are left out.
    """
    account = schema.account.c
    query = (
        select(schema.decision, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _DECISION.account_id)
        .order_by(_DECISION.id.desc())
        .limit(limit)
    )
    if story_id is not None:
        # With what was decided about its posts, and about stories that it took up, when they were elsewhere.
        taken_up = select(_STORY.id).where(_STORY.merged_into == story_id)
        posts = select(_POST.id).where(_POST.story_id == story_id)
        own = or_(_DECISION.story_id == story_id, _DECISION.story_id.in_(taken_up), _DECISION.post_id.in_(posts))
        query = query.where(own)
    if campaign is not None:
        query = query.where(_DECISION.campaign == campaign)
    if group:
        query = query.where(_DECISION.group == group)
    if not rules:
        query = query.where(_DECISION.actor != "rule")
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [_line(row) for row in rows]


def _line(row: Row[Any]) -> DecisionRecord:
    return DecisionRecord(
        id=row.id,
        group=row.group,
        at=row.at,
        actor=row.actor,
        who=row.display_name or row.name or "",
        action=row.action,
        reason=row.reason,
        story_id=row.story_id,
        facts=dict(row.facts),
        undone=row.undone_by is not None,
        post_id=row.post_id,
        media_id=row.media_id,
        undoable=row.before is not None and row.undone_by is None,
    )
