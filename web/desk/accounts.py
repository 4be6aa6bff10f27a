"""One's own account, and everybody's for an administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.language import LANGUAGES
from campaign.records import Role
from storage.logins import begin_login, list_logins, log_out_everywhere
from storage.people import (
    add_account,
    check_password,
    disable,
    enable,
    list_accounts,
    set_password,
    set_preferences,
    set_role,
)
from web.auth import give_login, take_login
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/desk/account")
def own_account(desk: AtDesk) -> Response:
    """Show what a person can choose for themselves."""
    return _own(desk)


@router.post("/desk/account")
def save_own_account(desk: AtDesk) -> Response:
    """Store name, address, language and whether single keys act."""
    form = desk.form
    language = form["language"] if form["language"] in LANGUAGES else ""
    set_preferences(
        desk.store, desk.account.id, display_name=form["display_name"], email=form["email"], language=language,
        shortcuts=form["shortcuts"] == "yes",
    )  # fmt: skip
    return desk.go(desk.url("/desk/account", said="saved"))


@router.post("/desk/account/password")
def change_own_password(desk: AtDesk) -> Response:
    """Change one's own password: the old one is asked for, and every other browser is logged out."""
    try:
        if not check_password(desk.store, desk.account.id, desk.form["old_password"]):
            raise InputError("old_password", "password_wrong")
        set_password(desk.store, desk.account.id, desk.form["password"], now=desk.now, by=desk.actor)
    except InputError as problem:
        return _own(desk, problem=problem)
    token = begin_login(desk.store, desk.account.id, now=desk.now)
    response = desk.go(desk.url("/desk/account", said="password"))
    give_login(response, desk.settings, token)
    return response


@router.post("/desk/account/logout")
def log_out_of_all(desk: AtDesk) -> Response:
    """End every login of one's own, this one too."""
    log_out_everywhere(desk.store, desk.account.id)
    response = RedirectResponse(desk.view.plain("/desk/login", said="everywhere"), 303)
    take_login(response, desk.settings)
    return response


@router.get("/desk/accounts")
def all_accounts(desk: AtDesk) -> Response:
    """List every account."""
    return _all(desk)


@router.post("/desk/accounts")
def add_one(desk: AtDesk) -> Response:
    """Add an account."""
    form = desk.form
    try:
        _prove(desk)
        add_account(
            desk.store, form["name"], role=_role(form["role"]), password=form["password"], now=desk.now, by=desk.actor,
            display_name=form["display_name"], email=form["email"],
        )  # fmt: skip
    except InputError as problem:
        return _all(desk, problem=problem)
    return desk.go(desk.url("/desk/accounts", said="added"))


@router.post("/desk/accounts/{account_id}")
def change_one(desk: AtDesk, account_id: Id) -> Response:
    """Give an account another role or password, close it or open it again."""
    press = desk.form["press"]
    try:
        _prove(desk)
        if press == "role":
            set_role(desk.store, account_id, _role(desk.form["role"]), now=desk.now, by=desk.actor)
        elif press == "password":
            set_password(desk.store, account_id, desk.form["password"], now=desk.now, by=desk.actor)
        elif press in ("disable", "enable"):
            change = disable if press == "disable" else enable
            change(desk.store, account_id, now=desk.now, by=desk.actor)
        else:
            raise NotFoundError("press_unknown")
    except (InputError, ConflictError) as problem:
        return _all(desk, problem=problem, about=account_id)
    return desk.go(desk.url("/desk/accounts", said="changed"))


def _prove(desk: Desk) -> None:
    """Ask the administrator's own password again: an unattended browser must not hand out access."""
    if not check_password(desk.store, desk.account.id, desk.form["own_password"]):
        raise InputError("own_password", "password_wrong")


def _own(desk: Desk, problem: InputError | None = None) -> Response:
    wrong = {problem.field: _words(desk, problem)} if problem else {}
    return desk.page(
        "desk/account.html", status=422 if problem else 200, wrong=wrong, languages=LANGUAGES,
        logins=list_logins(desk.store, desk.account.id, now=desk.now),
    )  # fmt: skip


def _all(desk: Desk, problem: SkordError | None = None, about: int = 0) -> Response:
    """Return the list; ``about`` is the account whose form was wrong, 0 for the new one's."""
    wrong = {problem.field: _words(desk, problem)} if isinstance(problem, InputError) else {}
    told = desk.explain(problem) if problem is not None and not wrong else None
    return desk.page(
        "desk/accounts.html",
        status=(422 if wrong else 409) if problem else 200,
        accounts=list_accounts(desk.store),
        wrong=wrong,
        about=about,
        told=told,
        roles=list(Role),
        form=desk.form,
    )


def _words(desk: Desk, problem: SkordError) -> str:
    told = desk.explain(problem)
    return f"{told.what} {told.do}"


def _role(name: str) -> Role:
    return Role(name) if name in list(Role) else Role.READER
