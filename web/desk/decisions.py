"""The presses: approve, hide, later and the rest, undo, attaching to the strategy, what is known of a picture.

Each answers a plain form by going back to its page, and a script with the card as it is now and what changed around.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.language import Explanation
from campaign.records import Right
from storage.credits import set_credit
from storage.decisions import Action, attach, decide, detach, set_alt, set_right, trail, undo
from storage.moving import MOVES
from storage.posts import get_post
from storage.stories import find_story
from web.auth import safe_next
from web.desk import asked as address
from web.desk.queue import DAYS, REASONS, Queue
from web.desk.trail import headline
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_REASON_MAX = 500
_ALT_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button of a card means."""

    action: Action
    reason: str = ""
    later_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProblem:
    """What was wrong with a form in a card. ``where`` is "picture-7", "credit-7" or "later"; ``field`` its field."""

    where: str
    field: str
    told: Explanation


@router.post("/desk/stories/{story_id}/decide")
def decide_story(desk: AtDesk, story_id: Id) -> Response:
    """Take a decision about what the card showed."""
    try:
        press = read_press(desk)
        done = decide(
            desk.store, story_id, press.action, by=desk.actor, now=desk.now, seen=read_seen(desk.form["seen"]),
            reason=press.reason, later_until=press.later_until, changes=_number(desk.form["changes"]),
        )  # fmt: skip
    except ConflictError as error:
        return _overtaken(desk, story_id, error)
    except InputError as error:
        problem = CardProblem(where="later", field=error.field, told=desk.explain(error))
        return _card(desk, story_id, said=problem.told.what, problem=problem)
    if not desk.is_htmx:
        return desk.back(done=done.group)
    return _card(desk, story_id, said=_said(desk, done.action), group=done.group)


@router.post("/desk/undo")
def undo_press(desk: AtDesk) -> Response:
    """Take a press back, however late."""
    records = trail(desk.store, group=desk.form["group"])
    if not records or records[0].story_id is None:
        raise NotFoundError("decision_missing")
    story_id = records[0].story_id
    try:
        done = undo(desk.store, desk.form["group"], by=desk.actor, now=desk.now)
    except ConflictError as error:
        return _overtaken(desk, story_id, error)
    if not desk.is_htmx or records[0].action in MOVES:
        return desk.back(said="undone")  # posts that move change more than one card
    response = _card(desk, story_id, said=_said(desk, done.action))
    response.headers["HX-Trigger-After-Settle"] = json.dumps({"skord:back": {"story": story_id}})
    return response


@router.post("/desk/stories/{story_id}/nodes")
def attach_story(desk: AtDesk, story_id: Id) -> Response:
    """Attach a story to a node of the strategy, or take it away from there."""
    how, _, node = desk.form["press"].partition(":")
    node_id = _number(node) or _number(desk.form["node"])
    if node_id is None or how not in ("attach", "detach"):
        raise NotFoundError("node_missing")
    change = attach if how == "attach" else detach
    change(desk.store, story_id, node_id, by=desk.actor, now=desk.now, reason=desk.form["reason"][:_REASON_MAX])
    if not desk.is_htmx:
        return desk.back(said=f"{how}ed")
    return _card(desk, story_id, said=desk.t(f"desk.said.{how}ed"))


@router.post("/desk/media/{media_id}")
def describe_picture(desk: AtDesk, media_id: Id) -> Response:
    """Record why a picture may be shown, and its words."""
    form = desk.form
    story_id = _number(form["story"])
    if story_id is None:
        raise NotFoundError("story_missing")
    try:
        right = Right(form["right"]) if form["right"] in list(Right) else Right.NONE
        if len(form["alt"]) > _ALT_MAX:
            raise InputError("alt", "text_long", most=_ALT_MAX)
        set_right(
            desk.store, media_id, right, by=desk.actor, now=desk.now, right_from=form["right_from"][:_REASON_MAX],
            proof=form["proof"][:_REASON_MAX],
        )  # fmt: skip
        alt = form["alt"].strip()
        words = None if not alt or alt == form["alt_by_author"].strip() else alt
        set_alt(desk.store, media_id, words, by=desk.actor, now=desk.now, decorative=form["decorative"] == "yes")
    except InputError as error:
        problem = CardProblem(where=f"picture-{media_id}", field=error.field, told=desk.explain(error))
        return _card(desk, story_id, said=problem.told.what, problem=problem)
    if not desk.is_htmx:
        return desk.back(said="picture")
    return _card(desk, story_id, said=desk.t("desk.said.picture"))


@router.post("/desk/posts/{post_id}/credit")
def credit_post(desk: AtDesk, post_id: Id) -> Response:
    """Write in whose a post is, where its network does not tell."""
    post = get_post(desk.store, post_id)
    if post is None:
        raise NotFoundError("story_missing")
    try:
        group = set_credit(desk.store, post_id, desk.form["credit"], by=desk.actor, now=desk.now)
    except InputError as error:
        problem = CardProblem(where=f"credit-{post_id}", field=error.field, told=desk.explain(error))
        return _card(desk, post.story_id, said=problem.told.what, problem=problem)
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said="credit")
    return _card(desk, post.story_id, said=desk.t("desk.said.credit"), group=group)


def read_press(desk: Desk) -> Press:
    """Return what the pressed button means. InputError ``until`` for a day that cannot be."""
    name, _, detail = desk.form["press"].partition(":")
    if name not in list(Action):
        raise NotFoundError("press_unknown")
    action = Action(name)
    if action is Action.HIDE and detail in REASONS:
        return Press(action=action, reason=desk.t(f"desk.reason.{detail}"))
    if action is Action.LATER and detail:
        days = _number(detail)
        return Press(action=action, later_until=_in_days(desk, days) if days in DAYS else _chosen_day(desk))
    return Press(action=action, reason=desk.form["reason"].strip()[:_REASON_MAX])


def read_seen(text: str) -> dict[int, int] | None:
    """Return which version of which post a card showed ("12:34,13:40"), None where it does not say."""
    seen: dict[int, int] = {}
    for part in text.split(","):
        post, version = (_number(number) for number in (part.partition(":")[0], part.partition(":")[2]))
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


def _said(desk: Desk, action: str) -> str:
    """Return what is told after a press."""
    key = f"desk.said.{action}"
    return desk.t(key) if desk.language.has(key) else desk.t("desk.said.saved")


def _overtaken(desk: Desk, story_id: int, error: SkordError) -> Response:
    """Answer a press that somebody else was faster than: kindly, and with how it stands now."""
    if not desk.is_htmx:
        return desk.back(problem=error.key)
    return _card(desk, story_id, said=desk.explain(error).what, notice=desk.explain(error), keep=True)


def _card(
    desk: Desk,
    story_id: int,
    *,
    said: str,
    group: str = "",
    notice: Explanation | None = None,
    problem: CardProblem | None = None,
    keep: bool = False,
) -> Response:
    """Return the card as it is now, with the counts and what was done; without scripts a page with the card alone."""
    queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
    card = queue.card(story_id, only_here=not keep and problem is None)
    told = queue.told(card_now=card, said=said, group=group, notice=notice, problem=problem)
    if not desk.is_htmx:
        told |= {"live": False, "back": safe_next(desk.form["back"])}
        return desk.page("desk/one_card.html", status=422, **told)
    story = card.story if card else find_story(desk.store, story_id, public=False)
    title = headline(story.lead, desk.language, most=50) if story else ""
    return desk.page("desk/decided.html", title=title, **told)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
