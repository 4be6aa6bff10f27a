"""The excerpt of a story as its card shows it: what is marked, and whether it still stands in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.errors import InputError
from campaign.excerpts import picked_span
from campaign.records import Post, Story
from storage.versions import Version

#: A text that is shorter stands in lists whole.
_WORTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptRow:
    """What a card says of its excerpt.

    ``words`` are those marked, "" where none are. ``aside`` says that they were marked in an earlier text, ``again``
    that they stand in the new one as well and need one press only.
    """

    post: Post
    words: str = ""
    aside: bool = False
    again: bool = False


def excerpt_row(story: Story, texts: Sequence[Version]) -> ExcerptRow | None:
    """Return what a card says of its excerpt, None where there is nothing to mark."""
    post = story.lead
    if post.warning or not post.text.strip():
        return None
    marked = story.excerpt
    if marked is None or marked.post != post.id:
        return ExcerptRow(post=post) if len(post.text) > _WORTH else None
    if marked.version == post.version_id:
        return ExcerptRow(post=post, words=post.text[marked.start : marked.end])
    old = next((text.text for text in texts if text.id == marked.version), "")
    words = old[marked.start : marked.end]
    return ExcerptRow(post=post, words=words, aside=True, again=_stands(post.text, words, marked.start))


def _stands(text: str, words: str, at: int) -> bool:
    try:
        picked_span(text, words, at)
    except InputError:
        return False
    return True
