"""Where it grows: the map of the campaign's municipalities with the same as a list, and a page for each place."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.language import Language
from campaign.places import Offer, Place, PlaceKind, offer
from storage.archive import Wanted, browse
from storage.counts import tally
from web.head import Meta
from web.house import Visit
from web.maps import Map, draw
from web.public.asked import Asked
from web.public.feeds import feed_links
from web.public.growth import shown, sources_of
from web.public.narrower import narrower
from web.public.over_time import activity, step_words
from web.public.place_counts import PlaceCounts, alphabetical, home_of, shown_municipalities
from web.steps import Steps, steps_of

PAGE = 24
MOST_KEY = 2**62

#: A map of so many municipalities has names that nobody can read; all of Sweden has 290.
_MOST_NAMED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A place with how many stories it has."""

    place: Place
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A municipality in the list: its stories, those of its parts in it, and the parts that have any.

    ``step`` is its colour, 0 for none; ``whole`` how much of a full bar it has, in per cent.
    """

    place: Place
    count: int
    step: int
    whole: int
    parts: tuple[Part, ...]


def counts_of(visit: Visit) -> PlaceCounts:
    """Return how many stories each place has, kept until something changes."""
    campaign = visit.campaign.id
    return visit.house.keep(
        ("place counts", campaign), lambda: PlaceCounts(tally(visit.store, campaign, "places", period="month"))
    )


def places(visit: Visit) -> Response:
    """Show where the stories take place: a map, the same as a list, and in words."""
    known, counts = offer(visit.campaign.places), counts_of(visit)
    here = shown_municipalities(known, counts)
    lines, steps = _lines(known, counts, here)
    return visit.page(
        "public/places.html",
        map=_map(here),
        lines=lines,
        by_code={line.place.code: line for line in lines},
        steps=steps,
        wider=_wider(known, counts),
        without=counts.without,
        says=_says(lines, counts, visit.view.language),
    )


def _lines(known: Offer, counts: PlaceCounts, here: tuple[Place, ...]) -> tuple[list[Line], Steps]:
    """Return a line for each municipality, and the colours that their numbers are sorted into."""
    groups = {place.id: known.register.below(place.id) for place in here}
    told = counts.each_inside(groups)
    steps = steps_of(list(told.values()))
    most = max(told.values(), default=0)
    lines = [
        Line(
            place=place,
            count=told[place.id],
            step=steps.of(told[place.id]),
            whole=round(told[place.id] / most * 100) if most else 0,
            parts=_parts(known, counts, place.id),
        )
        for place in here
    ]
    return lines, steps


def _parts(known: Offer, counts: PlaceCounts, place_id: str) -> tuple[Part, ...]:
    """Return what lies right in a place and has stories, those with most first."""
    children = known.register.children(place_id)
    told = counts.each_inside({child.id: known.register.below(child.id) for child in children})
    found = [Part(place=child, count=told[child.id]) for child in children if told[child.id]]
    return tuple(sorted(found, key=lambda part: (-part.count, alphabetical(part.place.name))))


def _wider(known: Offer, counts: PlaceCounts) -> list[Part]:
    """Return the places that stories have and that lie in no municipality: counties, and what nobody knows any more."""
    found = [
        Part(place=known.register.find(each) or Place(id=each, kind=PlaceKind.OWN, name=each), count=count)
        for each, count in counts.here.items()
        if home_of(known, each) is None
    ]
    return sorted(found, key=lambda part: (-part.count, alphabetical(part.place.name)))


def _map(here: tuple[Place, ...]) -> Map | None:
    return draw({place.code: place.name if len(here) <= _MOST_NAMED else "" for place in here if place.code})


def _says(lines: list[Line], counts: PlaceCounts, language: Language) -> str:
    """Return what the map shows: how much is told from where, where most, and from where nothing."""
    if not counts.total:
        return language.t("whereabouts.nothing")
    placed = counts.total - counts.without
    parts = [language.t("whereabouts.placed", count=placed, total=language.number(counts.total))]
    if not placed:
        return parts[0]
    told = [line for line in lines if line.count]
    if len(lines) > 1 and told:
        parts.append(language.t("whereabouts.spread", count=len(told), all=len(lines)))
        order = sorted(told, key=lambda line: -line.count)
        # Whoever has as many as one that is not named is not named either.
        best = [line for line in order[:3] if len(order) <= 3 or line.count > order[3].count]
        most = [language.t("whereabouts.one", place=line.place.name, count=line.count) for line in best]
        if best and len(told) > 1:
            parts.append(language.t("whereabouts.most", places=language.listed(most)))
    silent = [line.place.name for line in lines if not line.count]
    if told and 0 < len(silent) <= 5:
        parts.append(language.t("whereabouts.silent", places=language.listed(silent)))
    return " ".join(parts)


# --- one place --------------------------------------------------------------------------------------------


def place(visit: Visit) -> Response:
    """Show what is told from a place and what lies in it. NotFoundError ``page`` for one that nobody knows."""
    known, counts = offer(visit.campaign.places), counts_of(visit)
    asked = str(visit.request.path_params["place"])
    found = known.register.find(asked) or (
        Place(id=asked, kind=PlaceKind.OWN, name=asked) if counts.here[asked] else None
    )
    if found is None:
        raise NotFoundError("page")
    inside = known.register.below(found.id)
    page = browse(
        visit.store,
        visit.campaign.id,
        Wanted(places=inside),
        limit=PAGE,
        older_than=visit.asked_number("older", 0, MOST_KEY),
        newer_than=visit.asked_number("newer", 0, MOST_KEY),
    )
    over = known.register.above(found.id)
    words = kind_words(known, found, visit.view.language)
    return visit.page(
        "public/place.html",
        place=found,
        kind=words,
        above=[each for each in reversed(over) if counts.inside(known.register.below(each.id)) or each.id in known.ids],
        over=activity(visit, counts.months(inside), sources_of(visit)),
        parts=_parts(known, counts, found.id),
        around=_around(known, found),
        home=home_of(known, found.id),
        page=page,
        cards=[shown(visit, story) for story in page.stories],
        step_words=step_words,
        feeds=feed_links(visit, Asked(place=found.id)),
        **narrower(visit, Asked(place=found.id), ("area", "from", "network", "year")),
        meta=Meta(crumbs=((visit.view.language.t("whereabouts.title"), "/places"),)),
    )


def kind_words(known: Offer, place: Place, language: Language) -> str:
    """Return what sort of place it is and where it lies: "Kommun i Hallands län"."""
    home = known.register.find(place.parent)
    if home is None:
        return language.t(f"whereabouts.kind_alone.{place.kind}")
    return language.t(f"whereabouts.kind.{place.kind}", home=home.name)


def _around(known: Offer, place: Place) -> Map | None:
    """Return a small map of the county that a place lies in, None for what lies nowhere."""
    own = (place, *known.register.above(place.id))
    county = next((each for each in own if each.kind is PlaceKind.COUNTY), None)
    if county is None:
        return None
    return draw({each.code: "" for each in known.register.children(county.id) if each.code}, around=False)
