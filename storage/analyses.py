"""What people say of a goal: how it goes, and why. A new wording is a new row; the one before it has ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.figures import Status
from storage import schema
from storage.store import Actor, Store

TEXT_MAX = 10_000

#: Stands for an analysis that is not there: expected by whoever saw none.
NOTHING = 0

_ANALYSIS = schema.analysis.c
_NODE = schema.node.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One wording. ``who`` is "" where it was written by command; ``ended_at`` None: it stands."""

    id: int
    node: int
    status: Status
    text: str
    who: str
    account_id: int | None
    at: datetime
    ended_at: datetime | None


def write_analysis(
    store: Store, node_id: int, *, status: Status, text: str, by: Actor, now: datetime, expected: int | None = None
) -> Analysis:
    """Say how a goal goes, and return what stands; the same words and status again change nothing.

    ``expected`` is the id of the analysis that the writer saw, 0 where there was none, None where that is not asked:
    ConflictError ``analysis_moved`` where another stands. InputError ``text`` (``text_long``); NotFoundError
    ``node_missing``; ConflictError ``node_ended`` for a goal no longer in force.
    """
    words = text.replace("\r\n", "\n").strip()
    if len(words) > TEXT_MAX:
        raise InputError("text", "text_long", most=TEXT_MAX)
    with store.write() as connection:
        # The node is locked so that two who write the same moment see each other.
        node = connection.execute(select(schema.node).where(_NODE.id == node_id).with_for_update()).one_or_none()
        if node is None:
            raise NotFoundError("node_missing")
        if node.ended_at is not None:
            raise ConflictError("node_ended", code=node.code)
        standing = _standing(connection, node_id)
        if standing is not None and (standing.status, standing.text) == (status, words):
            return standing
        if expected is not None and expected != (standing.id if standing else NOTHING):
            raise ConflictError("analysis_moved", who=standing.who if standing else "")
        return _write(connection, node, standing, {"status": str(status), "text": words}, by=by, now=now)


def analyses(store: Store, strategy_id: str) -> dict[int, Analysis]:
    """Return what stands of the goals of a strategy, by node; goals that nobody has judged are left out."""
    query = _query().join(schema.node, _NODE.id == _ANALYSIS.node_id)
    query = query.where(_NODE.strategy_id == strategy_id, _ANALYSIS.ended_at.is_(None))
    with store.read() as connection:
        return {row.node_id: _analysis(row) for row in connection.execute(query.order_by(_ANALYSIS.id))}


def history(store: Store, node_id: int) -> list[Analysis]:
    """Return everything that was said of a goal, the latest first."""
    query = _query().where(_ANALYSIS.node_id == node_id).order_by(_ANALYSIS.id.desc())
    with store.read() as connection:
        return [_analysis(row) for row in connection.execute(query)]


def _write(
    connection: Connection, node: Row[Any], before: Analysis | None, values: dict[str, Any], *, by: Actor,
    now: datetime,
) -> Analysis:  # fmt: skip
    still = (_ANALYSIS.node_id == node.id) & _ANALYSIS.ended_at.is_(None)
    connection.execute(update(schema.analysis).where(still).values(ended_at=now))
    connection.execute(
        insert(schema.analysis).values(
            campaign=node.campaign, node_id=node.id, account_id=by.account_id, at=now, **values
        )
    )
    written = _standing(connection, node.id)
    if written is None:
        raise NotFoundError("node_missing")
    connection.execute(
        insert(schema.decision).values(
            campaign=node.campaign, at=now, actor=by.kind, account_id=by.account_id, group=uuid.uuid4().hex,
            action="analysis",
            facts={
                "analysis": written.id, "node": node.id, "code": node.code, "title": node.title,
                "status": values["status"], "from": str(before.status) if before else "",
            },
        )
    )  # fmt: skip
    return written


def _standing(connection: Connection, node_id: int) -> Analysis | None:
    query = _query().where(_ANALYSIS.node_id == node_id, _ANALYSIS.ended_at.is_(None))
    row = connection.execute(query.order_by(_ANALYSIS.id.desc())).first()
    return _analysis(row) if row else None


def _query() -> Any:
    account = schema.account.c
    return select(schema.analysis, account.display_name, account.name).outerjoin(
        schema.account, account.id == _ANALYSIS.account_id
    )


def _analysis(row: Row[Any]) -> Analysis:
    return Analysis(
        id=row.id,
        node=row.node_id,
        status=Status(row.status),
        text=row.text,
        who=row.display_name or row.name or "",
        account_id=row.account_id,
        at=row.at,
        ended_at=row.ended_at,
    )
