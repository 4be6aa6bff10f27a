"""What a person means who types into the search field: words, and parts with a name such as ``plats:Laholm``.

Pure. Named parts are read whatever the case of their letters, in Swedish and English, with or without å, ä and ö,
quoted or not. What is not understood is told with the names that come nearest, and is never dropped unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from campaign import hashtags
from campaign.places import Offer, Place, PlaceKind

#: More of what is typed is not read.
MOST_LETTERS = 1_000

_FIRST_YEAR, _LAST_YEAR = 1990, 2200

#: What a part may be called, folded, and what it asks of.
_NAMES = {
    "place": "place", "plats": "place", "ort": "place", "kommun": "place",
    "area": "area", "omrade": "area", "mal": "area", "goal": "area", "inriktning": "area", "node": "area",
    "network": "network", "natverk": "network", "kanal": "network", "channel": "network",
    "year": "year", "ar": "year",
    "from": "source", "fran": "source", "kalla": "source", "source": "source",
    "kind": "kind", "typ": "kind", "sort": "kind", "type": "kind",
}  # fmt: skip

_KINDS = {
    "story": "story", "stories": "story", "berattelse": "story", "berattelser": "story", "inlagg": "story",
    "issue": "issue", "issues": "issue", "utgava": "issue", "utgavor": "issue", "nyhetsbrev": "issue", "brev": "issue",
    "newsletter": "issue",
    "yearbook": "yearbook", "yearbooks": "yearbook", "arsbok": "yearbook", "arsbocker": "yearbook",
    "node": "node", "nodes": "node", "mal": "node", "strategi": "node", "strategy": "node", "goal": "node",
}  # fmt: skip

_OPEN, _CLOSE = '"”“„»«', '"”“«»'
_PART = re.compile(
    rf"(?<!\S)(?P<minus>[-–−]?)(?:(?P<name>[^\W\d_]{{2,12}})\s?[:：](?!//)\s?"
    rf"(?:[{_OPEN}](?P<quoted>[^{_OPEN}]*)[{_CLOSE}]?|(?P<plain>[^\s{_OPEN}]+))"
    rf"|(?P<phrase>[{_OPEN}][^{_OPEN}]*[{_CLOSE}]?))"
)
_YEARS = re.compile(r"(\d{4})?\s*(?:(-|–|\.\.)\s*(\d{4})?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A part that was not understood: what it asks of ("place", "year", …), what was typed, what comes nearest."""

    name: str
    typed: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What named parts may be called. ``areas`` are codes by how an area may be written (its code, its title),
    ``networks`` ids by id and by the name that people read, ``sources`` ids by id and by name.

    """

    places: Offer
    areas: tuple[tuple[str, str], ...] = ()
    networks: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was typed, read. ``text`` is what remains for the words, with what was not understood among them.

    Several values of one name are alternatives.
    ``places`` and ``sources`` are ids, ``areas`` codes, ``years`` spans with both ends inside. ``without`` are (name,
    value) pairs of parts that were negated: of "place", "area", "network", "source" and "kind". ``parts`` are the
    named parts that were understood, as typed.
    """

    text: str = ""
    places: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    years: tuple[tuple[int, int], ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    unknown: tuple[Unknown, ...] = ()
    parts: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but words was typed."""
        return not (
            self.places or self.areas or self.networks or self.years or self.sources or self.kinds or self.without
            or self.unknown
        )  # fmt: skip


def read(text: str, names: Names) -> Question:
    """Return what a person means by what was typed."""
    found: dict[str, list[str]] = {name: [] for name in _READERS}
    without: list[tuple[str, str]] = []
    years: list[tuple[int, int]] = []
    unknown: list[Unknown] = []
    left: list[str] = []
    parts: list[str] = []
    at = 0
    text = " ".join(text.replace("\0", " ")[:MOST_LETTERS].split())
    for match in _PART.finditer(text):
        name = _NAMES.get(hashtags.fold(match["name"])) if match["name"] else None
        value = (match["quoted"] or match["plain"] or "").strip(" ,;.")
        if name is None or not value:
            continue
        left.append(text[at : match.start()])
        at = match.end()
        span = _span(value) if name == "year" and not match["minus"] else None
        meant = Unknown(name=name, typed=value) if name == "year" else _READERS[name](value, names)
        if not isinstance(meant, Unknown) or span is not None:
            parts.append(match[0])
        if span is not None:
            years.append(span)
        elif isinstance(meant, Unknown):
            unknown.append(meant)
            left.append(match["minus"] + (f'"{value}"' if " " in value else value))
        elif match["minus"]:
            without += [(name, each) for each in meant]
        else:
            found[name] += meant
    left.append(text[at:])
    values = {name: tuple(dict.fromkeys(each)) for name, each in found.items()}
    return Question(
        text=" ".join(" ".join(left).split()),
        places=values["place"],
        areas=values["area"],
        networks=values["network"],
        sources=values["source"],
        kinds=values["kind"],
        years=tuple(years),
        without=tuple(dict.fromkeys(without)),
        unknown=tuple(unknown),
        parts=tuple(parts),
    )


def _span(value: str) -> tuple[int, int] | None:
    """Return the years of "2024", "2023-2025", "2023-" and "-2025", both ends inside; None for what is no year."""
    match = _YEARS.fullmatch(value)
    if match is None or not (match[1] or match[3]):
        return None
    first = int(match[1]) if match[1] else _FIRST_YEAR
    last = int(match[3]) if match[3] else (_LAST_YEAR if match[2] else first)
    first, last = min(first, last), max(first, last)
    return (first, last) if first >= _FIRST_YEAR and last <= _LAST_YEAR else None


def _place(value: str, names: Names) -> list[str] | Unknown:
    found = names.places.named(value) or _folded_place(value, names)
    if found:
        return [place.id for place in found]
    labels = {hashtags.fold(place.name): place.name for place in names.places.places}
    return Unknown(name="place", typed=value, near=_near(value, labels))


def _folded_place(value: str, names: Names) -> tuple[Place, ...]:
    """Return the places of a name that was typed without å, ä and ö, with an ending, or in its beginning."""
    asked = hashtags.fold(value)
    for wanted in (asked, asked.removesuffix("s kommun"), asked.removesuffix(" kommun"), asked.removesuffix("s")):
        found = [place for place in names.places.places if hashtags.fold(place.name) == wanted]
        found = found or [place for place in names.places.register if hashtags.fold(place.name) == wanted]
        if found:
            whole = [place for place in found if place.kind in (PlaceKind.MUNICIPALITY, PlaceKind.COUNTY)]
            return tuple(whole or found)
    if len(asked) < _BEGINNING:
        return ()
    begun = [place for place in names.places.places if hashtags.fold(place.name).startswith(asked)]
    return tuple(begun) if len({place.name for place in begun}) == 1 else ()


def _kind(value: str, _: Names) -> list[str] | Unknown:
    found = _KINDS.get(hashtags.fold(value))
    return [found] if found else Unknown(name="kind", typed=value, near=_near(value, {each: each for each in _KINDS}))


def _named(
    name: str, choose: Callable[[Names], tuple[tuple[str, str], ...]]
) -> Callable[[str, Names], list[str] | Unknown]:
    def reader(value: str, names: Names) -> list[str] | Unknown:
        known = choose(names)
        asked = hashtags.fold(value)
        found = [meant for written, meant in known if hashtags.fold(written) == asked]
        if not found and len(asked) >= _BEGINNING:
            found = [meant for written, meant in known if hashtags.fold(written).startswith(asked)]
        if not found and len(asked) >= _BEGINNING:
            words = asked.split()
            found = [meant for written, meant in known if _holds(hashtags.fold(written), words)]
        if found:
            return list(dict.fromkeys(found))
        return Unknown(name=name, typed=value, near=_near(value, {hashtags.fold(each): each for each, _ in known}))

    return reader


def _holds(written: str, words: list[str]) -> bool:
    parts = re.split(r"\W+", written)
    return all(any(part.startswith(word) for part in parts) for word in words)


def _near(value: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return at most three names that are written almost like this."""
    asked = hashtags.fold(value)[:60]
    begun = [name for key, name in known.items() if len(asked) >= _BEGINNING and key.startswith(asked)]
    close = [known[key] for key in get_close_matches(asked, list(known), n=3, cutoff=0.6)]
    return tuple(dict.fromkeys((*begun, *close)))[:3]


#: Letters that are the beginning of a name.
_BEGINNING = 3

_READERS: Mapping[str, Callable[[str, Names], list[str] | Unknown]] = {
    "place": _place,
    "area": _named("area", lambda names: names.areas),
    "network": _named("network", lambda names: names.networks),
    "source": _named("source", lambda names: names.sources),
    "kind": _kind,
}
