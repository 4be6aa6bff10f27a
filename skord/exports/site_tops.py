"""The pages at the top of a site's folder: front, years, strategy, places, networks, issues, and what the copy is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from campaign.places import Place, PlaceKind, offer
from digest.growth import RingWeek
from skord.exports.order import Work
from skord.exports.site_issues import Sent
from skord.exports.site_pages import Site
from storage.strategy import StrategyTree, TreeNode
from web.maps import draw
from web.public.growth import sentence
from web.public.place_counts import alphabetical
from web.rendering import network_name
from web.steps import steps_of
from web.strips import strips

_OVERVIEW, _YEAR = 26.0, 120.0
_MOST_NAMED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A place or a network in a list. ``whole`` is how much of a full bar it has, ``step`` its colour on the map."""

    place: Place
    count: int
    step: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of a year's page, with its weeks that have stories."""

    value: str
    first: date
    count: int
    weeks: tuple[RingWeek, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A node of a strategy with what stands under it."""

    node: TreeNode
    count: int
    children: list[Branch]


def write_tops(site: Site, issues: Sequence[Sent]) -> None:
    """Write them all."""
    _front(site, issues)
    _years(site, issues)
    if site.trees:
        told = [(tree, _branches(site, tree, None)) for tree in site.trees]
        site.page("strategy.html", "/strategy", "folder/strategy.html", trees=told)
    _places(site)
    _networks(site)
    if issues:
        years = [(year, list(own)) for year, own in groupby(issues, key=lambda each: each.sent_on.year)]
        site.page("issues.html", "/issues", "folder/issues.html", years=years)
    site.page("about.html", "/about", "folder/about.html", chosen=chosen_words(site.work), **_taken(site))


def _taken(site: Site) -> dict[str, object]:
    counted = site.counted
    return {
        "total": counted.total,
        "first": _day(counted.first, site),
        "last": _day(counted.last, site),
        "lasting": site.full_address("/"),
        "program": site.work.version,
    }


def _day(at: datetime | None, site: Site) -> date | None:
    return at.astimezone(site.work.language.zone).date() if at else None


def chosen_words(work: Work) -> list[tuple[str, str]]:
    """Return what the site was narrowed to: what the field is called, and what it was asked."""
    t = work.language.t
    return [
        (t(f"export.field.{name}"), value)
        for name, value in work.order.asked.items()
        if name not in ("kind", "sort") and value
    ]


def _front(site: Site, issues: Sequence[Sent]) -> None:
    drawn, legend = site.rings(), site.legend()
    pictured = next((each for each in site.newest if each.picture), None)
    leading = pictured or next(iter(site.newest), None)
    areas = [(node, site.counted.nodes[node.id], site.heads.get(node.id, [])) for node in legend.values()]
    site.page(
        "index.html",
        "/",
        "folder/front.html",
        leading=leading,
        cards=[each for each in site.newest if each is not leading],
        rings=drawn,
        sentence=sentence(drawn, site.work.language, areas=legend),
        area_nodes=legend,
        areas=areas,
        years=list(site.counted.years),
        issue=issues[0] if issues else None,
        chosen=chosen_words(site.work),
        **_taken(site),
    )


def _years(site: Site, issues: Sequence[Sent]) -> None:
    drawn, legend, counted = site.rings(), site.legend(), site.counted.years
    overview = {each.year: each for each in strips(drawn.weeks if counted else (), height=_OVERVIEW)}
    lines = [(year, count, overview.get(year)) for year, count in counted.items()]
    site.page("years.html", "/years", "folder/years.html", lines=lines, **_taken(site))
    every = list(counted)
    for at, (year, count) in enumerate(counted.items()):
        own = site.rings(year=year)
        strip = next(iter(strips(own.weeks, height=_YEAR)), None)
        site.page(
            f"years/{year}.html",
            f"/years/{year}",
            "folder/year.html",
            year=year,
            count=count,
            rings=own,
            area_nodes=legend,
            sentence=sentence(own, site.work.language, areas=legend, year=year),
            strip=strip,
            months=_months(site, year, own.weeks),
            sent=[each for each in issues if each.sent_on.year == year],
            before=every[at + 1] if at + 1 < len(every) else None,
            after=every[at - 1] if at else None,
        )


def _months(site: Site, year: int, weeks: Sequence[RingWeek]) -> list[Month]:
    found = []
    for value, count in sorted(site.counted.months.items()):
        if int(value[:4]) == year:
            own = tuple(
                week
                for week in weeks
                if week.total and f"{date.fromisocalendar(week.year, week.week, 4):%Y-%m}" == value
            )
            found.append(Month(value=value, first=date.fromisoformat(f"{value}-01"), count=count, weeks=own))
    return found


def _branches(site: Site, tree: StrategyTree, parent: int | None) -> list[Branch]:
    return [
        Branch(node=node, count=site.counted.nodes[node.id], children=_branches(site, tree, node.id))
        for node in tree.nodes
        if node.parent_id == parent and (node.ended_at is None or site.counted.nodes[node.id])
    ]


def _places(site: Site) -> None:
    known, counts = offer(site.campaign.places), site.counted.places
    offered = [each for each in known.municipalities if known.is_chosen or each.id in counts]
    steps = steps_of([counts[each.id] for each in offered])
    most = max((counts[each.id] for each in offered), default=0)
    lines = [
        Line(
            place=each,
            count=counts[each.id],
            step=steps.of(counts[each.id]),
            whole=round(counts[each.id] / most * 100) if most else 0,
        )
        for each in offered
    ]
    listed = {each.id for each in offered}
    others = [
        (known.register.find(each) or Place(id=each, kind=PlaceKind.OWN, name=each), count)
        for each, count in counts.items()
        if each not in listed
    ]
    named = len(offered) <= _MOST_NAMED
    site.page(
        "places.html",
        "/places",
        "folder/places.html",
        map=draw({each.code: each.name if named else "" for each in offered if each.code}),
        lines=lines,
        by_code={line.place.code: line for line in lines},
        steps=steps,
        others=sorted(others, key=lambda pair: (-pair[1], alphabetical(pair[0].name))),
    )


def _networks(site: Site) -> None:
    name = network_name(site.work.language)
    most = max(site.counted.networks.values(), default=1)
    lines = [
        (each, name(each), count, round(count / most * 100))
        for each, count in sorted(site.counted.networks.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    site.page("networks.html", "/networks", "folder/networks.html", lines=lines)
