"""A yearbook as it is read: its stories numbered, its chapters, its rings, its index of places and partners.

Paper that a browser prints knows no page numbers beforehand, so the book is found in by the numbers of its stories.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.growth import WeekState
from digest.letter import Book, Section
from digest.published import Published
from web.house import Visit
from web.public.cards import place_names
from web.public.corrections import place_of
from web.rings import Rings, draw

#: Swedish has its own letters last; others stand where their bare letter does.
_LAST = {"å": "{1", "ä": "{2", "æ": "{2", "ö": "{3", "ø": "{3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the rings need of a focus area."""

    title: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter in the list of contents. ``first`` and ``last`` are the numbers of its stories, 0 where it has none;
    ``is_empty`` says that it has nothing else either.
    """

    title: str
    anchor: str
    colour: str
    first: int
    last: int
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of an index: a name, and the stories by number and place on the page."""

    name: str
    stories: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """Everything a book's page has beyond a letter's. ``numbers`` are those of the stories by their place."""

    counts: Book
    rings: Rings
    areas: Mapping[int | None, Mark]
    has_unattached: bool
    open_weeks: int
    numbers: Mapping[str, int]
    chapters: tuple[Chapter, ...]
    places: tuple[Entry, ...]
    partners: tuple[Entry, ...]


def book_of(visit: Visit, found: Published) -> BookView | None:
    """Return what a yearbook has beyond a letter, None for a letter."""
    letter = found.letter
    if letter.book is None:
        return None
    told = [item for item in letter.items if item.is_story and not item.removed]
    numbers = {place_of(item): number for number, item in enumerate(told, 1)}
    places, partners = [], []
    for item in told:
        at = (numbers[place_of(item)], place_of(item))
        story = found.stories.get(item.story_id)
        names = place_names(story, visit.house.settings) if story is not None else ()
        places += [(name, at) for name in names]
        partners += [(item.author, at)] if item.author else []
    growth = letter.book.growth
    return BookView(
        counts=letter.book,
        rings=draw(growth),
        areas={each.node: Mark(title=each.title, colour=each.colour) for each in letter.sections if each.node},
        has_unattached=any(area is None for week in growth for area, _ in week.counts),
        open_weeks=sum(week.state is WeekState.OPEN for week in growth),
        numbers=numbers,
        chapters=tuple(_chapter(each, numbers) for each in letter.sections),
        places=_index(places),
        partners=_index(partners),
    )


def _chapter(section: Section, numbers: Mapping[str, int]) -> Chapter:
    inside = [numbers[place_of(item)] for item in section.items if place_of(item) in numbers]
    return Chapter(
        title=section.title,
        anchor=f"chapter-{section.code or 'rest'}".replace("@", ""),
        colour=section.colour,
        first=min(inside, default=0),
        last=max(inside, default=0),
        is_empty=not any(not item.removed for item in section.items),
    )


def _index(pairs: Iterable[tuple[str, tuple[int, str]]]) -> tuple[Entry, ...]:
    found: dict[str, list[tuple[int, str]]] = {}
    for name, at in pairs:
        if at not in found.setdefault(name, []):
            found[name].append(at)
    return tuple(Entry(name=name, stories=tuple(found[name])) for name in sorted(found, key=_alphabetical))


def _alphabetical(name: str) -> str:
    """Return what sorts a name as Swedish does."""
    letters = (_LAST.get(letter) or unicodedata.normalize("NFD", letter)[0] for letter in name.casefold().lstrip("@#"))
    return "".join(letters)
