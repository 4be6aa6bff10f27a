"""How fast a public page leaves the machine.

Beside: the same web server answering "ok" and nothing else, which is the limit of uvicorn on this machine, and a page
that is rendered for the visit (a search nobody made before), which is what the cache saves. The archive is that of a
fresh installation: small pages, so the cache's own work shows. One client with eight connections on loopback, kept
open, each request answered before the next on that connection; it shares the two cores with the server.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.measure import Result, compare, port_told, running

CONNECTIONS = 8
SECONDS = 0.5
TURNS = 5

OK = """
import socket
import uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
config = uvicorn.Config(app, access_log=False, log_level="error", server_header=False, lifespan="off")
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(config).run(sockets=[listening])
"""


def run() -> list[Result]:
    """Return a cached page and a cached 304 beside the limit, and the cached page beside a rendered one."""
    with tempfile.TemporaryDirectory(prefix="skord-bench-") as folder, _ours(Path(folder)) as ours, _plain() as plain:
        numbers = itertools.count()
        etag = _etag(ours)
        cached = _asking(ours, lambda: "/archive")
        limit = _asking(plain, lambda: "/")
        return [
            compare("cached page", "uvicorn, “ok” (limit)", cached, limit, turns=TURNS, goal="≥ 0.5"),
            compare(
                "cached page, unchanged (304)",
                "uvicorn, “ok” (limit)",
                _asking(ours, lambda: "/archive", f"If-None-Match: {etag}\r\n"),
                limit,
                turns=TURNS,
            ),
            compare(
                "cached page",
                "the page rendered for each visit",
                cached,
                _asking(ours, lambda: f"/archive?q=ord{next(numbers)}"),
                turns=TURNS,
                goal="≥ 5",
            ),
        ]


@contextlib.contextmanager
def _ours(folder: Path) -> Iterator[int]:
    """Serve a fresh installation, open to the public, and give its port."""
    program = Path(sys.executable).with_name("skord")
    config = folder / "config.toml"
    subprocess.run([program, "config", "new", folder], check=True, capture_output=True)
    fields = ("CONTROLLER", "PURPOSE", "LEGAL_BASIS", "CONTACT", "RETENTION")
    environ = {**os.environ, **{f"SKORD_PRIVACY__{field}": "för provet" for field in fields}}
    words: list[str | Path] = [program, "--config", config, "serve", "--no-schedule", "--port", "0"]
    with running(words, environ) as serving:
        yield port_told(serving, r"http://127\.0\.0\.1:")


@contextlib.contextmanager
def _plain() -> Iterator[int]:
    """Serve "ok" with the same server and give its port."""
    with running([sys.executable, "-c", OK]) as serving:
        yield port_told(serving, "")


def _asking(port: int, path: Callable[[], str], headers: str = "") -> Callable[[], float]:
    """Return a turn: ask for a while over all connections, and return answers a second."""

    def turn() -> float:
        with contextlib.ExitStack() as stack:
            lines = [stack.enter_context(_Line(port, headers)) for _ in range(CONNECTIONS)]
            for line in lines:
                line.ask(path())
            count, end = 0, time.perf_counter() + SECONDS
            start = time.perf_counter()
            while time.perf_counter() < end:
                for line in lines:
                    line.answer()
                    line.ask(path())
                count += len(lines)
            taken = time.perf_counter() - start
            for line in lines:
                line.answer()
        return count / taken

    return turn


class _Line:
    """One kept-open connection that knows just enough HTTP to cost little."""

    def __init__(self, port: int, headers: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._headers = headers

    def ask(self, path: str) -> None:
        """Send a request."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}\r\n".encode())

    def answer(self) -> bytes:
        """Read the whole answer and return its head."""
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(65536) or _gone()
        head, _, body = got.partition(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
            raise RuntimeError(head.decode())
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if length is None and re.search(rb"(?i)transfer-encoding: *chunked", head):
            while not body.endswith(b"0\r\n\r\n"):
                body += self._socket.recv(65536) or _gone()
            return head
        missing = int(length.group(1)) - len(body) if length and b" 304 " not in head[:13] else 0
        while missing > 0:
            missing -= len(self._socket.recv(missing) or _gone())
        return head

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _gone() -> bytes:
    raise ConnectionError("the server hung up")


def _etag(port: int) -> str:
    with _Line(port, "") as line:
        line.ask("/archive")
        found = re.search(rb"(?i)etag: *(\S+)", line.answer())
    if found is None:
        raise RuntimeError("the page has no ETag")
    return found.group(1).decode()
