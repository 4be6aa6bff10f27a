"""One's own account, and everybody's for an administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.language import LANGUAGES
from campaign.records import Role
from storage.identities import link, unlink
from storage.logins import begin_login, list_logins, log_out_everywhere
from storage.memberships import set_membership
from storage.people import (
    add_account,
    disable,
    enable,
    list_accounts,
    set_password,
    set_preferences,
    set_role,
)
from storage.proofs import prove_password
from web.auth import give_login, take_login
from web.desk.notices import notices_of, save_notices
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/desk/account")
def own_account(desk: AtDesk) -> Response:
    """Show what a person can choose for themselves."""
    return _own(desk)


@router.post("/desk/account")
def save_own_account(desk: AtDesk) -> Response:
    """Store name, address, language, whether single keys act, and when to be told by mail: one form."""
    form = desk.form
    language = form["language"] if form["language"] in LANGUAGES else ""
    try:
        set_preferences(
            desk.store, desk.account.id, display_name=form["display_name"], email=form["email"], language=language,
            shortcuts=form["shortcuts"] == "yes",
        )  # fmt: skip
    except InputError as problem:
        return _own(desk, problem)
    save_notices(desk)
    return desk.go(desk.url("/desk/account", said="saved"))


@router.post("/desk/account/password")
def change_own_password(desk: AtDesk) -> Response:
    """Change one's own password: the old one is asked for, and every other browser is logged out."""
    try:
        _prove_old(desk)
        set_password(desk.store, desk.account.id, desk.form["password"], now=desk.now, by=desk.actor)
    except InputError as problem:
        return _own(desk, problem=problem)
    token = begin_login(desk.store, desk.account.id, now=desk.now)
    response = desk.go(desk.url("/desk/account", said="password"))
    give_login(response, desk.settings, token)
    return response


def _prove_old(desk: Desk) -> None:
    """Check one's old password as before every risky step: wrong ones count, and too many lock the account."""
    assert desk.login is not None
    try:
        prove_password(desk.store, desk.login.key, desk.form["old_password"], now=desk.now)
    except InputError as problem:
        raise InputError("old_password", problem.key) from problem


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
    """Add an account, for all campaigns or for one alone."""
    form = desk.form
    desk.prove()
    only, role = _campaign(desk, form["only"]) if form["only"] else "", _role(form["role"])
    try:
        made = add_account(
            desk.store, form["name"], role=Role.NONE if only else role, password=form["password"], now=desk.now,
            by=desk.actor, display_name=form["display_name"], email=form["email"],
        )  # fmt: skip
    except InputError as problem:
        return _all(desk, problem=problem)
    if only:
        set_membership(desk.store, made.id, only, role, now=desk.now, by=desk.actor)
    return desk.go(desk.url("/desk/accounts", said="added"))


@router.post("/desk/accounts/{account_id}")
def change_one(desk: AtDesk, account_id: Id) -> Response:
    """Give an account another role or password, close it or open it again, say whose it is."""
    do = _PRESSES.get(desk.form["press"])
    if do is None:
        raise NotFoundError("press_unknown")
    desk.prove()
    try:
        do(desk, account_id)
    except (InputError, ConflictError) as problem:
        return _all(desk, problem=problem, about=account_id)
    return desk.go(desk.url("/desk/accounts", said="changed") + f"#account-{account_id}")


def _set_role(desk: Desk, account_id: int) -> None:
    set_role(desk.store, account_id, _role(desk.form["role"]), now=desk.now, by=desk.actor)


def _set_membership(desk: Desk, account_id: int) -> None:
    role = _role(desk.form["membership"]) if desk.form["membership"] else None
    at = _campaign(desk, desk.form["at"])
    set_membership(desk.store, account_id, at, role, now=desk.now, by=desk.actor)


def _set_password(desk: Desk, account_id: int) -> None:
    set_password(desk.store, account_id, desk.form["password"], now=desk.now, by=desk.actor)


def _disable(desk: Desk, account_id: int) -> None:
    disable(desk.store, account_id, now=desk.now, by=desk.actor)


def _enable(desk: Desk, account_id: int) -> None:
    enable(desk.store, account_id, now=desk.now, by=desk.actor)


def _link(desk: Desk, account_id: int) -> None:
    text = desk.form["with"]
    other = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not other:
        raise InputError("with", "link_unknown")
    link(desk.store, account_id, other, now=desk.now, by=desk.actor)


def _unlink(desk: Desk, account_id: int) -> None:
    unlink(desk.store, account_id, now=desk.now, by=desk.actor)


_PRESSES: dict[str, Callable[[Desk, int], None]] = {
    "role": _set_role,
    "membership": _set_membership,
    "password": _set_password,
    "disable": _disable,
    "enable": _enable,
    "link": _link,
    "unlink": _unlink,
}


def _own(desk: Desk, problem: InputError | None = None) -> Response:
    wrong = {problem.field: _words(desk, problem)} if problem else {}
    return desk.page(
        "desk/account.html", status=422 if problem else 200, wrong=wrong, languages=LANGUAGES,
        logins=list_logins(desk.store, desk.account.id, now=desk.now), notices=notices_of(desk),
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
        form=desk.form,
        every_campaign=list(desk.settings.campaigns.values()),
        elsewhere=desk.settings.oidc.name if desk.house.oidc else "",
    )


def _words(desk: Desk, problem: SkordError) -> str:
    told = desk.explain(problem)
    return f"{told.what} {told.do}"


def _role(name: str) -> Role:
    return Role(name) if name in list(Role) else Role.NONE


def _campaign(desk: Desk, asked: str) -> str:
    if asked not in desk.settings.campaigns:
        raise NotFoundError("campaign_missing")
    return asked
