"""Puts the web together: pages, files, headers, cache, errors, and the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaign.errors import NotFoundError, StorageError
from campaign.oidc import Provider
from campaign.settings import Settings
from storage.store import Store
from web import errors
from web.api import routes as api
from web.api.door import ApiDoor, is_api
from web.cache import Kept, PageCache, answer
from web.desk import routes as desk
from web.errors import dress
from web.house import House, house_of
from web.public import routes


def create_app(
    settings: Settings,
    store: Store,
    *,
    clock: Callable[[], datetime],
    version: str,
    checks: Callable[[], dict[str, object]] | None = None,
    oidc: Provider | None = None,
) -> FastAPI:
    """Return the whole web of an installation. The caller closes the store when the application has ended.

    ``clock`` gives the moment in UTC. ``checks`` adds to what /readyz tells; an entry that is False makes it 503.
    ``oidc`` is the way to the organisation's own login, None where there is none.
    """
    house = House(settings, store, clock=clock, version=version, oidc=oidc)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 - Starlette hands it over
        yield
        house.revision.close()

    kept = Kept(house)
    app = _Site(
        kept,
        title=settings.site.name,
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.house = house
    app.state.checks = checks
    errors.install(app)
    app.add_route("/static/{stamp}/{name:path}", _static, methods=["GET"])
    app.add_route("/healthz", _alive, methods=["GET"])
    app.add_route("/readyz", _ready, methods=["GET"])
    api.install(app, house)
    routes.install(app, house)
    # Last: routes are tried one after the other, and the desk's are many. No address of readers begins as its do.
    app.include_router(desk.router)
    # The last added stands outermost: headers go on everything, kept pages included.
    app.add_middleware(PageCache, kept=kept)
    app.add_middleware(ApiDoor, house=house)
    app.add_middleware(_Outside, base=house.renderer.base)
    return app


def _static(request: Request) -> Response:
    found = house_of(request).renderer.static_files.find(request.path_params["name"])
    if found is None:
        raise NotFoundError("page")
    body, packed, kind = found
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    if packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = packed
    return Response(body, headers=headers, media_type=kind)


def _alive(request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": house_of(request).version}, headers={"Cache-Control": "no-store"})


def _ready(request: Request) -> Response:
    house = house_of(request)
    told: dict[str, object] = {"version": house.version, "public": house.is_open}
    try:
        house.revision.now()
        told["database"] = True
    except StorageError as error:
        told["database"] = False
        told["error"] = error.key
    checks = request.app.state.checks
    if checks is not None:
        told |= checks()
    ready = not any(value is False for name, value in told.items() if name != "public")
    return JSONResponse(told, 200 if ready else 503, headers={"Cache-Control": "no-store"})


#: No address of ours is longer; Python itself refuses to read a number of 4,300 digits.
_LONGEST_PATH = 1_000


def _is_ours(scope: Scope) -> bool:
    """Return whether an address can be one of ours: none holds NUL, which PostgreSQL refuses, or goes on for ever."""
    return len(scope["path"]) <= _LONGEST_PATH and "\0" not in scope["path"] and b"%00" not in scope["query_string"]


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that there is no such page."""
    response = await run_in_threadpool(errors.error_page, Request(scope), 404, "missing")
    await response(scope, receive, send)


class _Site(FastAPI):
    """The application, which hands out pages that it has kept before anything else is looked at."""

    def __init__(self, kept: Kept, /, **options: Any) -> None:
        super().__init__(**options)
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, else as any application. What the API keeps has its own door, where it is counted."""
        if scope["type"] == "http" and not is_api(self._kept.house, scope["path"]):
            page = self._kept.find(scope)
            if page is not None:
                await answer(page, scope, send)
                return
        await super().__call__(scope, receive, send)


class _Outside:
    """ASGI middleware: takes off the path that the installation stands below, puts on the security headers.

    What no address of ours can be ends here.
    """

    def __init__(self, app: ASGIApp, *, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, with headers on what goes out that has none of its own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A proxy may have taken the path off already: then nothing is left to do.
        if self._base and (scope["path"] + "/").startswith(self._base + "/"):
            scope = {**scope, "root_path": self._base}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(raw=message["headers"]))
            await send(message)

        await (self._app if _is_ours(scope) else _nowhere)(scope, receive, dressed)
