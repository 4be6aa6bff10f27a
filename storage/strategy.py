"""Strategies in the database: loaded from their files, read as trees.

A node is known by its code. One that a later file leaves out has ended: it keeps its evidence and its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from campaign.errors import ConflictError
from campaign.strategy import Node, NodeKind, Strategy
from storage import schema
from storage.store import Store, _alone, _bump

_STRATEGY = schema.strategy.c
_NODE = schema.node.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading a file changed, in codes."""

    strategy: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    ended: tuple[str, ...]
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A node with its place in the tree. ``depth`` 0 is at the top; ``stories`` counts those attached to itself."""

    id: int
    strategy: str
    code: str
    parent_id: int | None
    kind: NodeKind
    title: str
    text: str
    colour: str
    words: tuple[str, ...]
    depth: int
    ended_at: datetime | None
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyTree:
    """A strategy as read back; ``nodes`` stand depth first in the order of the file, ended ones left out or last."""

    id: str
    campaign: str
    title: str
    owner: str
    summary: str
    period_from: date
    period_to: date
    nodes: tuple[TreeNode, ...]

    def find(self, code: str) -> TreeNode | None:
        """Return the node of a code, in any case of its letters."""
        return next((node for node in self.nodes if node.code.casefold() == code.casefold()), None)

    def below(self, node_id: int) -> tuple[int, ...]:
        """Return the ids of a node and everything under it; no ids for one that is not in this tree."""
        found: list[int] = []
        for node in self.nodes:
            if node.id == node_id or node.parent_id in found:
                found.append(node.id)
        return tuple(found)

    def area_of(self, node_id: int) -> TreeNode | None:
        """Return the focus area of a node: the highest over it, or itself, that is no part; else the highest."""
        here = next((node for node in self.nodes if node.id == node_id), None)
        if here is None:
            return None
        path = (*self.above(node_id), here)
        return next((node for node in path if node.kind is not NodeKind.PART), path[0])

    def above(self, node_id: int) -> tuple[TreeNode, ...]:
        """Return the nodes over a node, from the top down."""
        by_id = {node.id: node for node in self.nodes}
        found: list[TreeNode] = []
        at = by_id[node_id].parent_id
        while at is not None and at in by_id:
            found.insert(0, by_id[at])
            at = by_id[at].parent_id
        return tuple(found)


def load_strategy(store: Store, campaign: str, strategy: Strategy, *, now: datetime) -> Loaded:
    """Bring a strategy as its file says into the database. Loading it again changes nothing.

    ConflictError ``strategy_elsewhere`` where another campaign has a strategy of that id.
    """
    with store.write() as connection:
        _alone(connection)
        _put_strategy(connection, campaign, strategy, now)
        known = {row.code: row for row in connection.execute(_own(strategy.id))}
        ids = {code: int(row.id) for code, row in known.items()}
        added, changed = [], []
        positions = {node.code: position for position, node in enumerate(strategy.nodes)}
        for node in _parents_first(strategy.nodes):
            values = _values(node, positions[node.code], ids)
            if node.code not in known:
                ids[node.code] = _add(connection, campaign, strategy.id, node.code, values)
                added.append(node.code)
            elif any(getattr(known[node.code], name) != value for name, value in values.items()):
                connection.execute(update(schema.node).where(_NODE.id == ids[node.code]).values(values))
                changed.append(node.code)
        gone = [code for code, row in known.items() if row.ended_at is None and code not in _codes(strategy)]
        for code in gone:
            connection.execute(update(schema.node).where(_NODE.id == ids[code]).values(ended_at=now))
        _bump(connection)
    return Loaded(
        strategy=strategy.id,
        added=tuple(added),
        changed=tuple(changed),
        ended=tuple(gone),
        unchanged=len(strategy.nodes) - len(added) - len(changed),
    )


def read_strategies(store: Store, campaign: str, *, ended: bool = False) -> list[StrategyTree]:
    """Return the strategies of a campaign, by the year they begin; with ``ended`` also nodes no longer in force."""
    query = select(schema.strategy).where(_STRATEGY.campaign == campaign)
    with store.read() as connection:
        rows = connection.execute(query.order_by(_STRATEGY.period_from, _STRATEGY.id)).all()
        return [_tree(connection, row, ended=ended) for row in rows]


def list_nodes(store: Store, campaign: str) -> list[TreeNode]:
    """Return the nodes in force of all strategies of a campaign, each tree depth first."""
    return [node for tree in read_strategies(store, campaign) for node in tree.nodes]


def find_strategy(store: Store, strategy_id: str, *, ended: bool = True) -> StrategyTree | None:
    """Return a strategy, None where none of that id was loaded."""
    with store.read() as connection:
        row = connection.execute(select(schema.strategy).where(_STRATEGY.id == strategy_id)).one_or_none()
        return _tree(connection, row, ended=ended) if row else None


def _put_strategy(connection: Connection, campaign: str, strategy: Strategy, now: datetime) -> None:
    values = {
        "title": strategy.title,
        "owner": strategy.owner,
        "summary": strategy.summary,
        "period_from": strategy.period_from.isoformat(),
        "period_to": strategy.period_to.isoformat(),
        "loaded_at": now,
    }
    owner = connection.execute(select(_STRATEGY.campaign).where(_STRATEGY.id == strategy.id)).scalar()
    if owner is None:
        connection.execute(insert(schema.strategy).values(id=strategy.id, campaign=campaign, **values))
    elif owner != campaign:
        raise ConflictError("strategy_elsewhere", strategy=strategy.id, campaign=owner)
    else:
        connection.execute(update(schema.strategy).where(_STRATEGY.id == strategy.id).values(values))


def _own(strategy_id: str) -> Any:
    return select(schema.node).where(_NODE.strategy_id == strategy_id)


def _codes(strategy: Strategy) -> set[str]:
    return {node.code for node in strategy.nodes}


def _parents_first(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes so that each stands after its parent; the file may have them in any order."""
    waiting, done, codes = list(nodes), [], set[str]()
    while waiting:
        ready = [node for node in waiting if node.parent is None or node.parent in codes]
        if not ready:
            raise ValueError("a circle of parents")  # campaign.strategy.parse refuses such a file
        done += ready
        codes |= {node.code for node in ready}
        waiting = [node for node in waiting if node.code not in codes]
    return done


def _values(node: Node, position: int, ids: dict[str, int]) -> dict[str, Any]:
    return {
        "parent_id": ids[node.parent] if node.parent else None,
        "kind": str(node.kind),
        "title": node.title,
        "text": node.text,
        "colour": node.colour,
        "words": list(node.words),
        "position": position,
        "ended_at": None,
    }


def _add(connection: Connection, campaign: str, strategy_id: str, code: str, values: dict[str, Any]) -> int:
    done = connection.execute(
        insert(schema.node).values(campaign=campaign, strategy_id=strategy_id, code=code, **values)
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def _tree(connection: Connection, row: Row[Any], *, ended: bool) -> StrategyTree:
    query = _own(row.id).order_by(_NODE.position, _NODE.id)
    rows = connection.execute(query if ended else query.where(_NODE.ended_at.is_(None))).all()
    evidence = schema.evidence.c
    counted = connection.execute(
        select(evidence.node_id, func.count())
        .join(schema.node, _NODE.id == evidence.node_id)
        .where(_NODE.strategy_id == row.id)
        .group_by(evidence.node_id)
    )
    counts = {int(found[0]): int(found[1]) for found in counted}
    return StrategyTree(
        id=row.id,
        campaign=row.campaign,
        title=row.title,
        owner=row.owner,
        summary=row.summary,
        period_from=date.fromisoformat(row.period_from),
        period_to=date.fromisoformat(row.period_to),
        nodes=tuple(_depth_first(rows, counts)),
    )


def _depth_first(rows: Sequence[Row[Any]], counts: dict[int, int]) -> list[TreeNode]:
    standing = {row.id for row in rows}
    under: dict[int | None, list[Row[Any]]] = {}
    for row in sorted(rows, key=lambda row: (row.ended_at is not None, row.position, row.id)):
        parent = row.parent_id if row.parent_id in standing else None
        under.setdefault(parent, []).append(row)
    found: list[TreeNode] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in under.get(parent, []):
            found.append(_node(row, depth, counts.get(row.id, 0)))
            walk(row.id, depth + 1)

    walk(None, 0)
    return found


def _node(row: Row[Any], depth: int, stories: int) -> TreeNode:
    return TreeNode(
        id=row.id,
        strategy=row.strategy_id,
        code=row.code,
        parent_id=row.parent_id,
        kind=NodeKind(row.kind),
        title=row.title,
        text=row.text,
        colour=row.colour,
        words=tuple(row.words),
        depth=depth,
        ended_at=row.ended_at,
        stories=stories,
    )
