"""The desk behind a server that can be slow, lose its answers, be killed and come back at the same address."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import uvicorn

from conftest import NOW
from desk import Running, settings
from storage.store import Store
from web.app import create_app


@dataclass
class Moody(Running):
    """A site whose server has moods. ``held`` keeps every form waiting, ``lost`` carries it out and says nothing."""

    port: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    arrived: list[str] = field(default_factory=list)
    now: datetime = NOW
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Answer at the address."""
        listening = socket.create_server(("127.0.0.1", self.port))
        app = create_app(self.settings, self.store, clock=lambda: self.now, version="0")
        config = uvicorn.Config(self._moody(app), log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        self._server, self._thread = server, thread
        while not server.started:
            time.sleep(0.01)
        self._listening = listening

    def kill(self) -> None:
        """Be gone: nobody listens at the address any more."""
        assert self._server is not None
        assert self._thread is not None
        self.held.clear()
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def _moody(self, app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            is_press = scope["type"] == "http" and scope["method"] == "POST" and not scope["path"].endswith("/pulse")
            if not is_press:
                await app(scope, receive, send)
                return
            self.arrived.append(scope["path"])
            while self.held.is_set():
                await asyncio.sleep(0.01)
            if not self.lost.is_set():
                await app(scope, receive, send)
                return

            async def nowhere(message: Any) -> None:
                """Take the answer and say nothing of it."""

            await app(scope, receive, nowhere)
            await send({"type": "http.response.start", "status": 502, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

        return answer


@contextlib.contextmanager
def moody(store: Store, **changes: Any) -> Iterator[Moody]:
    """Serve the web of a store from a server with moods."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    made = settings(**changes)
    made = replace(made, site=replace(made.site, base_url=address), storage=replace(made.storage, media=store.media))
    site = Moody(store=store, address=address, settings=made, port=port)
    site.start()
    try:
        yield site
    finally:
        site.kill()
        for client in site.clients:
            client.close()
