"""Which told story a story may go on from: proposed with what the two share, never decided. Pure.

What two stories must share is a goal or a place, and beside it words that few of the stories compared have: any two
stories about one town have the town, only those about one bridge have the bridge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from campaign.credit import voice
from campaign.records import Post, Story
from campaign.traits import traits
from campaign.words import stem

#: So many are proposed at most.
MOST = 3

_LEAST_WORDS = 2
_SHORTEST = 4
_RARE = 0.1
_TOLD_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuing:
    """A told story that another may go on from, and what they share. ``words`` stand as the later one wrote them."""

    story_id: int
    places: tuple[str, ...]
    nodes: tuple[int, ...]
    words: tuple[str, ...]
    same_voice: bool

    @property
    def score(self) -> int:
        """How much speaks for it."""
        return 2 * len(self.words) + 2 * bool(self.places) + bool(self.nodes) + self.same_voice


def continuings(story: Story, told: Iterable[Story], *, names: Collection[str] = ()) -> list[Continuing]:
    """Return the told stories that a story may go on from, the likeliest first.

    Only older ones. ``names`` are words that say nothing here: places, the campaign's own.
    """
    older = [each for each in told if each.id != story.id and _begun(each) < _begun(story)]
    without = {stem(word.casefold()) for name in names for word in name.split()}
    mine = {stem_: word for stem_, word in _words(story).items() if stem_ not in without}
    texts = {each.id: _words(each) for each in older}
    found = [_shared(story, each, mine, texts) for each in older]
    fit = [each for each in found if (each.places or each.nodes) and len(each.words) >= _LEAST_WORDS]
    return sorted(fit, key=lambda each: (-each.score, -each.story_id))[:MOST]


def _shared(story: Story, other: Story, mine: Mapping[str, str], texts: Mapping[int, Mapping[str, str]]) -> Continuing:
    counts = Counter(stem_ for text in texts.values() for stem_ in text if stem_ in mine)
    most = max(2, int(_RARE * len(texts)))
    words = [word for stem_, word in mine.items() if stem_ in texts[other.id] and counts[stem_] <= most]
    nodes = {node.id for node in other.nodes}
    return Continuing(
        story_id=other.id,
        places=tuple(place for place in story.places if place in other.places),
        nodes=tuple(node.id for node in story.nodes if node.id in nodes),
        words=tuple(words[:_TOLD_WORDS]),
        same_voice=bool(voice(story.lead)) and voice(story.lead) == voice(other.lead),
    )


def _begun(story: Story) -> tuple[int, int]:
    return min(post.sort_key for post in story.posts), story.id


def _words(story: Story) -> dict[str, str]:
    """Return the words of a story by their stems, as they are written first."""
    found: dict[str, str] = {}
    for post in sorted(story.posts, key=lambda post: post.sort_key):
        for word in _said(post):
            if len(word) >= _SHORTEST and not word.isdigit():
                found.setdefault(stem(word.casefold()), word)
    return found


def _said(post: Post) -> tuple[str, ...]:
    told = traits(network=post.network, account="", at=post.published_at, title=post.title, text=post.text)
    return told.written
