"""What a press is answered with: a plain form goes back to its page, a script gets the card as it is now.

Every press about a story that the queue shows answers through here, whatever it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.responses import Response

from campaign.errors import SkordError
from campaign.language import Explanation
from storage.arrivals import standing
from storage.stories import get_leads
from web.auth import safe_next
from web.desk import asked as address
from web.desk.lately import changed_words
from web.desk.queue import Queue
from web.desk.trail import headline
from web.desk.visit import Desk

#: Tells a script the story's counter after its press, so that its next one on the same story knows it.
CHANGES = "X-Skord-Changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProblem:
    """What was wrong with a form in a card. ``where`` is "picture-7", "credit-7" or "later"; ``field`` its field.

    ``typed`` is what stood there, ``choices`` what it may have meant: values and words of buttons.
    """

    where: str
    field: str
    told: Explanation
    typed: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def card_answer(
    desk: Desk,
    story_id: int,
    *,
    said: str,
    group: str = "",
    notice: Explanation | None = None,
    problem: CardProblem | None = None,
    keep: bool = False,
    status: int = 200,
    did: bool = False,
) -> Response:
    """Return the card as it is now, with the counts and what was done; without scripts a page with the card alone.

    ``did`` says that a press changed the story, so that the person's next one may build on it.
    """
    queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
    card = queue.card(story_id, only_here=not keep and problem is None)
    told = queue.told(card_now=card, said=said, group=group, notice=notice, problem=problem)
    if not desk.is_htmx:
        told |= {"live": False, "back": safe_next(desk.form["back"])}
        return desk.page("desk/one_card.html", status=422, **told)
    lead = card.story.lead if card else get_leads(desk.store, [story_id]).get(story_id)
    title = headline(lead, desk.language, most=50) if lead else ""
    response = desk.page("desk/decided.html", status=status if desk.once else 200, title=title, **told)
    changes = card.story.changes if card else standing(desk.store, [story_id]).get(story_id) if did else None
    if did and changes is not None:
        response.headers[CHANGES] = str(changes)
    return response


def overtaken(desk: Desk, story_id: int, error: SkordError) -> Response:
    """Answer a press that somebody else was faster than: kindly, and with how it stands now."""
    if not desk.is_htmx:
        return desk.back(problem=error.key)
    told = desk.explain(error)
    whose = changed_words(desk, [story_id], since=0, but=desk.account.id)[story_id]
    told = replace(told, what=whose or told.what)
    return card_answer(desk, story_id, said=told.what, notice=told, keep=True, status=409)


def said_of(desk: Desk, action: str) -> str:
    """Return what is told after a press."""
    key = f"desk.said.{action}"
    return desk.t(key) if desk.language.has(key) else desk.t("desk.said.saved")


def number(text: str) -> int | None:
    """Return a whole number that a form holds, None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
