"""The press that says where a story takes place, by a button or by a typed name, or takes a place away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.places import Offer, Place, offer
from storage.places import set_place, unset_place
from web.desk.answers import CardProblem, card_answer, overtaken
from web.desk.place_cards import MOST_MEANT, as_place, choices
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_NAME_MAX = 100


@router.post("/desk/stories/{story_id}/places")
def place_story(desk: AtDesk, story_id: Id) -> Response:
    """Set where a story takes place, or take a place away from it."""
    known = offer(desk.campaign.places)
    how, _, place_id = desk.form["press"].partition(":")
    try:
        if how == "unplace":
            place = as_place(known, place_id[:_NAME_MAX])
            group = unset_place(
                desk.store, story_id, place.id, name=place.name, by=desk.actor, now=desk.now, press=desk.once
            )
        elif how == "place":
            place = _asked(desk, known, place_id)
            group = set_place(
                desk.store, story_id, place.id, name=place.name, by=desk.actor, now=desk.now, press=desk.once
            )
        else:
            raise NotFoundError("press_unknown")
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    except InputError as error:
        typed = _typed(desk)
        problem = CardProblem(
            where="place", field=error.field, told=desk.explain(error), typed=typed, choices=choices(known, typed)
        )
        return card_answer(desk, story_id, said=problem.told.what, problem=problem, status=422)
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said="saved")
    return card_answer(
        desk, story_id, said=desk.t(f"places.said.{how}", place=place.name), group=group, did=bool(group)
    )


def _asked(desk: Desk, known: Offer, place_id: str) -> Place:
    """Return the place of a button, or the one that was typed. InputError ``place`` for none and for several."""
    if place_id:
        found = known.register.find(place_id)
        if found is None:
            raise NotFoundError("press_unknown")
        return found
    name = _typed(desk)
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


def _typed(desk: Desk) -> str:
    return " ".join(desk.form["place"].split())[:_NAME_MAX]
