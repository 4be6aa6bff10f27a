"""The way in and out: login, the one-time address for the first account, logout."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from campaign.errors import InputError, SkordError
from storage.identities import has_administrator
from storage.logins import log_in, log_out, set_up, setup_stands
from web.auth import give_login, safe_next, take_login
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)


@router.get("/desk/login")
def login_page(desk: AtDesk) -> Response:
    """Show the ways in, or go on where somebody is logged in already."""
    wanted = safe_next(desk.asked("next"))
    if desk.login is not None:
        return desk.go(desk.view.base + wanted)
    return login_form(desk, wanted=wanted, status=200)


@router.post("/desk/login")
def login(desk: AtDesk) -> Response:
    """Check name and password. A refusal keeps the name and says the same whatever was wrong."""
    wanted = safe_next(desk.form["next"])
    address = desk.request.client.host if desk.request.client else ""
    try:
        if not passwords_open(desk):
            raise InputError("password", "login_elsewhere", name=desk.settings.oidc.name)
        desk.house.guesses.check(address, desk.now)
        token, _ = log_in(desk.store, desk.form["name"], desk.form["password"], now=desk.now)
    except InputError as problem:
        if problem.key == "login_refused":
            desk.house.guesses.count(address, desk.now)
        return login_form(desk, wanted=wanted, problem=problem, status=422)
    return _let_in(desk, token, wanted)


@router.post("/desk/logout")
def logout(desk: AtDesk) -> Response:
    """End this browser's login; the page that follows offers to end the organisation's too."""
    if desk.login is not None:
        log_out(desk.store, desk.login.key)
    said = "out" if desk.account.issuer else None
    response = RedirectResponse(desk.view.plain("/desk/login", said=said), 303)
    take_login(response, desk.settings)
    return response


def passwords_open(desk: Desk) -> bool:
    """Return whether passwords let people in: as set, and always until an administrator can come in another way."""
    return desk.settings.login.local or desk.house.oidc is None or not has_administrator(desk.store)


def login_form(desk: Desk, *, wanted: str, status: int, problem: SkordError | None = None) -> Response:
    """Return the page with the ways in: the organisation's login where there is one, a password where it is open."""
    is_open = passwords_open(desk)
    if not is_open:
        desk.request.state.formless = True  # no form, so nothing for a cookie to be bound to
    said = desk.asked("said")
    farewell = desk.house.oidc.farewell(f"{desk.settings.site.base_url}/desk/login") if desk.house.oidc else ""
    return desk.page(
        "desk/login.html",
        status=status,
        wanted=wanted,
        name=desk.form["name"],
        problem=desk.explain(problem) if problem else None,
        said=said,
        elsewhere=desk.settings.oidc.name if desk.house.oidc else "",
        is_open=is_open,
        farewell=farewell if said == "out" else "",
    )


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
