"""Strategies with what they want, what is told of it, and what is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from campaign.figure_words import area_words
from storage.counts import tally
from storage.goal_story import values_of
from storage.indicators import StoredIndicator, list_indicators
from web.api import models
from web.api.call import Call
from web.api.problems import Trouble
from web.api.writing import Kept
from web.public.growth import trees


def strategies(call: Call, kept: Kept) -> models.StrategyList:  # noqa: ARG001 - every answer has the same shape
    """Answer with the campaign's strategies, its own first."""
    return models.StrategyList(
        items=[
            models.Strategy(
                id=tree.id,
                title=tree.title,
                owner=tree.owner,
                summary=tree.summary,
                period_from=tree.period_from,
                period_to=tree.period_to,
                version=tree.version,
                url=call.site("/strategy"),
                api_url=call.api(f"/strategies/{tree.id}/nodes"),
            )
            for tree in trees(call.house, call.campaign.id)
        ]
    )


def nodes(call: Call, kept: Kept) -> models.NodeTree:  # noqa: ARG001 - as above
    """Answer with the nodes of one strategy, depth first, with how many public stories tell of each."""
    tree = next((each for each in trees(call.house, call.campaign.id) if each.id == call.part["id"]), None)
    if tree is None:
        raise Trouble("missing")
    sets = call.house.keep(("api node sets", call.campaign.id), lambda: node_sets(call))
    return models.NodeTree(
        strategy=tree.id,
        items=[
            models.Node(
                id=node.id,
                parent=node.parent_id,
                depth=node.depth,
                kind=str(node.kind),
                code=node.code,
                title=node.title,
                text=node.text,
                colour=node.colour,
                ended_at=node.ended_at,
                stories=_stories(sets, {node.id}),
                stories_below=_stories(sets, set(tree.below(node.id))),
                url=call.site(f"/strategy/{tree.id}/{node.code}"),
            )
            for node in tree.nodes
        ],
    )


def node_sets(call: Call) -> Counter[tuple[int, ...]]:
    """Return how many public stories stand under each set of nodes."""
    counted: Counter[tuple[int, ...]] = Counter()
    for each in tally(call.store, call.campaign.id, "nodes", period="month"):
        counted[each.nodes] += each.count
    return counted


def _stories(sets: Mapping[tuple[int, ...], int], wanted: set[int]) -> int:
    """Return how many stories stand under any of some nodes, each counted once."""
    return sum(count for nodes, count in sets.items() if not wanted.isdisjoint(nodes))


def indicators(call: Call, kept: Kept) -> models.IndicatorList:  # noqa: ARG001 - as above
    """Answer with everything that readers may see measured."""
    return models.IndicatorList(items=[_head(call, each) for each in _public(call)])


def indicator(call: Call, kept: Kept) -> models.Indicator:  # noqa: ARG001 - as above
    """Answer with one indicator and what is known of it now."""
    strategy, code = call.part["strategy"], call.part["code"].casefold()
    stored = next((each for each in _public(call) if (each.strategy, each.code.casefold()) == (strategy, code)), None)
    if stored is None:
        raise Trouble("missing")
    return models.Indicator(
        indicator=_head(call, stored),
        measurements=[
            models.Measurement(
                area=each.area,
                area_name=area_words(each.area, stored.wording, call.view.language),
                sex=str(each.sex),  # type: ignore[arg-type] # the words of the enumeration are those of the type
                period=each.period,
                value=each.value,
                preliminary=each.preliminary,
                known_from=each.known_from,
            )
            for each in values_of(call.store, [stored.id])[stored.id]
        ],
    )


def _public(call: Call) -> list[StoredIndicator]:
    standing = {tree.id for tree in trees(call.house, call.campaign.id)}
    found = list_indicators(call.store, call.campaign.id, ended=True, public=True)
    return [each for each in found if each.strategy in standing]


def _head(call: Call, stored: StoredIndicator) -> models.IndicatorHead:
    wording = stored.wording
    first = wording.areas[0] if wording.areas else ""
    return models.IndicatorHead(
        strategy=stored.strategy,
        code=stored.code,
        title=wording.title,
        unit=wording.unit,
        decimals=wording.decimals,
        direction=str(wording.direction),  # type: ignore[arg-type] # as above
        source=wording.source,
        origin=str(wording.origin),  # type: ignore[arg-type] # as above
        nodes=list(stored.nodes),
        targets=[models.Target(area=each.area or first, year=each.year, value=each.value) for each in wording.targets],
        ended_at=stored.ended_at,
        url=call.site(f"/figures/{stored.strategy}/{stored.code}"),
        api_url=call.api(f"/indicators/{stored.strategy}/{stored.code}"),
    )
