"""The pages of a site that list stories: by month, week, place, network, and under each node of a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from campaign.periods import parse_week
from skord.exports.site_lists import ListPage, paged
from skord.exports.site_pages import Site
from storage.goal_story import values_of
from storage.indicators import list_indicators
from storage.strategy import StrategyTree, TreeNode
from web.figures import Figure, figure
from web.rendering import network_name

#: Measures that are drawn on the page of a node.
_MOST_FIGURES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link to another page: its address in the archive, and its words."""

    path: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands over a list. ``by`` is what its rows are grouped by, "days" or "months"."""

    title: str
    kicker: str = ""
    by: str = "months"
    above: tuple[Way, ...] = ()
    before: Way | None = None
    after: Way | None = None


class ListPages:
    """Draws pages of lists as they fill, and at the end those of nodes that have no stories."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._homes = {str(node.id): (tree, node) for tree in site.trees for node in tree.nodes}
        self._months, self._weeks = sorted(site.counted.months), sorted(site.counted.weeks)
        self._written: set[str] = set()

    def total(self, kind: str, value: str) -> int:
        """Return how many stories a list has."""
        counted = self._site.counted
        if kind == "nodes":
            return counted.nodes[int(value)]
        every: Mapping[str, Mapping[str, int]] = {
            "months": counted.months, "weeks": counted.weeks, "places": counted.places, "networks": counted.networks,
        }  # fmt: skip
        return every[kind][value]

    def write(self, page: ListPage) -> None:
        """Write one page of a list."""
        if page.kind == "nodes":
            self._node(page)
            return
        path = f"/{page.kind}/{page.value}"
        head = {"months": self._month, "weeks": self._week, "places": self._place, "networks": self._network}
        self._put(
            path, "folder/list.html", page, head=head[page.kind](page.value), total=self.total(page.kind, page.value)
        )

    def finish(self) -> None:
        """Write the pages of the nodes that nothing stands under."""
        for value in self._homes:
            if value not in self._written:
                self._node(ListPage(kind="nodes", value=value, number=1, pages=1, rows=()))

    def _put(self, path: str, template: str, page: ListPage, **told: object) -> None:
        first = self._site.addresses.file(path)
        beside = {"first": "", "newer": "", "older": ""}
        if page.number > 1:
            beside |= {"first": first, "newer": paged(first, page.number - 1)}
        if page.number < page.pages:
            beside["older"] = paged(first, page.number + 1)
        self._site.page(paged(first, page.number), path, template, page=page, beside=beside, **told)

    def _month(self, value: str) -> Head:
        def way(month: str) -> Way:
            return Way(path=f"/months/{month}", words=language.month(_first(month)))

        language = self._site.work.language
        words, year = language.month(_first(value)), value[:4]
        before, after = _beside(self._months, value)
        return Head(
            title=words[:1].upper() + words[1:], by="days", above=(Way(path=f"/years/{year}", words=year),),
            before=way(before) if before else None, after=way(after) if after else None,
        )  # fmt: skip

    def _week(self, value: str) -> Head:
        def way(each: str) -> Way:
            return Way(path=f"/weeks/{each}", words=t("site_export.week", week=int(each[-2:]), year=each[:4]))

        t, language, week = self._site.work.language.t, self._site.work.language, parse_week(value)
        first = date.fromisocalendar(week.year, week.number, 1)
        before, after = _beside(self._weeks, value)
        return Head(
            title=way(value).words, kicker=language.days(first, date.fromisocalendar(week.year, week.number, 7)),
            by="days", above=(Way(path=f"/years/{week.year}", words=str(week.year)),),
            before=way(before) if before else None, after=way(after) if after else None,
        )  # fmt: skip

    def _place(self, value: str) -> Head:
        register, t = self._site.register, self._site.work.language.t
        above = [
            Way(path=f"/places/{each.id}", words=each.name)
            for each in reversed(register.above(value))
            if each.id in self._site.counted.places and each.id != value
        ]
        found = register.find(value)
        return Head(
            title=found.name if found else register.label_of(value),
            above=(Way(path="/places", words=t("whereabouts.title")), *above),
        )

    def _network(self, value: str) -> Head:
        language = self._site.work.language
        above = (Way(path="/networks", words=language.t("voices.networks")),)
        return Head(title=network_name(language)(value), kicker=language.t("voices.network_kind"), above=above)

    def _node(self, page: ListPage) -> None:
        tree, node = self._homes[page.value]
        self._written.add(page.value)
        self._put(
            f"/strategy/{tree.id}/{node.code}",
            "folder/node.html",
            page,
            tree=tree,
            node=node,
            area=tree.area_of(node.id) or node,
            above=tree.above(node.id),
            children=[each for each in tree.nodes if each.parent_id == node.id],
            counts=self._site.counted.nodes,
            total=self._site.counted.nodes[node.id],
            figures=self._figures(tree, node) if page.number == 1 else [],
        )

    def _figures(self, tree: StrategyTree, node: TreeNode) -> list[Figure]:
        site = self._site
        every = list_indicators(
            site.work.still, site.campaign.id, tree.id, ended=node.ended_at is not None, public=True
        )
        mine = [each for each in every if node.id in each.nodes][:_MOST_FIGURES]
        values = values_of(site.work.still, [each.id for each in mine])
        return [figure(each, values[each.id], site.work.language, today=site.today()) for each in mine]


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _beside(every: list[str], value: str) -> tuple[str, str]:
    """Return what stands before and after one of them, "" at an end."""
    at = every.index(value)
    return every[at - 1] if at else "", every[at + 1] if at + 1 < len(every) else ""
