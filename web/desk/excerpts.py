"""The excerpt of a story, marked by an editor in its text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.excerpts import picked_span, span_between
from storage.excerpts import clear_excerpt, set_excerpt
from storage.stories import find_story
from web.desk.answers import CardProblem, card_answer, number, overtaken
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/desk/stories/{story_id}/excerpt")
def mark_excerpt(desk: AtDesk, story_id: Id) -> Response:
    """Mark an excerpt by what was selected, or by its first and last words; or take it away."""
    try:
        if desk.form["press"] == "clear":
            group, said = clear_excerpt(desk.store, story_id, by=desk.actor, now=desk.now, press=desk.once), "cleared"
        else:
            group, said = _mark(desk, story_id), "marked"
    except InputError as error:
        problem = CardProblem(where=f"excerpt-{story_id}", field=error.field, told=desk.explain(error))
        return card_answer(desk, story_id, said=problem.told.what, problem=problem, status=422)
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said="saved")
    return card_answer(
        desk, story_id, said=desk.t(f"desk.said.excerpt_{said}"), group=group, keep=True, did=bool(group)
    )


def _mark(desk: Desk, story_id: int) -> str:
    form = desk.form
    story = find_story(desk.store, story_id, public=False)
    if story is None:
        raise NotFoundError("story_missing", story=story_id)
    post = next((each for each in story.posts if each.id == number(form["about"])), None)
    if post is None or post.version_id != number(form["version"]):
        raise ConflictError("story_changed", story=story_id)
    if form["picked"].strip():
        start, end = picked_span(post.text, form["picked"], number(form["at"]) or 0)
    else:
        start, end = span_between(post.text, form["first_words"], form["last_words"])
    return set_excerpt(
        desk.store, story_id, post_id=post.id, version_id=post.version_id, start=start, end=end, by=desk.actor,
        now=desk.now, press=desk.once,
    )  # fmt: skip
