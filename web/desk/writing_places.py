"""The places of a story that is being written: a campaign's own to tick, any other by its name."""

from __future__ import annotations

from collections.abc import Collection

from campaign.errors import InputError
from campaign.places import Offer, Place, offer
from storage.places import set_place
from web.desk.place_cards import MOST_MEANT, labels
from web.desk.visit import Desk

_MOST_BUTTONS = 16
_NAME_MAX = 100


def buttons_of(desk: Desk) -> tuple[Place, ...]:
    """Return the places to tick: the municipalities that the campaign offers, none where they are too many."""
    found = _offer(desk).municipalities
    return found if len(found) <= _MOST_BUTTONS else ()


def labels_of(desk: Desk) -> list[str]:
    """Return what the field for another place proposes."""
    return labels(_offer(desk))


def places_of(desk: Desk, ticked: Collection[str], typed: str) -> list[Place]:
    """Return the places that a form names. InputError ``place`` for a name that means none, or several."""
    known = _offer(desk)
    found = [place for each in sorted(ticked) if (place := known.register.find(each)) is not None]
    name = " ".join(typed.split())[:_NAME_MAX]
    return list({place.id: place for place in (*found, *([_named(known, name)] if name else []))}.values())


def place(desk: Desk, story_id: int, places: Collection[Place]) -> None:
    """Let a story take place somewhere, each place in the trail."""
    for each in places:
        set_place(desk.store, story_id, each.id, by=desk.actor, now=desk.now, name=each.name)


def _named(known: Offer, name: str) -> Place:
    several = known.meant(name)
    if len(several) == 1:
        return several[0]
    if several:
        advice = "; ".join(known.register.label(each) for each in several[:MOST_MEANT])
        raise InputError("place", "place_many" if known.named(name) else "place_begins", value=name, advice=advice)
    near = known.near(name)
    if near:
        raise InputError("place", "place_unknown_near", value=name, advice=near)
    raise InputError("place", "place_unknown", value=name)


def _offer(desk: Desk) -> Offer:
    return offer(desk.campaign.places)
