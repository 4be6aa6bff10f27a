"""What is known of a picture: why it may be shown, for what and until when, its words, what stays in view."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.records import Right
from storage.rights import set_alt, set_right
from web.desk.answers import CardProblem, card_answer, number
from web.desk.visit import AtDesk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_TEXT_MAX = 500
_ALT_MAX = 2_000


@router.post("/desk/media/{media_id}")
def describe_picture(desk: AtDesk, media_id: Id) -> Response:
    """Record why a picture may be shown, and its words."""
    form = desk.form
    story_id = number(form["story"])
    if story_id is None:
        raise NotFoundError("story_missing")
    try:
        right = Right(form["right"]) if form["right"] in list(Right) else Right.NONE
        if len(form["alt"]) > _ALT_MAX:
            raise InputError("alt", "text_long", most=_ALT_MAX)
        press = uuid.uuid4().hex
        set_right(
            desk.store, media_id, right, by=desk.actor, now=desk.now, press=press,
            right_from=form["right_from"][:_TEXT_MAX], proof=form["proof"][:_TEXT_MAX],
        )  # fmt: skip
        alt = form["alt"].strip()
        words = None if not alt or alt == form["alt_by_author"].strip() else alt
        set_alt(
            desk.store,
            media_id,
            words,
            by=desk.actor,
            now=desk.now,
            decorative=form["decorative"] == "yes",
            press=press,
        )
    except InputError as error:
        problem = CardProblem(where=f"picture-{media_id}", field=error.field, told=desk.explain(error))
        return card_answer(desk, story_id, said=problem.told.what, problem=problem)
    if not desk.is_htmx:
        return desk.back(done=press)
    return card_answer(desk, story_id, said=desk.t("desk.said.picture"), group=press)
