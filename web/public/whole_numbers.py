"""Reads what the whole is made of: counts by week or month, the times not heard, and who has what of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from campaign.kinds import KINDS
from campaign.places import Offer, offer
from campaign.strategy import NodeKind
from storage.archive import silences
from storage.areas import ACROSS
from storage.counts import Tally, tally
from storage.strategy import StrategyTree, TreeNode
from web.house import Visit
from web.public.growth import area_nodes, sources_of, trees
from web.public.place_counts import alphabetical, home_of
from web.rendering import network_name
from web.timeline import unheard
from web.whole import MOST_WEEKS, Row, Time, by_value, heard, row, times
from web.whole_charts import Quiet

#: The charts of the page by their addresses.
CHARTS = ("rings", "activity", "places", "networks", "evidence", "silence")
#: So many places have rows of their own; what is beyond stands in one.
_MOST_PLACES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The years that a reader asks for, None for no bound."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The campaign over time in numbers. ``years`` are all that it has, whatever was asked for.

    ``quiet`` tells how long each goal has been silent at the end, by the keys of ``goals``; ``goal_kind`` is
    "area" where the strategy has no goals and its focus areas stand for them.
    """

    years: tuple[int, ...] = ()
    first_year: int = 0
    last_year: int = 0
    known: tuple[Time, ...] = ()
    total: int = 0
    areas: tuple[Row, ...] = ()
    places: tuple[Row, ...] = ()
    places_chosen: bool = False
    unplaced: int = 0
    networks: tuple[Row, ...] = ()
    goals: tuple[Row, ...] = ()
    goal_kind: str = "goal"
    quiet: Mapping[str, Quiet]

    @property
    def is_narrowed(self) -> bool:
        """Whether it is not the whole time."""
        return bool(self.years) and (self.first_year, self.last_year) != (self.years[0], self.years[-1])


def read(visit: Visit, span: Span, today: date) -> Whole:
    """Read the whole, or the years of it that are asked for."""
    campaign, store = visit.campaign.id, visit.store
    weekly = tally(store, campaign, "nodes")
    this_year = today.isocalendar().year
    if not weekly:
        return Whole(quiet={}, first_year=this_year, last_year=this_year)
    years = tuple(range(weekly[0].year, max(this_year, weekly[-1].year) + 1))
    since = min(max(span.since or years[0], years[0]), years[-1])
    until = max(min(span.until or years[-1], years[-1]), since)
    first = max(_monday(weekly[0].period), date.fromisocalendar(since, 1, 1))
    # A week belongs to one year by its Thursday; where months are told, the year is the calendar's.
    last = min(max(today, _monday(weekly[-1].period)), date.fromisocalendar(until + 1, 1, 1) - timedelta(days=1))
    by_week = (last - first).days // 7 < MOST_WEEKS
    if not by_week:
        first, last = max(first, date(since, 1, 1)), min(last, date(until, 12, 31))
    period = "week" if by_week else "month"
    own = weekly if by_week else tally(store, campaign, "nodes", period="month")
    silent = _Silent(visit)
    known = silent.heard(times(first, last, weekly=by_week), silent.sources)
    inside = {each.key for each in known}
    own = [each for each in own if each.period in inside]
    where = [each for each in tally(store, campaign, "places", period=period) if each.period in inside]
    goals = _goals(visit, own, known)
    return Whole(
        years=years,
        first_year=since,
        last_year=until,
        known=tuple(known),
        total=sum(each.count for each in own),
        areas=tuple(_areas(visit, own, known)),
        places=tuple(_places(offer(visit.campaign.places), where, known, visit.view.language.t("whole.places.other"))),
        places_chosen=offer(visit.campaign.places).is_chosen,
        unplaced=sum(each.count for each in where if not each.value),
        networks=tuple(_networks(visit, tally(store, campaign, "network", period=period), known, silent)),
        goals=goals,
        goal_kind="goal" if any(goal.group for goal in goals) else "area",
        quiet=_quiet(goals, _below(visit), weekly, silent, (first, last)),
    )


class _Silent:
    """When which sources could not be asked, read once."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.sources = sources_of(visit)
        self._known = silences(visit.store, self.sources)

    def heard(self, known: Sequence[Time], sources: Sequence[str]) -> list[Time]:
        zone = self._visit.house.settings.site.timezone
        now = self._visit.view.now
        return heard(known, unheard(self._known, sources, now), now=now, zone=zone)


def _areas(visit: Visit, told: Iterable[Tally], known: Sequence[Time]) -> list[Row]:
    """Return the focus areas, each story under the first of its own, and last what stands in none."""
    areas = area_nodes(visit.house, visit.campaign.id)

    def first(value: str) -> Iterable[str]:
        yield next((str(areas[int(node)].id) for node in value.split("+") if node and int(node) in areas), "")

    counted = by_value(told, first)
    found = []
    for area in {each.id: each for each in areas.values()}.values():
        if str(area.id) in counted:
            path = f"/strategy/{area.strategy}/{area.code}"
            made = row(str(area.id), area.title, counted[str(area.id)], known, colour=area.colour, path=path, own=True)
            found.append(made)
    if "" in counted:
        found.append(row("", visit.view.language.t("whole.sign.none"), counted[""], known))
    return found


def _places(known_places: Offer, told: Iterable[Tally], known: Sequence[Time], other: str) -> list[Row]:
    """Return the municipalities, most stories first; a town counts as its own. What lies elsewhere is the last row."""

    chosen = [place.id for place in known_places.municipalities] if known_places.is_chosen else []

    def homes(value: str) -> Iterable[str]:
        for place in filter(None, value.split("+")):
            home = home_of(known_places, place)
            yield home.id if home is not None and (not chosen or home.id in chosen) else ""

    told = list(told)
    counted = by_value(told, homes)
    order = sorted(counted, key=lambda place: (not place, -sum(counted[place].values())))
    shown = dict.fromkeys([*chosen, *order[:_MOST_PLACES]])
    if len(order) > _MOST_PLACES:
        counted = by_value(told, lambda value: (home if home in shown else "" for home in homes(value)))
    shown.pop("", None)
    found = known_places.register.find
    rows = [
        row(
            each,
            home.name if (home := found(each)) else each,
            counted.get(each, {}),
            known,
            path=f"/places/{each}",
            own=True,
        )
        for each in shown
    ]
    rows.sort(key=lambda each: (-each.total, alphabetical(each.name)))
    return rows + ([row("", other, counted[""], known)] if "" in counted else [])


def _networks(visit: Visit, told: Iterable[Tally], known: Sequence[Time], silent: _Silent) -> list[Row]:
    counted = by_value(told, lambda value: [value])
    name, sources = network_name(visit.view.language), visit.house.settings.sources
    found = []
    for network in counted:
        own = [each for each in silent.sources if KINDS[sources[each].kind].network == network]
        here = silent.heard(known, own) if own else [*known]
        made = row(network, name(network), counted[network], here, path=f"/networks/{network}")
        if made.total:
            found.append(made)
    return found


def _goals(visit: Visit, told: Sequence[Tally], known: Sequence[Time]) -> tuple[Row, ...]:
    """Return the goals of the campaign's own strategy, those of no area's goals the areas themselves."""
    found = trees(visit.house, visit.campaign.id)
    if not found:
        return ()
    tree, below = found[0], _below(visit)
    counted = by_value(told, lambda value: _goals_of(value, below))
    rows = []
    for node in _tops(tree):
        area = tree.area_of(node.id) or node
        rows.append(
            row(
                str(node.id),
                node.title,
                counted.get(str(node.id), {}),
                known,
                colour=node.colour or area.colour,
                code=node.code if node.code[:1].isdigit() else "",
                group="" if area.id == node.id else area.title,
                path=f"/strategy/{node.strategy}/{node.code}",
                own=True,
            )
        )
    return tuple(rows)


def _tops(tree: StrategyTree) -> list[TreeNode]:
    """Return the goals in force, and areas in force that have none below them."""
    standing = [node for node in tree.nodes if node.ended_at is None and node.kind not in ACROSS]
    goals = [node for node in standing if node.kind is NodeKind.GOAL]
    over = {each.id for node in goals for each in tree.above(node.id)}
    return [
        node for node in standing if node.kind is NodeKind.GOAL or (node.kind is NodeKind.AREA and node.id not in over)
    ]


def _below(visit: Visit) -> dict[int, tuple[str, ...]]:
    """Return the goals that every node of the campaign's own strategy stands in, itself included, as keys."""
    found: dict[int, tuple[str, ...]] = {}
    for tree in trees(visit.house, visit.campaign.id)[:1]:
        for goal in _tops(tree):
            for node in tree.below(goal.id):
                found[node] = (*found.get(node, ()), str(goal.id))
    return found


def _goals_of(value: str, below: Mapping[int, tuple[str, ...]]) -> Iterable[str]:
    for node in filter(None, value.split("+")):
        yield from below.get(int(node), ())


def _quiet(
    goals: Sequence[Row],
    below: Mapping[int, tuple[str, ...]],
    weekly: Iterable[Tally],
    silent: _Silent,
    bounds: tuple[date, date],
) -> dict[str, Quiet]:
    """Return how long each goal has been silent when the time ends, in whole weeks of the calendar."""
    first, end = bounds
    last: dict[str, date] = {}
    for each in weekly:
        monday = _monday(each.period)
        if first - timedelta(days=6) <= monday <= end:
            for key in _goals_of(each.value, below):
                last[key] = max(last.get(key, monday), monday)
    here = end - timedelta(days=end.weekday())
    lost = silent.heard(times(first, end, weekly=True), silent.sources) if goals else []
    found = {}
    for goal in goals:
        told = last.get(goal.key)
        unheard_weeks = sum(each.open for each in lost if each.first < here and (told is None or each.first > told))
        weeks = None if told is None else max(0, (here - told).days // 7 - 1)
        found[goal.key] = Quiet(weeks=weeks, last=told.isoformat() if told else "", unheard=unheard_weeks)
    return found


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[-2:]), 1)
