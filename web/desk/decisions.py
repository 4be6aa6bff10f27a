"""The presses: approve, hide, later and the rest, undo, attaching to the strategy.

Each answers a plain form by going back to its page, and a script with the card as it is now and what changed around.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError
from storage.decisions import Action, decide
from storage.moving import MOVES
from storage.trail import trail
from storage.undoing import undo
from web.desk.answers import CardProblem, card_answer, number, overtaken, said_of
from web.desk.evidence import press_node
from web.desk.queue import DAYS, REASONS
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button of a card means."""

    action: Action
    reason: str = ""
    later_until: datetime | None = None


@router.post("/desk/stories/{story_id}/decide")
def decide_story(desk: AtDesk, story_id: Id) -> Response:
    """Take a decision about what the card showed."""
    try:
        press = read_press(desk)
        done = decide(
            desk.store, story_id, press.action, by=desk.actor, now=desk.now, seen=read_seen(desk.form["seen"]),
            reason=press.reason, later_until=press.later_until, changes=number(desk.form["changes"]), press=desk.once,
        )  # fmt: skip
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    except InputError as error:
        problem = CardProblem(where="later", field=error.field, told=desk.explain(error))
        return card_answer(desk, story_id, said=problem.told.what, problem=problem, status=422)
    if not desk.is_htmx:
        return desk.back(done=done.group)
    return card_answer(desk, story_id, said=_said(desk, press, done.action), group=done.group, did=True)


@router.post("/desk/undo")
def undo_press(desk: AtDesk) -> Response:
    """Take a press back, however late."""
    records = trail(desk.store, group=desk.form["group"])
    if not records or records[0].story_id is None:
        raise NotFoundError("decision_missing")
    story_id = records[0].story_id
    try:
        done = undo(desk.store, desk.form["group"], by=desk.actor, now=desk.now, press=desk.once)
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    if not desk.is_htmx or records[0].action in MOVES:
        return desk.back(said="undone")  # posts that move change more than one card
    return card_answer(desk, story_id, said=said_of(desk, done.action), did=True)


@router.post("/desk/stories/{story_id}/nodes")
def attach_story(desk: AtDesk, story_id: Id) -> Response:
    """Attach a story to a node of the strategy, weigh it there, move it to a node's heir, or take it away."""
    try:
        group, said = press_node(desk, story_id)
    except ConflictError as error:
        return overtaken(desk, story_id, error)
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said="detached")
    return card_answer(desk, story_id, said=said, group=group, did=bool(group))


def _said(desk: Desk, press: Press, action: str) -> str:
    if action == Action.LATER and press.later_until:
        return desk.t("desk.said.later_until", day=desk.language.day(press.later_until))
    return said_of(desk, action)


def read_press(desk: Desk) -> Press:
    """Return what the pressed button means. InputError ``until`` for a day that cannot be."""
    name, _, detail = desk.form["press"].partition(":")
    if name not in list(Action):
        raise NotFoundError("press_unknown")
    action = Action(name)
    if action is Action.HIDE and detail in REASONS:
        return Press(action=action, reason=desk.t(f"desk.reason.{detail}"))
    if action is Action.LATER and detail:
        days = number(detail)
        return Press(action=action, later_until=_in_days(desk, days) if days in DAYS else _chosen_day(desk))
    return Press(action=action, reason=desk.form["reason"].strip()[:_REASON_MAX])


def read_seen(text: str) -> dict[int, int] | None:
    """Return which version of which post a card showed ("12:34,13:40"), None where it does not say."""
    seen: dict[int, int] = {}
    for part in text.split(","):
        post, version = (number(digits) for digits in (part.partition(":")[0], part.partition(":")[2]))
        if post is None or version is None:
            return None
        seen[post] = version
    return seen


def _in_days(desk: Desk, days: int | None) -> datetime:
    return _morning(desk, desk.now.astimezone(desk.language.zone).date() + timedelta(days=days or 1))


def _chosen_day(desk: Desk) -> datetime:
    try:
        chosen = _morning(desk, date.fromisoformat(desk.form["until"].strip()))
    except (ValueError, OverflowError) as error:
        raise InputError("until", "day_unknown") from error
    if not desk.now < chosen < desk.now + timedelta(days=366 * 5):
        raise InputError("until", "day_not_ahead")
    return chosen


def _morning(desk: Desk, day: date) -> datetime:
    """Return the beginning of a working day in the person's zone."""
    return datetime.combine(day, time(6), desk.language.zone).astimezone(UTC)
