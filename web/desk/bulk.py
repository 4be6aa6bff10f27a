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
from storage.bulk import MOST, Deed, Press, Why, decide_many, examine, read_press, told_among, undo_many
from storage.queue import find_ids
from web.auth import safe_next
from web.desk import asked as address
from web.desk.answers import number
from web.desk.bulk_done import NAMED, Left, Named, done_of, left_of, named_of
from web.desk.decisions import read_press as read_choice
from web.desk.queue import DAYS, REASONS, Queue
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]

#: So many stories are shown by their titles before something is done to all of them.
_SHOWN = 5

_MARK = re.compile(r"(\d{1,9})\.([0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked before anything is done. ``marks`` is what the form carries; ``beyond`` are too many for once.

    ``told`` of them stood in a letter that has left, which is put right where they are hidden.
    """

    bulk: str
    deed: Deed
    count: int
    marks: str
    first: tuple[Named, ...]
    left: tuple[Left, ...]
    beyond: int
    told: int


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
    return _asked(desk, queue, deed, kept, left_of(desk, left), beyond=beyond)


@router.post("/desk/bulk/{bulk}")
def do(desk: AtDesk, bulk: Name) -> Response:
    """Do what was asked about, to the stories that have not changed since; the list that it came from says what."""
    deed, marks = _deed(desk.form["press"]), _read(desk.form["marks"])
    try:
        press = _press(desk, bulk, deed)
    except InputError as error:
        queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
        return _asked(desk, queue, deed, marks, (), bulk=bulk, problem=desk.explain(error))
    decide_many(desk.store, press, marks, by=desk.actor, now=desk.now)
    return desk.back(bulk=bulk)


@router.get("/desk/bulk/{bulk}")
def result(desk: AtDesk, bulk: Name) -> Response:
    """Say what a press did, what it left out, and offer to take it back."""
    done = done_of(desk, bulk)
    back = safe_next(desk.asked("back"))
    return desk.page("desk/bulk_done.html", done=done, left=left_of(desk, done.left), back=back, overtaken=())


@router.post("/desk/bulk/{bulk}/undo")
def take_back(desk: AtDesk, bulk: Name) -> Response:
    """Take a whole press back; what somebody has decided on since is left and named."""
    done_of(desk, bulk)
    overtaken = undo_many(desk.store, bulk, by=desk.actor, now=desk.now)
    if not overtaken:
        return desk.back(bulk=bulk)
    done = read_press(desk.store, bulk)
    named = named_of(desk, overtaken[:NAMED])
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
        first=named_of(desk, list(marks)[:_SHOWN]),
        left=left,
        beyond=beyond,
        told=told_among(desk.store, list(marks)) if deed is Deed.HIDE else 0,
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
