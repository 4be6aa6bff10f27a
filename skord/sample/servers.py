"""Loopback servers that answer as a feed site and a Mastodon server do, with the sample year up to a clock's now.

``Feeds`` has a feed, a page and a list for every organisation that keeps one; ``Mastodon`` the tag timeline, the
accounts and the pages of the others. Both hand out the pictures, drawn at the first question and kept in a folder.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from campaign.language import Language
from skord.sample.case import Case
from skord.sample.year import Dated

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server says. ``kind`` is the content type."""

    body: bytes
    kind: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING = Answer(body=b"not found\n", kind="text/plain; charset=utf-8", status=404)


class Year:
    """A case's posts that exist: from a first moment until the clock's now, remembered between questions."""

    def __init__(self, case: Case, since: datetime, clock: Clock) -> None:
        self.case, self.since, self.clock = case, since, clock
        self._lock = threading.Lock()
        self._known: tuple[datetime, list[Dated]] = (since, [])

    def posts(self) -> list[Dated]:
        """Return what exists now, oldest first."""
        now = self.clock()
        with self._lock:
            until, found = self._known
            if now != until:
                # Within a day the list is asked for hundreds of times; only what is new is looked up.
                found = (
                    [*found, *self.case.between(max(until, self.since), now)]
                    if now > until
                    else self.case.between(self.since, now)
                )
                found = list({dated.id: dated for dated in found}.values())
                self._known = (now, found)
            return found

    def find(self, post_id: str) -> Dated | None:
        """Return a post that exists now."""
        return next((dated for dated in self.posts() if dated.id == post_id), None)


class Pictures:
    """Draws a picture when somebody asks for it first, and keeps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def jpeg(self, post: Dated) -> bytes | None:
        """Return a post's picture, None where it has none."""
        path = self.draw(post)
        return path.read_bytes() if path else None

    def draw(self, post: Dated) -> Path | None:
        """Draw a post's picture unless it is there, and return where it lies."""
        picture = post.picture
        if picture is None:
            return None
        path = self.folder / f"{post.id}.jpg"
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
            part.write_bytes(picture.draw())
            part.replace(path)
        return path


class Serving:
    """A small web server in a thread. ``with`` it, or ``start`` and ``stop`` it; port 0 takes a free one."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = _Server((host, port), self)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{host}:{self.port}"

    def answer(self, path: SplitResult) -> Answer:
        """Return the answer to GET."""
        raise NotImplementedError(path)

    def take(self, path: SplitResult, body: bytes) -> Answer:  # noqa: ARG002 - most take nothing
        """Return the answer to POST. Raises nothing: a body that cannot be read is answered as such."""
        return NOTHING

    def start(self) -> Self:
        """Begin to answer, in a thread."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def stop(self) -> None:
        """End answering and give the port back."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Site(Serving):
    """A server of sample posts on 127.0.0.1."""

    def __init__(self, sample: Year, pictures: Pictures, language: Language, *, port: int = 0) -> None:
        self.sample, self.pictures, self.language = sample, pictures, language
        super().__init__(port=port)

    def answer(self, path: SplitResult) -> Answer:
        """Return the answer to GET. Here only what both servers have: pictures."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        if parts[0] == "media" and len(parts) == 2:
            post = self.sample.find(parts[1].removesuffix(".jpg"))
            body = self.pictures.jpeg(post) if post else None
            return Answer(body=body, kind="image/jpeg") if body else NOTHING
        return NOTHING


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], serving: Serving) -> None:
        self.serving = serving
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        """Answer, or say 304 to who has it already."""
        self._give(self.server.serving.answer(urlsplit(self.path)))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Answer to what was sent, a megabyte at most."""
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length), 1_000_000)) if length.isdecimal() else b""
        self._give(self.server.serving.take(urlsplit(self.path), body))

    def _give(self, answer: Answer) -> None:
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
        if answer.status == 200 and tag in self.headers.get("If-None-Match", ""):
            answer = Answer(body=b"", kind=answer.kind, status=304, headers=answer.headers)
        self.send_response(answer.status)
        headers = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body)), "ETag": tag, **answer.headers}
        for name, value in headers.items():
            if not (answer.status == 304 and name.startswith("Content-")):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: nobody reads the talk of a sample server."""


def query(path: SplitResult) -> dict[str, str]:
    """Return the last value of each parameter."""
    return {name: values[-1] for name, values in parse_qs(path.query, keep_blank_values=True).items()}
