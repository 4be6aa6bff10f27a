"""What a list of the archive can be narrowed by, each choice with how many it would show.

All of time, or whole months of it, is counted exactly from the numbers that storage keeps. What words or another choice
narrow is counted over the newest hits, and said to be so where there are more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from campaign.places import offer
from storage.archive import Wanted
from storage.facets_public import facet_counts
from storage.shelf import Kind
from storage.spans import totals
from storage.strategy import TreeNode
from web.colours import area_class
from web.house import Visit
from web.public.almanac import month_counts, year_counts
from web.public.asked import Asked
from web.public.growth import area_legend, area_nodes
from web.public.organisations import organisations
from web.rendering import network_name

#: So many choices of a group stand open; the rest are folded.
_OPEN = 8
_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of a group: the value that it gives the query, how many it has, whether it is chosen.

    ``count`` is None where nobody counted;
    ``mark`` is the class of its colour; ``own`` says that its words stand in the site's language only.
    """

    value: str | int
    words: str
    count: int | None
    on: bool
    mark: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What may be chosen of one sort. ``name`` is its part of the query; a choice sets the parts in ``resets`` free."""

    name: str
    choices: tuple[Choice, ...]
    resets: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Choice, ...]:
        """The choices that stand open: the first, and the chosen one wherever it is."""
        return tuple(each for at, each in enumerate(self.choices) if at < _OPEN or each.on)

    @property
    def folded(self) -> tuple[Choice, ...]:
        """The rest."""
        return tuple(each for at, each in enumerate(self.choices) if at >= _OPEN and not each.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Everything beside a list. ``capped``: there are more hits than ``total``, and only those were counted."""

    total: int
    capped: bool
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """How many hits each value has; ``areas`` by the ids of focus areas."""

    total: int
    capped: bool = False
    networks: Mapping[str, int] = field(default_factory=dict)
    areas: Mapping[int, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[int, int] = field(default_factory=dict)


def narrowing(visit: Visit, asked: Asked, wanted: Wanted) -> Narrowing:
    """Return what a list can be narrowed by, counted under everything that is asked already."""
    counted = _exact(visit, asked) if _is_time_alone(asked) else _of_hits(visit, wanted)
    groups = (
        Group(name="kind", choices=_kinds(visit, asked, counted)),
        Group(name="year", choices=_years(asked, counted), resets=("month", "week", "day")),
        Group(name="month", choices=_months(visit, asked), resets=("week", "day")),
        Group(name="area", choices=_areas(visit, asked, counted)),
        Group(name="place", choices=_places(visit, asked, counted)),
        Group(name="network", choices=_networks(visit, asked, counted)),
        Group(name="from", choices=_sources(visit, asked, counted)),
    )
    shown = tuple(each for each in groups if len(each.choices) > 1 or any(choice.on for choice in each.choices))
    return Narrowing(total=counted.total, capped=counted.capped, groups=shown)


def _is_time_alone(asked: Asked) -> bool:
    """Return whether nothing narrows but whole months, of stories."""
    told = asked.query(year=None, month=None, sort=None, kind=None)
    return asked.kind in ("", Kind.STORY) and not any(told.values())


def _exact(visit: Visit, asked: Asked) -> _Counted:
    first = last = ""
    if asked.year:
        first, last = (f"{asked.year}-{month:02}" for month in ((asked.month,) * 2 if asked.month else (1, 12)))

    def count() -> _Counted:
        found = totals(visit.store, visit.campaign.id, first=first, last=last)
        months = month_counts(visit)
        return _Counted(
            total=sum(stories for month, stories in months.items() if _is_between(month, first, last)),
            networks=found.get("network", {}),
            areas=_by_area(visit, found.get("nodes", {})),
            places=found.get("place", {}),
            sources=found.get("source", {}),
            years=year_counts(visit),
        )

    return visit.house.keep(("facets", visit.campaign.id, first, last), count)


def _is_between(month: tuple[int, int], first: str, last: str) -> bool:
    return not first or first <= f"{month[0]}-{month[1]:02}" <= last


def _by_area(visit: Visit, sets: Mapping[str, int]) -> dict[int, int]:
    """Return how many stories each focus area has, once however many of its nodes a story stands under."""
    areas = area_nodes(visit.house, visit.campaign.id)
    found: Counter[int] = Counter()
    for nodes, count in sets.items():
        for area in {areas[int(node)].id for node in nodes.split("+") if node and int(node) in areas}:
            found[area] += count
    return dict(found)


def _of_hits(visit: Visit, wanted: Wanted) -> _Counted:
    found = facet_counts(visit.store, visit.campaign.id, wanted)
    return _Counted(
        total=found.total,
        capped=found.capped,
        networks=found.networks,
        areas=_by_area(visit, found.nodes),
        places=found.places,
        sources=found.sources,
        kinds=found.kinds,
        years=found.years,
    )


# --- the groups -------------------------------------------------------------------------------------------


def _kinds(visit: Visit, asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    t = visit.view.language.t
    return tuple(
        Choice(value=kind, words=t(f"archive.kinds.{kind}"), count=counted.kinds.get(kind, 0), on=kind == asked.kind)
        for kind in Kind
        if counted.kinds.get(kind) or kind == asked.kind
    )


def _years(asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    years = dict(counted.years)
    if asked.year:
        years.setdefault(asked.year, 0)
    return tuple(
        Choice(value=year, words=str(year), count=years[year], on=year == asked.year)
        for year in sorted(years, reverse=True)
    )


def _months(visit: Visit, asked: Asked) -> tuple[Choice, ...]:
    """Return the months of the chosen year; they are counted where nothing but time narrows, else left out."""
    if not asked.year or not _is_time_alone(asked):
        return ()
    counted = month_counts(visit)
    names = visit.view.language.locale.months["stand-alone"]["wide"]
    return tuple(
        Choice(
            value=month,
            words=str(names[month]).capitalize(),
            count=counted.get((asked.year, month), 0),
            on=month == asked.month,
        )
        for month in range(12, 0, -1)
        if (asked.year, month) in counted or month == asked.month
    )


def _areas(visit: Visit, asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    def line(area: TreeNode) -> Choice:
        return Choice(
            value=area.code,
            words=area.title,
            count=counted.areas.get(area.id, 0),
            on=area.code == asked.area,
            mark=f"area-mark {area_class(area.colour)}",
            own=True,
        )

    legend = area_legend(visit.house, visit.campaign.id).values()
    return tuple(line(area) for area in legend if counted.areas.get(area.id) or area.code == asked.area)


def _places(visit: Visit, asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    register = offer(visit.campaign.places).register
    return _most_first(counted.places, asked.place, register.label_of)


def _networks(visit: Visit, asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    return _most_first(counted.networks, asked.network, network_name(visit.view.language))


def _sources(visit: Visit, asked: Asked, counted: _Counted) -> tuple[Choice, ...]:
    known = organisations(visit)
    told = {each: count for each, count in counted.sources.items() if each in known or each == asked.source}
    return _most_first(told, asked.source, lambda source: source_name(visit, source))


def source_name(visit: Visit, source: str) -> str:
    """Return what a source is called, its id where the configuration does not know it any more."""
    known = visit.house.settings.sources.get(source)
    return known.name if known and known.name else source


def _most_first(counted: Mapping[str, int], chosen: str, words: Callable[[str], str]) -> tuple[Choice, ...]:
    values: Iterable[str] = counted if chosen in counted or not chosen else [*counted, chosen]
    lines = [
        Choice(value=each, words=words(each), count=counted.get(each, 0), on=each == chosen) for each in values if each
    ]
    lines.sort(key=lambda line: (-(line.count or 0), line.words.casefold()))
    return tuple(line for at, line in enumerate(lines) if at < _MOST or line.on)


def chosen_words(visit: Visit, asked: Asked, name: str) -> str:
    """Return what a chosen part of the query says, for the chip that takes it away."""
    language = visit.view.language
    value = str(asked.query()[name] or "")
    match name:
        case "q":
            return language.t("public.open_quote") + value + language.t("public.close_quote")
        case "month":
            return language.month(date(asked.year or 1, asked.month or 1, 1))
        case "week":
            return language.t("archive.week_year", week=int(value[-2:]), year=value[:4])
        case "day":
            return language.date(date.fromisoformat(value))
        case "kind":
            return language.t(f"archive.kinds.{value}")
        case "area":
            legend = area_legend(visit.house, visit.campaign.id).values()
            return next((area.title for area in legend if area.code == value), value)
        case "place":
            return offer(visit.campaign.places).register.label_of(value)
        case "network":
            return network_name(language)(value)
        case "from":
            return source_name(visit, value)
    return value
