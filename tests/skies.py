"""Bluesky played on loopback: search, feeds, posts by name, and logins that are counted and run out."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from conftest import NOW
from servers import Reply, Request, Server, reset

ANNA = "did:plc:annaannaannaannaannaanna"
BO = "did:plc:bobobobobobobobobobobobo"


def view(number: int, **changes: Any) -> dict[str, Any]:
    """A post as search shows it, the higher the number the newer, one a minute."""
    at = (NOW - timedelta(days=9) + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
    author = {"did": ANNA, "handle": "anna.example.se", "displayName": "Anna", "labels": []} | changes.pop("author", {})
    text = changes.pop("text", f"Nummer {number} #hallandväxer")
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, "langs": ["sv"]} | changes.pop("record", {})
    made = {"uri": uri(number, author["did"]), "cid": f"bafy{number}", "author": author, "record": record}
    return made | {"indexedAt": at, "labels": []} | changes


def uri(number: int, did: str = ANNA) -> str:
    """The name of a post."""
    return f"at://{did}/app.bsky.feed.post/3k{number:05}"


def refusal(status: int, error: str, message: str = "", **headers: str) -> Reply:
    """An error as the interface writes it."""
    body = json.dumps({"error": error, "message": message})
    return Reply(status=status, body=body, headers={"Content-Type": "application/json", **headers})


class Bluesky:
    """One server that is entry, personal server and public view at once, or the personal server of another's entry.

    ``logins`` and ``renewals`` count; ``expire()`` makes the current access token run out. Search pages by offset, as
    the real index does, ``size`` posts a page and every third page one short.
    """

    def __init__(self, *views: dict[str, Any], size: int = 10, password: str = "rätt-lösen-ord1") -> None:
        self.views = list(views)
        self.size = size
        self.password = password
        self.logins = self.renewals = self.searches = 0
        self.access, self.refresh = "", ""
        self.pds = ""
        self.ignores: frozenset[str] = frozenset()
        self.refuses: dict[str, Any] = {}
        self.headers: dict[str, str] = {}
        self._number = 0

    def routes(self) -> dict[str, Any]:
        """Return the routes of a server that plays this network."""
        return {"*": self}

    def expire(self) -> None:
        """Let the access token run out."""
        self.access = f"gone-{self.access}"

    def __call__(self, request: Request) -> Any:
        """Answer one question."""
        method = request.path.removeprefix("/xrpc/").rpartition(".")[2]
        if method in self.refuses:
            refused = self.refuses[method]
            return refused(request) if callable(refused) else refused
        return getattr(self, f"_{method}", lambda _: Reply(status=501))(request)

    def _createSession(self, request: Request) -> Any:
        self.logins += 1
        given = json.loads(request.body)
        if given != {"identifier": "anna.example.se", "password": self.password}:
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session()

    def _refreshSession(self, request: Request) -> Any:
        self.renewals += 1
        if request.headers["authorization"] != f"Bearer {self.refresh}":
            return refusal(400, "ExpiredToken", "Token has been revoked")
        return self._session()

    def _session(self) -> dict[str, Any]:
        self._number += 1
        self.access, self.refresh = f"access-{self._number}", f"refresh-{self._number}"
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.pds}
        doc = {"didDoc": {"id": ANNA, "service": [service]}} if self.pds else {}
        return {"accessJwt": self.access, "refreshJwt": self.refresh, "did": ANNA, "handle": "anna.example.se", **doc}

    def _searchPosts(self, request: Request) -> Any:
        self.searches += 1
        if not request.headers["authorization"]:
            return refusal(401, "AuthMissing", "Authentication Required")
        if request.headers["authorization"] != f"Bearer {self.access}":
            return refusal(400, "ExpiredToken", "Token has expired")
        query = {name: value for name, value in request.query.items() if name not in self.ignores}
        assert query["q"] == f"#{query['tag']}"
        found = [each for each in self._sorted() if f"#{query['tag']}" in each["record"]["text"]]
        found = [each for each in found if each["indexedAt"] >= query.get("since", "")]
        found = [each for each in found if each["indexedAt"] < query.get("until", "9")]
        return self._part(found, query, "posts")

    def _getAuthorFeed(self, request: Request) -> Any:
        query = request.query
        found = [each for each in self._sorted() if query["actor"] in (each["author"]["handle"], each["author"]["did"])]
        if not found:
            return refusal(400, "InvalidRequest", "Profile not found")
        start = query.get("cursor", "9")
        found = [each for each in found if each["indexedAt"] < start]
        part = found[: self.size]
        answer: dict[str, Any] = {"feed": [{"post": each, **each.get("_item", {})} for each in part]}
        return answer | ({"cursor": part[-1]["indexedAt"]} if len(found) > len(part) else {})

    def _getPosts(self, request: Request) -> Any:
        wanted = [value for name, value in parse_qsl(urlsplit(request.target).query) if name == "uris"]
        assert 0 < len(wanted) <= 25
        return {"posts": [each for each in self.views if each["uri"] in wanted]}

    def _getProfile(self, request: Request) -> Any:
        return {"did": request.query["actor"], "handle": "anna.example.se"}

    def _resolveHandle(self, request: Request) -> Any:
        if request.query["handle"] != "anna.example.se":
            return refusal(400, "InvalidRequest", "Unable to resolve handle")
        return {"did": ANNA}

    def _sorted(self) -> list[dict[str, Any]]:
        return sorted(self.views, key=lambda each: str(each["indexedAt"]), reverse=True)

    def _part(self, found: list[dict[str, Any]], query: dict[str, str], name: str) -> Any:
        start = int(query.get("cursor", 0))
        part = found[start : start + self.size]
        end = start + len(part)
        # Hidden posts are dropped after counting: a page shorter than its limit is no end.
        shown = part[:-1] + part[-1:] if end % 3 else part
        answer = {name: shown, "hitsTotal": len(found)} | ({"cursor": str(end)} if end < len(found) else {})
        return Reply(body=json.dumps(answer), headers={"Content-Type": "application/json", **self.headers})


def server(network: Bluesky) -> Server:
    """A server on loopback that plays the network."""
    return Server(network.routes())


def moment(number: int) -> datetime:
    """When ``view(number)`` was written."""
    return NOW - timedelta(days=9) + timedelta(minutes=number)


class Stream:
    """Plays Jetstream: replays its events from the cursor on, then does what ``then`` says and goes on with new ones.

    ``asked`` keeps the query of every connection. ``then`` is "wait" (stay open), "close" or "reset".
    """

    def __init__(self, *events: dict[str, Any] | bytes, then: str = "wait") -> None:
        self.events = list(events)
        self.then = then
        self.asked: list[list[tuple[str, str]]] = []
        self.refuse: HTTPStatus | None = None
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._ask)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.address = f"127.0.0.1:{self._server.socket.getsockname()[1]}"
        self.url = f"http://{self.address}"

    def _ask(self, connection: ServerConnection, request: Any) -> Any:
        self.asked.append(parse_qsl(urlsplit(request.path).query))
        if self.refuse is None:
            return None
        return connection.respond(self.refuse, "no")

    def _talk(self, connection: ServerConnection) -> None:
        query = dict(self.asked[-1])
        sent = 0 if "cursor" in query else len(self.events)
        begin = int(query.get("cursor", 0))
        with contextlib.suppress(ConnectionClosed):
            while True:
                for event in self.events[sent:]:
                    sent += 1
                    if isinstance(event, bytes):
                        connection.send(event, text=True)
                    elif event["time_us"] >= begin:
                        connection.send(json.dumps(event, ensure_ascii=sent % 2 == 0, separators=(",", ":")))
                if self.then == "reset":
                    reset(connection.socket)
                    return
                if self.then == "close":
                    return
                with contextlib.suppress(TimeoutError):
                    connection.recv(0.02)  # nothing is expected; this is how it is noticed that nobody listens

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()


def event(seconds: float, rkey: str, text: str = "Vi ses #hallandväxer", **changes: Any) -> dict[str, Any]:
    """A new post in the stream, so many seconds before or after NOW."""
    operation = changes.pop("operation", "create")
    did = changes.pop("did", ANNA)
    record = {"$type": "app.bsky.feed.post", "createdAt": NOW.isoformat(), "text": text} | changes
    commit = {"rev": "r", "operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey}
    if operation != "delete":
        commit |= {"record": record, "cid": f"bafy{rkey}{operation}"}
    return {"did": did, "time_us": microseconds(seconds), "kind": "commit", "commit": commit}


def account(seconds: float, *, active: bool, status: str = "", did: str = ANNA) -> dict[str, Any]:
    """An account that closes or opens."""
    said = {"active": active, "did": did, "seq": 1} | ({"status": status} if status else {})
    return {"did": did, "time_us": microseconds(seconds), "kind": "account", "account": said}


def microseconds(seconds: float) -> int:
    """A moment as the stream counts it, so many seconds from NOW."""
    return int((NOW.timestamp() + seconds) * 1_000_000)
