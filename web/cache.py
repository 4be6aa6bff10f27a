"""Public pages are rendered once per change and served from memory, before any thread is taken.

A page belongs to a revision of the public content and to a day; when either moves on it is rendered anew, so that
what was hidden is gone with the next request. Readers and proxies may keep a page but must ask whether it holds.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaign.errors import StorageError
from web.house import KEEP, House

_MOST_PAGES = 4_000
_MOST_BYTES = 64_000_000
_WORTH_PACKING = 1_000

#: Headers that a page may have of its own: how it is saved, who may frame it, whose page may use it.
_OWN = ("content-disposition", "link", "content-security-policy", "cross-origin-resource-policy", "x-robots-tag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A kept answer, plain and packed. ``mark`` is the public revision and the local day that it was made for.

    ``own`` are headers that it has and other pages do not.
    """

    mark: tuple[int, str]
    kind: str
    own: tuple[tuple[str, str], ...]
    plain: bytes
    packed: bytes | None
    tag: str


class PageCache:
    """ASGI middleware: keeps what its pages mark with ``KEEP``, and answers 304 to those who have it already."""

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self._app = app
        self._house = house
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where that is allowed, else let the page be made."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            revision = self._house.revision.now()
        except StorageError:
            # The page itself will say what is wrong with the database.
            await self._app(scope, receive, send)
            return
        # Taken before the page is made: a change meanwhile makes the next reader's page anew.
        mark = (revision, self._house.clock().astimezone(self._house.settings.site.timezone).date().isoformat())
        key = scope["path"] + "?" + scope.get("query_string", b"").decode("latin-1")
        page = self._pages.get(key)
        if page is not None and page.mark == mark:
            self._pages.move_to_end(key)
            await _answer(page, scope, send)
            return
        await self._make(key, mark, scope, receive, send)

    async def _make(self, key: str, mark: tuple[int, str], scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        parts: list[bytes] = []

        async def catch(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if KEEP in headers:
                    del headers[KEEP]
                    start = message
                    return
            if start is None:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                page = _page(mark, Headers(raw=start["headers"]), b"".join(parts))
                self._keep(key, page)
                await _answer(page, scope, send)

        await self._app(scope, receive, catch)

    def _keep(self, key: str, page: Page) -> None:
        if key in self._pages:
            self._bytes -= _weight(self._pages.pop(key))
        self._pages[key] = page
        self._bytes += _weight(page)
        while len(self._pages) > _MOST_PAGES or self._bytes > _MOST_BYTES:
            _, oldest = self._pages.popitem(last=False)
            self._bytes -= _weight(oldest)


def _page(mark: tuple[int, str], told: Headers, body: bytes) -> Page:
    packed = gzip.compress(body, 6, mtime=0) if len(body) > _WORTH_PACKING else None
    own = tuple((name, told[name]) for name in _OWN if name in told)
    tag = hashlib.sha256(body).hexdigest()[:24]
    return Page(mark=mark, kind=told.get("content-type", ""), own=own, plain=body, packed=packed, tag=tag)


def _weight(page: Page) -> int:
    return len(page.plain) + len(page.packed or b"")


async def _answer(page: Page, scope: Scope, send: Send) -> None:
    asked = Headers(scope=scope)
    is_packed = page.packed is not None and "gzip" in asked.get("accept-encoding", "")
    tag = f'"{page.tag}{"-gz" if is_packed else ""}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
    # On "not modified" too: a browser takes over the headers that come with it, the framing rule among them.
    headers |= dict(page.own)
    if _has(asked.get("if-none-match", ""), tag):
        await _send(scope, send, 304, headers, b"")
        return
    body = page.packed if is_packed and page.packed is not None else page.plain
    headers |= {"content-type": page.kind, "content-length": str(len(body))}
    if is_packed:
        headers["content-encoding"] = "gzip"
    await _send(scope, send, 200, headers, body)


def _has(told: str, tag: str) -> bool:
    return told.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in told.split(",")]


async def _send(scope: Scope, send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
