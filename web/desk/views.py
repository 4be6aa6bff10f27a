"""Saved looks at the queue: kept under a name, renamed, removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.records import Role
from storage.views import Keeper, SavedView, list_views, remove_view, rename_view, save_view
from web.desk import asked as address
from web.desk.asked import Asked
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.rendering import as_query

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A saved look as it stands above the queue. ``mine`` says that the person may rename and remove it."""

    view: SavedView
    query: dict[str, str]
    here: bool
    mine: bool


def chips(desk: Desk, asked: Asked) -> list[Chip]:
    """Return the saved looks that a person has, everybody's first."""
    return [
        Chip(view=view, query=look.query(), here=look == asked, mine=not view.shared or desk.may(Role.EDITOR))
        for view in list_views(desk.store, keeper(desk))
        for look in (address.read_address(f"?{view.query}"),)
    ]


def keeper(desk: Desk) -> Keeper:
    """Return whose views a person may change."""
    return Keeper(campaign=desk.campaign.id, account_id=desk.account.id, shares=desk.may(Role.EDITOR))


@router.post("/desk/views")
def save(desk: AtDesk) -> Response:
    """Keep the look that the form stands on."""
    query = as_query(address.read_address(desk.form["back"]).query()).removeprefix("?")
    try:
        save_view(
            desk.store,
            keeper(desk),
            name=desk.form["name"],
            query=query,
            shared=bool(desk.form["shared"]),
            now=desk.now,
        )
    except InputError as error:
        return desk.back(problem=error.key)
    return desk.back(said="view_saved")


@router.post("/desk/views/{view_id}")
def change(desk: AtDesk, view_id: Id) -> Response:
    """Rename a saved look, or remove it; what was removed stays open, so that it can be kept again."""
    try:
        if desk.form["press"] == "rename":
            rename_view(desk.store, keeper(desk), view_id, name=desk.form["name"])
            return desk.back(said="view_renamed")
        if desk.form["press"] != "remove":
            raise NotFoundError("press_unknown")
        gone = remove_view(desk.store, keeper(desk), view_id)
    except InputError as error:
        return desk.back(problem=error.key)
    look = address.read_address(f"?{gone.query}")
    return desk.go(desk.url("/desk", **look.query(), said="view_removed"))
