"""What was put right of a sent issue, in words, for its web copy and for the desk. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from campaign.language import Language
from digest.letter import Item
from storage.corrections import Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One correction as it is read. ``place`` is the id of the story's place on the page, "" where it has none.

    ``own`` says that a person wrote the words, in the site's language.
    """

    id: int
    at: datetime
    words: str
    own: bool
    place: str


def told(corrections: Iterable[Correction], language: Language, items: Iterable[Item] = ()) -> list[Told]:
    """Return corrections in words, in their order."""
    places = {key: place_of(item) for item in items for key in _keys(item)}
    return [
        Told(
            id=each.id,
            at=each.at,
            words=each.text or language.t(f"corrections.made.{each.kind}"),
            own=bool(each.text),
            place=places.get(("post", each.post_id)) or places.get(("story", each.story_id), ""),
        )
        for each in corrections
    ]


def place_of(item: Item) -> str:
    """Return the id of an item's place on the page of an issue."""
    return f"story-{item.story_id}" if item.story_id else f"item-{item.item_id}"


def _keys(item: Item) -> tuple[tuple[str, int], ...]:
    by_post = (("post", item.post_id),) if item.post_id else ()
    return (*by_post, ("story", item.story_id)) if item.story_id else ()
