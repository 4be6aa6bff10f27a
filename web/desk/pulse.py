"""What an open page of the queue asks every few seconds: who looks at what, what changed, what came in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from storage.arrivals import arrived, newest_decision, standing
from storage.presence import look, looking
from storage.queue import Pile, Spot, in_pile
from storage.stories import get_stories
from web.desk import asked as address
from web.desk.answers import number
from web.desk.decisions import read_seen
from web.desk.lately import changed_words
from web.desk.queue import Queue
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_HEADERS = {"Cache-Control": "no-store"}

#: A page that shows more is told about so many of its stories.
_MOST_SHOWN = 400

#: So many cards are drawn for one answer; what is left comes with the next.
_MOST_CARDS = 10


@router.get("/desk/pulse")
def who_is_here(desk: AtDesk) -> Response:
    """Tell a page whose login had ended who is logged in now, and what its forms must carry."""
    return JSONResponse({"account": desk.account.id, "token": desk.token}, headers=_HEADERS)


@router.post("/desk/pulse")
def pulse(desk: AtDesk) -> Response:
    """Take down which story the person has open, and tell what happened around it."""
    shown = dict(list((read_seen(desk.form["shown"]) or {}).items())[:_MOST_SHOWN])
    since = number(desk.form["since"])
    now_at = newest_decision(desk.store)
    look(desk.store, desk.account.id, desk.campaign.id, number(desk.form["story"]), now=desk.now)
    queue = Queue(desk=desk, asked=address.read_address(desk.form["back"]))
    now = standing(desk.store, shown)
    changed = [each for each, changes in shown.items() if each not in now or now[each] != changes]
    changed = changed[:_MOST_CARDS]
    new = _new(queue, shown)
    said = changed_words(desk, changed, since=now_at if since is None else since) if changed else {}
    stay = in_pile(desk.store, queue.filters, changed, now=desk.now) if changed else []
    cards = _cards(queue, stay, new)
    told: dict[str, Any] = {
        "since": now_at,
        "looking": _looking(desk, shown),
        "changed": [
            {
                "id": each,
                "changes": now.get(each, -1),
                "said": said[each] or desk.t("flow.did.changed"),
                "card": cards.get(each, ""),
            }
            for each in changed
        ],
        "new": [{"id": each, "card": cards[each]} for each in new if each in cards],
        "around": _around(queue, recent=bool(changed)),
    }
    return JSONResponse(told, headers=_HEADERS)


def _around(queue: Queue, *, recent: bool) -> str:
    """Return what stands around the cards; what was decided lately only where something was."""
    return queue.desk.render(
        "desk/pulse.html",
        queue=queue,
        asked=queue.asked,
        piles=list(Pile),
        counts=queue.counts,
        nav=queue.nav,
        back=queue.back,
        recent=queue.recent if recent else None,
    )


def _looking(desk: Desk, shown: Collection[int]) -> dict[str, str]:
    """Return by story who else has it open, in words."""
    found = looking(desk.store, desk.campaign.id, shown, but=desk.account.id, now=desk.now)
    return {
        str(story_id): desk.t("flow.looking", count=len(names), who=", ".join(names))
        for story_id, names in found.items()
    }


def _new(queue: Queue, shown: Mapping[int, int]) -> Sequence[int]:
    """Return the ids of what came into the pile; on a page that goes on, of what stands above its end."""
    desk = queue.desk
    end = Spot.read(desk.form["before"]) if desk.form["more"] else None
    if desk.form["more"] and end is None:
        return ()
    return arrived(desk.store, queue.filters, shown, now=desk.now, down_to=end, limit=_MOST_CARDS)


def _cards(queue: Queue, *groups: Iterable[int]) -> dict[int, str]:
    """Return the cards of stories by id, drawn."""
    ids = [each for group in groups for each in group]
    cards = queue.make(get_stories(queue.desk.store, ids, public=False)) if ids else []
    shared = queue.told() if cards else {}
    return {card.story.id: queue.desk.render("desk/card_alone.html", **shared | {"card_now": card}) for card in cards}
