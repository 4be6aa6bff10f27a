"""The presses that say which posts are one story: join two, take posts out, say that two are not the same.

They change more than one card: a plain form leads back to a whole page, a card of the queue gets the one that stands
and is told which story is gone.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError
from storage.merging import join, keep_apart, split
from web.desk.answers import card_answer, number, overtaken, said_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_POST = "post-"

#: Tells a script which story another took up, so that its card goes.
GONE = "X-Skord-Gone"


@router.post("/desk/stories/{story_id}/join")
def join_stories(desk: AtDesk, story_id: Id) -> Response:
    """Join two stories, or record that they are not the same: what the pressed button says."""
    other = number(desk.form["other"]) or 0
    try:
        if desk.form["press"] == "apart":
            done = keep_apart(desk.store, story_id, other, by=desk.actor, now=desk.now, press=desk.once)
        else:
            changes = number(desk.form["changes"])
            done = join(desk.store, story_id, other, by=desk.actor, now=desk.now, changes=changes, press=desk.once)
    except (ConflictError, InputError, NotFoundError) as error:
        return overtaken(desk, story_id, error) if _is_at_card(desk) else desk.back(problem=error.key)
    if not _is_at_card(desk):
        return desk.back(done=done.group)
    response = card_answer(
        desk, done.story_id, said=said_of(desk, done.action), group=done.group, keep=True, did=done.story_id == story_id
    )
    if done.action == "join":
        response.headers[GONE] = str(other if done.story_id == story_id else story_id)
    return response


@router.post("/desk/stories/{story_id}/split")
def split_story(desk: AtDesk, story_id: Id) -> Response:
    """Take the ticked posts out of a story."""
    ticked = [number(name.removeprefix(_POST)) for name, value in desk.form.items() if name.startswith(_POST) and value]
    posts = [post_id for post_id in ticked if post_id is not None]
    changes = number(desk.form["changes"])
    try:
        done = split(desk.store, story_id, posts, by=desk.actor, now=desk.now, changes=changes)
    except (ConflictError, InputError, NotFoundError) as error:
        return desk.back(problem=error.key)
    return desk.back(done=done.group)


def _is_at_card(desk: Desk) -> bool:
    """Return whether a card of the queue sent this, which gets the card that stands as its answer."""
    return desk.is_htmx and bool(desk.once)
