"""The real web on a real socket, and a reader who keeps what the server answers."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import uvicorn

from campaign.settings import PrivacySettings, Settings, Site, SourceSettings, StorageSettings
from conftest import HALLAND, NOW
from digest.guard import form_mark
from digest_samples import newsletter
from storage.store import Store
from web.app import create_app

PRIVACY = PrivacySettings(
    controller="Regionstyrelsen",
    purpose="Att visa Hallands utveckling.",
    legal_basis="Allmänt intresse.",
    contact="dataskydd@example.se",
    retention="Så länge kampanjen pågår.",
)


def settings(tmp_path: Path, **changes: Any) -> Settings:
    """An open site with one campaign, one newsletter and no sources."""
    made: dict[str, Any] = {
        "file": tmp_path / "config.toml",
        "site": Site(
            name="Halland växer",
            owner="Region Halland",
            base_url="https://hallandvaxer.example.se",
            contact="infomaster@example.se",
            secret=b"test secret, never used elsewhere",
        ),
        "storage": StorageSettings(url="", media=tmp_path / "media"),
        "campaigns": {"hallandvaxer": HALLAND},
        "sources": dict[str, SourceSettings](),
        "newsletters": {"veckobrevet": newsletter()},
        "privacy": PRIVACY,
    }
    return Settings(**(made | changes))


@dataclass(frozen=True)
class Answer:
    """What came back; ``headers`` has names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, unpacked."""
        return (gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body).decode()


class Website:
    """The application behind uvicorn on a free port, until the block ends."""

    def __init__(
        self, settings: Settings, store: Store, *, clock: Callable[[], datetime] = lambda: NOW, **options: Any
    ) -> None:
        app = create_app(settings, store, clock=clock, version="0.0.test", **options)
        self.app = app
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request on its own connection; follow nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            raw = response.read()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, raw)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path, **headers)

    def sign_up(self, email: str, **fields: str) -> Answer:
        """Send the form of the newsletter a minute after it was shown."""
        house = self.app.state.house
        shown = form_mark(house.store.secret, house.clock() - timedelta(minutes=1))
        return self.post("/subscribe", **({"newsletter": "veckobrevet", "email": email, "form": shown} | fields))

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form."""
        body = urlencode(fields).encode()
        return self.ask("POST", path, body, content_type="application/x-www-form-urlencoded")
