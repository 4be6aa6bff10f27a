"""How many stories each place has, those of its parts in it and none counted twice. Read from what is kept by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from campaign.places import Offer, Place, PlaceKind
from storage.counts import Tally


class PlaceCounts:
    """The stories of a campaign by where they take place. Each tally is of stories that have the same set of places."""

    def __init__(self, tallies: Iterable[Tally]) -> None:
        self._told = [(each.period, frozenset(filter(None, each.value.split("+"))), each.count) for each in tallies]

    @cached_property
    def total(self) -> int:
        """All stories, with and without a place."""
        return sum(count for _, _, count in self._told)

    @cached_property
    def without(self) -> int:
        """The stories of which nobody has said where they take place."""
        return sum(count for _, places, count in self._told if not places)

    @cached_property
    def here(self) -> Counter[str]:
        """How many stories each place has by itself."""
        found: Counter[str] = Counter()
        for _, places, count in self._told:
            found.update(dict.fromkeys(places, count))
        return found

    def months(self, places: Collection[str]) -> Counter[str]:
        """Return how many stories each month has that take place in any of these."""
        wanted = frozenset(places)
        found: Counter[str] = Counter()
        for period, own, count in self._told:
            if not wanted.isdisjoint(own):
                found[period] += count
        return found

    def inside(self, places: Collection[str]) -> int:
        """Return how many stories take place in any of these."""
        return self.months(places).total()

    def each_inside(self, groups: Mapping[str, Collection[str]]) -> Counter[str]:
        """Return how many stories each of several groups of places has, by the groups' names."""
        homes: dict[str, list[str]] = {}
        for name, places in groups.items():
            for place in places:
                homes.setdefault(place, []).append(name)
        found: Counter[str] = Counter(dict.fromkeys(groups, 0))
        for _, own, count in self._told:
            found.update(dict.fromkeys({name for place in own for name in homes.get(place, ())}, count))
        return found


def shown_municipalities(offer: Offer, counts: PlaceCounts) -> tuple[Place, ...]:
    """Return the municipalities that the map and the list have, in the order of their names.

    Those that the campaign names and others that have stories; where it names none, whole counties where there are any.
    """
    known = offer.register
    told = {home.id: home for place in counts.here if (home := home_of(offer, place)) is not None}
    if offer.is_chosen and offer.municipalities:
        chosen = {place.id: place for place in offer.municipalities} | told
    else:
        counties = dict.fromkeys(place.parent for place in told.values())
        chosen = {place.id: place for county in counties for place in known.children(county)}
    return tuple(sorted(chosen.values(), key=lambda place: alphabetical(place.name)))


def home_of(offer: Offer, place_id: str) -> Place | None:
    """Return the municipality that a place is or lies in, None for a county and for what no register knows."""
    place = offer.register.find(place_id)
    own = (place, *offer.register.above(place_id)) if place else ()
    return next((each for each in own if each.kind is PlaceKind.MUNICIPALITY), None)


def alphabetical(name: str) -> str:
    """Return what sorts a name as Swedish does: å, ä and ö stand last."""
    return name.casefold().translate(str.maketrans("åäöéü", "{|}eu"))
