"""Stories as evidence for nodes of the strategy: attached, weighed and detached by people, in the trail, undoable.

A node that has ended takes no new evidence and keeps what it has; people move it to what came after, if they want.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from campaign.errors import ConflictError, NotFoundError
from campaign.figures import Weight
from storage import schema
from storage.deciding import _after, _check_standing, _record, _story, _taken
from storage.store import Actor, Store
from storage.ties import _cut, _had, _put

_EVIDENCE = schema.evidence.c
_NODE = schema.node.c
_HEIR = schema.node_heir.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A node in force that came after one that has ended."""

    id: int
    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A story at one node, with how much it says and why. ``who`` is "" where a rule or a command attached it.

    ``heirs`` are what came after a node that has ended (``ended_at``); none where nothing did.
    """

    story_id: int
    node_id: int
    strategy: str
    code: str
    title: str
    colour: str
    weight: Weight
    reason: str
    who: str
    at: datetime
    ended_at: datetime | None
    heirs: tuple[Heir, ...]


def evidence_of(store: Store, story_ids: Sequence[int]) -> dict[int, tuple[Evidence, ...]]:
    """Return what each of some stories is evidence for, in the order of the strategies. Two statements."""
    query = _asked().where(_EVIDENCE.story_id.in_(story_ids))
    query = query.order_by(_NODE.strategy_id, _NODE.position, _NODE.id)
    found: dict[int, tuple[Evidence, ...]] = {}
    with store.read() as connection:
        rows = connection.execute(query).all()
        heirs = _heirs(connection, sorted({row.node_id for row in rows if row.ended_at is not None}))
    for row in rows:
        found[row.story_id] = (*found.get(row.story_id, ()), _evidence(row, heirs.get(row.node_id, ())))
    return found


def evidence_at(store: Store, node_id: int, *, limit: int = 50) -> list[Evidence]:
    """Return what is evidence for one node, what says most first, then the latest. Stories of every state."""
    query = (
        _asked()
        .join(schema.story, schema.story.c.id == _EVIDENCE.story_id)
        .where(_EVIDENCE.node_id == node_id, schema.story.c.merged_into.is_(None))
        .order_by(_EVIDENCE.weight.desc(), schema.story.c.sort_key.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [_evidence(row, ()) for row in connection.execute(query)]


def attach(
    store: Store,
    story_id: int,
    node_id: int,
    *,
    by: Actor,
    now: datetime,
    weight: Weight | None = None,
    reason: str = "",
    press: str = "",
) -> str:
    """Make a story evidence for a node of the strategy and return the press that undoes it.

    Without ``weight`` it shows (``Weight.SHOWS``), or weighs and is reasoned as before where it stands there already;
    with it, weight and reason become these. ``press`` names the press, so that one which is sent again changes
    nothing; "" gives it a name. ConflictError ``node_ended`` for a node that takes no new evidence.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        group = _attach(connection, story, node_id, by=by, now=now, weight=weight, reason=reason, press=press)
        _after(connection, story_id)
        return group


def _attach(
    connection: Connection,
    story: Any,
    node_id: int,
    *,
    by: Actor,
    now: datetime,
    weight: Weight | None = None,
    reason: str = "",
    press: str = "",
) -> str:
    """Attach in a transaction that is already open; what follows from it is the caller's."""
    node = _own_node(connection, story, node_id)
    before = _had(connection, _EVIDENCE.node_id, story.id, node_id)
    had = before["had"]
    if node.ended_at is not None and had is None:
        raise ConflictError("node_ended", code=node.code)
    if weight is None and had is not None:
        weight, reason = Weight(had["weight"]), reason or had["reason"]
    weight = Weight.SHOWS if weight is None else weight
    group = press or uuid.uuid4().hex
    values = {"weight": int(weight), "reason": reason.strip(), "account_id": by.account_id, "at": now}
    _put(connection, _EVIDENCE.node_id, story, node_id, values)
    _record(
        connection, story, "attach", by=by, now=now, reason=reason, group=group,
        facts=_facts(node) | {"weight": int(weight)}, before=before,
    )  # fmt: skip
    return group


def detach(
    store: Store, story_id: int, node_id: int, *, by: Actor, now: datetime, reason: str = "", press: str = ""
) -> str:
    """Take a story away from a node and return the press that undoes it, "" where it was not there.

    ``press`` is as for ``attach``.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        group = press or uuid.uuid4().hex
        if not _detach(connection, story, node_id, by=by, now=now, reason=reason, group=group):
            return ""
        _after(connection, story_id)
        return group


def move(store: Store, story_id: int, node_id: int, heir_id: int, *, by: Actor, now: datetime, press: str = "") -> str:
    """Move evidence from a node to another, with its weight and reason; return the one press that undoes both.

    NotFoundError ``node_missing`` where the story is not there; where it is at the other already, that stands as it is.
    """
    with store.write() as connection:
        story = _story(connection, story_id)
        if press and _taken(connection, press, story_id):
            return press
        _check_standing(story)
        had = _had(connection, _EVIDENCE.node_id, story_id, node_id)["had"]
        if had is None or node_id == heir_id:
            raise NotFoundError("node_missing")
        group = press or uuid.uuid4().hex
        if _had(connection, _EVIDENCE.node_id, story_id, heir_id)["had"] is None:
            weight, reason = Weight(had["weight"]), had["reason"]
            _attach(connection, story, heir_id, by=by, now=now, weight=weight, reason=reason, press=group)
        _detach(connection, story, node_id, by=by, now=now, reason="", group=group)
        _after(connection, story_id)
        return group


def _detach(
    connection: Connection, story: Any, node_id: int, *, by: Actor, now: datetime, reason: str, group: str
) -> bool:
    before = _had(connection, _EVIDENCE.node_id, story.id, node_id)
    if before["had"] is None:
        return False
    node = _own_node(connection, story, node_id)
    _cut(connection, _EVIDENCE.node_id, story.id, node_id)
    _record(
        connection, story, "detach", by=by, now=now, reason=reason, group=group, facts=_facts(node), before=before,
    )  # fmt: skip
    return True


def _own_node(connection: Connection, story: Any, node_id: int) -> Row[Any]:
    node = connection.execute(select(schema.node).where(_NODE.id == node_id)).one_or_none()
    if node is None or node.campaign != story.campaign:
        raise NotFoundError("node_missing")
    return node


def _facts(node: Row[Any]) -> dict[str, Any]:
    """Return what the trail keeps of a node: what it was called then, whatever it is called later."""
    return {"node": node.id, "code": node.code, "title": node.title}


def _heirs(connection: Connection, node_ids: Sequence[int]) -> dict[int, tuple[Heir, ...]]:
    """Return the nodes in force that came after others, through those that have ended since too."""
    if not node_ids:
        return {}
    rows = connection.execute(
        select(_HEIR.node_id, _NODE.id, _NODE.code, _NODE.title, _NODE.ended_at)
        .join(schema.node, _NODE.id == _HEIR.heir_id)
        .where(_HEIR.campaign.in_(select(_NODE.campaign).where(_NODE.id.in_(node_ids))))
        .order_by(_NODE.position, _NODE.id)
    ).all()
    after: dict[int, list[Any]] = {}
    for row in rows:
        after.setdefault(row.node_id, []).append(row)
    return {node_id: tuple(_standing(node_id, after, set())) for node_id in node_ids}


def _standing(node_id: int, after: dict[int, list[Any]], seen: set[int]) -> list[Heir]:
    seen.add(node_id)
    found: list[Heir] = []
    for row in after.get(node_id, []):
        if row.id not in seen and row.ended_at is None:
            seen.add(row.id)
            found.append(Heir(id=row.id, code=row.code, title=row.title))
        elif row.id not in seen:
            found += _standing(row.id, after, seen)
    return found


def _asked() -> Select[Any]:
    account = schema.account.c
    columns = (_NODE.strategy_id, _NODE.code, _NODE.title, _NODE.colour, _NODE.ended_at)
    return (
        select(schema.evidence, *columns, account.display_name, account.name)
        .join(schema.node, _NODE.id == _EVIDENCE.node_id)
        .outerjoin(schema.account, account.id == _EVIDENCE.account_id)
    )


def _evidence(row: Row[Any], heirs: tuple[Heir, ...]) -> Evidence:
    return Evidence(
        story_id=row.story_id,
        node_id=row.node_id,
        strategy=row.strategy_id,
        code=row.code,
        title=row.title,
        colour=row.colour,
        weight=Weight(row.weight),
        reason=row.reason,
        who=row.display_name or row.name or "",
        at=row.at,
        ended_at=row.ended_at,
        heirs=heirs,
    )
