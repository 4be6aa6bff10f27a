"""How fast an issue leaves: planned, claimed, sent and recorded in the ledger, letter by letter.

Beside: the same finished letters by plain smtplib over one connection, with no record of what happened, and, where
Postfix's tools are installed, its smtp-source, the ceiling. The sink is Postfix's smtp-sink, else aiosmtpd, which is
itself the limit at some 400 letters a second and makes the ratio look better than it is. Loopback, no TLS, no network
between: with a real server the wait for its answer and its own limits (10 to 50 a second) decide.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import material
from bench.letters import draw, recipient
from bench.measure import Result, compare, rate, running
from campaign.newsletter import DeliveryState
from campaign.periods import Week
from campaign.settings import MailSettings, Settings
from digest.letter import to_json
from digest.outbox import send_due
from storage import issue_edits, issue_states, subscribers
from storage.addresses import Home
from storage.store import JOB, Store, open_store, sync_campaigns

LETTERS, TURNS = 300, 3
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

AIOSMTPD = """
import sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
time.sleep(1000)
"""


def run() -> list[Result]:
    """Return sending with the ledger beside plain smtplib and beside smtp-source."""
    master, _ = draw()
    letters = [(recipient(number).address, master.join(recipient(number))) for number in range(LETTERS)]
    with contextlib.ExitStack() as stack:
        name, port = stack.enter_context(_sink())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skord-bench-")))
        settings = material.settings(folder, mail=MailSettings(host="127.0.0.1", port=port, connections=1))
        store = stack.enter_context(_subscribed(settings))
        two = replace(settings, mail=replace(settings.mail, connections=2))
        what = f"sending {len(letters[0][1]) / 1000:.0f} kB letters with the ledger"
        plain = f"plain smtplib, no record, to {name}"
        found = [
            compare(what, plain, _ours(store, settings), lambda: _plain(port, letters), turns=TURNS),
            compare(f"{what}, two connections", plain, _ours(store, two), lambda: _plain(port, letters), turns=TURNS),
        ]
        if source := shutil.which("smtp-source", path=PATH):
            size = len(letters[0][1])
            found.append(
                compare(
                    what,
                    "smtp-source (limit)",
                    _ours(store, settings),
                    lambda: _source(source, port, size),
                    turns=TURNS,
                    goal="≥ 0.20",
                )
            )
        return found


def _ours(store: Store, settings: Settings) -> Callable[[], float]:
    """Return a turn: an approved issue is planned and sent to everybody."""

    def turn() -> float:
        _approve(store)
        now = material.NOW + timedelta(minutes=5)
        start = time.perf_counter()
        report = send_due(store, settings, clock=lambda: now)
        taken = time.perf_counter() - start
        if report.counts != {DeliveryState.SENT: LETTERS}:
            raise RuntimeError(f"not every letter was sent: {report}")
        return LETTERS / taken

    return turn


def _approve(store: Store) -> None:
    """Make an issue, approve it and begin to send it."""
    letter, now = material.letter(), material.NOW
    issue = issue_edits.save_draft(
        store,
        campaign=letter.campaign,
        newsletter=letter.newsletter,
        schedule=issue_edits.Schedule(week=Week(year=2026, number=47), selected_to=now, send_at=now),
        new=[],
        selection={},
        by=JOB,
        now=now,
    )
    issue_states.approve(store, issue.id, "as it is", by=JOB, now=now, changes=issue.changes)
    renders = {"master": draw()[0].keep()}
    issue_states.freeze(store, issue.id, content="as it is", letter=to_json(letter), renders=renders, now=now, by=JOB)


@contextlib.contextmanager
def _subscribed(settings: Settings) -> Iterator[Store]:
    """Give a store with as many subscribers as letters are to leave."""
    with contextlib.closing(
        open_store(settings.storage.url, media=settings.storage.media, secret=settings.site.secret, create=True)
    ) as store:
        sync_campaigns(store, list(settings.campaigns.values()), material.NOW)
        home = Home(campaign="hallandvaxer", newsletter=material.NEWSLETTER.id)
        words = subscribers.Wording(text="Ja tack", version="1", language="sv")
        for number in range(LETTERS):
            confirmed = material.NOW - timedelta(days=1)
            subscribers.add(
                store, home, recipient(number).address, wording=words, now=confirmed, confirmed_at=confirmed
            )
        yield store


def _plain(port: int, letters: list[tuple[str, bytes]]) -> float:
    with smtplib.SMTP("127.0.0.1", port, "bench.example") as connection:
        return rate(lambda: [connection.sendmail("a@example.se", to, body) for to, body in letters], len(letters))


def _source(program: str, port: int, size: int) -> float:
    words = [program, "-l", str(size), "-m", str(LETTERS), "-s", "1", "-d", f"inet:127.0.0.1:{port}"]
    return rate(lambda: subprocess.run(words, check=True, capture_output=True), LETTERS)


@contextlib.contextmanager
def _sink() -> Iterator[tuple[str, int]]:
    """Run a mail server that throws everything away; give its name and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    program = shutil.which("smtp-sink", path=PATH)
    words = (
        [program, "-u", "nobody", f"127.0.0.1:{port}", "100"]
        if program
        else [sys.executable, "-c", AIOSMTPD, str(port)]
    )
    with running(words):
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield ("smtp-sink" if program else "aiosmtpd"), port
