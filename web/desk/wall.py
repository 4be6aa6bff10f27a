"""The wall at the desk: the message that stands there, how it looks now, and the address to open on the screen."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import InputError
from campaign.language import Explanation
from storage.strategy import list_nodes
from storage.trail import trail
from storage.wall import MESSAGE_MAX, TAKEN_DOWN, WRITTEN, set_wall_message, take_down_wall_message, wall_message
from web.desk.trail import Line, lines
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.house import Visit
from web.public.asked import Asked, asked_of, wanted_of
from web.public.embed import THEMES, choices
from web.public.wall import EACH, LAYOUTS, REST, Look, ends_at, look_of, wall_of

router = APIRouter(route_class=DeskRoute)

_SAID = {"shown": "out.desk.said", "down": "out.desk.said_down"}

_SHOWN = 10


@router.get("/desk/wall")
def wall_at_desk(desk: AtDesk) -> Response:
    """Show the message, the preview and the address."""
    return _page(desk)


@router.post("/desk/wall")
def save_message(desk: AtDesk) -> Response:
    """Put a message on the wall, or take it down."""
    if desk.form["press"] == "down":
        take_down_wall_message(desk.store, desk.campaign.id, by=desk.actor, now=desk.now, press=desk.once)
        return desk.go(desk.url("/desk/wall", said="down"))
    try:
        set_wall_message(
            desk.store,
            desk.campaign.id,
            desk.form["message"],
            until=_until(desk),
            by=desk.actor,
            now=desk.now,
            press=desk.once,
        )
    except InputError as error:
        return _page(desk, error=error)
    return desk.go(desk.url("/desk/wall", said="shown"))


def _until(desk: Desk) -> datetime | None:
    """Return the moment of the form. InputError ``until`` for what is none."""
    try:
        return ends_at(desk.form["until"].strip(), desk.house)
    except (ValueError, OverflowError) as problem:
        raise InputError("until", "wall_until_unclear") from problem


def _page(desk: Desk, *, error: InputError | None = None) -> Response:
    visit = Visit(house=desk.house, request=desk.request, view=desk.view, campaign=desk.campaign)
    asked, look = asked_of(visit), look_of(visit)
    told: dict[str, Explanation] = {error.field: desk.explain(error)} if error else {}
    said = _SAID.get(desk.asked("said"), "")
    return desk.page(
        "desk/wall.html",
        status=422 if error else 200,
        message=wall_message(desk.store, desk.campaign.id, now=desk.now),
        typed=desk.form if error else None,
        wrong={name: f"{each.what} {each.do}".strip() for name, each in told.items()},
        most=MESSAGE_MAX,
        wall=wall_of(visit, wanted_of(visit, asked)),
        look=look,
        asked=asked,
        choices=choices(visit),
        layouts=LAYOUTS,
        themes=THEMES,
        bounds={"each": EACH, "rest": REST},
        address=desk.view.absolute("/wall", **_query(desk, asked, look)),
        shown=_history(desk),
        said=desk.t(said) if said else "",
    )


def _query(desk: Desk, asked: Asked, look: Look) -> dict[str, str | int | None]:
    """Return the query string of the wall's address; what the configuration says anyway is left out."""
    usual = desk.settings.wall
    own: dict[str, str | int | None] = asked.query(sort=None, kind=None)
    own["layout"] = look.layout if look.layout != LAYOUTS[0] else None
    own["theme"] = look.theme
    own["each"] = look.each if look.each != int(usual.each.total_seconds()) else None
    own["rest"] = look.rest if look.rest != int(usual.rest.total_seconds()) else None
    return own


def _history(desk: Desk) -> list[Line]:
    records = trail(desk.store, campaign=desk.campaign.id, actions=(WRITTEN, TAKEN_DOWN), limit=_SHOWN)
    nodes = {node.id: node.title for node in list_nodes(desk.store, desk.campaign.id)}
    return lines(records, desk.language, nodes=nodes)
