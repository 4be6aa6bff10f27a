"""A second pair of eyes: flags set and cleared on a story's card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, NotFoundError
from campaign.flags import Flag
from storage.flags import set_flag
from web.desk.answers import card_answer, overtaken, said_of
from web.desk.visit import AtDesk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_REASON_MAX = 500


@router.post("/desk/stories/{story_id}/flags")
def flag_story(desk: AtDesk, story_id: Id) -> Response:
    """Set a flag on a story, or clear it."""
    how, _, name = desk.form["press"].partition(":")
    if name not in list(Flag) or how not in ("set", "clear"):
        raise NotFoundError("flag_unknown")
    reason = desk.form["reason"].strip()[:_REASON_MAX]
    try:
        done = set_flag(
            desk.store, story_id, Flag(name), on=how == "set", by=desk.actor, now=desk.now, reason=reason,
            press=desk.once,
        )  # fmt: skip
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    if not desk.is_htmx:
        return desk.back(done=done.group) if done.group else desk.back(said=done.action)
    return card_answer(
        desk, story_id, said=said_of(desk, done.action), group=done.group, keep=True, did=bool(done.group)
    )
