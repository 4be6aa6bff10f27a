"""Notes about a story: written and taken away on its card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError
from storage.notes import NOTE_REMOVED, NOTED, add_note, find_note, remove_note
from web.desk.answers import CardProblem, card_answer, overtaken, said_of
from web.desk.visit import AtDesk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/desk/stories/{story_id}/notes")
def write_note(desk: AtDesk, story_id: Id) -> Response:
    """Write a note about a story."""
    try:
        add_note(desk.store, story_id, desk.form["note"], by=desk.actor, now=desk.now, press=desk.once)
    except InputError as error:
        problem = CardProblem(where=f"note-{story_id}", field=error.field, told=desk.explain(error))
        return card_answer(desk, story_id, said=problem.told.what, problem=problem, status=422)
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    if not desk.is_htmx:
        return desk.back(said=NOTED)
    return card_answer(desk, story_id, said=said_of(desk, NOTED), keep=True)


@router.post("/desk/notes/{note_id}/remove")
def take_note_away(desk: AtDesk, note_id: Id) -> Response:
    """Take away one's own note."""
    note = find_note(desk.store, note_id)
    try:
        story_id = remove_note(desk.store, note_id, by=desk.actor, now=desk.now, press=desk.once)
    except ConflictError as error:
        if note is None:
            raise
        return overtaken(desk, note.story_id, error)
    if not desk.is_htmx:
        return desk.back(said=NOTE_REMOVED)
    return card_answer(desk, story_id, said=said_of(desk, NOTE_REMOVED), keep=True)
