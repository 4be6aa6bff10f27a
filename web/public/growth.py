"""The growth rings as the public pages need them, drawn once per change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from campaign.language import Language
from campaign.records import Story
from storage.archive import silences
from storage.areas import as_ref, focus_areas
from storage.counts import Tally, tally
from storage.mapping import Tie, mappings
from storage.strategy import StrategyTree, TreeNode, read_strategies
from web.house import House, Visit
from web.public.cards import EXCERPT, Card, card
from web.rings import Rings, grow


def trees(house: House, campaign: str) -> list[StrategyTree]:
    """Return the campaign's strategies with their ended nodes, kept until something changes."""
    return house.keep(("trees", campaign), lambda: read_strategies(house.store, campaign, ended=True))


def sets(house: House, campaign: str) -> list[Tally]:
    """Return how many stories each month has of each set of nodes, kept until something changes."""
    return house.keep(("sets", campaign), lambda: tally(house.store, campaign, "nodes", period="month"))


def told_at(house: House, campaign: str, nodes: Collection[int]) -> dict[str, int]:
    """Return how many stories each month has that stand under any of these nodes, each once."""
    return by_month(each for each in sets(house, campaign) if not set(nodes).isdisjoint(each.nodes))


def by_month(told: Iterable[Tally]) -> dict[str, int]:
    """Return how many stories each month has, the oldest first."""
    months: Counter[str] = Counter()
    for each in told:
        months[each.period] += each.count
    return dict(months)


def area_nodes(house: House, campaign: str) -> dict[int, TreeNode]:
    """Return the focus area of every node of the campaign's own strategy, in the areas' order."""
    return house.keep(("areas", campaign), lambda: focus_areas(trees(house, campaign)))


def area_legend(house: House, campaign: str) -> dict[int, TreeNode]:
    """Return the focus areas by their ids, in their order: those in force, and ended ones that have stories."""

    def find() -> dict[int, TreeNode]:
        areas = area_nodes(house, campaign)
        told = {areas[node].id for each in sets(house, campaign) for node in each.nodes if node in areas}
        return {area.id: area for area in areas.values() if area.ended_at is None or area.id in told}

    return house.keep(("legend", campaign), find)


def shown(visit: Visit, story: Story, *, excerpt: int = EXCERPT) -> Card:
    """Return a story as a list of this page shows it."""
    house, language = visit.house, visit.view.language
    refs = house.keep(
        ("area refs", visit.campaign.id),
        lambda: {node: as_ref(area) for node, area in area_nodes(house, visit.campaign.id).items()},
    )
    return card(story, house.settings, language, now=visit.view.now, excerpt=excerpt, areas=refs)


def ties(house: House, campaign: str) -> tuple[Tie, ...]:
    """Return which nodes serve which of another strategy, kept until something changes."""
    return house.keep(("ties", campaign), lambda: mappings(house.store, campaign))


def sources_of(visit: Visit) -> list[str]:
    """Return the ids of the sources that feed the campaign."""
    return [each.id for each in visit.house.settings.sources.values() if visit.campaign.id in each.campaigns]


def rings(visit: Visit, *, year: int | None = None) -> Rings:
    """Return the growth rings of the campaign, or of one year of it."""
    house, campaign = visit.house, visit.campaign.id
    now = visit.view.now
    week = now.astimezone(house.settings.site.timezone).isocalendar()[:2]

    def draw() -> Rings:
        areas = {node: area.id for node, area in area_nodes(house, campaign).items()}
        sources = sources_of(visit)
        return grow(
            tally(house.store, campaign, "nodes"),
            areas,
            silences(house.store, sources),
            sources,
            zone=house.settings.site.timezone,
            now=now,
            only=year,
        )

    return house.keep(("rings", campaign, year, week), draw)


def sentence(
    drawn: Rings,
    language: Language,
    *,
    areas: Mapping[int, TreeNode] | None = None,
    year: int | None = None,
    count: int | None = None,
) -> str:
    """Return what the rings show, in words; ``areas`` are the focus areas by their ids.

    ``count`` is how many stories the calendar's year has, which whole weeks can differ from.
    """
    if not drawn.total:
        return language.t("public.rings.nothing")
    if year is None:
        parts = [language.t("public.rings.total", count=drawn.total, since=_since(drawn, language))]
    else:
        parts = [language.t("public.rings.total_year", count=drawn.total if count is None else count, year=year)]
    busiest = drawn.busiest
    if busiest is not None and busiest.total > 1:
        parts.append(language.t("public.rings.busiest", week=busiest.week, year=busiest.year, count=busiest.total))
    most = _most(drawn)
    if areas and most is not None and most[0] in areas:
        parts.append(language.t("node.rings.most", area=areas[most[0]].title, count=most[1]))
    if drawn.open_weeks:
        parts.append(language.t("public.rings.open", count=drawn.open_weeks))
    return " ".join(parts)


def _since(drawn: Rings, language: Language) -> str:
    first = next(week for week in drawn.weeks if week.total)
    return language.month(first.monday)


def _most(drawn: Rings) -> tuple[int, int] | None:
    """Return the area that most is told of and its stories; None where not two areas have any, or two as many."""
    counted: Counter[int] = Counter()
    for week in drawn.weeks:
        counted.update({area: count for area, count in week.counts if area is not None})
    first, second = [*counted.most_common(2), (0, 0), (0, 0)][:2]
    return first if second[1] and first[1] > second[1] else None
