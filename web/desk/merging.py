"""The presses that say which posts are one story: join two, take posts out, say that two are not the same.

They change more than one card, so that each leads back to a whole page, with or without scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError
from storage.deciding import Decided
from storage.merging import join, keep_apart, split
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_POST = "post-"


@router.post("/desk/stories/{story_id}/join")
def join_stories(desk: AtDesk, story_id: Id) -> Response:
    """Join two stories, or record that they are not the same: what the pressed button says."""
    other = _number(desk.form["other"]) or 0
    if desk.form["press"] == "apart":
        return _told(desk, lambda: keep_apart(desk.store, story_id, other, by=desk.actor, now=desk.now))
    changes = _number(desk.form["changes"])
    return _told(desk, lambda: join(desk.store, story_id, other, by=desk.actor, now=desk.now, changes=changes))


@router.post("/desk/stories/{story_id}/split")
def split_story(desk: AtDesk, story_id: Id) -> Response:
    """Take the ticked posts out of a story."""
    ticked = [
        _number(name.removeprefix(_POST)) for name, value in desk.form.items() if name.startswith(_POST) and value
    ]
    posts = [post_id for post_id in ticked if post_id is not None]
    changes = _number(desk.form["changes"])
    return _told(desk, lambda: split(desk.store, story_id, posts, by=desk.actor, now=desk.now, changes=changes))


def _told(desk: Desk, press: Callable[[], Decided]) -> Response:
    """Carry out a press and go back to its page, which says what was done or why it was not."""
    try:
        done = press()
    except (ConflictError, InputError, NotFoundError) as error:
        return desk.back(problem=error.key)
    return desk.back(done=done.group)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
