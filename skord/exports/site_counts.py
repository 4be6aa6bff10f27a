"""What a site is about, counted before a page of it is written: when, where and under what its stories stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaign.periods import week_of
from campaign.places import Places
from campaign.records import Story
from storage.counts import Tally
from storage.exports import Numbers
from storage.keys import moment_of
from storage.strategy import StrategyTree
from web.public.story_head import key_of

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one story stands. ``places`` and ``nodes`` hold what lies over its own too, ``own`` its own nodes."""

    day: date
    month: str
    week: str
    places: tuple[str, ...]
    networks: tuple[str, ...]
    nodes: tuple[int, ...]
    own: tuple[int, ...]


class Sorting:
    """Sorts stories as the archive's own pages do."""

    def __init__(self, register: Places, trees: Sequence[StrategyTree], zone: ZoneInfo) -> None:
        self._register, self._zone = register, zone
        self._above = {
            node.id: (node.id, *(each.id for each in tree.above(node.id))) for tree in trees for node in tree.nodes
        }

    def standing(self, story: Story) -> Standing:
        """Return where a story stands: in time by its newest public post."""
        day = moment_of(key_of(story)).astimezone(self._zone).date()
        week = week_of(day)
        own = tuple(sorted(node.id for node in story.nodes))
        return Standing(
            day=day,
            month=f"{day:%Y-%m}",
            week=f"{week.year}-W{week.number:02}",
            places=_each(story.places, (over.id for place in story.places for over in self._register.above(place))),
            networks=_each(post.network for post in story.posts),
            nodes=_each(node for each in own for node in self._above.get(each, ())),
            own=own,
        )


def _each(*several: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(each for values in several for each in values))


@dataclass(slots=True, kw_only=True)
class Counted:
    """How many stories each page has. ``grown`` counts weeks and sets of nodes, as the rings want them."""

    stories: Numbers = field(default_factory=Numbers)
    total: int = 0
    grown: Counter[tuple[str, str]] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    weeks: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    networks: Counter[str] = field(default_factory=Counter)
    nodes: Counter[int] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, story: Story, standing: Standing) -> None:
        """Count one, the newest first."""
        self.stories.add(story.id)
        self.total += 1
        self.grown[standing.week, "+".join(map(str, standing.own))] += 1
        self.months[standing.month] += 1
        self.weeks[standing.week] += 1
        self.places.update(standing.places)
        self.networks.update(standing.networks)
        self.nodes.update(standing.nodes)
        at = moment_of(key_of(story))
        self.first, self.last = at, self.last or at

    @property
    def years(self) -> dict[int, int]:
        """How many stories each year has, the newest first."""
        found: Counter[int] = Counter()
        for month, count in self.months.items():
            found[int(month[:4])] += count
        return dict(sorted(found.items(), reverse=True))

    def tallies(self) -> list[Tally]:
        """Return what the rings are drawn from."""
        return [Tally(period=week, value=nodes, count=count) for (week, nodes), count in sorted(self.grown.items())]
