"""A fediverse for tests: sources, visits, and servers that page as one or the other software does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from campaign.settings import FetchSettings, SourceSettings
from collecting import status
from collector.networks import mastodon
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from net.http import Fetcher
from servers import Reply, Request, Route, Server

TAGS = ("hallandväxer", "hallandvaxer")
NOT_FOUND = Reply(status=404, body='{"error":"Record not found"}', headers={"Content-Type": "application/json"})


def source(*servers: Server, **changes: Any) -> SourceSettings:
    """A source of these servers; what is no setting of every source is an option."""
    own = {"token", "every", "keep"} & changes.keys()
    made: dict[str, Any] = {"every": timedelta(minutes=15)} | {key: changes.pop(key) for key in own}
    options = {"servers": tuple(server.url("") for server in servers)} | changes
    return SourceSettings(id="m", kind="mastodon", campaigns=("hallandvaxer",), options=options, **made)


@contextmanager
def visiting(given: SourceSettings, *also: Server, **changes: Any) -> Iterator[Visit]:
    """A visit that may ask the source's servers and others."""
    hosts = [urlsplit(str(url)).netloc for url in given.options["servers"]]  # type: ignore[union-attr]  # a tuple
    total = changes.pop("total", timedelta(seconds=20))
    settings = FetchSettings(allow=(*hosts, *(server.address for server in also)), per_host=timedelta(0), total=total)
    with Fetcher(settings, version="0", clock=lambda: NOW) as fetcher:
        made: dict[str, Any] = {"cursor": {}, "spellings": TAGS, "now": NOW, "session": Forgetful()}
        yield Visit(source=given, ask=fetcher, **(made | changes))


def ask(given: SourceSettings, cursor: dict[str, Any] | None = None, **changes: Any) -> list[Page]:
    """Ask a source once, and return all its pages."""
    with visiting(given, cursor=cursor or {}, **changes) as visit:
        return list(mastodon.pages(visit))


def numbers(pages: Sequence[Page]) -> list[int]:
    """The numbers of all posts on pages, in the order in which they came."""
    return [int(found.identity.rpartition("/")[2]) for page in pages for found in page.candidates]


def tags_asked(server: Server) -> list[Request]:
    """What a server was asked for, without what it was asked about itself."""
    return [request for request in server.requests if "/timelines/" in request.path]


def instance(version: str = "4.6.4", **feeds: str) -> dict[str, Any]:
    """What a server says about itself; ``feeds`` are local and remote."""
    found: dict[str, Any] = {"domain": "social.example.se", "version": version, "configuration": {"urls": {}}}
    if feeds:
        found["configuration"]["timelines_access"] = {"hashtag_feeds": feeds}
    return found


def names(request: Request) -> list[str]:
    """The ids that a batch asks for."""
    return [value for key, value in parse_qsl(urlsplit(request.target).query) if key == "id[]"]


class Place:
    """The posts of one tag on one server, oldest first, each with the id that the server gave it."""

    def __init__(self, count: int = 0, *, tag: str = TAGS[0], ids: Callable[[int], str] = lambda n: str(10**17 + n)):
        self.tag, self.ids = tag, ids
        self.posts: list[dict[str, Any]] = []
        self.add(count)

    def add(self, count: int) -> None:
        """Let so many posts more arrive."""
        for number in range(len(self.posts) + 1, len(self.posts) + count + 1):
            self.posts.append(status(number, id=self.ids(number)))

    def __call__(self, request: Request) -> list[Any] | Reply:
        """Answer as Mastodon does, whatever its ids look like: by place, never by value."""
        if unquote(request.path.rpartition("/")[2]) != self.tag:
            return []
        limit = min(int(request.query.get("limit", 20)), 40)
        found = self.within(request.query)
        return (found[:limit] if "min_id" in request.query else found[-limit:])[::-1]

    def within(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """The posts after and before the ids in a question."""
        at = {post["id"]: place for place, post in enumerate(self.posts)}
        after = at[query["min_id"]] + 1 if "min_id" in query else 0
        before = at[query["max_id"]] if "max_id" in query else len(self.posts)
        return self.posts[after:before]


class Pixelfed(Place):
    """As Pixelfed pages: 403 without a token, newest first after an id too, nothing around old ids, pictures only."""

    def __init__(self, count: int = 0, *, oldest: int = 0) -> None:
        super().__init__(count)
        self.oldest = oldest

    def __call__(self, request: Request) -> list[Any] | Reply:
        """Answer one page."""
        if not request.headers["authorization"]:
            return Reply(status=403, body='{"message":""}', headers={"Content-Type": "application/json"})
        query = request.query
        if any(int(query[name]) < 10**17 + self.oldest for name in ("min_id", "max_id") if name in query):
            return []
        if query.get("only_media") != "0" or unquote(request.path.rpartition("/")[2]) != self.tag:
            return []
        return self.within(query)[-min(int(query.get("limit", 20)), 40) :][::-1]


def serving(place: Route, about: Route | None = None, **more: Route) -> dict[str, Route]:
    """The routes of a server that says this about itself."""
    return {"/api/v2/instance": instance() if about is None else about, "*": place, **more}


def at(moment: datetime) -> str:
    """A moment as the interface writes it."""
    return moment.isoformat().replace("+00:00", "Z")
