"""What SIGKILL does to a sending: ``python -m bench.kills [--letters 50000] [--kills 100] [--postgres]``.

An issue is sent by processes that are killed again and again at moments chosen by chance, with each rule for letters in
doubt, to a mail server that writes down every letter before it answers. Counted at the end: letters that neither
arrived nor are listed (lost), that arrived more than once (doubled), and that are listed as in doubt. One process with
four connections on SQLite, two with two each on PostgreSQL; the letters are short, the record is what is tried.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bench import material, sending
from bench.letters import draw
from campaign.newsletter import DeliveryState
from campaign.settings import MailSettings
from digest.message import Master
from digest.outbox import send_due
from storage import outbox, senders
from storage.deliveries import balance, list_deliveries
from storage.store import Store, open_store

RULES = ("hold", "resend")


def main() -> int:
    """Run both rules and print what came of them; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--letters", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rule", choices=RULES, action="append", help="both where left out")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sink", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.sink:
        return _sink(Path(args.sink))
    if args.worker:
        return _worker(args.worker)
    kept = [_tried(rule, args) for rule in args.rule or RULES]
    return 0 if all(kept) else 1


def _tried(rule: str, args: argparse.Namespace) -> bool:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skord-kills-")))
        settings = material.settings(folder)
        if args.postgres:
            url = stack.enter_context(sending.postgres(folder / "postgres"))
            settings = replace(settings, storage=replace(settings.storage, url=url))
        store = stack.enter_context(sending.subscribed(settings, 0))
        _fill(store, args.letters)
        issue_id = _approve(store)
        log = folder / "arrived"
        port = stack.enter_context(_running_sink(log))
        words = [settings.storage.url, str(port), rule, str(settings.storage.media)]
        start = time.monotonic()
        _send_and_kill(words, log, args, processes=2 if args.postgres else 1)
        print(f"{store.dialect}, {rule}, {time.monotonic() - start:.0f} s:", end=" ")
        return _told(store, issue_id, log, doubles=0 if rule == "hold" else 4 * args.kills)


def _send_and_kill(words: Sequence[str], log: Path, args: argparse.Namespace, *, processes: int) -> None:
    """Kill every process each time so many letters more have arrived; let the last ones end by themselves."""
    chance = random.Random(args.seed)
    program = [sys.executable, "-m", "bench.kills", "--worker", *words]
    marks = [0, *sorted(chance.sample(range(1, args.letters - 1), args.kills))]
    for before, mark in pairwise(marks):
        running = [subprocess.Popen(program) for _ in range(processes)]
        while _count(log) < max(mark, before + 1) and any(each.poll() is None for each in running):
            time.sleep(0.01)
        time.sleep(chance.random() * 0.02)
        for each in running:
            each.kill()
            each.wait()
    for _ in range(3):  # the last of several may still hold what another would take over
        for each in [subprocess.Popen(program) for _ in range(processes)]:
            each.wait()


def _told(store: Store, issue_id: int, log: Path, *, doubles: int) -> bool:
    """Print what became of the letters, and return whether what is promised was kept."""
    arrived = Counter(log.read_text(encoding="ascii").split())
    with store.read() as connection:
        query = f"SELECT message_id FROM delivery WHERE issue_id = {issue_id:d}"
        everybody = set(connection.exec_driver_sql(query).scalars())
    listed = {each.message_id for each in list_deliveries(store, issue_id, DeliveryState.UNCERTAIN, limit=10**6)}
    lost = [name for name in everybody if name not in arrived and name not in listed]
    doubled = sum(count - 1 for count in arrived.values())
    counted = balance(store, issue_id)
    kept = not lost and doubled <= doubles and counted.holds and not counted.open and not set(arrived) - everybody
    print(
        f"{len(everybody)} letters, {len(lost)} lost, {doubled} doubled (at most {doubles}; {max(arrived.values())} "
        f"copies), {len(listed)} listed as in doubt, of which {len(listed - set(arrived))} had not arrived; balance "
        f"{'holds' if counted.holds else 'IS OFF'}: {'kept' if kept else 'BROKEN'}",
        flush=True,
    )
    return kept


def _fill(store: Store, count: int) -> None:
    """Put subscribers in place, all at once."""
    confirmed = material.NOW - timedelta(days=1)
    moment = confirmed.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
    zone = "" if store.dialect == "sqlite" else "+00"
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        if store.dialect == "sqlite"
        else "WITH n(i) AS (SELECT generate_series(1, %d)) "
    )
    statement = (
        "INSERT INTO subscriber (campaign, newsletter, email, email_key, state, language, token, created_at, asked, "
        "confirmed_at, areas) " + numbers % count + f"SELECT 'hallandvaxer', '{material.NEWSLETTER.id}', "
        "'reader' || i || '@example' || (i % 50) || '.se', 'reader' || i || '@example' || (i % 50) || '.se', 'active', "
        f"'sv', 'token-of-reader-' || i, '{moment}{zone}', 1, '{moment}{zone}', '[]' FROM n"
    ).replace("(i % 50)", "mod(i, 50)" if store.dialect != "sqlite" else "(i % 50)")
    with store.write() as connection:
        connection.exec_driver_sql(statement)


def _approve(store: Store) -> int:
    """Begin to send an issue whose letters are short, its rows made; return its id."""
    issue_id = sending.approve(store)
    short = Master(pieces=tuple(_short(piece) if isinstance(piece, bytes) else piece for piece in draw()[0].pieces))
    with store.write() as connection:
        mark = "?" if store.dialect == "sqlite" else "%s"
        connection.exec_driver_sql(f"UPDATE issue_render SET body = {mark}", (short.keep(),))
    senders.may_send(store, now=material.NOW)
    outbox.plan(store, issue_id, lambda who: f"<i{issue_id}.s{who}@example.se>", now=material.NOW)
    return issue_id


def _short(piece: bytes) -> bytes:
    return piece if len(piece) < 1000 else piece[: piece.index(b"\r\n", 600) + 2]


def _worker(words: Sequence[str]) -> int:
    """Send until nothing is due, or until killed."""
    url, port, rule, media = words
    made = material.settings(Path(media).parent)
    letter = replace(material.NEWSLETTER, uncertain=rule)
    connections = 4 if url.startswith("sqlite") else 2
    mail = MailSettings(host="127.0.0.1", port=int(port), connections=connections)
    made = replace(made, newsletters={letter.id: letter}, mail=mail)
    store = open_store(url, media=Path(media), secret=made.site.secret)
    send_due(store, made, clock=lambda: datetime.now(UTC))
    store.close()
    return 0


# --- the mail server -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _running_sink(log: Path) -> Iterator[int]:
    program = subprocess.Popen(
        [sys.executable, "-m", "bench.kills", "--sink", str(log)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    port = int(program.stdout.readline())
    try:
        yield port
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait()


def _sink(log: Path) -> int:
    """Take every letter, and write its Message-ID down before saying so."""
    with log.open("ab", buffering=0) as file:

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    self._talk()

            def _talk(self) -> None:
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.wfile.write(b"220 sink\r\n")
                while line := self.rfile.readline():
                    if line.startswith(b"EHLO"):
                        self.wfile.write(b"250-sink\r\n250 PIPELINING\r\n")
                    elif line.startswith(b"DATA"):
                        self.wfile.write(b"354 go\r\n")
                        name = self._letter()
                        if not name:
                            return
                        file.write(name + b"\n")
                        self.wfile.write(b"250 taken\r\n")
                    else:
                        self.wfile.write(b"250 ok\r\n")

            def _letter(self) -> bytes:
                """Return the Message-ID of a letter that came whole, nothing where the line broke."""
                name = b""
                while line := self.rfile.readline():
                    if line.startswith(b"Message-ID: "):
                        name = line[12:].strip()
                    if line == b".\r\n":
                        return name
                return b""

        socketserver.ThreadingTCPServer.daemon_threads = True
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
            print(server.server_address[1], flush=True)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            server.serve_forever()
    return 0


def _count(log: Path) -> int:
    """Return how many letters have arrived: each line is written in one piece."""
    if not log.exists():
        return 0
    with log.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


if __name__ == "__main__":
    raise SystemExit(main())
