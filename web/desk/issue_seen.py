"""What an editor does about the signs of an issue: says that changes are seen, gives a picture its words."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from storage.issue_looks import saw
from storage.rights import Words, describe
from web.desk.issue_preview import shown_as
from web.desk.issue_view import IssueView, issue_view
from web.desk.issues import issue_page
from web.desk.pictures import picture_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_ALT_MAX = 2_000


@router.post("/desk/issues/{issue_id}/seen")
def see_changes(desk: AtDesk, issue_id: Id) -> Response:
    """Take the marks away that the person was shown; what changed meanwhile stays marked."""
    view = issue_view(desk, issue_id)
    shown = desk.form["changes"]
    number = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else -1
    saw(desk.store, issue_id, desk.account.id, changes=number, now=desk.now)
    return _answer(desk, view, said="seen")


@router.post("/desk/issues/{issue_id}/pictures/{media_id}")
def word_picture(desk: AtDesk, issue_id: Id, media_id: Id) -> Response:
    """Write a picture's alt text, or that it needs none, without leaving the issue."""
    view = issue_view(desk, issue_id)
    story, media = picture_of(desk, media_id)
    if story.id not in {each.id for each in view.edition.stories.values()}:
        raise NotFoundError("media_missing")
    alt, decorative = desk.form["alt"].strip(), desk.form["decorative"] == "yes"
    try:
        if len(alt) > _ALT_MAX:
            raise InputError("alt", "text_long", most=_ALT_MAX)
        words = Words(alt=None if alt == (media.alt_by_author or "").strip() else alt or None, decorative=decorative)
        describe(
            desk.store, media_id, by=desk.actor, now=desk.now, press=desk.once or uuid.uuid4().hex, grant=None,
            words=words, focus=media.focus, also=(),
        )  # fmt: skip
    except InputError as problem:
        return issue_page(desk, view, problem=problem)
    return _answer(desk, issue_view(desk, issue_id), said="picture")


def _answer(desk: Desk, view: IssueView, *, said: str) -> Response:
    if desk.is_htmx:
        return issue_page(desk, view, said=said)
    item = desk.form["item"]
    anchor = f"#item-{item}" if item.isascii() and item.isdigit() else ""
    return desk.go(desk.url(f"/desk/issues/{view.issue.id}", said=said, **shown_as(desk, view).query) + anchor)
