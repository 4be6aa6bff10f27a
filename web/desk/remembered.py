"""What is read out of texts for the cards, remembered while the program runs: the same text is not read twice.

Pure functions of texts that never change, with what they were asked beside; the last thousand or so are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from campaign import flags, mentions, suggestions, tongues
from campaign.flags import Proposal
from campaign.mentions import Mention
from campaign.places import Offer
from campaign.records import Post
from campaign.suggestions import Suggestion
from campaign.tongues import Guess

_MOST = 1024


def suggest(text: str, nodes: Mapping[int, Iterable[str]], *, title: str = "") -> list[Suggestion]:
    """Return the nodes whose words stand in a text."""
    return list(_suggest(text, title, tuple((node_id, tuple(listed)) for node_id, listed in nodes.items())))


def find_places(text: str, offer: Offer, *, title: str = "", home: str = "") -> list[Mention]:
    """Return the offered places that a text speaks of."""
    return list(_find_places(text, offer, title, home))


def propose(posts: Iterable[Post], *, language: str) -> list[Proposal]:
    """Return the flags that a story's posts may need."""
    return list(_propose(tuple(posts), language))


@lru_cache(_MOST)
def guess(text: str) -> Guess | None:
    """Return the language that a text looks like."""
    return tongues.guess(text)


@lru_cache(_MOST)
def _suggest(text: str, title: str, nodes: tuple[tuple[int, tuple[str, ...]], ...]) -> tuple[Suggestion, ...]:
    return tuple(suggestions.suggest(text, dict(nodes), title=title))


@lru_cache(_MOST)
def _find_places(text: str, offer: Offer, title: str, home: str) -> tuple[Mention, ...]:
    return tuple(mentions.find_places(text, offer, title=title, home=home))


@lru_cache(_MOST)
def _propose(posts: tuple[Post, ...], language: str) -> tuple[Proposal, ...]:
    return tuple(flags.propose(posts, language=language))
