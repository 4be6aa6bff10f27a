"""The campaign's strategies as the public reads them: its own as a tree, then those that it serves, through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.figure_words import value_words
from campaign.strategy import NodeKind
from storage.archive import Wanted, browse, silences
from storage.areas import ACROSS
from storage.counts import Tally
from storage.goal_story import values_of
from storage.indicators import StoredIndicator, list_indicators
from storage.keys import moment_of
from storage.mapping import Tie, through
from storage.strategy import StrategyTree, TreeNode
from web.bars import Bars, Spark, bars, sparkline
from web.charts import points_of
from web.figures import main_area, of_area
from web.house import Visit
from web.public.growth import by_month, sets, sources_of, ties, trees
from web.public.node import Linked, counts, homes_of
from web.timeline import Stretch, quarters_of_months, unheard

#: So many quarters are drawn beside an area, and so many measures stand on the page.
_QUARTERS, _MOST_FIGURES = 12, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A node with what stands under it, how many stories it has, when the last was, and a sign of its activity."""

    node: TreeNode
    children: list[Branch]
    count: int
    newest: date | None
    pulse: Bars | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure in a row of words: its latest value and where it is going."""

    stored: StoredIndicator
    value: str
    spark: Spark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A node of a larger strategy, what serves it, and how many stories it has by that and by itself."""

    node: TreeNode
    by: list[Linked]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Larger:
    """A strategy that the campaign's own one serves, with its nodes in groups of one kind."""

    tree: StrategyTree
    groups: list[tuple[NodeKind, list[Served]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What is counted of the whole archive, once for a page."""

    told: Sequence[Tally]
    silent: Sequence[Stretch]
    known: Sequence[StrategyTree]
    ties: Sequence[Tie]
    homes: Mapping[int, Linked]


def strategies(visit: Visit) -> Response:
    """Show the campaign's own strategy as a tree, and those that it serves as they are seen through it."""
    found = trees(visit.house, visit.campaign.id)
    if not found and visit.campaign.strategy is None:
        raise NotFoundError("page")
    own = found[0] if found else None
    sources = sources_of(visit)
    counted = _Counted(
        told=sets(visit.house, visit.campaign.id),
        silent=unheard(silences(visit.store, sources), sources, visit.view.now),
        known=found,
        ties=ties(visit.house, visit.campaign.id),
        homes=homes_of(found),
    )
    return visit.page(
        "public/strategies.html",
        tree=own,
        branches=_branches(visit, own, counted) if own else [],
        across=_across(visit, own, counted) if own else [],
        measures=_measures(visit, own) if own else [],
        larger=[_larger(tree, counted) for tree in found[1:]],
        followed=visit.view.followed,
    )


def _branches(visit: Visit, tree: StrategyTree, counted: _Counted) -> list[Branch]:
    """Return what a strategy divides itself into, in force, without what runs through it."""
    tops = [node for node in tree.nodes if not node.depth and node.ended_at is None and node.kind not in ACROSS]
    number = counts(visit, tree)
    return [_branch(visit, tree, node, number, counted) for node in tops]


def _branch(visit: Visit, tree: StrategyTree, node: TreeNode, number: dict[int, int], counted: _Counted) -> Branch:
    zone = visit.house.settings.site.timezone
    own = set(tree.below(node.id))
    months = by_month(each for each in counted.told if not own.isdisjoint(each.nodes))
    newest = browse(visit.store, visit.campaign.id, Wanted(nodes=tuple(own)), limit=1).keys if months else []
    children = [each for each in tree.nodes if each.parent_id == node.id and each.ended_at is None]
    made = quarters_of_months(months, counted.silent, now=visit.view.now, zone=zone, most=_QUARTERS)
    return Branch(
        node=node,
        children=[_branch(visit, tree, each, number, counted) for each in children],
        count=number[node.id],
        newest=moment_of(newest[0]).astimezone(zone).date() if newest else None,
        pulse=bars(made, width=132, height=30, foot=3) if len(made) > 1 else None,
    )


def _across(visit: Visit, tree: StrategyTree, counted: _Counted) -> list[tuple[NodeKind, list[Branch]]]:
    """Return what runs through a strategy, by kind: themes, strengths, initiatives."""
    number = counts(visit, tree)
    groups = []
    for kind in (NodeKind.THEME, NodeKind.STRENGTH, NodeKind.INITIATIVE):
        nodes = [node for node in tree.nodes if not node.depth and node.ended_at is None and node.kind is kind]
        if nodes:
            groups.append((kind, [_branch(visit, tree, node, number, counted) for node in nodes]))
    return groups


def _measures(visit: Visit, tree: StrategyTree) -> list[Measure]:
    found = list_indicators(visit.store, visit.campaign.id, tree.id, public=True)[:_MOST_FIGURES]
    values = values_of(visit.store, [each.id for each in found])
    measures = []
    for each in found:
        points = points_of(of_area(values[each.id], main_area(each.wording, values[each.id])))
        last = next((point for point in reversed(points) if point.value is not None), None)
        words = value_words(last.value, each.wording, visit.view.language) if last else ""
        measures.append(Measure(stored=each, value=words, spark=sparkline(points)))
    return measures


def _larger(tree: StrategyTree, counted: _Counted) -> Larger:
    groups: dict[NodeKind, list[Served]] = {}
    for node in tree.nodes:
        if node.ended_at is None and (not node.depth or any(tie.serves_id == node.id for tie in counted.ties)):
            groups.setdefault(node.kind, []).append(_served(tree, node, counted))
    return Larger(tree=tree, groups=list(groups.items()))


def _served(tree: StrategyTree, node: TreeNode, counted: _Counted) -> Served:
    own = tree.below(node.id)
    seen = {*own, *through(counted.known, counted.ties, own)}
    by = dict.fromkeys(tie.node_id for tie in counted.ties if tie.serves_id in own)
    return Served(
        node=node,
        by=[counted.homes[each] for each in by if each in counted.homes],
        count=sum(each.count for each in counted.told if not seen.isdisjoint(each.nodes)),
    )
