"""The places of Sweden that a story can take place in, and those of them that a campaign offers.

The register (``data/places.tsv``) has every county and municipality and the larger towns; a campaign may add places
of its own. It is read when first asked for, and once. Where it comes from is told in docs/places.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from campaign.toml_file import nearest

#: So many letters at least are the beginning of a name.
_LEAST = 2


class PlaceKind(StrEnum):
    """What sort of place it is. ``OWN`` is one that a campaign named itself."""

    COUNTY = "county"
    MUNICIPALITY = "municipality"
    TOWN = "town"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place. ``code`` is the official one of a county or municipality, ``parent`` the id of what it lies in, or "".

    The id is never changed and never used again.
    """

    id: str
    kind: PlaceKind
    name: str
    parent: str = ""
    code: str = ""


class Places:
    """Looks places up by id and by name."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_id = {place.id: place for place in places}

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_id.values())

    def find(self, place_id: str) -> Place | None:
        """Return a place by its id, None where there is none."""
        return self._by_id.get(place_id)

    def children(self, place_id: str) -> tuple[Place, ...]:
        """Return what lies directly in a place, in the order of the register."""
        return tuple(self._children.get(place_id, ()))

    def above(self, place_id: str) -> tuple[Place, ...]:
        """Return what a place lies in, the nearest first."""
        found = []
        place = self.find(place_id)
        while place is not None and place.parent:
            place = self.find(place.parent)
            if place is not None:
                found.append(place)
        return tuple(found)

    def below(self, place_id: str) -> tuple[str, ...]:
        """Return the ids of a place and of everything that lies in it, however deep."""
        return (place_id, *(each for child in self.children(place_id) for each in self.below(child.id)))

    def named(self, name: str) -> tuple[Place, ...]:
        """Return the places that a person means: "Laholm", "Laholms kommun", "Hallands län", "Torup, Hylte"."""
        town, _, around = (part.strip() for part in name.partition(","))
        found = tuple(self._by_name.get(_key(town), ()))
        if not around:
            return found
        inside = {place.id for place in self.named(around)}
        return tuple(place for place in found if place.parent in inside)

    def label(self, place: Place) -> str:
        """Return a name that tells it from every other place: of a town also where it lies."""
        around = self.find(place.parent) if place.kind in (PlaceKind.TOWN, PlaceKind.OWN) else None
        return f"{place.name}, {around.name}" if around else place.name

    def label_of(self, place_id: str) -> str:
        """Return the name of a place that a story has, the id itself where no register knows it any more."""
        place = self.find(place_id)
        return place.name if place else place_id

    @cached_property
    def _children(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in self._by_id.values():
            found[place.parent].append(place)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for place in self._by_id.values():
            found[_key(place.name)].append(place)
            if place.kind is PlaceKind.MUNICIPALITY:
                for form in (f"{place.name} kommun", f"{genitive(place.name)} kommun"):
                    if place not in found[_key(form)]:
                        found[_key(form)].append(place)
        for place in self._by_id.values():
            if place.kind is PlaceKind.COUNTY and _key(short(place)) not in found:
                found[_key(short(place))].append(place)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Offer:
    """What one campaign offers to choose among. ``places`` stand in the order of choosing: municipalities, then towns.

    ``is_chosen`` says that the configuration names them; else they are all municipalities there are.
    """

    register: Places
    places: tuple[Place, ...]
    is_chosen: bool

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of what is offered."""
        return frozenset(place.id for place in self.places)

    @cached_property
    def municipalities(self) -> tuple[Place, ...]:
        """The municipalities among them."""
        return tuple(place for place in self.places if place.kind is PlaceKind.MUNICIPALITY)

    def named(self, name: str) -> tuple[Place, ...]:
        """Return the places that a person means by a name or an id: of those that are offered, else of all."""
        place = self.register.find(name.strip())
        found = (place,) if place else self.register.named(name)
        ours = tuple(each for each in found if each.id in self.ids)
        # A municipality comes before a town that is called the same.
        whole = tuple(each for each in ours or found if each.kind in (PlaceKind.MUNICIPALITY, PlaceKind.COUNTY))
        return whole or ours or found

    def meant(self, name: str) -> tuple[Place, ...]:
        """Return the places that a person means who may have written the beginning of a name only."""
        return self.named(name) or self.beginning(name)

    def beginning(self, name: str) -> tuple[Place, ...]:
        """Return the places whose names begin so, of those that are offered, else of all; none for a single letter."""
        start = _key(name)
        if len(start) < _LEAST:
            return ()
        found = [place for place in self.places if _key(place.name).startswith(start)]
        found = found or [place for place in self.register if _key(place.name).startswith(start)]
        # A municipality comes before a town that is called the same.
        whole = {_key(place.name) for place in found if place.kind is PlaceKind.MUNICIPALITY}
        ours = (place for place in found if place.kind is PlaceKind.MUNICIPALITY or _key(place.name) not in whole)
        return tuple(ours)

    def near(self, name: str) -> str:
        """Return the label of an offered place that is written almost like this, "" for none."""
        names = {place.name.casefold(): place.name for place in self.places}
        return names.get(nearest(name, names), "")


def register() -> Places:
    """Return every place of the register, read at the first call."""
    return _register()


@cache
def _register() -> Places:
    text = files("campaign").joinpath("data/places.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return Places(
        Place(id=id_, kind=PlaceKind(kind), code=code, name=name, parent=parent)
        for id_, kind, code, name, parent in rows
    )


@lru_cache(maxsize=64)
def offer(names: tuple[str, ...]) -> Offer:
    """Return what a campaign offers that names these places; one that names none offers every municipality.

    A county brings its municipalities and their towns, a municipality its towns. "Ringenäs, Halmstad" is a place of
    the campaign's own where the register has none of that name there. Names that say nothing are left out: ``unknown``.
    """
    if not names:
        every = (place for place in register() if place.kind is PlaceKind.MUNICIPALITY)
        return Offer(register=register(), places=tuple(every), is_chosen=False)
    chosen: dict[str, Place] = {}
    own: dict[str, Place] = {}
    for name in names:
        place = _meant(name)
        if place is not None and place.kind is PlaceKind.OWN:
            own[place.id] = place
        if place is not None:
            chosen |= {each: found for each in register().below(place.id) if (found := register().find(each) or place)}
    order = [PlaceKind.COUNTY, PlaceKind.MUNICIPALITY, PlaceKind.OWN, PlaceKind.TOWN]
    places = sorted(chosen.values(), key=lambda place: order.index(place.kind))
    known = Places([*register(), *own.values()]) if own else register()
    return Offer(register=known, places=tuple(places), is_chosen=True)


def unknown(name: str) -> tuple[str, str] | None:
    """Return what is wrong with a place that a configuration names, as a key and advice; None for nothing.

    "place_unknown" with the nearest name or "", "place_many" with the names that would be exact.
    """
    if _meant(name) is not None:
        return None
    found = register().named(name)
    if found:
        return "place_many", "; ".join(register().label(place) for place in found)
    everything = {place.name.casefold(): place.name for place in register()}
    return "place_unknown", everything.get(nearest(name.partition(",")[0].strip(), everything), "")


def _meant(name: str) -> Place | None:
    """Return the one place that a name in a configuration means: of several a county or municipality before towns."""
    found = register().named(name)
    whole = [place for place in found if place.kind is not PlaceKind.TOWN]
    if len(whole or found) == 1:
        return (whole or list(found))[0]
    town, _, around = (part.strip() for part in name.partition(","))
    homes = [place for place in register().named(around) if place.kind is PlaceKind.MUNICIPALITY] if around else []
    if found or len(homes) != 1 or not slug(town):
        return None
    return Place(id=f"{slug(town)}-{homes[0].id}", kind=PlaceKind.OWN, name=town, parent=homes[0].id)


def genitive(name: str) -> str:
    """Return the Swedish genitive of a name: "Laholms", and "Alingsås" as it is."""
    return name if name.endswith(("s", "x", "z")) else f"{name}s"


def short(county: Place) -> str:
    """Return what a county is called without the word: "Halland" of "Hallands län", "Skåne" of "Skåne län"."""
    name = county.name.removesuffix(" län")
    return name if f"{slug(name)}-lan" == county.id else name.removesuffix("s")


def slug(name: str) -> str:
    """Return a name as it stands in an id: a to z, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub("[^a-z0-9]+", "-", "".join(letter for letter in plain if not unicodedata.combining(letter))).strip(
        "-"
    )


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
