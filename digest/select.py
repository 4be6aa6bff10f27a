"""Which stories the next issue tells, and why. Pure.

A story is chosen when it is approved up to the draft time and no issue of the newsletter has told it: what counts is
the day of the decision, never the day of the post, so nothing falls between two drafts. Where there are more
than the issue holds, those asked for come first, then those that have waited, then whatever spreads the
issue over focus areas, voices and networks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from campaign.credit import voice as voice_of
from campaign.errors import Fact
from campaign.records import NodeRef, Review, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a story is in or out: a catalogue key under ``digest.reason`` and the facts that fill it."""

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
) -> Selection:
    """Return the issue's stories with the reason for each.

    ``areas`` maps the id of every node to its focus area and names the areas in the strategy's order; ``told`` maps
    the id of each story that an issue has told to that issue's number. ``until`` is the draft time, ``previous``
    the draft time of the issue before: a story approved before it has waited. The answer does not depend
    on the order of ``stories``.
    """
    unique = {story.id: story for story in stories}
    candidates: list[Story] = []
    omitted: list[Omitted] = []
    for story in sorted(unique.values(), key=lambda story: story.sort_key):
        reason = _why_not(story, told, until)
        if reason is None:
            candidates.append(story)
        else:
            omitted.append(Omitted(story_id=story.id, reason=reason, kept=reason.key == "late"))
    chosen = _spread(candidates, areas, limit, previous)
    inside = {story.id for story, _, _ in chosen}
    full = Reason(key="full", facts={"limit": limit})
    omitted += [Omitted(story_id=story.id, reason=full, kept=True) for story in candidates if story.id not in inside]
    return Selection(picks=_in_reading_order(chosen, areas), omitted=tuple(omitted))


def _why_not(story: Story, told: Mapping[int, int], until: datetime) -> Reason | None:
    if story.review is not Review.APPROVED or story.approved_at is None:
        return Reason(key="unapproved")
    if story.id in told:
        return Reason(key="told", facts={"number": told[story.id]})
    if story.approved_at > until:
        return Reason(key="late")
    return None


_Chosen = tuple[Story, str | None, Reason]


def _spread(
    candidates: list[Story], areas: Mapping[int, NodeRef], limit: int, previous: datetime | None
) -> list[_Chosen]:
    """Choose one story after the other, each time the one that adds most to what is already there."""
    voices: Counter[str] = Counter()
    networks: Counter[str] = Counter()
    sections: Counter[str | None] = Counter()
    left = list(candidates)
    chosen: list[_Chosen] = []
    while left and len(chosen) < limit:

        def rank(story: Story) -> tuple[bool, bool, bool, int, int, int, int]:
            return (
                not story.coming,
                not story.featured,
                not _waited(story, previous),
                voices[voice(story)],
                sections[_section(story, areas, sections)],
                networks[story.lead.network],
                -story.sort_key,
            )

        best = min(left, key=rank)
        left.remove(best)
        section = _section(best, areas, sections)
        reason = _why(best, voices, sections[section], previous)
        chosen.append((best, section, reason))
        voices[voice(best)] += 1
        networks[best.lead.network] += 1
        sections[section] += 1
    return chosen


def voice(story: Story) -> str:
    """Return who tells the story, so that one sender does not fill an issue; whom nobody knows is a voice each."""
    return voice_of(story.lead) or f"story {story.id}"


def _waited(story: Story, previous: datetime | None) -> bool:
    return previous is not None and story.approved_at is not None and story.approved_at <= previous


def _section(story: Story, areas: Mapping[int, NodeRef], taken: Counter[str | None]) -> str | None:
    """Return the focus area to tell the story under: of several the one with fewest stories so far."""
    codes = [areas[node.id].code for node in story.nodes if node.id in areas]
    return min(codes, key=lambda code: taken[code]) if codes else None


def _why(story: Story, voices: Counter[str], in_section: int, previous: datetime | None) -> Reason:
    if story.coming:
        return Reason(key="coming")
    if story.featured:
        return Reason(key="featured")
    if _waited(story, previous):
        return Reason(key="waited")
    if not in_section:
        return Reason(key="first_in_area")
    if not voices[voice(story)]:
        return Reason(key="new_voice")
    return Reason(key="approved")


def _in_reading_order(chosen: list[_Chosen], areas: Mapping[int, NodeRef]) -> tuple[Pick, ...]:
    """Group by focus area in the strategy's order, those without area last, each in the order of choice."""
    order: list[str | None] = list(dict.fromkeys(area.code for area in areas.values()))
    ranked = sorted(chosen, key=lambda each: order.index(each[1]) if each[1] is not None else len(order))
    return tuple(
        Pick(story_id=story.id, section=section, position=position, reason=reason)
        for position, (story, section, reason) in enumerate(ranked)
    )
