"""Where a card's story takes place: what is set, and what its texts propose with the reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaign.mentions import Mention
from campaign.places import Offer, Place, PlaceKind
from campaign.records import Review, Story
from campaign.settings import SourceSettings
from web.desk.remembered import find_places

#: So many municipalities stand as buttons in the picker; of more only the field is shown.
_MOST_BUTTONS = 16

#: So many places are offered to who has written a name that means several.
MOST_MEANT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """What a card shows of places: those that are set, those that are proposed and why, and those to press."""

    attached: tuple[Place, ...]
    proposed: tuple[Mention, ...]
    buttons: tuple[Place, ...]


def place_row(story: Story, known: Offer, sources: Mapping[str, SourceSettings]) -> PlaceRow:
    """Return a story's places. Pure: nothing is asked of the database."""
    attached = tuple(as_place(known, place) for place in story.places)
    shown = [post for post in story.posts if post.review is not Review.HIDDEN] or list(story.posts)
    source = sources.get(story.lead.source)
    found = find_places(
        "\n\n".join(post.text for post in shown),
        known,
        title="\n".join(post.title for post in shown),
        home=home_of(source, known) if source is not None and not attached else "",
    )
    own = set(story.places)
    buttons = known.municipalities if len(known.municipalities) <= _MOST_BUTTONS else ()
    return PlaceRow(
        attached=attached,
        proposed=tuple(each for each in found if each.place.id not in own),
        buttons=tuple(place for place in buttons if place.id not in own),
    )


def home_of(source: SourceSettings, known: Offer) -> str:
    """Return the id of the place that a source belongs to, "" where its settings name none."""
    found = known.named(source.place) if source.place else ()
    return found[0].id if found else ""


def labels(known: Offer) -> list[str]:
    """Return what the field of the picker proposes: every offered place by a name that means it alone."""
    return [known.register.label(place) for place in known.places]


def choices(known: Offer, typed: str) -> tuple[tuple[str, str], ...]:
    """Return what a name may have meant that means no place by itself, as ids and labels: several, or a near one."""
    found = known.meant(typed) or known.named(known.near(typed))
    return tuple((place.id, known.register.label(place)) for place in found[:MOST_MEANT])


def as_place(known: Offer, place_id: str) -> Place:
    """Return a place that a story has, also one that the register does not know any more."""
    return known.register.find(place_id) or Place(id=place_id, kind=PlaceKind.OWN, name=place_id)
