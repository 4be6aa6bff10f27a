"""Person cases: requests for removal, with the day they are due. Hiding takes one press."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.records import Review, Story
from storage.cases import CaseState, close_case, get_case, list_cases, reopen_case
from storage.decisions import Action, decide
from storage.queue import told_in
from storage.stories import get_stories
from web.desk.trail import headline
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_REASON_MAX = 500


@router.get("/desk/cases")
def cases(desk: AtDesk) -> Response:
    """List the open cases, the one due first at the top, and those that were closed."""
    return _page(desk)


@router.post("/desk/cases/{case_id}")
def change_case(desk: AtDesk, case_id: Id) -> Response:
    """Hide the story, answer and close, or open again."""
    press = desk.form["press"]
    try:
        if press == "hide":
            _hide(desk, case_id)
        elif press in (CaseState.DONE, CaseState.REFUSED):
            close_case(
                desk.store, case_id, state=CaseState(press), answer=desk.form["answer"], by=desk.actor, now=desk.now
            )
        elif press == "reopen":
            reopen_case(desk.store, case_id, by=desk.actor, now=desk.now)
        else:
            raise NotFoundError("press_unknown")
    except (InputError, ConflictError) as problem:
        return _page(desk, problem=problem, about=case_id)
    return desk.go(desk.url("/desk/cases", said=press))


def _hide(desk: Desk, case_id: int) -> None:
    case = get_case(desk.store, case_id)
    if case.story_id is None:
        raise NotFoundError("story_missing", story=0)
    reason = desk.form["reason"].strip()[:_REASON_MAX] or desk.t("desk.case.reason", receipt=case.receipt)
    decide(desk.store, case.story_id, Action.HIDE, by=desk.actor, now=desk.now, reason=reason)


def _page(desk: Desk, problem: SkordError | None = None, about: int = 0) -> Response:
    waiting = list_cases(desk.store, desk.campaign.id, is_open=True)
    closed = list_cases(desk.store, desk.campaign.id, is_open=False, limit=50)
    ids = [case.story_id for case in (*waiting, *closed) if case.story_id is not None]
    stories: dict[int, Story] = {story.id: story for story in get_stories(desk.store, ids, public=False)}
    wrong = desk.explain(problem) if problem else None
    return desk.page(
        "desk/cases.html",
        status=422 if problem else 200,
        waiting=waiting,
        closed=closed,
        stories=stories,
        titles={story.id: headline(story.lead, desk.language) for story in stories.values()},
        told_in=told_in(desk.store, ids),
        wrong=wrong,
        about=about,
        form=desk.form,
        Review=Review,
    )
