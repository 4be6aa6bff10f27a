"""The front page: what the campaign is, what grows now, how it has grown, and the latest letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from campaign.records import Story
from storage.archive import Wanted, browse, latest
from storage.strategy import TreeNode
from web.house import Visit
from web.public.cards import Card, card
from web.public.growth import area_legend, numbers, rings, sentence, trees
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
    settings, language, now = visit.house.settings, visit.view.language, visit.view.now
    newest = latest(visit.store, visit.campaign.id, limit=_NOW)
    leading = _leading(visit, newest)
    drawn = rings(visit)
    return visit.page(
        "public/front.html",
        leading=card(leading, settings, language, now=now, excerpt=320) if leading else None,
        cards=[card(story, settings, language, now=now) for story in newest if story is not leading][: _NOW - 1],
        rings=drawn,
        sentence=sentence(drawn, language),
        areas=_areas(visit),
        area_nodes=area_legend(visit.house, visit.campaign.id),
        latest_year=max((week.year for week in drawn.weeks if week.total), default=visit.view.now.year),
        issue=newest_issue(visit),
    )


def _leading(visit: Visit, newest: Sequence[Story]) -> Story | None:
    """Return the story to lead with: the newest that the desk lifted, else the newest with a picture."""
    lifted = latest(visit.store, visit.campaign.id, limit=1, featured=True)
    if lifted:
        return next((story for story in newest if story.id == lifted[0].id), lifted[0])
    settings, language, now = visit.house.settings, visit.view.language, visit.view.now
    pictured = (story for story in newest if card(story, settings, language, now=now).picture is not None)
    return next(pictured, newest[0] if newest else None)


def _areas(visit: Visit) -> list[AreaList]:
    entries = numbers(visit.house, visit.campaign.id).entries
    found = []
    for tree in trees(visit.house, visit.campaign.id):
        for node in tree.nodes:
            if node.depth or node.ended_at is not None:
                continue
            ids = tree.below(node.id)
            page = browse(visit.store, visit.campaign.id, Wanted(nodes=ids), limit=_PER_AREA)
            found.append(
                AreaList(
                    strategy=tree.id,
                    node=node,
                    count=sum(not set(ids).isdisjoint(entry.nodes) for entry in entries),
                    cards=[
                        card(story, visit.house.settings, visit.view.language, now=visit.view.now)
                        for story in page.stories
                    ],
                )
            )
    return found
