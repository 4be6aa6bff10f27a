"""Two strategies read through each other: which nodes serve which of another one. Drawn by ``storage.strategy``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from storage import schema
from storage.store import Store
from storage.strategy import StrategyTree

_MAPPING = schema.mapping.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A node that serves one of another strategy, and why as far as anybody wrote it."""

    node_id: int
    serves_id: int
    reason: str = ""


def mappings(store: Store, campaign: str) -> tuple[Tie, ...]:
    """Return every tie of a campaign, in the order of the nodes that serve."""
    return _ties(store, _MAPPING.campaign == campaign)


def serving(store: Store, node_ids: Collection[int]) -> tuple[Tie, ...]:
    """Return what serves any of these nodes; no nodes are served by nothing."""
    return _ties(store, _MAPPING.serves_id.in_(list(node_ids)))


def served(store: Store, node_ids: Collection[int]) -> tuple[Tie, ...]:
    """Return what these nodes serve."""
    return _ties(store, _MAPPING.node_id.in_(list(node_ids)))


def through(trees: Sequence[StrategyTree], ties: Iterable[Tie], node_ids: Collection[int]) -> dict[int, int]:
    """Return the nodes of other strategies whose stories tell of these nodes too: each with the node that serves.

    What stands under a node that serves, serves with it; the nearest one that is tied is the one that is named.
    """
    wanted = set(node_ids)
    serve = {tie.node_id for tie in ties if tie.serves_id in wanted} - wanted
    found: dict[int, int] = {}
    for tree in trees:
        if serve.isdisjoint(node.id for node in tree.nodes):
            continue
        above: dict[int, int] = {}
        # Depth first: whoever stands over a node has been met before it.
        for node in tree.nodes:
            by = node.id if node.id in serve else above.get(node.parent_id) if node.parent_id is not None else None
            if by is not None:
                above[node.id] = found[node.id] = by
    return found


def larger(
    trees: Sequence[StrategyTree], ties: Iterable[Tie], node_ids: Iterable[int]
) -> Mapping[int, tuple[int, ...]]:
    """Return the nodes that each of these serves, by itself or by what it stands under, in their strategies' order."""
    by_node: dict[int, list[int]] = {}
    for tie in ties:
        by_node.setdefault(tie.node_id, []).append(tie.serves_id)
    order = {node.id: place for place, node in enumerate(node for tree in trees for node in tree.nodes)}
    homes = {node.id: tree for tree in trees for node in tree.nodes}
    found: dict[int, tuple[int, ...]] = {}
    for node_id in node_ids:
        tree = homes.get(node_id)
        if tree is None:
            continue
        path = (node_id, *(node.id for node in tree.above(node_id)))
        serves = {each for own in path for each in by_node.get(own, ()) if each in order}
        if serves:
            found[node_id] = tuple(sorted(serves, key=lambda each: order[each]))
    return found


def _ties(store: Store, condition: ColumnElement[bool]) -> tuple[Tie, ...]:
    node = schema.node.c
    query = (
        select(_MAPPING.node_id, _MAPPING.serves_id, _MAPPING.reason)
        .join(schema.node, node.id == _MAPPING.node_id)
        .where(condition)
        .order_by(node.strategy_id, node.position, node.id, _MAPPING.serves_id)
    )
    with store.read() as connection:
        rows = connection.execute(query)
        return tuple(Tie(node_id=row.node_id, serves_id=row.serves_id, reason=row.reason) for row in rows)
