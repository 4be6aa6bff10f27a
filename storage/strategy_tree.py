"""A strategy as it stands in the database: a tree of nodes, depth first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from campaign.strategy import NodeKind
from storage import schema

_NODE = schema.node.c


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
    why: str = ""
    success: str = ""
    how: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    agenda: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyTree:
    """A strategy as read back; ``nodes`` stand depth first in the order of the file, ended ones left out or last.

    ``position`` 0 is the campaign's own, those after it are what it serves. ``version`` 0: no document is kept yet.
    ``file_hash`` is of the file as last loaded, ``file_version`` the version that held then.
    """

    id: str
    campaign: str
    title: str
    owner: str
    summary: str
    period_from: date
    period_to: date
    nodes: tuple[TreeNode, ...]
    note: str = ""
    names: tuple[tuple[str, str], ...] = ()
    position: int = 0
    version: int = 0
    file_hash: str = ""
    file_version: int = 0

    def find(self, code: str) -> TreeNode | None:
        """Return the node of a code, in any case of its letters."""
        return next((node for node in self.nodes if node.code.casefold() == code.casefold()), None)

    def name_of(self, kind: NodeKind) -> str:
        """Return what its planners call a kind of node, "" where they have no word of their own."""
        return dict(self.names).get(str(kind), "")

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


def _tree(connection: Connection, row: Row[Any], *, ended: bool) -> StrategyTree:
    query = select(schema.node).where(_NODE.strategy_id == row.id).order_by(_NODE.position, _NODE.id)
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
        note=row.note,
        names=tuple(row.names.items()),
        position=row.position,
        version=row.version,
        file_hash=row.file_hash,
        file_version=row.file_version,
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
        why=row.why,
        success=row.success,
        how=tuple(row.how),
        responsible=tuple(row.responsible),
        agenda=tuple(row.agenda),
    )
