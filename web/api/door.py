"""The door of the API: any site's scripts may read it, nobody may ask it too often, and no cookie is looked at.

It stands before the pages that are kept, so that an answer from memory counts as any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaign.errors import StorageError
from storage.tokens import Token, find_token
from web.api.call import TOKEN
from web.api.limits import Limits, Share
from web.api.problems import Trouble, problem
from web.guesses import counted
from web.house import House

_OURS = re.compile(r"(?:/c/[^/]+)?/api/v1(?:/|$)")

#: Nothing here is anybody's own: every site may read it, without what a browser knows of its user.
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Link, Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-RateLimit-Reset"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_ASKED_BEFORE = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def is_api(house: House, path: str) -> bool:
    """Return whether an address is one of the API's."""
    return _OURS.match(path.removeprefix(house.renderer.base)) is not None


class ApiDoor:
    """ASGI middleware around the kept pages."""

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self._app = app
        self._house = house
        self._limits = Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what is not the API's pass; count what is, and answer for those that may not come in."""
        if scope["type"] != "http" or not is_api(self._house, scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={**_OPEN, **_ASKED_BEFORE})(scope, receive, send)
            return
        share: Share | None = None
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise Trouble("method")
            token = await self._token(scope)
            share = self._share(scope, token)
            if share is not None and not share.allowed:
                raise Trouble("too_often", seconds=share.seconds, most=share.most)
        except Trouble as trouble:
            await self._refuse(trouble, share)(scope, receive, send)
            return
        headers = {**_OPEN, **(share.headers if share else {})}
        await self._app({**scope, TOKEN: token}, receive, _dressed(send, headers))

    async def _token(self, scope: Scope) -> Token | None:
        """Return the token that a question comes with, None for none. Trouble ``token`` for one that does not hold."""
        given = Headers(scope=scope).get("authorization")
        if given is None:
            return None
        kind, _, secret = given.strip().partition(" ")
        try:
            found = await run_in_threadpool(find_token, self._house.store, secret.strip(), now=self._house.clock())
        except StorageError as error:
            raise Trouble("busy") from error
        if kind.casefold() != "bearer" or found is None:
            share = self._share(scope, None)
            if share is not None and not share.allowed:
                raise Trouble("too_often", seconds=share.seconds, most=share.most)
            raise Trouble("token")
        return found

    def _share(self, scope: Scope, token: Token | None) -> Share | None:
        """Count a question, None where it cannot be told who asks (``web.guesses``)."""
        settings, now = self._house.settings.api, self._house.clock()
        if token is not None:
            return self._limits.take(f"token {token.id}", settings.per_minute_token, now)
        client = scope.get("client")
        who = counted(client[0] if client else "", behind_proxies=bool(self._house.settings.login.proxies))
        return self._limits.take(who, settings.per_minute, now) if who else None

    def _refuse(self, trouble: Trouble, share: Share | None) -> Response:
        headers = {**_OPEN, **(share.headers if share else {})}
        if trouble.kind == "method":
            headers["Allow"] = _ASKED_BEFORE["Allow"]
        if trouble.kind == "too_often":
            headers["Retry-After"] = str(trouble.facts["seconds"])
        docs = self._house.settings.site.base_url + "/api/docs"
        return problem(trouble, docs=docs, headers=headers)


def _dressed(send: Send, headers: Mapping[str, str]) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            told = MutableHeaders(raw=message["headers"])
            for name, value in headers.items():
                told[name] = value
        await send(message)

    return dressed
