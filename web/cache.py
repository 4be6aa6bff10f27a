"""Public pages are rendered once per change and served from memory, before any thread is taken.

A page belongs to a revision of the public content and to a day; when either moves on it is rendered anew, so that
what was hidden is gone with the next request. Readers and proxies may keep a page but must ask whether it holds.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaign.errors import StorageError
from web.errors import dress
from web.house import KEEP, House

_MOST_PAGES = 4_000
_MOST_BYTES = 64_000_000
_WORTH_PACKING = 1_000

#: Headers that a page may have of its own: how it is saved, who may frame it, whose page may use it.
_OWN = ("content-disposition", "link", "content-security-policy", "cross-origin-resource-policy", "x-robots-tag")


Raw = list[tuple[bytes, bytes]]
Mark = tuple[int, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A kept answer as it leaves, packed or not, with every header. ``unchanged`` are those of a 304."""

    tag: str
    headers: Raw
    unchanged: Raw
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A kept answer. ``mark`` is the public revision and the local day that it was made for.

    ``own`` are headers that it has and other pages do not. It is packed when somebody first wants it so.
    """

    mark: Mark
    kind: str
    own: tuple[tuple[str, str], ...]
    tag: str
    plain: Form
    packed: Form | None = None

    @property
    def weight(self) -> int:
        """How many bytes it takes."""
        return len(self.plain.body) + (len(self.packed.body) if self.packed else 0)


class Kept:
    """The kept pages by their addresses, those that were asked for last kept longest. Used by the event loop alone."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._pages: OrderedDict[tuple[str, bytes], Page] = OrderedDict()
        self._bytes = 0

    def mark(self) -> Mark | None:
        """Return what a page must have been made for to hold now; None where the database does not say."""
        try:
            revision = self.house.revision.now()
        except StorageError:
            # The page itself will say what is wrong with the database.
            return None
        return revision, self.house.clock().astimezone(self.house.settings.site.timezone).date()

    def find(self, scope: Scope) -> Page | None:
        """Return the page that answers a request, as its client wants it; None where it must be made."""
        key = _key(scope)
        page = self._pages.get(key) if scope["method"] in ("GET", "HEAD") else None
        if page is None or page.mark != self.mark():
            return None
        self._pages.move_to_end(key)
        return self._packed(key, page) if page.packed is None and _takes_packed(scope) else page

    def keep(self, scope: Scope, page: Page) -> Page:
        """Take up a page, and return it as its client wants it."""
        key = _key(scope)
        self._put(key, page)
        return self._packed(key, page) if _takes_packed(scope) else page

    def _packed(self, key: tuple[str, bytes], page: Page) -> Page:
        if len(page.plain.body) <= _WORTH_PACKING:
            return page
        packed = replace(page, packed=_form(page, gzip.compress(page.plain.body, 6, mtime=0), packed=True))
        self._put(key, packed)
        return packed

    def _put(self, key: tuple[str, bytes], page: Page) -> None:
        if key in self._pages:
            self._bytes -= _weight(key, self._pages.pop(key))
        self._pages[key] = page
        self._bytes += _weight(key, page)
        while len(self._pages) > _MOST_PAGES or self._bytes > _MOST_BYTES:
            self._bytes -= _weight(*self._pages.popitem(last=False))


def _weight(key: tuple[str, bytes], page: Page) -> int:
    """Return what is held for a page: a question may be longer than its answer."""
    return page.weight + len(key[0]) + len(key[1])


class PageCache:
    """ASGI middleware: keeps what its pages mark with ``KEEP``, and answers 304 to those who have it already."""

    def __init__(self, app: ASGIApp, *, kept: Kept) -> None:
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where that is allowed, else let the page be made."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        page = self._kept.find(scope)
        if page is not None:
            await answer(page, scope, send)
            return
        # Taken before the page is made: a change meanwhile makes the next reader's page anew.
        mark = self._kept.mark()
        if mark is None:
            await self._app(scope, receive, send)
        else:
            await self._make(mark, scope, receive, send)

    async def _make(self, mark: Mark, scope: Scope, receive: Receive, send: Send) -> None:
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
                await answer(self._kept.keep(scope, page), scope, send)

        await self._app(scope, receive, catch)


async def answer(page: Page, scope: Scope, send: Send) -> None:
    """Send a kept page, packed to those who take that, or that it is unchanged to those who have it."""
    form = page.packed if page.packed is not None and _takes_packed(scope) else page.plain
    if _has(_told(scope, b"if-none-match"), form.tag):
        status, headers, body = 304, form.unchanged, b""
    else:
        status, headers, body = 200, form.headers, b"" if scope["method"] == "HEAD" else form.body
    # A list of its own: what stands around may add to it.
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _page(mark: Mark, told: Headers, body: bytes) -> Page:
    page = Page(
        mark=mark,
        kind=told.get("content-type", ""),
        own=tuple((name, told[name]) for name in _OWN if name in told),
        tag=hashlib.sha256(body).hexdigest()[:24],
        plain=Form(tag="", headers=[], unchanged=[], body=body),
    )
    return replace(page, plain=_form(page, body))


def _form(page: Page, body: bytes, *, packed: bool = False) -> Form:
    tag = f'"{page.tag}{"-gz" if packed else ""}"'
    # On "not modified" too: a browser takes over the headers that come with it, the framing rule among them.
    unchanged = MutableHeaders({"etag": tag, "cache-control": "no-cache", "vary": "Accept-Encoding", **dict(page.own)})
    whole = unchanged.mutablecopy()
    whole.update({"content-type": page.kind, "content-length": str(len(body))})
    if packed:
        whole["content-encoding"] = "gzip"
    for headers in (unchanged, whole):
        dress(headers)
    return Form(tag=tag, headers=whole.raw, unchanged=unchanged.raw, body=body)


def _key(scope: Scope) -> tuple[str, bytes]:
    return scope["path"], scope.get("query_string", b"")


def _told(scope: Scope, name: bytes) -> str:
    for told, value in scope["headers"]:
        if told == name:
            return str(value.decode("latin-1"))
    return ""


def _takes_packed(scope: Scope) -> bool:
    return "gzip" in _told(scope, b"accept-encoding")


def _has(told: str, tag: str) -> bool:
    if not told:
        return False
    return told.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in told.split(",")]
