"""The desk on a real socket, people who have logged in, and a browser to drive."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from campaign.oidc import Provider
from campaign.records import Role
from campaign.settings import (
    NewsletterSettings,
    PrivacySettings,
    Settings,
    Site,
    SourceSettings,
    StorageSettings,
    WeekTime,
)
from conftest import HALLAND, NOW
from storage.logins import begin_login
from storage.people import Account, add_account, find_account
from storage.store import Store
from web.app import create_app

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "skördetid i Laholm"


def settings(**changes: Any) -> Settings:
    """An open installation with one campaign, one source and one newsletter."""
    made: dict[str, Any] = {
        "file": Path("config.toml"),
        "site": Site(name="Halland växer", owner="Region Halland", base_url="http://127.0.0.1", contact="a@exempel.se"),
        "storage": StorageSettings(url="", media=Path("/nowhere")),
        "campaigns": {"hallandvaxer": HALLAND},
        "sources": {
            "nyheter": SourceSettings(
                id="nyheter",
                kind="feed",
                campaigns=("hallandvaxer",),
                every=NOW - NOW.replace(hour=11),
                name="Nyheter",
                options={"url": "https://www.exempel.se/nyheter.rss"},
            )
        },
        "newsletters": {
            "veckobrevet": NewsletterSettings(
                id="veckobrevet",
                campaign="hallandvaxer",
                name="Veckobrevet",
                draft=WeekTime(weekday=3, hour=14, minute=0),
                send=WeekTime(weekday=4, hour=8, minute=0),
                sender_name="Halland växer",
                sender_address="brev@exempel.se",
                min_items=1,
            )
        },
        "privacy": PrivacySettings(controller="R", purpose="p", legal_basis="l", contact="c", retention="r"),
    }
    return Settings(**(made | changes))


@dataclass
class Running:
    """A site that answers. ``now`` is its clock and may be turned."""

    store: Store
    address: str
    settings: Settings
    now: datetime = NOW
    clients: list[httpx.Client] = field(default_factory=list)
    app: Any = None

    def token(self, role: Role = Role.EDITOR) -> str:
        """The browser's token of somebody of a role."""
        return begin_login(self.store, self.person(role).id, now=self.now)

    def person(self, role: Role = Role.EDITOR) -> Account:
        """The account of somebody of a role, named after it."""
        found = find_account(self.store, role)
        return found or add_account(self.store, role, role=role, password=PASSWORD, now=self.now, email=f"{role}@x.se")

    def client(self, role: Role | None = Role.EDITOR) -> httpx.Client:
        """A client that keeps cookies, logged in as somebody of a role, or as nobody."""
        made = httpx.Client(base_url=self.address, timeout=20)
        if role is not None:
            made.cookies.set("skord", self.token(role), domain="127.0.0.1", path="/desk")
        self.clients.append(made)
        return made


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields, the token too, of the first form of a page that is sent to an address ending like this."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        head = form[: form.index(">")]
        if 'method="post"' in head and re.search(rf'action="[^"]*{re.escape(action)}"', head):
            pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
            return {name: value.replace("&amp;", "&") for name, value in pairs}
    raise AssertionError(f"no form to {action}")


@contextlib.contextmanager
def running(store: Store, *, provider: Provider | None = None, **changes: Any) -> Iterator[Running]:
    """Serve the whole web of a store on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    made = settings(**changes)
    made = replace(made, site=replace(made.site, base_url=address), storage=replace(made.storage, media=store.media))
    site = Running(store=store, address=address, settings=made)
    site.app = create_app(made, store, clock=lambda: site.now, version="0", oidc=provider)
    server = uvicorn.Server(uvicorn.Config(site.app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield site
    finally:
        for client in site.clients:
            client.close()
        server.should_exit = True
        thread.join()
        listening.close()


@contextlib.contextmanager
def browser_page(
    site: Running, *, role: Role = Role.EDITOR, scripts: bool = True, expected: str = "", **context: Any
) -> Iterator[Any]:
    """A page of a real browser, logged in as somebody of a role. Its console has nothing but ``expected``."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium: no browser is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_context(locale="sv-SE", java_script_enabled=scripts, **context)
        opened.set_default_timeout(10_000)
        opened.add_cookies([{"name": "skord", "value": site.token(role), "domain": "127.0.0.1", "path": "/desk"}])
        page = opened.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        yield page
        browser.close()
        unexpected = [fault for fault in faults if not (expected and re.search(expected, fault))]
        assert not unexpected, unexpected
