"""What an issue has so far of each voice, focus area, place and network, and how posts were met. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction

from campaign.places import PlaceKind, Places
from campaign.records import Post, Story

#: Of so few posts of one network nobody can say that one was met better than most.
_LEAST = 3

#: Neither better nor worse met than others: what a post counts as whose network tells nothing.
_NEUTRAL = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rank:
    """What speaks for a story, in the order in which it is asked; the lowest is chosen."""

    asked: tuple[bool, bool]
    voice: int
    waited: bool
    section: int
    place: int
    goes_on: bool
    network: int
    engagement: Fraction
    newest: tuple[int, int]

    def ahead_of(self, other: Rank) -> str:
        """Return the name of the first thing in which this one is better than the other, "" for equals."""
        names = (each.name for each in fields(self))
        return next((name for name in names if getattr(self, name) != getattr(other, name)), "")


class Spread:
    """Counts what an issue holds, so that what it has least of can come next."""

    def __init__(self, register: Places) -> None:
        self.voices: Counter[str] = Counter()
        self.sections: Counter[str | None] = Counter()
        self.places: Counter[str] = Counter()
        self.networks: Counter[str] = Counter()
        self._register = register

    def add(self, story: Story, voice: str, section: str | None) -> None:
        """Count a story that the issue tells."""
        self.voices[voice] += 1
        self.sections[section] += 1
        self.networks[story.lead.network] += 1
        for place in self._where(story) or ("",):
            self.places[place] += 1

    def load(self, story: Story) -> int:
        """Return how often the least heard of a story's places is told of; one without a place brings no new one."""
        where = self._where(story)
        return min(self.places[place] for place in where) if where else max(1, self.places[""])

    def nearest(self, story: Story) -> str:
        """Return the least heard place of a story, "" for none."""
        return min(self._where(story), key=lambda place: self.places[place], default="")

    def unheard(self, story: Story) -> str:
        """Return a place of a story that the issue does not tell of yet, "" for none."""
        return next((place for place in self._where(story) if not self.places[place]), "")

    def name(self, place: str) -> str:
        """Return what a place is called."""
        return self._register.label_of(place)

    def _where(self, story: Story) -> tuple[str, ...]:
        """Return the municipalities that a story tells of, also through towns; else the places that it has."""
        found = []
        for place_id in story.places:
            place = self._register.find(place_id)
            around = (place, *self._register.above(place_id)) if place is not None else ()
            found.append(next((each.id for each in around if each.kind is PlaceKind.MUNICIPALITY), place_id))
        return tuple(dict.fromkeys(found))


class Standings:
    """How posts were met beside the others of their own network.

    Three hundred likes on one network say nothing about five on another: a post's standing is the share of the other
    candidates' posts on its network that were met less, half for those met alike. A network that does not tell, or too
    few posts that know, leaves all of its posts in the middle.
    """

    def __init__(self, stories: Iterable[Story]) -> None:
        self._counts: dict[str, list[int]] = defaultdict(list)
        for story in stories:
            for post in story.posts:
                if post.engagement is not None:
                    self._counts[post.network].append(post.engagement)

    def of(self, story: Story) -> Fraction:
        """Return a story's standing from 0 to 1: the mean of its posts that have one, so that copies do not add up."""
        found = [self._of(post) for post in story.posts if self._tells(post)]
        return sum(found, Fraction(0)) / len(found) if found else _NEUTRAL

    def known(self, story: Story) -> bool:
        """Return whether a network tells how the story was met, beside enough others."""
        return any(self._tells(post) for post in story.posts)

    def network(self, story: Story) -> str:
        """Return the network on which a story stands highest, that of its lead where none tells."""
        told = [post for post in story.posts if self._tells(post)]
        return max(told, key=lambda post: (self._of(post), -post.id)).network if told else story.lead.network

    def well_met(self, story: Story) -> str:
        """Return the network where more people reacted to it than to most others, "" where they did not."""
        told = [post for post in story.posts if self._tells(post) and self._less(post) * 2 > self._others(post)]
        best = max(told, key=lambda post: (self._of(post), -post.id), default=None)
        return best.network if best is not None and self.of(story) > _NEUTRAL else ""

    def _tells(self, post: Post) -> bool:
        return post.engagement is not None and len(self._counts[post.network]) >= _LEAST

    def _others(self, post: Post) -> int:
        return len(self._counts[post.network]) - 1

    def _less(self, post: Post) -> int:
        return sum(count < (post.engagement or 0) for count in self._counts[post.network])

    def _of(self, post: Post) -> Fraction:
        alike = self._counts[post.network].count(post.engagement or 0) - 1
        return (self._less(post) + Fraction(alike, 2)) / self._others(post)
