"""Focus areas: which one every node of a campaign's own strategy stands in. One definition for rings, letter and desk.

A campaign's own strategy is the first of its strategies; the others are those that it serves, and colour nothing. A
part only holds areas together, and what runs through the whole (themes, strengths, initiatives) is no area either.
"""

from __future__ import annotations

from collections.abc import Sequence

from campaign.records import NodeRef
from campaign.strategy import NodeKind
from storage.store import Store
from storage.strategy import StrategyTree, TreeNode, read_strategies

#: What runs through a strategy instead of dividing it.
ACROSS = frozenset({NodeKind.THEME, NodeKind.STRENGTH, NodeKind.INITIATIVE})


def focus_areas(trees: Sequence[StrategyTree]) -> dict[int, TreeNode]:
    """Return the focus area of every node of the first strategy that stands in one, in the areas' order.

    Areas that have ended come last, so that what was told of them keeps its colour.
    """
    if not trees:
        return {}
    tree = trees[0]
    holding = {node.parent_id for node in tree.nodes if node.kind not in ACROSS}
    found: dict[int, TreeNode] = {}
    for node in tree.nodes:
        area = tree.area_of(node.id)
        if area is None or area.kind in ACROSS or (area.kind is NodeKind.PART and area.id in holding):
            continue
        found[node.id] = area
    return dict(sorted(found.items(), key=lambda pair: pair[1].ended_at is not None))


def areas(store: Store, campaign: str) -> dict[int, NodeRef]:
    """Return the focus area of every node of a campaign's own strategy by the node's id, in the areas' order."""
    found = focus_areas(read_strategies(store, campaign, ended=True))
    return {node_id: as_ref(area) for node_id, area in found.items()}


def as_ref(node: TreeNode) -> NodeRef:
    """Return a node as it stands beside a story."""
    return NodeRef(id=node.id, strategy=node.strategy, code=node.code, title=node.title, colour=node.colour)
