"""What a reader sees when something is not there or does not work: pages like the rest, in their language."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError, StorageError
from campaign.language import LANGUAGES
from campaign.settings import CampaignSettings
from web.drawings import field
from web.forms import BusyError
from web.house import House, house_of
from web.public.moved import moved
from web.rendering import View

_log = logging.getLogger("skord.web")

#: Strict everywhere, errors included. Nothing inline, nothing from elsewhere, never in a frame.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "X-Frame-Options": "DENY",
}


def dress(headers: MutableHeaders) -> None:
    """Put on the security headers that an answer has not of its own."""
    may_be_framed = "frame-ancestors http" in headers.get("content-security-policy", "")
    for name, value in SECURITY_HEADERS.items():
        # The old header knows no list of sites: it would forbid what the policy lets.
        if not (may_be_framed and name == "X-Frame-Options"):
            headers.setdefault(name, value)


class Gone(NotFoundError):
    """It stood here once and was taken away."""


class Closed(SkordError):
    """The public side is closed until the configuration tells what people must be told about their data."""


def install(app: FastAPI) -> None:
    """Give the application its error pages."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SkordError, _skord)
    app.add_exception_handler(Exception, _bug)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    elsewhere = moved(house_of(request), request) if error.status_code == 404 else None
    if elsewhere is not None:
        return elsewhere
    kind = {404: "missing", 405: "method", 410: "gone", 413: "large"}.get(error.status_code, "other")
    response = error_page(request, error.status_code, kind)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _skord(request: Request, error: Exception) -> Response:
    if isinstance(error, Gone):
        return error_page(request, 410, "left" if error.key == "story_left" else "gone")
    if isinstance(error, Closed):
        return error_page(request, 503, "closed")
    if isinstance(error, NotFoundError):
        return moved(house_of(request), request) or error_page(request, 404, "missing")
    if isinstance(error, InputError):
        return error_page(request, 400, "input", error)
    if isinstance(error, ConflictError):
        return error_page(request, 409, "conflict", error)
    if isinstance(error, BusyError):
        return error_page(request, 503, "busy", error)
    _log.error("a request failed", extra={"action": "web.failed", "key": getattr(error, "key", "")})
    return error_page(request, 503 if isinstance(error, StorageError) else 500, "broken", error)


def _bug(request: Request, error: Exception) -> Response:
    # Starlette answers from outside every middleware here, so the headers are put on by hand.
    _log.error("a page failed", exc_info=error, extra={"action": "web.bug", "path": request.url.path})
    response = error_page(request, 500, "broken")
    response.headers.update(SECURITY_HEADERS)
    return response


def error_page(request: Request, status: int, kind: str, error: Exception | None = None) -> Response:
    """Return the page of an error. ``kind`` names its words (``public.error.<kind>``) and template."""
    house = house_of(request)
    code, campaign = place_of(house, request.url.path)
    language = house.languages[code]
    told = language.explain(error) if isinstance(error, SkordError) else None
    missing = house.settings.privacy.missing if kind == "closed" else ()
    try:
        view = house.view(request, code, campaign, "/")
    except StorageError:
        # The page needs nothing of the database, and it may be what broke.
        view = View(settings=house.settings, language=language, path="/", now=house.clock(), campaign=campaign)
    body = house.renderer.page(
        "public/error.html", view, status=status, kind=kind, told=told, missing=missing, drawing=field(status)
    )
    headers = {"Cache-Control": "no-store"}
    if status in (404, 410):
        headers["X-Robots-Tag"] = "noindex"
    if status == 503:
        headers["Retry-After"] = "120"
    return HTMLResponse(body, status, headers)


def place_of(house: House, path: str) -> tuple[str, CampaignSettings | None]:
    """Return the language and campaign that an address names, as far as it names any."""
    parts = [part for part in path.removeprefix(house.renderer.base).split("/") if part]
    code = house.settings.site.language
    if parts and parts[0] in LANGUAGES and parts[0] != code:
        code = parts.pop(0)
    if len(parts) > 1 and parts[0] == "c":
        return code, house.settings.campaigns.get(parts[1])
    return code, house.only_campaign
