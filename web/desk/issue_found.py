"""What could be put into an issue: what its draft did not take, and approved stories that are looked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from campaign.records import Story
from digest.reasons import in_words
from storage.issue_desk import addable, omitted, told_elsewhere
from storage.stories import get_stories
from web.desk.trail import headline
from web.desk.visit import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A story that could be in the issue, with why it is not. ``told`` is the number of the letter that tells it
    already, so that it cannot be put in; 0 for none.
    """

    story: Story
    title: str
    why: str
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """The stories that can be put in by hand, those told already last. ``free`` of ``count`` that can are shown;
    ``told_count`` are all that match and are told.
    """

    shown: tuple[Proposal, ...]
    free: int
    count: int
    told_count: int


def proposals(desk: Desk, issue_id: int, inside: Collection[int]) -> list[Proposal]:
    """Return the stories that the draft did not take, with the reason for each; what was added since is not named."""
    entries = [entry for entry in omitted(desk.store, issue_id) if entry.story_id not in inside]
    if not entries:
        return []
    told = told_elsewhere(desk.store, issue_id)
    known = {story.id: story for story in get_stories(desk.store, [entry.story_id for entry in entries], public=True)}
    return [
        _proposal(desk, known[entry.story_id], in_words(entry.why, desk.language), told=told.get(entry.story_id, 0))
        for entry in entries
        if entry.story_id in known
    ]


def findable(desk: Desk, issue_id: int, words: str, why: Mapping[int, str]) -> Findable:
    """Return approved stories to add by hand, each with why it is not in the issue where that is known."""
    found = addable(desk.store, issue_id, words)
    free = [_proposal(desk, story, why.get(story.id, "")) for story in found.stories]
    told = [_proposal(desk, story, "", told=number) for story, number in found.told]
    return Findable(shown=(*free, *told), free=len(free), count=found.count, told_count=found.told_count)


def _proposal(desk: Desk, story: Story, why: str, *, told: int = 0) -> Proposal:
    return Proposal(story=story, title=headline(story.lead, desk.language), why=why, told=told)
