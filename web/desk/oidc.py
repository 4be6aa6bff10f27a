"""The way to the organisation's own login and back: in, or to prove again who one is.

What belongs to one way lies in a cookie of its own for ten minutes, sealed, sent to these two addresses only; it is
there from the press until the return and no longer.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from campaign.errors import LoginError, NotFoundError
from campaign.oidc import Identity, Passage, Provider, granted
from storage.identities import log_in_as
from storage.logins import log_out
from storage.proofs import find_held, mark_proved
from storage.sealing import seal, unseal
from web.auth import cookie_path, give_login, safe_next
from web.desk.entry import login_form
from web.desk.proving import go_on
from web.desk.visit import AtDesk, Desk, DeskRoute, error_page

_log = logging.getLogger("skord.web.desk")

router = APIRouter(route_class=DeskRoute)

COOKIE = "skord_oidc"
LASTS = timedelta(minutes=10)

_BACK = "/desk/login/oidc/back"
_CODE_MAX = 4_000


@router.get("/desk/login/oidc")
def set_out(desk: AtDesk) -> Response:
    """Send the browser to the organisation's login."""
    provider = _provider(desk)
    held = desk.asked("prove")
    if held and (desk.login is None or find_held(desk.store, desk.login.key, held, now=desk.now) is None):
        raise NotFoundError("held_over")
    way = {
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(64),
        "next": safe_next(desk.asked("next")),
        "held": held,
        "login": desk.login.key if desk.login and held else "",
    }
    try:
        address = provider.address(_passage(desk, way))
    except LoginError as problem:
        return _failed(desk, problem, way)
    desk.request.state.formless = True
    response = RedirectResponse(address, 303)
    _keep(response, desk, seal(desk.store, "oidc", way, now=desk.now))
    return response


@router.get(_BACK)
def come_back(desk: AtDesk) -> Response:
    """Let in whom the organisation vouches for, or do what waited for the proof."""
    provider = _provider(desk)
    way = unseal(desk.store, "oidc", desk.request.cookies.get(COOKIE, ""), now=desk.now, lasts=LASTS) or {}
    try:
        identity = _identity(desk, provider, way)
        response = _proved(desk, identity, way) if way["held"] else _let_in(desk, identity, way)
        desk.request.state.formless = True
    except LoginError as problem:
        response = _failed(desk, problem, way)
    response.delete_cookie(COOKIE, path=_path(desk), httponly=True, samesite="lax")
    return response


def _identity(desk: Desk, provider: Provider, way: dict[str, Any]) -> Identity:
    """Return who came back. LoginError where this browser asked nothing, or the organisation said no."""
    state = desk.asked("state")
    if not way or not secrets.compare_digest(str(way["state"]).encode(), state.encode("utf-8", "replace")):
        raise LoginError("oidc_state")
    if desk.asked("error"):
        word = desk.asked("error")[:60]
        key = "oidc_denied" if word in ("access_denied", "consent_required", "login_required") else "oidc_refused"
        raise LoginError(key, why=word if word.replace("_", "").isalnum() else "")
    code = desk.asked("code")
    if not code or len(code) > _CODE_MAX:
        raise LoginError("oidc_state")
    return provider.identify(_passage(desk, way), code, issuer=desk.asked("iss"))


def _let_in(desk: Desk, identity: Identity, way: dict[str, Any]) -> Response:
    settings = desk.settings
    given = granted(identity.roles, settings.oidc.grants, list(settings.campaigns))
    token, _ = log_in_as(desk.store, identity, given, now=desk.now)
    if desk.login is not None:
        log_out(desk.store, desk.login.key)  # this browser held another login, which nobody would find again
    response = RedirectResponse(desk.view.base + safe_next(str(way["next"])), 303)
    give_login(response, settings, token)
    return response


def _proved(desk: Desk, identity: Identity, way: dict[str, Any]) -> Response:
    """Do what waited, where the one who came back is the one whose login it is."""
    if desk.login is None or desk.login.key != way["login"]:
        raise LoginError("oidc_state")
    if (identity.issuer, identity.subject) != (desk.account.issuer, desk.account.subject):
        raise LoginError("oidc_somebody_else")
    mark_proved(desk.store, desk.login.key, now=desk.now)
    return go_on(desk, str(way["held"]))


def _passage(desk: Desk, way: dict[str, Any]) -> Passage:
    return Passage(
        state=str(way["state"]),
        nonce=str(way["nonce"]),
        verifier=str(way["verifier"]),
        back=desk.settings.site.base_url + _BACK,
        again=bool(way["held"]),
    )


def _failed(desk: Desk, problem: LoginError, way: dict[str, Any]) -> Response:
    _log.warning("a login elsewhere failed", extra={"action": "login.elsewhere", "key": problem.key} | _why(problem))
    if desk.login is not None:
        return error_page(desk, problem)
    return login_form(desk, wanted=safe_next(str(way.get("next", ""))), problem=problem, status=403)


def _why(problem: LoginError) -> dict[str, object]:
    return {"why": problem.facts["why"]} if "why" in problem.facts else {}


def _provider(desk: Desk) -> Provider:
    if desk.house.oidc is None:
        raise NotFoundError("page_missing")
    return desk.house.oidc


def _path(desk: Desk) -> str:
    return cookie_path(desk.settings) + "/login/oidc"


def _keep(response: Response, desk: Desk, sealed: str) -> None:
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=int(LASTS.total_seconds()),
        path=_path(desk),
        httponly=True,
        secure=desk.settings.site.base_url.startswith("https:"),
        samesite="lax",
    )
