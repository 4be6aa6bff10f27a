"""The growth rings as the public pages need them, drawn once per change."""

from __future__ import annotations

from campaign.language import Language
from storage.archive import Outline, outline, silences
from storage.strategy import StrategyTree, TreeNode, read_strategies
from web.house import House, Visit
from web.rings import Rings, grow


def trees(house: House, campaign: str) -> list[StrategyTree]:
    """Return the campaign's strategies with their ended nodes, kept until something changes."""
    return house.keep(("trees", campaign), lambda: read_strategies(house.store, campaign, ended=True))


def numbers(house: House, campaign: str) -> Outline:
    """Return the whole archive in numbers, kept until something changes."""
    return house.keep(("outline", campaign), lambda: outline(house.store, campaign))


def area_nodes(house: House, campaign: str) -> dict[int, TreeNode]:
    """Return the focus area of every node, in the areas' order."""
    found: dict[int, TreeNode] = {}
    for tree in trees(house, campaign):
        for node in tree.nodes:
            found[node.id] = (*tree.above(node.id), node)[0]
    return found


def area_legend(house: House, campaign: str) -> dict[int, TreeNode]:
    """Return the focus areas by their ids, in their order."""
    return {area.id: area for area in area_nodes(house, campaign).values()}


def rings(visit: Visit, *, year: int | None = None) -> Rings:
    """Return the growth rings of the campaign, or of one year of it."""
    house, campaign = visit.house, visit.campaign.id
    now = visit.view.now
    week = now.astimezone(house.settings.site.timezone).isocalendar()[:2]

    def draw() -> Rings:
        areas = {node: area.id for node, area in area_nodes(house, campaign).items()}
        sources = [each.id for each in house.settings.sources.values() if campaign in each.campaigns]
        return grow(
            numbers(house, campaign).entries,
            areas,
            silences(house.store, sources),
            sources,
            zone=house.settings.site.timezone,
            now=now,
            only=year,
        )

    return house.keep(("rings", campaign, year, week), draw)


def sentence(drawn: Rings, language: Language, *, year: int | None = None) -> str:
    """Return what the rings show, in words."""
    if not drawn.total:
        return language.t("public.rings.nothing")
    if year is None:
        parts = [language.t("public.rings.total", count=drawn.total, since=_since(drawn, language))]
    else:
        parts = [language.t("public.rings.total_year", count=drawn.total, year=year)]
    busiest = drawn.busiest
    if busiest is not None and drawn.total > 1:
        parts.append(language.t("public.rings.busiest", week=busiest.week, year=busiest.year, count=busiest.total))
    if drawn.open_weeks:
        parts.append(language.t("public.rings.open", count=drawn.open_weeks))
    return " ".join(parts)


def _since(drawn: Rings, language: Language) -> str:
    first = next(week for week in drawn.weeks if week.total)
    return language.month(first.monday)
