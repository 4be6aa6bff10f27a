"""One subscriber at the desk: what they agreed to, what they were sent, what came back, and what can be done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, NotFoundError, SkordError
from campaign.newsletter import Subscriber, SubscriberState
from digest.causes import cause
from digest.subscribe import remove
from storage.issue_desk import get_subscriber
from storage.outcomes import Event, events_of, letters_of
from storage.returns import reverse
from storage.strategy import list_nodes
from storage.subscribers import proofs
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/desk/subscribers/{subscriber_id}")
def subscriber(desk: AtDesk, subscriber_id: Id) -> Response:
    """Show one subscriber."""
    found = _found(desk, subscriber_id)
    if found.campaign != desk.campaign.id:
        return desk.go(desk.view.plain(f"/desk/subscribers/{subscriber_id}", campaign=found.campaign))
    return _page(desk, found)


@router.post("/desk/subscribers/{subscriber_id}")
def change_subscriber(desk: AtDesk, subscriber_id: Id) -> Response:
    """Let letters go again after a bounce, or take the address away."""
    found, press = _found(desk, subscriber_id), desk.form["press"]
    newsletter = desk.settings.newsletters.get(found.newsletter)
    if newsletter is None or found.campaign != desk.campaign.id:
        raise NotFoundError("subscriber_missing", subscriber=subscriber_id)
    if press == "restore":
        try:
            reverse(desk.store, subscriber_id, by=desk.actor, now=desk.now)
        except ConflictError as problem:
            return _page(desk, _found(desk, subscriber_id), problem=problem)
    elif press == "remove":
        if found.email:
            remove(desk.store, newsletter, found.email, now=desk.now)
    else:
        raise NotFoundError("press_unknown")
    return desk.go(desk.url(f"/desk/subscribers/{subscriber_id}", said=f"{press}d"))


def _found(desk: Desk, subscriber_id: int) -> Subscriber:
    found = get_subscriber(desk.store, subscriber_id)
    if found.newsletter not in desk.settings.newsletters:
        raise NotFoundError("subscriber_missing", subscriber=subscriber_id)
    return found


def _page(desk: Desk, found: Subscriber, *, problem: SkordError | None = None) -> Response:
    titles = {node.id: node.title for node in list_nodes(desk.store, found.campaign)} if found.areas else {}
    return desk.page(
        "desk/subscriber.html",
        status=409 if problem else 200,
        told=desk.explain(problem) if problem else None,
        subscriber=found,
        newsletter=desk.settings.newsletters[found.newsletter],
        proofs=proofs(desk.store, found.id),
        letters=letters_of(desk.store, found.id),
        events=[(each, _why(desk, each)) for each in events_of(desk.store, found.id)],
        areas=[titles[node] for node in found.areas if node in titles],
        SubscriberState=SubscriberState,
    )


def _why(desk: Desk, event: Event) -> str:
    """Return why a letter came back in words, "" for what is no bounce."""
    if event.kind not in ("hard", "soft"):
        return ""
    return desk.t(f"returns.cause.{cause(None, event.status, event.text)}.name")
