"""One node of a strategy: what it wants, how it goes, and its story over time, told by those who were there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from campaign.credit import speaks
from campaign.errors import NotFoundError
from campaign.figures import Weight
from campaign.places import offer
from storage.archive import Found, Wanted, browse, silences
from storage.areas import ACROSS
from storage.counts import Tally
from storage.coverage import SILENT_WEEKS
from storage.facets_public import FacetCounts, facet_counts
from storage.goal_story import milestones, past, tellings, values_of, weights_of
from storage.indicators import StoredIndicator, list_indicators
from storage.keys import moment_of
from storage.mapping import larger, through
from storage.stories import get_stories
from storage.strategy import StrategyTree, TreeNode, moved_to
from web.bars import Bars, bars
from web.figures import Figure, figure
from web.house import Visit
from web.public.cards import Card
from web.public.followup import points_of, status_of
from web.public.growth import by_month, sets, shown, sources_of, ties, trees
from web.public.moved import lasting
from web.rendering import network_name
from web.timeline import Stretch, by_quarter, quarters_of_months, quiet_after, unheard
from web.timeline_words import activity_words, quarter_words, quiet_words

_PAGE = 24
_MOST_KEY = 2**62
_MOST_FIGURES, _MOST_MILESTONES, _MOST_THROUGH = 6, 10, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the story: a story with its weight, and the quiet time before it, "" for none."""

    card: Card
    weight: Weight
    quiet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A quarter of a year with its steps, newest first; ``words`` are its months."""

    words: str
    steps: list[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year of the story, newest first."""

    number: int
    parts: list[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A node of a strategy, with where it stands."""

    tree: StrategyTree
    node: TreeNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """A story of another strategy that tells of this goal too, and the node that it comes through."""

    card: Card
    by: Linked


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Something that stories have in common. ``value`` names it in an address, "" where it has none."""

    words: str
    count: int
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is known of a node before its page is made: itself and all below (``own``).

    ``sets`` are its stories by month and set of nodes, ``facets`` where the newest of them come from.
    """

    tree: StrategyTree
    node: TreeNode
    own: tuple[int, ...]
    sets: Sequence[Tally]
    facets: FacetCounts
    silent: Sequence[Stretch]

    @property
    def total(self) -> int:
        """How many stories it has."""
        return sum(each.count for each in self.sets)


def node(visit: Visit) -> Response:
    """Show one node; an old code leads on to what it is called now."""
    known = trees(visit.house, visit.campaign.id)
    wanted, code = visit.request.path_params["strategy"], visit.request.path_params["code"]
    tree = next((each for each in known if each.id == wanted), None)
    found = tree.find(code) if tree else None
    if tree is None:
        raise NotFoundError("page")
    if found is None:
        now_called = moved_to(visit.store, tree.id, code)
        if now_called is None:
            raise NotFoundError("page")
        return lasting(visit.view.url(f"/strategy/{tree.id}/{now_called.code}"))
    return _page(visit, known, tree, found)


def _page(visit: Visit, known: Sequence[StrategyTree], tree: StrategyTree, found: TreeNode) -> Response:
    told = _told(visit, tree, found)
    page = browse(
        visit.store,
        visit.campaign.id,
        Wanted(nodes=told.own),
        limit=_PAGE,
        older_than=visit.asked_number("older", 0, _MOST_KEY),
        newer_than=visit.asked_number("newer", 0, _MOST_KEY),
    )
    history, homes = past(visit.store, found.id), homes_of(known)
    drawn, more = _figures(visit, told)
    made, says = _activity(visit, told)
    return visit.page(
        "public/node.html",
        tree=tree,
        node=found,
        area=tree.area_of(found.id) or found,
        above=tree.above(found.id),
        children=_children(visit, known, told),
        said=status_of(visit, found.id),
        points=points_of(visit, found) if found.ended_at else (),
        was=history.was,
        heirs=_linked(history.heirs, homes),
        came_from=_linked(history.came_from, homes),
        serves=_linked(larger(known, ties(visit.house, visit.campaign.id), [found.id]).get(found.id, ()), homes),
        themes=_themes(told),
        figures=drawn,
        more_figures=more,
        page=page,
        years=_years(visit, told, page),
        resting=_resting(visit, told, page) if page.newer is None else "",
        milestones=_milestones(visit, told),
        total=told.total,
        activity=made,
        activity_words=says,
        places=_places(visit, told.facets),
        voices=_voices(visit, told.facets),
        networks=_networks(visit, told.facets),
        newest_counted=told.facets.total if told.facets.capped else 0,
        issues=_issues(visit, told),
        through=_through(visit, known, told),
    )


def _told(visit: Visit, tree: StrategyTree, found: TreeNode) -> _Told:
    own, sources = tree.below(found.id), sources_of(visit)
    every = sets(visit.house, visit.campaign.id)
    return _Told(
        tree=tree,
        node=found,
        own=own,
        sets=[each for each in every if not set(own).isdisjoint(each.nodes)],
        facets=facet_counts(visit.store, visit.campaign.id, Wanted(nodes=own)),
        silent=unheard(silences(visit.store, sources), sources, visit.view.now),
    )


def counts(visit: Visit, tree: StrategyTree) -> Counter[int]:
    """Return how many public stories stand under each node, those of the nodes below it included, each once."""
    over = {each.id: (each.id, *(above.id for above in tree.above(each.id))) for each in tree.nodes}
    counted: Counter[int] = Counter()
    for told in sets(visit.house, visit.campaign.id):
        counted.update(dict.fromkeys({each for own in told.nodes for each in over.get(own, ())}, told.count))
    return counted


def _children(visit: Visit, known: Sequence[StrategyTree], told: _Told) -> list[tuple[TreeNode, int]]:
    """Return the nodes in force right below one, each with the number of stories that it has, also through others."""
    every, tied = sets(visit.house, visit.campaign.id), ties(visit.house, visit.campaign.id)
    found = []
    for each in told.tree.nodes:
        if each.parent_id == told.node.id and each.ended_at is None:
            below = told.tree.below(each.id)
            seen = {*below, *through(known, tied, below)}
            found.append((each, sum(own.count for own in every if not seen.isdisjoint(own.nodes))))
    return found


def homes_of(known: Iterable[StrategyTree]) -> dict[int, Linked]:
    """Return every node of some strategies with the strategy that it stands in."""
    return {each.id: Linked(tree=tree, node=each) for tree in known for each in tree.nodes}


def _linked(ids: Iterable[int], homes: Mapping[int, Linked]) -> list[Linked]:
    return [homes[each] for each in ids if each in homes]


def _themes(told: _Told) -> list[tuple[TreeNode, int]]:
    """Return what runs through the strategy and meets this node in its stories, most first."""
    across = {each.id: each for each in told.tree.nodes if each.kind in ACROSS and each.id != told.node.id}
    met: Counter[int] = Counter()
    for own in told.sets:
        met.update(dict.fromkeys((each for each in own.nodes if each in across), own.count))
    return [(across[each], count) for each, count in met.most_common(8)]


def _figures(visit: Visit, told: _Told) -> tuple[list[Figure], list[StoredIndicator]]:
    """Return the charts of a node's measures, those of the nodes below it after its own; more of them as links.

    One that has ended keeps those that it had, ended or not.
    """
    ended = told.node.ended_at is not None
    measures = list_indicators(visit.store, visit.campaign.id, told.tree.id, ended=ended, public=True)
    mine = [each for each in measures if told.node.id in each.nodes]
    below = {each.id for each in told.tree.nodes if each.id in told.own and (ended or each.ended_at is None)}
    mine += [each for each in measures if each not in mine and not below.isdisjoint(each.nodes)]
    drawn, more = mine[:_MOST_FIGURES], mine[_MOST_FIGURES:]
    values = values_of(visit.store, [each.id for each in drawn])
    today = visit.view.now.astimezone(visit.house.settings.site.timezone).date()
    return [figure(each, values[each.id], visit.view.language, today=today) for each in drawn], more


def _years(visit: Visit, told: _Told, page: Found) -> list[Year]:
    """Return the stories of a page by year and quarter, with the quiet times between them."""
    zone, language = visit.house.settings.site.timezone, visit.view.language
    moments = [moment_of(key) for key in (*page.keys, *_beyond(visit, told, page))]
    quiet = quiet_after(moments, told.silent, least=SILENT_WEEKS, until=visit.view.now, zone=zone)
    weights = weights_of(visit.store, told.own, [story.id for story in page.stories])
    steps = [
        Step(
            card=shown(visit, story),
            weight=weights.get(story.id, Weight.SHOWS),
            quiet=quiet_words(quiet[place], language) if place in quiet else "",
        )
        for place, story in enumerate(page.stories)
    ]
    days = [moment_of(key).astimezone(zone).date() for key in page.keys]
    return [
        Year(
            number=year,
            parts=[
                Part(words=quarter_words(number, language), steps=[steps[place] for place in places])
                for number, places in parts
            ],
        )
        for year, parts in by_quarter(days)
    ]


def _beyond(visit: Visit, told: _Told, page: Found) -> list[int]:
    """Return the key of the story that is just older than a page, from which its last one's quiet time is counted."""
    if page.older is None:
        return []
    return browse(visit.store, visit.campaign.id, Wanted(nodes=told.own), limit=1, older_than=page.older).keys


def _resting(visit: Visit, told: _Told, page: Found) -> str:
    """Return how long it has been quiet since the newest story, "" where it has not.

    Counted until now, as at the desk (``storage.coverage``): the quiet goes on when the strategy's time is over too.
    """
    newest = [moment_of(key) for key in page.keys[:1]]
    zone = visit.house.settings.site.timezone
    found = quiet_after(newest, told.silent, least=SILENT_WEEKS, until=visit.view.now, zone=zone).get(-1)
    return quiet_words(found, visit.view.language) if found else ""


def _milestones(visit: Visit, told: _Told) -> list[Card]:
    """Return the milestones of the whole story, newest first."""
    ids = milestones(visit.store, told.own, limit=_MOST_MILESTONES)
    found = {story.id: story for story in get_stories(visit.store, ids, public=True)}
    return [shown(visit, found[each]) for each in ids if each in found]


def _activity(visit: Visit, told: _Told) -> tuple[Bars | None, str]:
    """Return activity by quarter as bars, where there is more than one quarter, and what they show in words."""
    if not told.sets:
        return None, ""
    zone = visit.house.settings.site.timezone
    months = by_month(told.sets)
    made = quarters_of_months(months, told.silent, now=visit.view.now, zone=zone)
    since = date.fromisoformat(f"{min(months)}-01")
    says = activity_words(made, visit.view.language, total=told.total, since=since)
    return bars(made) if len(made) > 1 else None, says


def _places(visit: Visit, facets: FacetCounts) -> list[Count]:
    known = offer(visit.campaign.places).register
    return [Count(words=known.label_of(place), count=count, value=place) for place, count in facets.places.items()]


def _voices(visit: Visit, facets: FacetCounts) -> list[Count]:
    """Return the organisations among those who told: sources that speak for themselves, never single persons."""
    sources = visit.house.settings.sources
    return [
        Count(words=sources[each].name or each, count=count)
        for each, count in facets.sources.items()
        if each in sources and speaks(sources[each])
    ]


def _networks(visit: Visit, facets: FacetCounts) -> list[Count]:
    name = network_name(visit.view.language)
    return [Count(words=name(each), count=count) for each, count in facets.networks.items()]


def _issues(visit: Visit, told: _Told) -> list[Count]:
    names = {each.id: each.name for each in visit.view.newsletters}
    return [
        Count(
            words=visit.view.language.t("node.issue", name=names[each.newsletter], number=each.number),
            count=each.stories,
            value=f"/issues/{each.newsletter}/{each.number}",
        )
        for each in tellings(visit.store, told.own)
        if each.newsletter in names
    ]


def _through(visit: Visit, known: Sequence[StrategyTree], told: _Told) -> tuple[int, list[Through], list[Linked]]:
    """Return the stories of nodes that serve this one: how many, the newest, and the nodes that they come through."""
    serving = through(known, ties(visit.house, visit.campaign.id), told.own)
    if not serving:
        return 0, [], []
    mine, homes = set(told.own), homes_of(known)
    others = [each for each in sets(visit.house, visit.campaign.id) if mine.isdisjoint(each.nodes)]
    count = sum(each.count for each in others if not serving.keys().isdisjoint(each.nodes))
    cards: list[Through] = []
    older: int | None = None
    # Few stories are evidence on both sides; where those of a page are, the next one is looked at, and no third.
    for _ in range(2):
        page = browse(visit.store, visit.campaign.id, Wanted(nodes=tuple(serving)), limit=_PAGE, older_than=older)
        for story in page.stories:
            by = next((each.id for each in story.nodes if each.id in serving), None)
            if by is not None and mine.isdisjoint(each.id for each in story.nodes) and len(cards) < _MOST_THROUGH:
                cards.append(Through(card=shown(visit, story), by=homes[by]))
        older = page.older
        if older is None or len(cards) >= min(count, _MOST_THROUGH):
            break
    return count, cards, _linked(dict.fromkeys(serving.values()), homes)
