"""Many stories at once: chosen on cards or all of a look, asked about on a page of its own, done, taken back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.language import Explanation
from storage.bulk import MOST, Deed, Done, Press, Why, decide_many, examine, read_press, undo_many
from storage.queue import find_ids
from storage.stories import get_stories
from web.auth import safe_next
from web.desk import asked as address
from web.desk.answers import number
from web.desk.decisions import read_press as read_choice
from web.desk.queue import DAYS, REASONS, Queue
from web.desk.trail import headline
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

#: So many stories are shown by their titles before something is done to all of them.
_SHOWN = 5

#: So many that were left out are named.
_NAMED = 20

_MARK = re.compile(r"(\d{1,9})\.([0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A story by its title."""

    id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Stories that are left out for one reason, the first of them by their titles."""

    why: Why
    count: int
    stories: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked before anything is done. ``marks`` is what the form carries; ``beyond`` are too many for once."""

    bulk: str
    deed: Deed
    count: int
    marks: str
    first: tuple[Named, ...]
    left: tuple[Left, ...]
    beyond: int


@router.post("/desk/bulk")
def ask(desk: AtDesk) -> Response:
    """Say how many stories a deed would be done to, and which; nothing is done yet."""
    deed = _deed(desk.form["press"])
    queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
    seen = _chosen(desk.form)
    beyond = 0
    if desk.form["all"]:
        ids = find_ids(desk.store, queue.filters, now=desk.now, limit=MOST)
        beyond = max(queue.counts[queue.asked.pile] - len(ids), 0)
        seen = {}
    else:
        ids = list(seen)[:MOST]
    if not ids:
        return desk.back(problem="bulk_none")
    marks, left = examine(desk.store, ids, deed)
    changed = tuple(story_id for story_id in marks if seen and seen[story_id] != marks[story_id])
    kept = {story_id: marked for story_id, marked in marks.items() if story_id not in changed}
    left = left | {Why.CHANGED: left.get(Why.CHANGED, ()) + changed}
    return _asked(desk, queue, deed, kept, _left(desk, left), beyond=beyond)


@router.post("/desk/bulk/{bulk}")
def do(desk: AtDesk, bulk: Name) -> Response:
    """Do what was asked about, to the stories that have not changed since."""
    deed, marks = _deed(desk.form["press"]), _read(desk.form["marks"])
    try:
        press = _press(desk, bulk, deed)
    except InputError as error:
        queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
        return _asked(desk, queue, deed, marks, (), bulk=bulk, problem=desk.explain(error))
    decide_many(desk.store, press, marks, by=desk.actor, now=desk.now)
    return desk.go(desk.url(f"/desk/bulk/{bulk}", back=safe_next(desk.form["back"])))


@router.get("/desk/bulk/{bulk}")
def result(desk: AtDesk, bulk: Name) -> Response:
    """Say what a press did, what it left out, and offer to take it back."""
    done = _of_campaign(desk, bulk)
    back = safe_next(desk.asked("back"))
    return desk.page("desk/bulk_done.html", done=done, left=_left(desk, done.left), back=back, overtaken=())


@router.post("/desk/bulk/{bulk}/undo")
def take_back(desk: AtDesk, bulk: Name) -> Response:
    """Take a whole press back, but for what somebody has decided on since."""
    _of_campaign(desk, bulk)
    overtaken = undo_many(desk.store, bulk, by=desk.actor, now=desk.now)
    done = read_press(desk.store, bulk)
    named = _named(desk, overtaken[:_NAMED])
    back = safe_next(desk.form["back"])
    return desk.page("desk/bulk_done.html", done=done, left=(), back=back, overtaken=named)


def _asked(
    desk: Desk, queue: Queue, deed: Deed, marks: Mapping[int, str], left: tuple[Left, ...], *, beyond: int = 0,
    bulk: str = "", problem: Explanation | None = None,
) -> Response:  # fmt: skip
    question = Question(
        bulk=bulk or uuid.uuid4().hex,
        deed=deed,
        count=len(marks),
        marks="~".join(f"{story_id}.{marked}" for story_id, marked in marks.items()),
        first=_named(desk, list(marks)[:_SHOWN]),
        left=left,
        beyond=beyond,
    )
    return desk.page(
        "desk/bulk.html", status=422 if problem else 200, question=question, back=safe_next(desk.form["back"]),
        tree=queue.tree, reasons=REASONS, days=DAYS, most=MOST, problem=problem, form=desk.form,
    )  # fmt: skip


def _press(desk: Desk, bulk: str, deed: Deed) -> Press:
    """Return what the form asks for. InputError ``until`` or ``node`` for what cannot be."""
    if deed is Deed.ATTACH:
        node_id = number(desk.form["node"])
        if node_id is None:
            raise InputError("node", "bulk_node")
        return Press(bulk=bulk, campaign=desk.campaign.id, deed=deed, node_id=node_id)
    choice = read_choice(desk)
    return Press(bulk=bulk, campaign=desk.campaign.id, deed=deed, reason=choice.reason, later_until=choice.later_until)


def _deed(text: str) -> Deed:
    name = text.partition(":")[0]
    if name not in list(Deed):
        raise NotFoundError("press_unknown")
    return Deed(name)


def _chosen(form: Mapping[str, str]) -> dict[int, str]:
    """Return the chosen cards, each with its mark."""
    given = ((number(name.removeprefix("story-")), marked) for name, marked in form.items() if name[:6] == "story-")
    return {story_id: marked for story_id, marked in given if story_id is not None}


def _read(text: str) -> dict[int, str]:
    found = (_MARK.fullmatch(part) for part in text.split("~"))
    return {int(each[1]): each[2] for each in found if each}


def _of_campaign(desk: Desk, bulk: str) -> Done:
    done = read_press(desk.store, bulk)
    if done.campaign != desk.campaign.id:
        raise NotFoundError("decision_missing")
    return done


def _left(desk: Desk, left: Mapping[Why, tuple[int, ...]]) -> tuple[Left, ...]:
    return tuple(
        Left(why=why, count=len(ids), stories=_named(desk, list(ids)[:_NAMED])) for why, ids in left.items() if ids
    )


def _named(desk: Desk, ids: list[int] | tuple[int, ...]) -> tuple[Named, ...]:
    """Return stories by their titles; one of another campaign has none here, whatever a form says."""
    stories = [each for each in get_stories(desk.store, list(ids), public=False) if each.campaign == desk.campaign.id]
    return tuple(Named(id=story.id, title=headline(story.lead, desk.language, most=70)) for story in stories)
