"""The campaign's strategies, and one of them with what is told of it and what is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.strategy import NodeKind
from storage.coverage import SILENT_WEEKS, Coverage, NodeCoverage, Told, coverage
from storage.strategy import StrategyTree, find_strategy, read_strategies
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: What the list can be narrowed to.
SHOWN = ("all", "silent", "figures", "bare")

#: Kinds that stand apart from the tree of areas and goals.
_ACROSS = (NodeKind.THEME, NodeKind.STRENGTH, NodeKind.INITIATIVE)

#: A sparkline: a bar is so wide, with so much between, and so high at most.
_BAR, _BETWEEN, _HIGH = 5, 2, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One quarter of a sparkline, in its own units."""

    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A node in the list. ``state`` is "told", "quiet" or "never": a shape and a word, not only a colour."""

    of: NodeCoverage
    state: str
    bars: tuple[Bar, ...]
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that stand together: the tree ("") or those of one kind that runs across it."""

    kind: str
    rows: tuple[Row, ...]


@router.get("/desk/strategy")
def strategies(desk: AtDesk) -> Response:
    """List the campaign's strategies; where there is one alone, go to it; where there is none, tell how to begin."""
    found = read_strategies(desk.store, desk.campaign.id)
    if len(found) == 1:
        return desk.go(desk.url(f"/desk/strategy/{found[0].id}"))
    told = {
        tree.id: coverage(desk.store, tree.campaign, tree.id, now=desk.now, places=desk.campaign.places)
        for tree in found
    }
    return desk.page("desk/strategies.html", trees=found, told=told)


@router.get("/desk/strategy/{strategy}")
def strategy(desk: AtDesk, strategy: str) -> Response:
    """Show a strategy as a tree with what is told of each part, narrowed and sorted as asked."""
    get_tree(desk, strategy)
    found = coverage(desk.store, desk.campaign.id, strategy, now=desk.now, places=desk.campaign.places)
    show = desk.asked("show") if desk.asked("show") in SHOWN else "all"
    place = next((each for each in found.places if each.id == desk.asked("place")), None)
    kept = [each for each in found.standing if _is_shown(each, show) and (place is None or _tells(each, place.id))]
    sort = "silent" if desk.asked("sort") == "silent" else ""
    return desk.page(
        "desk/strategy.html",
        tree=found.tree,
        told=found,
        groups=_groups(kept, flat=sort == "silent" or show != "all" or place is not None, sort=sort),
        ended=[_row(each, 0) for each in found.ended],
        counts={name: sum(_is_shown(each, name) for each in found.standing) for name in SHOWN},
        show=show,
        sort=sort,
        place=place,
        bars=bars_of(found.whole),
        silent_weeks=SILENT_WEEKS,
        others=[each for each in read_strategies(desk.store, desk.campaign.id) if each.id != strategy],
        said=said(desk),
    )


def get_tree(desk: Desk, strategy: str) -> StrategyTree:
    """Return a strategy of the campaign with everything that has ended. NotFoundError ``strategy_missing``."""
    found = find_strategy(desk.store, strategy)
    if found is None or found.campaign != desk.campaign.id:
        raise NotFoundError("strategy_missing", strategy=strategy)
    return found


def said(desk: Desk) -> str:
    """Return what the page before did, in words; "" for nothing."""
    key = f"strategy.desk.said.{desk.asked('said')}"
    return desk.t(key) if desk.asked("said") and desk.language.has(key) else ""


def kind_name(desk: Desk, tree: StrategyTree | None, kind: NodeKind | str) -> str:
    """Return what a kind of node is called: the planners' own word, else ours."""
    own = tree.name_of(NodeKind(kind)) if tree is not None else ""
    return own or desk.t(f"strategy.desk.kind.{kind}")


def bars_of(told: Told) -> tuple[Bar, ...]:
    """Return the quarters of a sparkline, the highest as high as it may be; a quarter with nothing is a line."""
    most = max(told.quarters, default=0) or 1
    heights = [max(1.0, round(_HIGH * each / most, 1)) for each in told.quarters]
    return tuple(Bar(x=at * (_BAR + _BETWEEN), y=_HIGH - high, height=high) for at, high in enumerate(heights))


def _is_shown(each: NodeCoverage, show: str) -> bool:
    match show:
        case "silent":
            return each.whole.silent and each.through.silent
        case "figures":
            return each.node.kind is NodeKind.GOAL and not each.figures
        case "bare":
            return each.bare
        case _:
            return True


def _tells(each: NodeCoverage, place: str) -> bool:
    return place in each.whole.places or place in each.through.places


def _groups(found: list[NodeCoverage], *, flat: bool, sort: str) -> list[Group]:
    """Return the tree and, apart from it, what runs across; flat where only some are shown."""
    if sort == "silent":
        found = sorted(found, key=lambda each: -(each.whole.weeks if each.whole.weeks is not None else 10**6))
    if flat:
        return [Group(kind="", rows=tuple(_row(each, 0) for each in found))] if found else []
    across = {each.node.id for each in found if each.node.kind in _ACROSS and each.node.depth == 0}
    groups = {"": [each for each in found if each.node.id not in across]}
    for kind in _ACROSS:
        groups[str(kind)] = [each for each in found if each.node.id in across and each.node.kind is kind]
    return [
        Group(kind=kind, rows=tuple(_row(each, each.node.depth) for each in rows))
        for kind, rows in groups.items()
        if rows
    ]


def _row(each: NodeCoverage, depth: int) -> Row:
    state = "told" if not each.whole.silent else "never" if each.whole.last_at is None else "quiet"
    return Row(of=each, state=state, bars=bars_of(each.whole), depth=min(depth, 3))


def covered(found: Coverage, node_id: int) -> dict[str, Any]:
    """Return what a node's own page tells of its coverage."""
    each = next(each for each in found.nodes if each.node.id == node_id)
    return {"told": _row(each, 0), "quarters": found.quarters, "desk_places": {p.id: p.name for p in found.places}}
