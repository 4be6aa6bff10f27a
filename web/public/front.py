"""The front page: what the campaign is, what grows now, how it has grown, and the latest letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from campaign.records import Story
from storage.archive import Wanted, browse, latest
from storage.strategy import TreeNode
from web.house import Visit
from web.public.cards import Card
from web.public.growth import area_legend, area_nodes, rings, sentence, sets, shown
from web.public.issues import newest_issue

_NOW = 9
_PER_AREA = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaList:
    """A focus area with how many stories stand under it and the newest of them."""

    strategy: str
    node: TreeNode
    count: int
    cards: list[Card]


def front(visit: Visit) -> Response:
    """Show the front page."""
    newest = latest(visit.store, visit.campaign.id, limit=_NOW)
    leading = _leading(visit, newest)
    drawn = rings(visit)
    areas = area_legend(visit.house, visit.campaign.id)
    return visit.page(
        "public/front.html",
        leading=shown(visit, leading, excerpt=320) if leading else None,
        cards=[shown(visit, story) for story in newest if story is not leading][: _NOW - 1],
        rings=drawn,
        sentence=sentence(drawn, visit.view.language, areas=areas),
        areas=_areas(visit),
        area_nodes=areas,
        years=sorted({week.year for week in drawn.weeks if week.total}, reverse=True),
        ways=_ways(visit),
        issue=newest_issue(visit),
    )


def _ways(visit: Visit) -> list[tuple[str, str]]:
    """Return the ways into the archive: paths and what names them in the catalogue."""
    ways = [("/archive", "archive"), ("/places", "places")]
    ways += [("/strategy", "strategy")] if visit.campaign.strategy else []
    ways.append(("/whole", "whole"))
    return [*ways, ("/issues", "issues")] if visit.view.newsletters else ways


def _leading(visit: Visit, newest: Sequence[Story]) -> Story | None:
    """Return the story to lead with: the newest that the desk lifted, else the newest with a picture."""
    lifted = latest(visit.store, visit.campaign.id, limit=1, featured=True)
    if lifted:
        return next((story for story in newest if story.id == lifted[0].id), lifted[0])
    pictured = (story for story in newest if shown(visit, story).picture is not None)
    return next(pictured, newest[0] if newest else None)


def _areas(visit: Visit) -> list[AreaList]:
    areas = area_nodes(visit.house, visit.campaign.id)
    told: Counter[int] = Counter()
    for each in sets(visit.house, visit.campaign.id):
        told.update(dict.fromkeys({areas[node].id for node in each.nodes if node in areas}, each.count))
    found = []
    for area in area_legend(visit.house, visit.campaign.id).values():
        if area.ended_at is not None:
            continue
        ids = tuple(node for node, own in areas.items() if own.id == area.id)
        page = browse(visit.store, visit.campaign.id, Wanted(nodes=ids), limit=_PER_AREA)
        cards = [shown(visit, story) for story in page.stories]
        found.append(AreaList(strategy=area.strategy, node=area, count=told[area.id], cards=cards))
    return found
