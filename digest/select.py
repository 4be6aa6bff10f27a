"""Which stories the next issue tells, and why. Pure.

A story is chosen when it is approved up to the draft time and no issue of the newsletter has told it, unless it goes
on: what counts is the day of the decision, never the day of the post, so nothing falls between two drafts. Where
there are more than the issue holds, those asked for come first, then whatever spreads the issue over voices, focus
areas, places and networks; having waited is worth one place of its sender's. What readers did with a post is asked
last, and never compared with another network's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaign.credit import voice as voice_of
from campaign.errors import Fact
from campaign.places import Places, register
from campaign.records import NodeRef, Review, Story
from digest.spread import Rank, Spread, Standings

#: So many further reasons are told beside the first.
_ALSO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a story is in or out: a catalogue key under ``digest.reason`` and the facts that fill it.

    The fact ``also`` names further keys that hold too, with a space between; ``digest.reasons`` puts it into words.
    """

    key: str
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One chosen story. ``section`` is the code of its focus area, None for those without; ``position`` counts
    from 0 through the whole issue in reading order.
    """

    story_id: int
    section: str | None
    position: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """One story that is left out of this issue. ``kept`` says that the next one will consider it again."""

    story_id: int
    reason: Reason
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the issue tells, in reading order, and what it does not."""

    picks: tuple[Pick, ...]
    omitted: tuple[Omitted, ...]


def select(
    stories: Iterable[Story],
    *,
    areas: Mapping[int, NodeRef],
    told: Mapping[int, int],
    until: datetime,
    limit: int,
    previous: datetime | None = None,
    goes_on: Mapping[int, int] | None = None,
    left_out: Mapping[int, int] | None = None,
    inside: Sequence[tuple[Story, str | None]] = (),
    places: Places | None = None,
) -> Selection:
    """Return the issue's stories with the reason for each.

    ``areas`` maps the id of every node to its focus area and names the areas in the strategy's order; ``told`` maps
    the id of each story that an issue has told to that issue's number, ``goes_on`` those that go on from what an issue
    has told: of a story in both there is more to tell. ``until`` is the draft time, ``previous``
    the draft time of the issue before: a story approved before it has waited, unless an editor took it out of a
    letter: ``left_out`` maps those to that letter's number. ``inside`` are the stories that the
    issue shows already, each with its section. ``places`` is the register in which the stories' places are found.
    The answer does not depend on the order of ``stories``.
    """
    further = goes_on or {}
    candidates: list[Story] = []
    omitted: list[Omitted] = []
    unique = {story.id: story for story in stories}
    for story in sorted(unique.values(), key=lambda story: (story.sort_key, story.id)):
        reason = _why_not(story, told, further, until)
        if reason is None:
            candidates.append(story)
        else:
            omitted.append(Omitted(story_id=story.id, reason=reason, kept=reason.key == "late"))
    choosing = _Choosing(
        candidates,
        areas=areas,
        goes_on=further,
        previous=previous,
        left_out=left_out or {},
        inside=inside,
        places=places or register(),
    )
    chosen = choosing.choose(limit)
    omitted += [Omitted(story_id=story.id, reason=choosing.lost(story, limit), kept=True) for story in choosing.left]
    return Selection(picks=_in_reading_order(chosen, areas), omitted=tuple(omitted))


def _why_not(story: Story, told: Mapping[int, int], goes_on: Mapping[int, int], until: datetime) -> Reason | None:
    if story.review is not Review.APPROVED or story.approved_at is None:
        return Reason(key="unapproved")
    if story.id in told and story.id not in goes_on:
        return Reason(key="told", facts={"number": told[story.id]})
    if story.approved_at > until:
        return Reason(key="late")
    return None


def voice(story: Story) -> str:
    """Return who tells the story, so that one sender does not fill an issue; whom nobody knows is a voice each."""
    return voice_of(story.lead) or f"story {story.id}"


_Chosen = tuple[Story, str | None, Reason]


class _Choosing:
    """Chooses one story after the other, each time the one that adds most to what is already there."""

    def __init__(
        self,
        candidates: list[Story],
        *,
        areas: Mapping[int, NodeRef],
        goes_on: Mapping[int, int],
        previous: datetime | None,
        left_out: Mapping[int, int],
        inside: Sequence[tuple[Story, str | None]],
        places: Places,
    ) -> None:
        self.left = list(candidates)
        self._areas = areas
        self._titles = {area.code: area.title for area in areas.values()}
        self._goes_on = goes_on
        self._previous = previous
        self._left_out = left_out
        self._inside = len(inside)
        self._spread = Spread(places)
        self._standings = Standings(candidates)
        self._lost: dict[int, str] = {}
        for story, section in inside:
            self._spread.add(story, voice(story), section)

    def choose(self, limit: int) -> list[_Chosen]:
        """Return up to so many stories; ``left`` are the others then."""
        chosen: list[_Chosen] = []
        while self.left and len(chosen) < limit:
            ranks = {story.id: self._rank(story) for story in self.left}
            best = min(self.left, key=lambda story: ranks[story.id])
            self.left.remove(best)
            section = self._section(best)
            chosen.append((best, section, self._why(best, section)))
            self._spread.add(best, voice(best), section)
            # Of what is left when the issue is full: what the last choice had before it.
            self._lost = {
                story.id: "voice" if voice(story) == voice(best) else ranks[best.id].ahead_of(ranks[story.id])
                for story in self.left
            }
        return chosen

    def lost(self, story: Story, limit: int) -> Reason:
        """Return why a story that could have been told found no place."""
        key = self._lost.get(story.id, "")
        section = self._section(story)
        facts: dict[str, Fact] = {"limit": limit + self._inside}
        if key == "voice":
            facts["count"] = self._spread.voices[voice(story)]
        elif key == "section" and section is not None:
            facts |= {"area": self._titles[section], "count": self._spread.sections[section]}
        elif key == "section":
            key = "no_area"
            facts["count"] = self._spread.sections[None]
        elif key == "place":
            place = self._spread.nearest(story)
            key = "place" if place else "no_place"
            facts |= {"place": self._spread.name(place), "count": self._spread.places[place]} if place else {}
        elif key in ("network", "engagement"):
            network = self._standings.network(story) if key == "engagement" else story.lead.network
            facts |= {"network": network, "count": self._spread.networks[network]}
            key = "engagement_none" if key == "engagement" and not self._standings.known(story) else key
        return Reason(key=f"full_{key}" if key else "full", facts=facts)

    def _rank(self, story: Story) -> Rank:
        waited = self._waited(story)
        return Rank(
            asked=(not story.coming, not story.featured),
            voice=max(0, self._spread.voices[voice(story)] - waited),
            waited=not waited,
            section=self._spread.sections[self._section(story)],
            place=self._spread.load(story),
            goes_on=story.id not in self._goes_on,
            network=self._spread.networks[story.lead.network],
            engagement=-self._standings.of(story),
            newest=(-story.sort_key, -story.id),
        )

    def _waited(self, story: Story) -> bool:
        if story.id in self._left_out or self._previous is None or story.approved_at is None:
            return False
        return story.approved_at <= self._previous

    def _section(self, story: Story) -> str | None:
        """Return the focus area to tell the story under: of several the one with fewest stories so far."""
        codes = [self._areas[node.id].code for node in story.nodes if node.id in self._areas]
        return min(codes, key=lambda code: self._spread.sections[code]) if codes else None

    def _why(self, story: Story, section: str | None) -> Reason:
        """Return all that speaks for a story, what a person asked for first."""
        place = self._spread.unheard(story)
        met = self._standings.well_met(story)
        speaks = {
            "coming": story.coming,
            "featured": story.featured,
            "goes_on": story.id in self._goes_on,
            "was_left_out": story.id in self._left_out and story.id not in self._goes_on,
            "waited": self._waited(story),
            "first_area": section is not None and not self._spread.sections[section],
            "first_place": bool(place),
            "new_voice": not self._spread.voices[voice(story)],
            "well_met": bool(met),
        }
        keys = [key for key, holds in speaks.items() if holds] or ["approved"]
        known: dict[str, Fact] = {
            "number": self._goes_on.get(story.id) or self._left_out.get(story.id, 0),
            "area": self._titles.get(section or "", ""),
            "place": self._spread.name(place) if place else "",
            "network": met,
        }
        told = keys[: _ALSO + 1]
        needed = {"goes_on": "number", "was_left_out": "number"}
        needed |= {"first_area": "area", "first_place": "place", "well_met": "network"}
        facts = {needed[key]: known[needed[key]] for key in told if key in needed}
        return Reason(key=told[0], facts=facts | ({"also": " ".join(told[1:])} if told[1:] else {}))


def _in_reading_order(chosen: list[_Chosen], areas: Mapping[int, NodeRef]) -> tuple[Pick, ...]:
    """Group by focus area in the strategy's order, those without area last, each in the order of choice."""
    order: list[str | None] = list(dict.fromkeys(area.code for area in areas.values()))
    ranked = sorted(chosen, key=lambda each: order.index(each[1]) if each[1] is not None else len(order))
    return tuple(
        Pick(story_id=story.id, section=section, position=position, reason=reason)
        for position, (story, section, reason) in enumerate(ranked)
    )
