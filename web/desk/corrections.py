"""The words of corrections: what readers of a sent issue are told, made by us or written by an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.language import Explanation
from storage.corrections import Correction, corrections, corrections_of, find_correction, write_correction
from web.auth import safe_next
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.public.corrections import Told, told

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What was wrong with the words of one correction."""

    id: int
    text: str
    told: Explanation


@router.post("/desk/corrections/{correction_id}")
def save_words(desk: AtDesk, correction_id: Id) -> Response:
    """Put a person's words in place of the made sentence, or take them away again."""
    try:
        write_correction(desk.store, correction_id, desk.form["text"], by=desk.actor, now=desk.now)
    except InputError as error:
        found = find_correction(desk.store, correction_id)
        if found is None:
            raise NotFoundError("correction_missing") from error
        problem = Problem(id=correction_id, text=desk.form["text"], told=desk.explain(error))
        pairs = list(zip([found], told([found], desk.language), strict=True))
        return desk.page(
            "desk/correction.html", status=422, list=pairs, problem=problem, back=safe_next(desk.form["back"])
        )
    return desk.back(said="corrected")


def of_story(desk: Desk, story_id: int) -> list[tuple[Correction, Told]]:
    """Return the corrections about a story, in words."""
    return _worded(desk, corrections_of(desk.store, story_id))


def of_issue(desk: Desk, issue_id: int) -> list[tuple[Correction, Told]]:
    """Return the corrections of an issue, in words."""
    return _worded(desk, corrections(desk.store, issue_id))


def _worded(desk: Desk, found: list[Correction]) -> list[tuple[Correction, Told]]:
    return list(zip(found, told(found, desk.language), strict=True))
