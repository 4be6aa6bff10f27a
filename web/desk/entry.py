"""The way in and out: login, the one-time address for the first account, logout."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from campaign.errors import InputError
from storage.logins import log_in, log_out, set_up, setup_stands
from web.auth import give_login, safe_next, take_login
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)


@router.get("/desk/login")
def login_page(desk: AtDesk) -> Response:
    """Show the form, or go on where somebody is logged in already."""
    wanted = safe_next(desk.asked("next"))
    if desk.login is not None:
        return desk.go(desk.view.base + wanted)
    return desk.page("desk/login.html", wanted=wanted, name="", problem=None, said=desk.asked("said"))


@router.post("/desk/login")
def login(desk: AtDesk) -> Response:
    """Check name and password. A refusal keeps the name and says the same whatever was wrong."""
    wanted = safe_next(desk.form["next"])
    try:
        token, _ = log_in(desk.store, desk.form["name"], desk.form["password"], now=desk.now)
    except InputError as problem:
        told = desk.explain(problem)
        return desk.page("desk/login.html", status=422, wanted=wanted, name=desk.form["name"], problem=told, said="")
    return _let_in(desk, token, wanted)


@router.post("/desk/logout")
def logout(desk: AtDesk) -> Response:
    """End this browser's login."""
    if desk.login is not None:
        log_out(desk.store, desk.login.key)
    response = RedirectResponse(desk.view.plain("/desk/login"), 303)
    take_login(response, desk.settings)
    return response


@router.get("/desk/setup/{secret}")
def setup_page(desk: AtDesk, secret: str) -> Response:
    """Show the form for the first account, or say that the address is used up."""
    if not setup_stands(desk.store, secret, now=desk.now):
        return desk.page("desk/setup_over.html", status=410)
    return desk.page("desk/setup.html", problem=None, field_wrong="", form=desk.form)


@router.post("/desk/setup/{secret}")
def setup(desk: AtDesk, secret: str) -> Response:
    """Make the first account and let it in."""
    form = desk.form
    if not setup_stands(desk.store, secret, now=desk.now):
        return desk.page("desk/setup_over.html", status=410)
    try:
        token, _ = set_up(
            desk.store, secret, name=form["name"], password=form["password"], now=desk.now,
            display_name=form["display_name"], email=form["email"],
        )  # fmt: skip
    except InputError as problem:
        told = desk.explain(problem)
        return desk.page("desk/setup.html", status=422, problem=told, field_wrong=problem.field, form=form)
    return _let_in(desk, token, "/desk")


def _let_in(desk: Desk, token: str, wanted: str) -> Response:
    response = RedirectResponse(desk.view.base + wanted, 303)
    give_login(response, desk.settings, token)
    return response
