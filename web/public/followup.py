"""How it goes for the goals, in public: measuring points that were published, and two of them beside each other.

What is shown is what was frozen, less what readers may not see any more: stories that are not public, and what was
erased on request. Pictures are looked up now, since rights to them end.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.settings import CampaignSettings
from campaign.sheets import write_csv
from campaign.snapshots import Content, Part, PartKind, SnapshotKind
from storage.snapshots import Snapshot, content, get_snapshot, parts, snapshots
from storage.stories import get_stories
from storage.strategy import StrategyTree, TreeNode
from web.compared import Compared, compared, table
from web.goals import followed, picture
from web.house import KEEP, House, Visit
from web.public.cards import Card, card
from web.public.growth import trees
from web.rendering import View

#: So many stories of a focus area are told with their words; the rest are counted.
_STORIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The latest that was published of how one goal goes. ``status`` and ``text`` are a person's."""

    status: str
    text: str
    day: date
    point: int
    kind: SnapshotKind
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A strategy with its published measuring points, the latest first, and those that are set beside each other."""

    tree: StrategyTree
    points: tuple[Snapshot, ...]
    pairs: tuple[tuple[Snapshot, Snapshot], ...]


def followup(visit: Visit) -> Response:
    """List the published measuring points of the campaign, and the comparisons of each with the one before."""
    found = _followed(visit)
    if not found and visit.campaign.strategy is None:
        raise NotFoundError("page")
    return visit.page("public/followup.html", followed=found)


def point(visit: Visit) -> Response:
    """Show one measuring point: figures, stories and gaps of a strategy on one page."""
    shown = _find(visit, "snapshot")
    told = content(visit.store, shown.id, public=True)
    return visit.page("public/followup_point.html", **point_told(visit.house, visit.view, visit.campaign, shown, told))


def point_parts(visit: Visit) -> Response:
    """Answer with a measuring point's parts and their hashes, so that anybody can check it."""
    shown = _find(visit, "snapshot")
    kept = parts(visit.store, shown.id)
    hidden = _hidden(kept, content(visit.store, shown.id, public=True))
    body = {
        "id": shown.id,
        "title": shown.title,
        "as_of": shown.as_of.isoformat(),
        "sha256": shown.hash,
        "parts": [_part(each, hidden) for each in kept],
    }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Response(text, media_type="application/json", headers={KEEP: "1"})


def comparison(visit: Visit) -> Response:
    """Show two measuring points beside each other, goal by goal."""
    earlier, later, told = _compared(visit)
    return visit.page("public/followup_compare.html", earlier=earlier, later=later, compared=told)


def comparison_csv(visit: Visit) -> Response:
    """Answer with the comparison as a table that a Swedish Excel opens."""
    earlier, later, told = _compared(visit)
    name = f"{visit.view.language.t('followup.compare.csv_name')}-{earlier.as_of}-{later.as_of}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', KEEP: "1"}
    return Response(write_csv(table(told, visit.view.language)), media_type="text/csv; charset=utf-8", headers=headers)


def point_told(house: House, view: View, campaign: CampaignSettings, shown: Snapshot, told: Content) -> dict[str, Any]:
    """Return what the page of a measuring point is told, from what readers may see of it."""
    made = picture(told, public=True)
    wanted = [each.story for area in made.areas for each in area.stories[:_STORIES]]
    stories = {story.id: story for story in get_stories(house.store, list(dict.fromkeys(wanted)), public=True)}
    cards: dict[int, Card] = {
        story_id: card(story, house.settings, view.language, now=view.now) for story_id, story in stories.items()
    }
    others = [each for each in snapshots(house.store, shown.strategy, public=True) if each.id != shown.id]
    return {
        "point": shown,
        "content": told,
        "picture": made,
        "cards": cards,
        "most": _STORIES,
        "earlier": [each for each in others if (each.as_of, each.id) < (shown.as_of, shown.id)],
        "tree": next((each for each in trees(house, campaign.id) if each.id == shown.strategy), None),
    }


def status_of(visit: Visit, node_id: int) -> Published | None:
    """Return the latest published status of a goal, None where none was published."""
    key = ("followup", visit.campaign.id)
    return visit.house.keep(key, lambda: _statuses(visit.house, visit.campaign.id)).get(node_id)


def points_of(visit: Visit, node: TreeNode) -> list[Snapshot]:
    """Return the published measuring points that hold a node, the latest day last."""
    shown = snapshots(visit.store, node.strategy, public=True)
    return [each for each in shown if any(one.id == node.id for one in followed(content(visit.store, each.id)))]


def _statuses(house: House, campaign: str) -> dict[int, Published]:
    found: dict[int, Published] = {}
    for shown in _public(house, campaign):
        for each in content(house.store, shown.id, public=True).analyses:
            found[each.node] = Published(
                status=str(each.status), text=each.text, day=shown.as_of, point=shown.id, kind=shown.kind,
                title=shown.title,
            )  # fmt: skip
    return found


def _public(house: House, campaign: str) -> list[Snapshot]:
    """Return the published measuring points of a campaign, of each strategy the latest day last."""
    return [shown for tree in trees(house, campaign) for shown in snapshots(house.store, tree.id, public=True)]


def _followed(visit: Visit) -> list[Followed]:
    found = []
    for tree in trees(visit.house, visit.campaign.id):
        shown = snapshots(visit.store, tree.id, public=True)
        if shown:
            pairs = tuple(pairwise(shown))[::-1]
            if len(shown) > 2:
                pairs = (*pairs, (shown[0], shown[-1]))
            found.append(Followed(tree=tree, points=tuple(shown[::-1]), pairs=pairs))
    return found


def _find(visit: Visit, name: str) -> Snapshot:
    number = int(visit.request.path_params[name])
    if number > 2**31 - 1:
        raise NotFoundError("page")
    shown = get_snapshot(visit.store, number, public=True)
    if shown.campaign != visit.campaign.id:
        raise NotFoundError("page")
    return shown


def _compared(visit: Visit) -> tuple[Snapshot, Snapshot, Compared]:
    earlier, later = _find(visit, "earlier"), _find(visit, "later")
    before, after = (content(visit.store, each.id, public=True) for each in (earlier, later))
    try:
        return earlier, later, compared(before, after, public=True)
    except InputError as error:
        raise NotFoundError("page") from error


def _part(part: Part, hidden: Container[int]) -> Mapping[str, object]:
    """Return one part as readers may have it: what they may not see keeps its hash alone."""
    return {
        "position": part.position,
        "kind": str(part.kind),
        "sha256": part.sha256,
        "body": None if part.position in hidden else part.body,
        "erased": part.erased_at is not None,
    }


def _hidden(kept: Sequence[Part], told: Content) -> set[int]:
    """Return the positions of the parts that readers may not see: of other stories and indicators than are told."""
    stories = {(each.story, each.node) for each in told.evidence}
    indicators = {each.id for each in told.indicators}
    found: set[int] = set()
    for part in kept:
        body = json.loads(part.body) if part.body is not None else {}
        if not body:
            continue
        if part.kind is PartKind.EVIDENCE:
            # Why it was chosen is said to the desk alone; a part can be told whole or not at all.
            is_shown = (body["story"], body["node"]) in stories and not body["reason"]
        elif part.kind is PartKind.INDICATOR:
            is_shown = body["indicator"]["id"] in indicators
        else:
            is_shown = part.kind is not PartKind.VALUE or body["indicator"] in indicators
        if not is_shown:
            found.add(part.position)
    return found
