"""The week's work from outside: the installed program, a browser, loopback networks and a real mail server."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from servers import MailSink, Reply, Request, Server

SKORD = [sys.executable, "-m", "skord.cli"]

STATUSES: list[dict[str, Any]] = [
    {
        "id": str(100 + number),
        "uri": f"https://exempel.social/users/kusten/statuses/{number}",
        "url": f"https://exempel.social/@kusten/{number}",
        "created_at": f"2026-11-{10 + number:02}T09:12:33.120Z",
        "edited_at": None,
        "visibility": "public",
        "language": "sv",
        "sensitive": False,
        "spoiler_text": "",
        "reblog": None,
        "content": f'<p>{text} <a href="https://exempel.social/tags/x">#<span>HallandVäxer</span></a></p>',
        "account": {"acct": "kusten", "display_name": "Föreningen Kusten", "url": "https://exempel.social/@kusten"},
        "tags": [{"name": "hallandvaxer"}],
        "mentions": [],
        "emojis": [],
        "media_attachments": [],
    }
    for number, text in enumerate(
        (
            "Ny cykelväg invigd i Skogaby!",
            "Fiskrökeriet i Glommen anställer tre.",
            "Språkcafé på biblioteket i Hyltebruk.",
            "Den här lägger vi åt sidan.",
            "Julmarknaden i Varberg slog rekord.",
        )
    )
]

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Nyheter</title><link>https://nyheter.example.se/</link>
<item><guid>https://nyheter.example.se/1</guid><link>https://nyheter.example.se/1</link>
<title>Åtta företag samarbetar om kompetens</title>
<description>&lt;p&gt;Läs mer om #hallandväxer.&lt;/p&gt;</description>
<pubDate>Fri, 13 Nov 2026 08:00:00 +0100</pubDate></item>
<item><guid>https://nyheter.example.se/2</guid><link>https://nyheter.example.se/2</link>
<title>Något helt annat</title><description>Utan taggen</description>
<pubDate>Fri, 13 Nov 2026 09:00:00 +0100</pubDate></item>
</channel></rss>"""

CONFIG = """
[site]
name = "Halland växer"
owner = "Region Exempel"
base_url = "http://127.0.0.1:{port}"
contact = "redaktionen@example.se"

[storage]
url = "sqlite:///data/skord.db"
media = "data/media"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
aliases = ["#hallandvaxer"]
strategy = "strategies/halland-2014-2020.toml"

[source.kusten]
kind = "mastodon"
server = "http://{address}"
since = "2026-01-01"

[source.nyheter]
kind = "feed"
url = "http://{address}/nyheter.rss"

[newsletter.veckobrevet]
campaign = "hallandvaxer"
draft = "thursday 14:00"
send = "friday 08:00"
from = "Halland växer <nyhetsbrev@example.se>"
editors = ["anna@example.se"]

[mail]
host = "{mail_host}"
port = {mail_port}
check = false

[fetch]
allow = ["{address}"]
per_host = "1000/s"

[indicators]
kolada = ""
scb = ""

[privacy]
controller = "Regionstyrelsen"
purpose = "Visa och dokumentera tillväxtarbetet"
legal_basis = "Allmänt intresse"
contact = "dataskydd@example.se"
retention = "Så länge strategin lever"
"""


def timeline(request: Request) -> object:
    """Answer like a Mastodon server: newest first, paged by min_id and max_id."""
    picture = {
        "id": "1",
        "type": "image",
        "url": f"http://{request.headers['host']}/bild.jpg",
        "description": "En cykelväg i höstsol.",
        "meta": {"original": {"width": 900, "height": 600}},
    }
    found = [dict(status) for status in STATUSES]
    found[0]["media_attachments"] = [picture]
    if low := request.query.get("min_id"):
        found = [status for status in found if int(status["id"]) > int(low)]
    if high := request.query.get("max_id"):
        found = [status for status in found if int(status["id"]) < int(high)]
    return found[::-1]


def jpeg() -> bytes:
    """A picture to fetch."""
    out = io.BytesIO()
    Image.effect_noise((900, 600), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


class Program:
    """The installed program in a folder of its own, serving."""

    def __init__(self, folder: Path, network: Server, sink: MailSink) -> None:
        self.folder = folder
        self.sink = sink
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        shutil.copytree(Path(__file__).parents[1] / "strategies", folder / "strategies")
        text = CONFIG.format(port=self.port, address=network.address, mail_host=sink.host, mail_port=sink.port)
        (folder / "config.toml").write_text(text, encoding="utf-8")
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "stderr.txt"

    def start(self) -> None:
        """Start serving and wait until a page answers."""
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*SKORD, "serve", "--port", str(self.port)], cwd=self.folder, stderr=log, text=True
            )
        until(lambda: get(self.base + "/healthz") == 200, "the program answers")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the process and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)

    def run(self, *words: str, expect: int = 0) -> str:
        """Run one command of the program beside the serving one and return what it printed."""
        done = subprocess.run(
            [*SKORD, *words], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def setup_address(self) -> str:
        """The one-time address that was printed at start."""
        found = re.search(r"http://\S+/desk/setup/\S+", self.log.read_text(encoding="utf-8"))
        assert found is not None
        return found.group()

    def stories(self, review: str) -> list[dict[str, Any]]:
        """The stories of one state, from the command line."""
        out = self.run("--json", "post", "list", "--review", review)
        return [json.loads(line) for line in out.splitlines()]


def get(address: str) -> int:
    """The status of a page, 0 where nothing answers."""
    try:
        return httpx.get(address, timeout=5).status_code
    except httpx.HTTPError:
        return 0


def until(holds: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still waiting: {what}"
        time.sleep(0.2)


def text_of(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program between a loopback network and a mail server."""
    routes = {
        "/api/v1/timelines/tag/hallandv%C3%A4xer": timeline,
        "/api/v1/timelines/tag/hallandväxer": timeline,
        "/api/v1/timelines/tag/hallandvaxer": timeline,
        "/nyheter.rss": Reply(body=FEED.encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"1"'}),
        "/bild.jpg": Reply(body=jpeg(), headers={"Content-Type": "image/jpeg"}),
    }
    with Server(routes) as network, MailSink() as sink:
        made = Program(tmp_path, network, sink)
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium: no browser on this machine")
    return found


@pytest.mark.timeout(240)
def test_a_week_from_post_to_removal(program: Program, chromium: str) -> None:
    """Collected, reviewed with the keyboard, told in a letter, left by its link, browsed, removed on request."""
    from playwright.sync_api import expect, sync_playwright

    program.start()
    until(lambda: len(program.stories("waiting")) == 6, "five posts and one article are collected")

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        desk = browser.new_context(locale="sv-SE").new_page()

        # The first account, through the address printed at start; it works once.
        desk.goto(program.setup_address())
        desk.fill("[name=display_name]", "Anna")
        desk.fill("[name=name]", "anna")
        desk.fill("[name=password]", "skörd på hösten 2026")
        desk.click("button.main")
        expect(desk.locator(".queue-card")).to_have_count(6)
        desk.wait_for_load_state("load")  # the keys are there when the page's scripts have run

        # Review with the keyboard: approve, approve, hide, undo, hide again, approve the rest.
        card = desk.locator(".queue-item", has_text="Den här lägger vi åt sidan")
        for _ in range(12):
            waiting = desk.locator(".queue-card")
            left = waiting.count()
            if left == 0:
                break
            first = desk.locator(".queue-item").first
            aside = "Den här lägger vi åt sidan" in (first.text_content() or "")
            first.locator(".queue-card").focus()
            desk.keyboard.press("h" if aside else "a")
            expect(waiting).to_have_count(left - 1)
        expect(card).to_have_count(0)
        assert len(program.stories("approved")) == 5
        assert len(program.stories("hidden")) == 1
        desk.keyboard.press("u")
        until(lambda: len(program.stories("waiting")) == 1, "the last decision is undone")

        # A reader subscribes and confirms by the button behind the letter's link.
        reader = browser.new_context(locale="sv-SE").new_page()
        reader.goto(program.base + "/")
        assert "Julmarknaden i Varberg" in (reader.locator("main").text_content() or "")
        reader.fill("[name=email]", "lasare@example.org")
        reader.click("form.subscribe button")
        if reader.url.endswith("/subscribe"):
            # Faster than anybody reads: the form asks kindly for a second press.
            expect(reader.locator("main")).to_contain_text("en gång till")
            reader.wait_for_timeout(2_500)
            reader.click("form.subscribe button")
        until(lambda: len(program.sink.letters) >= 1, "the confirmation is mailed")
        confirmation = next(letter for letter in program.sink.letters if letter.recipients == ["lasare@example.org"])
        link = re.search(r"http://\S+", text_of(confirmation.message))
        assert link is not None
        reader.goto(link.group())
        reader.locator("main button").first.click()
        until(lambda: "active" in program.run("subscriber", "export"), "the address is confirmed")

        # The letter: drafted, approved, sent once.
        program.run("issue", "draft")
        program.run("issue", "approve", "1", "--as", "anna")
        program.run("issue", "send", "1")
        program.run("issue", "send", "1", expect=1)
        letters = [letter for letter in program.sink.letters if letter.message["List-Id"]]
        assert [letter.recipients for letter in letters] == [["lasare@example.org"]]
        letter = letters[0].message
        assert "Fiskrökeriet i Glommen" in text_of(letter)
        assert "lägger vi åt sidan" not in text_of(letter)

        # One click, as a mail program does it, without cookie or question; a GET changes nothing.
        leave = re.search(r"<(http[^>]+)>", str(letter["List-Unsubscribe"]))
        assert leave is not None
        assert get(leave.group(1)) == 200
        assert "active" in program.run("subscriber", "export")
        answer = httpx.post(leave.group(1), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "active" not in program.run("subscriber", "export")

        # The archive: the letter's web copy, a story, its removal on request.
        reader.goto(program.base + "/archive")
        reader.get_by_text("Fiskrökeriet i Glommen").first.click()
        address = reader.url
        assert "/stories/" in address
        assert get(program.base + "/issues/veckobrevet/1") == 200
        reader.locator("details:has(textarea[name=message]) > summary").click()
        reader.fill("textarea[name=message]", "Ta bort oss, tack.")
        reader.locator("form:has(textarea[name=message]) button").first.click()
        expect(reader.locator("main")).to_contain_text(re.compile(r"[A-Z0-9]{4}"))
        desk.goto(program.base + "/desk/cases")
        desk.locator("button", has_text="Dölj").first.click()
        until(lambda: get(address) in (404, 410), "the story is gone from its page")
        for page in ("/", "/archive", "/feed.atom", "/archive?q=fiskr%C3%B6keriet", "/issues/veckobrevet/1"):
            assert "Fiskrökeriet" not in httpx.get(program.base + page).text, page
        browser.close()
