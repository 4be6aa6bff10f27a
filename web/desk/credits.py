"""Whose a post is, written in where its network does not tell."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from storage.credits import set_credit
from storage.posts import get_post
from web.desk.answers import CardProblem, card_answer
from web.desk.visit import AtDesk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/desk/posts/{post_id}/credit")
def credit_post(desk: AtDesk, post_id: Id) -> Response:
    """Write in whose a post is, where its network does not tell."""
    post = get_post(desk.store, post_id)
    if post is None:
        raise NotFoundError("story_missing")
    try:
        group = set_credit(desk.store, post_id, desk.form["credit"], by=desk.actor, now=desk.now, press=desk.once)
    except InputError as error:
        problem = CardProblem(where=f"credit-{post_id}", field=error.field, told=desk.explain(error))
        return card_answer(desk, post.story_id, said=problem.told.what, problem=problem, status=422)
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said="credit")
    return card_answer(desk, post.story_id, said=desk.t("desk.said.credit"), group=group, keep=True, did=bool(group))
