"""What a press is answered with: a plain form goes back to its page, a script gets the card as it is now.

Every press about a story that the queue shows answers through here, whatever it changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from campaign.errors import SkordError
from campaign.language import Explanation
from storage.stories import find_story
from web.auth import safe_next
from web.desk import asked as address
from web.desk.queue import Queue
from web.desk.trail import headline
from web.desk.visit import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProblem:
    """What was wrong with a form in a card. ``where`` is "picture-7", "credit-7" or "later"; ``field`` its field."""

    where: str
    field: str
    told: Explanation


def card_answer(
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


def overtaken(desk: Desk, story_id: int, error: SkordError) -> Response:
    """Answer a press that somebody else was faster than: kindly, and with how it stands now."""
    if not desk.is_htmx:
        return desk.back(problem=error.key)
    return card_answer(desk, story_id, said=desk.explain(error).what, notice=desk.explain(error), keep=True)


def said_of(desk: Desk, action: str) -> str:
    """Return what is told after a press."""
    key = f"desk.said.{action}"
    return desk.t(key) if desk.language.has(key) else desk.t("desk.said.saved")


def number(text: str) -> int | None:
    """Return a whole number that a form holds, None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
